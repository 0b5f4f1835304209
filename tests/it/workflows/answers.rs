//! ANALYSE keeps an answer, a report shows it, and LINK joins what belongs together.

use serde_json::json;

use super::scene::{Shop, assert_succeeded, id, made, run, sql, step, step_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_kept_in_its_step_and_shown_in_a_report() {
    let shop = Shop::new().await;
    let sections = json!([
        { "title": "From the step", "step": "ask" },
        { "title": "Asked anew", "question": "How many customers are there?" },
    ]);
    let steps = vec![
        step("ask", "ANALYSE", json!({ "question": "How many orders are there?" })),
        step("report", "OUTPUT", json!({ "file": "answers", "format": "html", "sections": sections })),
    ];
    let workflow = made(&shop, "Answers", steps).await;
    assert_eq!(step_of(&workflow, "report")["dependsOn"], json!(["ask"]));
    let workflow = run(&shop, &id(&workflow), None).await;
    assert_succeeded(&workflow);
    let kept = &step_of(&workflow, "ask")["result"];
    assert_eq!(kept["question"], "How many orders are there?");
    assert!(kept["sql"].as_str().unwrap().contains("shop.orders"), "{kept:#}");
    assert_eq!(kept["result"]["rows"], json!([[4]]), "{kept:#}");
    let summary = kept["summary"].as_str().unwrap();
    assert!(summary.contains('4'), "{summary}");
    assert!(!kept["interpretation"].as_str().unwrap().is_empty());
    let url = shop.url(workflow["files"][0]["downloadUrl"].as_str().unwrap());
    let html = shop.client().get(url).send().await.unwrap().text().await.unwrap();
    for words in
        ["<h2 id=\"s1\">From the step</h2>", "<h2 id=\"s2\">Asked anew</h2>", "<caption>From the step</caption>"]
    {
        assert!(html.contains(words), "{words} is missing");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_is_not_clear_fails_its_step() {
    let shop = Shop::new().await;
    let workflow =
        made(&shop, "Unclear", vec![step("ask", "ANALYSE", json!({ "question": "Why is the moon?" }))]).await;
    let workflow = run(&shop, &id(&workflow), None).await;
    assert_eq!(workflow["status"], "FAILED", "{workflow:#}");
    let message = step_of(&workflow, "ask")["errorMessage"].as_str().unwrap();
    assert!(message.contains("the question \"Why is the moon?\" is not clear"), "{message}");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_step_joins_records_of_two_tables() {
    let tables = "CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT); CREATE TABLE users (login TEXT PRIMARY KEY, email TEXT);
        INSERT INTO people VALUES (1, 'Ada.Lovelace@example.com'), (2, 'grace@example.org');
        INSERT INTO users VALUES ('ada', 'ada.lovelace@example.com'), ('edsger', 'edsger@example.net')";
    let shop = Shop::with(tables).await;
    let sides = json!({ "left": { "source": "users", "key": "login", "email": "email" },
        "right": { "source": "people", "key": "id", "email": ["mail"] } });
    let workflow = made(&shop, "Same people", vec![step("link", "LINK", sides)]).await;
    let workflow = run(&shop, &id(&workflow), None).await;
    assert_succeeded(&workflow);
    assert_eq!(step_of(&workflow, "link")["rows"], 1, "{workflow:#}");
    let links = sql(&shop, "SELECT left_key, right_key FROM system.links").await;
    assert_eq!(links, json!([["ada", "1"]]));
    shop.stop().await;
}
