//! Values of a column that has become another type at the source: kept to the last digit, or rejected with their rows.

use serde_json::{Value, json};

use super::table::Table;

const TABLE: &str =
    "CREATE TABLE t (id int PRIMARY KEY, amount numeric(12,2), day date, tags int[], ratio real, raw bytea);
    INSERT INTO t VALUES (1, 1.23, '2024-01-01', '{1,NULL}', 1.5, '\\x61ff'), (2, 2, '2024-01-02', '{2}', 2, '\\x62')";

async fn rejected(table: &Table) -> i64 {
    let log = table.app.sync_and_wait(&table.connector).await;
    assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
    let ask = "query($id: ID!) { syncLog(id: $id) { recordsRejected } }";
    table.app.gql(ask, json!({ "id": log["id"] })).await["syncLog"]["recordsRejected"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_a_column_that_stays_is_rejected() {
    for settings in [json!({ "schemaPolicy": "DISCARD" }), json!({ "schemaPolicy": "DISCARD", "writeMode": "MERGE" })] {
        let Some(mut table) = Table::with(TABLE).await else { return };
        table.sync().await;
        table.set(settings).await;
        let columns = table.columns().await;
        table
            .run(
                "ALTER TABLE t ALTER amount TYPE numeric(14,4), ALTER day TYPE timestamp, ALTER tags TYPE text[],
                   ALTER ratio TYPE double precision, ALTER raw TYPE text USING encode(raw, 'escape');
                 DELETE FROM t;
                 INSERT INTO t (id, amount) VALUES (1, 1.24), (2, 1.2399);
                 INSERT INTO t (id, day) VALUES (3, '2024-03-04'), (4, '2024-03-04 23:30');
                 INSERT INTO t (id, tags) VALUES (5, '{7,NULL}'), (6, '{x,y}');
                 INSERT INTO t (id, ratio) VALUES (7, 0.5), (8, 1e300), (9, 0.123456789012345), (10, 'NaN');
                 INSERT INTO t (id, raw) VALUES (11, 'abc')",
            )
            .await;
        assert_eq!(rejected(&table).await, 6);
        assert_eq!(table.columns().await, columns);
        let rows = table
            .lake("SELECT id, amount, day, tags, ratio FROM shop.t WHERE id NOT IN (2, 4, 6, 8, 9, 11) ORDER BY id")
            .await;
        assert_eq!(
            rows,
            [
                "1|1.24|null|null|null",
                "3|null|2024-03-04|null|null",
                "5|null|null|[7,null]|null",
                "7|null|null|null|0.5",
                "10|null|null|null|NaN"
            ]
        );
        let kept = table.lake(r#"SELECT "row" FROM shop.t_rejected"#).await;
        assert_eq!(kept.len(), 6);
        assert!(kept.iter().any(|row| row.contains("1.2399")), "{kept:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_follows_its_source_keeps_all_values() {
    let Some(mut table) = Table::with(TABLE).await else { return };
    let settings = json!({ "extractType": "FULL", "writeMode": "APPEND", "schemaPolicy": "EVOLVE" });
    table.set(settings).await;
    table.sync().await;
    table.run("ALTER TABLE t ALTER tags TYPE bigint[]; UPDATE t SET tags = '{5000000000}'").await;
    table.sync().await;
    assert!(table.columns().await.contains(&"tags list<bigint>".to_owned()), "{:?}", table.columns().await);
    table
        .run(
            "ALTER TABLE t ALTER tags TYPE text[] USING ARRAY['a, b', NULL, '', 'x\"y'],
               ALTER raw TYPE text USING encode(raw, 'hex')",
        )
        .await;
    table.sync().await;
    table.run("ALTER TABLE t ALTER tags TYPE jsonb USING '{\"a\": 1}'").await;
    table.sync().await;
    let tags = table.lake("SELECT DISTINCT tags FROM shop.t ORDER BY tags").await;
    // Lists of numbers were lists of texts for a while.
    assert_eq!(tags, [r#"["1",null]"#, r#"["2"]"#, r#"["5000000000"]"#, r#"["a, b",null,"","x\"y"]"#, r#"{"a": 1}"#]);
    let raw = table.lake("SELECT DISTINCT raw FROM shop.t ORDER BY raw").await;
    assert_eq!(raw, ["61ff", "62", "\\x61ff", "\\x62"]);
    let policy: Value = json!({ "schemaPolicy": "FREEZE" });
    table.set(policy).await;
    table.sync().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_that_are_far_away_become_text_or_reject_their_rows() {
    let statements = "CREATE TABLE t (id int PRIMARY KEY, d date, b boolean);
        INSERT INTO t VALUES (1, '5874897-12-31', true)";
    let Some(mut table) = Table::with(statements).await else { return };
    table.set(json!({ "extractType": "FULL", "writeMode": "APPEND", "schemaPolicy": "EVOLVE" })).await;
    table.sync().await;
    table.run("ALTER TABLE t ALTER d TYPE text USING 'x'").await;
    assert_eq!(rejected(&table).await, 0);
    assert_eq!(table.lake("SELECT d FROM shop.t ORDER BY d").await, ["+5874897-12-31", "x"]);
    table.set(json!({ "schemaPolicy": "DISCARD" })).await;
    table.run("ALTER TABLE t ALTER d TYPE date USING '5874897-12-31'; UPDATE t SET b = NULL").await;
    assert_eq!(rejected(&table).await, 0);
    table.run("ALTER TABLE t ALTER b TYPE date USING '5874897-12-31'; INSERT INTO t VALUES (2)").await;
    assert_eq!(rejected(&table).await, 1);
    let kept = table.lake(r#"SELECT reason, "row" FROM shop.t_rejected"#).await;
    assert!(kept[0].starts_with("b (date) does not fit boolean|") && kept[0].contains("+5874897-12-31"), "{kept:?}");
    assert_eq!(table.lake("SELECT id, d, b FROM shop.t ORDER BY id DESC LIMIT 1").await, ["2|null|null"]);
}
