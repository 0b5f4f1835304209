//! Tabs of spreadsheets: where the header is, which types the columns have, what becomes of merged and ragged cells.

use serde_json::{Value, json};

use super::scene::{Scene, read_all, source};

#[tokio::test]
async fn a_tab_is_typed_by_its_formats() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({}));
    let targets = read_all(connector.as_ref(), &scene.tab("Sales targets", 0)).await;
    assert_eq!(
        targets.columns,
        ["month date", "category text", "target decimal(19,4)", "growth double", "owner text", "final boolean"]
    );
    assert_eq!(targets.rows.len(), 96);
    assert!(targets.rows[0].starts_with("2025-01-01|Outdoor|125500.0000|0."), "{}", targets.rows[0]);
    assert!(targets.rows[95].starts_with("2025-12-01|Toys|42000.0000|"), "{}", targets.rows[95]);
    let hours = read_all(connector.as_ref(), &scene.tab("Opening hours", 0)).await;
    assert_eq!(hours.columns, ["day text", "opens text", "closes text", "lunch break text"]);
    assert_eq!(hours.rows[4], "Friday|08:30:00|15:30:00|00:45:00");
    let count = read_all(connector.as_ref(), &scene.tab("Stocktake", 0)).await;
    assert_eq!(
        count.columns,
        [
            "counted at timestamp",
            "sku text",
            "product text",
            "bin text",
            "pieces bigint",
            "weight kg double",
            "value decimal(19,4)",
            "remark text"
        ]
    );
    assert_eq!(count.rows.len(), 300, "blank rows are left out");
    assert!(count.rows[0].starts_with("2025-12-29T08:00:00"), "{}", count.rows[0]);
}

#[tokio::test]
async fn titles_merged_cells_and_errors_are_seen_to() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({}));
    let budget = read_all(connector.as_ref(), &scene.tab("Budget", 0)).await;
    assert_eq!(
        budget.columns,
        [
            "Department text",
            "Item text",
            "Planned decimal(19,4)",
            "Spent so far decimal(19,4)",
            "Share double",
            "Due date",
            "Approved boolean"
        ]
    );
    let departments: Vec<_> =
        budget.rows.iter().map(|row| row.split('|').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(departments.len(), 11);
    assert_eq!(
        departments[3..7],
        ["Warehouse Packaging", "Warehouse Forklift lease", "Warehouse Heating", "Warehouse Pallets"]
    );
    assert_eq!(budget.told, ["Share: #N/A is no value (1)"]);
    let pallets: Vec<_> = budget.rows[6].split('|').collect();
    assert_eq!((pallets[2], pallets[4]), ("7125.5000", ""));
    let owners = read_all(connector.as_ref(), &scene.tab("Sales targets", 1)).await;
    assert_eq!(owners.columns, ["name text", "phone text", "phone_2 text", "D text", "since date"]);
    assert_eq!(owners.rows[1], "Jonas Albrecht|+49 30 555 0101||full time|2022-02-15");
}

#[tokio::test]
async fn all_values_of_a_column_decide_its_type() {
    let scene = Scene::new().await;
    let mut rows: Vec<Value> = vec![json!(["n", "mixed", "whole", "late"])];
    rows.extend((0..500).map(|n| json!([n, n, n])));
    rows.push(json!([0.5, "many", 7, true, "beyond"]));
    scene.simulator.add_tab("Budget", "Late", &rows);
    let connector = scene.connector(&json!({ "sheets": { "sample_rows": 50, "chunk_rows": 60 } }));
    let path = format!("spreadsheets/{}/7", scene.simulator.file_id("Budget"));
    let sampled = source(connector.as_ref(), &path).await;
    let types: Vec<_> = sampled.schema.fields().iter().map(|field| field.data_type().to_string()).collect();
    assert_eq!(types, ["Int64", "Int64", "Int64", "Utf8"], "its beginning tells no more");
    let late = read_all(connector.as_ref(), &path).await;
    assert_eq!(late.columns, ["n double", "mixed text", "whole bigint", "late boolean", "E text"]);
    assert_eq!(late.rows.len(), 501);
    assert_eq!(late.rows[1], "1.0|1|1||");
    assert_eq!(late.rows[500], "0.5|many|7|true|beyond");
    assert_eq!(late.told, [""; 0]);
}

#[tokio::test]
async fn headers_follow_the_setting_and_hidden_tabs_do_too() {
    let scene = Scene::new().await;
    scene.simulator.add_tab("Budget", "Bare", &[json!([]), json!([1, "a"]), json!([2, "b", true])]);
    scene.simulator.add_tab("Budget", "Words", &[json!(["x", "y"]), json!(["z", "w"])]);
    let bare = format!("spreadsheets/{}/7", scene.simulator.file_id("Budget"));
    let words = format!("spreadsheets/{}/14", scene.simulator.file_id("Budget"));
    let auto = scene.connector(&json!({}));
    let read = read_all(auto.as_ref(), &bare).await;
    assert_eq!(
        (read.columns, read.rows),
        (vec!["A bigint".to_owned(), "B text".into(), "C boolean".into()], vec!["1|a|".to_owned(), "2|b|true".into()],)
    );
    let none = scene.connector(&json!({ "sheets": { "header": "none", "include_hidden": true } }));
    let read = read_all(none.as_ref(), &words).await;
    assert_eq!(
        (read.columns, read.rows),
        (vec!["A text".to_owned(), "B text".into()], vec!["x|y".to_owned(), "z|w".into()])
    );
    let first = scene.connector(&json!({ "sheets": { "header": "first_row" } }));
    let read = read_all(first.as_ref(), &bare).await;
    assert_eq!(
        (read.columns, read.rows),
        (vec!["1 bigint".to_owned(), "a text".into(), "C boolean".into()], vec!["2|b|true".to_owned()],)
    );
    let names = async |connector: &dyn dataweaver::sdk::DynConnector| {
        let sources = connector.discover().await.unwrap().sources;
        sources.into_iter().map(|source| source.name).filter(|name| name.starts_with("Sales")).collect::<Vec<_>>()
    };
    assert_eq!(names(auto.as_ref()).await, ["Sales targets / Targets", "Sales targets / Owners"]);
    assert_eq!(names(none.as_ref()).await.len(), 3, "with the hidden one");
}
