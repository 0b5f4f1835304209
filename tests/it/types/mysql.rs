//! The types of MariaDB.

use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, Row};

use super::{Case, Table};
use crate::servers;

const TEXT: &str = "CONCAT({}, '')";
const HEX: &str = "HEX({})";
/// Geometry as both of us write it, without its SRID.
const WKB: &str = "HEX(ST_AsWKB({}))";
const NUMBER: &str = "CAST({} AS CHAR)";
/// A date with a zero in it is none.
const DATE: &str = "IF(MONTH({}) = 0 OR DAY({}) = 0, NULL, CAST({} AS CHAR))";

fn case(declared: &'static str, lake: &'static str, shown: &'static str, values: &'static [&'static str]) -> Case {
    Case { declared, lake, values, shown }
}

fn cases() -> Vec<Case> {
    vec![
        case("BOOL", "tinyint", NUMBER, &["1", "0", "-1", "127"]),
        case("TINYINT", "tinyint", NUMBER, &["-128", "127"]),
        case("TINYINT UNSIGNED", "smallint", NUMBER, &["0", "255"]),
        case("SMALLINT", "smallint", NUMBER, &["-32768", "32767"]),
        case("SMALLINT UNSIGNED", "integer", NUMBER, &["65535"]),
        case("MEDIUMINT", "integer", NUMBER, &["-8388608", "8388607"]),
        case("MEDIUMINT UNSIGNED", "integer", NUMBER, &["16777215"]),
        case("INT", "integer", NUMBER, &["-2147483648", "2147483647"]),
        case("INT UNSIGNED", "bigint", NUMBER, &["4294967295"]),
        case("INT(5) ZEROFILL", "bigint", "CAST({} + 0 AS CHAR)", &["42"]),
        case("BIGINT", "bigint", NUMBER, &["-9223372036854775808", "9223372036854775807"]),
        case("BIGINT UNSIGNED", "decimal(20,0)", NUMBER, &["0", "18446744073709551615"]),
        case("DECIMAL(10,2)", "decimal(10,2)", NUMBER, &["-99999999.99", "0.01", "0"]),
        case("DECIMAL(38,38)", "decimal(38,38)", NUMBER, &["0.99999999999999999999999999999999999999"]),
        case("DECIMAL(38,0)", "decimal(38,0)", NUMBER, &["-99999999999999999999999999999999999999"]),
        case("DECIMAL(65,30)", "text", NUMBER, &["99999999999999999999999999999999999.999999999999999999999999999999"]),
        case("DECIMAL(5,1) UNSIGNED", "decimal(5,1)", NUMBER, &["9999.9"]),
        case("FLOAT", "real", "CAST(CAST({} AS DOUBLE) AS CHAR)", &["0.5", "16777216", "-1.25"]),
        case("DOUBLE", "double", NUMBER, &["0.1", "1.7976931348623157e308", "2.2250738585072014e-308", "-0.5"]),
        case("BIT(1)", "boolean", "CAST({} + 0 AS CHAR)", &["1", "0"]),
        case("BIT(7)", "bigint", "CAST({} + 0 AS CHAR)", &["127"]),
        case("BIT(64)", "decimal(20,0)", "CAST({} + 0 AS CHAR)", &["18446744073709551615"]),
        case("DATE", "date", DATE, &["2024-02-29", "1000-01-01", "9999-12-31", "0000-00-00", "2024-00-10"]),
        case(
            "DATETIME",
            "timestamp",
            DATE,
            &["2024-01-01 12:00:00", "1000-01-01", "9999-12-31 23:59:59", "0000-00-00"],
        ),
        case("DATETIME(6)", "timestamp", DATE, &["2024-01-01 12:00:00.000001", "1969-12-31 23:59:59.999999"]),
        case(
            "TIMESTAMP(6) NULL",
            "timestamp with time zone",
            DATE,
            &["2024-06-01 12:00:00.5", "1970-01-01 00:00:01", "2038-01-19 03:14:07.999999"],
        ),
        case("TIME", "text", NUMBER, &["-838:59:59", "838:59:59", "00:00:00"]),
        case("TIME(6)", "text", NUMBER, &["-00:00:00.000001", "12:34:56.789"]),
        case("YEAR", "smallint", "CAST({} + 0 AS CHAR)", &["1901", "2155", "0"]),
        case("CHAR(5)", "text", TEXT, &["abc", "äöü"]),
        case("VARCHAR(50)", "text", TEXT, &["", "日本 🦀 'q' \\ \"", " x "]),
        case("VARCHAR(50) CHARACTER SET latin1", "text", "CONVERT({} USING utf8mb4)", &["Ärger €"]),
        case("TINYTEXT", "text", TEXT, &["x", "", "REPEAT('y', 255)"]),
        case("TEXT", "text", TEXT, &["日本 🦀 \n", "", "REPEAT('ü', 32767)"]),
        case("MEDIUMTEXT", "text", TEXT, &["x", "", "REPEAT('ü', 40000)"]),
        case("LONGTEXT", "text", TEXT, &["x", "", "REPEAT('🦀', 20000)"]),
        case("LONGTEXT CHARACTER SET utf16", "text", "CONVERT({} USING utf8mb4)", &["🦀"]),
        case("BINARY(3)", "binary", HEX, &["a", ""]),
        case("VARBINARY(10)", "binary", HEX, &["", "\u{0}ÿ"]),
        case("TINYBLOB", "binary", HEX, &["bytes", "", "REPEAT(x'00', 255)"]),
        case("BLOB", "binary", HEX, &["bytes", "", "REPEAT(x'00ff27', 21845)"]),
        case("MEDIUMBLOB", "binary", HEX, &["bytes", "", "REPEAT(x'00ff27', 30000)"]),
        case("LONGBLOB", "binary", HEX, &["bytes", "", "REPEAT(x'00ff5c', 30000)"]),
        case(
            "POINT",
            "binary",
            WKB,
            &[
                "ST_GeomFromText('POINT(1 2.5)')",
                "ST_GeomFromText('POINT(-1 0)', 4326)",
                "ST_GeomFromText('POINT(0.1 -1e-300)')",
            ],
        ),
        case("LINESTRING", "binary", WKB, &["ST_GeomFromText('LINESTRING(0 0, 1 1, 0.1 1e300)')"]),
        case(
            "POLYGON",
            "binary",
            WKB,
            &[
                "ST_GeomFromText('POLYGON((0 0, 1 0, 1 1, 0 0))')",
                "ST_GeomFromText('POLYGON((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 2 1, 2 2, 1 1))', 4326)",
            ],
        ),
        case(
            "MULTIPOINT",
            "binary",
            WKB,
            &["ST_GeomFromText('MULTIPOINT(1 2)')", "ST_GeomFromText('MULTIPOINT(0 0, -1.5 2)', 4326)"],
        ),
        case("MULTILINESTRING", "binary", WKB, &["ST_GeomFromText('MULTILINESTRING((0 0, 1 1), (2 2, 3 3, 4 2))')"]),
        case(
            "MULTIPOLYGON",
            "binary",
            WKB,
            &["ST_GeomFromText('MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))')"],
        ),
        case(
            "GEOMETRYCOLLECTION",
            "binary",
            WKB,
            &[
                "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0, 1 1))')",
                "ST_GeomFromText('GEOMETRYCOLLECTION EMPTY')",
            ],
        ),
        case("GEOMETRY", "binary", WKB, &["ST_GeomFromText('LINESTRING(0 0, 1 1)')", "ST_GeomFromText('POINT(1 2)')"]),
        case("ENUM('b', 'a', 'it''s')", "text", TEXT, &["a", "it's", "none such"]),
        case("SET('x', 'y')", "text", TEXT, &["y,x", ""]),
        case("JSON", "text", TEXT, &["{\"a\": [1, null, \"ü\"]}", "null"]),
        case("UUID", "text", NUMBER, &["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"]),
        case("INET4", "text", NUMBER, &["192.168.0.1"]),
        case("INET6", "text", NUMBER, &["::1", "2001:db8::ff00:42:8329"]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_of_mariadb_arrives_as_the_server_has_it() {
    let Some(database) = servers::mariadb() else { return };
    let table = Table::of(cases());
    let mut connection = MySqlConnection::connect(database.url()).await.unwrap();
    let escape = |value: &str| format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"));
    // Bits are given as numbers, places and what is long by a function.
    let is_bare =
        |value: &str| value.parse::<u64>().is_ok() || value.starts_with("ST_") || value.starts_with("REPEAT(");
    let statements = table.statements(|value| if is_bare(value) { value.to_owned() } else { escape(value) });
    connection
        .execute(AssertSqlSafe(format!("SET sql_mode = ''; SET time_zone = '+00:00'; {statements}")))
        .await
        .unwrap();
    let rows = connection.fetch_all(AssertSqlSafe(table.shown())).await.unwrap();
    let said = rows.iter().map(|row| (0..row.len()).map(|column| row.get(column)).collect()).collect();
    table.arrives(database.url(), said).await;
}
