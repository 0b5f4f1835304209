//! Random tables of PostgreSQL, from the real server to SQL over the lake, compared with what the server says of them.

use std::collections::HashSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use super::postgres::{AS_COMPARED, BEFORE, cases};
use super::{Case, plain, plain_text};
use crate::harness::TestApp;
use crate::postgres::values::{RANDOM_COLUMNS, randomness, set_seed};
use crate::servers;

const TABLES: usize = 8;

/// Names of tables and columns; a number behind them makes them unique.
const NAMES: &[&str] = &[
    "c",
    "Order",
    "ORDER",
    "select",
    "größe",
    "日付",
    "🦀",
    "a b",
    " ",
    "x.y",
    "quo\"te",
    "it's",
    "back\\slash",
    "{}",
    "$",
    "%s",
    "--",
    "; DROP TABLE",
];

/// A table of random columns and random values.
#[derive(Debug)]
struct RandomTable {
    name: &'static str,
    has_key: bool,
    rows: usize,
    columns: Vec<RandomColumn>,
    /// What else may stand in columns of text.
    texts: Vec<String>,
}

/// Which case of the type table a column is, and how many of its values are NULL.
#[derive(Clone, Debug)]
struct RandomColumn {
    name: &'static str,
    case: usize,
    nulls: f64,
}

/// Any table with columns of so many cases.
fn any_table(cases: usize) -> impl Strategy<Value = RandomTable> {
    let name = proptest::sample::select(NAMES);
    let nulls = proptest::sample::select(vec![0.0, 0.1, 0.5, 1.0]);
    let column = (name.clone(), 0..cases, nulls).prop_map(|(name, case, nulls)| RandomColumn { name, case, nulls });
    // PostgreSQL holds any text but for this one character.
    let character = any::<char>().prop_map(|character| if character == '\0' { '0' } else { character });
    let text =
        proptest::collection::vec(character, 0..20).prop_map(|characters| characters.into_iter().collect::<String>());
    let columns = proptest::collection::vec(column, 1..12);
    let texts = proptest::collection::vec(text, 1..10);
    (name, any::<bool>(), 0usize..300, columns, texts).prop_map(|(name, has_key, rows, columns, texts)| RandomTable {
        name,
        has_key,
        rows,
        columns,
        texts,
    })
}

impl RandomTable {
    fn name(&self, number: usize) -> String {
        format!("{}{number}", self.name)
    }

    /// What makes and fills it; row `n` says in its first column that it is so.
    fn statements(&self, cases: &[Case], number: usize) -> String {
        let (mut declared, mut values) = (vec!["n int".to_owned()], vec!["n".to_owned()]);
        if self.has_key {
            declared[0].push_str(" PRIMARY KEY");
        }
        for (index, column) in self.columns.iter().enumerate() {
            let case = &cases[column.case];
            declared.push(format!("{} {}", column.quoted(index), case.declared));
            let value = value(case, &self.texts);
            values.push(format!("CASE WHEN random() >= {} THEN {value} END", column.nulls));
        }
        let (name, declared, values) = (quoted(&self.name(number)), declared.join(", "), values.join(", "));
        let rows = self.rows;
        format!(
            "CREATE TABLE {name} ({declared}); INSERT INTO {name} SELECT {values} FROM generate_series(1, {rows}) n;"
        )
    }

    /// What the server is asked for, a text a column.
    fn shown(&self, cases: &[Case], number: usize) -> String {
        let columns = self.columns.iter().enumerate();
        let shown = columns.map(|(index, column)| cases[column.case].shown.replace("{}", &column.quoted(index)));
        format!("SELECT {} FROM {} ORDER BY n", shown.collect::<Vec<_>>().join(", "), quoted(&self.name(number)))
    }
}

