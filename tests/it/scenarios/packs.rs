//! Packs of a folder: listed beside the product's own, and broken ones with what is wrong with them.

use serde_json::json;

use super::scene::{self, ORDER_BOOK, each};
use crate::harness::TestApp;

#[tokio::test]
async fn a_broken_pack_stops_nobody_and_is_listed_with_what_is_wrong() {
    let taken = scene::example().replacen("id: order_book", "id: retail", 1);
    let unknown = scene::example().replacen("        rows: 500", "        row: 500", 1);
    let senseless = scene::example().replacen("id: order_book", "id: senseless", 1);
    let senseless = senseless.replacen("source: Orders", "source: Odrers", 1).replacen("total_revenue", "nothing", 1);
    let packs = scene::folder(&[
        ("a_taken.yaml", &taken),
        ("b_unknown.yaml", &unknown),
        ("c_senseless.yml", &senseless),
        ("d_sound.yaml", scene::example()),
        ("e_again.yaml", scene::example()),
        ("notes.txt", "no pack"),
    ]);
    std::os::unix::fs::symlink("/dev/zero", packs.path().join("f_endless.yaml")).unwrap();
    let app = TestApp::with(|config| config.scenarios.dir = Some(packs.path().to_owned())).await;
    let listed = app.gql("{ scenarios { id } brokenScenarios { file problems } }", json!({})).await;
    let ids = each(&listed["scenarios"], "id");
    assert!(
        ids.contains(&ORDER_BOOK.to_owned()) && ids.is_sorted() && !ids.contains(&"senseless".to_owned()),
        "{ids:?}"
    );
    let place = |name: &str| packs.path().join(name).display().to_string();
    let broken = listed["brokenScenarios"].as_array().unwrap();
    let told: Vec<(String, String)> = broken
        .iter()
        .map(|broken| (broken["file"].as_str().unwrap().to_owned(), broken["problems"].to_string()))
        .collect();
    let files: Vec<&str> = told.iter().map(|(file, _)| file.as_str()).collect();
    let wanted = ["a_taken.yaml", "b_unknown.yaml", "c_senseless.yml", "e_again.yaml", "f_endless.yaml"].map(place);
    assert_eq!(files, wanted);
    let both = |words: &str| format!("[\"the id {words}; give this one another\"]");
    assert_eq!(told[0].1, both("retail is taken by the embedded pack retail.yaml"));
    assert!(told[1].1.contains("connectors[0].sources[0].row: unknown key row (known: name, discovered,"), "{told:#?}");
    assert!(
        told[2].1.contains("model.datasets[0].source: there is no data source Odrers (known: Orders,"),
        "{told:#?}"
    );
    assert_eq!(told[3].1, both(&format!("order_book is taken by {}", place("d_sound.yaml"))));
    app.stop().await;
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told() {
    let app = TestApp::with(|config| config.scenarios.dir = Some("/nowhere/at/all".into())).await;
    let listed = app.gql("{ scenarios { id } brokenScenarios { file problems } }", json!({})).await;
    assert_eq!(each(&listed["scenarios"], "id").len(), 8);
    assert_eq!(each(&listed["brokenScenarios"], "file"), ["/nowhere/at/all"]);
    app.stop().await;
}
