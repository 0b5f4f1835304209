//! Answers: a question is read, planned and run, and what comes of it is told with its numbers.

mod catalogue;
mod chart;
mod course;
mod doubtful;
mod findings;
mod insights;
mod interpretation;
mod numbers;
mod sides;
mod suggest;
mod summary;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lexicon::{Cue, Field, Phrases, spans, spelled_out};
use super::plan::{Doubt, Kind, Plan, PlanFilter, PlanGroup, Subject, dataset_of_field, hostile, plan};
use super::reading::{Filter, Reading, Standing, follow_up, read};
use super::values::Values;
use super::words::{Token, TokenKind, tokens};
use super::{AsOf, Bound, Data, Memory, Reply, sql};
use crate::query::{QueryError, QueryOutput};

/// The longest question, in characters.
pub const LONGEST_QUESTION: usize = 2_000;
/// Less sure than this, it is asked back.
const SURE: f64 = 0.5;
/// Words that are read at most.
const MOST_WORDS: usize = 150;
/// Rows of an answer that are given at most.
const MOST_ROWS: u64 = 1_000;
/// Rows that something is reckoned from at most.
const MOST_VALUES: u64 = 100_000;

/// Why a question could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The question is too long.
    #[error("the question has {characters} characters, at most {limit} are read")]
    TooLong {
        /// How many it has.
        characters: usize,
        /// How many are read.
        limit: usize,
    },
    /// The statement that it became could not be run.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// What a conversation remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Remembered {
    reading: Option<Reading>,
    /// The entity that the last answer was about.
    last: Option<Filter>,
}

/// A question that was read, with what that took.
struct Asked<'a> {
    bound: &'a Bound,
    values: &'a Values,
    phrases: &'a Phrases,
    tokens: Vec<Token>,
    reading: Reading,
    follows: bool,
}

/// Answers a question over the tables of a model, or asks back.
///
/// `memory` is what the last reply of the same conversation gave; `values` are those of the same tables.
///
/// # Errors
/// [`AskError`] for a question that is too long, and where its statement cannot be run. What is not understood is no error: it is
/// asked back.
pub async fn answer(
    question: &str,
    bound: &Bound,
    data: &dyn Data,
    memory: Option<&Memory>,
    values: &Values,
) -> Result<Reply, AskError> {
    let characters = question.chars().count();
    if characters > LONGEST_QUESTION {
        return Err(AskError::TooLong { characters, limit: LONGEST_QUESTION });
    }
    let remembered =
        memory.map(|memory| serde_json::from_value(memory.0.clone()).unwrap_or_default()).unwrap_or_default();
    let phrases = Phrases::of(bound);
    let asked = read_question(question, bound, values, &phrases, &remembered);
    let planned = planned(&asked);
    let plan = match planned {
        Ok(plan) => plan,
        Err(doubt) => return Ok(doubtful::reply(question, &asked, &doubt, memory)),
    };
    if let Kind::Catalogue(catalogue) = &plan.kind {
        return Ok(catalogue::reply(&asked, catalogue, memory));
    }
    let statement = match statement(&asked, &plan) {
        Ok(statement) => statement,
        Err(unreachable) => {
            let doubt = Doubt::Apart { what: unreachable.words };
            return Ok(doubtful::reply(question, &asked, &doubt, memory));
        }
    };
    let output = data.rows(&statement, limit_of(&plan)).await?;
    Ok(told(&asked, &plan, statement, output))
}

/// Reads a question, on from the one before where it follows on it.
fn read_question<'a>(
    question: &str,
    bound: &'a Bound,
    values: &'a Values,
    phrases: &'a Phrases,
    remembered: &Remembered,
) -> Asked<'a> {
    let mut tokens = tokens(question);
    tokens.truncate(MOST_WORDS);
    let tokens = spelled_out(tokens, phrases, values);
    let as_of = as_of(bound, values);
    let read_part = |tokens: &[Token]| {
        let spans = spans(tokens, phrases, values, as_of);
        let reading = read(&spans, bound, values);
        (spans, reading)
    };
    let last = last_sentence(&tokens).and_then(|(before, last)| {
        let alone = read_part(before).1.only_introduces().then(|| read_part(last))?;
        // "Count them by status" speaks of what was named before.
        let refers_back = alone.0.iter().any(|span| span.cue() == Some(Cue::Pronoun));
        (alone.1.stands_alone() && !refers_back).then_some(alone)
    });
    let (spans, reading) = last.unwrap_or_else(|| read_part(tokens.as_slice()));
    let before = remembered.reading.as_ref().filter(|before| before.fits(bound));
    let (reading, follows) = follow_up(reading, &spans, before, remembered.last.as_ref());
    Asked { bound, values, phrases, tokens, reading, follows }
}

