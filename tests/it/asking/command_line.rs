//! `dataweaver ask`, as its users run it.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::installation::{Installation, Said, said};

fn shop() -> Installation {
    let here = Installation::new();
    let url = here.shop();
    here.stdout(&["connectors", "add", "Shop", "--url", &url]);
    here.stdout(&["sync", "shop"]);
    here
}

fn piped(here: &Installation, arguments: &[&str], stdin: &str) -> Said {
    let mut command = here.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    said(child.wait_with_output().unwrap())
}

#[test]
fn a_question_is_answered_for_people_and_for_scripts() {
    let here = shop();
    let shown = here.stdout(&["ask", "How many orders are there?"]);
    assert!(shown.contains('3') && shown.contains("From orders ("), "{shown}");
    assert!(!shown.contains("SELECT") && shown.contains("conversation cnv_"), "{shown}");
    let shown = here.stdout(&["ask", "How many orders are there?", "--sql"]);
    assert!(shown.to_uppercase().contains("SELECT"), "{shown}");
    let answer = here.json(&["ask", "How many orders are there?"]);
    assert_eq!(answer["result"]["rows"], json!([[3]]), "{answer:#}");
    assert_eq!((&answer["needsClarification"], &answer["engine"]), (&json!(false), &json!("planner")));
    assert_eq!(answer["sources"][0]["name"], "orders");
    let id = answer["conversationId"].as_str().unwrap();
    let next = here.json(&["ask", "How many customers are there?", "--conversation", id]);
    assert_eq!((&next["conversationId"], &next["result"]["rows"]), (&json!(id), &json!([[2]])), "{next:#}");
}

#[test]
fn the_exit_status_says_whether_it_was_answered() {
    let here = shop();
    let unsure = here.run(&["ask", "What is the capital of France?", "--json"]);
    assert_eq!(unsure.status, 1, "{unsure:?}");
    let answer: Value = serde_json::from_str(&unsure.stdout).unwrap();
    assert_eq!(answer["needsClarification"], true, "{answer:#}");
    assert!(answer["suggestions"].as_array().is_some_and(|readings| !readings.is_empty()), "{answer:#}");
    let stderr = here.stderr(1, &["ask", "How many orders?", "--scenario", "customer_intelligenc"]);
    assert!(stderr.contains("there is no scenario customer_intelligenc"), "{stderr}");
    let stderr = here.stderr(1, &["ask", " "]);
    assert!(stderr.contains("question: must not be empty"), "{stderr}");
    let nobodys = "cnv_00000000000000000000000000000001";
    let stderr = here.stderr(1, &["ask", "How many orders?", "--conversation", nobodys]);
    assert!(stderr.contains(nobodys), "{stderr}");
    for wrong in [
        &["ask"][..],
        &["ask", "How many?", "--stdin"],
        &["ask", "How many?", "--conversation", "7"],
        &["ask", "How many?", "--follow-up"],
    ] {
        assert!(!here.stderr(2, wrong).is_empty(), "{wrong:?}");
    }
}

#[test]
fn many_questions_come_from_stdin_and_are_answered_by_one_process() {
    let here = shop();
    let questions =
        "# of the shop\nHow many orders are there?\n\nWhat is the capital of France?\nHow many customers are there?\n";
    let said = piped(&here, &["ask", "--stdin", "--json"], questions);
    assert_eq!((said.status, said.stderr.as_str()), (1, ""), "one was asked back: {said:?}");
    let answers: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 3);
    assert_eq!((&answers[0]["result"]["rows"], &answers[2]["result"]["rows"]), (&json!([[3]]), &json!([[2]])));
    assert_eq!(answers[1]["needsClarification"], true);
    assert_ne!(answers[0]["conversationId"], answers[2]["conversationId"]);

    let said = piped(
        &here,
        &["ask", "--stdin", "--follow-up", "--json"],
        "How many orders are there?\nHow many customers are there?\n",
    );
    assert_eq!(said.status, 0, "{said:?}");
    let answers: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers[0]["conversationId"], answers[1]["conversationId"]);

    let long = "x".repeat(5_000);
    let said = piped(&here, &["ask", "--stdin", "--json"], &format!("{long}\nHow many orders are there?\n"));
    assert_eq!(said.status, 1);
    let answers: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (&answers[0]["error"]["code"], &answers[1]["result"]["rows"]),
        (&json!("BAD_USER_INPUT"), &json!([[3]]))
    );
}
