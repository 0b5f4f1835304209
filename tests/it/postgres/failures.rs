//! What goes wrong, and how it is told.

use std::time::{Duration, Instant};

use dataweaver::sdk::{ConnectorError, ErrorClass, Extract, ReadEvent};
use futures::StreamExt;
use serde_json::json;
use tokio::net::TcpListener;

use super::reading::{PATIENCE, Source, collect, full, open};

async fn check(url: &str) -> ConnectorError {
    let connector = open(url, json!({ "connect_timeout_seconds": 1 })).expect("the settings are right");
    let checking = tokio::time::timeout(PATIENCE, connector.check()).await.expect("a check ends in time");
    checking.expect_err("there is no such server")
}

#[tokio::test]
async fn check_tells_version_user_and_tables() {
    let Some(source) = Source::with("CREATE TABLE a (id int)").await else { return };
    let reachable = source.connector.check().await.unwrap();
    assert!(
        reachable.message.starts_with("PostgreSQL ") && reachable.message.ends_with(", 1 table to read"),
        "{}",
        reachable.message
    );
}

#[tokio::test]
async fn a_dead_port_a_mute_server_and_an_unknown_host_are_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mute = listener.local_addr().unwrap();
    let closed = { TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap() };
    let refused = check(&format!("postgres://me@{closed}/db")).await;
    assert_eq!(refused.class(), ErrorClass::Transient);
    assert!(refused.to_string().contains(&closed.to_string()), "{refused}");
    let silent = check(&format!("postgres://me@{mute}/db")).await;
    assert_eq!(silent.class(), ErrorClass::Transient);
    assert!(silent.to_string().contains("did not answer within 1 seconds"), "{silent}");
    let unknown = check("postgres://me@no-such-host.invalid/db").await;
    assert_eq!(unknown.class(), ErrorClass::Transient);
    assert!(unknown.to_string().contains("no-such-host.invalid"), "{unknown}");
}

#[tokio::test]
async fn a_server_of_another_protocol_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            use tokio::io::AsyncWriteExt;
            line.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.ok();
        }
    });
    let error = check(&format!("postgres://me@{address}/db")).await;
    assert_eq!(error.class(), ErrorClass::Protocol, "{error}");
    server.abort();
}

#[tokio::test]
async fn a_server_that_announces_a_gigabyte_before_it_lets_us_in_is_not_believed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let mut lines = Vec::new();
        while let Ok((mut line, _)) = listener.accept().await {
            use tokio::io::AsyncWriteExt;
            line.write_all(b"HTTP/1.1 400 Bad Request").await.ok();
            // It stays on the line, as a server does that has the rest still to send.
            lines.push(line);
        }
    });
    let error = check(&format!("postgres://me@{address}/db?sslmode=disable")).await;
    assert_eq!(error.class(), ErrorClass::Protocol, "{error}");
    assert!(error.to_string().contains("does not speak PostgreSQL's protocol"), "{error}");
    server.abort();
}

#[tokio::test]
async fn an_unknown_database_is_not_found() {
    let Some(source) = Source::with("").await else { return };
    let error = check(&source.url().replace(source.name(), "no_such_database")).await;
    assert_eq!(error.class(), ErrorClass::NotFound);
    assert!(error.to_string().contains("no_such_database"), "{error}");
}

/// A certificate that signed no server's.
pub const SOMEBODY_ELSE: &str = "-----BEGIN CERTIFICATE-----
MIIBhzCCAS2gAwIBAgIUNrI9AnXc+2N7nUZZ0EF0zqhHZOAwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNc29tZWJvZHkgZWxzZTAgFw0yNjExMjIyMjAyMDdaGA8yMTI2
MTAyOTIyMDIwN1owGDEWMBQGA1UEAwwNc29tZWJvZHkgZWxzZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABLT9UVvm+G6ElVnZbiBU9dJvv053oJj7s9JrQV87CuEK
5oNhh45WNnmtdjuIfMRDK6ihNISXx03KMT2TGPMYgXOjUzBRMB0GA1UdDgQWBBSd
p8WiewkhsMPvDWZiq/U5jshgXDAfBgNVHSMEGDAWgBSdp8WiewkhsMPvDWZiq/U5
jshgXDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIGYn4noL/WaW
GU3igv2tqakpQiI2ThIs/Iy2CjWOMfLaAiEAhGS5OMn4syxexUsX0M/gSP2tV8c/
gRn5vtHVSQ6iDPs=
-----END CERTIFICATE-----
";

