//! What the columns of a result are called.

use super::shop::Desk;

#[tokio::test]
async fn an_expression_is_called_by_its_text() {
    let desk = Desk::new();
    for (sql, names) in [
        ("SELECT 1, 'a', NULL, -1.5", "1, 'a', NULL, -1.5"),
        ("SELECT COUNT(*), sum(c.id), max( c.name ) FROM crm.customers c", "count(*), sum(c.id), max(c.name)"),
        ("SELECT c.id, c.id::text, (c.Name) FROM crm.customers c", "id, id, name"),
        ("SELECT upper(name) AS Loud, left(name, 2) FROM crm.customers", "loud, left(name, 2)"),
        ("SELECT id > 1 AND name LIKE 'A%' FROM crm.customers", "id > 1 AND name LIKE 'A%'"),
        ("SELECT now() AT TIME ZONE 'Europe/Prague' - now()", "now() AT TIME ZONE 'Europe/Prague' - now()"),
        // What a wildcard stands for is not known before: what is behind it counts from the end.
        (
            "SELECT id + 1, c.*, id + 2, o.*, id + 3 FROM crm.customers c, (SELECT 7 AS x) o",
            "id + 1, id, name, document, c.id + Int64(2), x, id + 3",
        ),
        ("SELECT id % 2, count(*) FROM crm.customers GROUP BY id % 2 ORDER BY id % 2, count(*)", "id % 2, count(*)"),
        ("(SELECT id + 1 FROM crm.customers UNION SELECT 2) ORDER BY 1 LIMIT 2", "id + 1"),
        ("VALUES (1, 'a')", "column1, column2"),
        ("SELECT (SELECT max(id) FROM crm.customers)", "(SELECT max(id) FROM crm.customers)"),
    ] {
        let output = desk.run(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}: {error:?}"));
        let found: Vec<&str> = output.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(found.join(", "), names, "{sql}");
    }
    let plan = desk.rows("EXPLAIN SELECT id + 1 FROM crm.customers").await;
    assert!(plan.contains("Projection"), "{plan}");
}
