//! The transaction that a read happens in, and the relation it reads.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::{Schema, SchemaRef};
use futures::FutureExt;
use futures::future::{BoxFuture, MaybeDone, maybe_done};
use tokio::time::timeout;

use super::catalog::{self, Relation, Size};
use super::columns::{Column, Plan};
use super::quote;
use super::target::Target;
use super::wire::Connection;
use crate::sdk::{ConnectorError, ReadEvent, SourceRef};

/// A table that is loaded anew again and again must come to rest at some time.
const MOST_BEGINNINGS: usize = 10;
/// After this time it is told what a read waits for.
const QUIET: Duration = Duration::from_secs(3);

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;";

/// Whatever the role or the database is set to, values look the same, and only a lock bounds a statement's time.
const SETTINGS: &str = "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'; \
     SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; SET LOCAL statement_timeout = 0; \
     SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '30s';";

/// A connection inside its transaction, and the relation as this transaction sees it.
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) relation: Relation,
    pub(super) size: Size,
    pub(super) plans: Vec<Plan>,
    pub(super) schema: SchemaRef,
}

impl Session {
    /// Connects, begins, looks the relation up and keeps it from being changed in form. Where columns are named, it has no
    /// others.
    ///
    /// # Errors
    /// `NotFound`, `Permission`, `Config` where one of those is not there, and what a connection can fail with.
    pub(super) async fn open(
        target: &Arc<Target>,
        source: &SourceRef,
        columns: Option<&[String]>,
    ) -> Result<Self, ConnectorError> {
        let (schema, name) = quote::split_path(&source.source_path).ok_or_else(|| {
            ConnectorError::config(
                "source",
                format!("{} is no path of a table, which is schema.table", source.source_path),
            )
        })?;
        let mut connection = Connection::open(target).await?;
        for _ in 0..MOST_BEGINNINGS {
            let begin = begin(catalog::version(&connection));
            let mut found = catalog::load(&mut connection, &begin, &catalog::named(&schema, &name)).await?;
            let Some(mut relation) = found.relations.pop() else {
                return Err(ConnectorError::NotFound {
                    what: format!("table {} in database {}", source.source_path, target.database),
                    hint: "; it was dropped or renamed: discover the tables again".into(),
                });
            };
            refuse_where_unreadable(&relation, target)?;
            if let Some(columns) = columns {
                keep(&mut relation, target, columns)?;
            }
            let plans: Vec<Plan> = relation.columns.iter().map(|column| column.plan(found.locale)).collect();
            if let Some(size) = catalog::hold(&mut connection, &relation, &select(&relation, &plans)).await? {
                let plans = match nested_arrays(&mut connection, &relation).await? {
                    nested if nested.is_empty() => plans,
                    nested => {
                        for column in relation.columns.iter_mut().filter(|column| nested.contains(&column.name)) {
                            column.dimensions = 2;
                        }
                        relation.columns.iter().map(|column| column.plan(found.locale)).collect()
                    }
                };
                let fields: Vec<_> = plans.iter().map(|plan| plan.field.clone()).collect();
                return Ok(Self { connection, relation, size, plans, schema: Arc::new(Schema::new(fields)) });
            }
            connection.query("ROLLBACK", None).await?;
        }
        let message = format!("{} is emptied, rewritten or replaced again and again", source.source_path);
        Err(ConnectorError::Unreachable { message, cause: None })
    }

    /// `SELECT …, … FROM "schema"."table" AS source`; conditions name its columns by [`column()`].
    pub(super) fn select(&self) -> String {
        select(&self.relation, &self.plans)
    }
}

/// The array columns of undeclared form, as views and `CREATE TABLE AS` have them, that hold an array of arrays.
///
/// Only a look at all the values tells, and only these columns need it. Of others the declaration is taken at its word.
async fn nested_arrays(connection: &mut Connection, relation: &Relation) -> Result<Vec<String>, ConnectorError> {
    let is_undeclared = |column: &&Column| column.is_array() && column.dimensions == 0;
    let undeclared: Vec<&Column> = relation.columns.iter().filter(is_undeclared).collect();
    if undeclared.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<_> =
        undeclared.iter().map(|found| format!("bool_or(array_ndims({}) > 1)", column(&found.name))).collect();
    let name = relation.sql();
    let sql = format!("SELECT {} FROM {name} AS source", asked.join(", "));
    let answer = connection.query(&sql, Some(&name)).await?.into_iter().flatten().flatten();
    let nested = undeclared.iter().zip(answer).filter(|(_, is_nested)| is_nested.as_deref() == Some("t"));
    Ok(nested.map(|(column, _)| column.name.clone()).collect())
}