#[tokio::test]
async fn tls_that_the_server_lacks_or_that_nobody_trusts_is_told() {
    let Some(source) = Source::with("").await else { return };
    let authority = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(authority.path(), SOMEBODY_ELSE).unwrap();
    for mode in ["require", "verify-ca", "verify-full"] {
        let error = check(&format!("{}?sslmode={mode}&sslrootcert={}", source.url(), authority.path().display())).await;
        assert_eq!(error.class(), ErrorClass::Protocol, "{error}");
        assert!(error.to_string().contains("sslmode"), "{error}");
    }
    for mode in ["disable", "prefer"] {
        let connector = open(&format!("{}?sslmode={mode}", source.url()), json!({})).unwrap();
        connector.check().await.unwrap();
    }
}

#[tokio::test]
async fn wrong_settings_name_what_is_wrong() {
    for (url, told) in [
        ("postgres://me@h/db?sslmode=maybe", "verify-full"),
        ("postgres://me@h/db?colour=red", "colour"),
        ("postgres://h/db", "authConfig.username"),
    ] {
        let Err(error) = open(url, json!({})) else { panic!("{url} is wrong") };
        assert_eq!(error.class(), ErrorClass::Config);
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_table_that_may_not_be_read_names_the_grant() {
    let Some(source) =
        Source::with("CREATE TABLE secret (id int); CREATE SCHEMA closed; CREATE TABLE closed.t (id int)").await
    else {
        return;
    };
    let role = format!("{}_reader", source.name());
    source.run(&format!("CREATE ROLE {role} LOGIN; CREATE TABLE part (seen int, hidden int); INSERT INTO part VALUES (1, 2); GRANT SELECT (seen) ON part TO {role}")).await;
    let mut url = url::Url::parse(source.url()).unwrap();
    url.set_username(&role).unwrap();
    let connector = open(url.as_str(), json!({})).unwrap();
    let refused = collect(&*connector, full("public.secret")).await.map(|_| ());
    let without_schema = collect(&*connector, full("closed.t")).await.map(|_| ());
    let catalog = connector.discover().await.unwrap();
    let part = collect(&*connector, full("public.part")).await.map(|read| read.lines());
    source.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.class(), ErrorClass::Permission);
    assert!(refused.to_string().contains(&format!("GRANT SELECT ON \"public\".\"secret\" TO \"{role}\"")), "{refused}");
    assert!(without_schema.unwrap_err().to_string().contains("GRANT USAGE ON SCHEMA \"closed\""));
    assert_eq!(catalog.sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(), ["part"]);
    assert_eq!(part.unwrap(), ["1"], "only the granted column");
}

#[tokio::test]
async fn a_key_or_a_cursor_that_may_not_be_read_names_the_grant() {
    let Some(source) =
        Source::with("CREATE TABLE part (seen int, \"Hidden\" int); INSERT INTO part VALUES (1, 2)").await
    else {
        return;
    };
    let role = format!("{}_reader", source.name());
    source.run(&format!("CREATE ROLE {role} LOGIN; GRANT SELECT (seen) ON part TO {role}")).await;
    let mut url = url::Url::parse(source.url()).unwrap();
    url.set_username(&role).unwrap();
    let connector = open(url.as_str(), json!({})).unwrap();
    let mut refused = Vec::new();
    for (cursor_field, key) in [("seen", "Hidden"), ("Hidden", "seen")] {
        let mut request = full("public.part");
        request.extract =
            Extract::Incremental { cursor_field: Some(cursor_field.into()), since: None, lookback: Default::default() };
        request.primary_key = vec![key.into()];
        refused.push(collect(&*connector, request).await.map(|_| ()));
    }
    source.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    for (refused, path) in refused.into_iter().zip(["primaryKey", "cursorField"]) {
        let refused = refused.unwrap_err();
        assert_eq!(refused.class(), ErrorClass::Permission);
        let grant = format!("GRANT SELECT (\"Hidden\") ON \"public\".\"part\" TO \"{role}\"");
        assert!(refused.to_string().contains(&grant) && refused.to_string().contains(path), "{refused}");
    }
}

#[tokio::test]
async fn some_columns_of_a_large_table_are_read_where_the_others_are_hidden() {
    let Some(source) = Source::with("CREATE TABLE large (seen int, hidden int); INSERT INTO large SELECT n, n FROM generate_series(1, 120000) n; ANALYZE large").await else { return };
    let role = format!("{}_reader", source.name());
    source.run(&format!("CREATE ROLE {role} LOGIN; GRANT SELECT (seen) ON large TO {role}")).await;
    let mut url = url::Url::parse(source.url()).unwrap();
    url.set_username(&role).unwrap();
    let connector = open(url.as_str(), json!({})).unwrap();
    let read = collect(&*connector, full("public.large")).await.map(|read| read.rows().num_rows());
    source.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    assert_eq!(read.unwrap(), 120_000);
}

#[tokio::test]
async fn a_database_without_an_encoding_is_read_but_for_what_is_no_text() {
    let Some(source) = Source::with("").await else { return };
    let name = format!("{}_ascii", source.name());
    source
        .run(&format!("CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"))
        .await;
    let url = source.url().replace(source.name(), &name);
    let mut inside = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
    let rows =
        r"CREATE TABLE t (id int, word text); INSERT INTO t VALUES (1, E'caf\303\251'), (2, E'caf\351'), (3, 'tea')";
    sqlx::raw_sql(rows).execute(&mut inside).await.unwrap();
    let connector = open(&url, json!({})).unwrap();
    let read = collect(&*connector, full("public.t")).await;
    let found = connector.discover().await;
    drop(inside);
    source.run(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
    let read = read.unwrap();
    assert_eq!(read.lines(), ["1|café", "2|∅", "3|tea"]);
    assert_eq!(read.rejected(), [("word".to_owned(), "the bytes are not UTF-8".to_owned(), 1)]);
    assert_eq!(found.unwrap().sources.len(), 1);
}

/// A table of which one partition is a program's output: a name that is missing.
const HALF_FOREIGN: &str = r"CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
    CREATE TABLE parts (id int NOT NULL, name text NOT NULL) PARTITION BY RANGE (id);
    CREATE TABLE here PARTITION OF parts FOR VALUES FROM (0) TO (10); INSERT INTO parts VALUES (1, 'a');
    CREATE FOREIGN TABLE there PARTITION OF parts FOR VALUES FROM (10) TO (20) SERVER files OPTIONS (program 'echo 11,', format 'csv')";

#[tokio::test]
async fn a_null_where_nobody_enforces_not_null_is_read() {
    let Some(source) = Source::with(HALF_FOREIGN).await else { return };
    let connector = open(source.url(), json!({})).unwrap();
    let mut schemas = Vec::new();
    let mut rows = 0;
    let mut stream = connector.read(full("public.parts"));
    while let Some(event) = stream.next().await {
        match event.unwrap() {
            ReadEvent::Schema(schema) => schemas.push(schema),
            ReadEvent::Batch(batch) => {
                assert_eq!(schemas.last(), Some(&batch.schema()));
                rows += batch.num_rows();
            }
            _ => {}
        }
    }
    assert_eq!(rows, 2);
    assert!(schemas.last().unwrap().field(1).is_nullable(), "{schemas:?}");
}

#[tokio::test]
async fn a_table_that_is_gone_is_not_found() {
    let Some(source) = Source::with("").await else { return };
    let error = collect(&*source.connector, full("public.gone")).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::NotFound);
    assert!(error.to_string().contains("public.gone"), "{error}");
}

const LONG: &str = "CREATE TABLE long (id int PRIMARY KEY, filler text); INSERT INTO long SELECT n, repeat('x', 200) FROM generate_series(1, 300000) n; ANALYZE long";

#[tokio::test]
async fn a_table_dropped_while_it_is_read_is_read_to_its_end() {
    let Some(source) = Source::with(LONG).await else { return };
    let mut request = full("public.long");
    request.batch_bytes = 1 << 20;
    let mut stream = source.connector.read(request);
    let mut rows = 0;
    let mut dropping = None;
    while let Some(event) = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap() {
        if let ReadEvent::Batch(batch) = event.unwrap() {
            rows += batch.num_rows();
            if dropping.is_none() {
                let mut other = source.connection().await;
                // The lock of the read holds the drop back until the snapshot ends.
                dropping = Some(tokio::spawn(async move {
                    sqlx::raw_sql("DROP TABLE long").execute(&mut other).await.map(|_| ())
                }));
            }
        }
    }
    assert_eq!(rows, 300_000);
    dropping.unwrap().await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_that_is_terminated_is_a_passing_failure() {
    let Some(source) = Source::with(LONG).await else { return };
    let mut request = full("public.long");
    request.batch_bytes = 64 << 10;
    let mut stream = source.connector.read(request);
    let mut failure = None;
    let mut is_terminated = false;
    while let Some(event) = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap() {
        match event {
            Ok(ReadEvent::Batch(_)) if !is_terminated => {
                is_terminated = true;
                source.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dataweaver' AND datname = current_database()").await;
            }
            Ok(_) => {}
            Err(error) => failure = Some(error),
        }
    }
    let failure = failure.expect("the read fails");
    assert_eq!(failure.class(), ErrorClass::Transient, "{failure}");
}

#[tokio::test]
async fn a_cancelled_read_ends_at_once_and_leaves_no_query() {
    let Some(source) =
        Source::with("CREATE VIEW slow AS SELECT n, pg_sleep(0.05)::text FROM generate_series(1, 5000) n").await
    else {
        return;
    };
    let request = full("public.slow");
    let cancel = request.cancel.clone();
    let mut stream = source.connector.read(request);
    assert!(matches!(stream.next().await, Some(Ok(ReadEvent::Schema(_)))));
    assert!(matches!(stream.next().await, Some(Ok(ReadEvent::Estimate(_)))));
    let started = Instant::now();
    let later = async {
        while source.texts("SELECT 'x' FROM pg_stat_activity WHERE application_name = 'dataweaver' AND datname = current_database() AND query LIKE 'COPY%' AND state = 'active'").await.is_empty() {
            assert!(started.elapsed() < PATIENCE);
        }
        cancel.cancel();
        Instant::now()
    };
    let (cancelled_at, end) = tokio::join!(later, stream.next());
    assert!(matches!(end, Some(Err(ConnectorError::Cancelled))), "{end:?}");
    assert!(cancelled_at.elapsed() < Duration::from_secs(1));
    assert!(stream.next().await.is_none());
    drop(stream);
    no_query_is_left(&source).await;
}

#[tokio::test]
async fn a_dropped_read_leaves_no_query() {
    let Some(source) =
        Source::with("CREATE VIEW slow AS SELECT n, pg_sleep(100)::text FROM generate_series(1, 10) n").await
    else {
        return;
    };
    let mut stream = source.connector.read(full("public.slow"));
    assert!(matches!(stream.next().await, Some(Ok(ReadEvent::Schema(_)))));
    assert!(matches!(stream.next().await, Some(Ok(ReadEvent::Estimate(_)))));
    tokio::select! {
        _ = stream.next() => panic!("the view is slow"),
        () = async {
            while source.texts("SELECT 'x' FROM pg_stat_activity WHERE application_name = 'dataweaver' AND datname = current_database() AND query LIKE 'COPY%'").await.is_empty() {}
        } => {}
    }
    drop(stream);
    no_query_is_left(&source).await;
}

async fn no_query_is_left(source: &Source) {
    let started = Instant::now();
    while !source
        .texts(
            "SELECT 'x' FROM pg_stat_activity WHERE application_name = 'dataweaver' AND datname = current_database()",
        )
        .await
        .is_empty()
    {
        assert!(started.elapsed() < Duration::from_secs(10), "a connection is left");
    }
}

#[tokio::test]
async fn a_password_is_never_shown() {
    let connector = open("postgres://me:hunter2-secret@127.0.0.1:1/db", json!({})).unwrap();
    let error = connector.check().await.unwrap_err();
    let mut told = format!("{error:?} {error}");
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        told.push_str(&format!("{cause} {cause:?}"));
        source = cause.source();
    }
    assert!(!told.contains("hunter2"), "{told}");
}
