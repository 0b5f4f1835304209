//! Names of any case, script and punctuation.

use super::reading::{Source, full};

const NAMES: [&str; 7] = ["Mixed Case", "日付", "a.b", "quo\"te", "it's", "back\\slash", "select"];

#[tokio::test]
async fn any_name_is_discovered_and_read() {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let mut statements = String::new();
    for name in NAMES {
        statements.push_str(&format!(
            "CREATE SCHEMA {0}; CREATE TABLE {0}.{0} ({0} int PRIMARY KEY, \"Größe\" text); INSERT INTO {0}.{0} VALUES (1, 'x');",
            quoted(name)
        ));
    }
    let Some(source) = Source::with(&statements).await else { return };
    let catalog = source.connector.discover().await.unwrap();
    assert_eq!(catalog.sources.len(), NAMES.len());
    for found in catalog.sources {
        assert!(NAMES.contains(&found.name.as_str()), "{}", found.name);
        assert_eq!(found.primary_key, std::slice::from_ref(&found.name));
        let read = source.read(full(&found.source_path)).await;
        assert_eq!(read.lines(), ["1|x"], "{}", found.source_path);
        assert_eq!(read.schema(), found.schema);
    }
}
