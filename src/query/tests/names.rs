//! What there is, and what was probably meant.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use insta::assert_snapshot;

use super::shop::{Desk, Shop};
use crate::query::QuerySettings;

#[tokio::test]
async fn an_unknown_table_is_named_with_those_it_may_be() {
    let desk = Desk::new();
    assert_snapshot!(desk.error("SELECT * FROM crm.custmers").await, @"there is no table crm.custmers, did you mean crm.customers");
    assert_snapshot!(desk.error("SELECT * FROM customers").await, @"there is no table customers, did you mean crm.customers");
    assert_snapshot!(desk.error("SELECT * FROM shp.orders").await, @"there is no table shp.orders, did you mean shop.orders");
    assert_snapshot!(desk.error("SELECT * FROM crm.orders").await, @"there is no table crm.orders, did you mean shop.orders");
    assert_snapshot!(desk.error("SELECT * FROM warehouse.pallets").await, @"there is no table warehouse.pallets, SHOW TABLES lists those there are (schemas: crm, shop)");
    assert_snapshot!(desk.error("SELECT * FROM other.crm.customers").await, @"there is no table other.crm.customers, did you mean crm.customers");
    assert_snapshot!(desk.error("DESCRIBE crm.customer").await, @"there is no table crm.customer, did you mean crm.customers");
}

#[tokio::test]
async fn an_unknown_column_is_named_with_those_it_may_be() {
    let desk = Desk::new();
    assert_snapshot!(desk.error("SELECT nmae FROM crm.customers").await, @"there is no column nmae, did you mean crm.customers.name");
    assert_snapshot!(desk.error("SELECT c.nam FROM crm.customers c").await, @"there is no column c.nam, did you mean c.name");
    assert_snapshot!(desk.error("SELECT zzz FROM crm.customers").await, @"there is no column zzz (columns: crm.customers.id, crm.customers.name, crm.customers.document)");
    assert_snapshot!(desk.error("SELECT id FROM crm.customers, shop.orders").await, @"several tables have a column id, say which by the name of the table before it: table.id");
}

#[tokio::test]
async fn an_error_quotes_no_more_of_a_statement_than_can_be_read() {
    let desk = Desk::new();
    let long = "x".repeat(50_000);
    for (sql, says) in [
        (format!("SELECT\n  (1 '{long}')"), "syntax error at line 2, column 6: "),
        (format!("SELECT {long} FROM crm.customers"), "there is no column xxx"),
        (format!("SELECT * FROM crm.{long}"), "there is no table crm.xxx"),
        (format!("SELECT * FROM {long}(1)"), "there is no table function xxx"),
        (format!("SELECT CAST('{long}' AS int)"), "cannot cast string 'xxx"),
    ] {
        let said = desk.error(&sql).await.to_string();
        assert!(said.starts_with(says) && said.chars().count() < 2_000, "{} characters: {said}", said.chars().count());
    }
}

#[tokio::test]
async fn what_there_is_can_be_asked() {
    let desk = Desk::new();
    assert_snapshot!(desk.rows("SHOW TABLES").await, @r#"[["crm","customers"],["shop","Mixed Case"],["shop","orders"]]"#);
    assert_snapshot!(desk.rows("SHOW TABLES FROM crm").await, @r#"[["crm","customers"]]"#);
    assert_snapshot!(desk.rows("SHOW SCHEMAS").await, @r#"[["crm"],["shop"]]"#);
    assert_snapshot!(desk.rows("DESCRIBE shop.orders").await, @r#"[["id","bigint",false,null],["customer_id","bigint",false,null],["amount","decimal(12,2)",true,null]]"#);
    assert_snapshot!(desk.rows("SHOW COLUMNS FROM shop.\"Mixed Case\"").await, @r#"[["id","bigint",false,null],["name","text",true,null],["document","text",false,null]]"#);
    assert_snapshot!(desk.rows("SELECT * FROM information_schema.tables ORDER BY table_schema").await, @r#"[["dataweaver","crm","customers","BASE TABLE"],["dataweaver","shop","orders","BASE TABLE"],["dataweaver","shop","Mixed Case","BASE TABLE"]]"#);
    assert_snapshot!(desk.rows("SELECT schema_name FROM information_schema.schemata").await, @r#"[["crm"],["shop"]]"#);
    assert_snapshot!(desk.rows("DESCRIBE information_schema.columns").await, @r#"[["table_catalog","text",false,null],["table_schema","text",false,null],["table_name","text",false,null],["column_name","text",false,null],["ordinal_position","integer",false,null],["is_nullable","text",false,null],["data_type","text",false,null]]"#);
}

#[tokio::test]
async fn only_the_tables_that_a_statement_names_are_opened() {
    let row = || -> ArrayRef { Arc::new(Int64Array::from(vec![1])) };
    let mut shop = Shop::default();
    for number in 0..5_000 {
        let rows = RecordBatch::try_from_iter([("id", row())]).unwrap();
        shop = shop.with("many", &format!("t{number}"), rows);
    }
    let desk = Desk::over(shop, QuerySettings::default());
    desk.rows("SELECT * FROM many.t1 JOIN many.t2 USING (id)").await;
    assert_eq!(desk.shop.opened.load(Ordering::Relaxed), 2);
    desk.run("SHOW TABLES").await.unwrap();
    desk.run("SELECT count(*) FROM information_schema.tables").await.unwrap();
    assert_eq!(desk.shop.opened.load(Ordering::Relaxed), 2);
    let columns = "SELECT column_name, ordinal_position, data_type FROM information_schema.columns
        WHERE table_schema = 'many' AND table_name = 't7'";
    assert_eq!(desk.rows(columns).await, r#"[["id",1,"bigint"]]"#);
    assert_eq!(desk.shop.opened.load(Ordering::Relaxed), 3);
}
