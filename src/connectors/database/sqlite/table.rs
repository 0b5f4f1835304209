//! What SQLite's schema says of one table or view.

use rusqlite::{Connection, Row};

use super::kind::Kind;
use crate::connectors::database::cursor_names;
use crate::sdk::ConnectorError;

/// The most columns that SQLite gives, and that its tables have.
const MOST_COLUMNS: usize = 2000;

/// A table or view that can be read.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) form: Form,
    pub(super) columns: Vec<Column>,
    pub(super) key: Key,
    /// Every value has the class that its column declares.
    pub(super) strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Table,
    View,
    Virtual,
}

impl Form {
    pub(super) fn source_type(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Table | Self::Virtual => "table",
        }
    }
}

/// A column as it was declared.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) declared: String,
    pub(super) not_null: bool,
    /// Its place in the primary key, from 1; 0 outside of it.
    key_place: i64,
}

impl Column {
    pub(super) fn proposed_kind(&self) -> Kind {
        Kind::of_declared(&self.declared)
    }

    /// Whether SQLite keeps each value in the class that it comes in; in other columns it makes texts of numbers, or numbers
    /// of texts.
    pub(super) fn keeps_classes(&self) -> bool {
        let declared = self.declared.to_ascii_uppercase();
        declared.trim().is_empty() || declared.contains("BLOB")
    }
}

/// What tells rows apart and puts them into an order that costs nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The number that SQLite stores a row under, by the quoted name it has in this table. It is `lasting` where a
    /// column of the table holds it; otherwise VACUUM may deal the numbers anew.
    Rowid { quoted: String, lasting: bool },
    /// The primary key of a table without such a number.
    Columns(Vec<String>),
    /// A view or a virtual table, or a table with so many columns that there is no room for such a number beside them.
    None,
}

impl Key {
    /// The key's parts in SQL.
    pub(super) fn quoted(&self) -> Vec<String> {
        match self {
            Self::Rowid { quoted, .. } => vec![quoted.clone()],
            Self::Columns(names) => names.iter().map(|name| quote(name)).collect(),
            Self::None => Vec::new(),
        }
    }
}

/// A name as SQL takes it, whatever is in it.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Every table and view of the file but SQLite's own and those that serve a virtual table, by name.
pub(super) fn list(connection: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut statement = connection.prepare(LIST)?;
    let entries: Vec<Entry> = statement.query_map([], entry)?.collect::<Result<_, _>>()?;
    entries.into_iter().map(|entry| describe(connection, entry)).collect()
}

/// One table or view.
pub(super) fn find(connection: &Connection, name: &str) -> rusqlite::Result<Option<Table>> {
    let mut statement = connection.prepare(&format!("{LIST_ALL} AND name = ?1"))?;
    let mut entries: Vec<Entry> = statement.query_map([name], entry)?.collect::<Result<_, _>>()?;
    entries.pop().map(|entry| describe(connection, entry)).transpose()
}

const LIST_ALL: &str = "SELECT name, type, wr, strict FROM pragma_table_list
    WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
const LIST: &str = "SELECT name, type, wr, strict FROM pragma_table_list
    WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY name";

struct Entry {
    name: String,
    form: Form,
    without_rowid: bool,
    strict: bool,
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let form = match row.get_ref(1)?.as_str()? {
        "view" => Form::View,
        "virtual" => Form::Virtual,
        _ => Form::Table,
    };
    Ok(Entry { name: row.get(0)?, form, without_rowid: row.get(2)?, strict: row.get(3)? })
}

fn describe(connection: &Connection, entry: Entry) -> rusqlite::Result<Table> {
    let columns = match columns(connection, &entry.name) {
        Ok(columns) => columns,
        // A view on something that is gone: reading it tells why.
        Err(_) if entry.form != Form::Table => Vec::new(),
        Err(error) => return Err(error),
    };
    let key = match entry.form {
        Form::View | Form::Virtual => Key::None,
        Form::Table if entry.without_rowid => Key::Columns(primary_key(&columns)),
        Form::Table => rowid(connection, &entry.name, &columns)?,
    };
    Ok(Table { name: entry.name, form: entry.form, columns, key, strict: entry.strict })
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    // Hidden 1 is a parameter of a virtual table; 2 and 3 are generated columns, which are data like any other.
    let sql = "SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([table], |row| {
        Ok(Column { name: row.get(0)?, declared: row.get(1)?, not_null: row.get(2)?, key_place: row.get(3)? })
    })?;
    rows.collect()
}

