//! Files, documents, messages and events: all that is there, once each.

use std::collections::BTreeSet;

use serde_json::json;

use super::scene::{Scene, open, read, read_all, request};

#[tokio::test]
async fn everything_is_offered_by_stable_paths() {
    let scene = Scene::new().await;
    let sources = scene.connector(&json!({})).discover().await.unwrap().sources;
    let told: Vec<_> = sources.iter().map(|source| format!("{} {}", source.source_type, source.sql_name)).collect();
    assert_eq!(
        told,
        [
            "files files",
            "sheet Budget",
            "sheet Opening hours",
            "sheet Sales targets_Targets",
            "sheet Sales targets_Owners",
            "sheet Stocktake",
            "document Minutes of the supplier meeting",
            "document Returns handbook",
            "document_table Returns handbook_table_1",
            "mailbox messages",
            "calendar Fernweh Goods",
            "calendar Hana Sato",
        ]
    );
    let budget = sources.iter().find(|source| source.sql_name == "Budget").unwrap();
    assert_eq!(budget.estimated_rows, Some(11));
}

#[tokio::test]
async fn a_folder_is_read_with_those_below_it() {
    let scene = Scene::new().await;
    let names = async |folder: &str, more: serde_json::Value| {
        let mut settings = json!({ "folder_id": scene.simulator.file_id(folder), "page_size": 2 });
        settings.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        let sources = scene.connector(&settings).discover().await.unwrap().sources;
        sources.into_iter().map(|source| source.sql_name).collect::<Vec<_>>()
    };
    let files = json!({ "services": ["sheets", "docs"] });
    let all = names("Fernweh Goods", files.clone()).await;
    assert_eq!(
        all,
        [
            "Budget",
            "Opening hours",
            "Sales targets_Targets",
            "Sales targets_Owners",
            "Stocktake of the year",
            "Minutes of the supplier meeting",
            "Returns handbook",
            "Returns handbook_table_1"
        ],
        "the shortcut leads into the shared drive"
    );
    assert_eq!(
        names("Company", files.clone()).await,
        ["Opening hours", "Returns handbook", "Returns handbook_table_1"]
    );
    let drive = json!({ "services": ["sheets"], "shared_drive_id": scene.simulator.shared_drive_id() });
    assert_eq!(names("Warehouse", drive).await, ["Stocktake"]);
}

#[tokio::test]
async fn the_list_of_files_holds_each_once() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "page_size": 3 }));
    let files = read_all(connector.as_ref(), "drive/files").await;
    let unique: BTreeSet<_> = files.keys().into_iter().collect();
    assert_eq!((unique.len(), files.rows.len()), (scene.simulator.file_count(), scene.simulator.file_count()));
    let budget = files.rows.iter().find(|row| row.contains("|Budget|")).unwrap();
    assert!(budget.contains("|hana@fernweh.example|Hana Sato|"), "{budget}");
    assert!(!files.rows.iter().any(|row| row.contains("(old)")), "the trash is left out");
}

#[tokio::test]
async fn shared_drives_that_are_not_told_are_read_and_warned_of() {
    let scene = Scene::new().await;
    let token = scene.simulator.token_with(&["drive.metadata.readonly", "spreadsheets.readonly"]);
    let connector = open(scene.settings_with(&token, &json!({ "page_size": 3, "services": ["drive", "sheets"] })));
    let files = read_all(connector.as_ref(), "drive/files").await;
    let unique: BTreeSet<_> = files.keys().into_iter().collect();
    assert_eq!((unique.len(), files.rows.len()), (scene.simulator.file_count(), scene.simulator.file_count()));
    assert_eq!(files.told.len(), 1, "{:?}", files.told);
    assert!(files.told[0].contains("add the scope drive.readonly"), "{:?}", files.told);
    let sources = connector.discover().await.unwrap().sources;
    assert!(sources.iter().any(|source| source.name == "Stocktake / Count"), "{sources:#?}");
    // What Drive leaves out is not there in silence.
    scene.simulator.search_badly();
    let files = read_all(connector.as_ref(), "drive/files").await;
    assert!(files.rows.len() < scene.simulator.file_count());
    assert!(files.told.iter().any(|words| words.contains("some of their files are missing")), "{:?}", files.told);
    // Whoever may list the drives needs no such search.
    let told = read_all(scene.connector(&json!({})).as_ref(), "drive/files").await;
    assert_eq!((told.rows.len(), told.told.len()), (scene.simulator.file_count(), 0), "{:?}", told.told);
}

#[tokio::test]
async fn a_folder_of_a_shared_drive_is_read_by_its_id() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "folder_id": scene.simulator.shared_drive_id() }));
    let files = read_all(connector.as_ref(), "drive/files").await;
    assert!(files.rows.iter().any(|row| row.contains("|Warehouse|")), "nobody has opened it: {:#?}", files.rows);
    assert!(files.rows.iter().any(|row| row.contains("|Stocktake|")), "{:#?}", files.rows);
}

