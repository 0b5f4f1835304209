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

/// Arrow's canonical extension types, at the top and within lists.
#[tokio::test]
async fn extension_types_of_arrow_are_read_as_what_they_mean() {
    use arrow::array::{FixedSizeBinaryArray, Int8Array};
    let named = |name: &str, data_type: DataType, extension: &str| {
        let note = ("ARROW:extension:name".to_owned(), extension.to_owned());
        Arc::new(Field::new(name, data_type, true).with_metadata([note].into()))
    };
    let id = uuid::Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
    let ids = FixedSizeBinaryArray::try_from_sparse_iter_with_size([Some(id.as_bytes()), None].into_iter(), 16);
    let ids: ArrayRef = Arc::new(ids.unwrap());
    let flags: ArrayRef = Arc::new(Int8Array::from(vec![Some(-1), Some(0)]));
    let item = named("item", ids.data_type().clone(), "arrow.uuid");
    let lists = ListArray::new(
        Arc::clone(&item),
        arrow::buffer::OffsetBuffer::from_lengths([1, 1]),
        Arc::clone(&ids),
        Some(vec![true, false].into()),
    );
    let lists: ArrayRef = Arc::new(lists);
    let schema = Schema::new(vec![
        named("id", ids.data_type().clone(), "arrow.uuid"),
        Arc::new(Field::new("raw", ids.data_type().clone(), true)),
        named("flag", DataType::Int8, "arrow.bool8"),
        named("note", DataType::Int8, "somebody.else"),
        Arc::new(Field::new("list", lists.data_type().clone(), true)),
    ]);
    let columns = vec![Arc::clone(&ids), ids, Arc::clone(&flags), flags, lists];
    let batch = RecordBatch::try_new(Arc::new(schema), columns).unwrap();
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    let outcome = Folder::new().file("a.arrow", writer.into_inner().unwrap()).read("a.arrow").await.whole();
    assert_eq!(outcome.columns(), "id text, raw binary, flag boolean, note tinyint, list list<text>");
    assert_eq!(outcome.lines(), [format!("{id}|{}|true|-1|[{id}]", id.simple()), "NULL|NULL|false|0|NULL".to_owned()]);
}