/// The names of the primary key's columns, in its order.
fn primary_key(columns: &[Column]) -> Vec<String> {
    let mut parts: Vec<&Column> = columns.iter().filter(|column| column.key_place > 0).collect();
    parts.sort_by_key(|column| column.key_place);
    parts.into_iter().map(|column| column.name.clone()).collect()
}

fn rowid(connection: &Connection, table: &str, columns: &[Column]) -> rusqlite::Result<Key> {
    if let [part] = columns.iter().filter(|column| column.key_place > 0).collect::<Vec<_>>()[..]
        && part.declared.eq_ignore_ascii_case("INTEGER")
    {
        // `INTEGER PRIMARY KEY DESC` is no name for the rowid, by an old mistake that SQLite keeps; it has an index.
        let sql = "SELECT count(*) FROM pragma_index_list(?1) WHERE origin = 'pk'";
        let indexes: i64 = connection.query_row(sql, [table], |row| row.get(0))?;
        if indexes == 0 {
            return Ok(Key::Rowid { quoted: quote(&part.name), lasting: true });
        }
    }
    let free = ["_rowid_", "rowid", "oid"]
        .into_iter()
        .find(|name| !columns.iter().any(|column| column.name.eq_ignore_ascii_case(name)))
        .filter(|_| columns.len() < MOST_COLUMNS);
    Ok(free.map_or(Key::None, |name| Key::Rowid { quoted: quote(name), lasting: false }))
}

impl Table {
    /// Leaves it no columns but these.
    ///
    /// # Errors
    /// `Config` where it does not have one of them.
    pub(super) fn keep(&mut self, columns: &[String]) -> Result<(), ConnectorError> {
        let has = |name: &&String| self.columns.iter().any(|column| column.name == **name);
        if let Some(missing) = columns.iter().find(|name| !has(name)) {
            let message = format!("names the column {missing}, which {} does not have", self.name);
            return Err(ConnectorError::config("primaryKey", message));
        }
        self.columns.retain(|column| columns.contains(&column.name));
        Ok(())
    }

    /// The source's names of the columns that identify a row. By an old mistake that SQLite keeps, a primary key may
    /// hold NULL, as often as it likes; then it identifies nothing.
    pub(super) fn primary_key(&self, connection: &Connection) -> rusqlite::Result<Vec<String>> {
        let key = primary_key(&self.columns);
        let parts = self.columns.iter().filter(|column| column.key_place > 0 && !self.is_required(column));
        let nulls: Vec<_> = parts.map(|column| format!("{} IS NULL", quote(&column.name))).collect();
        if nulls.is_empty() {
            return Ok(key);
        }
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {} WHERE {})", quote(&self.name), nulls.join(" OR "));
        let has_nulls: bool = connection.query_row(&sql, [], |row| row.get(0))?;
        Ok(if has_nulls { Vec::new() } else { key })
    }

    /// Whether a column can never hold NULL.
    pub(super) fn is_required(&self, column: &Column) -> bool {
        let is_rowid = matches!(&self.key, Key::Rowid { quoted, lasting: true } if *quoted == quote(&column.name));
        column.not_null || is_rowid || (matches!(self.key, Key::Columns(_)) && column.key_place > 0)
    }

    /// Whether nobody needs to look at the values to know that they are of the proposed kind.
    pub(super) fn is_certain(&self, column: &Column) -> bool {
        let is_rowid = matches!(&self.key, Key::Rowid { quoted, lasting: true } if *quoted == quote(&column.name));
        let is_plain = matches!(column.proposed_kind(), Kind::Integer | Kind::Real | Kind::Text | Kind::Blob);
        is_rowid || (self.strict && is_plain && !column.declared.eq_ignore_ascii_case("ANY"))
    }

    /// A column that looks as if it grew with every change of its row.
    pub(super) fn cursor_field(&self) -> Option<String> {
        let candidates = self.columns.iter().filter_map(|column| {
            let form = match column.proposed_kind() {
                Kind::Date | Kind::Timestamp | Kind::Instant => cursor_names::Form::Time,
                // SQLite knows no small integers, but who declares some means a flag.
                Kind::Integer if column.declared.to_ascii_uppercase().contains("TINY") => return None,
                Kind::Integer => cursor_names::Form::Number,
                Kind::Text => cursor_names::Form::Text,
                _ => return None,
            };
            Some((column.name.as_str(), form, column.not_null))
        });
        cursor_names::best(candidates)
    }
}