#[tokio::test]
async fn named_files_are_read_without_drive() {
    let scene = Scene::new().await;
    let token = scene.simulator.token_with(&["spreadsheets.readonly", "documents.readonly"]);
    let mut settings = scene.settings_with(&token, &json!({
        "spreadsheet_ids": [scene.simulator.file_id("Budget")], "document_ids": [scene.simulator.file_id("Returns handbook")],
    }));
    settings.connection.as_object_mut().unwrap().remove("services");
    let connector = open(settings);
    assert_eq!(connector.check().await.unwrap().message, "Google Workspace: Sheets, Docs can be read");
    let sources = connector.discover().await.unwrap().sources;
    let names: Vec<_> = sources.iter().map(|source| source.source_type.as_str()).collect();
    assert_eq!(names, ["sheet", "document", "document_table"]);
    assert_eq!(read_all(connector.as_ref(), &scene.tab("Budget", 0)).await.rows.len(), 11);
}

#[tokio::test]
async fn a_document_is_read_by_paragraph() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({}));
    let handbook = read_all(connector.as_ref(), &scene.document("Returns handbook")).await;
    let short = |row: &String| {
        let cells: Vec<_> = row.split('|').collect();
        [2, 3, 5, 6].map(|cell| cells[cell]).join("|")
    };
    let told: Vec<_> = handbook.rows.iter().map(short).collect();
    assert!(told.contains(&"Handbook|title||Returns handbook".to_owned()), "{told:#?}");
    assert!(told.contains(&"Handbook|heading|Who may send back what|Deadlines".to_owned()), "{told:#?}");
    assert!(told.contains(&"Handbook|table_cell|Who may send back what > Deadlines|Garden".to_owned()), "{told:#?}");
    assert!(told.contains(&"Handbook|list_item|Who may send back what > Steps|in its own box".to_owned()), "{told:#?}");
    assert!(told.contains(&"Letters|heading||When it is too late".to_owned()), "{told:#?}");
    let link = handbook.rows.iter().find(|row| row.contains("carrier")).unwrap();
    assert!(link.contains("The carrier's terms are on its page|"), "{link}");
    assert!(link.contains("https://parcels.example/terms"), "{link}");
    assert_eq!(handbook.keys(), (1..=handbook.rows.len()).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_table_of_a_document_is_read_by_row() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({}));
    let path = format!("{}/tables/1", scene.document("Returns handbook"));
    let sources = connector.discover().await.unwrap().sources;
    let found = sources.iter().find(|source| source.source_path == path).unwrap();
    assert_eq!((found.name.as_str(), found.estimated_rows), ("Returns handbook / table 1", Some(3)));
    let deadlines = read_all(connector.as_ref(), &path).await;
    assert_eq!(deadlines.columns, ["Category text", "Days bigint", "Who pays the parcel text"]);
    let rows = ["Clothing|30|we do", "Outdoor|30|we do", "Garden|14|the customer, above 30 kg"];
    assert_eq!(deadlines.rows, rows);
    let gone = format!("{}/tables/2", scene.document("Returns handbook"));
    let mut source = found.clone();
    source.source_path = gone;
    let error = read(connector.as_ref(), request(&source, None)).await.error.unwrap();
    assert_eq!(error.class(), dataweaver::sdk::ErrorClass::NotFound, "{error}");
}

#[tokio::test]
async fn mail_and_events_are_read() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "page_size": 7 }));
    let mail = read_all(connector.as_ref(), "gmail/messages").await;
    assert_eq!(mail.keys(), scene.simulator.message_ids());
    let answer = mail.rows.iter().find(|row| row.contains("|Re: ")).unwrap();
    assert!(answer.contains("It is in the sheet now.\n\nGrüße, Hana"), "{answer}");
    assert!(
        mail.rows.iter().any(|row| row.contains(".pdf") && row.contains("application/pdf")),
        "attachments are told"
    );
    let searched =
        scene.connector(&json!({ "mail": { "query": "subject:revenue OR subject:Numbers", "label_ids": ["INBOX"] } }));
    assert!(read_all(searched.as_ref(), "gmail/messages").await.error.is_none());
    let [own, _] = &scene.simulator.calendar_ids()[..] else { panic!("two calendars") };
    let events = read_all(connector.as_ref(), &format!("calendars/{own}")).await;
    assert_eq!(events.rows.iter().filter(|row| row.contains("Numbers of the week")).count(), 12, "{:#?}", events.rows);
    let series = scene.connector(&json!({ "calendar": { "single_events": false } }));
    let events = read_all(series.as_ref(), &format!("calendars/{own}")).await;
    let numbers: Vec<_> = events.rows.iter().filter(|row| row.contains("Numbers of the week")).collect();
    assert_eq!(numbers.len(), 1);
    assert!(numbers[0].contains("RRULE:FREQ=WEEKLY;COUNT=12"), "{numbers:?}");
}
