//! Tables with as many columns as SQLite has.

use serde_json::json;

use super::table::lines;
use crate::harness::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_table_of_two_thousand_columns_is_synced() {
    let app = TestApp::new().await;
    let columns = |from: usize| (from..2000).map(|number| format!("c{number} INTEGER")).collect::<Vec<_>>().join(", ");
    let values = |first: i64| format!("({first}{})", ", 7".repeat(1999));
    let statements = format!(
        "CREATE TABLE keyed (id INTEGER PRIMARY KEY, {}); INSERT INTO keyed VALUES {}, {};
         CREATE TABLE numbered ({}); INSERT INTO numbered VALUES {}, {};",
        columns(1),
        values(1),
        values(2),
        columns(0),
        values(1),
        values(2)
    );
    let connector = app.sqlite_connector("Wide", &statements).await;
    let end = app.sync_and_wait(&connector).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    for (table, first) in [("keyed", "id"), ("numbered", "c0")] {
        let sql = format!("SELECT {first}, c1 + c1999 FROM wide.{table} ORDER BY 1");
        assert_eq!(lines(&app, &sql).await, ["1|14", "2|14"]);
        let query = "query($sql: String!) { sql(query: $sql) { columns { name } rows } }";
        let all = app.gql(query, json!({ "sql": format!("SELECT * FROM wide.{table}") })).await;
        assert_eq!(all["sql"]["columns"].as_array().unwrap().len(), 2000);
    }
    app.stop().await;
}
