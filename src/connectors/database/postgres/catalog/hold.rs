//! Holds a relation as it is for the rest of a transaction, and measures it.
//!
//! A snapshot that was taken before TRUNCATE, a rewrite or an exchange of tables was committed, and used behind it, shows
//! no rows: what it could see is gone from the disk. So the locks of the read are taken first, and then it is asked
//! whether everything that they lock is still what the snapshot knows.

use serde_json::Value;

use super::{Kind, Relation};
use crate::connectors::database::postgres::quote::literal;
use crate::connectors::database::postgres::wire::{Connection, Rows};
use crate::sdk::ConnectorError;

/// Where the planner knows nothing of a table, it takes one of fewer pages for one of this many.
const PLANNERS_PAGES: u64 = 10;

/// How much there is to read.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Size {
    /// As the planner guesses.
    pub(in super::super) rows: Option<u64>,
    /// All parts together, with the values that are stored apart.
    pub(in super::super) bytes: u64,
    /// Pages of the largest part, where rows of every part can be addressed by them.
    pub(in super::super) pages: Option<u64>,
}

/// Locks what `select` reads of `relation` against being emptied, rewritten or dropped, until the transaction ends.
/// `None` where that happened since the transaction's snapshot was taken: begin anew.
///
/// # Errors
/// What the server says of the relation; `Unreachable` where another session holds its lock for too long.
pub(in super::super) async fn hold(
    connection: &mut Connection,
    relation: &Relation,
    select: &str,
) -> Result<Option<Size>, ConnectorError> {
    let name = relation.sql();
    let is_stored = matches!(relation.kind, Kind::Table | Kind::PartitionedTable | Kind::MaterializedView);
    let measure = if is_stored { measure(relation.oid) } else { String::new() };
    // Planning takes the locks of reading, those of partitions and of what a view is made of included.
    let sql = format!("EXPLAIN (FORMAT JSON) {select}; {}; {measure}", is_as_it_was(relation));
    let results = connection.query(&sql, Some(&name)).await?;
    let cell = |result: usize, column: usize| cell(&results, result, column);
    if cell(1, 0) != Some("t") {
        return Ok(None);
    }
    let number = |column: usize| cell(2, column).and_then(|number| number.parse::<u64>().ok());
    let (heap_pages, largest) = (number(0).unwrap_or(0), number(1));
    let are_addressable = is_stored && relation.may_select_whole && !relation.has_heirs && cell(2, 3) == Some("t");
    let rows = match planned_rows(cell(0, 0)) {
        _ if is_stored && cell(2, 3) == Some("t") && heap_pages == 0 => Some(0),
        _ if is_stored && relation.rows.is_none() && heap_pages < PLANNERS_PAGES => None,
        rows => rows,
    };
    Ok(Some(Size { rows, bytes: number(2).unwrap_or(0), pages: largest.filter(|_| are_addressable) }))
}

/// How many rows a statement gives, out of what EXPLAIN says of it in JSON.
pub(in super::super) fn planned_rows(explained: Option<&str>) -> Option<u64> {
    let plan: Value = serde_json::from_str(explained?).ok()?;
    plan.pointer("/0/Plan/Plan Rows")?.as_f64().map(|rows| rows as u64)
}

/// Whether the name stands for the relation that the catalogue described, and nothing that this transaction has locked
/// was made or stored anew behind its snapshot.
fn is_as_it_was(relation: &Relation) -> String {
    format!(
        "SELECT {}::regclass = {}::oid AND NOT EXISTS (
            SELECT FROM pg_locks held LEFT JOIN pg_class c ON c.oid = held.relation
            WHERE held.pid = pg_backend_pid() AND held.locktype = 'relation'
                AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND (c.oid IS NULL OR (c.relfilenode <> 0 AND c.relfilenode <> pg_relation_filenode(c.oid))))",
        literal(&relation.sql()),
        relation.oid
    )
}

/// Pages in all and of the largest part, bytes with what is stored apart, and whether all parts are stored here.
fn measure(oid: u32) -> String {
    format!(
        "WITH RECURSIVE tree AS (
            SELECT {oid}::oid AS part UNION SELECT i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.part
        ),
        sized AS (
            SELECT pg_relation_size(c.oid) / current_setting('block_size')::int8 AS pages, pg_table_size(c.oid) AS bytes, c.relkind
            FROM tree JOIN pg_class c ON c.oid = tree.part WHERE c.relkind <> 'p'
        )
        SELECT sum(pages)::int8, max(pages), sum(bytes)::int8, coalesce(bool_and(relkind <> 'f'), true) FROM sized"
    )
}

fn cell(results: &[Rows], result: usize, column: usize) -> Option<&str> {
    results.get(result)?.first()?.get(column)?.as_deref()
}
