//! CSV and TSV.

use dataweaver::sdk::ErrorClass;

use super::folder::{Folder, columns};

#[tokio::test]
async fn a_file_of_every_type_arrives_with_its_types() {
    let folder = Folder::new().file(
        "types.csv",
        "flag,number,amount,exact,day,local,moment,code,text\n\
         true,1,1.5,12345678901234567.89,2024-02-29,2024-02-29 10:00:00,2024-02-29T12:00:00+02:00,007,plain\n\
         False,-9223372036854775808,-1e10,0.1,1970-01-01,2024-02-29T10:00:00.123456,1969-12-31T23:59:59Z,+49,\"a \"\"quoted\"\"\nline, two\"\n\
         ,,,,,,,,\n\
         \"true\",\"7\",\" 2.25 \",\"3\", 2000-01-01 ,2000-01-01,2000-01-01 00:00:00Z,18446744073709551616,\"\"\n",
    );
    let outcome = folder.read("types.csv").await.whole();
    assert_eq!(
        outcome.columns(),
        "flag boolean, number bigint, amount double, exact decimal(38,2), day date, local timestamp, \
         moment timestamp with time zone, code text, text text"
    );
    assert_eq!(
        outcome.lines(),
        [
            "true|1|1.5|12345678901234567.89|2024-02-29|2024-02-29T10:00:00|2024-02-29T10:00:00Z|007|plain",
            "false|-9223372036854775808|-10000000000.0|0.10|1970-01-01|2024-02-29T10:00:00.123456|1969-12-31T23:59:59Z|+49|a \"quoted\"\nline, two",
            "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL",
            "true|7|2.25|3.00|2000-01-01|2000-01-01T00:00:00|2000-01-01T00:00:00Z|18446744073709551616|",
        ]
    );
    assert_eq!(outcome.rejections(), Vec::<String>::new());
}

#[tokio::test]
async fn rows_that_do_not_fit_are_rejected_with_their_line_and_reason() {
    let folder = Folder::new().with("sample_rows", 2).file(
        "bad.csv",
        b"id,amount,note\n\
          1,1.5,one\n\
          2,2.5,two\n\
          x,3.5,three\n\
          4,4.5,four,too,many\n\
          5,5.5\n\
          6,6.5,\"never closed\n\
          7,7.5,caf\xe9\n\
          8,8.5,\"closed\" late\n\
          9,9.5,nine,,\n\
          10,3.14159265358979323846,ten\n\
          11,11.5,\"two\nlines\"\n\
          12,y,twelve\n\
          13,13.5,thirteen",
    );
    let outcome = folder.read("bad.csv").await.whole();
    assert_eq!(
        outcome.lines(),
        ["1|1.5|one", "2|2.5|two", "5|5.5|NULL", "9|9.5|nine", "11|11.5|two\nlines", "13|13.5|thirteen"]
    );
    assert_eq!(
        outcome.rejections(),
        [
            "line 4: id: \"x\" is no bigint [x,3.5,three]",
            "line 5: the row has 5 fields where there are 3 columns [4,4.5,four,too,many]",
            "line 7: text follows the closing quote of a field [6,6.5,\"never closed]",
            "line 8: byte 0xE9 at place 9 of the row is not UTF-8; set `encoding`, for example windows-1252 [7,7.5,caf\u{fffd}]",
            "line 9: text follows the closing quote of a field [8,8.5,\"closed\" late]",
            "line 11: amount: \"3.14159265358979323846\" is no double [10,3.14159265358979323846,ten]",
            "line 14: amount: \"y\" is no double [12,y,twelve]",
        ]
    );
    assert_eq!(
        outcome.logs,
        ["bad.csv: 1 row has fewer fields than there are columns, the first on line 6; the missing ones are NULL"]
    );
}

#[tokio::test]
async fn a_quote_that_is_never_closed_costs_one_line() {
    let mut text = String::from("id,text\n1,\"open\n");
    for id in 2..20_000 {
        text.push_str(&format!("{id},row\n"));
    }
    let outcome = Folder::new().file("open.csv", text).read("open.csv").await.whole();
    assert_eq!(outcome.rows(), 19_998);
    assert_eq!(outcome.rejections(), ["line 2: a quoted field is never closed [1,\"open]"]);
}

#[tokio::test]
async fn a_line_longer_than_any_row_may_be_is_rejected_and_the_next_is_read() {
    let mut text = b"id,text\n1,one\n2,".to_vec();
    text.resize(text.len() + (40 << 20), b'x');
    text.extend_from_slice(b"\n3,three\n");
    let outcome = Folder::new().file("long.csv", text).read("long.csv").await.whole();
    assert_eq!(outcome.lines(), ["1|one", "3|three"]);
    assert_eq!(outcome.rejected_rows.len(), 1);
    let rejected = &outcome.rejected_rows[0];
    assert_eq!((rejected.position.as_str(), rejected.reason.as_str()), ("line 3", "the row is longer than 16 MiB"));
    assert!(rejected.row.len() < 70_000, "{} bytes of it are kept", rejected.row.len());
}

