//! The transaction that a read happens in, and the relation it reads.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};

use super::catalog::{self, Relation};
use super::columns::Plan;
use super::quote;
use super::target::Target;
use super::wire::Connection;
use crate::sdk::{ConnectorError, SourceRef};

/// Fewer rows than this are read in one go; more are cut into pieces of about this many.
pub(super) const PIECE_ROWS: u64 = 100_000;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;";

/// Whatever the role or the database is set to, values look the same, and only a lock bounds a statement's time.
const SETTINGS: &str = "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'; \
     SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; SET LOCAL statement_timeout = 0; \
     SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '30s';";

/// A connection inside its transaction, and the relation as this transaction sees it.
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) relation: Relation,
    pub(super) plans: Vec<Plan>,
    pub(super) schema: SchemaRef,
}

impl Session {
    /// Connects, begins, and looks the relation up.
    ///
    /// # Errors
    /// `NotFound`, `Permission`, and what a connection can fail with.
    pub(super) async fn open(target: &Arc<Target>, source: &SourceRef) -> Result<Self, ConnectorError> {
        let (schema, name) = quote::split_path(&source.source_path).ok_or_else(|| {
            ConnectorError::config(
                "source",
                format!("{} is no path of a table, which is schema.table", source.source_path),
            )
        })?;
        let mut connection = Connection::open(target).await?;
        let mut found = catalog::load(&mut connection, &begin(), &catalog::named(&schema, &name)).await?;
        let Some(relation) = found.relations.pop() else {
            return Err(ConnectorError::NotFound {
                what: format!("table {} in database {}", source.source_path, target.database),
                hint: "; it was dropped or renamed: discover the tables again".into(),
            });
        };
        refuse_where_unreadable(&relation, target)?;
        let plans: Vec<Plan> = relation.columns.iter().map(|column| column.plan(found.locale)).collect();
        let fields: Vec<_> = plans.iter().map(|plan| plan.field.clone()).collect();
        Ok(Self { connection, relation, plans, schema: Arc::new(Schema::new(fields)) })
    }

    /// `SELECT …, … FROM "schema"."table" AS source`; conditions name its columns by [`column`].
    pub(super) fn select(&self) -> String {
        let expressions: Vec<_> = self.plans.iter().map(|plan| plan.expression.as_str()).collect();
        format!("SELECT {} FROM {} AS source", expressions.join(", "), self.relation.sql())
    }
}

/// A column of the relation itself: a bare name in ORDER BY would mean what the SELECT list makes of it, which may be a text.
pub(super) fn column(name: &str) -> String {
    format!("source.{}", quote::identifier(name))
}

/// Begins the transaction that others can join.
pub(super) fn begin() -> String {
    format!("{BEGIN} {SETTINGS}")
}

/// A further connection, in a transaction that sees what the snapshot shows.
pub(super) async fn join_snapshot(target: Arc<Target>, snapshot: String) -> Result<Connection, ConnectorError> {
    let mut connection = Connection::open(&target).await?;
    let join = format!("{BEGIN} SET TRANSACTION SNAPSHOT {}; {SETTINGS}", quote::literal(&snapshot));
    connection.query(&join, None).await?;
    Ok(connection)
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
