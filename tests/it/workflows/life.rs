//! A workflow is listed, found by its id, changed, and removed with all that it made.

use std::fs;

use serde_json::{Value, json};

use super::scene::{Shop, assert_succeeded, create, id, made, run, sql, step, step_of, transform, workflow};

fn update() -> &'static str {
    "mutation($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { workflow { name slug status schedule nextRunAt } } }"
}

fn csv(name: &str, file: &str, sql: &str) -> Value {
    step(name, "OUTPUT", json!({ "file": file, "format": "csv", "sql": sql }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workflows_steps_and_files_are_found_by_their_ids() {
    let shop = Shop::new().await;
    let made = made(&shop, "Nodes", vec![csv("write", "one", "SELECT 1 AS x")]).await;
    let ended = run(&shop, &id(&made), None).await;
    assert_succeeded(&ended);
    let ids =
        json!([made["id"], ended["steps"][0]["id"], ended["files"][0]["id"], "wfl_00000000000000000000000000000000"]);
    let ask = "query($ids: [ID!]!) { nodes(ids: $ids) { id __typename ... on Workflow { latestRun { id }
        runs(first: 1) { totalCount nodes { id trigger status } } }
        ... on WorkflowStep { kind } ... on File { name contentType } } }";
    let nodes = shop.gql(ask, json!({ "ids": ids })).await["nodes"].take();
    assert_eq!(nodes[0]["__typename"], "Workflow");
    assert_eq!(nodes[0]["runs"]["totalCount"], 1);
    assert_eq!(nodes[0]["runs"]["nodes"][0]["id"], nodes[0]["latestRun"]["id"]);
    assert_eq!((&nodes[1]["kind"], &nodes[2]["name"], &nodes[3]), (&json!("OUTPUT"), &json!("one.csv"), &Value::Null));
    let page =
        shop.gql("{ workflows(first: 1) { totalCount nodes { name } pageInfo { hasNextPage } } }", json!({})).await;
    assert_eq!(
        page["workflows"],
        json!({ "totalCount": 1, "nodes": [{ "name": "Nodes" }], "pageInfo": { "hasNextPage": false } })
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_changed_runs_anew_and_the_rest_keeps_what_it_made() {
    let shop = Shop::new().await;
    let (kept, gone) = (transform("keep", "kept", "SELECT 1 AS x"), transform("drop", "gone", "SELECT 2 AS x"));
    let steps = vec![kept.clone(), gone, csv("write", "one", "SELECT 1 AS x")];
    let made = made(&shop, "Changing", steps).await;
    let id = id(&made);
    let before = run(&shop, &id, None).await;
    assert_succeeded(&before);
    let changed = csv("write", "one", "SELECT 2 AS x");
    let input = json!({ "id": id, "name": "Changed", "schedule": "0 6 * * *", "steps": [kept, changed] });
    let updated = shop.gql(update(), json!({ "input": input })).await["updateWorkflow"]["workflow"].take();
    assert_eq!(
        (&updated["name"], &updated["slug"], &updated["status"]),
        (&json!("Changed"), &json!("changing"), &json!("DRAFT"))
    );
    assert!(updated["nextRunAt"].is_string());
    let now = workflow(&shop, &id).await;
    assert_eq!(step_of(&now, "keep"), step_of(&before, "keep"), "it keeps its id and how it went");
    assert_eq!(step_of(&now, "write")["status"], "PENDING");
    assert_eq!(now["files"], json!([]), "the file of a step that changed is gone");
    assert_eq!(now["tables"].as_array().unwrap().len(), 1);
    assert_eq!(sql(&shop, "SELECT x FROM changing.kept").await, json!([[1]]));
    let code = shop.error_code("{ sql(query: \"SELECT x FROM changing.gone\") { rows } }", json!({})).await;
    assert_eq!(code, "BAD_USER_INPUT");
    let cleared = shop.gql(update(), json!({ "input": { "id": id, "schedule": null } })).await;
    assert_eq!(cleared["updateWorkflow"]["workflow"]["nextRunAt"], Value::Null);
    assert_succeeded(&run(&shop, &id, Some("write")).await);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_that_is_removed_leaves_nothing() {
    let shop = Shop::new().await;
    let lake = || fs::read_dir(shop.folder().join("data/lake")).unwrap().count();
    let before = lake();
    let made =
        made(&shop, "Leaving", vec![transform("make", "t", "SELECT 1 AS x"), csv("write", "one", "SELECT 1 AS x")])
            .await;
    let id = id(&made);
    let ended = run(&shop, &id, None).await;
    assert_succeeded(&ended);
    assert!(shop.folder().join("data/files").join(&id).is_dir());
    assert_eq!(lake(), before + 1);
    let delete = "mutation($id: ID!) { deleteWorkflow(input: { id: $id }) { deletedId } }";
    assert_eq!(shop.gql(delete, json!({ "id": id })).await["deleteWorkflow"]["deletedId"], json!(id));
    assert!(!shop.folder().join("data/files").join(&id).exists());
    let left = fs::read_dir(shop.folder().join("data/lake").join(&id)).map_or(0, Iterator::count);
    assert_eq!(left, 0, "its tables are deleted");
    assert_eq!(workflow(&shop, &id).await, Value::Null);
    let url = shop.url(ended["files"][0]["downloadUrl"].as_str().unwrap());
    assert_eq!(shop.client().get(url).send().await.unwrap().status(), 404);
    assert_eq!(shop.error_code(delete, json!({ "id": id })).await, "NOT_FOUND");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_workflow_says_as_yaml_makes_and_changes_it() {
    let shop = Shop::new().await;
    let sql = "SELECT id,  total\nFROM {{ source('orders') }}\nWHERE total > 10 -- 'large': yes\n";
    let (sums, report) = (transform("pick", "large", sql), csv("write", "large", "SELECT * FROM {{ ref('large') }}"));
    let made = made(&shop, "As text", vec![sums, report]).await;
    let id = id(&made);
    assert_succeeded(&run(&shop, &id, None).await);
    let before = workflow(&shop, &id).await;
    let yaml = yaml_of(&shop, &id).await;
    assert!(yaml.contains("sql: |\n"), "statements of several lines are readable: {yaml}");
    // The same again changes nothing: what its steps made is kept.
    let change = |yaml: String| json!({ "input": { "id": id, "yaml": yaml } });
    let same = shop.gql(update(), change(yaml.clone())).await["updateWorkflow"]["workflow"].take();
    assert_eq!(same["status"], "SUCCEEDED");
    assert_eq!(workflow(&shop, &id).await, before);
    // A copy is made of it, too.
    let copy = shop.gql(&create(), json!({ "input": { "yaml": yaml } })).await["createWorkflow"]["workflow"].take();
    assert_eq!(copy["slug"], "as_text_2");
    assert_eq!(copy["steps"][0]["config"], before["steps"][0]["config"]);
    // All that the text says is changed, what it leaves out is cleared.
    let changed = yaml.replace("As text", "Changed").replace("total > 10", "total > 100")
        + "schedule: 0 6 * * *\ntimezone: Europe/Berlin\ndescription: Said in a text\n";
    let now = shop.gql(update(), change(changed)).await["updateWorkflow"]["workflow"].take();
    assert_eq!(
        (&now["name"], &now["status"], &now["schedule"]),
        (&json!("Changed"), &json!("DRAFT"), &json!("0 6 * * *"))
    );
    let text = yaml_of(&shop, &id).await;
    assert!(text.contains("timezone: Europe/Berlin") && text.contains("description: Said in a text"), "{text}");
    shop.gql(update(), change(yaml)).await;
    let cleared = workflow(&shop, &id).await;
    assert_eq!(
        (&cleared["description"], &cleared["schedule"], &cleared["timezone"]),
        (&Value::Null, &Value::Null, &json!("UTC"))
    );
    // What makes no sense is refused with its place, and changes nothing.
    for (input, field, told) in [
        (json!({ "id": id, "yaml": "name: A\nstep: []\n" }), "yaml", "line 2, column 1: step: unknown key step"),
        (json!({ "id": id, "yaml": "name: A\nsteps: []\n", "name": "B" }), "yaml", "leave the other fields out"),
        (json!({ "id": id, "yaml": null }), "yaml", "cannot be null"),
    ] {
        let answer = shop.try_gql(update(), json!({ "input": input })).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["field"], field, "{answer:#}");
        assert!(error["message"].as_str().unwrap().contains(told), "{answer:#}");
    }
    assert_eq!(workflow(&shop, &id).await, cleared);
    shop.stop().await;
}

async fn yaml_of(shop: &Shop, id: &str) -> String {
    let answer = shop.gql("query($id: ID!) { workflow(id: $id) { yaml } }", json!({ "id": id })).await;
    answer["workflow"]["yaml"].as_str().expect("a text").to_owned()
}
