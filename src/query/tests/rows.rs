//! Columns and values as the API gives them.

use super::shop::Desk;
use crate::query::format_table;

#[tokio::test]
async fn columns_carry_name_and_type() {
    let desk = Desk::new();
    let output = desk.run("SELECT id, name, amount FROM shop.orders JOIN crm.customers USING (id)").await.unwrap();
    let columns: Vec<_> = output.columns.iter().map(|column| format!("{} {}", column.name, column.data_type)).collect();
    assert_eq!(columns, ["id bigint", "name text", "amount decimal(12,2)"]);
    assert!(output.elapsed.as_nanos() > 0);
}

#[tokio::test]
async fn names_may_repeat() {
    let desk = Desk::new();
    let output = desk.run("SELECT * FROM crm.customers c JOIN shop.orders o ON c.id = o.id LIMIT 1").await.unwrap();
    assert_eq!(output.columns.iter().filter(|column| column.name == "id").count(), 2);
    assert_eq!(output.rows[0].len(), 6);
}

#[tokio::test]
async fn now_is_one_moment_of_today() {
    let desk = Desk::new();
    let sql = "SELECT now() = now(), now()::date = current_date, current_timestamp - interval '1 day' < now(),
        date_trunc('day', now()) <= now(), current_time IS NOT NULL, today() = current_date";
    assert_eq!(desk.rows(sql).await, "[[true,true,true,true,true,true]]");
    assert_eq!(desk.rows("SELECT count(*) FROM shop.orders WHERE now() > timestamp '2024-01-01'").await, "[[3]]");
}

#[tokio::test]
async fn values_of_expressions_are_exact() {
    let desk = Desk::new();
    for (sql, row) in [
        (
            "SELECT 9007199254740992, 9007199254740993, -9007199254740993",
            r#"[[9007199254740992,"9007199254740993","-9007199254740993"]]"#,
        ),
        ("SELECT 0.1::float AS a, 0.1::double AS b, 1.0::double, 1e300", "[[0.1,0.1,1.0,1e+300]]"),
        ("SELECT 'NaN'::double, 'Infinity'::double, '-Infinity'::real", r#"[["NaN","Infinity","-Infinity"]]"#),
        ("SELECT 12.50::decimal(10,2), (-0.05)::decimal(3,2)", r#"[["12.50","-0.05"]]"#),
        ("SELECT date '2024-02-29', time '01:02:03.5'", r#"[["2024-02-29","01:02:03.500"]]"#),
        (
            "SELECT timestamp '2024-02-29 13:45:00' AS a, timestamp '2024-02-29 13:45:00' AT TIME ZONE 'UTC' AS b",
            r#"[["2024-02-29T13:45:00","2024-02-29T13:45:00Z"]]"#,
        ),
        ("SELECT interval '1 year 2 months 3 days 4.5 seconds'", r#"[["P1Y2M3DT4.5S"]]"#),
        ("SELECT X'00ff', NULL, true, ''", r#"[["AP8=",null,true,""]]"#),
        ("SELECT [1, NULL, 3], [[1.5::decimal(3,1)]]", r#"[[[1,null,3],[["1.5"]]]]"#),
        (
            "SELECT named_struct('b', 1, 'a', named_struct('c', date '2024-01-01'))",
            r#"[[{"b":1,"a":{"c":"2024-01-01"}}]]"#,
        ),
        ("SELECT map(['x', 'y'], [1, NULL])", r#"[[{"x":1,"y":null}]]"#),
        ("SELECT arrow_cast('x', 'Dictionary(Int32, Utf8)')", r#"[["x"]]"#),
    ] {
        assert_eq!(desk.rows(sql).await, row, "{sql}");
    }
}

#[tokio::test]
async fn the_table_for_terminals_is_plain() {
    let desk = Desk::new();
    let sql = r"SELECT c.id, name, amount, E'a\nb\x1b[31m|' AS text, 'TURNED' AS bidi FROM crm.customers c
        JOIN shop.orders o ON o.id = c.id ORDER BY c.id";
    let output = desk.run(&sql.replace("TURNED", "\u{202e}a\u{2067}")).await.unwrap();
    insta::assert_snapshot!(format_table(&output), @r#"
    | id | name  | amount | text            | bidi              |
    |----|-------|--------|-----------------|-------------------|
    |  1 | Ada   |  12.50 | a\nb\u{1b}[31m| | \u{202e}a\u{2067} |
    |  2 | Grace |  -0.05 | a\nb\u{1b}[31m| | \u{202e}a\u{2067} |
    |  3 | NULL  |   NULL | a\nb\u{1b}[31m| | \u{202e}a\u{2067} |
    "#);
}
