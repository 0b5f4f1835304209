//! Manifests are read as the reference reads them: `tests/manifests` keeps its answers.

use std::path::Path;
use std::process::Command;

use crate::servers;

#[test]
fn manifests_give_the_records_and_states_of_the_reference() {
    let python = "python3";
    if !Command::new(python).arg("--version").output().is_ok_and(|answer| answer.status.success()) {
        servers::missed("python3, which serves the manifests' API", "install python3");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests/compare.py");
    let ours = format!("{} connectors read", env!("CARGO_BIN_EXE_dataweaver"));
    let compared = Command::new(python).arg(script).args(["--ours", &ours]).output().expect("python starts");
    let told = String::from_utf8_lossy(&compared.stdout);
    assert!(compared.status.success(), "{told}\n{}", String::from_utf8_lossy(&compared.stderr));
}

#[test]
fn a_custom_component_is_refused_by_name_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("manifest.yaml");
    let text = "type: DeclarativeSource\ncheck: {type: CheckStream, stream_names: [a]}\nstreams:\n  - type: DeclarativeStream\n    name: a\n    retriever:\n      type: CustomRetriever\n      class_name: source_a.components.Retriever\n";
    std::fs::write(&manifest, text).unwrap();
    let linted = Command::new(env!("CARGO_BIN_EXE_dataweaver"))
        .args(["connectors", "lint", "--json"])
        .arg(&manifest)
        .output()
        .expect("the program starts");
    assert!(!linted.status.success());
    let report: serde_json::Value = serde_json::from_slice(&linted.stdout).unwrap();
    assert_eq!(report["refused"][0]["line"], 7);
    assert_eq!(
        report["refused"][0]["message"],
        "CustomRetriever (source_a.components.Retriever) is a custom Python component, which is not run here"
    );
}