impl RandomColumn {
    fn quoted(&self, index: usize) -> String {
        quoted(&format!("{}{index}", self.name))
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// An expression that gives another value of the case for each row: one of its edges, or any other one.
fn value(case: &Case, texts: &[String]) -> String {
    let mut edges = case.values.to_vec();
    if case.declared == "text" {
        edges.extend(texts.iter().map(String::as_str));
    }
    let literals: Vec<_> = edges.iter().map(|edge| format!("'{}'", edge.replace('\'', "''"))).collect();
    let (literals, count, declared) = (literals.join(", "), edges.len(), case.declared);
    let edge = format!("(ARRAY[{literals}]::text[])[1 + floor(random() * {count})::int]::{declared}");
    match RANDOM_COLUMNS.iter().find(|column| column.0 == declared) {
        Some(column) => format!("CASE WHEN random() < 0.5 THEN {edge} ELSE {} END", column.1),
        None => edge,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn random_tables_arrive_as_the_server_prints_them() {
    let Some(database) = servers::postgres() else { return };
    let (seed, mut runner) = randomness();
    let cases = cases();
    let tables = any_table(cases.len());
    let tables: Vec<_> =
        (0..TABLES).map(|_| tables.new_tree(&mut runner).expect("there are tables").current()).collect();
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    connection.execute(AssertSqlSafe(format!("{BEFORE} {}", set_seed(seed)))).await.unwrap();
    for (number, table) in tables.iter().enumerate() {
        let filled = connection.execute(AssertSqlSafe(table.statements(&cases, number))).await;
        filled.unwrap_or_else(|error| panic!("seed {seed}: {table:?}: {error}"));
    }
    connection.execute(AS_COMPARED).await.unwrap();

    let app = TestApp::new().await;
    let connector = app.database_connector("Random", database.url()).await;
    let discover =
        "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { name tableName } } }";
    let found = app.gql(discover, json!({ "id": connector })).await;
    let sources = found["discoverSources"]["dataSources"].as_array().unwrap();
    assert_eq!(sources.len(), TABLES, "seed {seed}: {sources:#?}");
    let end = app.sync_and_wait(&connector).await;
    assert_eq!(end["status"], "SUCCEEDED", "seed {seed}: {end:#}");
    for (number, table) in tables.iter().enumerate() {
        let rows = connection.fetch_all(AssertSqlSafe(table.shown(&cases, number))).await.unwrap();
        let said: Vec<Vec<Option<String>>> =
            rows.iter().map(|row| (0..row.len()).map(|column| row.get(column)).collect()).collect();
        let source = sources.iter().find(|source| source["name"] == table.name(number).as_str()).expect("it is found");
        let select = format!("SELECT * FROM {} ORDER BY n", source["tableName"].as_str().unwrap());
        let query = "query($q: String!) { sql(query: $q) { columns { name type } rows } }";
        let answer = app.gql(query, json!({ "q": select })).await;
        if let Err(difference) = compare(table, &cases, &answer["sql"], &said) {
            panic!("seed {seed}: {difference}\n{table:#?}");
        }
    }
    app.stop().await;
}

/// Compares what SQL over the lake answers with what the server has said.
fn compare(table: &RandomTable, cases: &[Case], answer: &Value, said: &[Vec<Option<String>>]) -> Result<(), String> {
    let (columns, rows) = (answer["columns"].as_array().unwrap(), answer["rows"].as_array().unwrap());
    if (rows.len(), columns.len()) != (said.len(), table.columns.len() + 1) {
        return Err(format!("{} rows of {}, {} columns", rows.len(), said.len(), columns.len()));
    }
    let names: HashSet<_> = columns.iter().map(|column| column["name"].as_str().unwrap()).collect();
    let is_plain = |name: &&str| name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if names.len() != columns.len() || !names.iter().all(is_plain) {
        return Err(format!("names that need quotes, or the same twice: {names:?}"));
    }
    for (index, column) in table.columns.iter().enumerate() {
        let case = &cases[column.case];
        let lake = &columns[index + 1];
        if lake["type"] != case.lake {
            return Err(format!("column {index}, {}, is {} and not {}", case.declared, lake["type"], case.lake));
        }
        for (row, said) in rows.iter().zip(said) {
            let found = plain(case.lake, &row[index + 1]);
            let said = said[index].as_deref().map_or("∅".to_owned(), |text| plain_text(case.lake, text));
            if found != said {
                let (n, declared) = (&row[0], case.declared);
                return Err(format!("column {index}, {declared}, row {n}: the lake has {found}, the server {said}"));
            }
        }
    }
    Ok(())
}
