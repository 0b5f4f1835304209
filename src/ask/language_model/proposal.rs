//! What the model proposes: a statement with how it understood the question, or a question back.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::ModelError;
use crate::ask::{Memory, Reply};

/// How sure a model counts that says nothing of it.
const USUAL_CONFIDENCE: f64 = 0.7;
/// Suggestions of the model that are shown, and how long one may be in characters.
const MOST_SUGGESTIONS: usize = 4;
const LONGEST_SUGGESTION: usize = 200;
/// The longest interpretation that is shown, in characters.
const LONGEST_INTERPRETATION: usize = 1_000;

/// A proposal; models leave out what they do not know, and add what nobody asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Proposal {
    sql: Option<String>,
    interpretation: Option<String>,
    confidence: Option<f64>,
    chart: Option<Chart>,
    clarification: Option<String>,
    suggestions: Vec<Value>,
}

/// How the rows could be drawn.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chart {
    /// `bar`, `line`, `point` or `none`.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// The column along.
    pub(super) x: Option<String>,
    /// The column up.
    pub(super) y: Option<String>,
    /// The column that tells series apart.
    pub(super) series: Option<String>,
}

impl Proposal {
    /// Reads it out of what the model says, which may put words, a fence or its thoughts around it.
    pub(super) fn read(text: &str) -> Result<Self, ModelError> {
        let spoken = text.rsplit_once("</think>").map_or(text, |(_, spoken)| spoken);
        let object = match (spoken.find('{'), spoken.rfind('}')) {
            (Some(from), Some(to)) if from < to => &spoken[from..=to],
            _ => spoken,
        };
        let read =
            serde_json::from_str(object).and_then(|map: Map<String, Value>| Self::deserialize(Value::Object(map)));
        let mut read = read.map_err(|cause| ModelError::Unreadable { cause })?;
        read.interpretation = read.interpretation.map(|words| cut(words.trim(), LONGEST_INTERPRETATION));
        Ok(read)
    }

    /// The statement, without a semicolon at its end.
    pub(super) fn sql(&self) -> Option<&str> {
        let sql = self.sql.as_deref()?.trim().trim_end_matches(';').trim_end();
        (!sql.is_empty()).then_some(sql)
    }

    pub(super) fn interpretation(&self) -> &str {
        self.interpretation.as_deref().filter(|words| !words.is_empty()).unwrap_or("the statement that is shown")
    }

    pub(super) fn confidence(&self) -> f64 {
        self.confidence
            .filter(|confidence| confidence.is_finite())
            .map_or(USUAL_CONFIDENCE, |sure| sure.clamp(0.0, 1.0))
    }

    pub(super) fn chart(&self) -> Option<&Chart> {
        self.chart.as_ref()
    }

    pub(super) fn suggestions(&self) -> Vec<String> {
        let texts = self.suggestions.iter().filter_map(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        texts.take(MOST_SUGGESTIONS).map(|text| cut(text, LONGEST_SUGGESTION)).collect()
    }

    /// The reply that asks back, where the model does.
    pub(super) fn question_back(&self, engine: &str) -> Option<Reply> {
        let question = self.clarification.as_deref().map(str::trim).filter(|words| !words.is_empty())?;
        Some(Reply {
            interpretation: self.interpretation.clone().unwrap_or_default(),
            confidence: self.confidence().min(0.5),
            needs_clarification: true,
            sql: None,
            result: None,
            chart: None,
            summary: cut(question, LONGEST_INTERPRETATION),
            datasets: Vec::new(),
            suggestions: self.suggestions(),
            engine: engine.to_owned(),
            memory: Memory::default(),
        })
    }
}

fn cut(text: &str, longest: usize) -> String {
    text.chars().take(longest).collect()
}

/// Whether a statement can be explained: those that list or describe tables cannot, and are harmless.
pub(super) fn is_query(sql: &str) -> bool {
    let first = sql.trim_start_matches(['(', ' ', '\n', '\t', '\r']).split_whitespace().next().unwrap_or_default();
    !["SHOW", "DESCRIBE", "DESC"].iter().any(|word| first.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_is_found_among_other_words() {
        for text in [
            r#"{"sql": "SELECT 1;", "interpretation": "one", "chart": {"type": "bar"}}"#,
            "```json\n{\"sql\": \"SELECT 1 ; \"}\n```",
            "<think>{ maybe }</think>Here it is: {\"sql\": \"SELECT 1\", \"surplus\": [1]} Enjoy!",
            r#"{"sql": "SELECT 1", "confidence": null, "chart": null, "suggestions": ["a", 7, ""]}"#,
        ] {
            assert_eq!(Proposal::read(text).unwrap().sql(), Some("SELECT 1"), "{text}");
        }
        for text in ["", "I cannot do that.", "{", "[]", r#"{"sql": 7}"#, r#"{"sql": {}}"#] {
            assert!(matches!(Proposal::read(text), Err(ModelError::Unreadable { .. })), "{text}");
        }
    }

    #[test]
    fn what_a_model_says_of_itself_is_taken_within_bounds() {
        let read = |text: &str| Proposal::read(text).unwrap();
        assert!((read(r#"{"confidence": 7}"#).confidence() - 1.0).abs() < f64::EPSILON);
        assert!((read("{}").confidence() - USUAL_CONFIDENCE).abs() < f64::EPSILON);
        assert_eq!(read("{}").sql(), None);
        assert!(read("{}").question_back("m").is_none());
        let back = read(r#"{"clarification": "Which region?", "suggestions": ["EMEA", "APAC"]}"#).question_back("m");
        let back = back.unwrap();
        assert_eq!((back.summary.as_str(), back.suggestions.len()), ("Which region?", 2));
        assert!(back.needs_clarification && back.confidence <= 0.5);
        let long = format!(r#"{{"interpretation": "{}"}}"#, "x".repeat(5_000));
        assert_eq!(read(&long).interpretation().len(), LONGEST_INTERPRETATION);
    }

    #[test]
    fn only_what_lists_or_describes_is_not_explained() {
        assert!(is_query("SELECT 1") && is_query("with a as (select 1) select * from a") && is_query("(SELECT 1)"));
        assert!(!is_query("show tables") && !is_query(" DESCRIBE a.b"));
    }
}
