//! What is new: by versions of files, logs of changes, history and sync tokens, and by all of it where those are forgotten.

use dataweaver::connectors::google_workspace::simulator::Call;
use dataweaver::sdk::SourceRef;
use serde_json::json;

use super::scene::{Scene, read, request, source};

#[tokio::test]
async fn an_unchanged_spreadsheet_is_not_read_again() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({}));
    let tab = source(connector.as_ref(), &scene.tab("Budget", 0)).await;
    let first = read(connector.as_ref(), request(&tab, Some(None))).await;
    assert_eq!((first.rows.len(), first.is_whole), (11, false));
    let before = scene.simulator.calls().iter().filter(|call| call.api == "sheets").count();
    let again = read(connector.as_ref(), request(&tab, Some(Some(first.end())))).await;
    assert_eq!((again.rows.len(), again.is_whole, &again.columns), (0, false, &first.columns));
    assert_eq!(scene.simulator.calls().iter().filter(|call| call.api == "sheets").count(), before, "Drive says enough");
    scene.simulator.write("Budget", "Budget", 14, &[json!([null, "Forklift oil", 120])]);
    let changed = read(connector.as_ref(), request(&tab, Some(Some(again.end())))).await;
    assert_eq!((changed.rows.len(), changed.is_whole), (12, true));
    assert_eq!(changed.rows[11], "|Forklift oil|120.0000||||");
    let later = read(connector.as_ref(), request(&tab, Some(Some(changed.end())))).await;
    assert_eq!(later.rows.len(), 0);
}

#[tokio::test]
async fn a_tab_that_changes_under_a_resumed_read_is_told() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({}));
    let tab = source(connector.as_ref(), &scene.tab("Stocktake", 0)).await;
    let mut asked = request(&tab, None);
    asked.batch_bytes = 4 << 10;
    let whole = read(connector.as_ref(), asked.clone()).await;
    assert!(whole.checkpoints.len() > 3, "{}", whole.checkpoints.len());
    scene.simulator.write("Stocktake", "Count", 5, &[json!(["later"])]);
    let resumed =
        read(connector.as_ref(), dataweaver::sdk::ReadRequest { resume: Some(whole.checkpoints[1].clone()), ..asked })
            .await;
    let error = resumed.error.unwrap().to_string();
    assert_eq!(error, "Stocktake / Count: the spreadsheet changed while it was read; sync again");
    scene.simulator.remove_tab("Stocktake", "Count");
    let gone = read(connector.as_ref(), request(&tab, None)).await.error.unwrap();
    assert_eq!(gone.class(), dataweaver::sdk::ErrorClass::NotFound, "{gone}");
}

#[tokio::test]
async fn spreadsheets_and_documents_that_have_not_changed_are_only_named() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({}));
    let known: Vec<_> = connector.discover().await.unwrap().sources.iter().map(SourceRef::from).collect();
    let before = scene.simulator.calls().len();
    let again = connector.rediscover(known.clone()).await.unwrap();
    assert_eq!(again.unchanged.len(), 8, "{:?}", again.unchanged);
    let looked_into = |call: &Call| call.api == "sheets" || call.api == "docs";
    assert!(!scene.simulator.calls()[before..].iter().any(looked_into));
    scene.simulator.add_tab("Sales targets", "Next year", &[json!(["a"]), json!([1])]);
    let again = connector.rediscover(known.clone()).await.unwrap();
    assert_eq!(again.unchanged.len(), 6);
    assert!(again.catalog.sources.iter().any(|source| source.name == "Sales targets / Next year"));
    let other = scene.connector(&json!({ "sheets": { "header": "none" } }));
    assert_eq!(other.rediscover(known).await.unwrap().unchanged.len(), 0, "they are read in another way");
}

