//! The simulator as Google's own client for Python sees it.

use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use super::scene::{Scene, desk};
use crate::servers;

const CLIENT: &str = include_str!("vendor.py");

/// What the client says, a JSON object; `None` where it is not there.
async fn client(scene: &Scene) -> Option<Value> {
    let how = "pip install google-api-python-client google-auth and set DATAWEAVER_TEST_PYTHON to that Python";
    let Some(python) = std::env::var_os("DATAWEAVER_TEST_PYTHON") else {
        servers::missed("Google's client for Python", how);
        return None;
    };
    let (id, secret, refresh_token) = scene.simulator.client();
    let mut command = Command::new(&python);
    command.args(["-c", CLIENT, &scene.url, &id, &secret, &refresh_token]);
    command.args(["Sales targets", "Budget", "Returns handbook"].map(|name| scene.simulator.file_id(name)));
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    if errors.contains("ModuleNotFoundError") {
        servers::missed("Google's client for Python", how);
        return None;
    }
    assert!(output.status.success(), "{errors}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn googles_own_client_finds_what_the_office_holds() {
    let scene = Scene::new().await;
    let Some(said) = client(&scene).await else { return };
    let desk = desk();
    let names = |key: &str| said[key].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(said["user"], "hana@fernweh.example");
    assert_eq!(said["files"], scene.simulator.file_count(), "{said:#}");
    assert!(said["pages"].as_u64().unwrap() > 3, "page by page");
    assert_eq!(names("drives"), ["Operations"]);
    assert_eq!(said["changes"], said["all"], "the logs know every file, those in the trash, too");
    let targets = desk.workbooks.iter().find(|workbook| workbook.title == "Sales targets").unwrap();
    assert_eq!(names("tabs"), targets.sheets.iter().map(|sheet| &*sheet.title).collect::<Vec<_>>());
    assert_eq!(said["rows"], targets.sheets[0].rows.len());
    assert_eq!(said["first"], serde_json::json!([45_658, "Outdoor"]), "dates are serial numbers");
    assert_eq!(said["shown"], serde_json::json!(["2025-01-01", "Outdoor"]));
    assert_eq!(said["formats"], serde_json::json!(["DATE", null, "CURRENCY", "PERCENT"]));
    assert_eq!((&said["merges"], &said["error"]), (&serde_json::json!(5), &serde_json::json!("N_A")));
    let handbook = desk.papers.iter().find(|paper| paper.title == "Returns handbook").unwrap();
    assert_eq!(names("document_tabs"), handbook.tabs.iter().map(|tab| &*tab.title).collect::<Vec<_>>());
    assert_eq!(names("headings"), ["Who may send back what", "Deadlines", "Steps", "Refunds"]);
    assert_eq!(said["cells"], 12);
    let ids: Vec<_> = scene.simulator.message_ids();
    assert_eq!(names("messages"), ids);
    assert!(said["text"].as_str().unwrap().starts_with("It is in the sheet now.\n\nGrüße"), "{}", said["text"]);
    assert_eq!(said["history"], 0);
    assert_eq!(said["calendars"].as_array().unwrap().len(), 2);
    assert_eq!(said["events"], 14, "a series of twelve and two more");
    assert_eq!(said["news"], 0);
    assert_eq!(said["refused"], serde_json::json!([404, 400, 401]), "{said:#}");
    assert!(scene.simulator.calls().iter().any(|call| call.path.ends_with("values:batchGet")));
}
