//! Files are downloaded and hold what they should: rows in three formats, and a report that nothing hostile gets out of.

use std::io::Cursor;

use bytes::Bytes;
use calamine::Reader;
use parquet::file::reader::{FileReader, SerializedFileReader};
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::scene::{Shop, assert_succeeded, id, made, run, step, step_of, transform};

async fn downloaded(shop: &Shop, file: &Value) -> (String, String, Bytes) {
    let answer = shop.client().get(shop.url(file["downloadUrl"].as_str().unwrap())).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let header = |name| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
    let (kind, disposition) = (header(CONTENT_TYPE), header(CONTENT_DISPOSITION));
    (kind, disposition, answer.bytes().await.unwrap())
}

fn output(name: &str, format: &str) -> Value {
    let sql = "SELECT id, name FROM {{ source('customers') }} ORDER BY id";
    step(&format!("{name} as {format}"), "OUTPUT", json!({ "file": name, "format": format, "sql": sql }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_written_and_read_back_in_each_format() {
    let shop = Shop::new().await;
    let workflow =
        made(&shop, "Files", vec![output("list", "csv"), output("list", "parquet"), output("list", "xlsx")]).await;
    let workflow = run(&shop, &id(&workflow), None).await;
    assert_succeeded(&workflow);
    assert_eq!(step_of(&workflow, "list as csv")["rows"], 3);
    let files = workflow["files"].as_array().unwrap();
    let named = |name: &str| files.iter().find(|file| file["name"] == name).unwrap();

    let (kind, disposition, csv) = downloaded(&shop, named("list.csv")).await;
    assert_eq!((kind.as_str(), disposition.as_str()), ("text/csv; charset=utf-8", "attachment; filename=\"list.csv\""));
    assert_eq!(csv, "id,name\n1,Ada\n2,Grace\n3,Edsger\n");
    assert_eq!(named("list.csv")["byteSize"], csv.len());

    let (_, _, parquet) = downloaded(&shop, named("list.parquet")).await;
    assert_eq!(SerializedFileReader::new(parquet).unwrap().metadata().file_metadata().num_rows(), 3);

    let (_, _, xlsx) = downloaded(&shop, named("list.xlsx")).await;
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(xlsx)).unwrap();
    let sheet = workbook.worksheet_range_at(0).unwrap().unwrap();
    assert_eq!((sheet.height(), sheet.get_value((3, 1)).unwrap().to_string().as_str()), (4, "Edsger"));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_keeps_its_link_and_gets_new_rows() {
    let shop = Shop::new().await;
    let read = step("read", "EXTRACT", json!({ "sources": ["customers"] }));
    let workflow = made(&shop, "Again", vec![read, output("list", "csv")]).await;
    let id = id(&workflow);
    let first = run(&shop, &id, None).await;
    let file = rusqlite::Connection::open(shop.folder().join("Shop.db")).unwrap();
    file.execute_batch("DELETE FROM customers WHERE id > 1").unwrap();
    drop(file);
    let second = run(&shop, &id, None).await;
    assert_succeeded(&second);
    assert_eq!(first["files"][0]["id"], second["files"][0]["id"]);
    assert_eq!(downloaded(&shop, &first["files"][0]).await.2, "id,name\n1,Ada\n");
    let folder = shop.folder().join("data/files").join(&id);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "the one before is gone");
    shop.stop().await;
}

/// What a source may hold that means ill.
const HOSTILE: &str = "</td></table></style></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&<!--";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_rows_and_titles_stay_text_in_a_report() {
    let hostile = HOSTILE.replace('\'', "''");
    let tables = format!(
        "CREATE TABLE t (name TEXT, n INTEGER); INSERT INTO t VALUES ('{hostile}', 3), ('other', 5), ('{{{{ x }}}}', 1)"
    );
    let shop = Shop::with(&tables).await;
    let sections = json!([
        { "title": HOSTILE, "sql": "SELECT name AS \"<b>name</b>\", n FROM {{ source('t') }} ORDER BY n" },
        { "title": "By day", "sql": "SELECT CAST('2026-01-0' || CAST(n AS VARCHAR) AS DATE) AS day, n FROM {{ source('t') }} ORDER BY 1" },
        { "title": "None", "sql": "SELECT n FROM {{ source('t') }} WHERE n > 100" },
    ]);
    let config = json!({ "file": "Bericht über <t>".replace(['<', '>'], "_"), "format": "html", "title": HOSTILE, "sections": sections });
    let workflow = made(&shop, HOSTILE, vec![step("report", "OUTPUT", config)]).await;
    let workflow = run(&shop, &id(&workflow), None).await;
    assert_succeeded(&workflow);
    let (kind, disposition, html) = downloaded(&shop, &workflow["files"][0]).await;
    assert_eq!(kind, "text/html; charset=utf-8");
    assert!(
        disposition.starts_with("attachment; filename=\"Bericht__ber__t_.html\"; filename*=UTF-8''Bericht%20%C3%BCber"),
        "{disposition}"
    );
    let html = String::from_utf8(html.to_vec()).unwrap();
    for markup in
        ["<script", "<img", "<b>", "<!--", "onerror=alert(2)>\"", "src=\"", "href=", "http://", "https://", "url("]
    {
        assert!(!html.contains(markup), "{markup} is markup of the report");
    }
    for once in ["</table>", "</style>", "</main>"] {
        let wanted = if once == "</table>" { 3 } else { 1 };
        assert_eq!(html.matches(once).count(), wanted, "{once}");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && html.contains("{{ x }}"));
    for part in [
        "<html lang=\"en\">",
        "prefers-color-scheme:dark",
        "@media print",
        "<caption>",
        "scope=\"col\"",
        "role=\"img\"",
        "default-src 'none'",
    ] {
        assert!(html.contains(part), "{part} is missing");
    }
    assert_eq!(
        (html.matches("<rect").count(), html.matches("<polyline").count()),
        (3, 1),
        "bars for things, a line for days"
    );
    assert!(html.contains("There are no rows."));
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_grows_too_large_is_given_up_and_leaves_nothing() {
    let app = crate::harness::TestApp::with(|config| config.workflows.file_mib = 1).await;
    let sql = "SELECT a.value AS a, repeat('x', 100) AS b FROM generate_series(1, 40000) AS a";
    let big = step("big", "OUTPUT", json!({ "file": "big", "format": "csv", "sql": sql }));
    let workflow = made(&app, "Big", vec![big, transform("fine", "t", "SELECT 1 AS x")]).await;
    let workflow = run(&app, &id(&workflow), None).await;
    assert_eq!(workflow["status"], "FAILED");
    let message = step_of(&workflow, "big")["errorMessage"].as_str().unwrap();
    assert!(message.contains("larger than 1 MiB (workflows.file_mib)"), "{message}");
    assert_eq!(step_of(&workflow, "fine")["status"], "SUCCEEDED", "the others go on");
    assert_eq!(workflow["files"], json!([]));
    let left: Vec<_> = std::fs::read_dir(app.folder().join("data/files").join(id(&workflow))).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    app.stop().await;
}
