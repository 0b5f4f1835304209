//! Schema names in SQL: unique in a workspace, among connectors and workflows together.
//!
//! Whoever takes one holds a lock until its transaction ends, so that no two of them find the same name free.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QuerySelect, Select, Statement,
};

use super::Viewer;
use crate::entity::database::WriteTransaction;
use crate::entity::{connector, workflow};
use crate::sdk::names;

/// Schema names that nobody can have.
const TAKEN: &[&str] = &["system", "information_schema", "pg_catalog", "public"];

/// Held by whoever looks for a free name (PostgreSQL advisory lock; "dwslugs"). SQLite has one writer anyway.
const LOCK: i64 = 0x64_7773_6c75_6773;

/// A free schema name after what people call a thing. It stays free until the transaction ends, which is to use it.
pub(super) async fn free(transaction: &WriteTransaction, viewer: &Viewer, name: &str) -> Result<String, DbErr> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        let lock = "SELECT pg_advisory_xact_lock($1)";
        transaction.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, lock, [LOCK.into()])).await?;
    }
    let wanted = names::slug(name);
    let of_connectors = connector::Entity::in_workspace(&viewer.workspace_id);
    let of_workflows = workflow::Entity::in_workspace(&viewer.workspace_id);
    let mut taken = beginning_with(transaction, of_connectors, connector::Column::Slug, &wanted).await?;
    taken.extend(beginning_with(transaction, of_workflows, workflow::Column::Slug, &wanted).await?);
    Ok(unique(name, &taken))
}

/// The schema name after what people call a thing, where others have those that are taken.
pub(super) fn unique(name: &str, taken: &[String]) -> String {
    names::unique(names::slug(name), |slug| TAKEN.contains(&slug) || taken.iter().any(|taken| taken == slug))
}

async fn beginning_with<E: EntityTrait, C: ColumnTrait>(
    transaction: &WriteTransaction,
    query: Select<E>,
    slug: C,
    wanted: &str,
) -> Result<Vec<String>, DbErr> {
    query.filter(slug.starts_with(wanted)).select_only().column(slug).into_tuple().all(transaction).await
}
