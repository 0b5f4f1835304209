//! What is let through, and what is not.

use super::shop::Desk;
use crate::query::QueryError;

#[tokio::test]
async fn what_writes_is_refused_by_name() {
    let desk = Desk::new();
    for (sql, expected) in [
        ("INSERT INTO crm.customers VALUES (1)", "INSERT"),
        ("INSERT INTO crm.customers SELECT * FROM crm.customers", "INSERT"),
        ("UPDATE crm.customers SET id = 1", "UPDATE"),
        ("DELETE FROM crm.customers", "DELETE"),
        ("TRUNCATE TABLE crm.customers", "TRUNCATE TABLE"),
        ("CREATE TABLE t (a int)", "CREATE TABLE"),
        ("CREATE TABLE t AS SELECT 1", "CREATE TABLE"),
        ("CREATE VIEW v AS SELECT 1", "CREATE VIEW"),
        ("CREATE SCHEMA s", "CREATE SCHEMA"),
        ("CREATE DATABASE d", "CREATE DATABASE"),
        ("CREATE FUNCTION f() RETURNS int RETURN 1", "CREATE FUNCTION"),
        ("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'", "CREATE EXTERNAL TABLE"),
        ("DROP TABLE crm.customers", "DROP TABLE"),
        ("ALTER TABLE crm.customers ADD COLUMN a int", "ALTER TABLE"),
        ("COPY crm.customers TO '/tmp/x.parquet'", "COPY"),
        ("COPY (SELECT 1) TO '/tmp/x.csv' STORED AS CSV", "COPY"),
        ("SET datafusion.execution.batch_size = 1", "SET"),
        ("RESET datafusion.execution.batch_size", "RESET"),
        ("SHOW datafusion.execution.batch_size", "SHOW datafusion"),
        ("BEGIN", "BEGIN"),
        ("START TRANSACTION", "START TRANSACTION"),
        ("COMMIT", "COMMIT"),
        ("ROLLBACK", "ROLLBACK"),
        ("PREPARE p AS SELECT 1", "PREPARE"),
        ("EXECUTE p", "EXECUTE"),
        ("DEALLOCATE p", "DEALLOCATE"),
        ("EXPLAIN INSERT INTO crm.customers VALUES (1)", "INSERT"),
        ("EXPLAIN ANALYZE DELETE FROM crm.customers", "DELETE"),
        ("EXPLAIN COPY crm.customers TO '/tmp/x.parquet'", "COPY"),
    ] {
        let error = desk.error(sql).await;
        let QueryError::NotReadOnly { what } = &error else { panic!("{sql}: {error:?}") };
        assert_eq!(what, expected, "{sql}");
        assert!(error.is_users_fault());
    }
}

#[tokio::test]
async fn a_write_hidden_in_a_query_is_refused() {
    let desk = Desk::new();
    for sql in [
        "WITH t AS (SELECT 1) INSERT INTO crm.customers SELECT * FROM t",
        "WITH t AS (DELETE FROM crm.customers RETURNING *) SELECT * FROM t",
        "WITH t AS (UPDATE crm.customers SET id = 1 RETURNING *) SELECT * FROM t",
        "SELECT * INTO copied FROM crm.customers",
    ] {
        let error = desk.error(sql).await;
        assert!(error.is_users_fault(), "{sql}: {error:?}");
    }
}

#[tokio::test]
async fn one_statement_is_run_at_a_time() {
    let desk = Desk::new();
    let error = desk.error("SELECT 1; SELECT 2").await;
    assert!(matches!(error, QueryError::Statements { found: 2 }), "{error:?}");
    let error = desk.error("SELECT 1; DROP TABLE crm.customers").await;
    assert!(matches!(error, QueryError::Statements { found: 2 }), "{error:?}");
    for nothing in ["", "  ", ";", "-- only a comment"] {
        let error = desk.error(nothing).await;
        assert!(error.is_users_fault(), "{nothing}: {error:?}");
    }
    assert_eq!(desk.rows("SELECT 1;").await, "[[1]]");
}

#[tokio::test]
async fn files_are_no_tables() {
    let desk = Desk::new();
    for sql in [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM '/etc/passwd.csv'",
        "SELECT * FROM \"/etc/passwd\"",
        "SELECT * FROM \"file:///etc/passwd\"",
        "SELECT * FROM 's3://bucket/file.parquet'",
        "DESCRIBE '/etc/passwd'",
    ] {
        let error = desk.error(sql).await;
        assert!(matches!(error, QueryError::UnknownTable { .. } | QueryError::Syntax { .. }), "{sql}: {error:?}");
    }
    for sql in [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('https://example.com/x.parquet')",
        "SELECT * FROM TABLE(read_csv('/etc/passwd'))",
        "SELECT * FROM LATERAL read_csv('/etc/passwd')",
        "SELECT * FROM crm.read_csv('/etc/passwd')",
        "SELECT * FROM parquet_metadata('/etc/passwd')",
    ] {
        let error = desk.error(sql).await;
        assert!(error.is_users_fault(), "{sql}: {error:?}");
        assert!(!matches!(error, QueryError::Execution { .. }), "{sql}: {error:?}");
    }
}

