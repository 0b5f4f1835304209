//! How a relation is read in full: in which pieces, in which order.

use super::columns::oid;
use super::cursor::Span;
use super::pieces::{self, KeyStatistics, PIECE_BYTES, PIECE_ROWS};
use super::session::{self, Session};
use super::wire::Connection;
use super::{catalog, quote};
use crate::sdk::ConnectorError;

/// A key whose order has nothing to do with where its rows lie costs a read of a page for each row.
const SCATTERED: f64 = 0.5;
/// Of the pages themselves, without values that are stored apart.
const SCATTERED_PAGES: u64 = 16 * 1024;

/// How the relation is read.
pub(super) enum Way {
    /// By ranges of this column, with the snapshot to share.
    Key { column: String, spans: Vec<Span>, snapshot: String },
    /// In the order of these columns, behind these values where there are any.
    Ordered { columns: Vec<String>, after: Vec<String> },
    /// By ranges of pages, with the snapshot to share.
    Pages { first_pages: Vec<u64>, snapshot: String },
    /// In one go.
    Stream,
}

/// What a read that was cut short has left.
pub(super) enum Left {
    /// These ranges of the key.
    Spans { key: Option<String>, spans: Vec<Span> },
    /// The rows behind this key.
    Behind { key: Vec<String>, after: Vec<String> },
}

/// Chooses the way that is quickest, of those that can go on from where a read was cut short if one was.
///
/// # Errors
/// `Data` where the key is another one than that of the checkpoint, and what the server says.
pub(super) async fn choose(
    session: &mut Session,
    left: Option<Left>,
    parallelism: usize,
) -> Result<Way, ConnectorError> {
    let relation = &session.relation;
    let integer_key = match relation.key.as_slice() {
        [only] => relation.column(only).filter(|column| column.is_integer()).map(|column| column.name.clone()),
        _ => None,
    };
    let spans = match left {
        Some(Left::Behind { key, after }) if key == relation.key => return Ok(Way::Ordered { columns: key, after }),
        Some(Left::Spans { key, spans }) if key == integer_key => Some(spans),
        Some(_) => {
            let message = "its key is another one than before; start the full read anew";
            return Err(ConnectorError::data(relation.sql(), message));
        }
        None => None,
    };
    let (bytes, pages) = (session.size.bytes, session.size.pages);
    let rows = session.size.rows.unwrap_or(bytes / 100);
    let is_resumed = spans.is_some();
    if !is_resumed && rows < PIECE_ROWS && bytes < PIECE_BYTES {
        return Ok(Way::Stream);
    }
    let piece_rows = pieces::rows_of(rows, bytes);
    let pages = pages.filter(|_| catalog::version(&session.connection) >= 14);
    if let Some(column) = integer_key {
        let (snapshot, statistics) = look_at_key(&mut session.connection, &session.relation, &column).await?;
        let is_scattered = statistics.correlation.is_some_and(|found| found.abs() < SCATTERED);
        if let Some(pages) = pages.filter(|pages| !is_resumed && is_scattered && *pages > SCATTERED_PAGES) {
            return Ok(Way::Pages { first_pages: pieces::cut_pages(pages, rows, piece_rows), snapshot });
        }
        let wanted = spans.unwrap_or_else(|| vec![Span(None, None)]);
        let spans = pieces::cut_key(&wanted, &statistics, rows, piece_rows);
        return Ok(Way::Key { column, spans, snapshot });
    }
    // Of few rows that are huge, the order of any key costs nothing.
    if !is_resumed && rows < PIECE_ROWS && is_ordered_by_key(relation) {
        return Ok(Way::Ordered { columns: relation.key.clone(), after: Vec::new() });
    }
    let Some(pages) = pages.filter(|_| parallelism > 1) else { return Ok(Way::Stream) };
    let first_pages = pieces::cut_pages(pages, rows, piece_rows);
    let exported = session.connection.query("SELECT pg_export_snapshot()", None).await?;
    let snapshot = exported.into_iter().flatten().flatten().flatten().next().unwrap_or_default();
    Ok(Way::Pages { first_pages, snapshot })
}