#[tokio::test]
async fn documents_follow_their_version() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({}));
    let document = source(connector.as_ref(), &scene.document("Returns handbook")).await;
    let first = read(connector.as_ref(), request(&document, Some(None))).await;
    let again = read(connector.as_ref(), request(&document, Some(Some(first.end())))).await;
    assert_eq!((again.rows.len(), again.is_whole), (0, false));
    scene.simulator.append("Returns handbook", "One more thing.");
    let changed = read(connector.as_ref(), request(&document, Some(Some(again.end())))).await;
    assert_eq!((changed.rows.len(), changed.is_whole), (first.rows.len() + 1, true));
    let path = format!("{}/tables/1", scene.document("Returns handbook"));
    let table = source(connector.as_ref(), &path).await;
    let first = read(connector.as_ref(), request(&table, Some(None))).await;
    let again = read(connector.as_ref(), request(&table, Some(Some(first.end())))).await;
    assert_eq!((first.rows.len(), again.rows.len(), &again.columns), (3, 0, &first.columns));
    scene.simulator.append("Returns handbook", "Another thing.");
    let changed = read(connector.as_ref(), request(&table, Some(Some(again.end())))).await;
    assert_eq!((changed.rows, changed.is_whole), (first.rows, true));
}

#[tokio::test]
async fn the_log_of_changes_tells_what_happened_to_files() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "page_size": 2 }));
    let files = source(connector.as_ref(), "drive/files").await;
    let first = read(connector.as_ref(), request(&files, Some(None))).await;
    let again = read(connector.as_ref(), request(&files, Some(Some(first.end())))).await;
    assert_eq!((again.rows.len(), again.is_whole), (0, false));
    scene.simulator.rename("Logo.png", "Logo 2026.png");
    scene.simulator.trash("customers.csv");
    scene.simulator.write("Stocktake", "Count", 1, &[json!(["x"])]);
    let id = scene.simulator.file_id("Catalogue.pdf");
    scene.simulator.delete("Catalogue.pdf");
    let news = read(connector.as_ref(), request(&files, Some(Some(again.end())))).await;
    let removed = |row: &&String| row.split('|').nth(18) == Some("true");
    assert_eq!((news.rows.len(), news.is_whole), (4, false), "{:#?}", news.rows);
    assert_eq!(news.rows.iter().filter(removed).count(), 2, "{:#?}", news.rows);
    assert!(news.keys().contains(&id.as_str()));
    scene.simulator.forget_changes();
    let whole = read(connector.as_ref(), request(&files, Some(Some(news.end())))).await;
    assert_eq!((whole.rows.len(), whole.is_whole), (scene.simulator.file_count(), true));
}

#[tokio::test]
async fn each_shared_drive_tells_its_own_changes() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "page_size": 2 }));
    let files = source(connector.as_ref(), "drive/files").await;
    let first = read(connector.as_ref(), request(&files, Some(None))).await;
    // Nobody has opened this folder: the user's log does not know it.
    scene.simulator.rename("Warehouse", "Storehouse");
    scene.simulator.rename("Stocktake", "Stocktake 2026");
    let drive = scene.simulator.shared_drive_id();
    scene.simulator.move_into("Logo.png", &drive);
    let news = read(connector.as_ref(), request(&files, Some(Some(first.end())))).await;
    let column = |row: &str, place: usize| row.split('|').nth(place).unwrap().to_owned();
    let mut told: Vec<_> = news.rows.iter().map(|row| [1, 14, 18].map(|place| column(row, place))).collect();
    told.sort();
    let moved = |name: &str| [name.to_owned(), drive.clone(), "false".to_owned()];
    assert_eq!((told, news.is_whole), (vec![moved("Logo.png"), moved("Stocktake 2026"), moved("Storehouse")], false));
    // A drive that is new is listed, and has a log from then on.
    let other = scene.simulator.enter_drive("Archive", &["Minutes of 2024", "Minutes of 2025", "Minutes of 2026"]);
    let entered = read(connector.as_ref(), request(&files, Some(Some(news.end())))).await;
    assert_eq!((entered.rows.len(), entered.is_whole), (3, false), "{:#?}", entered.rows);
    assert!(entered.rows.iter().all(|row| column(row, 14) == other), "{:#?}", entered.rows);
    scene.simulator.rename("Minutes of 2025", "Minutes");
    let later = read(connector.as_ref(), request(&files, Some(Some(entered.end())))).await;
    assert_eq!((later.rows.len(), later.is_whole), (1, false), "{:#?}", later.rows);
    // Cut short before the list of a new drive, the next sync knows nothing of it.
    let third = scene.simulator.enter_drive("Accounts", &["Accounts of 2026"]);
    let cut = read(connector.as_ref(), request(&files, Some(Some(later.end())))).await;
    let before_list = cut.checkpoints.iter().find(|checkpoint| checkpoint.0.get("changes").is_some()).unwrap().clone();
    let again = read(connector.as_ref(), request(&files, Some(Some(before_list)))).await;
    assert_eq!((again.rows.len(), again.is_whole), (1, false), "{:#?}", again.rows);
    // Of one that is gone no log tells what is gone with it.
    scene.simulator.leave_drive(&third);
    let whole = read(connector.as_ref(), request(&files, Some(Some(again.end())))).await;
    assert_eq!((whole.rows.len(), whole.is_whole), (scene.simulator.file_count(), true));
}

