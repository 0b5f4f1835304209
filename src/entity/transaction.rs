//! Transactions that write: on SQLite one at a time, in the order in which they asked.
//!
//! SQLite has one writer. Left to itself it lets the others try again and again: whoever is unlucky waits for
//! seconds, and holds a connection meanwhile that a reader could have used. So the writers of this process
//! queue up before they take a connection. Another process on the same file is met by SQLite's busy timeout.

use std::collections::HashMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::database::POSTGRES_CONNECTIONS;

/// How long a writer waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Transactions on PostgreSQL that begin at the same moment, or wait for a connection to do so: as many as may find one.
static BEGINNING: Semaphore = Semaphore::const_new(POSTGRES_CONNECTIONS as usize);

/// The queues of the SQLite files on which somebody writes or waits.
static QUEUES: LazyLock<Mutex<HashMap<PathBuf, Weak<Semaphore>>>> = LazyLock::new(Mutex::default);

/// A transaction that may write from its first statement on. Dropped without a commit, it is rolled back.
///
/// It is used like SeaORM's own, which it gives out by `&*transaction` where that very type is asked for.
#[derive(Debug)]
pub struct WriteTransaction {
    // Before the turn, so that it is rolled back first when both are dropped.
    transaction: DatabaseTransaction,
    _turn: Option<OwnedSemaphorePermit>,
}

/// Begins a transaction that will write.
///
/// On SQLite it takes the write lock at once, waiting for at most 10 s: a transaction that reads first and
/// then wants to write fails when another one wrote in between. On PostgreSQL it is an ordinary one. Do not
/// begin a second one while you hold the first; on SQLite it would wait for you.
pub async fn begin_immediate(db: &DatabaseConnection) -> Result<WriteTransaction, DbErr> {
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(WriteTransaction { transaction: begin_to_the_end(db.clone()).await?, _turn: None });
    }
    let options = db.get_sqlite_connection_pool().connect_options();
    let turn = timeout(PATIENCE, queue(options.get_filename()).acquire_owned()).await;
    let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
    let turn = turn.expect("the queue is never closed");
    let sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
    let options = TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
    Ok(WriteTransaction { transaction: db.begin_with_options(options).await?, _turn: Some(turn) })
}

/// Begins, even if the caller gives up meanwhile: sqlx 0.9 rolls back only what it knows to have begun, so that a
/// connection whose BEGIN nobody awaits would go back to the pool with an open transaction, and take whatever is written
/// by it next into that.
///
/// Those who gave up before that leave the queue for a connection; few are begun for nobody.
async fn begin_to_the_end(db: DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let place = timeout(PATIENCE, BEGINNING.acquire()).await;
    let place = place.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?.expect("it is never closed");
    let begin = async move {
        let _place = place;
        db.begin().await
    };
    match tokio::spawn(begin).await {
        Ok(begun) => begun,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime ends.
        Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
    }
}

/// The queue of a file; it lives as long as somebody is in it.
fn queue(file: &Path) -> Arc<Semaphore> {
    // A panic elsewhere leaves the map whole.
    let mut queues = QUEUES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(queue) = queues.get(file).and_then(Weak::upgrade) {
        return queue;
    }
    queues.retain(|_, queue| queue.strong_count() > 0);
    let queue = Arc::new(Semaphore::new(1));
    queues.insert(file.to_owned(), Arc::downgrade(&queue));
    queue
}

impl WriteTransaction {
    /// Makes the writes durable and visible.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.transaction.commit().await
    }

    /// Undoes the writes.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.transaction.rollback().await
    }
}

impl Deref for WriteTransaction {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

#[async_trait]
impl ConnectionTrait for WriteTransaction {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.transaction.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.transaction.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.query_all_raw(statement).await
    }
}