#[tokio::test]
async fn headers_are_made_unique_and_may_be_absent() {
    let folder = Folder::new().file("a.csv", "id,,id,Name\n1,2,3,4\n").file("b.csv", "id\n");
    let outcome = folder.read("a.csv").await.whole();
    assert_eq!(outcome.columns(), "id bigint, column_2 bigint, id_2 bigint, Name bigint");
    let outcome = folder.read("b.csv").await.whole();
    assert_eq!(outcome.columns(), "id text");
    assert_eq!(outcome.rows(), 0);

    let folder = Folder::new().with("header", false).file("a.csv", "1,2\n3,4,5\n");
    let outcome = folder.read("a.csv").await.whole();
    assert_eq!(outcome.columns(), "column_1 bigint, column_2 bigint, column_3 bigint");
    assert_eq!(outcome.lines(), ["1|2|NULL", "3|4|5"]);
}

#[tokio::test]
async fn an_empty_file_has_no_columns_and_says_so() {
    for bytes in ["", "\u{feff}", "\n\n"] {
        let outcome = Folder::new().file("empty.csv", bytes).read("empty.csv").await.whole();
        assert_eq!((outcome.columns().as_str(), outcome.rows()), ("", 0));
        assert_eq!(outcome.logs, ["empty.csv is empty: it has no columns and no rows"]);
        assert_eq!(outcome.checkpoints.len(), 2);
    }
}

#[tokio::test]
async fn delimiters_and_line_ends_are_found() {
    let folder = Folder::new()
        .file("semicolon.csv", "id;price\r\n1;1,5\r\n2;2,5\r\n")
        .file("pipe.csv", "id|text\n1|a,b\n2|c,d\n")
        .file("mac.csv", "id,text\r1,one\r2,two\r")
        .file("tab.tsv", "id\ttext\n1\ta,b;c\n")
        .file("late.csv", "id,text\n1,\"a\"\r\n2,b\r\n");
    assert_eq!(folder.read("semicolon.csv").await.whole().lines(), ["1|1,5", "2|2,5"]);
    assert_eq!(folder.read("pipe.csv").await.whole().lines(), ["1|a,b", "2|c,d"]);
    assert_eq!(folder.read("mac.csv").await.whole().lines(), ["1|one", "2|two"]);
    assert_eq!(folder.read("tab.tsv").await.whole().lines(), ["1|a,b;c"]);
    assert_eq!(folder.read("late.csv").await.whole().lines(), ["1|a", "2|b"]);
    let told = Folder::new().with("delimiter", ":").file("colon.csv", "a:b,c\n1:2\n");
    assert_eq!(told.read("colon.csv").await.whole().columns(), "a bigint, b,c bigint");
}

#[tokio::test]
async fn texts_in_other_encodings_are_read() {
    let utf16 = |text: &str, little: bool| -> Vec<u8> {
        let units = text.encode_utf16();
        if little { units.flat_map(u16::to_le_bytes).collect() } else { units.flat_map(u16::to_be_bytes).collect() }
    };
    let text = "\u{feff}id,text\n1,Größe 😀\n";
    let folder =
        Folder::new().file("utf8.csv", text).file("little.csv", utf16(text, true)).file("big.csv", utf16(text, false));
    for name in ["utf8.csv", "little.csv", "big.csv"] {
        let outcome = folder.read(name).await.whole();
        assert_eq!(
            (outcome.columns().as_str(), outcome.lines()),
            ("id bigint, text text", vec!["1|Größe 😀".to_owned()]),
            "{name}"
        );
    }
    // Without a byte order mark it is known by its zeros; other scripts have few of them.
    let unmarked = "id,text\n1,Größe 😀\n2,注文の一覧、数量と単価、日付と顧客\n";
    for little in [true, false] {
        let outcome = Folder::new().file("a.csv", utf16(unmarked, little)).read("a.csv").await.whole();
        assert_eq!(outcome.lines(), ["1|Größe 😀", "2|注文の一覧、数量と単価、日付と顧客"], "{little}");
        let json = utf16("[{\"id\": 1, \"text\": \"a\"}]", little);
        assert_eq!(Folder::new().file("a.json", json).read("a.json").await.whole().lines(), ["1|a"], "{little}");
    }
    let zeros = Folder::new().file("zeros.csv", "id,text\n1,a\0\0b\n2,c\n").read("zeros.csv").await.whole();
    assert_eq!(zeros.lines(), ["1|a\0\0b", "2|c"], "zeros alone do not make it UTF-16");
    let zero = Folder::new().file("zero.csv", "id,text\n1,a\0b\n").read("zero.csv").await.whole();
    assert_eq!(zero.lines(), ["1|a\0b"]);
    let latin = Folder::new().with("encoding", "latin1").file("latin.csv", b"id,text\n1,caf\xe9 \x80\n");
    assert_eq!(latin.read("latin.csv").await.whole().lines(), ["1|café €"]);

    // Half a surrogate pair is no character.
    let mut broken = utf16("\u{feff}id,text\n1,", true);
    broken.extend_from_slice(&[0x3d, 0xd8]);
    broken.extend(utf16("\n2,two\n", true));
    let outcome = Folder::new().file("broken.csv", broken).read("broken.csv").await.whole();
    assert_eq!(outcome.lines(), ["2|two"]);
    assert_eq!(outcome.rejected_rows[0].reason, "place 2 of the row holds bytes that UTF-16LE does not allow");
}

