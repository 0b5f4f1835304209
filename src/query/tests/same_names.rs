//! Result columns of one name.

use futures::TryStreamExt;

use super::shop::Desk;
use crate::query::{ExportFormat, QueryError, export};

#[tokio::test]
async fn columns_of_one_name_are_all_in_the_result() {
    let desk = Desk::new();
    for (sql, names, rows) in [
        ("SELECT id, id FROM crm.customers WHERE id = 1", "id, id", "[[1,1]]"),
        ("SELECT id, name AS ID FROM crm.customers WHERE id = 1", "id, id", r#"[[1,"Ada"]]"#),
        ("SELECT 1, 1, 2 AS a, 3 AS a", "1, 1, a, a", "[[1,1,2,3]]"),
        ("SELECT 1, 1::bigint, CAST(1 AS text), (1)", "1, 1::BIGINT, CAST(1 AS TEXT), (1)", r#"[[1,1,"1",1]]"#),
        ("SELECT id + 1, id::int + 1 FROM crm.customers WHERE id = 1", "id + 1, id::INT + 1", "[[2,2]]"),
        (
            "SELECT c.id AS x, o.id AS x, c.id AS x FROM crm.customers c JOIN shop.orders o ON o.id = c.id ORDER BY c.id DESC LIMIT 1",
            "x, x, x",
            "[[3,3,3]]",
        ),
        ("SELECT count(*), COUNT(*) FROM crm.customers", "count(*), count(*)", "[[3,3]]"),
        (
            "SELECT id, count(*), id, count(*) FROM crm.customers GROUP BY id HAVING count(*) > 0 ORDER BY id LIMIT 1",
            "id, count(*), id, count(*)",
            "[[1,1,1,1]]",
        ),
        (
            "SELECT *, id, name AS id FROM crm.customers WHERE id = 1",
            "id, name, document, id, id",
            r#"[[1,"Ada","{\"city\":\"London\",\"age\":36}",1,"Ada"]]"#,
        ),
        (
            "SELECT *, upper(name) AS u, 1 AS x, 2 AS x FROM crm.customers WHERE id < 3 ORDER BY u DESC LIMIT 1",
            "id, name, document, u, x, x",
            r#"[[2,"Grace","{\"city\":\"New York\"}","GRACE",1,2]]"#,
        ),
        (
            "SELECT *, id, name AS n FROM crm.customers WHERE id < 3 ORDER BY n DESC LIMIT 1",
            "id, name, document, id, n",
            r#"[[2,"Grace","{\"city\":\"New York\"}",2,"Grace"]]"#,
        ),
        ("SELECT DISTINCT id % 1 AS a, 0 AS a FROM crm.customers", "a, a", "[[0,0]]"),
        (
            "SELECT c.id, o.id FROM crm.customers c, shop.orders o WHERE c.id = o.id AND o.id = 1 UNION ALL SELECT 7, 8 ORDER BY 1",
            "id, id",
            "[[1,1],[7,8]]",
        ),
        ("WITH t AS (SELECT 1 AS a) SELECT a, a + 1 AS a, a FROM t", "a, a, a", "[[1,2,1]]"),
        (
            "SELECT row_number() OVER (ORDER BY id) AS n, id AS n FROM crm.customers ORDER BY id LIMIT 1",
            "n, n",
            "[[1,1]]",
        ),
        ("SELECT name, id AS name FROM crm.customers WHERE id = 1", "name, name", r#"[["Ada",1]]"#),
        ("SELECT id, id::text, (id) FROM crm.customers WHERE id = 1", "id, id, id", r#"[[1,"1",1]]"#),
        ("SELECT id, name AS id FROM crm.customers GROUP BY id, name HAVING id = 1", "id, id", r#"[[1,"Ada"]]"#),
    ] {
        let output = desk.run(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}: {error:?}"));
        let found: Vec<&str> = output.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(found.join(", "), names, "{sql}");
        assert_eq!(serde_json::to_string(&output.rows).unwrap(), rows, "{sql}");
    }
    assert_eq!(desk.rows("SELECT (SELECT 1), (SELECT 2), (SELECT 3) + 1").await, "[[1,2,4]]");
    let plan = desk.rows("EXPLAIN SELECT id, id FROM crm.customers").await;
    assert!(plan.contains("DataSource"), "{plan}");
}

#[tokio::test]
async fn columns_of_one_name_are_all_in_a_download() {
    let desk = Desk::new();
    let sql = "SELECT id, name AS id, id FROM crm.customers WHERE id = 1";
    for (format, file) in [
        (ExportFormat::Csv, "id,id_2,id_3\n1,Ada,1\n"),
        (ExportFormat::Jsonl, "{\"id\":1,\"id_2\":\"Ada\",\"id_3\":1}\n"),
    ] {
        let rows = desk.engine.stream(desk.tables(), sql).await.unwrap();
        let parts: Vec<bytes::Bytes> = export(rows, format).try_collect().await.unwrap();
        assert_eq!(String::from_utf8(parts.concat()).unwrap(), file);
    }
}

#[tokio::test]
async fn what_cannot_be_told_apart_is_refused_in_words() {
    let desk = Desk::new();
    let mut said = String::new();
    for sql in [
        "SELECT *, * FROM crm.customers",
        "SELECT sum(id), sum(id::double) FROM crm.customers",
        "SELECT count(*) FROM (SELECT id, id FROM crm.customers) t",
        "WITH t AS (SELECT id AS a, name AS a FROM crm.customers) SELECT * FROM t",
        "SELECT id FROM crm.customers, shop.orders",
        "SELECT c.id, o.id FROM crm.customers c, shop.orders o ORDER BY id",
        "SELECT id AS a, name AS a FROM crm.customers ORDER BY a",
        "SELECT c.id, o.id FROM crm.customers c, shop.orders o ORDER BY -id",
        "SELECT DISTINCT ON (id) c.id, o.id FROM crm.customers c, shop.orders o",
        "SELECT c.id, o.id FROM crm.customers c, shop.orders o GROUP BY c.id, o.id HAVING id > 1",
        "(SELECT id AS a, name AS a FROM crm.customers ORDER BY a LIMIT 1) UNION ALL SELECT 7, 'x'",
    ] {
        let error = desk.error(sql).await;
        assert!(matches!(error, QueryError::Invalid { .. }), "{sql}: {error:?}");
        said.push_str(&format!("{sql}: {error}\n"));
    }
    insta::assert_snapshot!(said, @r#"
    SELECT *, * FROM crm.customers: two columns are named crm.customers.id, give one of them another name: … AS other
    SELECT sum(id), sum(id::double) FROM crm.customers: two columns are named sum(crm.customers.id), give one of them another name: … AS other; where only a cast tells them apart, cast in a subquery and take its column
    SELECT count(*) FROM (SELECT id, id FROM crm.customers) t: two columns are named crm.customers.id, give one of them another name: … AS other
    WITH t AS (SELECT id AS a, name AS a FROM crm.customers) SELECT * FROM t: two columns are named a, give one of them another name: … AS other
    SELECT id FROM crm.customers, shop.orders: several tables have a column id, say which by the name of the table before it: table.id
    SELECT c.id, o.id FROM crm.customers c, shop.orders o ORDER BY id: two columns are named id, give one of them another name: … AS other
    SELECT id AS a, name AS a FROM crm.customers ORDER BY a: two columns are named a, give one of them another name: … AS other
    SELECT c.id, o.id FROM crm.customers c, shop.orders o ORDER BY -id: two columns are named id, give one of them another name: … AS other
    SELECT DISTINCT ON (id) c.id, o.id FROM crm.customers c, shop.orders o: two columns are named id, give one of them another name: … AS other
    SELECT c.id, o.id FROM crm.customers c, shop.orders o GROUP BY c.id, o.id HAVING id > 1: two columns are named id, give one of them another name: … AS other
    (SELECT id AS a, name AS a FROM crm.customers ORDER BY a LIMIT 1) UNION ALL SELECT 7, 'x': two columns are named a, give one of them another name: … AS other
    "#);
}

#[tokio::test]
async fn a_subquery_that_cannot_be_planned_is_refused_in_words() {
    let desk = Desk::new();
    let of_orders = "FROM shop.orders o WHERE o.customer_id";
    let value = "a subquery that stands for a value and refers to the query around it must give one row, put its \
        column into an aggregate such as max(…) or write it as a join";
    let other = "a subquery that refers to the query around it cannot be run in this form or place, write it as a join \
        with a subquery that is grouped by what both have in common";
    for (sql, expected) in [
        (format!("SELECT (SELECT o.id {of_orders} = c.id) FROM crm.customers c"), value),
        (format!("SELECT name FROM crm.customers c WHERE id = (SELECT o.id {of_orders} = c.id)"), value),
        (format!("SELECT (SELECT o.id {of_orders} = c.id ORDER BY o.id LIMIT 1) FROM crm.customers c"), other),
        (format!("SELECT (SELECT max(o.id) {of_orders} > c.id) FROM crm.customers c"), other),
        (format!("SELECT name FROM crm.customers c ORDER BY (SELECT max(o.id) {of_orders} = c.id)"), other),
        (format!("SELECT EXISTS (SELECT 1 {of_orders} = c.id) FROM crm.customers c"), other),
        (format!("SELECT c.id IN (SELECT o.id {of_orders} > c.id) FROM crm.customers c"), other),
        (format!("SELECT x.id FROM crm.customers c, LATERAL (SELECT o.id {of_orders} = c.id LIMIT 1) x"), other),
        (format!("SELECT (SELECT count(*) FROM (SELECT o.id {of_orders} = c.id) t) FROM crm.customers c"), other),
        (format!("SELECT sum((SELECT max(o.id) {of_orders} = c.id)) FROM crm.customers c"), other),
        (format!("SELECT count(*) FROM crm.customers c GROUP BY (SELECT max(o.id) {of_orders} = c.id)"), other),
        (
            format!(
                "SELECT (SELECT max(o.id) {of_orders} = (SELECT max(q.id) FROM shop.orders q WHERE q.id = c.id)) \
                 FROM crm.customers c"
            ),
            other,
        ),
    ] {
        let error = desk.error(&sql).await;
        assert!(matches!(error, QueryError::Invalid { .. }), "{sql}: {error:?}");
        assert_eq!(error.to_string(), expected, "{sql}");
    }
    let sql = format!("SELECT (SELECT max(o.id) {of_orders} = c.id) AS last FROM crm.customers c ORDER BY id");
    assert_eq!(desk.rows(&sql).await, "[[1],[2],[3]]");
}
