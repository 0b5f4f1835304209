//! A database with a connector on it, and what reading it gives.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use dataweaver::sdk::{
    AuthType, ConnectorError, ConnectorType, Cursor, DynConnector, Extract, OpenContext, ReadEvent, ReadRequest,
    Registry, Settings, SourceRef,
};
use futures::StreamExt;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use tokio_util::sync::CancellationToken;

use crate::servers::{self, TestDatabase};

/// How long anything in these tests may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// An empty database and a connector that reads it.
pub struct Source {
    database: TestDatabase,
    pub connector: Arc<dyn DynConnector>,
}

impl Source {
    /// One with these statements run in it; `None`, and said so, where there is no server.
    pub async fn with(statements: &str) -> Option<Self> {
        Self::configured(statements, json!({})).await
    }

    /// The same with further settings of the connector.
    pub async fn configured(statements: &str, settings: Value) -> Option<Self> {
        let database = servers::postgres()?;
        let connector = open(database.url(), settings).expect("the settings are right");
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

    /// A connection of the test's own.
    pub async fn connection(&self) -> PgConnection {
        PgConnection::connect(self.url()).await.expect("the database was made just now")
    }

    /// Runs statements.
    pub async fn run(&self, statements: &str) {
        self.connection()
            .await
            .execute(AssertSqlSafe(statements.to_owned()))
            .await
            .expect("the test's own statements are right");
    }

    /// The first column of a query, as text; NULL as `∅`.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        self.texts_after("", query).await
    }

    /// The same under settings of the session.
    pub async fn texts_after(&self, settings: &str, query: &str) -> Vec<String> {
        let mut connection = self.connection().await;
        connection.execute(AssertSqlSafe(settings.to_owned())).await.expect("the settings are right");
        let rows = connection.fetch_all(AssertSqlSafe(query.to_owned())).await.expect("the test's own query is right");
        rows.iter().map(|row| row.get::<Option<String>, _>(0).unwrap_or_else(|| "∅".into())).collect()
    }

    /// Reads with a request to its end.
    pub async fn read(&self, request: ReadRequest) -> Read {
        collect(&*self.connector, request).await.expect("the read succeeds")
    }
}

/// A connector by the registry, as the core opens it.
pub fn open(url: &str, settings: Value) -> Result<Arc<dyn DynConnector>, ConnectorError> {
    let mut connection = json!({ "url": url });
    for (key, value) in settings.as_object().expect("settings are an object") {
        connection[key] = value.clone();
    }
    let factory = Registry::collect().get(ConnectorType::Database).expect("this build has databases");
    let mut settings = Settings { connection, auth_type: AuthType::None, auth: json!({}) };
    factory.normalize(&mut settings)?;
    factory.open(settings, OpenContext { allow_private_network: true, ..OpenContext::default() })
}

/// A full read in batches of the usual size.
pub fn full(path: &str) -> ReadRequest {
    ReadRequest {
        source: SourceRef {
            name: path.into(),
            source_type: "table".into(),
            source_path: path.into(),
            details: Value::Null,
        },
        extract: Extract::Full,
        primary_key: Vec::new(),
        resume: None,
        batch_bytes: 8 << 20,
        memory_bytes: 128 << 20,
        cancel: CancellationToken::new(),
    }
}

/// What a read gave.
#[derive(Debug, Default)]
pub struct Read {
    pub events: Vec<ReadEvent>,
}

/// Reads to the end.
pub async fn collect(connector: &dyn DynConnector, request: ReadRequest) -> Result<Read, ConnectorError> {
    let mut stream = connector.read(request);
    let mut read = Read::default();
    let whole = async {
        while let Some(event) = stream.next().await {
            read.events.push(event?);
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, whole).await.expect("the read ends in time")?;
    Ok(read)
}

impl Read {
    pub fn schema(&self) -> SchemaRef {
        let schema = self.events.iter().find_map(|event| match event {
            ReadEvent::Schema(schema) => Some(Arc::clone(schema)),
            _ => None,
        });
        schema.expect("a read starts with its schema")
    }

    pub fn batches(&self) -> Vec<RecordBatch> {
        batches(&self.events)
    }

    /// All rows in one batch.
    pub fn rows(&self) -> RecordBatch {
        concat_batches(&self.schema(), &self.batches()).expect("the batches have the schema")
    }

    /// All rows as text, `|` between the values and `∅` for NULL.
    pub fn lines(&self) -> Vec<String> {
        lines(&self.rows())
    }

    /// One column as text.
    pub fn column(&self, name: &str) -> Vec<String> {
        let rows = self.rows();
        let index = rows.schema().index_of(name).expect("the column is there");
        lines(&rows.project(&[index]).expect("the column is there"))
    }

    /// Each checkpoint with the rows before it, as text.
    pub fn checkpoints(&self) -> Vec<(Cursor, Vec<String>)> {
        let mut found = Vec::new();
        for (index, event) in self.events.iter().enumerate() {
            if let ReadEvent::Checkpoint(cursor) = event {
                found.push((cursor.clone(), batches(&self.events[..index]).iter().flat_map(lines).collect()));
            }
        }
        found
    }

    pub fn logs(&self) -> Vec<String> {
        let logs = self.events.iter().filter_map(|event| match event {
            ReadEvent::Log { message, .. } => Some(message.clone()),
            _ => None,
        });
        logs.collect()
    }

    /// Column, reason and count of what became NULL.
    pub fn rejected(&self) -> Vec<(String, String, u64)> {
        let values = self.events.iter().filter_map(|event| match event {
            ReadEvent::RejectedValue(value) => Some((value.column.clone(), value.reason.clone(), value.count)),
            _ => None,
        });
        values.collect()
    }

    /// The last checkpoint, which ends a read.
    pub fn end(&self) -> Cursor {
        match self.events.last() {
            Some(ReadEvent::Checkpoint(cursor)) => cursor.clone(),
            other => panic!("a read ends with a checkpoint, not with {other:?}"),
        }
    }
}

fn batches(events: &[ReadEvent]) -> Vec<RecordBatch> {
    let batches = events.iter().filter_map(|event| match event {
        ReadEvent::Batch(batch) => Some(batch.clone()),
        _ => None,
    });
    batches.collect()
}

fn lines(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("∅");
    let columns: Vec<_> = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column, &options).expect("it can be shown"))
        .collect();
    (0..batch.num_rows())
        .map(|row| columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join("|"))
        .collect()
}

pub fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}
