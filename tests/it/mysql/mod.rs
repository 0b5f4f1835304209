//! The MySQL connector against a real MariaDB, or a MySQL where `DATAWEAVER_TEST_MARIADB_URL` leads to one.

mod contract;
mod discovery;
mod failures;
mod incremental;
mod resuming;
mod signing_in;
mod strangers;
mod values;

use std::sync::Arc;

use dataweaver::sdk::{Cursor, DynConnector, Extract, ReadRequest};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};

use crate::postgres::reading::{Read, collect, full, open};
use crate::servers::{self, TestDatabase};

/// An empty database and a connector that reads it.
pub struct Source {
    database: TestDatabase,
    pub connector: Arc<dyn DynConnector>,
}

impl Source {
    /// One with these statements run in it; `None`, and said so, where there is no server.
    pub async fn with(statements: &str) -> Option<Self> {
        let database = servers::mariadb()?;
        let connector = open(database.url(), json!({})).expect("the settings are right");
        let source = Self { database, connector };
        source.run(statements).await;
        Some(source)
    }

    pub fn url(&self) -> &str {
        self.database.url()
    }

    pub fn name(&self) -> &str {
        self.database.name()
    }

    /// `database.table` of one of its tables.
    pub fn path(&self, table: &str) -> String {
        format!("{}.{table}", self.name())
    }

    /// A connection of the test's own.
    pub async fn connection(&self) -> MySqlConnection {
        MySqlConnection::connect(self.url()).await.expect("the database was made just now")
    }

    /// Runs statements.
    pub async fn run(&self, statements: &str) {
        if !statements.is_empty() {
            let statements = format!("SET sql_mode = ''; {}", with_numbers(statements));
            self.connection()
                .await
                .execute(AssertSqlSafe(statements))
                .await
                .expect("the test's own statements are right");
        }
    }

    pub async fn read(&self, request: ReadRequest) -> Read {
        collect(&*self.connector, request).await.expect("the read succeeds")
    }

    pub fn full(&self, table: &str) -> ReadRequest {
        full(&self.path(table))
    }

    pub fn incremental(&self, table: &str, field: &str, since: Option<Cursor>) -> ReadRequest {
        let extract = Extract::Incremental { cursor_field: Some(field.into()), since, lookback: Default::default() };
        ReadRequest { extract, ..self.full(table) }
    }

    /// Reads row by row and again from each checkpoint: what comes before and after it is together the whole.
    pub async fn resumes_from_each_checkpoint(&self, request: ReadRequest) -> usize {
        let small = ReadRequest { batch_bytes: 1, ..request };
        let whole = self.read(small.clone()).await;
        let lines = whole.lines();
        let checkpoints = whole.checkpoints();
        for (cursor, before) in &checkpoints {
            let rest = self.read(ReadRequest { resume: Some(cursor.clone()), ..small.clone() }).await;
            assert_eq!([before.clone(), rest.lines()].concat(), lines, "after {}", cursor.0);
            assert_eq!(last(&rest), last(&whole), "the end is the same");
        }
        checkpoints.len()
    }
}

/// MariaDB knows the tables `seq_1_to_…`; here they are put together from digits, as MySQL needs it.
fn with_numbers(statements: &str) -> String {
    const NAME: &str = "seq_1_to_";
    let Some((before, rest)) = statements.split_once(NAME) else { return statements.to_owned() };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (most, after) = rest.split_at(end);
    let digits = (0..10).map(|digit| format!("SELECT {digit} AS n")).collect::<Vec<_>>().join(" UNION ALL ");
    let (mut sum, mut from) = (vec!["1".to_owned()], Vec::new());
    for place in 0..most.len() {
        sum.push(format!("{} * d{place}.n", 10_u32.pow(place as u32)));
        from.push(format!("({digits}) AS d{place}"));
    }
    let numbers = format!("SELECT {} AS seq FROM {} HAVING seq <= {most}", sum.join(" + "), from.join(", "));
    format!("{before}({numbers}) AS {NAME}{most}{}", with_numbers(after))
}

/// The checkpoint that a read ends with.
pub fn last(read: &Read) -> Cursor {
    read.checkpoints().pop().expect("a read ends with a checkpoint").0
}