/// Whether there is a key whose every value has a text that can be compared with it: floats have two zeros, and the
/// operators of types that came with an extension may be hidden by the search path.
fn is_ordered_by_key(relation: &catalog::Relation) -> bool {
    let is_plain = |name: &String| {
        relation.column(name).is_some_and(|column| {
            let is_float = matches!(column.base.oid, oid::FLOAT4 | oid::FLOAT8);
            column.element.is_none() && !is_float && (column.base.is_enum || column.base.oid < 10_000)
        })
    };
    !relation.key.is_empty() && relation.key.iter().all(is_plain)
}

/// One round trip: the snapshot's name, the ends of the key and how it is spread.
async fn look_at_key(
    connection: &mut Connection,
    relation: &catalog::Relation,
    column: &str,
) -> Result<(String, KeyStatistics), ConnectorError> {
    let key = quote::identifier(column);
    let of_column = format!(
        "FROM pg_stats WHERE schemaname = {} AND tablename = {} AND attname = {} ORDER BY inherited DESC LIMIT 1",
        quote::literal(&relation.schema),
        quote::literal(&relation.name),
        quote::literal(column)
    );
    let name = relation.sql();
    let sql = format!(
        "SELECT pg_export_snapshot(); SELECT min({key}), max({key}) FROM {name}; SELECT correlation {of_column}; \
         SELECT unnest(bounds::text::int8[]) FROM (SELECT histogram_bounds AS bounds {of_column}) AS spread"
    );
    let results = connection.query(&sql, Some(&name)).await?;
    let cell = |result: usize, column: usize| results.get(result)?.first()?.get(column)?.as_deref();
    let bounds = results.get(3).into_iter().flatten().flatten().flatten().filter_map(|bound| bound.parse().ok());
    let statistics = KeyStatistics {
        ends: cell(1, 0).and_then(|least| Some((least.parse().ok()?, cell(1, 1)?.parse().ok()?))),
        correlation: cell(2, 0).and_then(|correlation| correlation.parse().ok()),
        bounds: bounds.collect(),
    };
    Ok((cell(0, 0).unwrap_or_default().to_owned(), statistics))
}

impl Way {
    /// The statement of each piece.
    pub(super) fn statements(&self, select: &str) -> Vec<String> {
        match self {
            Self::Key { column, spans, .. } => {
                let name = session::column(column);
                spans.iter().map(|span| format!("{select}{} ORDER BY {name}", within(&name, *span))).collect()
            }
            Self::Ordered { columns, after } => {
                let names: Vec<_> = columns.iter().map(|name| session::column(name)).collect();
                let names = names.join(", ");
                let values: Vec<_> = after.iter().map(|value| quote::literal(value)).collect();
                let behind = match values.as_slice() {
                    [] => String::new(),
                    values => format!(" WHERE ({names}) > ({})", values.join(", ")),
                };
                vec![format!("{select}{behind} ORDER BY {names}")]
            }
            Self::Pages { first_pages, .. } => {
                (0..first_pages.len()).map(|index| format!("{select}{}", on_pages(first_pages, index))).collect()
            }
            Self::Stream => vec![select.to_owned()],
        }
    }

    /// What is set before the pieces are read.
    pub(super) fn settings(&self, version: u32) -> &'static str {
        match self {
            // The index gives the order; a plan that sorts would hold back the first row.
            Self::Key { .. } | Self::Ordered { .. } if version >= 11 => {
                "SET LOCAL enable_sort = off; SET LOCAL jit = off;"
            }
            Self::Key { .. } | Self::Ordered { .. } => "SET LOCAL enable_sort = off;",
            Self::Pages { .. } | Self::Stream => "",
        }
    }

    /// The snapshot that further connections can join.
    pub(super) fn snapshot(&self) -> Option<&str> {
        match self {
            Self::Key { snapshot, .. } | Self::Pages { snapshot, .. } => {
                Some(snapshot.as_str()).filter(|name| !name.is_empty())
            }
            Self::Ordered { .. } | Self::Stream => None,
        }
    }
}

fn within(key: &str, span: Span) -> String {
    let after = span.0.map(|after| format!("{key} > '{after}'::int8"));
    let to = span.1.map(|to| format!("{key} <= '{to}'::int8"));
    let conditions: Vec<_> = after.into_iter().chain(to).collect();
    if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) }
}

fn on_pages(first_pages: &[u64], index: usize) -> String {
    let from = format!(" WHERE source.ctid >= '({},0)'::tid", first_pages[index]);
    match first_pages.get(index + 1) {
        Some(next) => format!("{from} AND source.ctid < '({next},0)'::tid"),
        None => from,
    }
}
