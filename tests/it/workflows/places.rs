//! What a workflow's text is refused for is told with its line and its column, so that an editor can show it there.

use serde_json::{Value, json};

use super::scene::{create, id, transform};
use crate::client::Client;
use crate::harness::TestApp;

const TEXT: &str = "\
name: Placed
schedule: 0 6 * * 1-5
steps:
  # what is made
  - name: make
    kind: TRANSFORM
    config: { table: t, sql: \"SELECT '🦀' AS x\" }
  - name: write
    kind: OUTPUT
    depends_on: [make]
    config:
      file: one
      format: csv
      sql: SELECT * FROM {{ ref('t') }}
";

const UPDATE: &str = "mutation($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { workflow { id } } }";

/// The line and the column, in characters, where a part of a text begins.
fn place(text: &str, part: &str) -> (usize, usize) {
    let before = &text[..text.find(part).expect("it is there")];
    let of_line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, of_line.chars().count() + 1)
}

async fn refused(client: &Client, mutation: &str, input: Value) -> Value {
    let answer = client.try_gql(mutation, json!({ "input": input })).await;
    let extensions = answer["errors"][0]["extensions"].clone();
    assert_eq!(extensions["code"], "BAD_USER_INPUT", "{answer:#}");
    extensions
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_of_a_text_is_told_with_its_line_and_column() {
    let app = TestApp::new().await;
    let made = app.gql(&create(), json!({ "input": { "yaml": TEXT } })).await;
    let id = id(&made["createWorkflow"]["workflow"]);
    let yaml = async || {
        let answer = app.gql("query($id: ID!) { workflow(id: $id) { yaml } }", json!({ "id": id })).await;
        answer["workflow"]["yaml"].clone()
    };
    let before = yaml().await;
    for (right, wrong, there, field) in [
        ("kind: OUTPUT", "kin: OUTPUT", "kin: OUTPUT", "yaml"),
        ("steps:", "stpes:", "stpes:", "yaml"),
        ("table: t,", "tabel: t,", "tabel: t,", "steps.0.config.tabel"),
        ("AS x\" }", "AS x\", tabel: t }", "tabel: t }", "steps.0.config.tabel"),
        ("[make]", "[nobody]", "nobody]", "steps.1.dependsOn.0"),
        ("ref('t')", "ref('u')", "sql: SELECT * FROM", "steps.1.config.sql"),
        ("0 6 * * 1-5", "at noon", "schedule: at noon", "schedule"),
        ("name: Placed", "name: ''", "name: ''", "name"),
    ] {
        let text = TEXT.replace(right, wrong);
        let (line, column) = place(&text, there);
        for refusal in [
            refused(&app, &create(), json!({ "yaml": text })).await,
            refused(&app, UPDATE, json!({ "id": id, "yaml": text })).await,
        ] {
            assert_eq!(
                (&refusal["field"], &refusal["line"], &refusal["column"]),
                (&json!(field), &json!(line), &json!(column)),
                "{there}: {refusal:#}"
            );
        }
    }
    assert_eq!(yaml().await, before);
    // What was given by its fields has no lines.
    let input = json!({ "name": "Fields", "steps": [transform("make", "t", "SELECT * FROM {{ ref('u') }}")] });
    let refusal = refused(&app, &create(), input).await;
    assert_eq!((&refusal["field"], &refusal["line"]), (&json!("steps.0.config.sql"), &Value::Null), "{refusal:#}");
    app.stop().await;
}