#[tokio::test]
async fn queries_of_all_kinds_are_let_through() {
    let desk = Desk::new();
    for (sql, rows) in [
        ("VALUES (1), (2)", "[[1],[2]]"),
        ("WITH t AS (SELECT 1 AS a) SELECT a FROM t", "[[1]]"),
        (
            "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT * FROM n ORDER BY i",
            "[[1],[2],[3]]",
        ),
        ("SELECT * FROM generate_series(1, 3)", "[[1],[2],[3]]"),
        ("SELECT * FROM range(1, 3)", "[[1],[2]]"),
        ("SELECT * FROM unnest(ARRAY[1, 2])", "[[1],[2]]"),
        ("SELECT CUSTOMERS.ID FROM CRM.Customers WHERE id IN (SELECT customer_id FROM shop.orders) LIMIT 1", "[[1]]"),
        ("SELECT count(*) FROM dataweaver.crm.customers", "[[3]]"),
        ("SELECT \"id\" FROM shop.\"Mixed Case\" ORDER BY 1 DESC LIMIT 1", "[[3]]"),
        (
            "SELECT c.name, o.amount FROM crm.customers c JOIN shop.orders o ON o.customer_id = c.id ORDER BY c.id LIMIT 1",
            "[[\"Ada\",\"12.50\"]]",
        ),
        ("SELECT document ->> 'city' FROM crm.customers WHERE document -> 'age' IS NOT NULL", "[[\"London\"]]"),
        ("SELECT document -> 'age' FROM crm.customers ORDER BY id", "[[36],[null],[null]]"),
        ("SELECT json_get_int(document, 'age') FROM crm.customers WHERE document ? 'age'", "[[36]]"),
        ("SELECT count(*) FILTER (WHERE name ILIKE 'a%') FROM crm.customers", "[[1]]"),
        ("SELECT '2024-01-31'::date + interval '1 month'", "[[\"2024-02-29\"]]"),
        ("SELECT row_number() OVER (ORDER BY id DESC) FROM crm.customers ORDER BY id LIMIT 1", "[[3]]"),
        ("SELECT EXTRACT(year FROM date '2024-05-06')", "[[2024]]"),
        ("SELECT id FROM crm.customers GROUP BY id ORDER BY id LIMIT 1", "[[1]]"),
        ("SELECT 7 / 2, 7 % 4, NULL = NULL", "[[3,3,null]]"),
    ] {
        assert_eq!(desk.rows(sql).await, rows, "{sql}");
    }
    for sql in ["EXPLAIN SELECT * FROM crm.customers", "EXPLAIN ANALYZE SELECT * FROM crm.customers"] {
        assert!(desk.rows(sql).await.contains("DataSource"), "{sql}");
    }
}

#[tokio::test]
async fn a_syntax_error_tells_its_place() {
    let desk = Desk::new();
    let error = desk.error("SELECT id\nFROM crm.customers WHRE id = 1").await;
    insta::assert_snapshot!(error, @"syntax error at line 2, column 25: Expected: end of statement, found: id");
    let error = desk.error("SELECT 'open").await;
    insta::assert_snapshot!(error, @"syntax error at line 1, column 8: Unterminated string literal");
    let deep = format!("SELECT {}1{}", "(".repeat(3000), ")".repeat(3000));
    insta::assert_snapshot!(desk.error(&deep).await, @"syntax error: the statement is nested too deeply");
}

#[tokio::test]
async fn what_cannot_be_computed_is_the_users_fault() {
    let desk = Desk::new();
    let mut said = String::new();
    for sql in [
        "SELECT 1 / 0",
        "SELECT 'x'::int",
        "SELECT id / (id - id) FROM crm.customers",
        "SELECT cast(name AS int) FROM crm.customers",
        "SELECT no_such_function(1)",
        "SELECT id + name FROM crm.customers WHERE name",
        "SELECT sum(name) FROM crm.customers",
        "SELECT id, count(*) FROM crm.customers",
        "SELECT id FROM crm.customers, shop.orders",
        "SELECT to_timestamp('x')",
        "SELECT * FROM generate_series(1, 3, 0)",
        "SELECT (SELECT id FROM crm.customers)",
    ] {
        let error = desk.error(sql).await;
        assert!(error.is_users_fault(), "{sql}: {error:?}");
        said.push_str(&format!("{sql}: {error}\n"));
    }
    insta::assert_snapshot!(said, @r#"
    SELECT 1 / 0: division by zero
    SELECT 'x'::int: cannot cast string 'x' to value of Int32 type
    SELECT id / (id - id) FROM crm.customers: division by zero
    SELECT cast(name AS int) FROM crm.customers: cannot cast string 'Ada' to value of Int32 type
    SELECT no_such_function(1): invalid function 'no_such_function'.
    Did you mean 'list_union'?
    SELECT id + name FROM crm.customers WHERE name: cannot create filter with non-boolean predicate 'crm.customers.name' returning Utf8
    SELECT sum(name) FROM crm.customers: function 'sum' failed to match any signature, errors: Function 'sum' requires Decimal, but received String (DataType: Utf8).,Function 'sum' requires UInt64, but received String (DataType: Utf8).,Function 'sum' requires Int64, but received String (DataType: Utf8).,Function 'sum' requires Float64, but received String (DataType: Utf8).,Function 'sum' requires Duration, but received String (DataType: Utf8).,Function 'sum' requires Interval, but received String (DataType: Utf8). No function matches the given name and argument types 'sum(Utf8)'. You might need to add explicit type casts.
    	Candidate functions:
    	sum(Decimal)
    	sum(UInt64)
    	sum(Int64)
    	sum(Float64)
    	sum(Duration)
    	sum(Interval)
    SELECT id, count(*) FROM crm.customers: column in SELECT must be in GROUP BY or an aggregate function: While expanding wildcard, column "crm.customers.id" must appear in the GROUP BY clause or must be part of an aggregate function, currently only "count(Int64(1))" appears in the SELECT clause satisfies this requirement
    SELECT id FROM crm.customers, shop.orders: several tables have a column id, say which by the name of the table before it: table.id
    SELECT to_timestamp('x'): error parsing timestamp from 'x': timestamp must contain at least 10 characters
    SELECT * FROM generate_series(1, 3, 0): step cannot be zero
    SELECT (SELECT id FROM crm.customers): scalar subquery returned more than one row
    "#);
}