/// Timestamps as Spark and Impala write them: nanoseconds of the day, then the Julian day.
#[tokio::test]
async fn timestamps_of_96_bits_are_read_as_far_as_they_reach() {
    use parquet::data_type::{Int96, Int96Type};
    let schema =
        "message m { optional int96 at; optional group l (LIST) { repeated group list { optional int96 element; } } }";
    let schema = Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let mut writer =
        parquet::file::writer::SerializedFileWriter::new(Vec::new(), schema, std::sync::Arc::default()).unwrap();
    let int96 = |days_since_1970: i64, nanos: u64| {
        let mut value = Int96::new();
        value.set_data(nanos as u32, (nanos >> 32) as u32, (days_since_1970 + 2_440_588) as u32);
        value
    };
    let values =
        [int96(-719_162, 0), int96(19_782, 49_500_000_001_000), int96(2_932_896, 86_399_999_999_000), int96(0, 1_000)];
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int96Type>().write_batch(&values, Some(&[1, 1, 1, 1, 0]), None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int96Type>().write_batch(&values, Some(&[3, 3, 3, 3, 0]), Some(&[0; 5])).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    let bytes = writer.into_inner().unwrap();
    let outcome = Folder::new().file("spark.parquet", bytes).read("spark.parquet").await.whole();
    assert_eq!(outcome.columns(), "at timestamp, l list<timestamp>");
    let expected = [
        "0001-01-01T00:00:00",
        "2024-02-29T13:45:00.000001",
        "9999-12-31T23:59:59.999999",
        "1970-01-01T00:00:00.000001",
    ];
    let expected: Vec<_> = expected.iter().map(|at| format!("{at}|[{at}]")).chain(["NULL|NULL".to_owned()]).collect();
    assert_eq!(outcome.lines(), expected);
}

#[tokio::test]
async fn uuids_of_parquet_are_text() {
    let schema = "message m { optional fixed_len_byte_array(16) id (UUID); optional fixed_len_byte_array(16) raw;
        optional group pair { required fixed_len_byte_array(16) of (UUID); } }";
    let schema = Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let mut writer =
        parquet::file::writer::SerializedFileWriter::new(Vec::new(), schema, std::sync::Arc::default()).unwrap();
    let id = uuid::Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
    let value = parquet::data_type::FixedLenByteArray::from(id.as_bytes().to_vec());
    let mut group = writer.next_row_group().unwrap();
    for _ in 0..3 {
        let mut column = group.next_column().unwrap().unwrap();
        let written = column.typed::<parquet::data_type::FixedLenByteArrayType>();
        written.write_batch(std::slice::from_ref(&value), Some(&[1, 0]), None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    let bytes = writer.into_inner().unwrap();
    let outcome = Folder::new().file("a.parquet", bytes).read("a.parquet").await.whole();
    assert_eq!(outcome.columns(), "id text, raw binary, pair struct<of text>");
    assert_eq!(outcome.lines(), [format!("{id}|{}|{{of: {id}}}", id.simple()), "NULL|NULL|NULL".to_owned()]);
}

/// Months, days and milliseconds, each of them four bytes without a sign.
#[tokio::test]
async fn intervals_of_parquet_keep_their_months() {
    use parquet::data_type::{FixedLenByteArray, FixedLenByteArrayType};
    let schema = "message m { optional fixed_len_byte_array(12) span (INTERVAL); optional int96 at;
        optional group l (LIST) { repeated group list { optional fixed_len_byte_array(12) element (INTERVAL); } } }";
    let schema = Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let mut writer =
        parquet::file::writer::SerializedFileWriter::new(Vec::new(), schema, std::sync::Arc::default()).unwrap();
    let interval = |months: u32, days: u32, millis: u32| {
        FixedLenByteArray::from([months, days, millis].map(u32::to_le_bytes).concat())
    };
    let values = [interval(14, 2, 3_723_456), interval(12, 0, 0), interval(0, 0, 3_600_000_000)];
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<FixedLenByteArrayType>().write_batch(&values, Some(&[1, 1, 1, 0]), None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<parquet::data_type::Int96Type>().write_batch(&[], Some(&[0; 4]), None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<FixedLenByteArrayType>().write_batch(&values, Some(&[3, 3, 3, 0]), Some(&[0; 4])).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    let bytes = writer.into_inner().unwrap();
    let outcome = Folder::new().file("duck.parquet", bytes).read("duck.parquet").await.whole();
    assert_eq!(outcome.columns(), "span interval, at timestamp, l list<interval>");
    let spans = ["14 mons 2 days 1 hours 2 mins 3.456000000 secs", "12 mons", "1000 hours"];
    let expected: Vec<_> =
        spans.iter().map(|span| format!("{span}|NULL|[{span}]")).chain(["NULL|NULL|NULL".to_owned()]).collect();
    assert_eq!(outcome.lines(), expected);
}

/// Arrow's writers know intervals of less than nothing, for which the format has no place.
#[tokio::test]
async fn intervals_that_arrow_has_written_keep_their_signs() {
    use arrow::array::{IntervalDayTimeArray, IntervalYearMonthArray};
    use arrow::datatypes::IntervalDayTime;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("months", Arc::new(IntervalYearMonthArray::from(vec![-14]))),
        ("days", Arc::new(IntervalDayTimeArray::from(vec![IntervalDayTime::new(-1, -500)]))),
    ];
    let bytes = parquet(&RecordBatch::try_from_iter(columns).unwrap(), Compression::SNAPPY, 10);
    let outcome = Folder::new().file("arrow.parquet", bytes).read("arrow.parquet").await.whole();
    assert_eq!(outcome.columns(), "months interval, days interval");
    assert_eq!(outcome.lines(), ["-14 mons|-1 days -0.500000000 secs"]);
}