/// The last one of several sentences, behind those before it.
fn last_sentence(tokens: &[Token]) -> Option<(&[Token], &[Token])> {
    let ends = |token: &Token| matches!(token.kind, TokenKind::Mark('.' | '?' | '!'));
    let last = tokens.iter().rposition(|token| !ends(token))?;
    let end = tokens[..last].iter().rposition(ends)?;
    Some(tokens.split_at(end + 1))
}

/// The moment from which relative times are counted.
fn as_of(bound: &Bound, values: &Values) -> chrono::NaiveDateTime {
    let now = || chrono::Utc::now().naive_utc();
    match bound.model.as_of {
        AsOf::Data => values.as_of().unwrap_or_else(now),
        AsOf::Clock => now(),
    }
}

/// The plan of a question, or why there is none.
fn planned(asked: &Asked<'_>) -> Result<Plan, Doubt> {
    if hostile(&asked.tokens) {
        return Err(Doubt::Hostile);
    }
    let plan = plan(&asked.reading, asked.bound, asked.values);
    let told = matches!(&plan, Ok(Plan { kind: Kind::Catalogue(_), .. })) && asked.reading.critical == 0;
    let nothing = matches!(&plan, Err(Doubt::NothingKnown { .. }));
    // A word that has no part in an answer would make it one to another question.
    if !told && !nothing && !asked.reading.unknown.is_empty() {
        return Err(Doubt::Unknown { words: asked.reading.unknown.clone() });
    }
    plan
}

/// The statement of a plan.
fn statement(asked: &Asked<'_>, plan: &Plan) -> Result<String, sql::Unreachable> {
    let (bound, values) = (asked.bound, asked.values);
    match &plan.kind {
        Kind::Figures | Kind::Trend | Kind::UnusualTimes | Kind::Forecast { .. } => sql::grouped(bound, values, plan),
        Kind::Change(_) if plan.earlier.is_none() => sql::grouped(bound, values, plan),
        Kind::Change(_) | Kind::Periods => sql::periods(bound, values, plan),
        Kind::Rows { columns } => sql::listed(bound, values, plan, columns),
        Kind::Moment { newest } => sql::moment(bound, values, plan, *newest),
        Kind::Correlation { per } => sql::pairs(bound, values, plan, *per),
        Kind::Distribution => sql::values(bound, values, plan),
        Kind::UnusualRows => sql::unusual_rows(bound, values, plan),
        Kind::Score(place) => sql::scored(bound, values, plan, *place),
        Kind::Profile { entity } => sql::profile(bound, values, plan, *entity),
        Kind::Duplicates { by } => sql::duplicates(bound, values, plan, by),
        Kind::Catalogue(_) => Err(sql::Unreachable { words: "the catalogue".to_owned() }),
    }
}

fn limit_of(plan: &Plan) -> u64 {
    match plan.kind {
        Kind::Distribution | Kind::Correlation { .. } | Kind::UnusualTimes | Kind::Forecast { .. } => MOST_VALUES,
        _ => MOST_ROWS,
    }
}

/// The reply with its numbers.
fn told(asked: &Asked<'_>, plan: &Plan, statement: String, output: QueryOutput) -> Reply {
    let interpretation = interpretation::of(asked, plan);
    let cut = output.truncated.then_some(output.rows.len());
    let insight = insights::of(asked, plan, output);
    let summary = summary::of(asked, plan, &insight, cut);
    let chart = chart::of(plan, &insight);
    let memory = remember(asked, plan, &insight.output);
    let suggestions = suggest::follow_ups(asked, plan);
    Reply {
        interpretation,
        confidence: plan.confidence,
        needs_clarification: false,
        sql: Some(statement),
        result: Some(insight.output),
        chart,
        summary,
        datasets: datasets(asked.bound, plan),
        suggestions,
        engine: "planner".to_owned(),
        memory,
    }
}

