//! Short words to make workflows, run them, and look at what they made.

use std::ops::Deref;

use serde_json::{Value, json};

use crate::client::{Client, Socket};
use crate::harness::TestApp;

/// All that tests look at of a workflow.
pub const WORKFLOW: &str = "id name slug description status schedule timezone nextRunAt
    steps { id name kind dependsOn config status rows result errorMessage startedAt completedAt files { id name } }
    files { id name contentType byteSize downloadUrl }
    tables { name tableName rowCount tableVersion }
    latestRun { id trigger fromStep status errorMessage attempt queuedAt startedAt completedAt }";

/// A product with a shop that was synced.
pub struct Shop {
    pub app: TestApp,
    pub connector: String,
}

impl Deref for Shop {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

/// Customers and orders, a few of them.
pub const TABLES: &str = "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, total DECIMAL(10,2), day DATE);
    INSERT INTO customers VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Edsger');
    INSERT INTO orders VALUES (1, 1, 12.5, '2026-01-01'), (2, 2, 250, '2026-01-02'), (3, 1, 0.01, '2026-01-03'),
      (4, 3, 99.99, '2026-01-04');";

impl Shop {
    pub async fn new() -> Self {
        Self::with(TABLES).await
    }

    pub async fn with(tables: &str) -> Self {
        let app = TestApp::new().await;
        let connector = app.sqlite_connector("Shop", tables).await;
        let end = app.sync_and_wait(&connector).await;
        assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
        Self { app, connector }
    }

    pub async fn stop(self) {
        self.app.stop().await;
    }
}

/// A step.
pub fn step(name: &str, kind: &str, config: Value) -> Value {
    json!({ "name": name, "kind": kind, "config": config })
}

/// A step behind others.
pub fn step_after(name: &str, kind: &str, config: Value, depends_on: &[&str]) -> Value {
    json!({ "name": name, "kind": kind, "config": config, "dependsOn": depends_on })
}

pub fn transform(name: &str, table: &str, sql: &str) -> Value {
    step(name, "TRANSFORM", json!({ "table": table, "sql": sql }))
}

/// Makes a workflow of these steps; gives it.
pub async fn made(client: &Client, name: &str, steps: Vec<Value>) -> Value {
    let data = client.gql(&create(), json!({ "input": { "name": name, "steps": steps } })).await;
    data["createWorkflow"]["workflow"].clone()
}

pub fn create() -> String {
    format!(
        "mutation($input: CreateWorkflowInput!) {{ createWorkflow(input: $input) {{ workflow {{ {WORKFLOW} }} }} }}"
    )
}

/// What a workflow is refused with that cannot be made: the error's code, field and message.
pub async fn refusal(client: &Client, input: Value) -> (String, String, String) {
    let answer = client.try_gql(&create(), json!({ "input": input })).await;
    let error = &answer["errors"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&error["extensions"]["code"]), text(&error["extensions"]["field"]), text(&error["message"]))
}

pub fn id(workflow: &Value) -> String {
    workflow["id"].as_str().expect("an id").to_owned()
}

/// Begins a run.
pub async fn start(client: &Client, id: &str, from_step: Option<&str>) {
    let run = "mutation($input: RunWorkflowInput!) { runWorkflow(input: $input) { workflow { id status } } }";
    let data = client.gql(run, json!({ "input": { "workflowId": id, "fromStep": from_step } })).await;
    assert_eq!(data["runWorkflow"]["workflow"]["status"], "RUNNING", "{data:#}");
}

/// Follows a workflow from now on.
pub async fn progress(client: &Client, id: &str) -> Progress {
    let follow = format!("subscription($id: ID!) {{ workflowProgress(workflowId: $id) {{ {WORKFLOW} }} }}");
    let mut socket = client.socket(json!({})).await;
    socket.subscribe(&follow, json!({ "id": id })).await;
    Progress { socket }
}

/// The states of a workflow.
pub struct Progress {
    socket: Socket,
}

impl Progress {
    /// The next state; none after the last.
    pub async fn next(&mut self) -> Option<Value> {
        let mut payload = self.socket.next().await?;
        assert!(payload.get("errors").is_none(), "the workflow cannot be followed: {payload:#}");
        Some(payload["data"]["workflowProgress"].take())
    }

    /// The first state that is as wished.
    pub async fn until(&mut self, is_wished: impl Fn(&Value) -> bool) -> Value {
        while let Some(state) = self.next().await {
            if is_wished(&state) {
                return state;
            }
        }
        panic!("the workflow ended before it was as wished")
    }

    /// The last state.
    pub async fn end(&mut self) -> Value {
        let mut last = Value::Null;
        while let Some(state) = self.next().await {
            last = state;
        }
        last
    }
}

/// Runs a workflow to its end, as it is read afterwards.
pub async fn run(client: &Client, id: &str, from_step: Option<&str>) -> Value {
    start(client, id, from_step).await;
    end(client, id).await
}

/// The end of a run, as it is read afterwards.
pub async fn end(client: &Client, id: &str) -> Value {
    let last = progress(client, id).await.end().await;
    let read = workflow(client, id).await;
    assert_eq!((&last["status"], &last["steps"]), (&read["status"], &read["steps"]), "the last state is the end");
    read
}

/// A workflow as it is.
pub async fn workflow(client: &Client, id: &str) -> Value {
    let ask = format!("query($id: ID!) {{ workflow(id: $id) {{ {WORKFLOW} }} }}");
    client.gql(&ask, json!({ "id": id })).await["workflow"].take()
}

/// A step of a workflow by its name.
pub fn step_of<'a>(workflow: &'a Value, name: &str) -> &'a Value {
    let steps = workflow["steps"].as_array().expect("steps");
    steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("no step {name}: {workflow:#}"))
}

/// Each step with its status.
pub fn statuses(workflow: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    workflow["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| (text(&step["name"]), text(&step["status"])))
        .collect()
}

/// Fails unless all of it went well.
pub fn assert_succeeded(workflow: &Value) {
    assert_eq!(workflow["status"], "SUCCEEDED", "{workflow:#}");
    assert!(statuses(workflow).iter().all(|(_, status)| status == "SUCCEEDED"), "{workflow:#}");
}

/// The rows of a statement.
pub async fn sql(client: &Client, statement: &str) -> Value {
    let ask = "query($query: String!) { sql(query: $query) { rows } }";
    client.gql(ask, json!({ "query": statement })).await["sql"]["rows"].take()
}
