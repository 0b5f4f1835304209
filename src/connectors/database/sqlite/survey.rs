//! A look at the values of a table before it is read, which settles the kind of each column.
//!
//! It goes over up to a million rows in the same snapshot that is read from afterwards. What it did not see is
//! noticed while reading, where a column can still become text. A column of bytes cannot, so its rows behind those are
//! asked for other values, too.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use tokio_util::sync::CancellationToken;

use super::column::Values;
use super::cursor::Kept;
use super::kind::Kind;
use super::moment::Moment;
use super::plan::{Plan, Selection};
use super::table::{Column, Table, quote};

/// The most rows that are looked at; fewer in tests, which want to come behind them.
const MOST_ROWS: u64 = if cfg!(test) { 10_000 } else { 1_000_000 };

/// What was found.
pub(super) struct Survey {
    /// The settled kinds, in the order of the table's columns.
    pub(super) kinds: Vec<Kind>,
    /// How many rows the selection has, if the survey saw them all.
    pub(super) rows: Option<u64>,
    /// The kinds of those columns for which some value spoke, now or in an earlier sync.
    pub(super) kept: BTreeMap<String, Kept>,
}

/// Looks at the rows of the plan. What earlier syncs have kept holds until a value speaks against it. Ends early, with
/// what it knows, when `stop` fires.
pub(super) fn take(
    connection: &Connection,
    table: &Table,
    plan: &Plan,
    stop: &CancellationToken,
) -> rusqlite::Result<Survey> {
    let selection = &plan.whole;
    let mut kept = plan.start.kinds.clone();
    kept.retain(|name, kept| {
        table.columns.iter().any(|column| column.name == *name && column.declared == kept.declared)
    });
    let propose = |column: &Column| kept.get(&column.name).map_or_else(|| column.proposed_kind(), |kept| kept.kind);
    let proposed: Vec<Kind> = table.columns.iter().map(propose).collect();
    let uncertain: Vec<usize> = (0..proposed.len()).filter(|&index| !table.is_certain(&table.columns[index])).collect();
    if uncertain.is_empty() {
        return Ok(Survey { kinds: proposed, rows: None, kept });
    }
    let looks: Vec<String> = uncertain.iter().map(|&index| look(&table.columns[index].name, proposed[index])).collect();
    let sql =
        format!("SELECT {} FROM {}{} LIMIT {MOST_ROWS}", looks.join(", "), quote(&table.name), selection.clause());
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(rusqlite::params_from_iter(&selection.parameters))?;
    let mut seen: Vec<Seen> = uncertain.iter().map(|_| Seen::default()).collect();
    let mut count = 0u64;
    while let Some(row) = rows.next()? {
        for (place, (seen, &index)) in seen.iter_mut().zip(&uncertain).enumerate() {
            seen.add(row.get_ref(place)?, proposed[index]);
        }
        count += 1;
        if count.is_multiple_of(4096) && stop.is_cancelled() {
            break;
        }
    }
    if count == MOST_ROWS {
        for (seen, &index) in seen.iter_mut().zip(&uncertain) {
            if seen.settle(proposed[index]) == Kind::Blob {
                seen.others |= has_others(connection, table, &table.columns[index].name, selection)?;
            }
        }
    }
    let mut kinds = proposed;
    for (seen, &index) in seen.iter().zip(&uncertain) {
        let column = &table.columns[index];
        let settled = seen.settle(kinds[index]);
        let kind = match kept.get(&column.name) {
            Some(kept) => kept.kind.beside(settled),
            // Nothing but NULL was read of it before, and the lake has it as it is declared.
            None if plan.goes_on && settled == Kind::Blob && kinds[index] != Kind::Blob => Kind::Text,
            None => settled,
        };
        kinds[index] = kind;
        let may_move = kind == Kind::Blob || !matches!(column.proposed_kind(), Kind::Text | Kind::Json);
        if may_move && seen.has_any() {
            kept.insert(column.name.clone(), Kept { declared: column.declared.clone(), kind });
        }
    }
    Ok(Survey { kinds, rows: (count < MOST_ROWS).then_some(count), kept })
}

/// Whether a column has values that are no bytes.
fn has_others(connection: &Connection, table: &Table, column: &str, selection: &Selection) -> rusqlite::Result<bool> {
    let (column, from, rows) = (quote(column), quote(&table.name), selection.clause());
    let classes = format!("SELECT typeof({column}) AS class FROM {from}{rows}");
    let sql = format!("SELECT EXISTS (SELECT 1 FROM ({classes}) WHERE class NOT IN ('blob', 'null'))");
    connection.query_row(&sql, rusqlite::params_from_iter(&selection.parameters), |row| row.get(0))
}

