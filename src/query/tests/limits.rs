//! Rows, time, memory and places are limited.

use std::time::{Duration, Instant};

use super::shop::{Desk, Shop};
use crate::query::{QueryError, QuerySettings};

/// Would take years, in little memory.
const ENDLESS: &str = "SELECT count(*) FROM generate_series(1, 1000) a, generate_series(1, 1000) b,
    generate_series(1, 10000000000) c WHERE a.value + b.value + c.value = 7";

fn desk(change: impl FnOnce(&mut QuerySettings)) -> Desk {
    let mut settings = QuerySettings::default();
    change(&mut settings);
    Desk::over(Shop::stocked(), settings)
}

#[tokio::test]
async fn pages_follow_each_other_and_tell_of_more() {
    let desk = Desk::new();
    let sql = "SELECT value FROM generate_series(1, 10) ORDER BY value";
    let page = async |limit, offset| {
        let output = desk.engine.run(desk.tables(), sql, limit, offset).await.unwrap();
        (serde_json::to_string(&output.rows).unwrap(), output.truncated)
    };
    assert_eq!(page(3, 0).await, ("[[1],[2],[3]]".to_owned(), true));
    assert_eq!(page(3, 7).await, ("[[8],[9],[10]]".to_owned(), false));
    assert_eq!(page(3, 9).await, ("[[10]]".to_owned(), false));
    assert_eq!(page(3, 99).await, ("[]".to_owned(), false));
    assert_eq!(page(0, 0).await, ("[]".to_owned(), true));
    assert!(!page(10, 0).await.1);
    assert_eq!(page(3, 20_000).await, ("[]".to_owned(), false));
    assert_eq!(page(u64::MAX, u64::MAX).await, ("[]".to_owned(), false));
}

#[tokio::test]
async fn the_statements_own_limit_holds() {
    let desk = Desk::new();
    let output = desk.run("SELECT * FROM generate_series(1, 10) LIMIT 2 OFFSET 1").await.unwrap();
    assert_eq!(output.rows.len(), 2);
    assert!(!output.truncated);
}

#[tokio::test]
async fn no_more_rows_are_returned_than_the_setting_allows() {
    let desk = desk(|settings| settings.max_rows = 5);
    let output = desk.run("SELECT * FROM generate_series(1, 10)").await.unwrap();
    assert_eq!((output.rows.len(), output.truncated), (5, true));
}

#[tokio::test]
async fn wide_rows_fill_a_result_before_its_row_limit() {
    let desk = desk(|settings| settings.max_result_mib = 1);
    let output = desk.run("SELECT repeat('x', 100000) FROM generate_series(1, 100)").await.unwrap();
    assert_eq!((output.rows.len(), output.truncated), (10, true));
    let one = desk.run("SELECT repeat('x', 2000000)").await.unwrap();
    assert_eq!((one.rows.len(), one.truncated), (1, false));
}

#[tokio::test]
async fn a_long_statement_is_refused() {
    let desk = desk(|settings| settings.max_statement_bytes = 20);
    let error = desk.error("SELECT 1, 2, 3, 4, 5, 6").await;
    insta::assert_snapshot!(error, @"the statement has 23 bytes, at most 20 are allowed (query.max_statement_bytes)");
    assert!(error.is_users_fault());
}

