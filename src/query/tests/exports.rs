//! Downloads read back.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int64Array,
    IntervalMonthDayNanoArray, ListArray, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Int32Type, IntervalMonthDayNano};
use arrow::ipc::reader::FileReader;
use bytes::Bytes;
use calamine::{Data, Reader, Xlsx};
use futures::{StreamExt, TryStreamExt};
use insta::assert_snapshot;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::shop::{Desk, Shop};
use crate::query::{ExportFormat, QueryError, QuerySettings, export};

/// One column of each kind; the second row is all NULL.
fn samples() -> RecordBatch {
    let decimals = Decimal128Array::from(vec![Some(12_345_678_901_234_567_890), None]);
    let instants = TimestampMicrosecondArray::from(vec![Some(1_709_214_300_250_000), None]);
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1), None]), None]);
    let dictionary: DictionaryArray<Int32Type> = [Some("red"), None].into_iter().collect();
    let columns: [(&str, ArrayRef); 11] = [
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("large", Arc::new(Int64Array::from(vec![Some(i64::MAX), None]))),
        ("small", Arc::new(Int64Array::from(vec![Some(-7), None]))),
        ("double", Arc::new(Float64Array::from(vec![Some(0.1), None]))),
        ("amount", Arc::new(decimals.with_precision_and_scale(38, 2).unwrap())),
        ("text", Arc::new(StringArray::from(vec![Some("a \"quoted\", long\nline"), None]))),
        ("bytes", Arc::new(BinaryArray::from_opt_vec(vec![Some(b"\x00\xff"), None]))),
        ("day", Arc::new(Date32Array::from(vec![Some(19_782), None]))),
        ("at", Arc::new(instants.with_timezone("UTC"))),
        ("list", Arc::new(list)),
        ("colour", Arc::new(dictionary)),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
}

fn desk() -> Desk {
    Desk::over(Shop::stocked().with("all", "kinds", samples()), QuerySettings::default())
}

async fn file(desk: &Desk, sql: &str, format: ExportFormat) -> Result<Vec<u8>, QueryError> {
    let rows = desk.engine.stream(desk.tables(), sql).await?;
    let pieces: Vec<Bytes> = export(rows, format).try_collect().await?;
    Ok(pieces.concat())
}

async fn text(desk: &Desk, sql: &str, format: ExportFormat) -> String {
    String::from_utf8(file(desk, sql, format).await.unwrap()).unwrap()
}