/// Whether a column holds texts, and numbers or bytes besides.
pub(super) fn mixes_texts(connection: &Connection, table: &Table, column: &str) -> rusqlite::Result<bool> {
    let (column, from) = (quote(column), quote(&table.name));
    let holds = |classes: &str| format!("EXISTS (SELECT 1 FROM {from} WHERE typeof({column}) {classes})");
    let sql = format!("SELECT {} AND {}", holds("= 'text'"), holds("NOT IN ('text', 'null')"));
    connection.query_row(&sql, [], |row| row.get(0))
}

/// Where the class alone decides, long values are not even fetched.
fn look(column: &str, kind: Kind) -> String {
    let column = quote(column);
    match kind {
        Kind::Text | Kind::Json | Kind::Blob => format!("typeof({column})"),
        _ => column,
    }
}

/// The classes and forms that one column was seen to hold.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    integers: bool,
    /// Integers that a double does not hold exactly.
    wide: bool,
    reals: bool,
    blobs: bool,
    texts: bool,
    /// Values other than bytes behind those that were looked at.
    others: bool,
    dates: bool,
    local_times: bool,
    instants: bool,
    /// A value that the proposed kind cannot keep exactly.
    unfit: bool,
}

impl Seen {
    fn add(&mut self, value: ValueRef<'_>, kind: Kind) {
        if matches!(kind, Kind::Text | Kind::Json | Kind::Blob) {
            self.add_class(value);
            return;
        }
        match value {
            ValueRef::Null => return,
            ValueRef::Integer(integer) => {
                self.integers = true;
                self.wide |= !Values::is_exact_as_double(integer);
            }
            ValueRef::Real(_) => self.reals = true,
            ValueRef::Blob(_) => self.blobs = true,
            ValueRef::Text(text) => {
                let moment = if matches!(kind, Kind::Date | Kind::Timestamp | Kind::Instant) {
                    Moment::parse(text)
                } else {
                    None
                };
                match moment {
                    Some(Moment::Date(_)) => self.dates = true,
                    Some(Moment::Local(_)) => self.local_times = true,
                    Some(Moment::Instant(_)) => self.instants = true,
                    None => self.texts = true,
                }
            }
        }
        self.unfit = self.unfit || !Values::fits(value, kind);
    }

    /// `value` is the word that `typeof` says.
    fn add_class(&mut self, value: ValueRef<'_>) {
        let ValueRef::Text(class) = value else { return };
        match class.first() {
            Some(b'i') => self.integers = true,
            Some(b'r') => self.reals = true,
            Some(b't') => self.texts = true,
            Some(b'b') => self.blobs = true,
            _ => {}
        }
    }

    fn has_any(self) -> bool {
        let has_moments = self.dates || self.local_times || self.instants;
        self.integers || self.reals || self.blobs || self.texts || self.others || has_moments
    }

    fn settle(self, proposed: Kind) -> Kind {
        let has_moments = self.dates || self.local_times || self.instants;
        let has_others = self.integers || self.reals || self.texts || self.others || has_moments;
        if self.blobs && !has_others {
            return Kind::Blob;
        }
        if has_others && (self.blobs || proposed == Kind::Blob) {
            return Kind::Text;
        }
        let is_numeric = !self.texts && !has_moments;
        let as_number = || match (is_numeric, self.reals) {
            (true, false) => Kind::Integer,
            (true, true) if !self.wide => Kind::Real,
            _ => Kind::Text,
        };
        match proposed {
            Kind::Text | Kind::Json | Kind::Blob => proposed,
            Kind::Date | Kind::Timestamp | Kind::Instant => {
                match (has_moments, self.texts || self.integers || self.reals) {
                    (false, false) => proposed,
                    (false, true) => as_number(),
                    (true, true) => Kind::Text,
                    (true, false) if self.instants => {
                        if self.dates || self.local_times {
                            Kind::Text
                        } else {
                            Kind::Instant
                        }
                    }
                    (true, false) if self.local_times || proposed != Kind::Date => Kind::Timestamp,
                    (true, false) => Kind::Date,
                }
            }
            _ if !self.unfit => proposed,
            // A double is what SQLite stores anyway, so nothing is lost on the way from a decimal.
            Kind::Decimal { .. } if is_numeric && !self.wide => Kind::Real,
            _ => as_number(),
        }
    }
}