#[tokio::test]
async fn an_endless_query_is_stopped_in_time_and_frees_its_place() {
    let desk = desk(|settings| {
        settings.timeout_seconds = 1;
        settings.concurrent = 1;
    });
    let started = Instant::now();
    let error = desk.error(ENDLESS).await;
    assert!(matches!(error, QueryError::TimedOut { seconds: 1, .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert_eq!(desk.rows("SELECT 1").await, "[[1]]");
}

#[tokio::test]
async fn a_join_in_loops_over_more_than_fits_into_memory_is_refused() {
    let desk = desk(|settings| settings.memory_mib = 16);
    for join in ["JOIN", "LEFT JOIN"] {
        let joined = format!("generate_series(1, 4000000) a {join} generate_series(1, 2) b ON a.value + b.value < 4");
        let error = desk.error(&format!("SELECT count(*) FROM {joined}")).await;
        assert!(matches!(error, QueryError::OutOfMemory { setting: "query.memory_mib", .. }), "{join}: {error:?}");
    }
}

#[tokio::test]
async fn joins_of_few_rows_that_match_many_others_are_stopped_in_time() {
    let desk = desk(|settings| settings.timeout_seconds = 1);
    let joined = "FROM generate_series(1, 100000) a JOIN generate_series(1, 100000) b ON a.value % 2 = b.value % 2";
    let unequal = "FROM generate_series(1, 100000) a JOIN generate_series(1, 100000) b ON a.value * 7 + b.value = -1";
    let statements = [
        format!("SELECT a.value % 2, count(b.value) {joined} GROUP BY 1"),
        format!("SELECT a.value * b.value AS product {joined} ORDER BY product DESC"),
        format!("SELECT count(*) {joined} AND a.value * 7 + b.value < -1"),
        format!("SELECT count(*) {unequal}"),
    ];
    // More of them than there are threads, so that one that goes on would be noticed.
    let threads = std::thread::available_parallelism().unwrap().get();
    for sql in statements.iter().cycle().take(threads.max(statements.len()) + 1) {
        let error = desk.error(sql).await;
        assert!(matches!(error, QueryError::TimedOut { seconds: 1, .. } | QueryError::OutOfMemory { .. }), "{error:?}");
    }
    // A busy machine may need a second for this, too; a thread that is lost stays so for hours.
    let mut answered = desk.run("SELECT 1").await;
    for _ in 0..20 {
        if answered.is_ok() {
            break;
        }
        answered = desk.run("SELECT 1").await;
    }
    assert_eq!(answered.unwrap().rows.len(), 1);
}

#[tokio::test]
async fn a_dropped_query_frees_its_place() {
    let desk = desk(|settings| settings.concurrent = 1);
    let running = desk.run(ENDLESS);
    assert!(tokio::time::timeout(Duration::from_millis(300), running).await.is_err());
    let started = Instant::now();
    assert_eq!(desk.rows("SELECT 1").await, "[[1]]");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test]
async fn who_finds_no_free_place_is_told() {
    let desk = desk(|settings| {
        settings.concurrent_exports = 1;
        settings.export_timeout_seconds = 1;
    });
    let held = desk.engine.stream(desk.tables(), "SELECT * FROM generate_series(1, 1000000)").await.unwrap();
    let error = desk.engine.stream(desk.tables(), "SELECT 1").await.unwrap_err();
    assert!(matches!(error, QueryError::Busy { concurrent: 1, .. }), "{error:?}");
    assert_eq!(desk.rows("SELECT 1").await, "[[1]]", "queries have places of their own");
    drop(held);
    desk.engine.stream(desk.tables(), "SELECT 1").await.unwrap();
}

#[tokio::test]
async fn a_query_that_needs_too_much_memory_names_the_setting() {
    let desk = desk(|settings| {
        settings.memory_mib = 1;
        settings.spill_mib = 1;
    });
    let error = desk
        .error("SELECT a.value, b.value, count(*) FROM generate_series(1, 1000) a, generate_series(1, 1000) b GROUP BY 1, 2 ORDER BY 3")
        .await;
    let QueryError::OutOfMemory { setting, .. } = &error else { panic!("{error:?}") };
    assert!(["query.memory_mib", "query.spill_mib"].contains(setting));
    assert!(!error.is_users_fault());
    assert!(error.is_limit());
}

#[tokio::test]
async fn the_rows_that_a_window_holds_count() {
    let desk = desk(|settings| settings.memory_mib = 16);
    let all_at_once = "SELECT max(s) FROM (SELECT sum(value) OVER () AS s FROM generate_series(1, 5000000))";
    let error = desk.error(all_at_once).await;
    assert!(matches!(error, QueryError::OutOfMemory { setting: "query.memory_mib", .. }), "{error:?}");
    let few = "SELECT max(s) FROM (SELECT sum(value) OVER () AS s FROM generate_series(1, 100000))";
    assert_eq!(desk.rows(few).await, "[[5000050000]]");
    let row_by_row = "SELECT count(n) FROM (SELECT row_number() OVER () AS n FROM generate_series(1, 5000000))";
    assert_eq!(desk.rows(row_by_row).await, "[[5000000]]");
}

#[tokio::test]
async fn what_does_not_fit_into_memory_goes_to_disk() {
    let desk = desk(|settings| settings.memory_mib = 16);
    let sql = "SELECT value FROM generate_series(1, 3000000) ORDER BY value DESC";
    let output = desk.engine.run(desk.tables(), sql, 10, 2_999_999).await.unwrap();
    assert_eq!(serde_json::to_string(&output.rows).unwrap(), "[[1]]");
}

/// These run on the test's own thread, whose stack is small, as the API's are.
#[tokio::test]
async fn a_statement_of_endless_levels_is_refused_before_it_uses_up_a_stack() {
    let desk = Desk::new();
    for explain in ["EXPLAIN ", "EXPLAIN ANALYZE VERBOSE ", "EXPLAIN FORMAT TREE ", "EXPLAIN (ANALYZE) "] {
        let mut sql = explain.repeat(90_000 / explain.len());
        sql.push_str("SELECT 1");
        let error = desk.error(&sql).await;
        assert_eq!(error.to_string(), "syntax error: EXPLAIN explains a query, not another EXPLAIN", "{explain}");
    }
    let times = |part: &str| part.repeat(90_000 / part.len());
    for (start, chain, end) in [
        ("SELECT 1", "+1", ""),
        ("SELECT 1 WHERE true", " OR true", ""),
        ("SELECT 1", "::int", ""),
        ("SELECT 1", " UNION SELECT 1", ""),
        ("SELECT 1 FROM crm.customers c", ", crm.customers", ""),
        ("SELECT CAST(1 AS ", "ARRAY<", ")"),
        ("SELECT CAST(1 AS int", "[]", ")"),
        ("SELECT '{}'", "->'a'", ""),
        ("SELECT ", "- ", "1"),
        ("SELECT ", "NOT ", "true"),
    ] {
        let error = desk.error(&format!("{start}{}{end}", times(chain))).await;
        assert!(matches!(error, QueryError::TooComplex { .. }), "{chain}: {error:?}");
        assert!(error.is_limit() && error.is_users_fault(), "{chain}");
        assert!(error.to_string().ends_with("at most 1000 are allowed (query.max_operators)"), "{error}");
    }
    for brackets in ["(", "f(", "ARRAY(", "{"] {
        let error = desk.error(&format!("SELECT {}", times(brackets))).await;
        assert_eq!(error.to_string(), "syntax error: the statement is nested too deeply", "{brackets}");
    }
    assert_eq!(desk.rows("EXPLAIN (FORMAT TREE) SELECT 1").await.matches("physical_plan").count(), 1);
}

#[tokio::test]
async fn a_short_statement_with_a_huge_plan_is_refused_before_it_is_gone_through() {
    let desk = Desk::new();
    // Each name stands for two of the one before: forty of them for a million millions.
    let doubled = |levels: usize| {
        let names = (1..levels).map(|level| format!(", t{level} AS (SELECT a.* FROM t{0} a, t{0} b)", level - 1));
        let names: String = names.collect();
        format!("WITH t0 AS (SELECT 1 AS x){names} SELECT count(*) FROM t{}", levels - 1)
    };
    for levels in [20, 40] {
        let error = desk.error(&doubled(levels)).await;
        assert!(matches!(error, QueryError::PlanTooLarge { limit: 5000 }), "{error:?}");
        assert!(error.is_limit() && error.is_users_fault());
    }
    let explained = desk.error(&format!("EXPLAIN {}", doubled(40))).await;
    assert!(matches!(explained, QueryError::PlanTooLarge { .. }), "{explained:?}");
    assert_eq!(desk.rows(&doubled(6)).await, "[[1]]");
    let wide = desk.error(&format!("SELECT {}", ["1"; 30_000].join(","))).await;
    assert!(matches!(wide, QueryError::TooManyColumns { columns: 30_000, limit: 5000 }), "{wide:?}");
}

#[tokio::test]
async fn what_is_within_the_limit_is_computed() {
    let desk = Desk::new();
    assert_eq!(desk.rows(&format!("SELECT 1{}", " + 1".repeat(500))).await, "[[501]]");
    let sql = format!("SELECT count(*) FROM crm.customers WHERE id = 0{}", " OR id = 3".repeat(490));
    assert_eq!(desk.rows(&sql).await, "[[1]]");
}

#[tokio::test]
async fn long_lists_of_values_are_no_matter() {
    let desk = Desk::new();
    let values: Vec<String> = (-6_000..6_000).map(|value| value.to_string()).collect();
    let sql = format!("SELECT count(*) FROM crm.customers WHERE id IN ({})", values.join(", "));
    assert_eq!(desk.rows(&sql).await, "[[3]]");
    let rows: Vec<String> = (0..5_000).map(|value| format!("({value}, 'a')")).collect();
    let sql = format!("SELECT sum(n) FROM (VALUES {}) AS v (n, t)", rows.join(", "));
    assert_eq!(desk.rows(&sql).await, "[[12497500]]");
}

#[tokio::test]
async fn functions_that_make_much_of_little_are_stopped_before_they_do() {
    let desk = Desk::new();
    for (function, sql) in [
        ("repeat", "SELECT repeat('x', 2000000000)"),
        ("repeat", "SELECT length(repeat('x', 2000000000 + value % 2)) FROM range(1, 3)"),
        ("repeat", "SELECT sum(length(repeat('x', 100000 + value % 2))) FROM range(1, 2000)"),
        ("lpad", "SELECT lpad('x', 2000000000)"),
        ("rpad", "SELECT length(rpad('x', 2000000000 - value, 'ab')) FROM range(1, 3)"),
        ("replace", "SELECT length(replace(repeat('x', 1000000), 'x', repeat('y', 10000)))"),
        ("regexp_replace", "SELECT regexp_replace(repeat('x', 1000000), 'x', repeat('y', 10000), 'g')"),
        (
            "concat",
            "SELECT length(concat(x, x, x, x, x)) FROM (SELECT repeat('x', 15000000 + value % 1) AS x FROM range(0, 1))",
        ),
        ("array_to_string", "SELECT array_to_string(range(0, 1000000), repeat(',', 1000))"),
        ("range", "SELECT range(0, 500000000)"),
        ("range", "SELECT array_length(range(0, 500000000 + value)) FROM range(1, 3)"),
        ("generate_series", "SELECT generate_series(1, 9000000000000000000)"),
        (
            "generate_series",
            "SELECT generate_series(timestamp '2020-01-01', timestamp '2021-01-01', interval '1 nanosecond')",
        ),
        (
            "generate_series",
            "SELECT generate_series(date '0001-01-01', date '9999-01-01', interval '1 month -30 days')",
        ),
        ("array_repeat", "SELECT array_repeat('x', 1000000000)"),
        ("array_repeat", "SELECT array_repeat(range(0, 1000000), 1000)"),
        ("array_resize", "SELECT array_resize([1], 1000000000, 0)"),
        ("||", "SELECT length(s || s) FROM (SELECT repeat('x', 40000000 + value % 1) AS s FROM range(0, 1))"),
        ("make_array", "SELECT make_array(s, s) FROM (SELECT repeat('x', 40000000 + value % 1) AS s FROM range(0, 1))"),
        ("make_array", "SELECT [s, s] FROM (SELECT repeat('x', 40000000 + value % 1) AS s FROM range(0, 1))"),
        ("array_append", "SELECT array_append(range(0, 5000000 + value), 1) FROM range(1, 2)"),
        ("array_replace_all", "SELECT array_replace_all(array_repeat('a', 100000), 'a', repeat('y', 100000))"),
        ("to_char", "SELECT to_char(timestamp '2024-01-01', repeat('%c', 10000000))"),
        ("string_agg", "SELECT string_agg('x', repeat('y', 40000)) FROM range(0, 3000)"),
        ("string_agg", "SELECT value % 2, string_agg('x', repeat('y', 60000)) FROM range(0, 3000) GROUP BY 1"),
        ("string_agg", "SELECT string_agg(value::text, repeat('y', 60000) ORDER BY value) FROM range(0, 3000)"),
        ("string_agg", "SELECT string_agg(DISTINCT value::text, repeat('y', 60000)) FROM range(0, 3000)"),
        ("string_agg", "SELECT string_agg('some text', ',') OVER (ORDER BY value) FROM range(0, 10000)"),
        ("array_agg", "SELECT array_agg(value) OVER () FROM range(0, 60000)"),
        ("array_agg", "SELECT array_agg(value) OVER (PARTITION BY value / 2000) FROM range(0, 20000)"),
        ("array_agg", "SELECT array_agg(value) OVER (ORDER BY value DESC) FROM range(0, 10000)"),
        ("levenshtein", "SELECT levenshtein(repeat('x', 1000000), repeat('y', 1000000))"),
    ] {
        let started = Instant::now();
        let error = desk.error(sql).await;
        let expected =
            format!("{function} would make more than 64 MiB at once, ask it for less or raise query.max_computed_mib");
        assert_eq!(error.to_string(), expected, "{sql}");
        assert!(error.is_limit(), "{sql}");
        // What they would make takes minutes, also on a machine that does nothing else.
        assert!(started.elapsed() < Duration::from_secs(60), "{sql}: {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn functions_that_make_little_are_as_they_were() {
    let desk = Desk::new();
    for (sql, rows) in [
        ("SELECT repeat('ab', 3), lpad('x', 3, 'ab'), rpad('x', 3)", r#"[["ababab","abx","x  "]]"#),
        (
            "SELECT replace('a-b-c', '-', '++'), regexp_replace('abc', 'b', 'x'), concat('a', NULL, 'b')",
            r#"[["a++b++c","axc","ab"]]"#,
        ),
        ("SELECT array_to_string([1, NULL, 3], '-'), levenshtein('kitten', 'sitting')", r#"[["1-3",3]]"#),
        ("SELECT range(3), range(1, 7, 3), generate_series(3, 1, -1)", "[[[0,1,2],[1,4],[3,2,1]]]"),
        (
            "SELECT range(date '2024-01-01', date '2024-03-01', interval '1 month')",
            r#"[[["2024-01-01","2024-02-01"]]]"#,
        ),
        ("SELECT array_repeat('x', 2), array_resize([1], 2, 0), repeat(NULL, 3)", r#"[[["x","x"],[1,0],null]]"#),
        ("SELECT 'a' || 'b' || name, name || NULL FROM crm.customers WHERE id = 1", r#"[["abAda",null]]"#),
        ("SELECT 'a' || 1, length('a' || repeat('x', 5))", r#"[["a1",6]]"#),
        ("SELECT array_append([1], 2) AS a, [1] || [2] AS b, [1] || 2 AS c, make_array(1, 2) AS d", "[[[1,2],[1,2],[1,2],[1,2]]]"),
        ("SELECT array_replace_all([1, 2, 1], 1, 3), to_char(date '2024-05-01', '%d %B')", r#"[[[3,2,3],"01 May"]]"#),
        (
            "SELECT string_agg(name, ', ' ORDER BY id DESC), string_agg(DISTINCT 'x', '-'), array_agg(id ORDER BY id) FROM crm.customers",
            r#"[["Grace, Ada","x",[1,2,3]]]"#,
        ),
        ("SELECT id % 2, string_agg(name, ', ') FROM crm.customers GROUP BY 1 ORDER BY 1", r#"[[0,"Grace"],[1,"Ada"]]"#),
        (
            "SELECT array_agg(id) OVER (ORDER BY id), array_agg(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),
                string_agg(name, '') OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
                FROM crm.customers ORDER BY id",
            r#"[[[1],[1],"AdaGrace"],[[1,2],[1,2],"AdaGrace"],[[1,2,3],[2,3],"AdaGrace"]]"#,
        ),
        // Windows of opposite orders share no sort: each list has its own order.
        (
            "SELECT array_agg(id) OVER (ORDER BY id), array_agg(id) OVER (ORDER BY id DESC),
                string_agg(id::text, '') OVER (ORDER BY id DESC), sum(id) OVER (ORDER BY id DESC),
                first_value(id) OVER (ORDER BY id DESC), last_value(id) OVER (ORDER BY id DESC)
                FROM crm.customers ORDER BY id",
            r#"[[[1],[3,2,1],"321",6,3,1],[[1,2],[3,2],"32",5,3,2],[[1,2,3],[3],"3",3,3,3]]"#,
        ),
        (
            "SELECT array_agg(id) OVER (ORDER BY id DESC), array_agg(id) OVER (ORDER BY id),
                array_agg(id) OVER (ORDER BY id DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
                FROM crm.customers ORDER BY id DESC",
            "[[[3],[1,2,3],[3]],[[3,2],[1,2],[3,2]],[[3,2,1],[1],[2,1]]]",
        ),
        // Much in all, and little for each batch.
        (
            "SELECT sum(length(s || s)) FROM (SELECT repeat('x', 2000 + value % 1) AS s FROM range(0, 40000))",
            "[[160000000]]",
        ),
        ("SELECT max(length(repeat(name, 2))) FROM crm.customers", "[[10]]"),
        // The most that these might make is too much; what they do make is not.
        (
            "SELECT sum(length(regexp_replace(repeat('a', 1000 + value % 1), 'b', repeat('x', 100), 'g'))) FROM range(0, 5000)",
            "[[5000000]]",
        ),
    ] {
        assert_eq!(desk.rows(sql).await, rows, "{sql}");
    }
}

#[tokio::test]
async fn more_than_a_column_can_hold_is_a_limit() {
    let desk = Desk::new();
    let text = "SELECT repeat('x', 60000000 + value % 1) AS a, 1 AS k FROM range(0, 1)";
    let keys = "SELECT value, value % 1 + 1 AS k FROM range(0, 100)";
    for sql in [
        "SELECT repeat('x', 60000000), value FROM range(0, 100)".to_owned(),
        format!("SELECT max(length(t.a) + g.value) FROM ({text}) t JOIN ({keys}) g ON g.k = t.k"),
        "SELECT length(string_agg(value::text, repeat('x', 60000000))) FROM range(0, 100)".to_owned(),
        "SELECT value % 2, string_agg('a', repeat('x', 1000000)) FROM range(0, 10000) GROUP BY 1".to_owned(),
    ] {
        let error = desk.error(&sql).await;
        assert!(error.is_limit() && error.is_users_fault(), "{sql}: {error:?}");
        let known = ["more than 2 GiB in one column", "string_agg would make more than 64 MiB"];
        assert!(known.iter().any(|words| error.to_string().contains(words)), "{sql}: {error}");
    }
    assert_eq!(desk.rows("SELECT 1").await, "[[1]]");
}
