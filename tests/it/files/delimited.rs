//! CSV and TSV.

use insta::assert_debug_snapshot;

use super::folder::Folder;

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
    insta::assert_snapshot!(outcome.columns(), @"");
    assert_debug_snapshot!(outcome.lines(), @"");
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
          11,11.5,eleven",
    );
    let outcome = folder.read("bad.csv").await.whole();
    assert_debug_snapshot!(outcome.lines(), @"");
    assert_debug_snapshot!(outcome.rejections(), @"");
    assert_debug_snapshot!(outcome.logs, @"");
}

#[tokio::test]
async fn headers_are_made_unique_and_may_be_absent() {
    let folder = Folder::new().file("a.csv", "id,,id,Name\n1,2,3,4\n").file("b.csv", "id\n");
    let outcome = folder.read("a.csv").await.whole();
    insta::assert_snapshot!(outcome.columns(), @"");
    let outcome = folder.read("b.csv").await.whole();
    insta::assert_snapshot!(outcome.columns(), @"");
    assert_eq!(outcome.rows(), 0);

    let folder = Folder::new().with("header", false).file("a.csv", "1,2\n3,4,5\n");
    let outcome = folder.read("a.csv").await.whole();
    insta::assert_snapshot!(outcome.columns(), @"");
    assert_eq!(outcome.lines(), ["1|2|NULL", "3|4|5"]);
}
