//! What a step is told, by its kind: typed, with unknown keys refused and the known ones named.

use serde::Deserialize;
use serde_json::Value;

use crate::query::ExportFormat;
use crate::sdk::{Settings, names};
use crate::services::ServiceError;
use crate::services::links::{LinkConfig, LinkSide};
use crate::vocabulary::StepKind;

/// The longest name of a file, in characters.
const LONGEST_FILE_NAME: usize = 120;

/// What a step is told.
#[derive(Clone, Debug)]
pub(super) enum StepConfig {
    Extract(Extract),
    Transform(Transform),
    Link(Box<LinkConfig>),
    Analyse(Analyse),
    Output(Output),
}

/// Which data sources are synced.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Extract {
    /// Their names.
    pub(super) sources: Vec<String>,
}

/// Which table is made of which rows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Transform {
    /// Its name in SQL, behind the workflow's slug.
    pub(super) table: String,
    /// The statement that gives its rows.
    pub(super) sql: String,
}

/// What is asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Analyse {
    /// In plain English.
    pub(super) question: String,
}

/// Which file is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Output {
    /// Its name; the format's ending is added where it is missing.
    pub(super) file: String,
    /// How it is written.
    pub(super) format: Format,
    /// The statement that gives its rows; not for a report.
    pub(super) sql: Option<String>,
    /// The heading of a report.
    pub(super) title: Option<String>,
    /// What a report shows.
    pub(super) sections: Option<Vec<Section>>,
}

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    Csv,
    Parquet,
    Xlsx,
    Html,
}

/// A part of a report.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    /// Its heading.
    pub(super) title: String,
    /// A question that it answers.
    pub(super) question: Option<String>,
    /// Or a statement whose rows it shows.
    pub(super) sql: Option<String>,
    /// Or an ANALYSE step whose answer it shows.
    pub(super) step: Option<String>,
}

