//! Values with parts, of a column that has become another type at the source, and of types that the lake does not have.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Date32Array, Float64Array, Int32Array, Int32Builder, Int64Array, ListArray, MapBuilder,
    RecordBatch, StringArray, StringBuilder, StructArray, TimestampMicrosecondArray, TimestampSecondArray, UnionArray,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Fields, UnionFields};
use arrow::ipc::writer::FileWriter;
use serde_json::json;

use super::table::{lines, sync};
use crate::harness::TestApp;

/// A folder with one Arrow file, which is the table `files.t`; its rows are appended at each sync.
struct Folder {
    app: TestApp,
    connector: String,
}

impl Folder {
    async fn with(policy: &str, ids: &[i64], columns: Vec<(&str, ArrayRef)>) -> Self {
        let app = TestApp::new().await;
        let root = app.folder().join("files");
        std::fs::create_dir(&root).unwrap();
        write(&app, ids, columns);
        let connector = app.folder_connector("Files", &root).await;
        let source = app.only_source(&connector).await;
        app.update_source(json!({ "id": source, "writeMode": "APPEND", "schemaPolicy": policy })).await;
        let folder = Self { app, connector };
        folder.sync().await;
        folder
    }

    async fn then(&self, ids: &[i64], columns: Vec<(&str, ArrayRef)>) {
        write(&self.app, ids, columns);
        self.sync().await;
    }

    async fn sync(&self) {
        sync(&self.app, &self.connector).await;
    }

    async fn rows(&self, columns: &str) -> Vec<String> {
        lines(&self.app, &format!("SELECT {columns} FROM files.t ORDER BY id")).await
    }