/// A session on its way: it waits as long as others hold a lock on the relation.
pub(super) struct Opening<'a> {
    target: &'a Target,
    source: &'a SourceRef,
    session: MaybeDone<BoxFuture<'a, Result<Session, ConnectorError>>>,
}

impl<'a> Opening<'a> {
    pub(super) fn of(target: &'a Arc<Target>, source: &'a SourceRef, columns: Option<&'a [String]>) -> Self {
        Self { target, source, session: maybe_done(Session::open(target, source, columns).boxed()) }
    }

    /// What it seems to wait for, where it is not open after a while.
    pub(super) async fn waits_for(&mut self) -> Option<ReadEvent> {
        timeout(QUIET, &mut self.session).await.err()?;
        let (endpoint, name) = (&self.target.endpoint, &self.source.name);
        let reason = format!("{endpoint} does not answer yet; another session may have locked {name}");
        Some(ReadEvent::Waiting { reason, until: None })
    }

    /// The session, as soon as it is open.
    pub(super) async fn session(mut self) -> Result<Session, ConnectorError> {
        (&mut self.session).await;
        Pin::new(&mut self.session).take_output().expect("it is open, and was not taken before")
    }
}

/// Leaves a relation no columns but these.
fn keep(relation: &mut Relation, target: &Target, columns: &[String]) -> Result<(), ConnectorError> {
    if let Some(missing) = columns.iter().find(|name| relation.column(name).is_none()) {
        return Err(without_column(relation, target, "primaryKey", missing));
    }
    relation.columns.retain(|column| columns.contains(&column.name));
    Ok(())
}

fn select(relation: &Relation, plans: &[Plan]) -> String {
    let expressions: Vec<_> = plans.iter().map(|plan| plan.expression.as_str()).collect();
    format!("SELECT {} FROM {} AS source", expressions.join(", "), relation.sql())
}

/// A column of the relation itself: a bare name in ORDER BY would mean what the SELECT list makes of it, which may be a text.
pub(super) fn column(name: &str) -> String {
    format!("source.{}", quote::identifier(name))
}

/// Begins the transaction that others can join.
pub(super) fn begin(version: u32) -> String {
    format!("{BEGIN} {}", settings(version))
}

fn settings(version: u32) -> String {
    let transaction = if version >= 17 { " SET LOCAL transaction_timeout = 0;" } else { "" };
    format!("{SETTINGS}{transaction}")
}

/// A further connection, in a transaction that sees what the snapshot shows.
pub(super) async fn join_snapshot(target: Arc<Target>, snapshot: String) -> Result<Connection, ConnectorError> {
    let mut connection = Connection::open(&target).await?;
    let settings = settings(catalog::version(&connection));
    let join = format!("{BEGIN} SET TRANSACTION SNAPSHOT {}; {settings}", quote::literal(&snapshot));
    connection.query(&join, None).await?;
    Ok(connection)
}

/// What keeps a column that the setting at `path` names from being read. Where some columns are hidden, it may be one of them.
pub(super) fn without_column(relation: &Relation, target: &Target, path: &str, name: &str) -> ConnectorError {
    let table = relation.sql();
    if !relation.may_select_whole {
        let (user, grantee) = (&target.user, quote::identifier(&target.user));
        let grant = format!("GRANT SELECT ({}) ON {table} TO {grantee}", quote::identifier(name));
        let message = format!(
            "{path}: user {user} may not read the column {name} of {table}, if it is there; as its owner run {grant}"
        );
        return ConnectorError::Permission { message, cause: None };
    }
    let known: Vec<&str> = relation.columns.iter().map(|column| column.name.as_str()).collect();
    let known = known.join(", ");
    let message = format!(
        "names the column {name}, which {table} does not have (known: {known}); discover its columns again, and set another one"
    );
    ConnectorError::config(path, message)
}

fn refuse_where_unreadable(relation: &Relation, target: &Target) -> Result<(), ConnectorError> {
    let (name, user) = (relation.sql(), quote::identifier(&target.user));
    let grant = if !relation.may_use_schema {
        format!("GRANT USAGE ON SCHEMA {} TO {user}", quote::identifier(&relation.schema))
    } else if !relation.may_select {
        format!("GRANT SELECT ON {name} TO {user}")
    } else {
        return Ok(());
    };
    let message = format!("user {} may not read {name}; as its owner run {grant}", target.user);
    Err(ConnectorError::Permission { message, cause: None })
}
