//! How quickly a large file's tables are found.

use std::fmt::Write;
use std::time::{Duration, Instant};

use dataweaver::sdk::CatalogSource;

use super::File;

#[tokio::test]
async fn five_thousand_tables_are_found_in_seconds() {
    let mut statements = "BEGIN;".to_owned();
    for number in 0..5000 {
        write!(
            statements,
            "CREATE TABLE t{number} (id INTEGER PRIMARY KEY, a INT, b REAL, updated_at DATETIME, d BOOLEAN);"
        )
        .unwrap();
    }
    let file = File::with(&format!("{statements} COMMIT"));
    let start = Instant::now();
    let catalog = file.connector.discover().await.unwrap();
    let elapsed = start.elapsed();
    assert_eq!(catalog.sources.len(), 5000);
    let is_whole = |source: &CatalogSource| {
        source.primary_key == ["id"]
            && source.schema.fields().len() == 5
            && source.cursor_field.as_deref() == Some("updated_at")
            && source.estimated_rows == Some(0)
    };
    assert!(catalog.sources.iter().all(is_whole));
    assert!(elapsed < Duration::from_secs(10), "it took {elapsed:?}");
    eprintln!("5,000 tables in {elapsed:?}");
}