/// More than is kept of what the logs tell when they are first asked.
#[tokio::test]
async fn many_changes_in_many_drives_are_each_told_once() {
    let scene = Scene::new().await;
    let names: Vec<String> = (0..3_000).map(|number| format!("Note {number}")).collect();
    for (drive, notes) in ["North", "East", "South"].into_iter().zip(names.chunks(1_000)) {
        scene.simulator.enter_drive(drive, &notes.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let connector = scene.connector(&json!({ "services": ["drive"] }));
    let files = source(connector.as_ref(), "drive/files").await;
    let first = read(connector.as_ref(), request(&files, Some(None))).await;
    names.iter().for_each(|name| scene.simulator.rename(name, &name.to_uppercase()));
    let news = read(connector.as_ref(), request(&files, Some(Some(first.end())))).await;
    assert_eq!((news.rows.len(), news.is_whole), (names.len(), false));
    let told: std::collections::BTreeSet<_> = news.keys().into_iter().collect();
    assert_eq!(told.len(), names.len());
    let nothing = read(connector.as_ref(), request(&files, Some(Some(news.end())))).await;
    assert_eq!((nothing.rows.len(), nothing.is_whole), (0, false));
}

#[tokio::test]
async fn the_token_of_one_log_says_too_little() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({}));
    let files = source(connector.as_ref(), "drive/files").await;
    let first = read(connector.as_ref(), request(&files, Some(None))).await;
    // As earlier versions kept it.
    let old = dataweaver::sdk::Cursor(json!({ "done": { "token": "1001" } }));
    let again = read(connector.as_ref(), request(&files, Some(Some(old)))).await;
    assert_eq!((again.rows.len(), again.is_whole), (first.rows.len(), true));
    let nothing = read(connector.as_ref(), request(&files, Some(Some(again.end())))).await;
    assert_eq!((nothing.rows.len(), nothing.is_whole), (0, false));
}

#[tokio::test]
async fn shared_drives_whose_logs_are_not_told_are_read_whole() {
    let scene = Scene::new().await;
    let token = scene.simulator.token_with(&["drive.metadata.readonly"]);
    let connector = super::scene::open(scene.settings_with(&token, &json!({ "services": ["drive"] })));
    let files = source(connector.as_ref(), "drive/files").await;
    let first = read(connector.as_ref(), request(&files, Some(None))).await;
    let again = read(connector.as_ref(), request(&files, Some(Some(first.end())))).await;
    assert_eq!((again.rows.len(), again.is_whole), (scene.simulator.file_count(), true));
    // Where there is no file of one, the user's log is enough.
    scene.simulator.leave_drive(&scene.simulator.shared_drive_id());
    let left = read(connector.as_ref(), request(&files, Some(Some(again.end())))).await;
    assert_eq!((left.rows.len(), left.is_whole), (scene.simulator.file_count(), true));
    let nothing = read(connector.as_ref(), request(&files, Some(Some(left.end())))).await;
    assert_eq!((nothing.rows.len(), nothing.is_whole), (0, false));
}

