//! JSON and JSON lines.

use dataweaver::sdk::types::FORMAT;

use super::folder::Folder;

#[tokio::test]
async fn values_of_every_kind_arrive_exactly() {
    let folder = Folder::new().file(
        "kinds.jsonl",
        r#"{"id": 1, "big": 9223372036854775807, "price": 0.1, "exact": 12345678901234567.89, "huge": 18446744073709551616, "ok": true, "at": "2024-02-29T12:00:00+01:00", "day": "2024-02-29", "zip": "01234", "tags": ["a", {"b": 1.50}], "mixed": 1, "none": null}
{"id": 2, "big": -9223372036854775808, "price": 1e-7, "exact": 0.5, "huge": 1, "ok": false, "at": "1970-01-01T00:00:00Z", "day": null, "zip": "\u00e9\n\"", "tags": {"a": [1,  2]}, "mixed": "one"}

{"none": null, "id": 3, "mixed": {"x": [true]}}
"#,
    );
    let outcome = folder.read("kinds.jsonl").await.whole();
    assert_eq!(
        outcome.columns(),
        "id bigint, big bigint, price double, exact decimal(38,2), huge text, ok boolean, at timestamp with time zone, \
         day date, zip text, tags text, mixed text, none text"
    );
    assert_eq!(outcome.schemas[0].field_with_name("tags").unwrap().metadata()[FORMAT], "json");
    assert!(outcome.schemas[0].field_with_name("mixed").unwrap().metadata().is_empty());
    assert_eq!(
        outcome.lines(),
        [
            "1|9223372036854775807|0.1|12345678901234567.89|18446744073709551616|true|2024-02-29T11:00:00Z|2024-02-29|01234|[\"a\", {\"b\": 1.50}]|1|NULL",
            "2|-9223372036854775808|1e-7|0.50|1|false|1970-01-01T00:00:00Z|NULL|é\n\"|{\"a\": [1,  2]}|one|NULL",
            "3|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|{\"x\": [true]}|NULL",
        ]
    );
}

#[tokio::test]
async fn lines_that_are_no_objects_are_rejected() {
    let folder = Folder::new().with("sample_rows", 2).file(
        "bad.jsonl",
        b"{\"id\": 1}\n{\"id\": 2}\n{\"id\": 3\n[4]\n{\"id\": \"x\"}\n{\"id\": \"6\"}\ncaf\xe9\n{\"id\": 1.5}\n{\"id\": 9} {}\n{\"id\": 10}",
    );
    let outcome = folder.read("bad.jsonl").await.whole();
    assert_eq!(outcome.lines(), ["1", "2", "6", "10"]);
    assert_eq!(
        outcome.rejections(),
        [
            "line 3: the row is not JSON: EOF while parsing an object at place 8 [{\"id\": 3]",
            "line 4: the row is no object [[4]]",
            "line 5: id: \"x\" is no bigint [{\"id\": \"x\"}]",
            "line 7: byte 0xE9 at place 3 of the row is not UTF-8; set `encoding`, for example windows-1252 [caf\u{fffd}]",
            "line 8: id: \"1.5\" is no bigint [{\"id\": 1.5}]",
            "line 9: the row is not JSON: trailing characters at place 11 [{\"id\": 9} {}]",
        ]
    );
}

#[tokio::test]
async fn a_key_that_the_sample_did_not_show_adds_a_column() {
    let folder = Folder::new().with("sample_rows", 1).file(
        "drift.jsonl",
        "{\"id\": 1}\n{\"id\": 2, \"new\": 7, \"nested\": {\"a\": 1}}\n{\"id\": \"bad\", \"lost\": 1}\n{\"new\": 8.5, \"id\": 3}\n",
    );
    let outcome = folder.read("drift.jsonl").await.whole();
    assert_eq!(outcome.schemas.len(), 2);
    assert_eq!(outcome.columns(), "id bigint, new double, nested text");
    assert_eq!(outcome.table(), ["1|NULL|NULL", "2|7.0|{\"a\": 1}", "3|8.5|NULL"]);
    assert_eq!(outcome.rejected_rows.len(), 1);
}