#[tokio::test]
async fn csv_is_exact_and_quoted_where_it_must_be() {
    let desk = desk();
    assert_snapshot!(text(&desk, "SELECT * FROM \"all\".kinds", ExportFormat::Csv).await, @r#"
    flag,large,small,double,amount,text,bytes,day,at,list,colour
    true,9223372036854775807,-7,0.1,123456789012345678.90,"a ""quoted"", long
    line",AP8=,2024-02-29,2024-02-29T13:45:00.250Z,"[1,null]",red
    ,,,,,,,,,,
    "#);
    assert_snapshot!(text(&desk, "SELECT id, name FROM crm.customers WHERE false", ExportFormat::Csv).await, @"id,name");
}

#[tokio::test]
async fn json_lines_follow_the_rules_of_json_rows() {
    let desk = desk();
    let lines = text(&desk, "SELECT * FROM \"all\".kinds", ExportFormat::Jsonl).await;
    assert_snapshot!(lines, @r#"
    {"flag":true,"large":"9223372036854775807","small":-7,"double":0.1,"amount":"123456789012345678.90","text":"a \"quoted\", long\nline","bytes":"AP8=","day":"2024-02-29","at":"2024-02-29T13:45:00.250Z","list":[1,null],"colour":"red"}
    {"flag":null,"large":null,"small":null,"double":null,"amount":null,"text":null,"bytes":null,"day":null,"at":null,"list":null,"colour":null}
    "#);
    assert_eq!(text(&desk, "SELECT 1 WHERE false", ExportFormat::Jsonl).await, "");
}

#[tokio::test]
async fn parquet_reads_back_as_it_was() {
    let desk = desk();
    let bytes = file(&desk, "SELECT * FROM \"all\".kinds", ExportFormat::Parquet).await.unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let expected = samples();
    assert_eq!(batches.len(), 1);
    for (column, field) in batches[0].columns().iter().zip(expected.schema().fields()) {
        let original = expected.column_by_name(field.name()).unwrap();
        let original = arrow::compute::cast(original, column.data_type()).unwrap();
        assert_eq!(column, &original, "{}", field.name());
    }
    let empty = file(&desk, "SELECT id FROM crm.customers WHERE false", ExportFormat::Parquet).await.unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(empty)).unwrap();
    assert_eq!(builder.schema().fields().len(), 1);
}

#[tokio::test]
async fn arrow_reads_back_as_it_was() {
    let desk = desk();
    let bytes = file(&desk, "SELECT * FROM \"all\".kinds", ExportFormat::Arrow).await.unwrap();
    let batches: Vec<RecordBatch> =
        FileReader::try_new(Cursor::new(bytes), None).unwrap().map(Result::unwrap).collect();
    assert_eq!(batches[0].columns()[..10], samples().columns()[..10]);
    let empty = file(&desk, "SELECT id FROM crm.customers WHERE false", ExportFormat::Arrow).await.unwrap();
    assert_eq!(FileReader::try_new(Cursor::new(empty), None).unwrap().num_batches(), 0);
}

#[tokio::test]
async fn a_sheet_holds_what_excel_can_and_text_otherwise() {
    let desk = desk();
    let bytes = file(&desk, "SELECT * FROM \"all\".kinds", ExportFormat::Xlsx).await.unwrap();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let rows: Vec<&[Data]> = sheet.rows().collect();
    let cells: Vec<String> = rows[0].iter().zip(rows[1]).map(|(name, value)| format!("{name}: {value:?}")).collect();
    assert_snapshot!(cells.join("\n"), @r#"
    flag: Bool(true)
    large: String("9223372036854775807")
    small: Float(-7.0)
    double: Float(0.1)
    amount: String("123456789012345678.90")
    text: String("a \"quoted\", long\nline")
    bytes: String("AP8=")
    day: DateTime(ExcelDateTime { value: 45351.0, datetime_type: DateTime, is_1904: false })
    at: DateTime(ExcelDateTime { value: 45351.57291956019, datetime_type: DateTime, is_1904: false })
    list: String("[1,null]")
    colour: String("red")
    "#);
    assert_eq!(rows.len(), 2, "a row of NULLs is a row of empty cells");
}

#[tokio::test]
async fn a_sheet_refuses_what_would_be_cut() {
    let desk = desk();
    let long = file(&desk, "SELECT repeat('x', 40000)", ExportFormat::Xlsx).await.unwrap_err();
    assert_snapshot!(long, @"XLSX cannot hold these rows: a cell has 32767 characters, row 1 has a text of 40000, use CSV or Parquet instead");
    assert!(long.is_users_fault());
}

#[tokio::test]
async fn intervals_and_unions_find_a_place_in_every_format() {
    let spans = IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(14, 3, 500_000_000)]);
    let column: ArrayRef = Arc::new(spans);
    let rows = RecordBatch::try_from_iter([("span", column)]).unwrap();
    let desk = Desk::over(Shop::stocked().with("all", "spans", rows), QuerySettings::default());
    for sql in ["SELECT * FROM \"all\".spans", "SELECT document -> 'age' AS age, NULL AS nothing FROM crm.customers"] {
        for format in ExportFormat::ALL {
            let bytes = file(&desk, sql, format).await.unwrap_or_else(|error| panic!("{sql} {format}: {error:?}"));
            assert!(!bytes.is_empty(), "{sql} {format}");
        }
    }
    assert_eq!(text(&desk, "SELECT * FROM \"all\".spans", ExportFormat::Csv).await, "span\nP1Y2M3DT0.5S\n");
}

