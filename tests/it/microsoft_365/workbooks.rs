//! Workbooks: where their names stand, what their columns hold, and how they are read in parts.

use dataweaver::connectors::microsoft_365::simulator::SimulatorOptions;
use dataweaver::demo::Cell;
use dataweaver::sdk::{ErrorClass, ReadRequest};
use serde_json::json;

use super::scene::{Scene, news, read, read_to, request, source, world};

fn pairs(columns: &[(String, String)]) -> Vec<(&str, &str)> {
    columns.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect()
}

#[tokio::test]
async fn a_table_has_its_names_and_types() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "services": ["workbooks"], "range_cells": 900 }));
    let orders = source(connector.as_ref(), &scene.table("Orders.xlsx", 0)).await;
    let whole = read(connector.as_ref(), request(&orders, None)).await;
    let expected = [
        ("Order", "bigint"),
        ("Customer", "text"),
        ("City", "text"),
        ("Product", "text"),
        ("Items", "bigint"),
        ("Status", "text"),
        ("Total", "double"),
        ("Ordered at", "timestamp"),
        ("Paid", "boolean"),
    ];
    assert_eq!(pairs(&whole.columns()), expected);
    let sheet = &world().1.books.iter().find(|book| book.name == "Orders.xlsx").unwrap().sheets[0];
    assert_eq!(whole.rows(), sheet.rows.len() - 1);
    for (row, cells) in [(0, &sheet.rows[1]), (whole.rows() - 1, sheet.rows.last().unwrap())] {
        let Cell::Number(total, _) = &cells[6] else { panic!("{cells:?}") };
        assert_eq!(whole.column("Total")[row].parse::<f64>().unwrap(), *total);
        let Cell::Moment(at, _) = &cells[7] else { panic!("{cells:?}") };
        assert_eq!(whole.column("Ordered at")[row], at.format("%Y-%m-%dT%H:%M:%S").to_string());
    }
    let field = whole.schema.as_ref().unwrap().field_with_name("Total").unwrap().clone();
    assert_eq!(field.metadata()[dataweaver::sdk::types::SOURCE_TYPE], "currency");
    // Its worksheet holds the same.
    let sheet = source(connector.as_ref(), &scene.sheet("Orders.xlsx", 0)).await;
    let same = read(connector.as_ref(), request(&sheet, None)).await;
    assert_eq!((same.columns(), same.rows()), (whole.columns(), whole.rows()));
    assert_eq!(same.column("Ordered at"), whole.column("Ordered at"));
}

#[tokio::test]
async fn a_report_is_read_below_its_title() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "services": ["workbooks"], "range_cells": 100 }));
    let report = source(connector.as_ref(), &scene.sheet("Orders.xlsx", 1)).await;
    let whole = read(connector.as_ref(), request(&report, None)).await;
    let expected = [
        ("Day", "date"),
        ("Orders", "bigint"),
        ("Turnover", "double"),
        ("Share of the best day", "double"),
        ("Per order", "double"),
    ];
    assert_eq!(pairs(&whole.columns()), expected);
    let schema = whole.schema.as_ref().unwrap();
    let share = schema.field_with_name("Share of the best day").unwrap();
    assert_eq!(share.metadata()[dataweaver::sdk::types::SOURCE_TYPE], "percent");
    assert!(whole.column("Day").iter().all(|day| day.starts_with("202")), "no empty rows");
    let shares: Vec<f64> = whole.column("Share of the best day").iter().map(|share| share.parse().unwrap()).collect();
    assert!(shares.contains(&1.) && shares.iter().all(|share| (0. ..=1.).contains(share)));
}

#[tokio::test]
async fn ragged_rows_and_errors_become_null() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "services": ["workbooks"] }));
    let stock = source(connector.as_ref(), &scene.sheet("Stock.xlsx", 0)).await;
    let whole = read(connector.as_ref(), request(&stock, None)).await;
    let expected = [
        ("Product", "text"),
        ("Shelf", "text"),
        ("Pieces", "bigint"),
        ("Reorder at", "bigint"),
        ("Counted on", "date"),
        ("Note", "text"),
    ];
    assert_eq!(pairs(&whole.columns()), expected);
    let notes = whole.column("Note");
    assert!(notes.contains(&"NULL".to_owned()) && notes.contains(&"order more".to_owned()), "{notes:?}");
    let errors = whole.column("Pieces").iter().filter(|pieces| *pieces == "NULL").count();
    assert_eq!(whole.rejected.iter().map(|value| value.count).sum::<u64>(), errors as u64);
    assert!(whole.rejected.iter().all(|value| value.column == "Pieces" && value.reason.contains("#N/A")));
}

#[tokio::test]
async fn a_workbook_is_read_again_when_it_has_changed() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "services": ["workbooks"], "range_cells": 900 }));
    let orders = source(connector.as_ref(), &scene.table("Orders.xlsx", 0)).await;
    let first = read(connector.as_ref(), request(&orders, Some(None))).await;
    let same = news(connector.as_ref(), &orders, &first).await;
    assert_eq!((same.rows(), same.is_whole), (0, false));
    assert_eq!(same.columns(), first.columns());
    scene.simulator.append_row("Orders.xlsx", "Orders", vec![Cell::Text("late".into()), Cell::Text("Zoe".into())]);
    let again = news(connector.as_ref(), &orders, &same).await;
    assert!(again.is_whole);
    assert_eq!(again.rows(), first.rows() + 1);
    assert_eq!(again.columns()[0], ("Order".to_owned(), "text".to_owned()), "one value is no number");
    assert_eq!(again.column("Order")[0], first.column("Order")[0]);
}

#[tokio::test]
async fn a_read_goes_on_where_it_was_and_not_in_a_changed_workbook() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "services": ["workbooks"], "range_cells": 300 }));
    let orders = source(connector.as_ref(), &scene.table("Orders.xlsx", 0)).await;
    let whole = read(connector.as_ref(), request(&orders, None)).await;
    // Too little memory to keep the cells: they are read a second time.
    let scarce = read(connector.as_ref(), ReadRequest { memory_bytes: 1 << 10, ..request(&orders, None) }).await;
    assert_eq!(scarce.column("Order"), whole.column("Order"));
    let first = read_to(connector.as_ref(), request(&orders, None), 2).await;
    let resume = first.checkpoints.last().cloned();
    let rest = read(connector.as_ref(), ReadRequest { resume: resume.clone(), ..request(&orders, None) }).await;
    let both: Vec<String> = first.column("Order").into_iter().chain(rest.column("Order")).collect();
    assert_eq!(both, whole.column("Order"));
    scene.simulator.append_row("Orders.xlsx", "Orders", vec![Cell::Number(1., "0")]);
    let rest = read_to(connector.as_ref(), ReadRequest { resume, ..request(&orders, None) }, usize::MAX).await;
    assert_eq!(rest.error.unwrap().class(), ErrorClass::Data);
}

#[tokio::test]
async fn workbooks_are_found_where_nothing_can_be_searched() {
    let scene = Scene::with(SimulatorOptions { searches: false, ..SimulatorOptions::default() }).await;
    let found = scene.connector(&json!({ "services": ["workbooks"] })).discover().await.unwrap().sources;
    assert_eq!(found.len(), 2 + 4);
}
