//! What the server's own tables say of tables and views, in four statements however many there are.

use std::collections::HashMap;

use arrow::datatypes::Field;

use super::cursor::Parameter;
use super::kind::{DeclaredType, Kind};
use super::session::Session;
use super::target::Target;
use super::value::text;
use crate::connectors::database::cursor_names;
use crate::sdk::ConnectorError;

/// A table or view that can be read.
pub(super) struct Table {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) is_view: bool,
    /// The storage engine; views have none.
    pub(super) engine: Option<String>,
    pub(super) comment: Option<String>,
    /// Rows, roughly.
    pub(super) estimated_rows: Option<u64>,
    pub(super) columns: Vec<Column>,
    /// The places of the columns that tell rows apart: the primary key, or else a unique index without NULLs.
    pub(super) key: Vec<usize>,
}

/// A column.
pub(super) struct Column {
    pub(super) name: String,
    /// The type as the server declares it, for example `int(10) unsigned`.
    pub(super) declared: String,
    pub(super) kind: Kind,
    pub(super) field: Field,
    pub(super) not_null: bool,
    /// How a parameter is written that is compared with it.
    pub(super) placeholder: String,
}

/// Which tables are meant.
pub(super) struct Scope {
    /// All but the system's where it is empty.
    pub(super) schemas: Vec<String>,
    pub(super) table: Option<String>,
}

pub(super) const SYSTEM: [&str; 4] = ["information_schema", "mysql", "performance_schema", "sys"];

impl Scope {
    pub(super) fn one(schema: &str, table: &str) -> Self {
        Self { schemas: vec![schema.to_owned()], table: Some(table.to_owned()) }
    }

    /// A condition on a table of `information_schema`, for columns with this prefix.
    fn condition(&self, schema_column: &str) -> (String, Vec<Parameter>) {
        let (word, schemas): (_, Vec<Parameter>) = if self.schemas.is_empty() {
            ("NOT IN", SYSTEM.map(Parameter::from).to_vec())
        } else {
            ("IN", self.schemas.iter().map(|schema| schema.as_str().into()).collect())
        };
        let marks = vec!["?"; schemas.len()].join(", ");
        let mut condition = format!("{schema_column} {word} ({marks})");
        let mut parameters = schemas;
        if let Some(table) = &self.table {
            condition.push_str(" AND TABLE_NAME = ?");
            parameters.push(table.as_str().into());
        }
        (condition, parameters)
    }

    /// The server compares names without regard to case, where two tables may differ in nothing else.
    fn is_meant(&self, schema: &str, table: &str) -> bool {
        let by_schema = self.schemas.is_empty() || self.schemas.iter().any(|meant| meant == schema);
        by_schema && self.table.as_deref().is_none_or(|meant| meant == table)
    }
}

/// A name as SQL takes it, whatever is in it.
pub(super) fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

