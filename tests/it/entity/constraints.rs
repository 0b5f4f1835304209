//! What the tables refuse, and what goes with what.

use dataweaver::entity::*;
use dataweaver::vocabulary::SyncStatus;
use sea_orm::{
    ActiveModelTrait, DatabaseConnection, EntityTrait, IntoActiveModel, ModelTrait, PaginatorTrait, Set, SqlErr,
    TransactionTrait,
};

use super::{on_both, rows};

#[tokio::test]
async fn a_connector_has_at_most_one_live_sync() {
    on_both(|db| async move {
        let (_, connector) = workspace_with_connector(&db).await;
        let (_, other_connector) = workspace_with_connector(&db).await;
        let first = insert(&db, rows::sync_log(&connector, SyncStatus::Queued)).await.unwrap();
        let second = rows::sync_log(&connector, SyncStatus::Running);

        let refused = insert(&db, second.clone()).await.unwrap_err();
        assert!(matches!(refused.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))), "{refused}");
        insert(&db, rows::sync_log(&connector, SyncStatus::Failed)).await.unwrap();
        insert(&db, rows::sync_log(&other_connector, SyncStatus::Running)).await.unwrap();

        let mut ended = first.into_active_model();
        ended.status = Set(SyncStatus::Succeeded);
        ended.update(&db).await.unwrap();
        insert(&db, second).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_workspace_goes_with_all_that_is_in_it() {
    on_both(|db| async move {
        let (workspace, connector) = workspace_with_connector(&db).await;
        let (kept, kept_connector) = workspace_with_connector(&db).await;
        let source = rows::data_source(&connector).into_active_model().insert(&db).await.unwrap();
        let log = insert(&db, rows::sync_log(&connector, SyncStatus::Running)).await.unwrap();
        let transaction = database::begin_immediate(&db).await.unwrap();
        sync_event::append(&transaction, vec![rows::sync_event(&log, &source)]).await.unwrap();
        transaction.commit().await.unwrap();

        workspace.delete(&db).await.unwrap();
        assert_eq!(data_source::Entity::find().count(&db).await.unwrap(), 0);
        assert_eq!(sync_log::Entity::find().count(&db).await.unwrap(), 0);
        assert_eq!(sync_event::Entity::find().count(&db).await.unwrap(), 0);
        assert_eq!(connector::Entity::find().all(&db).await.unwrap(), [kept_connector]);
        assert_eq!(workspace::Entity::find().all(&db).await.unwrap(), [kept]);
    })
    .await;
}

#[tokio::test]
async fn an_extract_outlives_the_record_of_its_sync() {
    on_both(|db| async move {
        let (workspace, connector) = workspace_with_connector(&db).await;
        let source = rows::data_source(&connector).into_active_model().insert(&db).await.unwrap();
        let log = insert(&db, rows::sync_log(&connector, SyncStatus::Running)).await.unwrap();
        let workflow = rows::workflow(&workspace).into_active_model().insert(&db).await.unwrap();
        let extract = rows::data_extract(&source, &log, &workflow).into_active_model().insert(&db).await.unwrap();

        log.delete(&db).await.unwrap();
        workflow.delete(&db).await.unwrap();
        let orphan = data_extract::Model { sync_log_id: None, workflow_id: None, ..extract };
        assert_eq!(data_extract::Entity::find().all(&db).await.unwrap(), [orphan]);
    })
    .await;
}

#[tokio::test]
async fn a_workspace_sees_only_its_own_rows() {
    on_both(|db| async move {
        let (ours, our_connector) = workspace_with_connector(&db).await;
        let (theirs, _) = workspace_with_connector(&db).await;
        let workflow = rows::workflow(&ours).into_active_model().insert(&db).await.unwrap();
        let step = rows::workflow_step(&workflow).into_active_model().insert(&db).await.unwrap();

        let id = our_connector.id.clone();
        assert_eq!(connector::Entity::by_id_in(&theirs.id, &id).one(&db).await.unwrap(), None);
        let found = connector::Entity::by_id_in(&ours.id, &id).one(&db).await.unwrap();
        assert_eq!(found.as_ref(), Some(&our_connector));
        assert_eq!(connector::Entity::in_workspace(&ours.id).all(&db).await.unwrap(), [our_connector]);
        assert_eq!(workflow_step::Entity::by_id_in(&theirs.id, &step.id).one(&db).await.unwrap(), None);
        assert_eq!(workflow_step::Entity::by_id_in(&ours.id, &step.id).one(&db).await.unwrap(), Some(step));
    })
    .await;
}

#[tokio::test]
async fn the_default_workspace_is_made_once() {
    on_both(|db| async move {
        let (one, other) = tokio::join!(workspace::default_workspace(&db), workspace::default_workspace(&db));
        let one = one.unwrap();
        assert_eq!(one, other.unwrap());
        assert_eq!(one.id.as_str(), "wsp_00000000000000000000000000000001");
        assert_eq!(one.name, "Default");
        assert_eq!(workspace::Entity::find().count(&db).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing() {
    on_both(|db| async move {
        let transaction = db.begin().await.unwrap();
        rows::workspace().into_active_model().insert(&transaction).await.unwrap();
        drop(transaction);
        assert_eq!(workspace::Entity::find().count(&db).await.unwrap(), 0);
    })
    .await;
}

pub(super) async fn workspace_with_connector(db: &DatabaseConnection) -> (workspace::Model, connector::Model) {
    let workspace = rows::workspace().into_active_model().insert(db).await.unwrap();
    let connector = rows::connector(&workspace).into_active_model().insert(db).await.unwrap();
    (workspace, connector)
}

async fn insert(db: &DatabaseConnection, log: sync_log::Model) -> Result<sync_log::Model, sea_orm::DbErr> {
    log.into_active_model().insert(db).await
}
