//! What a server holds that can be read.

use std::sync::Arc;

use arrow::datatypes::Schema;
use serde_json::json;

use super::super::DatabaseConfig;
use super::session::Session;
use super::table::{self, Scope, Table};
use super::target::Target;
use super::value::text;
use crate::sdk::{Catalog, CatalogSource, ConnectorError, Reachable, counted};

/// Signs in and counts what may be read.
pub(super) async fn check(target: &Target, config: &DatabaseConfig) -> Result<Reachable, ConnectorError> {
    let mut session = Session::open(target).await?;
    let sql = "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES
        WHERE TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
        AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')";
    let rows = session.fetch_all(target, sql.to_owned(), &[]).await?;
    let wanted = schemas(target, config);
    let names = rows.iter().filter_map(|row| Some((text(row, 0)?, text(row, 1)?)));
    let is_wanted = |schema: &String| wanted.is_empty() || wanted.contains(schema);
    let tables = names.filter(|(schema, table)| is_wanted(schema) && config.selects(schema, table)).count();
    let row = session.fetch_all(target, "SELECT CURRENT_USER(), DATABASE()".to_owned(), &[]).await?;
    let user = row.first().and_then(|row| text(row, 0)).unwrap_or_default();
    let cipher = session.fetch_all(target, "SHOW SESSION STATUS LIKE 'Ssl_cipher'".to_owned(), &[]).await?;
    let cipher = cipher.first().and_then(|row| text(row, 1)).filter(|cipher| !cipher.is_empty());
    let version = session.version.clone();
    let engine = if session.is_mariadb() { "MariaDB" } else { "MySQL" };
    session.close().await;
    let number = version.split('-').next().unwrap_or(&version);
    let found = match tables {
        0 => "no tables to read; does it have SELECT on any?".to_owned(),
        tables => format!("{} to read", counted(tables as u64, "table", "tables")),
    };
    Ok(Reachable {
        message: format!("{engine} {number} as {user}, {found}"),
        details: json!({ "engine": engine, "version": version, "user": user, "tables": tables, "tls": cipher }),
    })
}

/// Lists tables and views.
pub(super) async fn discover(target: &Target, config: &DatabaseConfig) -> Result<Catalog, ConnectorError> {
    let mut session = Session::open(target).await?;
    let scope = Scope { schemas: schemas(target, config), table: None };
    let tables = table::describe(&mut session, target, &scope).await?;
    session.close().await;
    let is_readable = |table: &Table| table.is_view || !table.columns.is_empty();
    let selected = tables.into_iter().filter(|table| is_readable(table) && config.selects(&table.schema, &table.name));
    Ok(Catalog { sources: selected.map(|table| source(table, target)).collect() })
}

/// The databases to look into; all but the system's where there is none.
fn schemas(target: &Target, config: &DatabaseConfig) -> Vec<String> {
    if config.schemas.is_empty() { target.database.iter().cloned().collect() } else { config.schemas.clone() }
}

fn source(table: Table, target: &Target) -> CatalogSource {
    let is_in_default = target.database.as_ref() == Some(&table.schema);
    let sql_name = if is_in_default { table.name.clone() } else { format!("{}_{}", table.schema, table.name) };
    CatalogSource {
        sql_name,
        source_type: if table.is_view { "view" } else { "table" }.into(),
        source_path: table.path(),
        primary_key: table.primary_key(),
        cursor_field: table.cursor_field(),
        estimated_rows: table.estimated_rows,
        details: json!({ "schema": table.schema, "table": table.name }),
        schema: Arc::new(Schema::new(table.columns.into_iter().map(|column| column.field).collect::<Vec<_>>())),
        description: table.comment,
        name: table.name,
    }
}
