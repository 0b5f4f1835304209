//! Entities and tables agree: names, types, NULLs, and every row comes back as it went in.

use std::collections::BTreeSet;
use std::fmt::Debug;

use dataweaver::entity::*;
use dataweaver::vocabulary::SyncStatus;
use migration::{Migrator, MigratorTrait};
use sea_orm::sea_query::ColumnType;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityName,
    EntityTrait, IdenStatic, IntoActiveModel, Iterable, Statement, TransactionTrait,
};
use serde_json::json;

use super::{on_both, rows, sqlite};
use crate::servers;

#[tokio::test]
async fn every_row_comes_back_as_it_went_in() {
    on_both(|db| async move { insert_one_of_each(&db).await }).await;
}

#[tokio::test]
async fn tables_have_the_columns_of_their_entities() {
    on_both(|db| async move {
        let mut seen = BTreeSet::from(["seaql_migrations".to_owned()]);
        macro_rules! same_columns {
            ($($module:ident),+) => {$(
                seen.insert($module::Entity.table_name().to_owned());
                assert_eq!(entity_columns($module::Entity, &db), table_columns($module::Entity, &db).await);
            )+};
        }
        same_columns!(answer, conversation);
        same_columns!(checkpoint, connector, connector_token, data_extract, data_source, event_expiry, file, link);
        same_columns!(link_set);
        same_columns!(
            pending_authorisation,
            pending_drop,
            scenario,
            schema_version,
            staged_file,
            sync_event,
            sync_log,
            sync_log_source
        );
        same_columns!(workflow, workflow_run, workflow_step, workflow_table, workspace);
        assert_eq!(seen, tables(&db).await, "every table has its entity");
    })
    .await;
}

#[tokio::test]
async fn migrations_go_down_and_up_again() {
    async fn check(db: DatabaseConnection) {
        Migrator::down(&db, None).await.unwrap();
        assert_eq!(tables(&db).await, BTreeSet::from(["seaql_migrations".to_owned()]));
        database::migrate(&db).await.unwrap();
        database::migrate(&db).await.unwrap();
        insert_one_of_each(&db).await;
    }
    on_both(check).await;
}

#[tokio::test]
async fn replicas_that_start_together_migrate_once() {
    let (first, folder) = sqlite().await;
    let url = format!("sqlite://{}", folder.path().join("dataweaver.db").display());
    migrate_together(first, database::connect(&url).await.unwrap()).await;

    let Some(server) = servers::postgres() else { return };
    let first = database::connect(server.url()).await.unwrap();
    let second = database::connect(server.url()).await.unwrap();
    migrate_together(first, second).await;
}

async fn migrate_together(first: DatabaseConnection, second: DatabaseConnection) {
    let (one, other) = tokio::join!(database::migrate(&first), database::migrate(&second));
    one.unwrap();
    other.unwrap();
    insert_one_of_each(&second).await;
    first.close().await.unwrap();
    second.close().await.unwrap();
}

/// Inserts a full and a bare row into every table and reads each back.
async fn insert_one_of_each(db: &DatabaseConnection) {
    let workspace = rows::workspace();
    comes_back(db, workspace::Entity, &workspace).await;
    let connector = rows::connector(&workspace);
    comes_back(db, connector::Entity, &connector).await;
    let bare_connector = rows::bare_connector(&workspace);
    comes_back(db, connector::Entity, &bare_connector).await;
    let source = rows::data_source(&connector);
    comes_back(db, data_source::Entity, &source).await;
    let bare_source = rows::bare_data_source(&connector);
    comes_back(db, data_source::Entity, &bare_source).await;
    comes_back(db, schema_version::Entity, &rows::schema_version(&source)).await;

    let workflow = rows::workflow(&workspace);
    comes_back(db, workflow::Entity, &workflow).await;
    comes_back(db, workflow::Entity, &rows::bare_workflow(&workspace)).await;
    let step = rows::workflow_step(&workflow);
    comes_back(db, workflow_step::Entity, &step).await;
    comes_back(db, workflow_step::Entity, &rows::bare_workflow_step(&workflow)).await;
    comes_back(db, workflow_run::Entity, &rows::workflow_run(&workflow)).await;
    comes_back(db, workflow_run::Entity, &rows::bare_workflow_run(&workflow)).await;
    comes_back(db, workflow_table::Entity, &rows::workflow_table(&workflow, "full", Some(3))).await;
    comes_back(db, workflow_table::Entity, &rows::workflow_table(&workflow, "bare", None)).await;
    comes_back(db, file::Entity, &rows::file(&workspace, Some(&step))).await;
    comes_back(db, file::Entity, &rows::file(&workspace, None)).await;
    let set = rows::link_set(&step, &workflow, Some((&source, &bare_source)));
    comes_back(db, link_set::Entity, &set).await;
    comes_back(db, link_set::Entity, &link_set::Model { id: 8, ..rows::link_set(&step, &workflow, None) }).await;
    comes_back(db, link::Entity, &rows::link(&set)).await;
    comes_back(db, scenario::Entity, &rows::scenario(&workspace, "first", Some(json!({ "passed": true })))).await;
    comes_back(db, scenario::Entity, &rows::scenario(&workspace, "second", None)).await;

    let conversation = rows::conversation(&workspace, Some("customer_intelligence"));
    comes_back(db, conversation::Entity, &conversation).await;
    comes_back(db, conversation::Entity, &rows::conversation(&workspace, None)).await;
    comes_back(db, answer::Entity, &rows::answer(&conversation)).await;
    comes_back(db, answer::Entity, &rows::bare_answer(&conversation)).await;

    let log = rows::sync_log(&connector, SyncStatus::Partial);
    comes_back(db, sync_log::Entity, &log).await;
    comes_back(db, sync_log::Entity, &rows::bare_sync_log(&connector, SyncStatus::Queued)).await;
    let extract = rows::data_extract(&source, &log, &workflow);
    comes_back(db, data_extract::Entity, &extract).await;
    comes_back(db, data_extract::Entity, &rows::bare_data_extract(&source)).await;
    comes_back(db, sync_log_source::Entity, &rows::sync_log_source(&log, &source, &extract)).await;
    comes_back(db, sync_log_source::Entity, &rows::bare_sync_log_source(&log, &bare_source)).await;
    comes_back(db, checkpoint::Entity, &rows::checkpoint(&source, Some(&log))).await;
    comes_back(db, checkpoint::Entity, &rows::checkpoint(&source, None)).await;
    comes_back(db, event_expiry::Entity, &event_expiry::Model { id: 1, position: 7 }).await;
    comes_back(db, staged_file::Entity, &rows::staged_file(&source, &log, Some(json!({ "page": 2 })))).await;
    comes_back(db, staged_file::Entity, &rows::staged_file(&source, &log, None)).await;
    comes_back(db, pending_drop::Entity, &rows::pending_drop()).await;
    comes_back(db, connector_token::Entity, &rows::connector_token(&connector)).await;
    comes_back(db, connector_token::Entity, &rows::bare_connector_token(&bare_connector)).await;
    comes_back(
        db,
        pending_authorisation::Entity,
        &rows::pending_authorisation(&connector, "first", Some(rows::time())),
    )
    .await;
    comes_back(db, pending_authorisation::Entity, &rows::pending_authorisation(&connector, "second", None)).await;

    let events = vec![rows::sync_event(&log, &source), rows::bare_sync_event(&log)];
    let transaction = db.begin().await.unwrap();
    let stored = sync_event::append(&transaction, events.clone()).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(sync_event::Entity::in_workspace(&workspace.id).all(db).await.unwrap(), stored);
    for (stored, event) in stored.into_iter().zip(events) {
        let expected = sync_event::Model { position: stored.position, ..event_model(event) };
        assert_eq!(stored, expected);
    }
}