    /// The rejected rows of the last sync, each with its reason.
    async fn rejected(&self) -> Vec<String> {
        lines(&self.app, r#"SELECT reason, "row" FROM files.t_rejected ORDER BY "row""#).await
    }
}

fn write(app: &TestApp, ids: &[i64], columns: Vec<(&str, ArrayRef)>) {
    let ids: ArrayRef = Arc::new(Int64Array::from(ids.to_vec()));
    let columns = [("id", ids)].into_iter().chain(columns).map(|(name, array)| (name, array, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let file = File::create(app.folder().join("files/t.arrow")).unwrap();
    let mut writer = FileWriter::try_new(file, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
}

fn pairs(names: [&str; 2], first: Vec<Option<f64>>, second: Vec<Option<f64>>) -> ArrayRef {
    let fields: Fields = names.into_iter().map(|name| Field::new(name, DataType::Float64, true)).collect();
    let columns: Vec<ArrayRef> = vec![Arc::new(Float64Array::from(first)), Arc::new(Float64Array::from(second))];
    Arc::new(StructArray::new(fields, columns, None))
}

/// So many of the items in each list.
fn lists(lengths: &[usize], items: impl Array + 'static) -> ArrayRef {
    let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    Arc::new(ListArray::new(field, OffsetBuffer::from_lengths(lengths.iter().copied()), Arc::new(items), None))
}

fn texts(texts: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_of_a_struct_go_by_their_names() {
    let first = pairs(["lat", "lon"], vec![Some(1.5)], vec![Some(2.5)]);
    let folder = Folder::with("DISCARD", &[1], vec![("c", first)]).await;
    let then = pairs(["lon", "height"], vec![Some(2.5), Some(3.5)], vec![Some(99.5), None]);
    folder.then(&[2, 3], vec![("c", then)]).await;
    assert_eq!(folder.rows("id, c['lat'], c['lon']").await, ["1|1.5|2.5", "3|null|3.5"]);
    let reason = "c (struct<lon double, height double>) does not fit struct<lat double, lon double>";
    assert_eq!(folder.rejected().await, [format!(r#"{reason}|{{"id":2,"c":{{"lon":2.5,"height":99.5}}}}"#)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_are_of_a_kind() {
    let folder = Folder::with("DISCARD", &[1], vec![("c", lists(&[1], Date32Array::from(vec![0])))]).await;
    folder.then(&[2, 3], vec![("c", lists(&[1, 0], Int32Array::from(vec![20_240_101])))]).await;
    assert_eq!(folder.rows("id, c").await, [r#"1|["1970-01-01"]"#, "3|[]"]);
    let row = r#"c (list<integer>) does not fit list<date>|{"id":2,"c":[20240101]}"#;
    assert_eq!(folder.rejected().await, [row]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_becomes_text_says_all_it_said() {
    let mut maps = MapBuilder::new(None, Int32Builder::new(), StringBuilder::new());
    maps.keys().append_value(1);
    maps.values().append_value("a");
    maps.append(true).unwrap();
    let numbers = Float64Array::from(vec![Some(f64::NAN), Some(f64::INFINITY), None]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("numbers", lists(&[3], numbers)),
        ("days", lists(&[1], Date32Array::from(vec![i32::MAX]))),
        ("last_day", Arc::new(Date32Array::from(vec![i32::MAX]))),
        ("labels", Arc::new(maps.finish())),
    ];
    let names = ["numbers", "days", "last_day", "labels"];
    let folder = Folder::with("EVOLVE", &[1], columns).await;
    folder.then(&[2], names.map(|name| (name, texts(&["x"]))).to_vec()).await;
    assert_eq!(folder.rows("numbers").await, [r#"["NaN","Infinity",null]"#, "x"]);
    assert_eq!(folder.rows("days").await, [r#"["+5881580-07-11"]"#, "x"]);
    assert_eq!(folder.rows("last_day").await, ["+5881580-07-11", "x"]);
    assert_eq!(folder.rows("labels").await, [r#"{"1":"a"}"#, "x"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_lake_does_not_have_is_text_or_rejected_at_every_depth() {
    let members = [Field::new("number", DataType::Int32, true), Field::new("name", DataType::Utf8, true)];
    let union = UnionArray::try_new(
        UnionFields::try_new([0, 1], members).unwrap(),
        ScalarBuffer::from(vec![0_i8, 1, 1]),
        Some(ScalarBuffer::from(vec![0_i32, 0, 1])),
        vec![Arc::new(Int32Array::from(vec![42])), texts(&["no", "hello"])],
    )
    .unwrap();
    let union: ArrayRef = Arc::new(union);
    let moments = lists(&[1, 1, 0], TimestampSecondArray::from(vec![0, i64::MAX]));
    let folder = Folder::with("EVOLVE", &[1, 2, 3], vec![("u", union), ("at", moments)]).await;
    assert_eq!(folder.rows("id, u").await, ["1|42", "3|hello"]);
    let rejected = folder.rejected().await;
    assert!(rejected.len() == 1 && rejected[0].starts_with("at: list<timestamp> of the lake does not"), "{rejected:?}");
    assert!(rejected[0].contains(r#""u":"no""#), "{rejected:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_zone_is_neither_made_up_nor_left_out() {
    let local: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![0]));
    let instant: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![0]).with_timezone("UTC"));
    let columns = || vec![("clock", Arc::clone(&local)), ("instant", Arc::clone(&instant))];
    let folder = Folder::with("DISCARD", &[1], columns()).await;
    folder.then(&[2], vec![("clock", Arc::clone(&instant)), ("instant", Arc::clone(&local))]).await;
    let times = texts(&["2024-03-04 10:00:00", "2024-03-04 10:00:00 America/New_York"]);
    folder.then(&[3, 4], vec![("clock", Arc::clone(&times))]).await;
    folder.then(&[5, 6], vec![("instant", times)]).await;
    let told =
        ["1|1970-01-01T00:00:00|1970-01-01T00:00:00Z", "3|2024-03-04T10:00:00|null", "6|null|2024-03-04T15:00:00Z"];
    let rows = folder.rows("id, clock, instant").await;
    assert_eq!(rows, told);
}
