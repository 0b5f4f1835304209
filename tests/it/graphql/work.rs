//! The main job through the API: connect, discover, change, sync, ask, remove.

use dataweaver::entity::workspace::default_workspace_id;
use dataweaver::services::{Role, Viewer, connectors};
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::servers;

const SHOP: &str = "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, amount DECIMAL(10,2));
    INSERT INTO orders VALUES (1, 'Ada', '12.50'), (2, 'Grace', NULL), (3, 'Ada', '0.01');";
const UPDATE: &str = "mutation($input: UpdateConnectorInput!) { updateConnector(input: $input) {
    connector { name slug description syncSchedule timezone connectionConfig authType } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_connected_discovered_synced_and_asked() {
    connected_discovered_synced_and_asked(TestApp::new().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_with_our_own_tables_in_postgresql() {
    let Some(database) = servers::postgres() else { return };
    connected_discovered_synced_and_asked(TestApp::on(database.url()).await).await;
}

async fn connected_discovered_synced_and_asked(app: TestApp) {
    let id = app.sqlite_connector("Shop", SHOP).await;

    let test =
        "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success message connector { status } } }";
    let tested = &app.gql(test, json!({ "id": id })).await["testConnection"];
    assert_eq!(tested["success"], true, "{tested:#}");
    assert_eq!(tested["connector"]["status"], "CONNECTED");

    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) {
        dataSources { id name tableName primaryKey extractType writeMode schemaPolicy isActive syncEnabled checkpoint
            connector { id } schema { name sourceName type nullable } } } }";
    let source = &app.gql(discover, json!({ "id": id })).await["discoverSources"]["dataSources"][0];
    assert_eq!(source["tableName"], "shop.orders");
    assert_eq!(source["primaryKey"], json!(["id"]));
    assert_eq!((&source["extractType"], &source["writeMode"]), (&json!("FULL"), &json!("OVERWRITE")));
    assert_eq!(source["schema"][1]["name"], "customer");

    let end = app.sync_and_wait(&id).await;
    assert_eq!(
        (&end["status"], &end["recordsProcessed"], &end["recordsAdded"]),
        (&json!("SUCCEEDED"), &json!(3), &json!(3))
    );
    assert_eq!(end["sources"][0]["percent"], 100.0, "{end:#}");

    let sql =
        "query($query: String!) { sql(query: $query) { columns { name type } rows rowCount truncated elapsedMs } }";
    let statement = "SELECT customer, count(*) AS orders, sum(amount) AS amount FROM shop.orders GROUP BY 1 ORDER BY 1";
    let answer = &app.gql(sql, json!({ "query": statement })).await["sql"];
    assert_eq!(answer["rows"], json!([["Ada", 2, "12.51"], ["Grace", 1, null]]));
    assert_eq!(answer["rowCount"], 2);

    // What SQL says of the columns is what the API says of them.
    let described = &app.gql(sql, json!({ "query": "DESCRIBE shop.orders" })).await["sql"]["rows"];
    let columns: Vec<_> = source["schema"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| (&column["name"], &column["type"], &column["nullable"]))
        .collect();
    let said: Vec<_> = described.as_array().unwrap().iter().map(|row| (&row[0], &row[1], &row[2])).collect();
    assert_eq!(said, columns);
    assert_eq!(said.iter().map(|(_, _, nullable)| *nullable).collect::<Vec<_>>(), [false, false, true], "{described}");

    let look = "query($id: ID!, $log: ID!) {
        connector(id: $id) { status lastSyncAt latestSync { id } dataSources { totalCount nodes { rowCount preview(limit: 1) { rowCount truncated }
            extracts { nodes { id status rowCount dataFormat syncLog { id } } } schemaHistory { version columns { name } } } } }
        syncLog(id: $log) { trigger events { totalCount nodes { cursor kind message } pageInfo { endCursor hasNextPage } } } }";
    let data = app.gql(look, json!({ "id": id, "log": end["id"] })).await;
    let source = &data["connector"]["dataSources"]["nodes"][0];
    assert_eq!((&source["rowCount"], &source["preview"]["truncated"]), (&json!(3), &json!(true)));
    assert_eq!(source["extracts"]["nodes"][0]["syncLog"]["id"], end["id"]);
    assert_eq!(data["connector"]["latestSync"]["id"], end["id"]);
    let events = &data["syncLog"]["events"];
    assert_eq!(events["totalCount"].as_u64().unwrap(), events["nodes"].as_array().unwrap().len() as u64);

    let extract = &source["extracts"]["nodes"][0]["id"];
    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
    let ids = json!([end["id"], extract, "con_00000000000000000000000000000000", id]);
    let kinds: Vec<Value> = app.gql(nodes, json!({ "ids": ids })).await["nodes"].as_array().unwrap().clone();
    let kinds: Vec<&Value> = kinds.iter().map(|node| &node["__typename"]).collect();
    assert_eq!(json!(kinds), json!(["SyncLog", "DataExtract", null, "Connector"]));

    let remove = "mutation($id: ID!) { deleteConnector(input: { id: $id, dropData: true }) { deletedId } }";
    assert_eq!(app.gql(remove, json!({ "id": id })).await["deleteConnector"]["deletedId"], json!(id));
    assert_eq!(app.error_code(sql, json!({ "query": statement })).await, "BAD_USER_INPUT");
    app.stop().await;
}

