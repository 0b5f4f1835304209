//! The command line, as its users run it: the real program in a folder of its own.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::installation::{Installation, Said, Server, said};
use crate::servers;
use crate::small_disk::SmallDisk;

#[test]
fn help_names_every_verb() {
    let here = Installation::new();
    insta::assert_snapshot!(here.stdout(&["--help"]), @r#"
    Connects your sources, keeps them as tables in your lake, and answers questions across them

    Usage: dataweaver [OPTIONS] <COMMAND>

    Commands:
      serve       Run the server: API, GraphiQL and syncs
      demo        Set a scenario up, ask it its questions, and serve it
      connectors  Add, authorize, list, test, discover and remove connectors
      sync        Sync a connector into the lake and follow it to its end
      query       Run read-only SQL over everything that was synced
      ask         Ask a question in plain English
      scenarios   List, set up, validate and tear down scenarios
      workflows   List, make, run and delete workflows
      schema      Print the GraphQL schema
      migrate     Bring the database's tables up to date
      doctor      Check that everything needed is there and works
      help        Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Options of every command:
          --data-dir <FOLDER>   Folder of this installation [default: .dataweaver]
          --database-url <URL>  Database of DataWeaver itself [default: SQLite in the data folder]
          --lake-url <URL>      Where the lake tables lie [default: a folder in the data folder]
          --config <FILE>       Configuration file [default: dataweaver.toml in the data folder]
          --json                Print results as JSON
      -v, --verbose...          Log more; twice for everything
      -q, --quiet               No progress, and only errors in the log

    Examples:
      dataweaver demo
      dataweaver connectors add Shop --url sqlite:///data/shop.db
      dataweaver sync shop
      dataweaver query "SELECT count(*) FROM shop.orders"

    Exit status: 0 done, 1 failed, 2 wrong usage.
    "#);
    assert_eq!(fs::read_dir(here.path()).unwrap().count(), 0, "help makes nothing");
}

#[test]
fn the_options_of_a_command_stand_before_those_of_every_command() {
    let here = Installation::new();
    for (command, own) in
        [(&["sync"][..], ["--source", "--full"]), (&["connectors", "add"], ["--schedule", "--no-test"])]
    {
        let help = here.stdout(&[command, &["--help"]].concat());
        let (first, of_every_command) = help.split_once("Options of every command:").expect("a heading");
        for option in own {
            assert!(first.contains(option) && !of_every_command.contains(option), "{option}:\n{help}");
        }
        assert!(!first.contains("--data-dir") && of_every_command.contains("--data-dir"), "{help}");
    }
}

#[test]
fn a_call_that_makes_no_sense_ends_with_status_2() {
    let here = Installation::new();
    for arguments in [
        &[][..],
        &["serv"],
        &["query"],
        &["sync"],
        &["connectors", "add", "Shop", "--type", "NOPE"],
        &["connectors", "add", "Shop"],
        &["connectors", "add", "Shop", "--type", "DATABASE", "--settings", "{url: 1}"],
        &["connectors", "add", "Shop", "--type", "DATABASE", "--settings", "[]"],
        &["query", "SELECT 1", "--format", "pdf"],
    ] {
        let stderr = here.stderr(2, arguments);
        assert!(!stderr.is_empty(), "{arguments:?}");
    }
    insta::assert_snapshot!(here.stderr(2, &["connectors", "add", "Shop"]), @r#"
    error: give --url for a database, --root for a folder of files, or --type with --settings
      hint: for example: dataweaver connectors add Shop --url postgres://reader@db.example.com/shop
    "#);
    let stderr = here.stderr(2, &["connectors", "add", "Shop", "--type", "NOPE"]);
    assert!(stderr.contains("FILE_SYSTEM"), "the known types are named: {stderr}");
}

#[test]
fn a_call_that_makes_no_sense_is_told_as_json_where_that_is_wanted() {
    let here = Installation::new();
    let told = |arguments: &[&str]| -> Value {
        let stderr = here.stderr(2, arguments);
        let mut told: Value = serde_json::from_str(&stderr).unwrap_or_else(|error| panic!("{error}: {stderr}"));
        told["error"].take()
    };
    let error = told(&["sync", "--json"]);
    assert_eq!(error["code"], "BAD_USER_INPUT");
    assert_eq!(error["message"], "the following required arguments were not provided: <CONNECTOR>");
    assert!(error["hint"].as_str().unwrap().starts_with("Usage: dataweaver sync"), "{error:#}");
    assert_eq!(told(&["sync", "shop", "--jsno", "--json"])["message"], "unexpected argument '--jsno' found");
    assert_eq!(told(&["--json", "connectors", "add", "Shop"])["code"], "BAD_USER_INPUT");
    assert!(told(&["connectors", "--json"])["message"].is_string());
}

#[test]
fn a_demo_connector_needs_no_settings() {
    let here = Installation::new();
    let added = here.json(&["connectors", "add", "Chat", "--type", "SLACK", "--demo"]);
    assert_eq!((&added["connector"]["demoMode"], &added["test"]["success"]), (&json!(true), &json!(true)), "{added:#}");
    let stderr = here.stderr(2, &["connectors", "add", "Chat", "--type", "SLACK", "--demo", "--auth", "{}"]);
    assert!(stderr.contains("--demo"), "{stderr}");
    let stderr = here.stderr(1, &["connectors", "add", "Shop", "--type", "DATABASE", "--demo"]);
    assert!(stderr.contains("there is no simulator of DATABASE"), "{stderr}");
}

#[test]
fn a_connector_and_its_sources_are_changed() {
    let here = Installation::new();
    here.json(&["connectors", "add", "My Shop", "--url", &here.shop()]);
    here.json(&["connectors", "discover", "my_shop"]);
    let update = ["connectors", "update", "my_shop", "--name", "Store", "--schedule", "0 6 * * *"];
    let updated = here.json(&[&update[..], &["--timezone", "Europe/Prague"]].concat());
    let connector = &updated["connector"];
    let said = [&connector["name"], &connector["slug"], &connector["syncSchedule"], &connector["timezone"]];
    assert_eq!(said, ["Store", "my_shop", "0 6 * * *", "Europe/Prague"]);
    assert_eq!((&connector["syncEnabled"], connector["nextSyncAt"].is_string()), (&json!(true), true));
    let updated = here.json(&["connectors", "update", "my_shop", "--no-schedule"]);
    assert_eq!(updated["connector"]["syncSchedule"], Value::Null);
    assert_eq!(updated["connector"]["syncEnabled"], false);

    let source = ["connectors", "update-source", "my_shop", "my_shop.orders"];
    let stderr = here.stderr(1, &[&source[..], &["--primary-key", "nope"]].concat());
    assert!(stderr.contains("primaryKey: there is no column nope (known: id, customer_id, total)"), "{stderr}");
    let merge = [&source[..], &["--write-mode", "merge"]].concat();
    let updated = here.json(&[&merge[..], &["--primary-key", "id", "--detect-deletes", "true"]].concat());
    let source = &updated["dataSource"];
    assert_eq!((&source["writeMode"], &source["primaryKey"]), (&json!("MERGE"), &json!(["id"])));
    assert_eq!((&source["extractType"], &source["detectDeletes"]), (&json!("FULL"), &json!(true)));
    let stderr = here.stderr(1, &["connectors", "update-source", "my_shop", "gone"]);
    assert!(stderr.contains("known: customers, orders"), "{stderr}");
    assert!(
        here.stderr(2, &["connectors", "update-source", "my_shop", "orders", "--write-mode", "x"]).contains("MERGE")
    );
    let shown = here.stdout(&["connectors", "show", "my_shop"]);
    assert!(shown.contains("MODE") && shown.contains("FULL OVERWRITE") && shown.contains("FULL MERGE"), "{shown}");
    let stderr = here.stderr(1, &["connectors", "update-source", "my_shop", "orders", "--lookback-seconds", "-1"]);
    assert!(stderr.contains("lookbackSeconds: must not be negative"), "{stderr}");
    here.stdout(&["sync", "my_shop"]);
    here.stdout(&["sync", "my_shop"]);
    assert_eq!(here.json(&["query", "SELECT count(*) FROM my_shop.orders"])["rows"], json!([[3]]));
}

#[test]
fn a_sqlite_file_goes_from_add_to_remove() {
    let here = Installation::new();
    let url = here.shop();
    let added = here.json(&["connectors", "add", "My Shop", "--url", &url]);
    assert_eq!(added["connector"]["slug"], "my_shop");
    assert_eq!(added["connector"]["type"], "DATABASE");
    assert_eq!(added["connector"]["connectionConfig"]["url"], url);
    assert_eq!(added["test"]["success"], true);
    let id = added["connector"]["id"].as_str().unwrap();
    assert!(id.starts_with("con_"), "{id}");

    let listed = here.json(&["connectors", "list"]);
    assert_eq!(listed["connectors"][0]["id"], id);
    assert_eq!(here.json(&["connectors", "test", "my_shop"])["success"], true);
    let found = here.json(&["connectors", "discover", id]);
    let names: Vec<&Value> = found["dataSources"].as_array().unwrap().iter().map(|row| &row["tableName"]).collect();
    assert_eq!(names, ["my_shop.customers", "my_shop.orders"]);

    let synced = here.stdout(&["sync", "my_shop", "--json"]);
    let lines: Vec<Value> = synced.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, events) = lines.split_last().unwrap();
    assert_eq!(last["syncLog"]["status"], "SUCCEEDED");
    assert_eq!(last["syncLog"]["recordsProcessed"], 5);
    assert_eq!(last["syncLog"]["sources"][0]["name"], "customers");
    assert!(events.iter().all(|line| line["syncEvent"]["cursor"].is_string()), "{synced}");
    let kinds: Vec<&str> = events.iter().filter_map(|line| line["syncEvent"]["kind"].as_str()).collect();
    assert!(kinds.contains(&"STATE") && kinds.contains(&"CHECKPOINT"), "{kinds:?}");

    let sql = "SELECT c.name, sum(o.total) AS spent FROM my_shop.customers c
               JOIN my_shop.orders o ON o.customer_id = c.id GROUP BY c.name ORDER BY c.name";
    let answer = here.json(&["query", sql]);
    assert_eq!(answer["rows"], json!([["Ada", "12.51"], ["Grace", null]]));
    assert_eq!(answer["columns"][1]["name"], "spent");
    let table = here.stdout(&["query", "SELECT id, total FROM my_shop.orders ORDER BY id"]);
    let table: Vec<&str> = table.lines().take(5).collect();
    insta::assert_snapshot!(table.join("\n"), @r#"
    | id | total |
    |----|-------|
    |  1 | 12.50 |
    |  2 |  NULL |
    |  3 |  0.01 |
    "#);

    let shown = here.json(&["connectors", "show", "my_shop"]);
    assert_eq!(shown["connector"]["dataSources"][1]["rowCount"], 3);
    let shown = here.stdout(&["connectors", "show", "my_shop"]);
    assert!(shown.contains("my_shop.orders") && shown.contains("CONNECTED"), "{shown}");

    assert_eq!(here.json(&["connectors", "remove", "my_shop", "--drop-data"]), json!({ "deletedId": id }));
    assert_eq!(here.json(&["connectors", "list"]), json!({ "connectors": [] }));
    let stderr = here.stderr(1, &["query", "SELECT 1 FROM my_shop.orders"]);
    assert!(stderr.contains("there is no table my_shop.orders"), "{stderr}");
}

#[test]
fn a_folder_of_csv_files_is_synced_in_part_and_downloaded() {
    let here = Installation::new();
    fs::create_dir(here.path().join("files")).unwrap();
    fs::write(here.path().join("files/people.csv"), "name,age\nAda,36\nGrace,85\n").unwrap();
    fs::write(here.path().join("files/towns.csv"), "name\nLondon\n").unwrap();
    let added = here.stdout(&["connectors", "add", "Files", "--root", "files"]);
    assert!(added.contains("added Files as files"), "{added}");

    let said = here.run(&["sync", "files", "--source", "people", "--source", "towns.csv"]);
    assert_eq!(said.status, 0, "{said:?}");
    let last = last_line(&said);
    assert_eq!((&last["syncLog"]["status"], &last["syncLog"]["recordsAdded"]), (&json!("SUCCEEDED"), &json!(3)));
    assert_eq!(said.stderr, "", "no bars where nobody looks, and no lines beside the JSON lines");

    let sql = "SELECT * FROM files.people ORDER BY age";
    assert_eq!(here.stdout(&["query", sql, "--format", "csv"]), "name,age\nAda,36\nGrace,85\n");
    let lines = here.stdout(&["query", sql, "--format", "jsonl"]);
    assert_eq!(lines.lines().next(), Some(r#"{"name":"Ada","age":36}"#));
    let written = here.run(&["query", sql, "--output", "people.parquet"]);
    assert_eq!((written.stdout.as_str(), written.stderr.as_str()), ("", "wrote 2 rows to people.parquet\n"));
    let limited = here.run(&["query", sql, "--output", "people.json", "--limit", "1"]);
    assert!(limited.stderr.ends_with("wrote 1 row to people.json\n"), "{limited:?}");
    for silent in ["--json", "--quiet"] {
        let written = here.run(&["query", sql, "--output", "people.csv", silent]);
        assert_eq!((written.status, written.stderr.as_str()), (0, ""), "{silent}: {written:?}");
    }
    let stderr = here.stderr(2, &["query", sql, "--output", "people"]);
    assert!(stderr.contains("people has no ending that names a format (known: csv, "), "{stderr}");
    assert!(fs::read(here.path().join("people.parquet")).unwrap().starts_with(b"PAR1"));
    let left_over = fs::read_dir(here.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains(".new-"));
    assert_eq!(left_over.count(), 0);
    let stderr = here.stderr(1, &["sync", "files", "--source", "peple"]);
    assert!(stderr.contains("people") && stderr.contains("towns"), "the known ones are named: {stderr}");
}

#[test]
fn a_sync_says_how_many_rows_it_rejected_and_where_they_are() {
    let here = Installation::new();
    fs::create_dir(here.path().join("files")).unwrap();
    fs::write(here.path().join("files/notes.csv"), "id,text\n1,\"open\n2,row\n3,row\n").unwrap();
    here.stdout(&["connectors", "add", "Files", "--root", "files"]);
    let said = here.run(&["sync", "files", "--json"]);
    let last = &last_line(&said)["syncLog"];
    assert_eq!((&last["status"], &last["recordsRejected"]), (&json!("SUCCEEDED"), &json!(1)), "{said:?}");
    assert_eq!(last["sources"][0]["rejected"], 1, "{said:?}");
    let told = "notes: 1 row was rejected (line 2: a quoted field is never closed) and is kept in files.notes_rejected";
    assert!(said.stdout.contains(told), "{said:?}");
}

/// The last of the JSON lines that a sync writes where its output is no terminal.
fn last_line(said: &Said) -> Value {
    let line = said.stdout.lines().last().unwrap_or_else(|| panic!("it said nothing: {said:?}"));
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

#[test]
fn a_sync_whose_output_is_no_terminal_writes_json_lines() {
    let here = Installation::new();
    let url = here.shop();
    here.stdout(&["connectors", "add", "Shop", "--url", &url]);
    let said = here.run(&["sync", "shop"]);
    let lines: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, events) = lines.split_last().unwrap();
    assert_eq!(last["syncLog"]["status"], "SUCCEEDED", "{said:?}");
    assert!(!events.is_empty() && events.iter().all(|line| line["syncEvent"]["kind"].is_string()), "{said:?}");
    for quiet in [&["sync", "shop", "-q"][..], &["sync", "shop", "--quiet", "--json"]] {
        let said = here.run(quiet);
        assert_eq!((said.stdout.lines().count(), said.stderr.as_str()), (1, ""), "{said:?}");
        assert_eq!(last_line(&said)["syncLog"]["status"], "SUCCEEDED", "{said:?}");
    }
}

#[test]
fn a_sync_is_followed_to_its_end_when_nobody_reads_its_output() {
    let here = Installation::new();
    let url = here.shop();
    here.stdout(&["connectors", "add", "Shop", "--url", &url]);
    let unread = |arguments: &[&str]| {
        let mut child = here.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        said(child.wait_with_output().unwrap())
    };
    let synced = unread(&["sync", "shop"]);
    assert_eq!((synced.status, synced.stderr.as_str()), (0, ""), "{synced:?}");
    assert_eq!(here.json(&["query", "SELECT count(*) FROM shop.orders"])["rows"], json!([[3]]));
    fs::remove_file(here.path().join("shop.db")).unwrap();
    let failed = unread(&["sync", "shop"]);
    assert_eq!(failed.status, 1, "a sync that fails is no success because nobody reads: {failed:?}");
}

#[test]
fn a_slip_in_a_connectors_slug_is_told() {
    let here = Installation::new();
    here.json(&["connectors", "add", "In", "--url", &here.shop()]);
    insta::assert_snapshot!(here.stderr(1, &["sync", "in"]), @r#"
    error: there is no connector in
      hint: did you mean in_?
    "#);
}

#[test]
fn what_does_not_work_is_said_in_a_sentence_with_a_hint() {
    let here = Installation::new();
    insta::assert_snapshot!(here.stderr(1, &["sync", "nowhere"]), @r#"
    error: there is no connector nowhere
      hint: dataweaver connectors list shows those there are
    "#);
    insta::assert_snapshot!(here.stderr(1, &["query", "SELEC 1"]), @"error: syntax error at line 1, column 1: Expected: an SQL statement, found: SELEC");
    insta::assert_snapshot!(
        here.stderr(1, &["connectors", "add", "Shop", "--type", "database", "--settings", r#"{"ulr": "x"}"#]), @"error: connectionConfig.ulr: unknown field `ulr`, expected one of `url`, `schemas`, `tables`, `parallelism`, `connect_timeout_seconds`"
    );
    insta::assert_snapshot!(here.stderr(1, &["connectors", "show", "nowhere", "--json"]), @r#"{"error":{"code":"NOT_FOUND","message":"there is no connector nowhere","causes":[],"hint":"dataweaver connectors list shows those there are","field":null}}"#);
    fs::write(here.path().join("bad.toml"), "[engine]\nretrys = 1\n").unwrap();
    insta::assert_snapshot!(here.stderr(1, &["connectors", "list", "--config", "bad.toml"]), @r#"
    error: engine.retrys (bad.toml) cannot be used
      because unknown field `retrys`, expected one of `syncs_at_once`, `sources_at_once`, `memory_mib`, `lease_seconds`, `most_take_overs`, `missed_firings`, `retries`, `retry_seconds`, `retry_max_seconds`, `file_mib`, `checkpoint_seconds`, `stall_seconds`, `drain_seconds`
    "#);
}

#[test]
fn a_connector_whose_test_fails_is_kept_and_named() {
    let here = Installation::new();
    let said = here.run(&["connectors", "add", "Gone", "--url", "sqlite:///nowhere/gone.db"]);
    assert_eq!(said.status, 1, "{said:?}");
    assert!(said.stderr.contains("dataweaver connectors test gone"), "{said:?}");
    assert_eq!(here.run(&["connectors", "test", "gone"]).status, 1);
    let said = here.run(&["sync", "gone"]);
    assert_eq!(said.status, 1, "{said:?}");
    assert!(said.stderr.contains("the sync of Gone failed"), "{said:?}");
    let said = here.run(&["doctor", "--connectors"]);
    assert_eq!(said.status, 1, "{said:?}");
    assert!(said.stdout.contains("connector gone") && said.stdout.contains("advice:"), "{said:?}");
}

#[test]
fn a_password_is_taken_from_stdin_and_never_shown() {
    use std::io::Write;
    let here = Installation::new();
    let url = "postgres://reader@127.0.0.1:1/shop";
    let mut child = here
        .command(&["connectors", "add", "Db", "--url", url, "--password-stdin", "--no-test", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"pa55-canary\n").unwrap();
    let said = said(child.wait_with_output().unwrap());
    assert_eq!(said.status, 0, "{said:?}");
    let added: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(added["connector"]["authType"], "USERNAME_PASSWORD");
    let shown = here.stdout(&["connectors", "show", "db"]) + &here.stdout(&["connectors", "list", "--json"]);
    assert!(!shown.contains("pa55-canary") && !said.stdout.contains("pa55-canary"), "{shown}");
}

#[test]
fn an_installation_is_migrated_and_examined() {
    let here = Installation::new();
    let applied = here.json(&["migrate"]);
    assert!(!applied["applied"].as_array().unwrap().is_empty());
    assert_eq!(here.json(&["migrate"]), json!({ "applied": [] }));
    let examined = here.json(&["doctor"]);
    assert_eq!(examined["ok"], true, "{examined}");
    let names: Vec<&str> =
        examined["checks"].as_array().unwrap().iter().filter_map(|check| check["name"].as_str()).collect();
    assert_eq!(names, ["data folder", "disk space", "database", "secret key", "lake"]);
    fs::write(here.path().join("file"), "").unwrap();
    let said = here.run(&["doctor", "--data-dir", "file/below"]);
    assert_eq!(said.status, 1, "{said:?}");
    assert!(said.stdout.contains("failed  data folder"), "{said:?}");
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_or_read_only_is_said_to_be_so() {
    let Some(disk) = SmallDisk::mount(4) else { return };
    let here = Installation::new().with("DATA_DIR", disk.path().join("data").display());
    let add = ["connectors", "add", "Shop", "--url", &here.shop(), "--no-test"];
    here.stdout(&["connectors", "list"]);
    let says_only = |said: &Said, words: &str| {
        let advice: Vec<&str> = said.stdout.lines().filter(|line| line.contains("advice:")).collect();
        assert!(!advice.is_empty() && advice.iter().all(|line| line.contains(words)), "{said:?}");
    };

    let filler = disk.fill();
    let examined = here.run(&["doctor"]);
    assert_eq!(examined.status, 1, "{examined:?}");
    assert!(
        examined.stdout.contains("is full: make room on it, or choose another place with --data-dir"),
        "{examined:?}"
    );
    says_only(&examined, "make room");
    let refused = here.run(&add);
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.stderr.contains("make room"), "{refused:?}");

    fs::remove_file(filler).unwrap();
    assert_eq!(here.run(&["connectors", "list"]).status, 0, "there is room again");
    disk.make_read_only();
    let examined = here.run(&["doctor"]);
    assert!(examined.stdout.contains("is mounted read-only: mount it writable"), "{examined:?}");
    let refused = here.run(&add);
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.stderr.contains("is mounted read-only: mount it writable, or choose another"), "{refused:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_made_is_on_no_full_disk() {
    let stderr = Installation::new().stderr(1, &["connectors", "list", "--data-dir", "/proc/x"]);
    assert!(stderr.contains("the data folder /proc/x could not be used") && !stderr.contains("full"), "{stderr}");
    assert!(stderr.contains("--data-dir") && stderr.contains("No such file or directory"), "{stderr}");
}

#[test]
fn connector_types_say_what_they_want_to_know() {
    let here = Installation::new();
    let types = here.json(&["connectors", "types"]);
    let names: Vec<&str> =
        types["connectorTypes"].as_array().unwrap().iter().filter_map(|info| info["type"].as_str()).collect();
    assert!(names.contains(&"DATABASE") && names.contains(&"FILE_SYSTEM"), "{names:?}");
    let told = here.stdout(&["connectors", "types", "file-system"]);
    assert!(told.contains("root (required)") && told.contains("secret_access_key"), "{told}");
}

#[test]
fn sql_may_begin_with_a_comment_and_flags_stay_flags() {
    let here = Installation::new();
    for sql in ["-- totals\nSELECT 1 AS a", "--\nSELECT 1 AS a", "--all = 1\nSELECT 1 AS a"] {
        assert_eq!(here.json(&["query", sql])["rows"], json!([[1]]), "{sql}");
        assert_eq!(here.stdout(&["query", "--format", "csv", "--limit=5", sql]), "a\n1\n", "{sql}");
    }
    let stderr = here.stderr(2, &["query", "--formt", "csv", "SELECT 1"]);
    assert!(stderr.contains("unexpected argument '--formt'"), "{stderr}");
    for limit in ["-1", "many", "3000000000"] {
        let stderr = here.stderr(2, &["query", "SELECT 1", "--limit", limit]);
        assert!(stderr.contains("it has to be a number from 0 to 2147483647"), "{stderr}");
    }
}

#[test]
fn a_plan_is_shown_line_by_line() {
    let here = Installation::new();
    let plan = here.stdout(&["query", "EXPLAIN SELECT value + 1 AS a FROM generate_series(1, 3) ORDER BY a"]);
    let lines: Vec<&str> = plan.lines().collect();
    assert_eq!(lines[0], "logical_plan", "{plan}");
    assert!(lines[1].starts_with("  Sort: a ASC") && lines[2].starts_with("    Projection: "), "{plan}");
    assert!(lines.contains(&"physical_plan") && !plan.contains("\\n"), "{plan}");
    assert!(lines.last().is_some_and(|line| line.starts_with("(in ") && line.ends_with(" ms)")), "{plan}");
}

#[test]
fn a_long_cell_is_cut_in_tables_only() {
    let here = Installation::new();
    let sql = "SELECT repeat('x', 800000) AS a, 1 AS b";
    let table = here.stdout(&["query", sql]);
    let cell = format!("| {}… (800,000 characters) | 1 |", "x".repeat(10_000));
    assert!(table.lines().any(|line| line == cell), "{} bytes", table.len());
    assert_eq!(here.stdout(&["query", sql, "--format", "csv"]), format!("a,b\n{},1\n", "x".repeat(800_000)));
    assert_eq!(here.json(&["query", sql])["rows"][0][0].as_str().map(str::len), Some(800_000));
}

#[test]
fn what_a_database_says_is_told_once() {
    let Some(database) = servers::postgres() else { return };
    let here = Installation::new();
    let mut url = url::Url::parse(database.url()).unwrap();
    url.set_username("no_such_user").unwrap();
    let refused = here.run(&["connectors", "add", "Db", "--url", url.as_str()]);
    for words in ["role \"no_such_user\" does not exist", "SQLSTATE 28000"] {
        assert_eq!(refused.stderr.matches(words).count(), 1, "{refused:?}");
    }
}

#[test]
fn a_reader_that_has_read_enough_is_no_failure() {
    let here = Installation::new();
    let sql = "SELECT * FROM generate_series(1, 1000000)";
    let mut child =
        here.command(&["query", sql, "--format", "csv"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let said = said(child.wait_with_output().unwrap());
    assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{said:?}");
}

#[test]
fn the_demo_runs_twice() {
    let here = Installation::new();
    let first = here.json(&["demo", "shop", "--no-serve"]);
    assert_eq!(first["connector"]["slug"], "shop");
    assert_eq!(first["syncLog"]["status"], "SUCCEEDED");
    assert_eq!(first["answers"].as_array().unwrap().len(), 3);
    let second = here.json(&["demo", "shop", "--no-serve"]);
    assert_eq!(second["connector"]["id"], first["connector"]["id"]);
    assert_eq!(here.json(&["connectors", "list"])["connectors"].as_array().unwrap().len(), 1);
    let rows = |answers: &Value| {
        answers["answers"].as_array().unwrap().iter().map(|answer| answer["result"]["rows"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(rows(&first), rows(&second));
    let counted = here.json(&["query", "SELECT count(*) FROM shop.orders"]);
    assert_eq!(counted["rows"], json!([[100_000]]));
}

#[cfg(unix)]
#[test]
fn a_server_runs_the_syncs_of_the_command_line_beside_it() {
    let here = Installation::new();
    let url = here.shop();
    here.stdout(&["connectors", "add", "Shop", "--url", &url]);
    let mut server = Server::start(&here);
    assert!(std::net::TcpStream::connect(server.address()).is_ok());
    let examined = here.json(&["doctor"]);
    assert!(examined["checks"][0]["detail"].as_str().unwrap().contains("another process runs its syncs"), "{examined}");
    let said = here.run(&["sync", "shop"]);
    assert_eq!((said.status, &last_line(&said)["syncLog"]["recordsProcessed"]), (0, &json!(5)), "{said:?}");
    let address = server.address().to_string();
    let stderr = here.stderr(1, &["serve", "--listen", &address]);
    assert!(stderr.contains("could not listen on") && stderr.contains("takes a free port"), "{stderr}");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0), "it stops when asked");
    assert_eq!(here.json(&["query", "SELECT count(*) FROM shop.orders"])["rows"], json!([[3]]));
}

#[cfg(unix)]
#[test]
fn the_log_of_a_server_tells_how_a_sync_ended() {
    let here = Installation::new();
    here.stdout(&["connectors", "add", "My Shop", "--url", &here.shop()]);
    here.run(&["connectors", "add", "Gone", "--url", "sqlite:///nowhere/gone.db", "--no-test"]);
    let mut server = Server::start(&here);
    assert_eq!((here.run(&["sync", "my_shop"]).status, here.run(&["sync", "gone"]).status), (0, 1));
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let log = here.log();
    let line = |words: &str| log.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{log}"));
    let done = line("the sync of My Shop is done: 5 rows read in ");
    assert!(done.contains(" s sync.id=log_") && !done.contains("attempt"), "{done}");
    line("the sync of Gone failed: 0 rows read in ");
    assert!(line("the sync of Gone failed").contains("the database file /nowhere/gone.db was not found"), "{log}");
}

#[test]
fn packed_files_are_unpacked_in_the_data_folder_and_nothing_is_left_there() {
    let here = Installation::new();
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().write(0, 0, "id").unwrap().write(1, 0, 7).unwrap();
    let packed = zstd::encode_all(book.save_to_buffer().unwrap().as_slice(), 1).unwrap();
    fs::create_dir(here.path().join("files")).unwrap();
    fs::write(here.path().join("files/book.xlsx.zst"), packed).unwrap();
    here.stdout(&["connectors", "add", "Files", "--root", "files"]);
    let synced = said(here.command(&["sync", "files"]).env("TMPDIR", "/nowhere").output().unwrap());
    assert_eq!(synced.status, 0, "{synced:?}");
    assert_eq!(here.json(&["query", "SELECT id FROM files.book_sheet1"])["rows"], json!([[7]]));
    assert_eq!(fs::read_dir(here.path().join(".dataweaver/scratch")).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_ends_a_server_that_still_answers() {
    use std::io::{Read, Write};
    use std::time::{Duration, Instant};

    let here = Installation::new();
    let mut server = Server::start_with(&here, &[], Stdio::piped());
    // A download that nobody takes: the server would wait for its reader.
    let body = json!({ "query": "SELECT * FROM generate_series(1, 100000000)", "format": "csv" }).to_string();
    let mut download = std::net::TcpStream::connect(server.address()).unwrap();
    let head = format!(
        "POST /download/query HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        server.address(),
        body.len()
    );
    download.write_all((head + &body).as_bytes()).unwrap();
    let mut status = [0; 15];
    download.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200 OK");

    server.signal("INT");
    server.wait_until_it_says("a second signal leaves at once");
    let asked_again = Instant::now();
    server.signal("INT");
    assert_eq!(server.wait(), Some(1), "it did not wait for its reader");
    assert!(asked_again.elapsed() < Duration::from_secs(5), "{:?}", asked_again.elapsed());
}

#[cfg(unix)]
#[test]
fn a_sync_goes_on_when_the_server_that_ran_it_is_killed() {
    let here = Installation::new();
    let url = here.shop();
    here.stdout(&["connectors", "add", "Shop", "--url", &url]);
    let server = Server::start(&here);
    // A stopped process holds the data folder and runs nothing.
    server.signal("STOP");
    let waiting = here.command(&["sync", "shop"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    server.signal("KILL");
    let said = said(waiting.wait_with_output().unwrap());
    assert_eq!((said.status, &last_line(&said)["syncLog"]["status"]), (0, &json!("SUCCEEDED")), "{said:?}");
}

#[cfg(unix)]
#[test]
fn a_server_goes_on_when_nobody_reads_what_it_says() {
    use std::io::{Read, Write};
    let here = Installation::new();
    // So that what is said before the address is known fits into a pipe that nobody empties.
    here.stdout(&["migrate"]);
    let mut server = Server::start_with(&here, &["-vv"], Stdio::piped());
    server.stop_listening();
    for _ in 0..20 {
        let address = server.address();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let request = format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[cfg(unix)]
#[test]
fn what_an_installation_keeps_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for first in [&["connectors", "list"][..], &["doctor"], &["migrate"]] {
        let here = Installation::new();
        here.stdout(first);
        assert_eq!(mode(&here.path().join(".dataweaver")), 0o700, "{first:?}");
    }
    let here = Installation::new();
    here.stdout(&["connectors", "list"]);
    let key = here.path().join(".dataweaver/secret.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let stderr = here.stderr(1, &["connectors", "list"]);
    assert!(stderr.contains("can be read by others") && stderr.contains("chmod 600"), "{stderr}");
}

#[test]
fn a_database_url_with_an_unknown_parameter_is_refused() {
    let here = Installation::new();
    for (url, parameter) in
        [("postgres://reader:canary@127.0.0.1:1/a?sslmod=require", "sslmod"), ("sqlite://own.db?modus=rwc", "modus")]
    {
        let stderr = here.stderr(1, &["connectors", "list", "--database-url", url]);
        assert!(stderr.contains(&format!("{parameter} is not known (known: ")), "{stderr}");
        assert!(stderr.starts_with("error: storage.database_url (--database-url) cannot be used"), "{stderr}");
        assert!(!stderr.contains("canary"), "{stderr}");
    }
}

#[test]
fn a_name_of_a_source_gives_the_terminal_no_orders() {
    let here = Installation::new();
    fs::create_dir(here.path().join("files")).unwrap();
    fs::write(here.path().join("files/a.csv"), "n\n1\n").unwrap();
    let added = here.stdout(&["connectors", "add", "Files \u{1b}[2J\u{202e}", "--root", "files"]);
    let failed = here.run(&["sync", "x\u{1b}]0;y"]);
    for said in [&added, &failed.stderr] {
        assert!(said.contains("\\u{1b}") && !said.contains(['\u{1b}', '\u{202e}']), "{said:?}");
    }
}

#[test]
fn connectors_of_one_name_that_are_added_at_once_are_all_there() {
    let here = Installation::new();
    let url = here.shop();
    here.stdout(&["connectors", "list"]);
    let add = ["connectors", "add", "Same", "--url", &url, "--no-test"];
    let adding: Vec<_> =
        (0..20).map(|_| here.command(&add).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()).collect();
    for added in adding {
        let added = said(added.wait_with_output().unwrap());
        assert_eq!(added.status, 0, "{added:?}");
    }
    let listed = here.json(&["connectors", "list"]);
    let mut slugs: Vec<&str> =
        listed["connectors"].as_array().unwrap().iter().map(|row| row["slug"].as_str().unwrap()).collect();
    slugs.sort_unstable_by_key(|slug| (slug.len(), *slug));
    let expected: Vec<String> =
        std::iter::once("same".to_owned()).chain((2..=20).map(|number| format!("same_{number}"))).collect();
    assert_eq!(slugs, expected, "as if they had come one after the other");
}