#[tokio::test]
async fn arrays_are_streamed_wherever_they_lie() {
    let folder = Folder::new()
        .file("array.json", "[\n  {\"id\": 1, \"at\": {\"x\":\n 1}},\n  {\"id\": 2}\n]\n")
        .file(
            "object.json",
            "{\"count\": 2, \"meta\": {\"page\": 1}, \"items\": [{\"id\": 1}, {\"id\": 2}], \"next\": null}",
        )
        .file("nested.json", "{\"data\": {\"items\": [{\"id\": 1}, {\"id\": 2}]}}")
        .file("sequence.json", "{\"id\": 1} {\"id\":\n2}\n")
        .file("one.json", "{\"id\": 1, \"tags\": [1]}")
        .file("none.json", "[]");
    let outcome = folder.read("array.json").await.whole();
    assert_eq!(outcome.lines(), ["1|{\"x\":1}", "2|NULL"]);
    let outcome = folder.read("object.json").await.whole();
    assert_eq!(
        (outcome.lines(), outcome.logs),
        (vec!["1".into(), "2".into()], vec!["object.json: the rows are those of `items`".into()])
    );
    assert_eq!(folder.read("nested.json").await.whole().lines(), ["1", "2"]);
    assert_eq!(folder.read("sequence.json").await.whole().lines(), ["1", "2"]);
    assert_eq!(folder.read("one.json").await.whole().lines(), ["1|[1]"]);
    assert_eq!(folder.read("none.json").await.whole().rows(), 0);
}

#[tokio::test]
async fn a_broken_array_gives_its_good_rows_and_then_fails() {
    let folder = Folder::new()
        .file("cut.json", "[{\"id\": 1},\n{\"id\": 2},\n{\"id\"")
        .file("open.json", "[{\"id\": 1}")
        .file("page.json", "<html></html>");
    let outcome = folder.read("cut.json").await;
    assert_eq!(outcome.lines(), ["1", "2"]);
    assert_eq!(outcome.error.unwrap().to_string(), "cut.json, line 3: the file ends within a value");
    let outcome = folder.read("open.json").await;
    assert_eq!(outcome.lines(), ["1"]);
    assert_eq!(outcome.error.unwrap().to_string(), "open.json, line 1: the file ends before its array does");
    let error = folder.read("page.json").await.error.unwrap();
    assert_eq!(
        error.to_string(),
        "page.json: the file begins with \"<html></html>\" where an array or an object must be"
    );
}

#[tokio::test]
async fn malformed_elements_are_rejected_one_by_one() {
    let folder = Folder::new().file("bad.json", "[{\"id\": 1}, {\"id\": tru}, 7, {\"id\": 2}]");
    let outcome = folder.read("bad.json").await.whole();
    assert_eq!(outcome.lines(), ["1", "2"]);
    assert_eq!(
        outcome.rejections(),
        ["line 1: the row is not JSON: expected ident at place 11 [{\"id\": tru}]", "line 1: the row is no object [7]",]
    );
}

#[tokio::test]
async fn what_follows_an_array_is_read_or_told() {
    let folder = Folder::new()
        .file("two.json", "[{\"id\": 1},\n{\"id\": 2}]\n\n[{\"id\": 3}] []\n[{\"id\": 4}]\n ")
        .file("more.json", "[{\"id\": 1}]\n{\"id\": 2}\n")
        .file("open.json", "[{\"id\": 1}]\n[{\"id\": 2}");
    let whole = folder.read("two.json").await.whole();
    assert_eq!(whole.lines(), ["1", "2", "3", "4"]);
    let rest = folder.resume("two.json", &whole.checkpoints[0].1).await.whole();
    assert_eq!(rest.rows(), whole.rows() - whole.checkpoints[0].0);

    let outcome = folder.read("more.json").await;
    assert_eq!(outcome.lines(), ["1"]);
    assert_eq!(
        outcome.error.unwrap().to_string(),
        "more.json, line 2: something other than an array follows the array"
    );
    let outcome = folder.read("open.json").await;
    assert_eq!(outcome.lines(), ["1", "2"]);
    assert_eq!(outcome.error.unwrap().to_string(), "open.json, line 2: the file ends before its array does");
}

#[tokio::test]
async fn a_file_that_did_not_change_still_has_the_columns_that_came_late() {
    let folder = Folder::new()
        .with("sample_rows", 1)
        .file("drift.jsonl", "{\"id\": 1}\n{\"id\": 2, \"new\": 7, \"nested\": {\"a\": 1}}\n");
    for cursor_field in [None, Some("id"), Some("new")] {
        let first = folder.incremental("drift.jsonl", cursor_field.filter(|field| *field == "id"), None).await.whole();
        let (_, cursor) = first.checkpoints.last().unwrap();
        let second = folder.incremental("drift.jsonl", cursor_field, Some(cursor)).await.whole();
        assert_eq!((second.rows(), second.columns()), (0, first.columns()));
        assert_eq!(second.schemas[0].field_with_name("nested").unwrap().metadata()[FORMAT], "json");
    }
}