impl Table {
    /// `database.table`.
    pub(super) fn path(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    pub(super) fn quoted(&self) -> String {
        format!("{}.{}", quote(&self.schema), quote(&self.name))
    }

    /// Leaves it no columns but these; its own key where that is among them.
    ///
    /// # Errors
    /// `Config` where it does not have one of them.
    pub(super) fn keep(&mut self, columns: &[String]) -> Result<(), ConnectorError> {
        let place = |table: &Self, name: &String| table.columns.iter().position(|column| column.name == *name);
        if let Some(missing) = columns.iter().find(|name| place(self, name).is_none()) {
            let message = format!("names the column {missing}, which {} does not have", self.path());
            return Err(ConnectorError::config("primaryKey", message));
        }
        let key = self.primary_key();
        self.columns.retain(|column| columns.contains(&column.name));
        self.key = key.iter().map(|name| place(self, name)).collect::<Option<_>>().unwrap_or_default();
        Ok(())
    }

    pub(super) fn primary_key(&self) -> Vec<String> {
        self.key.iter().map(|&index| self.columns[index].name.clone()).collect()
    }

    /// A column that looks as if it grew with every change of its row.
    pub(super) fn cursor_field(&self) -> Option<String> {
        let candidates = self.columns.iter().filter_map(|column| {
            let form = match column.kind {
                Kind::Date | Kind::Datetime | Kind::Timestamp => cursor_names::Form::Time,
                Kind::Integer { bytes: 2.., .. } | Kind::Wide => cursor_names::Form::Number,
                _ => return None,
            };
            Some((column.name.as_str(), form, column.not_null))
        });
        cursor_names::best(candidates)
    }
}

type Name = (String, String);

/// Describes every table and view that is meant, by name.
pub(super) async fn describe(
    session: &mut Session,
    target: &Target,
    scope: &Scope,
) -> Result<Vec<Table>, ConnectorError> {
    let mut tables = list(session, target, scope).await?;
    let json = json_columns(session, target, scope).await?;
    let places: HashMap<Name, usize> =
        tables.iter().enumerate().map(|(place, table)| ((table.schema.clone(), table.name.clone()), place)).collect();
    add_columns(session, target, scope, &places, &json, &mut tables).await?;
    add_keys(session, target, scope, &places, &mut tables).await?;
    Ok(tables)
}

async fn list(session: &mut Session, target: &Target, scope: &Scope) -> Result<Vec<Table>, ConnectorError> {
    let (condition, parameters) = scope.condition("TABLE_SCHEMA");
    let sql = format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, CAST(TABLE_ROWS AS CHAR), TABLE_COMMENT
         FROM information_schema.TABLES
         WHERE {condition} AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')
         ORDER BY TABLE_SCHEMA, TABLE_NAME"
    );
    let mut tables = Vec::new();
    for row in session.fetch_all(target, sql, &parameters).await? {
        let (Some(schema), Some(name)) = (text(&row, 0), text(&row, 1)) else { continue };
        if !scope.is_meant(&schema, &name) {
            continue;
        }
        let is_view = text(&row, 2).as_deref() == Some("VIEW");
        tables.push(Table {
            schema,
            name,
            is_view,
            engine: text(&row, 3),
            // A view's says `VIEW`, or what is wrong with it.
            comment: text(&row, 5).filter(|comment| !is_view && !comment.is_empty()),
            estimated_rows: text(&row, 4).and_then(|rows| rows.parse().ok()).filter(|_| !is_view),
            columns: Vec::new(),
            key: Vec::new(),
        });
    }
    Ok(tables)
}

/// The columns that MariaDB checks to be JSON; MySQL has a type for it.
async fn json_columns(
    session: &mut Session,
    target: &Target,
    scope: &Scope,
) -> Result<HashMap<Name, Vec<String>>, ConnectorError> {
    let mut found: HashMap<Name, Vec<String>> = HashMap::new();
    if !session.is_mariadb() {
        return Ok(found);
    }
    let (condition, parameters) = scope.condition("CONSTRAINT_SCHEMA");
    let sql = format!(
        "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS
         WHERE {condition} AND CHECK_CLAUSE LIKE 'json_valid(%'"
    );
    // Before 10.2.22 the table does not exist, nor does anything depend on it.
    let Ok(rows) = session.fetch_all(target, sql, &parameters).await else { return Ok(found) };
    for row in rows {
        let (Some(schema), Some(table), Some(clause)) = (text(&row, 0), text(&row, 1), text(&row, 2)) else { continue };
        let column = clause.strip_prefix("json_valid(`").and_then(|rest| rest.strip_suffix("`)"));
        if let Some(column) = column {
            found.entry((schema, table)).or_default().push(column.replace("``", "`"));
        }
    }
    Ok(found)
}

