//! What discovery finds, and how quickly.

use std::time::{Duration, Instant};

use serde_json::json;

use super::reading::{Source, full, sorted};

const SHOP: &str = "
    CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL);
    COMMENT ON TABLE customers IS 'who buys'; COMMENT ON COLUMN customers.email IS 'where to write';
    CREATE TABLE clicks (id bigserial PRIMARY KEY, at timestamptz);
    INSERT INTO clicks (at) SELECT now() FROM generate_series(1, 10);
    CREATE TABLE tags (customer int NOT NULL, tag text NOT NULL, UNIQUE (tag, customer));
    CREATE TABLE maybe (a int UNIQUE);
    CREATE VIEW recent AS SELECT id, email FROM customers;
    CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM customers;
    CREATE TABLE sales (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE sales_2024 PARTITION OF sales FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    INSERT INTO sales SELECT n, '2024-05-05' FROM generate_series(1, 20) n;
    CREATE SCHEMA crm; CREATE TABLE crm.leads (id int, last_modified timestamp);
    CREATE TEMP TABLE mine (id int);";

#[tokio::test]
async fn tables_views_and_partitioned_tables_are_found_with_their_keys() {
    let Some(source) = Source::with(SHOP).await else { return };
    source.run("ANALYZE").await;
    let catalog = source.connector.discover().await.unwrap();
    let found: Vec<_> = catalog
        .sources
        .iter()
        .map(|source| {
            let key = source.primary_key.join(",");
            let cursor = source.cursor_field.as_deref().unwrap_or("-");
            format!("{} {} {} [{key}] {cursor}", source.source_path, source.sql_name, source.source_type)
        })
        .collect();
    assert_eq!(
        found,
        [
            "crm.leads crm_leads table [] last_modified",
            "public.clicks clicks table [id] id",
            "public.counted counted materialized_view [] -",
            "public.customers customers table [id] updated_at",
            "public.maybe maybe table [] -",
            "public.recent recent view [] -",
            "public.sales sales table [id,day] -",
            "public.tags tags table [tag,customer] -",
        ]
    );
    let customers = &catalog.sources[3];
    assert_eq!(customers.description.as_deref(), Some("who buys"));
    assert_eq!(customers.schema.field(1).metadata()[dataweaver::sdk::types::DESCRIPTION], "where to write");
    assert_eq!(catalog.sources[6].estimated_rows, Some(20));
    assert_eq!(customers.estimated_rows, Some(0));
    for found in &catalog.sources {
        assert_eq!(source.read(full(&found.source_path)).await.schema(), found.schema, "{}", found.source_path);
    }
}

#[tokio::test]
async fn only_selected_tables_are_found() {
    let settings = json!({ "schemas": ["public"], "tables": ["tags", "public.clicks", "crm.leads"] });
    let Some(source) = Source::configured(SHOP, settings).await else { return };
    let found: Vec<_> =
        source.connector.discover().await.unwrap().sources.into_iter().map(|source| source.name).collect();
    assert_eq!(found, ["clicks", "tags"]);
    assert_eq!(source.connector.check().await.unwrap().details["tables"], 2);
}

#[tokio::test]
async fn a_partitioned_table_and_one_with_heirs_are_read_with_all_their_rows() {
    let Some(source) = Source::with(SHOP).await else { return };
    source.run("CREATE TABLE heirs (id int PRIMARY KEY); CREATE TABLE heir () INHERITS (heirs); INSERT INTO heirs VALUES (1); INSERT INTO heir VALUES (1), (2)").await;
    assert_eq!(source.read(full("public.sales")).await.lines().len(), 20);
    assert_eq!(sorted(source.read(full("public.heirs")).await.lines()), ["1", "1", "2"]);
    let heirs =
        source.connector.discover().await.unwrap().sources.into_iter().find(|found| found.name == "heirs").unwrap();
    assert!(heirs.primary_key.is_empty(), "an heir may hold the same key");
}

#[tokio::test]
async fn five_thousand_tables_are_found_in_seconds() {
    let Some(source) = Source::with("SELECT 1").await else { return };
    for part in 0..10 {
        let made: Vec<_> = (0..500)
            .map(|index| {
                format!("CREATE TABLE t{part}_{index} (id int PRIMARY KEY, a int, b float8, c timestamptz, d bool);")
            })
            .collect();
        source.run(&made.concat()).await;
    }
    let start = Instant::now();
    let catalog = source.connector.discover().await.unwrap();
    let elapsed = start.elapsed();
    assert_eq!(catalog.sources.len(), 5000);
    assert!(catalog.sources.iter().all(|source| source.primary_key == ["id"] && source.schema.fields().len() == 5));
    assert!(elapsed < Duration::from_secs(10), "it took {elapsed:?}");
    eprintln!("5,000 tables in {elapsed:?}");
}
