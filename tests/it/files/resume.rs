//! A read that was cut short goes on where it stood.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use dataweaver::sdk::ErrorClass;

use super::folder::{Folder, Outcome};

/// Files of 3,000 rows in every format, with rejected rows and new keys between them.
fn folder() -> Folder {
    let mut csv = String::from("id,text\n");
    let mut json_lines = String::new();
    let mut json = String::from("{\"items\": [\n");
    for id in 0..3_000 {
        csv.push_str(&match id % 500 {
            499 => format!("bad,{id}\n"),
            _ if id % 7 == 0 => format!("{id},\"line\n{id}\"\n"),
            _ => format!("{id},text {id}\n"),
        });
        let object = match id % 500 {
            499 => format!("{{\"id\": \"bad {id}\"}}"),
            _ if id > 1_500 => format!("{{\"id\": {id}, \"new {}\": {id}.5}}", id / 1_000),
            _ => format!("{{\"id\": {id}, \"text\": \"text {id}\"}}"),
        };
        json_lines.push_str(&format!("{object}\n"));
        json.push_str(&format!("{object},\n"));
    }
    json.push_str("{\"id\": 3000}]}");
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(0..3_000));
    let text: ArrayRef = Arc::new(StringArray::from_iter_values((0..3_000).map(|id| format!("text {id}"))));
    let batch = RecordBatch::try_from_iter([("id", id), ("text", text)]).unwrap();
    let mut parquet = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    parquet.write(&batch).unwrap();
    let mut arrow = arrow::ipc::writer::FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    let mut stream = arrow::ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    for part in 0..3 {
        arrow.write(&batch.slice(part * 1_000, 1_000)).unwrap();
        stream.write(&batch.slice(part * 1_000, 1_000)).unwrap();
    }
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "id").unwrap().write(0, 1, "text").unwrap();
    for row in 1..=3_000 {
        sheet.write(row, 0, row).unwrap().write(row, 1, format!("text {row}")).unwrap();
    }
    let utf16: Vec<u8> = format!("\u{feff}{csv}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    Folder::new()
        .with("sample_rows", 100)
        .file("a.csv", &csv)
        .file("b.csv.gz", super::packed::gzip(csv.as_bytes()))
        .file("c.csv.zst", zstd::encode_all(csv.as_bytes(), 1).unwrap())
        .file("d.csv", utf16)
        .file("e.jsonl", &json_lines)
        .file("f.jsonl.gz", super::packed::gzip(json_lines.as_bytes()))
        .file("g.json", &json)
        .file("h.parquet", parquet.into_inner().unwrap())
        .file("i.arrow", arrow.into_inner().unwrap())
        .file("j.arrows", stream.into_inner().unwrap())
        .file("k.xlsx", book.save_to_buffer().unwrap())
        .batches_of(8 << 10)
}

fn rows(outcome: &Outcome) -> Vec<String> {
    outcome.table().into_iter().chain(outcome.rejections()).collect()
}

#[tokio::test]
async fn going_on_from_any_checkpoint_gives_exactly_the_other_rows() {
    let folder = folder();
    let names = [
        "a.csv",
        "b.csv.gz",
        "c.csv.zst",
        "d.csv",
        "e.jsonl",
        "f.jsonl.gz",
        "g.json",
        "h.parquet",
        "i.arrow",
        "j.arrows",
        "k.xlsx#Sheet1",
    ];
    for name in names {
        let whole = folder.read(name).await.whole();
        let expected = rows(&whole);
        assert!(
            whole.rows() > 2_900 && whole.checkpoints.len() > 5,
            "{name}: {} rows, {} checkpoints",
            whole.rows(),
            whole.checkpoints.len()
        );
        for (number, (rows_before, cursor)) in whole.checkpoints.iter().enumerate() {
            let rest = folder.resume(name, cursor).await.whole();
            assert_eq!(rest.rows(), whole.rows() - rows_before, "{name} from checkpoint {number}");
            let rest_rows = rest.table();
            let expected_rows = &whole.table()[*rows_before..];
            // Columns that are added later than the resumed part are not there at all.
            assert!(
                expected_rows.iter().zip(&rest_rows).all(|(one, other)| one.starts_with(other.as_str())),
                "{name} from checkpoint {number}"
            );
            let rejected = &whole.rejections()[whole.rejected_rows.len() - rest.rejected_rows.len()..];
            assert_eq!(rest.rejections(), rejected, "{name} from checkpoint {number}");
            assert_eq!(rest.checkpoints.last().unwrap().1, whole.checkpoints.last().unwrap().1, "{name}");
        }
        assert!(!expected.is_empty());
    }
}

#[tokio::test]
async fn a_file_that_changed_cannot_be_gone_on_with() {
    let folder = folder();
    for name in ["a.csv", "b.csv.gz", "h.parquet"] {
        let whole = folder.read(name).await.whole();
        let mut file = std::fs::File::options().append(true).open(folder.path(name)).unwrap();
        file.write_all(b"more\n").unwrap();
        let error = folder.resume(name, &whole.checkpoints[1].1).await.error.unwrap();
        assert_eq!(error.class(), ErrorClass::Data);
        assert_eq!(error.to_string(), format!("{name}: the file changed while it was read; sync again"));
    }
}

#[tokio::test]
async fn other_settings_cannot_go_on_either() {
    let folder = folder();
    let whole = folder.read("a.csv").await.whole();
    let folder = folder.with("column_types", serde_json::json!({ "id": "text" }));
    let error = folder.resume("a.csv", &whole.checkpoints[1].1).await.error.unwrap();
    assert_eq!(
        error.to_string(),
        "a.csv: the file is read with other settings than before it was cut short; sync again"
    );
}

#[tokio::test]
async fn a_file_that_changes_in_the_middle_of_a_read_fails_it() {
    let line = format!("{}\n", "x".repeat(99));
    let folder = Folder::new().file("big.csv", "text\n".to_owned() + &line.repeat(400_000));
    let mut request = folder.request("big.csv");
    request.memory_bytes = 2 << 20;
    let connector = folder.connector();
    let mut events = connector.read(request);
    let mut error = None;
    let mut rows = 0;
    while let Some(event) = futures::StreamExt::next(&mut events).await {
        match event {
            Ok(dataweaver::sdk::ReadEvent::Batch(batch)) => {
                if rows == 0 {
                    let mut file = std::fs::File::options().append(true).open(folder.path("big.csv")).unwrap();
                    file.write_all(b"more\n").unwrap();
                }
                rows += batch.num_rows();
            }
            Ok(_) => {}
            Err(failed) => error = Some(failed),
        }
    }
    assert!(rows < 400_000);
    assert_eq!(error.unwrap().to_string(), "big.csv: the file changed while it was read; sync again");
}
