//! What each kind of step makes, read back from where it lies.

use serde_json::{Value, json};

use super::scene::{Shop, assert_succeeded, id, made, run, sql, step, step_of, transform};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transform_makes_a_table_that_others_read_by_its_name() {
    let shop = Shop::new().await;
    let totals = "SELECT c.name, sum(o.total) AS total, count(*) FROM {{ source('orders') }} o
        JOIN {{ source('customers') }} c ON c.id = o.customer_id GROUP BY 1";
    let steps = vec![
        transform("sum", "totals", totals),
        transform("pick", "large", "SELECT name, total FROM {{ ref('totals') }} WHERE total > 50"),
    ];
    let workflow = made(&shop, "Order totals", steps).await;
    assert_eq!((&workflow["slug"], &workflow["status"]), (&json!("order_totals"), &json!("DRAFT")));
    assert_eq!(
        step_of(&workflow, "pick")["dependsOn"],
        json!(["sum"]),
        "a step runs after the one whose table it names"
    );
    let workflow = run(&shop, &id(&workflow), None).await;
    assert_succeeded(&workflow);
    assert_eq!(step_of(&workflow, "sum")["rows"], 3);
    let tables = json!([
        { "name": "large", "tableName": "order_totals.large", "rowCount": 2, "tableVersion": 0 },
        { "name": "totals", "tableName": "order_totals.totals", "rowCount": 3, "tableVersion": 0 },
    ]);
    assert_eq!(workflow["tables"], tables);
    let rows = sql(&shop, "SELECT name, total FROM order_totals.large ORDER BY total").await;
    assert_eq!(rows, json!([["Edsger", "99.99"], ["Grace", "250.00"]]));
    // A column without a name has one that needs no quotes.
    assert_eq!(sql(&shop, "SELECT sum(count) FROM order_totals.totals").await, json!([[4]]));
    let named = sql(&shop, "SHOW TABLES").await;
    assert!(named.to_string().contains("totals"), "{named}");
    let missing = shop.error_code("{ sql(query: \"SELECT * FROM order_totals.none\") { rows } }", json!({})).await;
    assert_eq!(missing, "BAD_USER_INPUT");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_is_replaced_as_a_whole_and_stays_as_it_was_where_its_step_fails() {
    let shop = Shop::new().await;
    let fails_for_two = "SELECT id, 10 / (id - 2) AS x FROM {{ source('customers') }} WHERE id < 2
        UNION ALL SELECT id, 0 FROM {{ source('orders') }} WHERE id > 3";
    let workflow = made(&shop, "Twice", vec![transform("make", "t", fails_for_two)]).await;
    let id = id(&workflow);
    assert_succeeded(&run(&shop, &id, None).await);
    assert_eq!(sql(&shop, "SELECT id FROM twice.t ORDER BY 1").await, json!([[1], [4]]));
    let again = run(&shop, &id, None).await;
    assert_eq!(again["tables"][0]["tableVersion"], 1, "{again:#}");
    assert_eq!(sql(&shop, "SELECT count(*) FROM twice.t").await, json!([[2]]), "the rows are not there twice");

    let broken = transform("make", "t", "SELECT id, 10 / (id - 2) AS x FROM {{ source('customers') }}");
    let update = "mutation($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { workflow { status } } }";
    let updated = shop.gql(update, json!({ "input": { "id": id, "steps": [broken] } })).await;
    assert_eq!(updated["updateWorkflow"]["workflow"]["status"], "DRAFT");
    let failed = run(&shop, &id, None).await;
    assert_eq!(failed["status"], "FAILED", "{failed:#}");
    let message = step_of(&failed, "make")["errorMessage"].as_str().unwrap().to_lowercase();
    assert!(message.contains("division by zero"), "{message}");
    assert_eq!(sql(&shop, "SELECT id FROM twice.t ORDER BY 1").await, json!([[1], [4]]), "readers have the one before");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extract_syncs_the_connectors_and_marks_what_it_asked_for() {
    let shop = Shop::new().await;
    let steps = vec![
        step("read", "EXTRACT", json!({ "sources": ["orders"] })),
        transform("count", "counted", "SELECT count(*) AS n FROM {{ source('orders') }}"),
    ];
    let workflow = made(&shop, "Read", steps).await;
    assert_eq!(
        step_of(&workflow, "count")["dependsOn"],
        json!(["read"]),
        "a step runs after what it reads was extracted"
    );
    let file = rusqlite::Connection::open(shop.folder().join("Shop.db")).unwrap();
    file.execute_batch("INSERT INTO orders VALUES (5, 2, 7, '2026-01-05'); INSERT INTO customers VALUES (4, 'New')")
        .unwrap();
    drop(file);
    let workflow = run(&shop, &id(&workflow), None).await;
    assert_succeeded(&workflow);
    assert_eq!(step_of(&workflow, "read")["rows"], 5);
    assert_eq!(sql(&shop, "SELECT n FROM read.counted").await, json!([[5]]), "of the rows that the extract brought");
    assert_eq!(sql(&shop, "SELECT count(*) FROM shop.customers").await, json!([[3]]), "and nothing else was read");
    let ask = "query($id: ID!) { connector(id: $id) { latestSync { id trigger } dataSources { nodes { name
        extracts(first: 1) { nodes { syncLog { id } workflow { name } } } } } } }";
    let connector = shop.gql(ask, json!({ "id": shop.connector })).await["connector"].take();
    let sync = &step_of(&workflow, "read")["result"]["syncs"][0]["syncLogId"];
    assert_eq!(connector["latestSync"], json!({ "id": sync, "trigger": "WORKFLOW" }));
    let sources = connector["dataSources"]["nodes"].as_array().unwrap();
    let extract = |name: &str| &sources.iter().find(|source| source["name"] == name).unwrap()["extracts"]["nodes"][0];
    assert_eq!(*extract("orders"), json!({ "syncLog": { "id": sync }, "workflow": { "name": "Read" } }));
    assert_eq!(extract("customers")["workflow"], Value::Null);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extract_whose_source_is_gone_fails_with_its_reason() {
    let shop = Shop::new().await;
    let workflow = made(&shop, "Gone", vec![step("read", "EXTRACT", json!({ "sources": ["orders"] }))]).await;
    let file = rusqlite::Connection::open(shop.folder().join("Shop.db")).unwrap();
    file.execute_batch("DROP TABLE orders").unwrap();
    drop(file);
    let workflow = run(&shop, &id(&workflow), None).await;
    assert_eq!(workflow["status"], "FAILED");
    let message = step_of(&workflow, "read")["errorMessage"].as_str().unwrap();
    assert!(message.contains("of Shop ended as FAILED: ") && message.contains("orders"), "{message}");
    assert!(workflow["latestRun"]["errorMessage"].as_str().unwrap().starts_with("read: "), "{workflow:#}");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_is_named_by_its_table_where_several_are_called_alike() {
    let shop = Shop::new().await;
    let other = shop.sqlite_connector("Other", "CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (1)").await;
    shop.sync_and_wait(&other).await;
    let of =
        |name: &str| vec![transform("make", "t", &format!("SELECT count(*) AS n FROM {{{{ source('{name}') }}}}"))];
    let (_, field, message) = super::scene::refusal(&shop, json!({ "name": "Which", "steps": of("orders") })).await;
    assert_eq!(field, "steps.0.config.sql");
    assert!(
        message.contains("several data sources are called orders: say which of shop.orders, other.orders"),
        "{message}"
    );
    let workflow = made(&shop, "Which", of("other.orders")).await;
    assert_succeeded(&run(&shop, &id(&workflow), None).await);
    assert_eq!(sql(&shop, "SELECT n FROM which.t").await, json!([[1]]));
    shop.stop().await;
}