/// The memory of an answer: what was asked, and the one entity that it found.
fn remember(asked: &Asked<'_>, plan: &Plan, output: &QueryOutput) -> Memory {
    let entity = match (plan.groups.as_slice(), &plan.kind, &plan.subject) {
        ([PlanGroup::Entity(entity)], ..) | (_, Kind::Score(_) | Kind::Rows { .. }, Subject::Entity(entity)) => {
            Some(*entity)
        }
        _ => None,
    };
    let found = entity.zip(output.rows.first().filter(|_| output.rows.len() == 1)).and_then(|(entity, row)| {
        let key = row.first()?.as_str()?.to_owned();
        Some(Filter {
            candidates: vec![(Field::Entity(entity, 1), key.clone(), 1.)],
            not: false,
            missing: false,
            words: key,
            standing: Standing::default(),
        })
    });
    let named = || {
        asked
            .reading
            .filters
            .iter()
            .find(|filter| filter.candidates.iter().any(|(field, _, _)| matches!(field, Field::Entity(..))))
            .cloned()
    };
    let remembered = Remembered { reading: Some(asked.reading.clone()), last: found.or_else(named) };
    Memory(serde_json::to_value(remembered).unwrap_or(Value::Null))
}

/// The datasets that a plan reads.
fn datasets(bound: &Bound, plan: &Plan) -> Vec<usize> {
    let model = &bound.model;
    let named = |name: &str| super::plan::dataset_of(model, name);
    let mut read: Vec<usize> = plan.figures.iter().map(|figure| figure.dataset).collect();
    if !matches!(plan.kind, Kind::Figures | Kind::Trend | Kind::Forecast { .. } | Kind::Distribution) || read.is_empty()
    {
        read.push(plan.subject.dataset(model));
    }
    let measured = |measure: &str| measure.split('.').next().and_then(named);
    for filter in &plan.filters {
        match filter {
            PlanFilter::Values { fields, .. } => {
                read.extend(fields.first().and_then(|(field, _)| dataset_of_field(bound, *field)))
            }
            PlanFilter::Missing { fields, .. } => {
                read.extend(fields.first().and_then(|field| dataset_of_field(bound, *field)))
            }
            PlanFilter::Segment { segment, .. } => {
                let segment = &model.segments[*segment];
                read.extend(measured(&segment.measure));
                read.extend(
                    model
                        .entities
                        .iter()
                        .find(|entity| entity.name == segment.entity)
                        .and_then(|entity| named(&entity.dataset)),
                );
            }
            PlanFilter::Related { dataset, .. } => read.push(*dataset),
            PlanFilter::Counted { dataset, .. } => read.push(*dataset),
            PlanFilter::Text { .. } => {}
        }
    }
    for group in plan.groups.iter().chain(&plan.mean_over).chain(&plan.first_of) {
        match group {
            PlanGroup::Field { fields, .. } => {
                let of: Vec<usize> = fields.iter().filter_map(|field| dataset_of_field(bound, *field)).collect();
                if !of.iter().any(|dataset| read.contains(dataset)) {
                    read.extend(of.first());
                }
            }
            PlanGroup::Entity(entity) => read.push(Subject::Entity(*entity).dataset(model)),
            PlanGroup::Time(_) | PlanGroup::Cycle(_) => {}
        }
    }
    if let Kind::Score(place) = plan.kind {
        read.extend(model.scores[place].parts.iter().filter_map(|part| measured(&part.measure)));
    }
    if let Kind::Profile { entity } = plan.kind {
        let own = Subject::Entity(entity).dataset(model);
        read.extend((0..model.datasets.len()).filter(|dataset| super::plan::up_path(model, *dataset, own).is_some()));
    }
    let mut seen = Vec::new();
    for dataset in read {
        if !seen.contains(&dataset) {
            seen.push(dataset);
        }
    }
    seen
}
