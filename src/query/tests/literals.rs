//! Numbers are compared with all their digits, or as doubles, after what stands on the other side.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Decimal256Array, Float32Array, Float64Array, Int64Array, RecordBatch, UInt64Array,
};
use arrow::datatypes::i256;

use super::shop::{Desk, Shop};
use crate::query::QuerySettings;

/// Seven rows with large and odd numbers of each type, the last with none.
fn desk() -> Desk {
    let decimals = [
        "123456789012345678905000000000",
        "123456781200000000",
        "-123456789012345678905000000000",
        "3000000000",
        "100000000000000000000000000000000",
        "99999999999999999999999999990000000000",
    ];
    let decimals = decimals.iter().map(|digits| Some(digits.parse::<i128>().unwrap())).chain([None]);
    let decimals = decimals.collect::<Decimal128Array>().with_precision_and_scale(38, 10).unwrap();
    let wide = i256::from_string("12345678901234567890123456789012345678901234550000").unwrap();
    let wide = [Some(wide), Some(i256::ONE), None, None, None, None, None].into_iter().collect::<Decimal256Array>();
    let doubles = [0.1 + 0.2, 1234.5678901234567, 1e22, f64::INFINITY, f64::NAN, -73.98574280000001].map(Some);
    let reals = [0.1, 16_777_216.0, 1.5, f32::INFINITY, f32::NAN, -0.5].map(Some);
    let integers = [9_007_199_254_740_993, 9_007_199_254_740_992, i64::MAX, i64::MIN, 1, 0].map(Some);
    let unsigned = [u64::MAX, 1 << 63, 0, 1, 2, 3].map(Some);
    let columns: [(&str, ArrayRef); 7] = [
        ("id", Arc::new(Int64Array::from_iter_values(1..=7))),
        ("x", Arc::new(doubles.into_iter().chain([None]).collect::<Float64Array>())),
        ("r", Arc::new(reals.into_iter().chain([None]).collect::<Float32Array>())),
        ("d", Arc::new(decimals)),
        ("w", Arc::new(wide.with_precision_and_scale(60, 5).unwrap())),
        ("i", Arc::new(integers.into_iter().chain([None]).collect::<Int64Array>())),
        ("u", Arc::new(unsigned.into_iter().chain([None]).collect::<UInt64Array>())),
    ];
    let rows = RecordBatch::try_from_iter(columns).unwrap();
    Desk::over(Shop::stocked().with("big", "numbers", rows), QuerySettings::default())
}

/// Checks which rows fulfil each condition.
async fn assert_found(cases: &[(&str, &str)]) {
    let desk = desk();
    for (condition, ids) in cases {
        let found = desk.rows(&format!("SELECT id FROM big.numbers WHERE {condition} ORDER BY id")).await;
        assert_eq!(&found, ids, "{condition}");
    }
}

#[tokio::test]
async fn doubles_are_compared_as_doubles() {
    assert_found(&[
        ("x = 1234.5678901234567", "[[2]]"),
        ("x = 1234.56789012345670001", "[[2]]"),
        ("1234.5678901234567 = x", "[[2]]"),
        ("x > 1234.5678901234567", "[[3],[4],[5]]"),
        ("1234.5678901234567 <= x", "[[2],[3],[4],[5]]"),
        ("x > 0.1234567890123456", "[[1],[2],[3],[4],[5]]"),
        ("x < 3.14159265358979323846", "[[1],[6]]"),
        ("x = 10000000000000000000000.0", "[[3]]"),
        ("x = 10000000000000000000000", "[[3]]"),
        ("x = 1e22", "[[3]]"),
        ("x > 1e300", "[[4],[5]]"),
        ("x = -73.98574280000001", "[[6]]"),
        ("x = -(73.98574280000001)", "[[6]]"),
        ("-x = +73.98574280000001", "[[6]]"),
        ("x BETWEEN 0.30000000000000004 AND 1234.5678901234567", "[[1],[2]]"),
        ("x IN (5, 0.30000000000000004)", "[[1]]"),
        ("x IS NOT DISTINCT FROM 0.30000000000000004", "[[1]]"),
        ("CASE x WHEN 1234.5678901234567 THEN true ELSE false END", "[[2]]"),
        ("x = (SELECT 1234.5678901234567)", "[[2]]"),
        ("(SELECT min(x) FROM big.numbers) = -73.98574280000001 AND id = 1", "[[1]]"),
        ("nullif(x, 1234.5678901234567) IS NULL", "[[2],[7]]"),
        ("x * 1e30 > 3.14159265358979323846", "[[1],[2],[3],[4],[5]]"),
        ("x > 1000000000000000000.5 AND x < 1e23", "[[3]]"),
    ])
    .await;
}

#[tokio::test]
async fn reals_are_compared_as_doubles() {
    assert_found(&[
        ("r = 1.5", "[[3]]"),
        ("r = 16777216.000000000000", "[[2]]"),
        ("r = 0.100000001490116119384765625", "[[1]]"),
        ("r > 0.1000000000000000001", "[[1],[2],[3],[4],[5]]"),
        ("r IN (-0.5, 1.5)", "[[3],[6]]"),
    ])
    .await;
}

