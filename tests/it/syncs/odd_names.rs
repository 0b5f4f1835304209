//! Names of columns that are ours or the lake's already, and names that differ in case alone.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StructArray};
use arrow::datatypes::{DataType, Field};
use parquet::arrow::ArrowWriter;
use serde_json::json;

use super::table::{Table, lines, sync};
use crate::harness::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_merges_and_the_lake_use_inside_are_columns_like_others() {
    let app = TestApp::new().await;
    let rows = r#"CREATE TABLE t (id INTEGER PRIMARY KEY, "__ordinal" TEXT, "__file" TEXT, "__key0" TEXT, "FILE" TEXT,
            "__delta_rs_file_id__" TEXT, "__delta_rs_path" TEXT, t0 TEXT, d0 TEXT, changed INTEGER NOT NULL);
        INSERT INTO t SELECT id, 'o', 'f', 'k', 'F', 'i', 'p', 't', 'd', id FROM (SELECT 1 AS id UNION ALL SELECT 2)"#;
    let file = app.sqlite_file("shop", rows);
    let connector = app.database_connector("Shop", &format!("sqlite://{}", file.display())).await;
    let source = app.only_source(&connector).await;
    let settings = json!({ "id": source, "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["id"],
        "cursorField": "changed", "detectDeletes": true });
    app.update_source(settings).await;
    assert_eq!(sync(&app, &connector).await, [2, 2, 0, 0]);
    let change = r#"UPDATE t SET "__ordinal" = 'O', "__delta_rs_file_id__" = 'I', changed = 5 WHERE id = 2;
        INSERT INTO t VALUES (3, 'o', 'f', 'k', 'F', 'i', 'p', 't', 'd', 6); DELETE FROM t WHERE id = 1"#;
    rusqlite::Connection::open(&file).unwrap().execute_batch(change).unwrap();
    assert_eq!(sync(&app, &connector).await[1..], [1, 1, 1]);
    let ask = "query($id: ID!) { dataSource(id: $id) { tableName schema { name sourceName } } }";
    let data = app.gql(ask, json!({ "id": source })).await;
    let renamed = json!({ "name": "delta_rs_file_id__", "sourceName": "__delta_rs_file_id__" });
    assert!(data["dataSource"]["schema"].as_array().unwrap().contains(&renamed), "{data:#}");
    let all = format!("SELECT * FROM {} ORDER BY id", data["dataSource"]["tableName"].as_str().unwrap());
    assert_eq!(lines(&app, &all).await, ["2|O|f|k|F|I|p|t|d|5", "3|o|f|k|F|i|p|t|d|6"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_column_whose_name_changes_in_case_alone_stays_the_column_it_was() {
    let fill = "CREATE TABLE t (id int PRIMARY KEY, name text, changed int NOT NULL);
        INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)";
    let Some(mut table) = Table::with(fill).await else { return };
    let settings = json!({ "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["id"],
        "cursorField": "changed" });
    table.set(settings).await;
    table.sync().await;
    table.run(r#"ALTER TABLE t RENAME name TO "Name"; UPDATE t SET "Name" = 'c', changed = 3 WHERE id = 2"#).await;
    table.sync().await;
    assert_eq!(table.newest_schema().await.1, ["renamed name to Name"]);
    assert_eq!(table.columns().await, ["id integer", "name text", "changed integer"]);
    assert_eq!(table.lake("SELECT id, name FROM shop.t ORDER BY id").await, ["1|a", "2|c"]);
    // One that differs in case from a column that is there is another.
    table.run("ALTER TABLE t ADD COLUMN name text; UPDATE t SET name = 'd', changed = 4 WHERE id = 1").await;
    table.sync().await;
    assert_eq!(table.lake("SELECT id, name, name_2 FROM shop.t ORDER BY id").await, ["1|a|d", "2|c|null"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_of_a_struct_that_differ_in_case_alone_are_told_apart() {
    let number = |value: i32| Arc::new(Int32Array::from(vec![value])) as ArrayRef;
    let part = |name: &str| Arc::new(Field::new(name, DataType::Int32, true));
    let pair = StructArray::from(vec![(part("a"), number(1)), (part("A"), number(2))]);
    let batch = RecordBatch::try_from_iter([("pair", Arc::new(pair) as ArrayRef)]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    let app = TestApp::new().await;
    let folder = app.folder().join("files");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("pairs.parquet"), writer.into_inner().unwrap()).unwrap();
    let connector = app.folder_connector("Files", &folder).await;
    app.only_source(&connector).await;
    assert_eq!(sync(&app, &connector).await, [1, 1, 0, 0]);
    let ask = "{ sql(query: \"SELECT pair FROM files.pairs\") { columns { type } rows } }";
    let data = app.gql(ask, json!({})).await;
    assert_eq!(data["sql"]["columns"][0]["type"], "struct<a integer, A_2 integer>", "{data:#}");
    let told = data["sql"]["rows"][0][0].to_string();
    assert!(told.contains('1') && told.contains('2'), "{told}");
}
