//! Words in which the migrations describe tables. Frozen like them: add a word, never change one.

use sea_orm_migration::prelude::*;
pub(crate) use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, double, double_null, integer, integer_null, json_binary as json,
    json_binary_null as json_null, text, text_null, timestamp_with_time_zone as time,
    timestamp_with_time_zone_null as time_null,
};

/// A text primary key.
pub(crate) fn text_key(name: &'static str) -> ColumnDef {
    text(name).primary_key().take()
}

/// A number of rows or bytes that starts at 0.
pub(crate) fn count(name: &'static str) -> ColumnDef {
    big_integer(name).default(0).take()
}

/// A small number that starts at 0.
pub(crate) fn small_count(name: &'static str) -> ColumnDef {
    integer(name).default(0).take()
}

/// A reference to another table's `id`; the row goes when that one goes.
pub(crate) fn owned_by(column: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    reference(column, table, ForeignKeyAction::Cascade)
}

/// A reference to another table's `id`; it becomes NULL when that row goes.
pub(crate) fn points_to(column: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    reference(column, table, ForeignKeyAction::SetNull)
}

fn reference(column: &'static str, table: &'static str, on_delete: ForeignKeyAction) -> ForeignKeyCreateStatement {
    ForeignKey::create().from_col(column).to(table, "id").on_delete(on_delete).take()
}

/// A primary key of several columns.
pub(crate) fn key<const N: usize>(columns: [&'static str; N]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(column);
    }
    key.primary();
    key
}

/// An index named after its table and columns.
pub(crate) fn index<const N: usize>(table: &'static str, columns: [&'static str; N]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(column);
    }
    index
}

/// An index that refuses a second row with the same values.
pub(crate) fn unique<const N: usize>(table: &'static str, columns: [&'static str; N]) -> IndexCreateStatement {
    index(table, columns).unique().take()
}

/// Creates indices one after the other.
pub(crate) async fn create_indices(
    manager: &SchemaManager<'_>,
    indices: impl IntoIterator<Item = IndexCreateStatement>,
) -> Result<(), DbErr> {
    for index in indices {
        manager.create_index(index).await?;
    }
    Ok(())
}

/// Drops tables one after the other; each before those that it refers to.
pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(*table).take()).await?;
    }
    Ok(())
}