#[tokio::test]
async fn decimals_are_compared_with_all_digits() {
    assert_found(&[
        ("d = 12345678901234567890.50", "[[1]]"),
        ("12_345_678_901_234_567_890.5 = d", "[[1]]"),
        ("d = 12345678901234567890.51", "[]"),
        ("d > 12345678901234567890.49 AND d < 12345678901234567890.51", "[[1]]"),
        ("d = 12345678.12", "[[2]]"),
        ("d = 12345678.12000000000000000000", "[[2]]"),
        ("d = 12345678.12000000000000000001", "[]"),
        ("d = 1234567812e-2", "[[2]]"),
        ("d BETWEEN 12345678.1199999999999999 AND 12345678.1200000000000001", "[[2]]"),
        ("d = -12345678901234567890.50", "[[3]]"),
        ("d = -(12345678901234567890.50)", "[[3]]"),
        ("-d = 12345678901234567890.50", "[[3]]"),
        ("d = 1e22", "[[5]]"),
        ("d < 1e300", "[[1],[2],[3],[4],[5],[6]]"),
        ("d > 1e27", "[[6]]"),
        ("d IN (0.3, 10000000000000000000000.0, 7)", "[[4],[5]]"),
        ("d NOT IN (0.3, 1e22)", "[[1],[2],[3],[6]]"),
        ("d <> 12345678901234567890.50", "[[2],[3],[4],[5],[6]]"),
        ("d IS DISTINCT FROM 0.3", "[[1],[2],[3],[5],[6],[7]]"),
        ("CASE d WHEN 0.31 THEN false WHEN 12345678901234567890.50 THEN true ELSE false END", "[[1]]"),
        ("d = (SELECT -12345678901234567890.50)", "[[3]]"),
        ("d = (SELECT max(d) FROM big.numbers WHERE d < 12345678901234567890.51)", "[[1]]"),
        ("nullif(d, 12345678.12) IS NULL", "[[2],[7]]"),
        ("coalesce(d, 12345678.12) = 12345678.12", "[[2],[7]]"),
        ("greatest(d, 12345678.12) = 12345678.12", "[[2],[3],[4],[7]]"),
        ("w = 123456789012345678901234567890123456789012345.5", "[[1]]"),
        ("w = 0.00001", "[[2]]"),
    ])
    .await;
    let desk = desk();
    let join = "SELECT a.id, b.id FROM big.numbers a JOIN big.numbers b ON a.id = b.id AND a.d = 12345678.12";
    assert_eq!(desk.rows(join).await, "[[2,2]]");
}

#[tokio::test]
async fn integers_are_compared_with_all_digits() {
    assert_found(&[
        ("i = 9007199254740993.0", "[[1]]"),
        ("i = 9007199254740992.5", "[]"),
        ("i > 9007199254740992.5 AND i < 9223372036854775807.5", "[[1],[3]]"),
        ("i = -9223372036854775808.0", "[[4]]"),
        ("i < -9223372036854775808.5", "[]"),
        ("i IN (9007199254740992.0, 1e0)", "[[2],[5]]"),
        ("i < 0.5", "[[4],[6]]"),
        ("i = 18446744073709551616", "[]"),
        ("i < 1e300", "[[1],[2],[3],[4],[5],[6]]"),
        ("i < 0.00000000000000000000000000000000000001", "[[4],[6]]"),
        ("u = 18446744073709551615.0", "[[1]]"),
        ("u > 18446744073709551614.5", "[[1]]"),
        ("u < 18446744073709551616", "[[1],[2],[3],[4],[5],[6]]"),
        ("u BETWEEN 9223372036854775807.5 AND 9223372036854775808.5", "[[2]]"),
    ])
    .await;
}

#[tokio::test]
async fn numbers_that_meet_each_other_keep_their_digits_and_in_arithmetic_are_doubles() {
    let desk = desk();
    for (sql, rows) in [
        (
            "SELECT 12345678901234567890.50 = 12345678901234567890.51, 12.5 = 12.50, 1e300 < 1e301",
            "[[false,true,true]]",
        ),
        ("SELECT 0.1 + 0.2 = 0.30000000000000004, '12.5' = 12.50, NULL = 12.5", "[[true,true,null]]"),
        ("SELECT 'NaN'::double > 3.14159265358979323846, 1e300::double > 0.1234567890123456789", "[[true,true]]"),
        ("SELECT 12345678901234567.89::decimal(20,2)", r#"[["12345678901234567.89"]]"#),
        ("SELECT try_cast(-12345678901234567.89 AS decimal(20,2))", r#"[["-12345678901234567.89"]]"#),
        ("SELECT id * 3.14159265358979323846 FROM big.numbers WHERE id = 1", "[[3.141592653589793]]"),
        ("SELECT 3.14159265358979323846, coalesce(x, 0.5) FROM big.numbers WHERE id = 7", "[[3.141592653589793,0.5]]"),
        ("SELECT greatest(1.5, 0.5), coalesce(NULL, 1.5)", "[[1.5,1.5]]"),
        (
            "SELECT count(*) FILTER (WHERE d = 12345678901234567890.50), count(*) FILTER (WHERE d = 12345678901234567890.51)
                FROM big.numbers",
            "[[1,0]]",
        ),
        ("SELECT d > 1.5, count(*) FROM big.numbers WHERE d > 0 GROUP BY d > 1.5 ORDER BY 1", "[[false,1],[true,4]]"),
    ] {
        assert_eq!(desk.rows(sql).await, rows, "{sql}");
    }
    let output = desk.run("SELECT *, 2 > 1.50 FROM (SELECT 1 > 1.5)").await.unwrap();
    let names: Vec<&str> = output.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["Int64(1) > Float64(1.5)", "2 > 1.50"]);
}