async fn add_columns(
    session: &mut Session,
    target: &Target,
    scope: &Scope,
    places: &HashMap<Name, usize>,
    json: &HashMap<Name, Vec<String>>,
    tables: &mut [Table],
) -> Result<(), ConnectorError> {
    let (condition, parameters) = scope.condition("TABLE_SCHEMA");
    let sql = format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CAST(NUMERIC_PRECISION AS CHAR),
             CAST(NUMERIC_SCALE AS CHAR), CAST(DATETIME_PRECISION AS CHAR), IS_NULLABLE, COLUMN_COMMENT
         FROM information_schema.COLUMNS WHERE {condition} AND FIND_IN_SET('select', PRIVILEGES) > 0
         ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION"
    );
    for row in session.fetch_all(target, sql, &parameters).await? {
        let (Some(schema), Some(table), Some(name)) = (text(&row, 0), text(&row, 1), text(&row, 2)) else { continue };
        let key = (schema, table);
        let Some(&place) = places.get(&key) else { continue };
        let is_json = json.get(&key).is_some_and(|columns| columns.contains(&name));
        let number = |index| text(&row, index).and_then(|number| number.parse().ok());
        let (type_name, full) = (text(&row, 3).unwrap_or_default(), text(&row, 4).unwrap_or_default());
        let declared = DeclaredType {
            name: &type_name,
            full: &full,
            precision: number(5),
            scale: number(6),
            fraction: number(7),
            is_json,
        };
        let kind = Kind::of(&declared);
        let not_null = text(&row, 8).as_deref() == Some("NO");
        let field = kind.field(&name, &declared, !not_null, &text(&row, 9).unwrap_or_default());
        let placeholder = placeholder(kind, &declared);
        tables[place].columns.push(Column { name, declared: full, kind, field, not_null, placeholder });
    }
    Ok(())
}

/// Text that is compared with a number would make both a double, which loses digits.
fn placeholder(kind: Kind, declared: &DeclaredType<'_>) -> String {
    match (kind, declared.precision, declared.scale) {
        (Kind::Decimal { .. } | Kind::Text, Some(precision), Some(scale)) => {
            format!("CAST(? AS DECIMAL({precision},{scale}))")
        }
        (Kind::Date, ..) => "CAST(? AS DATE)".into(),
        (Kind::Datetime | Kind::Timestamp, ..) => "CAST(? AS DATETIME(6))".into(),
        // MySQL takes the parameter of a cast to TIME for a moment, and makes midnight of every time of day.
        (Kind::Time { .. }, ..) => "CAST(CAST(? AS CHAR) AS TIME(6))".into(),
        _ => "?".into(),
    }
}

async fn add_keys(
    session: &mut Session,
    target: &Target,
    scope: &Scope,
    places: &HashMap<Name, usize>,
    tables: &mut [Table],
) -> Result<(), ConnectorError> {
    let (condition, parameters) = scope.condition("TABLE_SCHEMA");
    let sql = format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, COLUMN_NAME, CAST(SUB_PART AS CHAR)
         FROM information_schema.STATISTICS WHERE {condition} AND NON_UNIQUE = 0
         ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX"
    );
    // Each index in order, with its columns; the first that serves is taken.
    let mut indexes: Vec<(usize, String, Vec<Option<usize>>)> = Vec::new();
    for row in session.fetch_all(target, sql, &parameters).await? {
        let (Some(schema), Some(table), Some(index)) = (text(&row, 0), text(&row, 1), text(&row, 2)) else { continue };
        let Some(&place) = places.get(&(schema, table)) else { continue };
        let is_primary = index == "PRIMARY";
        let column = text(&row, 3).and_then(|name| {
            let found = tables[place].columns.iter().position(|column| column.name == name)?;
            let is_whole = text(&row, 4).is_none();
            (is_primary || (is_whole && tables[place].columns[found].not_null)).then_some(found)
        });
        match indexes.last_mut() {
            Some((last_place, last_index, columns)) if *last_place == place && *last_index == index => {
                columns.push(column)
            }
            _ => indexes.push((place, index, vec![column])),
        }
    }
    for (place, _, columns) in indexes {
        let whole: Option<Vec<usize>> = columns.into_iter().collect();
        if let Some(columns) = whole
            && tables[place].key.is_empty()
        {
            tables[place].key = columns;
        }
    }
    Ok(())
}
