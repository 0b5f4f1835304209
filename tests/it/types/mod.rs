//! Every type of every engine, from the real server to SQL over the lake, compared with what the server says of it.

mod mysql;
mod postgres;
mod random;
mod sqlite;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::harness::TestApp;

/// One type: how a column of it is declared, what it is in the lake, values as literals, and what the server is asked
/// for a value, `{}` being the column, so that it reads as the lake's does.
pub struct Case {
    pub declared: &'static str,
    pub lake: &'static str,
    pub values: &'static [&'static str],
    pub shown: &'static str,
}

/// One column a case and one row a value; behind the last value there is always a NULL.
pub struct Table {
    cases: Vec<Case>,
}

impl Table {
    pub fn of(cases: Vec<Case>) -> Self {
        Self { cases }
    }

    /// `CREATE TABLE` and `INSERT` statements, each value as `quote` writes it.
    pub fn statements(&self, quote: impl Fn(&str) -> String) -> String {
        let columns: Vec<_> =
            self.cases.iter().enumerate().map(|(index, case)| format!("c{index} {}", case.declared)).collect();
        let mut statements = format!("CREATE TABLE every (n INTEGER PRIMARY KEY, {});", columns.join(", "));
        for row in 0..self.rows() {
            let values: Vec<_> = self
                .cases
                .iter()
                .map(|case| case.values.get(row).map_or_else(|| "NULL".to_owned(), |value| quote(value)))
                .collect();
            statements.push_str(&format!(" INSERT INTO every VALUES ({row}, {});", values.join(", ")));
        }
        statements
    }

    /// What the server is asked for, a text a column.
    pub fn shown(&self) -> String {
        let names = (0..self.cases.len()).map(|index| format!("c{index}"));
        let shown: Vec<_> = self.cases.iter().zip(names).map(|(case, name)| case.shown.replace("{}", &name)).collect();
        format!("SELECT {} FROM every ORDER BY n", shown.join(", "))
    }

    fn rows(&self) -> usize {
        self.cases.iter().map(|case| case.values.len()).max().unwrap_or(0) + 1
    }

    /// Syncs the table through the API and compares what SQL over the lake says with what the server has `said`.
    pub async fn arrives(&self, url: &str, said: Vec<Vec<Option<String>>>) {
        let app = TestApp::new().await;
        let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
        let input = json!({ "name": "Types", "type": "DATABASE", "connectionConfig": { "url": url } });
        let data = app.gql(create, json!({ "input": input })).await;
        let connector = data["createConnector"]["connector"]["id"].as_str().expect("an id").to_owned();
        let end = app.sync_and_wait(&connector).await;
        assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
        let query = "query($q: String!) { sql(query: $q) { columns { name type } rows } }";
        let answer = app.gql(query, json!({ "q": "SELECT * FROM types.every ORDER BY n" })).await;
        let (columns, rows) = (answer["sql"]["columns"].as_array(), answer["sql"]["rows"].as_array());
        let (columns, rows) = (columns.expect("columns"), rows.expect("rows"));
        assert_eq!((rows.len(), said.len()), (self.rows(), self.rows()));

        let mut differences = Vec::new();
        for (index, case) in self.cases.iter().enumerate() {
            let (declared, name) = (case.declared, format!("c{index}"));
            let at = columns.iter().position(|column| column["name"] == name.as_str()).expect("the column is there");
            if columns[at]["type"] != case.lake {
                differences.push(format!("{declared} is {} and not {}", columns[at]["type"], case.lake));
                continue;
            }
            for row in 0..rows.len() {
                let found = plain(case.lake, &rows[row][at]);
                let said = said[row][index].as_deref().map_or("∅".to_owned(), |text| plain_text(case.lake, text));
                if found != said {
                    let literal = case.values.get(row).copied().unwrap_or("NULL");
                    differences.push(format!("{declared} {literal}: the lake has {found}, the server {said}"));
                }
            }
        }
        app.stop().await;
        assert!(differences.is_empty(), "{differences:#?}");
    }
}

/// A value of an answer as one text, so that forms which mean the same are the same.
fn plain(lake: &str, value: &Value) -> String {
    match value {
        Value::Null => "∅".into(),
        Value::String(text) if lake == "binary" => hex::encode(STANDARD.decode(text).expect("binary is base64")),
        Value::String(text) => plain_scalar(lake, text),
        Value::Array(items) => {
            let item = lake.strip_prefix("list<").and_then(|rest| rest.strip_suffix('>')).unwrap_or(lake);
            let items: Vec<_> = items.iter().map(|value| plain(item, value)).collect();
            format!("[{}]", items.join(", "))
        }
        other => plain_scalar(lake, &other.to_string()),
    }
}

/// The same of what a server said: lists as JSON, bytes in hexadecimal digits.
fn plain_text(lake: &str, text: &str) -> String {
    let Some(item) = lake.strip_prefix("list<").and_then(|rest| rest.strip_suffix('>')) else {
        return if lake == "binary" { text.to_lowercase() } else { plain_scalar(lake, text) };
    };
    let items: Vec<Option<String>> = serde_json::from_str(text).expect("lists are asked for as JSON of texts");
    let items = items.iter().map(|text| text.as_deref().map_or("∅".to_owned(), |text| plain_text(item, text)));
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn plain_scalar(lake: &str, text: &str) -> String {
    match lake {
        "real" => text.parse::<f32>().map_or_else(|_| text.to_owned(), |real| format!("{real:?}")),
        "double" => text.parse::<f64>().map_or_else(|_| text.to_owned(), |real| format!("{real:?}")),
        "boolean" => match text {
            "1" | "t" => "true".into(),
            "0" | "f" => "false".into(),
            other => other.to_owned(),
        },
        "timestamp" | "timestamp with time zone" => {
            let text = text.replace(' ', "T");
            let local = text.trim_end_matches('Z').trim_end_matches("+00:00").trim_end_matches("+00");
            if local.contains('.') {
                local.trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                local.to_owned()
            }
        }
        _ => text.to_owned(),
    }
}