#[tokio::test]
async fn nothing_and_an_empty_text_are_told_apart_in_csv() {
    let desk = desk();
    let sql = "SELECT '' AS a, NULL AS b, ' ' AS c, 'x' AS \"a,b\" UNION ALL SELECT NULL, '', '\"', 'é;' ORDER BY c";
    assert_eq!(text(&desk, sql, ExportFormat::Csv).await, "a,b,c,\"a,b\"\n\"\",, ,x\n,\"\",\"\"\"\",é;\n");
}

#[tokio::test]
async fn intervals_within_lists_and_structs_are_text_in_parquet() {
    let desk = desk();
    let sql =
        "SELECT [interval '1 month 2 days', NULL] AS spans, named_struct('a', [interval '3 seconds'], 'b', 1) AS s";
    let bytes = file(&desk, sql, ExportFormat::Parquet).await.unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let cell = |column: usize| arrow::util::display::array_value_to_string(batches[0].column(column), 0).unwrap();
    assert_eq!((cell(0).as_str(), cell(1).as_str()), ("[P1M2D, ]", "{a: [PT3S], b: 1}"));
}

#[tokio::test]
async fn a_sheet_keeps_to_the_disk_space_of_queries() {
    let settings = QuerySettings { spill_mib: 1, ..QuerySettings::default() };
    let desk = Desk::over(Shop::stocked(), settings);
    let few = file(&desk, "SELECT value FROM range(0, 1000)", ExportFormat::Xlsx).await;
    assert!(few.is_ok(), "{few:?}");
    let error = file(&desk, "SELECT repeat('x', 1000) FROM range(0, 1100)", ExportFormat::Xlsx).await.unwrap_err();
    assert!(matches!(error, QueryError::OutOfMemory { setting: "query.spill_mib", .. }), "{error:?}");
}

#[tokio::test]
async fn names_that_repeat_get_a_number() {
    let desk = desk();
    let sql = "SELECT * FROM crm.customers c JOIN shop.orders o ON c.id = o.id WHERE c.id = 3";
    let line = text(&desk, sql, ExportFormat::Jsonl).await;
    assert_snapshot!(line, @r#"{"id":3,"name":null,"document":"{}","id_2":3,"customer_id":3,"amount":null}"#);
}

#[tokio::test]
async fn a_large_download_comes_in_pieces() {
    let desk = desk();
    let sql = "SELECT value, value * 1.5 AS half FROM generate_series(1, 20000)";
    for format in ExportFormat::ALL {
        let rows = desk.engine.stream(desk.tables(), sql).await.unwrap();
        let sizes: Vec<usize> = export(rows, format).map(|piece| piece.unwrap().len()).collect().await;
        assert!(sizes.iter().all(|size| *size > 0 && *size < 4 * 1024 * 1024), "{format}: {sizes:?}");
        if matches!(format, ExportFormat::Csv | ExportFormat::Jsonl | ExportFormat::Arrow) {
            assert!(sizes.len() > 5, "{format}: {}", sizes.len());
        }
    }
}

#[tokio::test]
async fn a_download_that_fails_says_so() {
    let desk = desk();
    let sql = "SELECT 1 / (value - 150000) FROM generate_series(1, 200000)";
    let error = file(&desk, sql, ExportFormat::Csv).await.unwrap_err();
    assert!(matches!(error, QueryError::Execution { .. }), "{error:?}");
}

#[test]
fn formats_are_found_by_name() {
    for format in ExportFormat::ALL {
        assert_eq!(format.extension().parse::<ExportFormat>().unwrap(), format);
    }
    assert_eq!("JSON".parse::<ExportFormat>().unwrap(), ExportFormat::Jsonl);
    assert_snapshot!("pdf".parse::<ExportFormat>().unwrap_err(), @"unknown format pdf (known: csv, jsonl, parquet, arrow, xlsx)");
}
