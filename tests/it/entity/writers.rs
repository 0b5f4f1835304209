//! Many writers and readers on one SQLite file, and how the file is made.

use std::time::Duration;

use dataweaver::entity::data_source::{self, Entity};
use dataweaver::entity::database::{self, DatabaseError};
use dataweaver::entity::workspace;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, PaginatorTrait, Set};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};
use tokio::task::JoinSet;

use super::constraints::workspace_with_connector;
use super::{rows, sqlite};
use crate::servers;

const WRITERS: i64 = 24;
const WRITES_EACH: i64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_take_turns_and_lose_no_write() {
    let (db, _folder) = sqlite().await;
    database::migrate(&db).await.unwrap();
    let (_, connector) = workspace_with_connector(&db).await;
    let counter = data_source::Model { sequence: 0, ..rows::data_source(&connector) };
    let counter = counter.into_active_model().insert(&db).await.unwrap();

    let mut tasks = JoinSet::new();
    for _ in 0..WRITERS {
        let (db, id) = (db.clone(), counter.id.clone());
        tasks.spawn(async move {
            for _ in 0..WRITES_EACH {
                let transaction = database::begin_immediate(&db).await.unwrap();
                let row = Entity::find_by_id(id.clone()).one(&transaction).await.unwrap().unwrap();
                let next = row.sequence + 1;
                let mut row = row.into_active_model();
                row.sequence = Set(next);
                row.update(&transaction).await.unwrap();
                transaction.commit().await.unwrap();
                Entity::find_by_id(id.clone()).one(&db).await.unwrap().unwrap();
            }
        });
    }
    tasks.join_all().await;
    let counted = Entity::find_by_id(counter.id).one(&db).await.unwrap().unwrap();
    assert_eq!(counted.sequence, WRITERS * WRITES_EACH);
}

#[tokio::test]
async fn readers_go_on_while_somebody_writes() {
    let (db, _folder) = sqlite().await;
    database::migrate(&db).await.unwrap();
    let transaction = database::begin_immediate(&db).await.unwrap();
    rows::workspace().into_active_model().insert(&transaction).await.unwrap();
    assert_eq!(workspace::Entity::find().count(&db).await.unwrap(), 0);
    transaction.commit().await.unwrap();
    assert_eq!(workspace::Entity::find().count(&db).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_gives_up_while_a_transaction_begins_leaves_none_open() {
    let Some(server) = servers::postgres() else { return };
    let db = database::connect(server.url()).await.unwrap();
    let mut looker = PgConnection::connect(server.url()).await.unwrap();
    let open = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    let mut given_up = 0;
    for moment in 0..200 {
        let begin = database::begin_immediate(&db);
        if tokio::time::timeout(Duration::from_micros(moment * 5), begin).await.is_ok() {
            continue;
        }
        given_up += 1;
        let all_ended = async {
            // What was begun is rolled back behind our back.
            while sqlx::query_scalar::<_, i64>(open).fetch_one(&mut looker).await.unwrap() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), all_ended).await.expect("no transaction stays open");
    }
    assert!(given_up > 0, "nobody gave up");
}

#[tokio::test]
async fn writers_that_wait_leave_the_connections_to_the_readers() {
    let (db, _folder) = sqlite().await;
    database::migrate(&db).await.unwrap();
    let first = database::begin_immediate(&db).await.unwrap();
    let mut waiting = JoinSet::new();
    for _ in 0..WRITERS {
        let db = db.clone();
        waiting.spawn(async move {
            let transaction = database::begin_immediate(&db).await.unwrap();
            rows::workspace().into_active_model().insert(&transaction).await.unwrap();
            transaction.commit().await.unwrap();
        });
    }
    tokio::task::yield_now().await;
    let reading = tokio::time::timeout(Duration::from_secs(5), workspace::Entity::find().count(&db)).await;
    assert_eq!(reading.expect("the reader waits behind the writers").unwrap(), 0);
    first.rollback().await.unwrap();
    waiting.join_all().await;
    assert_eq!(workspace::Entity::find().count(&db).await.unwrap(), WRITERS as u64);
}

#[tokio::test]
async fn a_writer_waits_for_another_process() {
    let (db, folder) = sqlite().await;
    database::migrate(&db).await.unwrap();
    let file = SqliteConnectOptions::new().filename(folder.path().join("dataweaver.db"));
    let mut other_process = file.connect().await.unwrap();
    other_process.execute("BEGIN IMMEDIATE").await.unwrap();

    let mut write = Box::pin(async {
        let transaction = database::begin_immediate(&db).await.unwrap();
        rows::workspace().into_active_model().insert(&transaction).await.unwrap();
        transaction.commit().await.unwrap();
    });
    let early = tokio::time::timeout(Duration::from_millis(100), &mut write).await;
    assert!(early.is_err(), "it wrote while the other process held the lock");
    other_process.execute("COMMIT").await.unwrap();
    write.await;
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;

    let (db, folder) = sqlite().await;
    database::migrate(&db).await.unwrap();
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["dataweaver.db", "dataweaver.db-shm", "dataweaver.db-wal"]);
}

#[tokio::test]
async fn a_url_that_leads_nowhere_says_so_without_the_password() {
    for url in ["", "dataweaver.db", "sqlite::memory:", "sqlite://", "mysql://root:secret@host/db"] {
        let error = database::connect(url).await.unwrap_err();
        assert!(matches!(error, DatabaseError::UnknownUrl { .. }), "{url}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    let error = database::connect("sqlite:///no/such/folder/dataweaver.db").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not create the database file /no/such/folder/dataweaver.db (its folder must exist and be writable)"
    );
    let error = database::connect("postgres://user:secret@127.0.0.1:1/db").await.unwrap_err();
    assert_eq!(error.to_string(), "could not connect to the database postgres://127.0.0.1:1/db");
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}
