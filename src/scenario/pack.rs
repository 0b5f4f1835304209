//! A scenario pack: all that makes a scenario, as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ask::Model;
use crate::vocabulary::{ConnectorType, ExtractType, StepKind, WriteMode};

/// A scenario: connectors, their data sources, what they mean, what can be asked, and what must come out.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Lower case, `customer_intelligence`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is for, in a sentence or two.
    pub description: String,
    /// Where it belongs: "Sales and support".
    pub category: String,
    /// The demo world that its connectors read.
    pub world: String,
    /// The connectors, with the data sources that the scenario needs of each.
    pub connectors: Vec<PackConnector>,
    /// What somebody who sets it up gets out of it.
    pub expected_outcomes: Vec<String>,
    /// Questions that it answers.
    pub sample_questions: Vec<String>,
    /// What its tables mean.
    pub model: Model,
    /// Its workflow.
    pub workflow: WorkflowTemplate,
    /// What validation looks at, beside connections, sources and the workflow.
    pub checks: Vec<PackCheck>,
}

/// A connector that set-up makes in demo mode.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackConnector {
    /// What people call it.
    pub name: String,
    /// What it reads.
    pub description: String,
    /// Its type.
    #[serde(rename = "type")]
    pub connector_type: ConnectorType,
    /// The data sources that the scenario needs. Others that are discovered are switched off.
    pub sources: Vec<PackSource>,
}

/// A data source that the scenario needs.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackSource {
    /// What it is called in the scenario.
    pub name: String,
    /// What discovery calls it; its name where it is absent.
    pub discovered: Option<String>,
    /// What it holds.
    pub description: String,
    /// Columns that must be there.
    pub columns: Vec<String>,
    /// How many rows there must be at least, at size factor 1; they grow with it.
    pub rows: u64,
    /// Whether the rows do not grow with the size factor.
    #[serde(default)]
    pub fixed: bool,
    /// How it is read, where not as discovery proposes.
    pub extract_type: Option<ExtractType>,
    /// How rows are written, where not as discovery proposes.
    pub write_mode: Option<WriteMode>,
}

/// A chain of steps, as a pack or a file of its own gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkflowTemplate {
    /// What people call it.
    pub name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Cron, five fields, in `timezone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// IANA time zone of the schedule; UTC where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Its steps.
    pub steps: Vec<StepTemplate>,
}

/// One step of a workflow.
///
/// `config` by kind; SQL may name tables as `{{ source('Sales Report') }}` (a data source) and `{{ ref('scores') }}` (a table of
/// a TRANSFORM step of the same workflow):
/// - EXTRACT `{ sources: [names] }`: syncs the connectors of these data sources.
/// - TRANSFORM `{ table: name, sql: … }`: a lake table with the rows of the statement.
/// - LINK `{ left: side, right: side, minimum_score: 0.6 }`, a side being `{ source | ref, key, and the columns by what they
///   hold: id, email, phone, domain, handle, name, company, text }` (each a column or a list of them).
/// - ANALYSE `{ question: … }`: asks it, and keeps the answer.
/// - OUTPUT `{ file: name, format: csv | parquet | xlsx | html, sql: … }`, or for `html` `{ title, sections: [{ title, question |
///   sql | step }] }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepTemplate {
    /// Unique in the workflow.
    pub name: String,
    /// What it does.
    pub kind: StepKind,
    /// The names of the steps that must have succeeded before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// How it does it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, Value>,
}

/// A question whose answer is compared with what the world knows.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackCheck {
    /// What is checked, in words: "churning customers are found".
    pub name: String,
    /// What is asked, in plain English; or `sql`.
    pub question: Option<String>,
    /// Or a statement, with `source('…')` and `ref('…')` as in a workflow.
    pub sql: Option<String>,
    /// The fact of the world's truth that it must agree with.
    pub truth: String,
    /// How the two are compared.
    pub compare: Comparison,
}

/// How an answer is compared with a fact.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Comparison {
    /// The fact is one number; the answer has it in its only row.
    Value {
        /// The column of the answer; its last one where it is absent.
        column: Option<String>,
        /// By what share they may differ.
        #[serde(default)]
        tolerance: f64,
    },
    /// Every row of the fact is a row of the answer, and the other way round: columns in their order.
    Rows {
        /// By what share numbers may differ.
        #[serde(default)]
        tolerance: f64,
    },
    /// The first column of the fact's rows is found in a column of the answer.
    Found {
        /// The column of the answer; the first that holds one of the values where it is absent.
        column: Option<String>,
        /// The least share of the fact's values that must be in the answer.
        recall: f64,
        /// The least share of the answer's values that must be in the fact.
        precision: f64,
    },
    /// The first row of the answer holds the first value of the fact.
    First {
        /// The column of the answer; any where it is absent.
        column: Option<String>,
    },
}
