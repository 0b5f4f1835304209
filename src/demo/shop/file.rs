//! The shop's SQLite file: its tables, and how they are filled.

use std::fs::{self, File};
use std::path::Path;

use chrono::NaiveDateTime;
use rusqlite::{Connection, Transaction, params};

use super::customers::Customer;
use super::orders::{Order, OrderBook};
use super::products::{CATEGORIES, Product};
use super::{Dice, Shop, ShopCounts, ShopError, calendar};

const TABLES: &str = "
CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    first_name VARCHAR(50) NOT NULL,
    last_name VARCHAR(50) NOT NULL,
    email VARCHAR(120) NOT NULL UNIQUE,
    city VARCHAR(50) NOT NULL,
    country VARCHAR(50) NOT NULL,
    newsletter BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    sku VARCHAR(20) NOT NULL UNIQUE,
    name VARCHAR(100) NOT NULL,
    category VARCHAR(30) NOT NULL,
    price DECIMAL(10,2) NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    status VARCHAR(20) NOT NULL CHECK (status IN ('processing', 'shipped', 'delivered', 'cancelled', 'returned')),
    total DECIMAL(10,2) NOT NULL,
    ordered_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE TABLE order_items (
    order_id INTEGER NOT NULL REFERENCES orders (id),
    line INTEGER NOT NULL,
    product_id INTEGER NOT NULL REFERENCES products (id),
    quantity INTEGER NOT NULL,
    unit_price DECIMAL(10,2) NOT NULL,
    PRIMARY KEY (order_id, line)
);
";

/// Made after the rows, which is quicker.
const INDICES: &str = "
CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE INDEX orders_by_change ON orders (updated_at);
CREATE INDEX order_items_by_product ON order_items (product_id);
";

/// Writes the shop beside `path` and then moves it there.
pub(super) fn write(
    shop: &Shop,
    path: &Path,
    products: &[Product],
    customers: &[Customer],
    dice: &mut Dice,
) -> Result<ShopCounts, ShopError> {
    let not_placed = |cause| ShopError::NotPlaced { path: path.to_owned(), cause };
    let temporary = path.with_extension(format!("new-{}", std::process::id()));
    // What a process with the same id left behind when it was killed.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(not_placed(error)),
        _ => {}
    }
    let written = fill(shop, &temporary, products, customers, dice)
        .map_err(|cause| ShopError::NotWritten { path: path.to_owned(), cause })
        .and_then(|counts| {
            File::open(&temporary).and_then(|file| file.sync_all()).map_err(not_placed)?;
            fs::rename(&temporary, path).map_err(not_placed)?;
            Ok(counts)
        });
    if written.is_err() {
        // The first error is the one to tell.
        fs::remove_file(&temporary).ok();
    }
    written
}

fn fill(
    shop: &Shop,
    path: &Path,
    products: &[Product],
    customers: &[Customer],
    dice: &mut Dice,
) -> Result<ShopCounts, rusqlite::Error> {
    let mut database = Connection::open(path)?;
    // Nobody sees the file before it is whole, so nothing needs to be rolled back; it is synced at the end.
    database.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;")?;
    let transaction = database.transaction()?;
    transaction.execute_batch(TABLES)?;
    insert_products(&transaction, products)?;
    insert_customers(&transaction, customers)?;
    let (orders, order_items) = insert_orders(shop, &transaction, products, customers, dice)?;
    transaction.execute_batch(INDICES)?;
    transaction.commit()?;
    database.close().map_err(|(_, error)| error)?;
    Ok(ShopCounts { customers: customers.len(), products: products.len(), orders, order_items })
}

fn insert_products(transaction: &Transaction<'_>, products: &[Product]) -> Result<(), rusqlite::Error> {
    let mut insert = transaction.prepare("INSERT INTO products VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    for (place, product) in products.iter().enumerate() {
        insert.execute(params![
            id(place),
            product.sku,
            product.name,
            CATEGORIES[product.category].name,
            euros(product.price),
            product.is_active,
            text(product.created_at),
            text(product.updated_at),
        ])?;
    }
    Ok(())
}

fn insert_customers(transaction: &Transaction<'_>, customers: &[Customer]) -> Result<(), rusqlite::Error> {
    let mut insert = transaction.prepare("INSERT INTO customers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
    for (place, customer) in customers.iter().enumerate() {
        insert.execute(params![
            id(place),
            customer.first_name,
            customer.last_name,
            customer.email,
            customer.city,
            customer.country,
            customer.newsletter,
            text(customer.created_at),
            text(customer.updated_at),
        ])?;
    }
    Ok(())
}

/// Returns how many orders and items there are.
fn insert_orders(
    shop: &Shop,
    transaction: &Transaction<'_>,
    products: &[Product],
    customers: &[Customer],
    dice: &mut Dice,
) -> Result<(usize, usize), rusqlite::Error> {
    let mut insert_order = transaction.prepare("INSERT INTO orders VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    let mut insert_item = transaction.prepare("INSERT INTO order_items VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut book = OrderBook::new(shop, products, customers);
    let (mut orders, mut items) = (0, 0);
    for (day, count) in calendar::orders_by_day(shop, dice) {
        for order in book.day(day, count, dice) {
            let Order { customer, status, ordered_at, updated_at, .. } = order;
            let total = euros(order.total());
            let order_id = id(orders);
            insert_order.execute(params![order_id, id(customer), status, total, text(ordered_at), text(updated_at)])?;
            for (line, item) in order.items.iter().enumerate() {
                let price = euros(item.unit_price);
                insert_item.execute(params![order_id, id(line), id(item.product), item.quantity, price])?;
            }
            orders += 1;
            items += order.items.len();
        }
    }
    Ok((orders, items))
}

/// Rows are numbered from 1.
fn id(place: usize) -> i64 {
    place as i64 + 1
}

/// Cents as the number that SQLite keeps for a decimal.
fn euros(cents: i64) -> f64 {
    cents as f64 / 100.0
}

/// `2024-01-01 12:00:00`. All moments are of whole seconds; a format of one's own would be parsed anew for each.
fn text(moment: NaiveDateTime) -> String {
    moment.to_string()
}