#[tokio::test]
async fn an_update_keeps_what_is_absent_and_clears_what_is_null() {
    let app = TestApp::new().await;
    let id = app.sqlite_connector("Shop", SHOP).await;
    let set = json!({ "id": id, "description": "orders", "syncSchedule": "0 6 * * *", "name": "Our shop" });
    let connector = &app.gql(UPDATE, json!({ "input": set })).await["updateConnector"]["connector"];
    assert_eq!((&connector["name"], &connector["slug"]), (&json!("Our shop"), &json!("shop")));

    let keep = &app.gql(UPDATE, json!({ "input": { "id": id } })).await["updateConnector"]["connector"];
    assert_eq!(keep, connector, "an empty update changes nothing");

    let clear = json!({ "id": id, "description": null });
    let cleared = &app.gql(UPDATE, json!({ "input": clear })).await["updateConnector"]["connector"];
    assert_eq!((&cleared["description"], &cleared["syncSchedule"]), (&Value::Null, &json!("0 6 * * *")));

    let answer = app.try_gql(UPDATE, json!({ "input": { "id": id, "name": null } })).await;
    assert_eq!(answer["errors"][0]["extensions"]["field"], "name");
    app.stop().await;
}

#[tokio::test]
async fn a_password_is_changed_by_itself() {
    let app = TestApp::new().await;
    let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
    let input = json!({ "name": "CRM", "type": "DATABASE", "authType": "USERNAME_PASSWORD",
        "authConfig": { "username": "reader", "password": "old" }, "connectionConfig": { "url": "postgres://127.0.0.1:1/crm" } });
    let id = app.gql(create, json!({ "input": input })).await["createConnector"]["connector"]["id"].clone();
    let stored = async || {
        let viewer = Viewer { workspace_id: default_workspace_id(), role: Role::Admin, name: "test".to_owned() };
        let id = id.as_str().unwrap().parse().unwrap();
        let row = connectors::get(app.services(), &viewer, &id).await.unwrap();
        (row.auth_config, row.secrets.is_some())
    };
    app.gql(UPDATE, json!({ "input": { "id": id, "authConfig": { "password": "new" } } })).await;
    assert_eq!(stored().await, (json!({ "username": "reader" }), true), "the user name is kept");
    app.gql(UPDATE, json!({ "input": { "id": id, "authConfig": { "username": "other" } } })).await;
    assert_eq!(stored().await, (json!({ "username": "other" }), true), "the password is kept");
    app.gql(UPDATE, json!({ "input": { "id": id, "authConfig": { "password": null } } })).await;
    assert_eq!(stored().await, (json!({ "username": "other" }), false), "null clears");
    app.stop().await;
}