fn event_model(event: sync_event::NewSyncEvent) -> sync_event::Model {
    sync_event::Model {
        position: 0,
        id: event.id,
        workspace_id: event.workspace_id,
        connector_id: event.connector_id,
        sync_log_id: event.sync_log_id,
        data_source_id: event.data_source_id,
        kind: event.kind,
        level: event.level,
        message: event.message,
        status: event.status,
        progress: event.progress,
        details: event.details,
        at: event.at,
    }
}

/// Inserts a row and checks that it is returned, and read again, as it was.
async fn comes_back<E>(db: &DatabaseConnection, _: E, row: &E::Model)
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Clone + Debug + PartialEq,
    E::ActiveModel: ActiveModelBehavior + Send,
{
    let returned = row.clone().into_active_model().insert(db).await.unwrap();
    assert_eq!(&returned, row);
    let stored = E::find().all(db).await.unwrap();
    assert!(stored.contains(row), "{row:?} is not among {stored:?}");
}

/// Name, type and whether NULL is allowed.
type ColumnFacts = BTreeSet<(String, String, bool)>;

fn entity_columns<E: EntityTrait>(_: E, db: &DatabaseConnection) -> ColumnFacts {
    let backend = db.get_database_backend();
    let facts = |column: E::Column| {
        let definition = column.def();
        let kind = type_name(definition.get_column_type(), backend);
        (column.as_str().to_owned(), kind.to_owned(), definition.is_null())
    };
    E::Column::iter().map(facts).collect()
}

fn type_name(column_type: &ColumnType, backend: DbBackend) -> &'static str {
    let (on_postgres, on_sqlite) = match column_type {
        ColumnType::Text | ColumnType::String(_) => ("text", "text"),
        ColumnType::BigInteger => ("bigint", "integer"),
        ColumnType::Integer => ("integer", "integer"),
        ColumnType::Double => ("double precision", "double"),
        ColumnType::Boolean => ("boolean", "boolean"),
        ColumnType::TimestampWithTimeZone => ("timestamp with time zone", "timestamp_with_timezone_text"),
        ColumnType::JsonBinary => ("jsonb", "jsonb_text"),
        other => panic!("{other:?} is no column type of ours"),
    };
    if backend == DbBackend::Postgres { on_postgres } else { on_sqlite }
}

async fn table_columns<E: EntityTrait + EntityName>(entity: E, db: &DatabaseConnection) -> ColumnFacts {
    let backend = db.get_database_backend();
    let question = match backend {
        DbBackend::Postgres => {
            "SELECT column_name::text, data_type::text, is_nullable = 'YES' \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1"
        }
        _ => r#"SELECT name, lower(type), "notnull" = 0 FROM pragma_table_info($1)"#,
    };
    let table = entity.table_name().to_owned();
    let rows = db.query_all_raw(Statement::from_sql_and_values(backend, question, [table.into()])).await.unwrap();
    let facts = |row: sea_orm::QueryResult| {
        (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap(), row.try_get_by_index::<bool>(2).unwrap())
    };
    rows.into_iter().map(facts).collect()
}

/// The names of all tables.
async fn tables(db: &DatabaseConnection) -> BTreeSet<String> {
    let backend = db.get_database_backend();
    let question = match backend {
        DbBackend::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
        _ => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    };
    let rows = db.query_all_raw(Statement::from_string(backend, question)).await.unwrap();
    rows.into_iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}
