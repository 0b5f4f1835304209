//! Compressed files.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::ipc::writer::FileWriter;
use dataweaver::sdk::{ErrorClass, OpenContext, ScratchFolder};
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;

use super::folder::{self, Folder};
use crate::small_disk::SmallDisk;

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn csv(rows: u32) -> String {
    let rows = (0..rows).map(|row| format!("{row},text {}\n", row.wrapping_mul(2_654_435_761)));
    std::iter::once("id,text\n".to_owned()).chain(rows).collect()
}

#[tokio::test]
async fn files_are_unpacked_by_name_and_by_their_first_bytes() {
    let text = csv(2_000);
    // Two gzip members and two zstd frames, one after the other.
    let (head, tail) = text.split_at(10_000);
    let folder = Folder::new()
        .file("a.csv.gz", gzip(text.as_bytes()))
        .file("b.csv.GZ", [gzip(head.as_bytes()), gzip(tail.as_bytes())].concat())
        .file("c.csv.zst", zstd(text.as_bytes()))
        .file("d.csv.zst", [zstd(head.as_bytes()), zstd(tail.as_bytes())].concat())
        .file("e.csv", gzip(text.as_bytes()))
        .file("f.csv", zstd(text.as_bytes()))
        .file("g.csv", &text)
        .file("empty.csv.gz", "");
    let expected = folder.read("g.csv").await.whole().lines();
    assert_eq!(expected.len(), 2_000);
    for name in ["a.csv.gz", "b.csv.GZ", "c.csv.zst", "d.csv.zst", "e.csv", "f.csv"] {
        assert_eq!(folder.read(name).await.whole().lines(), expected, "{name}");
    }
    assert_eq!(folder.read("empty.csv.gz").await.whole().rows(), 0);
}

#[tokio::test]
async fn every_format_is_unpacked() {
    let batch = RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef)]).unwrap();
    let mut parquet = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    parquet.write(&batch).unwrap();
    let mut arrow = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    arrow.write(&batch).unwrap();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "id").unwrap().write(1, 0, 1).unwrap().write(2, 0, 2).unwrap();
    let folder = Folder::new()
        .file("a.tsv.gz", gzip(b"id\n1\n2\n"))
        .file("b.json.zst", zstd(b"[{\"id\": 1}, {\"id\": 2}]"))
        .file("c.jsonl.gz", gzip(b"{\"id\": 1}\n{\"id\": 2}\n"))
        .file("d.parquet.gz", gzip(&parquet.into_inner().unwrap()))
        .file("e.arrow.zst", zstd(&arrow.into_inner().unwrap()))
        .file("f.xlsx.gz", gzip(&book.save_to_buffer().unwrap()));
    for name in ["a.tsv.gz", "b.json.zst", "c.jsonl.gz", "d.parquet.gz", "e.arrow.zst", "f.xlsx.gz#Sheet1"] {
        let outcome = folder.read(name).await.whole();
        assert_eq!(
            (outcome.columns().as_str(), outcome.lines()),
            ("id bigint", vec!["1".into(), "2".into()]),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_damaged_file_gives_its_good_rows_and_then_fails_by_name() {
    let text = csv(50_000);
    let packed = gzip(text.as_bytes());
    let mut holes = packed.clone();
    let middle = holes.len() / 2;
    holes[middle..middle + 64].fill(0);
    let folder = Folder::new()
        .file("cut.csv.gz", &packed[..packed.len() / 2])
        .file("holes.csv.gz", holes)
        .file("cut.csv.zst", &zstd(text.as_bytes())[..100_000])
        .file("named.csv.gz", "id,text\n1,one\n");
    for name in ["cut.csv.gz", "holes.csv.gz", "cut.csv.zst"] {
        let outcome = folder.read(name).await;
        let rows = outcome.lines();
        assert!(rows.len() > 5_000 && rows.len() < 50_000, "{name}: {} rows", rows.len());
        let expected: Vec<_> = text.lines().skip(1).take(rows.len()).map(|line| line.replace(',', "|")).collect();
        // What was unpacked last may be cut, and is no row then; what the damage made of it may be.
        assert_eq!(rows[..rows.len() - 100], expected[..rows.len() - 100], "{name}");
        let error = outcome.error.expect(name).to_string();
        assert!(error.starts_with(&format!("{name}: the file")), "{error}");
    }
    let error = folder.read("named.csv.gz").await.error.unwrap();
    assert_eq!(error.to_string(), "named.csv.gz: the file is named as gzip and does not begin like it");
}

#[tokio::test]
async fn a_full_disk_under_the_temporary_files_is_told() {
    let Some(disk) = SmallDisk::mount(1) else { return };
    let folder = Folder::new().file("large.parquet.zst", zstd(&vec![7; 8 << 20]));
    let scratch = ScratchFolder::new(disk.path().to_owned());
    let connector = folder.open(OpenContext { scratch, ..OpenContext::default() }).unwrap();
    let error = folder::read(connector.as_ref(), folder.request("large.parquet.zst")).await.error.unwrap();
    let place = disk.path().display();
    let expected = format!("no space left for temporary files in {place}, make room there and sync again");
    assert_eq!((error.to_string(), error.class()), (expected.clone(), ErrorClass::Transient));
    let sources = connector.discover().await.unwrap().sources;
    assert_eq!(sources[0].details["problem"], expected.as_str());
    assert_eq!(std::fs::read_dir(disk.path()).unwrap().count(), 0, "nothing is left there");
}

#[tokio::test]
async fn a_small_file_that_holds_gigabytes_is_read_in_bounded_memory() {
    // 300 MB of one line after the other, in 300 kB.
    let line = format!("{}\n", "x".repeat(999));
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"text\n").unwrap();
    for _ in 0..300_000 {
        encoder.write_all(line.as_bytes()).unwrap();
    }
    let folder = Folder::new().file("bomb.csv.gz", encoder.finish().unwrap());
    let connector = folder.connector();
    let mut rows = 0;
    let mut events = connector.read(folder.request("bomb.csv.gz"));
    while let Some(event) = futures::StreamExt::next(&mut events).await {
        if let dataweaver::sdk::ReadEvent::Batch(batch) = event.unwrap() {
            assert!(batch.get_array_memory_size() < 8 << 20);
            rows += batch.num_rows();
        }
    }
    assert_eq!(rows, 300_000);
}
