//! Integers and sums that do not fit are errors, never other numbers.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, UInt64Array};

use super::shop::{Desk, Shop};
use crate::query::{QueryError, QuerySettings};

/// A table of large numbers, with one row too many for the sums of all of them.
fn desk() -> Desk {
    let large = i64::MAX / 2 + 1;
    let wide = 10_i128.pow(38) / 2;
    let columns: [(&str, ArrayRef); 5] = [
        ("part", Arc::new(Int64Array::from(vec![1, 1, 2]))),
        ("n", Arc::new(Int64Array::from(vec![Some(large), Some(large), None]))),
        ("least", Arc::new(Int64Array::from(vec![i64::MIN, 0, 1]))),
        ("u", Arc::new(UInt64Array::from(vec![u64::MAX, 1, 0]))),
        ("d", Arc::new(Decimal128Array::from(vec![wide, wide, 1]).with_precision_and_scale(38, 0).unwrap())),
    ];
    let rows = RecordBatch::try_from_iter(columns).unwrap();
    Desk::over(Shop::stocked().with("big", "numbers", rows), QuerySettings::default())
}

#[tokio::test]
async fn an_overflow_says_so_and_what_to_do() {
    let desk = desk();
    for (sql, computed) in [
        (
            "SELECT 9223372036854775807 + 1",
            "integer overflow: 9223372036854775807 + 1 does not fit into bigint, cast to decimal(38,0) or double first",
        ),
        ("SELECT n + n FROM big.numbers", "integer overflow: 4611686018427387904 + 4611686018427387904"),
        ("SELECT n * 2 FROM big.numbers", "integer overflow: 4611686018427387904 * 2"),
        ("SELECT least - 1 FROM big.numbers", "integer overflow: -9223372036854775808 - 1"),
        ("SELECT -least FROM big.numbers", "integer overflow: "),
        ("SELECT 2147483647::int + 1::int", "integer overflow: 2147483647 + 1 does not fit into integer"),
        ("SELECT part FROM big.numbers WHERE n * 2 > 0", "integer overflow: "),
        ("SELECT part FROM big.numbers ORDER BY n * 2", "integer overflow: "),
        ("SELECT n * 2, count(*) FROM big.numbers GROUP BY n * 2", "integer overflow: "),
        ("SELECT sum(n * 2) FROM big.numbers", "integer overflow: "),
        ("SELECT (SELECT max(n * 2) FROM big.numbers)", "integer overflow: "),
        ("SELECT sum(n) FROM big.numbers", "integer overflow: the sum 9223372036854775808 does not fit into bigint"),
        ("SELECT part, sum(n) FROM big.numbers GROUP BY part", "integer overflow: the sum 9223372036854775808"),
        ("SELECT sum(n) OVER (ORDER BY part, least) FROM big.numbers", "integer overflow: the sum 9223372036854775808"),
        (
            "SELECT sum(DISTINCT a), sum(DISTINCT b) FROM (VALUES (9223372036854775807, 1), (1, 2)) v(a, b)",
            "integer overflow: the sum 9223372036854775808",
        ),
        (
            "SELECT b, sum(DISTINCT a), sum(DISTINCT a + b) FROM (VALUES (9223372036854775806, 1), (2, 1)) v(a, b) GROUP BY b",
            "integer overflow: the sum 9223372036854775808",
        ),
        (
            "SELECT sum(DISTINCT a) OVER () FROM (VALUES (9223372036854775807), (1)) v(a)",
            "integer overflow: the sum 9223372036854775808",
        ),
        (
            "SELECT sum(u) FROM big.numbers",
            "integer overflow: the sum 18446744073709551616 does not fit into unsigned bigint",
        ),
        (
            "SELECT sum(d) FROM big.numbers WHERE part = 1",
            "decimal overflow: the sum 100000000000000000000000000000000000000 does not fit into decimal(38,0)",
        ),
    ] {
        let error = desk.error(sql).await;
        assert!(matches!(error, QueryError::Execution { .. }), "{sql}: {error:?}");
        let text = error.to_string();
        assert!(text.starts_with(computed), "{sql}: {text}");
        assert!(text.ends_with("double first"), "{sql}: {text}");
    }
}

#[tokio::test]
async fn what_fits_is_as_it_was() {
    let desk = desk();
    for (sql, rows) in [
        ("SELECT 1 + 2 * 3 - 4, -(5), 7 / 2, 7 % 4", "[[3,-5,3,3]]"),
        (
            "SELECT n::decimal(38,0) * 2 FROM big.numbers ORDER BY 1",
            r#"[["9223372036854775808"],["9223372036854775808"],[null]]"#,
        ),
        ("SELECT sum(n::decimal(38,0)) FROM big.numbers", r#"[["9223372036854775808"]]"#),
        ("SELECT sum(part), sum(part + 1), sum(DISTINCT part) FROM big.numbers", "[[4,7,3]]"),
        (
            "SELECT part, sum(part), sum(part) FILTER (WHERE n > 0) FROM big.numbers GROUP BY part ORDER BY part",
            "[[1,2,2],[2,2,null]]",
        ),
        ("SELECT sum(part) FROM big.numbers WHERE false", "[[null]]"),
        (
            "SELECT sum(DISTINCT part), sum(DISTINCT least / 2), sum(DISTINCT d), count(*) FROM big.numbers",
            r#"[[3,"-4611686018427387904","50000000000000000000000000000000000001",3]]"#,
        ),
        ("SELECT sum(DISTINCT part) OVER (ORDER BY least) FROM big.numbers ORDER BY least", "[[1],[1],[3]]"),
        // The middle of a sum may be too large if its end is not.
        ("SELECT sum(x) FROM (VALUES (9223372036854775807), (1), (-2)) v(x)", r#"[["9223372036854775806"]]"#),
        (
            "SELECT sum(part) OVER (ORDER BY least ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM big.numbers ORDER BY least",
            "[[1],[2],[3]]",
        ),
        ("SELECT part + 1 AS next FROM big.numbers WHERE part + 1 > 2 GROUP BY part + 1", "[[3]]"),
        ("SELECT a.part FROM big.numbers a JOIN big.numbers b ON a.part + 1 = b.part GROUP BY 1", "[[1]]"),
        ("SELECT value FROM range(0, 20) ORDER BY value LIMIT 1 + 1 OFFSET 2 * 2", "[[4],[5]]"),
        ("SELECT 1.5 + 1, 0.1::double + 1, date '2024-01-31' + interval '1 day'", r#"[[2.5,1.1,"2024-02-01"]]"#),
    ] {
        assert_eq!(desk.rows(sql).await, rows, "{sql}");
    }
    let output = desk.run("SELECT part + 1, -part, part * 2 AS twice FROM big.numbers").await.unwrap();
    let names: Vec<_> = output.columns.iter().map(|column| (column.name.as_str(), column.data_type.as_str())).collect();
    let expected = [("part + 1", "bigint"), ("-part", "bigint"), ("twice", "bigint")];
    assert_eq!(names, expected);
    assert!(!output.columns[0].nullable);
}

#[tokio::test]
async fn constants_are_folded_before_rows_are_read() {
    let desk = desk();
    let plan = desk.rows("EXPLAIN SELECT part FROM big.numbers WHERE part > 2 + 3").await;
    assert!(plan.contains("Int64(5)") && !plan.contains("checked_add"), "{plan}");
}