#[tokio::test]
async fn files_below_a_folder_are_listed_again_if_anything_changed() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "folder_id": scene.simulator.file_id("Company") }));
    let files = source(connector.as_ref(), "drive/files").await;
    let first = read(connector.as_ref(), request(&files, Some(None))).await;
    assert_eq!(first.rows.len(), 5);
    let again = read(connector.as_ref(), request(&files, Some(Some(first.end())))).await;
    assert_eq!((again.rows.len(), again.is_whole), (0, false));
    scene.simulator.trash("Logo.png");
    let whole = read(connector.as_ref(), request(&files, Some(Some(again.end())))).await;
    assert_eq!((whole.rows.len(), whole.is_whole), (4, true));
}

#[tokio::test]
async fn the_mailbox_tells_its_history() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "page_size": 2 }));
    let mail = source(connector.as_ref(), "gmail/messages").await;
    let first = read(connector.as_ref(), request(&mail, Some(None))).await;
    let again = read(connector.as_ref(), request(&mail, Some(Some(first.end())))).await;
    assert_eq!((again.rows.len(), again.is_whole), (0, false));
    let known = scene.simulator.message_ids();
    let new = scene.simulator.receive("Ada <ada@example.com>", "Tents", "Do you still have tents?");
    scene.simulator.label(&known[3], "STARRED");
    scene.simulator.label(&known[4], "TRASH");
    scene.simulator.delete_message(&known[5]);
    let news = read(connector.as_ref(), request(&mail, Some(Some(again.end())))).await;
    assert_eq!(news.keys(), [new.as_str(), &known[3], &known[4], &known[5]], "{:#?}", news.rows);
    let removed: Vec<_> = news.rows.iter().map(|row| row.ends_with("|true")).collect();
    assert_eq!(removed, [false, false, true, true]);
    scene.simulator.forget_changes();
    let whole = read(connector.as_ref(), request(&mail, Some(Some(news.end())))).await;
    assert_eq!((whole.rows.len(), whole.is_whole), (scene.simulator.message_ids().len(), true));
}

#[tokio::test]
async fn searched_mail_is_searched_again() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "mail": { "query": "subject:tents" } }));
    let mail = source(connector.as_ref(), "gmail/messages").await;
    let first = read(connector.as_ref(), request(&mail, Some(None))).await;
    let before = first.rows.len();
    let new = scene.simulator.receive("Ada <ada@example.com>", "Tents", "Do you still have them?");
    scene.simulator.receive("Ada <ada@example.com>", "Boots", "And boots?");
    let news = read(connector.as_ref(), request(&mail, Some(Some(first.end())))).await;
    assert!(news.keys().contains(&new.as_str()) && news.rows.len() <= before + 1, "{:#?}", news.rows);
    assert!(!news.rows.iter().any(|row| row.contains("Boots")));
}

#[tokio::test]
async fn calendars_go_by_sync_tokens() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "page_size": 4 }));
    let id = scene.simulator.calendar_ids()[0].clone();
    let events = source(connector.as_ref(), &format!("calendars/{id}")).await;
    let first = read(connector.as_ref(), request(&events, Some(None))).await;
    let again = read(connector.as_ref(), request(&events, Some(Some(first.end())))).await;
    assert_eq!((again.rows.len(), again.is_whole), (0, false));
    let new = scene.simulator.put_down(&id, "Coffee");
    let old =
        first.rows.iter().find(|row| row.contains("Sales targets")).unwrap().split('|').next().unwrap().to_owned();
    scene.simulator.cancel(&id, &old);
    let news = read(connector.as_ref(), request(&events, Some(Some(again.end())))).await;
    let told: Vec<_> = news.rows.iter().map(|row| row.split('|').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(told, [format!("{old} cancelled"), format!("{new} confirmed")]);
    scene.simulator.forget_changes();
    let whole = read(connector.as_ref(), request(&events, Some(Some(news.end())))).await;
    assert_eq!((whole.rows.len(), whole.is_whole), (first.rows.len(), true));
}
