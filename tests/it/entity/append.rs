//! The log's promise: who has read up to a position never finds a new event below it.

use std::time::Duration;

use dataweaver::entity::sync_event::{self, Column, Entity};
use dataweaver::entity::{database, sync_log};
use dataweaver::vocabulary::SyncStatus;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, Statement,
};
use tokio::task::JoinSet;

use super::constraints::workspace_with_connector;
use super::{on_both, rows};
use crate::servers;

/// Nothing here takes longer unless it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

const WRITERS: usize = 6;
const APPENDS_EACH: usize = 15;
const EVENTS_EACH: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_that_goes_on_from_its_last_position_misses_nothing() {
    on_both(|db| async move {
        let log = running_sync(&db).await;
        let mut writers = JoinSet::new();
        for _ in 0..WRITERS {
            let (db, log) = (db.clone(), log.clone());
            writers.spawn(async move {
                for _ in 0..APPENDS_EACH {
                    let transaction = database::begin_immediate(&db).await.unwrap();
                    let events = (0..EVENTS_EACH).map(|_| rows::bare_sync_event(&log)).collect();
                    sync_event::append(&transaction, events).await.unwrap();
                    transaction.commit().await.unwrap();
                }
            });
        }
        let tail = async {
            let mut seen: Vec<i64> = Vec::new();
            while seen.len() < WRITERS * APPENDS_EACH * EVENTS_EACH {
                let after = seen.last().copied().unwrap_or(0);
                let new = Entity::find().filter(Column::Position.gt(after)).order_by_asc(Column::Position);
                seen.extend(new.all(&db).await.unwrap().into_iter().map(|event| event.position));
            }
            seen
        };
        let seen = tokio::time::timeout(PATIENCE, tail).await.expect("the reader missed an event and waits for it");
        assert!(seen.is_sorted());
        writers.join_all().await;
    })
    .await;
}

#[tokio::test]
async fn a_second_append_waits_for_the_commit_of_the_first() {
    let Some(server) = servers::postgres() else { return };
    let db = database::connect(server.url()).await.unwrap();
    database::migrate(&db).await.unwrap();
    let log = running_sync(&db).await;

    let first = database::begin_immediate(&db).await.unwrap();
    let first_events = sync_event::append(&first, vec![rows::bare_sync_event(&log)]).await.unwrap();
    let second_append = tokio::spawn({
        let (db, log) = (db.clone(), log.clone());
        async move {
            let second = database::begin_immediate(&db).await.unwrap();
            let events = sync_event::append(&second, vec![rows::bare_sync_event(&log)]).await.unwrap();
            second.commit().await.unwrap();
            events
        }
    });
    tokio::time::timeout(PATIENCE, until_somebody_waits(&db)).await.expect("the second append does not wait");
    assert!(Entity::find().all(&db).await.unwrap().is_empty());

    first.commit().await.unwrap();
    let second_events = second_append.await.unwrap();
    assert!(first_events[0].position < second_events[0].position);
    let stored = Entity::find().order_by_asc(Column::Position).all(&db).await.unwrap();
    assert_eq!(stored, [first_events, second_events].concat());
    db.close().await.unwrap();
}

#[tokio::test]
async fn a_long_list_is_stored_whole_and_in_order() {
    on_both(|db| async move {
        let log = running_sync(&db).await;
        let events: Vec<_> = (0..1_201).map(|_| rows::bare_sync_event(&log)).collect();
        let ids: Vec<_> = events.iter().map(|event| event.id.clone()).collect();
        let transaction = database::begin_immediate(&db).await.unwrap();
        let stored = sync_event::append(&transaction, events).await.unwrap();
        assert!(sync_event::append(&transaction, Vec::new()).await.unwrap().is_empty());
        transaction.commit().await.unwrap();
        assert_eq!(stored.iter().map(|event| event.id.clone()).collect::<Vec<_>>(), ids);
        assert_eq!(Entity::find().order_by_asc(Column::Position).all(&db).await.unwrap(), stored);
    })
    .await;
}

#[tokio::test]
async fn a_position_is_not_used_again() {
    on_both(|db| async move {
        let log = running_sync(&db).await;
        let append_one = async || {
            let transaction = database::begin_immediate(&db).await.unwrap();
            let stored = sync_event::append(&transaction, vec![rows::bare_sync_event(&log)]).await.unwrap();
            transaction.commit().await.unwrap();
            stored[0].position
        };
        let first = append_one().await;
        Entity::delete_many().exec(&db).await.unwrap();
        assert!(append_one().await > first);
    })
    .await;
}

async fn running_sync(db: &DatabaseConnection) -> sync_log::Model {
    let (_, connector) = workspace_with_connector(db).await;
    rows::sync_log(&connector, SyncStatus::Running).into_active_model().insert(db).await.unwrap()
}

/// Returns when a transaction of this database waits for an advisory lock.
async fn until_somebody_waits(db: &DatabaseConnection) {
    let question = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    loop {
        let answer = db.query_one_raw(Statement::from_string(DbBackend::Postgres, question)).await.unwrap();
        if answer.unwrap().try_get_by_index::<i64>(0).unwrap() > 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}
