//! Real database servers for tests: a database of one's own, dropped at the end.
//!
//! A test whose server is not there passes and leaves a note, which is shown when all tests have ended; where `CI=true`
//! it fails.

use std::io::Write;
use std::time::Duration;
use std::{env, fs, thread};

use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection};
use uuid::Uuid;

use crate::not_run::{self, Note};

/// How long a server may take to answer before it counts as missing.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a database may take to be made or dropped.
const WORK_PATIENCE: Duration = Duration::from_secs(30);

/// An empty database with a name of its own. It is dropped with this value, whoever is still connected.
#[derive(Debug)]
pub struct TestDatabase {
    server: Server,
    server_url: String,
    name: String,
    url: String,
}

#[derive(Clone, Copy, Debug)]
enum Server {
    Postgres,
    MariaDb,
}

impl TestDatabase {
    /// The URL by which to connect to it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name, unique on the server.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A database on `DATAWEAVER_TEST_POSTGRES_URL`, or else on the usual local address.
pub fn postgres() -> Option<TestDatabase> {
    let usual = "postgres://postgres@127.0.0.1:5432/postgres";
    let how = "start PostgreSQL on 127.0.0.1:5432 with trust for postgres, or set DATAWEAVER_TEST_POSTGRES_URL";
    create(Server::Postgres, "DATAWEAVER_TEST_POSTGRES_URL", usual, "PostgreSQL", how)
}

/// A database on `DATAWEAVER_TEST_MARIADB_URL`, or else on the usual local address.
pub fn mariadb() -> Option<TestDatabase> {
    let usual = "mysql://root@127.0.0.1:3306";
    let how = "start MariaDB on 127.0.0.1:3306 with root and no password, or set DATAWEAVER_TEST_MARIADB_URL";
    create(Server::MariaDb, "DATAWEAVER_TEST_MARIADB_URL", usual, "MariaDB", how)
}

/// Says that the current test did not run because `service` is missing, and `how` to run it. Fails it where `CI=true`.
pub fn missed(service: &str, how: &str) {
    let test = env::var("NEXTEST_TEST_NAME").ok();
    let test = test.or_else(|| thread::current().name().map(str::to_owned)).unwrap_or_default();
    leave(&Note { service: service.to_owned(), how: how.to_owned(), test });
    assert!(!not_run::is_ci(), "{service} is missing: {how}");
}

fn leave(note: &Note) {
    let line = serde_json::json!([note.service, note.how, note.test]).to_string() + "\n";
    fs::create_dir_all(not_run::folder()).expect("the target folder can be written");
    let file = fs::OpenOptions::new().append(true).create(true).open(not_run::file());
    // One write, so that tests of several processes do not mix their lines.
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the target folder can be written");
}

fn create(server: Server, variable: &str, usual: &str, service: &str, how: &str) -> Option<TestDatabase> {
    let server_url = env::var(variable).unwrap_or_else(|_| usual.to_owned());
    let name = format!("dataweaver_test_{}", Uuid::now_v7().simple());
    let created = server.execute(&server_url, format!("CREATE DATABASE {name}"));
    match created {
        Ok(()) => {
            let mut url = url::Url::parse(&server_url).expect("the server answered at this URL");
            url.set_path(&name);
            Some(TestDatabase { server, server_url, name, url: url.into() })
        }
        Err(Failure::NoAnswer) => {
            missed(service, how);
            None
        }
        Err(Failure::Refused(error)) => panic!("{service} answers and made no database: {error}"),
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop_database = match self.server {
            Server::Postgres => format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
            Server::MariaDb => format!("SET lock_wait_timeout = 10; DROP DATABASE IF EXISTS {}", self.name),
        };
        // A panic here, during another one, would hide that one.
        if let Err(error) = self.server.execute(&self.server_url, drop_database) {
            eprintln!("the test database {} is left behind: {error:?}", self.name);
        }
    }
}

#[derive(Debug)]
enum Failure {
    NoAnswer,
    Refused(sqlx::Error),
}

impl Server {
    /// Runs one statement, on a thread and runtime of its own, so that it may be called anywhere, in `drop` too.
    fn execute(self, url: &str, statement: String) -> Result<(), Failure> {
        let work = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be built").block_on(async {
                match self {
                    Self::Postgres => execute::<PgConnection>(url, statement).await,
                    Self::MariaDb => execute::<MySqlConnection>(url, statement).await,
                }
            })
        };
        thread::scope(|scope| scope.spawn(work).join().expect("the work does not panic"))
    }
}

async fn execute<C>(url: &str, statement: String) -> Result<(), Failure>
where
    C: Connection,
    for<'c> &'c mut C: Executor<'c>,
{
    // Where all servers have to be there, one that is slow to answer is busy.
    let patience = if not_run::is_ci() { WORK_PATIENCE } else { PATIENCE };
    let connecting = tokio::time::timeout(patience, C::connect(url)).await;
    let mut connection = match connecting {
        Ok(Ok(connection)) => connection,
        Ok(Err(sqlx::Error::Io(_))) | Err(_) => return Err(Failure::NoAnswer),
        Ok(Err(error)) => return Err(Failure::Refused(error)),
    };
    let executing = tokio::time::timeout(WORK_PATIENCE, connection.execute(AssertSqlSafe(statement))).await;
    executing.map_err(|_| Failure::NoAnswer)?.map_err(Failure::Refused)?;
    // The server notices a closed socket by itself.
    connection.close().await.ok();
    Ok(())
}

#[test]
fn a_test_database_is_there_and_then_gone() {
    for (make, ask) in [(postgres as fn() -> _, "SELECT 1"), (mariadb, "SELECT 1")] {
        let Some(database) = make() else { continue };
        let (server, url, name) = (database.server, database.url().to_owned(), database.name().to_owned());
        assert!(url.ends_with(&name));
        server.execute(&url, ask.to_owned()).unwrap();
        drop(database);
        let gone = server.execute(&url, ask.to_owned()).unwrap_err();
        assert!(matches!(gone, Failure::Refused(_)), "{gone:?}");
    }
}