#[tokio::test]
async fn a_secret_never_comes_back() {
    let app = TestApp::new().await;
    let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) {
        connector { id connectionConfig authType statusMessage } } }";
    let input = json!({
        "name": "CRM", "type": "DATABASE", "authType": "USERNAME_PASSWORD",
        "authConfig": { "username": "reader", "password": "canary-one" },
        "connectionConfig": { "url": "postgres://someone:canary-two@127.0.0.1:1/crm" },
    });
    let created = app.try_gql(create, json!({ "input": input })).await;
    let url_only = json!({ "name": "CRM 2", "type": "DATABASE", "authType": "USERNAME_PASSWORD",
        "connectionConfig": { "url": "postgres://someone:canary-two@127.0.0.1:1/crm" } });
    let second = app.gql(create, json!({ "input": url_only })).await;
    let id = &second["createConnector"]["connector"]["id"];
    let update = json!({ "id": id, "authConfig": { "password": "canary-one" } });
    let updated = json!(app.gql(UPDATE, json!({ "input": update })).await);
    let test = "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success message details } }";
    let tested = app.try_gql(test, json!({ "id": id })).await;
    let listed = app.try_gql("{ sql(query: \"SELECT * FROM system.connectors\") { rows } }", json!({})).await;
    let broken = app
        .try_gql(
            create,
            json!({ "input": { "name": 1, "type": "DATABASE",
        "authConfig": { "password": "canary-one" } } }),
        )
        .await;
    for answer in [created, json!(second), updated, tested, listed, broken] {
        assert!(!answer.to_string().contains("canary"), "{answer:#}");
    }
    for entry in std::fs::read_dir(app.folder().join("data")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        assert!(!String::from_utf8_lossy(&bytes).contains("canary"), "{}", path.display());
    }
    app.stop().await;
}

#[tokio::test]
async fn a_data_source_that_was_never_synced_has_an_empty_preview() {
    let app = TestApp::new().await;
    let id = app.sqlite_connector("Shop", SHOP).await;
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id } } }";
    app.gql(discover, json!({ "id": id })).await;
    let look =
        "query($limit: Int) { dataSources { nodes { name preview(limit: $limit) { columns { name type } rows } } } }";
    let source = &app.gql(look, json!({ "limit": null })).await["dataSources"]["nodes"][0];
    assert_eq!(source["preview"]["rows"], json!([]));
    assert_eq!(source["preview"]["columns"][2], json!({ "name": "amount", "type": "decimal(10,2)" }));
    let sql = "query($limit: Int, $offset: Int) { sql(query: \"SELECT 1\", limit: $limit, offset: $offset) { rows } }";
    let answer = app.gql(sql, json!({ "limit": null, "offset": null })).await;
    assert_eq!(answer["sql"]["rows"], json!([[1]]), "null is the default");
    app.stop().await;
}

#[tokio::test]
async fn a_name_is_found_in_any_case_and_script() {
    found_in_any_case_and_script(TestApp::new().await).await;
}

#[tokio::test]
async fn a_name_is_found_in_any_case_and_script_in_postgresql() {
    let Some(database) = servers::postgres() else { return };
    found_in_any_case_and_script(TestApp::on(database.url()).await).await;
}