/// What a section shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown<'a> {
    Question(&'a str),
    Sql(&'a str),
    Step(&'a str),
}

impl StepConfig {
    /// Reads what a step is told; `field` is its path in what somebody gave.
    ///
    /// # Errors
    /// `BadInput` with the path of what is wrong.
    pub(super) fn read(kind: StepKind, config: &Value, field: &str) -> Result<Self, ServiceError> {
        let config = config.clone();
        Ok(match kind {
            StepKind::Extract => Self::Extract(Settings::parse::<Extract>(field, config)?.checked(field)?),
            StepKind::Transform => Self::Transform(Settings::parse::<Transform>(field, config)?.checked(field)?),
            StepKind::Link => Self::Link(Box::new(LinkConfig::read(field, config)?)),
            StepKind::Analyse => Self::Analyse(Settings::parse::<Analyse>(field, config)?),
            StepKind::Output => Self::Output(Settings::parse::<Output>(field, config)?.checked(field)?),
        })
    }

    /// The statements that it runs, each with its path below the config.
    pub(super) fn statements(&self) -> Vec<(String, &str)> {
        match self {
            Self::Transform(transform) => vec![("sql".to_owned(), transform.sql.as_str())],
            Self::Output(output) => {
                let own = output.sql.iter().map(|sql| ("sql".to_owned(), sql.as_str()));
                let sections = output.sections.iter().flatten().enumerate();
                let of_sections = sections
                    .filter_map(|(place, section)| Some((format!("sections.{place}.sql"), section.sql.as_deref()?)));
                own.chain(of_sections).collect()
            }
            Self::Extract(_) | Self::Link(_) | Self::Analyse(_) => Vec::new(),
        }
    }

    /// The data sources that it names outside of SQL.
    pub(super) fn sources(&self) -> Vec<&str> {
        match self {
            Self::Extract(extract) => extract.sources.iter().map(String::as_str).collect(),
            Self::Link(link) => sides(link).filter_map(|side| side.source.as_deref()).collect(),
            _ => Vec::new(),
        }
    }

    /// The tables of its workflow that it names outside of SQL.
    pub(super) fn references(&self) -> Vec<&str> {
        match self {
            Self::Link(link) => sides(link).filter_map(|side| side.reference.as_deref()).collect(),
            _ => Vec::new(),
        }
    }

    /// The questions that it asks, each with its path below the config.
    pub(super) fn questions(&self) -> Vec<(String, &str)> {
        match self {
            Self::Analyse(analyse) => vec![("question".to_owned(), analyse.question.as_str())],
            Self::Output(output) => {
                let sections = output.sections.iter().flatten().enumerate();
                sections
                    .filter_map(|(place, section)| {
                        Some((format!("sections.{place}.question"), section.question.as_deref()?))
                    })
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The steps whose answers it shows, each with its path below the config.
    pub(super) fn steps(&self) -> Vec<(String, &str)> {
        let Self::Output(output) = self else { return Vec::new() };
        let sections = output.sections.iter().flatten().enumerate();
        sections
            .filter_map(|(place, section)| Some((format!("sections.{place}.step"), section.step.as_deref()?)))
            .collect()
    }
}

impl Extract {
    fn checked(self, field: &str) -> Result<Self, ServiceError> {
        if self.sources.is_empty() {
            return Err(ServiceError::bad_input(format!("{field}.sources"), "must name a data source"));
        }
        Ok(self)
    }
}

impl Transform {
    fn checked(self, field: &str) -> Result<Self, ServiceError> {
        let safe = names::slug(&self.table);
        if self.table != safe {
            let message = format!("{} is no name that SQL takes without quotes; {safe} is one", quoted(&self.table));
            return Err(ServiceError::bad_input(format!("{field}.table"), message));
        }
        Ok(self)
    }
}

fn sides(link: &LinkConfig) -> impl Iterator<Item = &LinkSide> {
    [&link.left, &link.right].into_iter()
}

impl Output {
    fn checked(self, field: &str) -> Result<Self, ServiceError> {
        let refused = |part: &str, message: String| Err(ServiceError::bad_input(format!("{field}.{part}"), message));
        if !is_plain_file_name(&self.file) {
            let message = format!(
                "{} is no plain file name: 1 to {LONGEST_FILE_NAME} characters, no slashes, not beginning with a dot",
                quoted(&self.file)
            );
            return refused("file", message);
        }
        let is_report = self.format == Format::Html;
        match (&self.sql, &self.sections) {
            (None, _) if !is_report => {
                refused("sql", format!("is missing: a {} file holds the rows of a statement", self.format.ending()))
            }
            (Some(_), _) if is_report => {
                refused("sql", "is not for html: give sections, each with a title and sql, question or step".to_owned())
            }
            (_, None) if is_report => refused("sections", "is missing: a report shows at least one".to_owned()),
            (_, Some(sections)) if is_report && sections.is_empty() => {
                refused("sections", "must not be empty: a report shows at least one".to_owned())
            }
            (_, Some(_)) if !is_report => refused("sections", "is for html only".to_owned()),
            _ if self.title.is_some() && !is_report => refused("title", "is for html only".to_owned()),
            (_, Some(sections)) => {
                for (place, section) in sections.iter().enumerate() {
                    if section.shown().is_none() {
                        return refused(&format!("sections.{place}"), "takes one of question, sql and step".to_owned());
                    }
                }
                Ok(self)
            }
            _ => Ok(self),
        }
    }

    /// The file's name with its ending.
    pub(super) fn file_name(&self) -> String {
        let ending = format!(".{}", self.format.ending());
        if self.file.to_lowercase().ends_with(&ending) { self.file.clone() } else { format!("{}{ending}", self.file) }
    }
}

impl Section {
    /// What it shows, where that is one thing.
    pub(super) fn shown(&self) -> Option<Shown<'_>> {
        match (self.question.as_deref(), self.sql.as_deref(), self.step.as_deref()) {
            (Some(question), None, None) => Some(Shown::Question(question)),
            (None, Some(sql), None) => Some(Shown::Sql(sql)),
            (None, None, Some(step)) => Some(Shown::Step(step)),
            _ => None,
        }
    }
}

impl Format {
    /// The end of a file's name, without the dot.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Xlsx => "xlsx",
            Self::Html => "html",
        }
    }

    /// How rows are written; none for a report.
    pub(super) fn of_rows(self) -> Option<ExportFormat> {
        match self {
            Self::Csv => Some(ExportFormat::Csv),
            Self::Parquet => Some(ExportFormat::Parquet),
            Self::Xlsx => Some(ExportFormat::Xlsx),
            Self::Html => None,
        }
    }
}

/// A name that names a file in whatever folder it is put, on every system.
fn is_plain_file_name(name: &str) -> bool {
    let is_unsafe = |letter: char| letter.is_control() || r#"/\:*?"<>|"#.contains(letter);
    let length = name.chars().count();
    (1..=LONGEST_FILE_NAME).contains(&length) && !name.starts_with(['.', ' ']) && !name.contains(is_unsafe)
}

fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(LONGEST_FILE_NAME).collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(kind: StepKind, config: Value) -> String {
        StepConfig::read(kind, &config, "config").expect_err("it is refused").to_string()
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_known_ones_named() {
        let told = refusal(StepKind::Transform, json!({ "tabel": "a", "sql": "SELECT 1" }));
        assert_eq!(told, "config.tabel: unknown field `tabel`, expected `table` or `sql`");
        let told = refusal(StepKind::Analyse, json!({ "question": 1 }));
        assert!(told.starts_with("config.question: an integer is given"), "{told}");
        let sections = json!({ "file": "a", "format": "html", "sections": [{ "title": "A", "sq": "SELECT 1" }] });
        assert!(refusal(StepKind::Output, sections).starts_with("config.sections[0].sq: unknown field"));
    }

    #[test]
    fn names_of_tables_and_files_are_plain() {
        let told = refusal(StepKind::Transform, json!({ "table": "Order Items", "sql": "SELECT 1" }));
        assert!(told.ends_with("order_items is one"), "{told}");
        for file in ["", ".htaccess", "../a", "a/b", "a\\b", "a\nb", "a\"b", &"a".repeat(121)] {
            let told = refusal(StepKind::Output, json!({ "file": file, "format": "csv", "sql": "SELECT 1" }));
            assert!(told.contains("no plain file name"), "{file:?}: {told}");
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for (config, words) in [
            (json!({ "file": "a", "format": "csv" }), "config.sql: is missing"),
            (json!({ "file": "a", "format": "html" }), "config.sections: is missing"),
            (json!({ "file": "a", "format": "html", "sections": [] }), "config.sections: must not be empty"),
            (json!({ "file": "a", "format": "html", "sql": "SELECT 1" }), "config.sql: is not for html"),
            (
                json!({ "file": "a", "format": "csv", "sql": "SELECT 1", "title": "A" }),
                "config.title: is for html only",
            ),
            (
                json!({ "file": "a", "format": "csv", "sql": "SELECT 1", "sections": [] }),
                "config.sections: is for html",
            ),
            (
                json!({ "file": "a", "format": "html", "sections": [{ "title": "A", "sql": "SELECT 1", "step": "b" }] }),
                "config.sections.0: takes one of",
            ),
            (json!({ "file": "a", "format": "pdf" }), "config.format: unknown variant `pdf`"),
        ] {
            let told = refusal(StepKind::Output, config.clone());
            assert!(told.starts_with(words), "{config}: {told}");
        }
        let told = refusal(
            StepKind::Link,
            json!({ "left": { "source": "a", "ref": "b", "key": "k", "id": "k" }, "right": { "source": "c", "key": "k", "id": "k" } }),
        );
        assert_eq!(told, "config.left: takes one of source and ref");
    }

    #[test]
    fn a_file_gets_its_ending_once() {
        for file in ["report", "report.HTML"] {
            let config = json!({ "file": file, "format": "html", "sections": [{ "title": "A", "step": "b" }] });
            let StepConfig::Output(output) = StepConfig::read(StepKind::Output, &config, "config").unwrap() else {
                panic!("an output")
            };
            assert!(output.file_name().to_lowercase().ends_with("report.html"));
        }
    }
}