#[tokio::test]
async fn a_header_in_another_encoding_is_told_instead_of_read() {
    let latin = b"id,pr\xe9nom,\xe9t\xe9\n1,a,b\n";
    let folder = Folder::new().file("latin.csv", latin);
    let error = folder.read("latin.csv").await.error.unwrap();
    assert_eq!(error.class(), ErrorClass::Data);
    let told = "latin.csv: line 1, which names the columns: byte 0xE9 at place 5 of the row is not UTF-8; set `encoding`, \
                for example windows-1252";
    assert_eq!(error.to_string(), told);
    assert_eq!(folder.sources().await[0].details["problem"], told);
    let folder = folder.with("encoding", "windows-1252");
    assert_eq!(folder.read("latin.csv").await.whole().columns(), "id bigint, prénom text, été text");
}

#[tokio::test]
async fn settings_choose_types_and_nulls() {
    let folder = Folder::new()
        .with("null_values", serde_json::json!(["NA", "\\N"]))
        .with("column_types", serde_json::json!({ "zip": "text", "price": "decimal(12,2)" }))
        .file("typed.csv", "zip,price,count,note\n12345,1.5,NA,\\N\n23456,NA,7,\"NA\"\n");
    let outcome = folder.read("typed.csv").await.whole();
    assert_eq!(outcome.columns(), "zip text, price decimal(12,2), count bigint, note text");
    assert_eq!(outcome.lines(), ["12345|1.50|NULL|NULL", "23456|NULL|7|NA"]);
}

#[tokio::test]
async fn wrong_settings_are_refused_by_name() {
    for (key, value, words) in [
        ("encoding", "klingon", "connectionConfig.encoding: klingon is no encoding we know"),
        ("delimiter", "ab", "connectionConfig.delimiter: must be one ASCII character"),
        ("pattern", "a[", "connectionConfig.pattern: is no pattern"),
        ("root", "relative/path", "connectionConfig.root: must be an absolute folder"),
        ("root", "ftp://host/", "connectionConfig.root: ftp:// is not a store we read"),
    ] {
        let refused = Folder::new().with(key, value).open(dataweaver::sdk::OpenContext::default());
        let error = refused.err().expect(key).to_string();
        assert!(error.starts_with(words), "{error}");
    }
    let types = serde_json::json!({ "a": "varchar" });
    let error = Folder::new().with("column_types", types).open(dataweaver::sdk::OpenContext::default()).err().unwrap();
    assert!(
        error.to_string().starts_with("connectionConfig.column_types.a: varchar is no type (known: text"),
        "{error}"
    );
    for rows in [0, 1_000_001] {
        let refused = Folder::new().with("sample_rows", rows).open(dataweaver::sdk::OpenContext::default());
        let error = refused.err().unwrap().to_string();
        assert!(error.starts_with("connectionConfig.sample_rows: must be between 1 and 1000000"), "{error}");
    }
}

#[tokio::test]
async fn what_is_read_is_what_the_csv_crate_reads() {
    let mut text = String::from("a,b,c\n");
    for row in 0..5_000 {
        text.push_str(&format!("{row},\"x\"\"{row}\"\"\ny,z\",plain {row}\r\n"));
    }
    let outcome = Folder::new().file("same.csv", &text).batches_of(20 << 10).read("same.csv").await.whole();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let expected: Vec<String> =
        reader.records().map(|record| record.unwrap().iter().collect::<Vec<_>>().join("|")).collect();
    assert_eq!(outcome.lines(), expected);
    assert!(outcome.batches.len() > 5, "{} batches", outcome.batches.len());
    assert_eq!(columns(&outcome.schemas[0]), "a bigint, b text, c text");
}
