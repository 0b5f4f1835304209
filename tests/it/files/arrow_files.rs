//! Parquet and Arrow IPC.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array, ListArray,
    RecordBatch, StringArray, StructArray, TimestampNanosecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::ipc::writer::{FileWriter, StreamWriter};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::folder::Folder;

fn batch(rows: i64) -> RecordBatch {
    let ids = 0..rows;
    let lists = ids.clone().map(|id| Some(vec![Some(id as i32), None]));
    let names: DictionaryArray<Int32Type> = ids.clone().map(|id| Some(["red", "green"][(id % 2) as usize])).collect();
    let text: StringArray = ids.clone().map(|id| (id % 3 != 0).then(|| format!("text {id}"))).collect();
    let inner: ArrayRef = Arc::new(Int32Array::from_iter_values(0..rows as i32));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from_iter_values(ids.clone()))),
        ("big", Arc::new(UInt64Array::from_iter_values(ids.clone().map(|id| u64::MAX - id as u64)))),
        (
            "amount",
            Arc::new(
                Decimal128Array::from_iter_values(ids.clone().map(i128::from))
                    .with_precision_and_scale(38, 10)
                    .unwrap(),
            ),
        ),
        ("ratio", Arc::new(Float64Array::from_iter_values(ids.clone().map(|id| id as f64 / 3.)))),
        ("at", Arc::new(TimestampNanosecondArray::from_iter_values(ids.clone()).with_timezone("Europe/Berlin"))),
        ("color", Arc::new(names)),
        ("text", Arc::new(text)),
        ("bytes", Arc::new(BinaryArray::from_iter_values(ids.clone().map(|id| [id as u8, 0])))),
        ("list", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists))),
        ("pair", Arc::new(StructArray::from(vec![(Arc::new(Field::new("x", DataType::Int32, false)), inner)]))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn parquet(batch: &RecordBatch, compression: Compression, group_rows: usize) -> Vec<u8> {
    let properties =
        WriterProperties::builder().set_compression(compression).set_max_row_group_row_count(Some(group_rows)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

#[tokio::test]
async fn parquet_files_of_all_compressions_arrive_with_their_types() {
    let expected = batch(5_000);
    for compression in
        [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::ZSTD(Default::default()), Compression::LZ4_RAW]
    {
        let folder = Folder::new().file("all.parquet", parquet(&expected, compression, 1_000)).batches_of(64 << 10);
        let outcome = folder.read("all.parquet").await.whole();
        assert_eq!(outcome.rows(), 5_000, "{compression}");
        let read = arrow::compute::concat_batches(&outcome.schemas[0], &outcome.batches).unwrap();
        assert_eq!(read, expected, "{compression}");
        assert!(outcome.batches.len() > 5, "{} batches", outcome.batches.len());
        assert_eq!(outcome.estimates[0].rows, Some(5_000));
    }
}

#[tokio::test]
async fn a_damaged_parquet_file_is_told_by_name() {
    let mut bytes = parquet(&batch(100), Compression::SNAPPY, 100);
    let folder = Folder::new().file("empty.parquet", b"").file("short.parquet", &bytes[..bytes.len() - 20]);
    let middle = bytes.len() / 3;
    bytes[middle..middle + 200].fill(0xAB);
    folder.write("holes.parquet", &bytes);
    for name in ["empty.parquet", "short.parquet", "holes.parquet"] {
        let outcome = folder.read(name).await;
        let error = outcome.error.expect(name).to_string();
        assert!(error.starts_with(&format!("{name}: the file is damaged")), "{error}");
    }
}

#[tokio::test]
async fn arrow_files_and_streams_arrive_with_their_types() {
    let expected = batch(3_000);
    let mut file = FileWriter::try_new(Vec::new(), &expected.schema()).unwrap();
    let mut stream = StreamWriter::try_new(Vec::new(), &expected.schema()).unwrap();
    for part in [expected.slice(0, 2_500), expected.slice(2_500, 500)] {
        file.write(&part).unwrap();
        stream.write(&part).unwrap();
    }
    let file = file.into_inner().unwrap();
    let stream = stream.into_inner().unwrap();
    let folder = Folder::new()
        .file("file.arrow", &file)
        .file("stream.arrows", &stream)
        .file("cut.arrow", &file[..file.len() - 30])
        .file("cut.arrows", &stream[..stream.len() - 3_000])
        .batches_of(32 << 10);
    for name in ["file.arrow", "stream.arrows"] {
        let outcome = folder.read(name).await.whole();
        let read = arrow::compute::concat_batches(&outcome.schemas[0], &outcome.batches).unwrap();
        assert_eq!(read, expected, "{name}");
        assert!(outcome.batches.len() > 5, "{} batches", outcome.batches.len());
        assert!(outcome.estimates.is_sorted_by_key(|estimate| estimate.fraction.unwrap()), "{:?}", outcome.estimates);
    }
    let outcome = folder.read("cut.arrows").await;
    assert_eq!(outcome.rows(), 2_500);
    assert!(outcome.error.unwrap().to_string().starts_with("cut.arrows: the file"));
    assert!(folder.read("cut.arrow").await.error.unwrap().to_string().starts_with("cut.arrow: the file"));
}

#[tokio::test]
async fn arrow_columns_of_one_name_get_names_of_their_own() {
    let schema =
        Arc::new(Schema::new(vec![Field::new("a", DataType::Int64, true), Field::new("a", DataType::Int64, true)]));
    let column: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let mut writer = FileWriter::try_new(Vec::new(), &schema).unwrap();
    writer.write(&RecordBatch::try_new(schema, vec![Arc::clone(&column), column]).unwrap()).unwrap();
    let outcome = Folder::new().file("twice.arrow", writer.into_inner().unwrap()).read("twice.arrow").await.whole();
    assert_eq!(outcome.columns(), "a bigint, a_2 bigint");
}