async fn found_in_any_case_and_script(app: TestApp) {
    for name in ["Ärzte für Öl", "ЗАКАЗЫ", "100%_*[a]?\\"] {
        let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
        let input = json!({ "name": name, "type": "DATABASE", "connectionConfig": { "url": "postgres://reader@db.example.com/a" } });
        app.gql(create, json!({ "input": input })).await;
    }
    let list = "query($search: String) { connectors(search: $search) { nodes { name } } }";
    for (search, found) in [
        ("Ärzte für Öl", 1),
        ("ärzte FÜR öl", 1),
        ("заказы", 1),
        ("100%_*[a]?\\", 1),
        ("0%_*[A", 1),
        ("%", 1),
        ("*", 1),
        ("?", 1),
        ("1__", 0),
        ("[b]", 0),
        ("", 3),
    ] {
        let nodes = &app.gql(list, json!({ "search": search })).await["connectors"]["nodes"];
        assert_eq!(nodes.as_array().unwrap().len(), found, "{search}: {nodes}");
    }
    assert_eq!(app.error_code(list, json!({ "search": "a\u{0}b" })).await, "BAD_USER_INPUT");
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_stored_or_makes_no_sense_is_named() {
    refused_and_named(TestApp::new().await).await;
}

#[tokio::test]
async fn what_cannot_be_stored_or_makes_no_sense_is_named_in_postgresql() {
    let Some(database) = servers::postgres() else { return };
    refused_and_named(TestApp::on(database.url()).await).await;
}

async fn refused_and_named(app: TestApp) {
    let id = app.sqlite_connector("Shop", SHOP).await;
    let create = "mutation($input: CreateDataSourceInput!) { createDataSource(input: $input) { dataSource { id name sourcePath } } }";
    let good = json!({ "connectorId": id, "name": " Orders ", "sourceType": "table", "sourcePath": " main.orders " });
    let made = &app.gql(create, json!({ "input": good })).await["createDataSource"]["dataSource"];
    assert_eq!((&made["name"], &made["sourcePath"]), (&json!("Orders"), &json!(" main.orders ")), "{made}");
    assert_eq!(app.error_code(create, json!({ "input": good })).await, "CONFLICT");
    for (field, value) in [
        ("name", json!("  ")),
        ("name", json!("a\u{0}b")),
        ("name", json!("a".repeat(201))),
        ("sourcePath", json!("a\u{0}b")),
        ("sourcePath", json!(" ")),
        ("sourceType", json!("")),
        ("description", json!("a\u{0}b")),
        ("cursorField", json!("a\u{0}b")),
        ("primaryKey", json!(["id", "id"])),
        ("primaryKey", json!(["a\u{0}b"])),
        ("rejectLimit", json!(-1)),
    ] {
        let mut input = json!({ "connectorId": id, "name": "More", "sourceType": "table", "sourcePath": "more" });
        input[field] = value;
        let answer = app.try_gql(create, json!({ "input": input })).await;
        let told = &answer["errors"][0]["extensions"];
        assert_eq!(*told, json!({ "code": "BAD_USER_INPUT", "field": field }), "{input}: {answer}");
    }
    let config = json!({ "id": id, "connectionConfig": { "url": "sqlite:///a.db", "tables": ["a\u{0}b"] } });
    let answer = app.try_gql(UPDATE, json!({ "input": config })).await;
    assert_eq!(answer["errors"][0]["extensions"]["field"], "connectionConfig.tables.0", "{answer}");
    let gone = json!({ "id": "con_00000000000000000000000000000000", "name": "New" });
    assert_eq!(app.error_code(UPDATE, json!({ "input": gone })).await, "NOT_FOUND");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_source_is_changed_reset_and_removed() {
    let app = TestApp::new().await;
    let id = app.sqlite_connector("Shop", SHOP).await;
    app.sync_and_wait(&id).await;
    let sources = "{ dataSources(search: \"ord\") { totalCount nodes { id } } }";
    let found = &app.gql(sources, json!({})).await["dataSources"];
    assert_eq!(found["totalCount"], 1);
    let source = &found["nodes"][0]["id"];

    let update = "mutation($input: UpdateDataSourceInput!) { updateDataSource(input: $input) {
        dataSource { writeMode primaryKey rejectLimit lookbackSeconds description } } }";
    let input = json!({ "id": source, "writeMode": "MERGE", "rejectLimit": 10, "description": "all orders" });
    let changed = &app.gql(update, json!({ "input": input })).await["updateDataSource"]["dataSource"];
    assert_eq!((&changed["writeMode"], &changed["rejectLimit"]), (&json!("MERGE"), &json!(10)));
    assert_eq!(
        app.error_code(update, json!({ "input": { "id": source, "rejectLimit": 1.5 } })).await,
        "BAD_USER_INPUT"
    );

    let trigger = "mutation($id: ID!) { triggerExtract(input: { dataSourceId: $id, extractType: FULL }) {
        extract { id status } syncLog { id } } }";
    let triggered = &app.gql(trigger, json!({ "id": source })).await["triggerExtract"];
    let end = app.sync_end(triggered["syncLog"]["id"].as_str().unwrap()).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    let extract = "query($id: ID!) { dataExtract(id: $id) { status rowCount completedAt } }";
    let extract = &app.gql(extract, json!({ "id": triggered["extract"]["id"] })).await["dataExtract"];
    assert_eq!((&extract["status"], &extract["rowCount"]), (&json!("SUCCEEDED"), &json!(3)));

    let reset = "mutation($id: ID!) { resetDataSource(input: { id: $id }) { dataSource { checkpoint } } }";
    assert_eq!(
        app.gql(reset, json!({ "id": source })).await["resetDataSource"]["dataSource"]["checkpoint"],
        Value::Null
    );
    let remove = "mutation($id: ID!) { deleteDataSource(input: { id: $id, dropData: true }) { deletedId } }";
    assert_eq!(app.gql(remove, json!({ "id": source })).await["deleteDataSource"]["deletedId"], *source);
    assert_eq!(app.gql(sources, json!({})).await["dataSources"]["totalCount"], 0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_work_are_refused_when_they_are_set() {
    let app = TestApp::new().await;
    let id = app.sqlite_connector("Shop", "CREATE TABLE orders (id INTEGER PRIMARY KEY, at TEXT)").await;
    let source = app.only_source(&id).await;
    let update = "mutation($input: UpdateDataSourceInput!) { updateDataSource(input: $input) { dataSource { id } } }";
    let sync = "mutation($input: SyncConnectorInput!) { syncConnector(input: $input) { syncLog { id } } }";
    let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
    let of_source = |part: Value| with(json!({ "id": source }), part);
    let made = |part: Value| with(json!({ "name": "More", "type": "DATABASE" }), part);
    let database = |part: Value| json!({ "connectionConfig": with(json!({ "url": "sqlite:///a.db" }), part) });
    for (operation, input, field, says) in [
        (update, of_source(json!({ "extractType": "DELTA" })), "extractType", "does not read DELTA"),
        (update, of_source(json!({ "extractType": "INCREMENTAL" })), "cursorField", "set cursorField too"),
        (update, of_source(json!({ "cursorField": "" })), "cursorField", "must not be empty"),
        (sync, json!({ "connectorId": id, "extractType": "DELTA" }), "extractType", "does not read DELTA"),
        (create, made(json!({ "demoMode": true })), "demoMode", "no simulator"),
        (create, made(database(json!({ "parallelism": 0 }))), "connectionConfig.parallelism", "between 1 and 16"),
        (create, made(database(json!({ "parallelism": 100_000 }))), "connectionConfig.parallelism", "between 1 and 16"),
        (
            create,
            made(database(json!({ "connect_timeout_seconds": 0 }))),
            "connectionConfig.connect_timeout_seconds",
            "between 1 and 60",
        ),
        (UPDATE, json!({ "id": id, "demoMode": true }), "demoMode", "no simulator"),
    ] {
        let answer = app.try_gql(operation, json!({ "input": input })).await;
        let told = &answer["errors"][0];
        let facts = (&told["extensions"]["code"], &told["extensions"]["field"]);
        assert_eq!(facts, (&json!("BAD_USER_INPUT"), &json!(field)), "{input}: {answer}");
        assert!(told["message"].as_str().unwrap().contains(says), "{input}: {answer}");
    }
    app.update_source(of_source(json!({ "extractType": "INCREMENTAL", "cursorField": "at" }))).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_is_incremental_where_all_of_its_sources_are() {
    let app = TestApp::new().await;
    let tables =
        "CREATE TABLE one (id INTEGER PRIMARY KEY, at TEXT); CREATE TABLE two (id INTEGER PRIMARY KEY, at TEXT)";
    let id = app.sqlite_connector("Shop", tables).await;
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id } } }";
    let found = app.gql(discover, json!({ "id": id })).await["discoverSources"]["dataSources"].take();
    let (one, two) = (&found[0]["id"], &found[1]["id"]);
    let incremental = |source: &Value| json!({ "id": source, "extractType": "INCREMENTAL", "cursorField": "at" });
    let sync = async |part: Value| {
        let start =
            "mutation($input: SyncConnectorInput!) { syncConnector(input: $input) { syncLog { id syncType } } }";
        let input = with(json!({ "connectorId": id }), part);
        let queued = app.gql(start, json!({ "input": input })).await["syncConnector"]["syncLog"].take();
        let end = app.sync_end(queued["id"].as_str().unwrap()).await;
        assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
        let ask = "query($id: ID!) { syncLog(id: $id) { syncType } }";
        let ended = app.gql(ask, json!({ "id": queued["id"] })).await["syncLog"]["syncType"].take();
        assert_eq!(ended, queued["syncType"], "it is the same from the start");
        ended
    };
    assert_eq!(sync(json!({})).await, "FULL");
    app.update_source(incremental(one)).await;
    assert_eq!(sync(json!({})).await, "FULL", "one of two is read whole");
    assert_eq!(sync(json!({ "dataSourceIds": [one] })).await, "INCREMENTAL");
    app.update_source(incremental(two)).await;
    assert_eq!(sync(json!({})).await, "INCREMENTAL");
    assert_eq!(sync(json!({ "extractType": "FULL" })).await, "FULL");
    app.stop().await;
}

/// A JSON object with the parts of another.
fn with(mut whole: Value, part: Value) -> Value {
    for (key, value) in part.as_object().unwrap() {
        whole[key] = value.clone();
    }
    whole
}
