//! What is found in a folder, and what is refused.

use dataweaver::sdk::{CatalogSource, ErrorClass, OpenContext, SourceRef, types::type_name};

use super::folder::Folder;

#[tokio::test]
async fn every_file_and_sheet_is_a_data_source() {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("North East").unwrap().write(0, 0, "id").unwrap().write(1, 0, 1).unwrap();
    book.add_worksheet().set_name("South").unwrap();
    let folder = Folder::new()
        .file("orders.csv", "id,total\n1,2.5\n")
        .file("2024/May/orders.csv.gz", super::packed::gzip(b"id\n1\n"))
        .file("events.v1.jsonl", "{\"a\": {\"b\": 1}}\n")
        .file("book.xlsx", book.save_to_buffer().unwrap())
        .file("broken.parquet", "PAR1")
        .file("a#b.csv", "x\n1\n")
        .file("notes.txt", "nothing")
        .file(".hidden.csv", "a\n1\n")
        .file(".git/config.csv", "a\n1\n")
        .file("out/_SUCCESS", "")
        .file("out/.part-0.csv.crc", "");
    let found: Vec<_> = folder
        .sources()
        .await
        .into_iter()
        .map(|source| {
            let fields =
                source.schema.fields().iter().map(|field| format!("{} {}", field.name(), type_name(field.data_type())));
            let fields = fields.collect::<Vec<_>>().join(", ");
            format!(
                "{} | {} | {} | {} | {fields}",
                source.source_path, source.source_type, source.name, source.sql_name
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "2024/May/orders.csv.gz | csv | orders | 2024_May_orders | id bigint",
            "a#b.csv | csv | a#b | a#b | x bigint",
            "book.xlsx#North East | xlsx | book North East | book_North East | id bigint",
            "book.xlsx#South | xlsx | book South | book_South | ",
            "broken.parquet | parquet | broken | broken | ",
            "events.v1.jsonl | jsonl | events.v1 | events.v1 | a text",
            "orders.csv | csv | orders | orders | id bigint, total double",
        ]
    );
    let sources = folder.sources().await;
    let orders = sources.last().unwrap();
    assert_eq!((&orders.details["size"], &orders.details["file"]), (&15.into(), &"orders.csv".into()));
    let broken = sources.iter().find(|source| source.name == "broken").unwrap();
    assert!(
        broken.details["problem"].as_str().unwrap().starts_with("broken.parquet: the file is damaged"),
        "{}",
        broken.details
    );
    assert_eq!(folder.read("a#b.csv").await.whole().lines(), ["1"]);
}

#[tokio::test]
async fn a_second_look_opens_only_what_is_new_or_changed() {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().write(0, 0, "id").unwrap();
    book.add_worksheet().write(0, 0, "id").unwrap();
    let folder = Folder::new()
        .file("same.csv", "id\n1\n")
        .file("book.xlsx", book.save_to_buffer().unwrap())
        .file("changed.csv", "id\n1\n")
        .file("broken.parquet", "PAR1")
        .file("gone.csv", "id\n1\n");
    let known: Vec<SourceRef> = folder.sources().await.into_iter().map(as_known).collect();
    folder.write("changed.csv", "id,text\n1,one\n");
    folder.write("new.csv", "id\n1\n");
    std::fs::remove_file(folder.path("gone.csv")).unwrap();
    let again = folder.connector().rediscover(known.clone()).await.unwrap();
    assert_eq!(again.unchanged, ["book.xlsx#Sheet1", "book.xlsx#Sheet2", "same.csv"]);
    let found: Vec<_> = again.catalog.sources.iter().map(|source| source.source_path.as_str()).collect();
    assert_eq!(found, ["broken.parquet", "changed.csv", "new.csv"], "what could not be read may be readable now");
    assert_eq!(again.catalog.sources[1].schema.fields().len(), 2);

    let read_otherwise = folder.with("header", false).connector().rediscover(known).await.unwrap();
    assert!(read_otherwise.unchanged.is_empty(), "{:?}", read_otherwise.unchanged);
}

fn as_known(source: CatalogSource) -> SourceRef {
    let CatalogSource { name, source_type, source_path, details, .. } = source;
    SourceRef { name, source_type, source_path, details }
}

#[tokio::test]
async fn check_counts_files_by_format() {
    let folder = Folder::new().file("a.csv", "a\n").file("b/c.csv.gz", "").file("d.parquet", "").file("e.txt", "");
    let reachable = folder.connector().check().await.unwrap();
    let root = folder.path("");
    let root = root.to_str().unwrap().trim_end_matches('/');
    assert_eq!(reachable.message, format!("{root} holds 3 files to read: 2 csv, 1 parquet"));
    assert_eq!(reachable.details["other_files"], 1);

    let narrowed = folder.with("pattern", "*.csv");
    assert_eq!(narrowed.connector().check().await.unwrap().details["formats"], serde_json::json!({ "csv": 1 }));
    let empty = Folder::new();
    assert!(empty.connector().check().await.unwrap().message.ends_with("holds no files that we read"));
}

#[tokio::test]
async fn a_root_that_cannot_be_read_is_told_apart() {
    let folder = Folder::new().file("a.csv", "a\n1\n");
    let at = |path: &str| folder.path(path).to_str().unwrap().to_owned();
    let refused = async |root: String, context: OpenContext| {
        let connector = Folder::new().with("root", root).open(context).unwrap();
        connector.check().await.unwrap_err()
    };
    let error = refused(at("missing"), OpenContext::default()).await;
    assert_eq!(
        (error.class(), error.to_string()),
        (ErrorClass::NotFound, format!("the folder {} was not found; check the path", at("missing")))
    );
    let error = refused(at("a.csv"), OpenContext::default()).await;
    assert_eq!(
        error.to_string(),
        format!("connectionConfig.root: {} is a file; give the folder that it lies in", at("a.csv"))
    );

    let allowed = tempfile::tempdir().unwrap();
    let context = OpenContext { file_roots: Some(vec![allowed.path().to_owned()]), ..OpenContext::default() };
    let error = refused(at(""), context.clone()).await;
    assert_eq!(error.class(), ErrorClass::Permission);
    assert!(error.to_string().contains("is outside of the folders that files may be read from"), "{error}");
    // Neither dots nor links lead out.
    let around = format!("{}/../{}", allowed.path().display(), folder.path("").file_name().unwrap().to_str().unwrap());
    assert_eq!(refused(around, context.clone()).await.class(), ErrorClass::Permission);
    std::os::unix::fs::symlink(folder.path(""), allowed.path().join("link")).unwrap();
    let link = allowed.path().join("link").to_str().unwrap().to_owned();
    assert_eq!(refused(link, context.clone()).await.class(), ErrorClass::Permission);
    let inside = Folder::new().with("root", allowed.path().to_str().unwrap());
    assert!(inside.open(context).unwrap().check().await.is_ok());
}

#[tokio::test]
async fn links_that_lead_out_of_the_root_are_not_followed() {
    let outside = Folder::new().file("secret.csv", "a\n1\n");
    let folder = Folder::new().file("real.csv", "a\n1\n");
    std::os::unix::fs::symlink(outside.path("secret.csv"), folder.path("link.csv")).unwrap();
    std::os::unix::fs::symlink(outside.path(""), folder.path("folder")).unwrap();
    std::os::unix::fs::symlink(folder.path("real.csv"), folder.path("inside.csv")).unwrap();
    std::os::unix::fs::symlink(folder.path(""), folder.path("circle")).unwrap();
    std::os::unix::fs::symlink(folder.path("gone.csv"), folder.path("nowhere.csv")).unwrap();
    let paths: Vec<_> = folder.sources().await.into_iter().map(|source| source.source_path).collect();
    assert_eq!(paths, ["inside.csv", "real.csv"]);
    for path in ["link.csv", "folder/secret.csv"] {
        let error = folder.read(path).await.error.expect(path);
        assert_eq!(error.class(), ErrorClass::Permission);
        assert_eq!(
            error.to_string(),
            format!("{path} is a link that leads out of the folder; files are read below the root only")
        );
    }
    for path in ["../secret.csv", "missing.csv"] {
        assert_eq!(folder.read(path).await.error.expect(path).class(), ErrorClass::NotFound);
    }
    assert_eq!(folder.read("inside.csv").await.whole().lines(), ["1"]);
}

#[tokio::test]
async fn names_that_urls_would_escape_are_read() {
    let names =
        ["a b.csv", "50%.csv", "größe 日付.csv", "what?.csv", "a+b&c=d.csv", "x#1.csv", "[1].csv", "tilde~.csv"];
    let mut folder = Folder::new();
    for name in names {
        folder = folder.file(name, "id\n7\n");
    }
    let found = folder.sources().await;
    assert_eq!(found.len(), names.len());
    for name in names {
        assert_eq!(folder.read(name).await.whole().lines(), ["7"], "{name}");
    }
    for source in found {
        assert_eq!(source.schema.fields().len(), 1, "{}", source.source_path);
    }
}

#[tokio::test]
async fn a_name_that_cannot_be_asked_for_is_left_out_and_told() {
    let folder =
        Folder::new().file("good.csv", "id\n7\n").file("bell\u{7}.csv", "id\n1\n").file("a\nb/c.csv", "id\n1\n");
    let paths: Vec<_> = folder.sources().await.into_iter().map(|source| source.source_path).collect();
    assert_eq!(paths, ["good.csv"]);
    let reachable = folder.connector().check().await.unwrap();
    let reason = "the name holds a control character; rename it";
    let left_out = [format!("a\nb: {reason}"), format!("bell\u{7}.csv: {reason}")];
    assert_eq!(reachable.details["skipped"], serde_json::json!(left_out));
    let told = format!("holds 1 file to read: 1 csv; left out are 2, such as {}", left_out[0]);
    assert!(reachable.message.ends_with(&told), "{}", reachable.message);
}

#[tokio::test]
async fn a_delta_table_is_left_out_and_told() {
    let log = "_delta_log/00000000000000000000.json";
    let folder = Folder::new()
        .file("orders.csv", "id\n7\n")
        .file("lake/beside.csv", "id\n1\n")
        .file(&format!("lake/orders/{log}"), "{}")
        .file("lake/orders/part-0.csv", "id\n1\n")
        .file("lake/orders/Day=1/part-0.csv", "id\n1\n")
        .file(&format!("lake/orders/inner/{log}"), "{}")
        .file("later/part-0.csv", "id\n1\n");
    let paths: Vec<_> = folder.sources().await.into_iter().map(|source| source.source_path).collect();
    assert_eq!(paths, ["lake/beside.csv", "later/part-0.csv", "orders.csv"]);
    let reason = "a Delta table, whose files are not read one by one";
    let reachable = folder.connector().check().await.unwrap();
    let told = format!("holds 3 files to read: 3 csv; left out is lake/orders: {reason}");
    assert!(reachable.message.ends_with(&told), "{}", reachable.message);

    let narrowed = folder.with("pattern", "**/*.csv");
    assert_eq!(narrowed.sources().await.len(), 3, "whether the pattern names the log or not");
    narrowed.write(&format!("later/{log}"), "{}");
    for (path, table) in [("later/part-0.csv", "later"), ("lake/orders/Day=1/part-0.csv", "lake/orders")] {
        let error = narrowed.read(path).await.error.expect(path);
        assert_eq!(error.class(), ErrorClass::NotFound);
        let words = format!("{path} was not found as a file of its own: it belongs to {table}, {reason}");
        assert_eq!(error.to_string(), words);
    }

    let table = Folder::new().file(log, "{}").file("part-0.parquet", "PAR1");
    let message = table.connector().check().await.unwrap().message;
    assert!(
        message.ends_with(&format!("holds no files that we read; left out is the root itself: {reason}")),
        "{message}"
    );
    assert!(table.sources().await.is_empty());
}

#[tokio::test]
async fn thousands_of_files_are_found_in_order() {
    let folder = Folder::new();
    for number in 0..2_000 {
        folder.write(&format!("part/{number:05}.csv"), format!("id,text\n{number},row\n"));
    }
    let found = folder.sources().await;
    assert_eq!(found.len(), 2_000);
    assert!(found.is_sorted_by(|one, other| one.source_path < other.source_path));
    assert!(found.iter().all(|source| source.schema.fields().len() == 2));
}

#[tokio::test]
async fn a_region_is_a_name_and_no_part_of_an_address() {
    let open =
        |region: &str| Folder::new().with("root", "s3://shop").with("region", region).open(OpenContext::default());
    for region in ["eu-central-1", "us-gov-west-1", "ru-1", "auto"] {
        assert!(open(region).is_ok(), "{region}");
    }
    for region in
        ["", "x.attacker.example/", "us-east-1@10.0.0.1", "EU", "a b", "eu-central-1.evil.example#", &"a".repeat(33)]
    {
        let error = open(region).err().expect(region);
        assert_eq!(
            error.to_string(),
            "connectionConfig.region: is no region's name; write it like eu-central-1, in lower-case letters, digits and hyphens"
        );
    }
}
