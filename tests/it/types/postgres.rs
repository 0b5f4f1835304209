//! The types of PostgreSQL.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use super::{Case, Table};
use crate::servers::{self, TestDatabase};

const TEXT: &str = "{}::text";
const LIST: &str = "to_json({}::text[])::text";
const FINITE: &str = "CASE WHEN isfinite({}) THEN {}::text END";
/// What the lake has no values for is NULL.
const FINITE_LIST: &str =
    "to_json(array_replace(array_replace({}, 'infinity', NULL), '-infinity', NULL)::text[])::text";
const NUMBER_LIST: &str = "to_json(array_replace({}, 'NaN', NULL)::text[])::text";
const BYTES_LIST: &str = "CASE WHEN {} IS NOT NULL THEN to_json(ARRAY(SELECT encode(b, 'hex') FROM unnest({}) WITH ORDINALITY u(b, i) ORDER BY i))::text END";
const NUMBER: &str = "nullif({}::text, 'NaN')";

fn case(declared: &'static str, lake: &'static str, shown: &'static str, values: &'static [&'static str]) -> Case {
    Case { declared, lake, values, shown }
}

fn numbers() -> Vec<Case> {
    vec![
        case("bool", "boolean", TEXT, &["true", "false"]),
        case("int2", "smallint", TEXT, &["-32768", "32767", "0"]),
        case("int4", "integer", TEXT, &["-2147483648", "2147483647"]),
        case("int8", "bigint", TEXT, &["-9223372036854775808", "9223372036854775807", "9007199254740993"]),
        case("oid", "bigint", TEXT, &["0", "4294967295"]),
        case("float4", "real", TEXT, &["0.1", "3.4028235e38", "1e-45", "NaN", "-Infinity", "16777217"]),
        case("float8", "double", TEXT, &["0.1", "1.7976931348623157e308", "5e-324", "NaN", "Infinity", "-0"]),
        case("numeric(12,2)", "decimal(12,2)", NUMBER, &["0", "-9999999999.99", "0.01", "NaN", "1e5"]),
        case(
            "numeric(38,10)",
            "decimal(38,10)",
            NUMBER,
            &["9999999999999999999999999999.9999999999", "-0.0000000001", "1e27"],
        ),
        case("numeric(38,38)", "decimal(38,38)", NUMBER, &["0.99999999999999999999999999999999999999"]),
        case("numeric(38,0)", "decimal(38,0)", NUMBER, &["-99999999999999999999999999999999999999", "1"]),
        case("numeric(3,-2)", "decimal(5,0)", NUMBER, &["12345", "-99900"]),
        case("numeric(3,5)", "decimal(5,5)", NUMBER, &["0.00123"]),
        case("numeric(39,1)", "text", TEXT, &["99999999999999999999999999999999999999.9", "NaN"]),
        case(
            "numeric",
            "text",
            TEXT,
            &["1.10", "1e100", "NaN", "-Infinity", "0.000000000000000000000000000000000000000001"],
        ),
        case(
            "money",
            "decimal(19,2)",
            "{}::numeric(19,2)::text",
            &["-92233720368547758.08", "92233720368547758.07", "1.5"],
        ),
        case("price", "decimal(10,3)", NUMBER, &["1.5", "9999999.999"]),
    ]
}

fn times() -> Vec<Case> {
    let local = "CASE WHEN isfinite({}) THEN to_char({}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US') END";
    let instant = "CASE WHEN isfinite({}) THEN to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') END";
    vec![
        case(
            "date",
            "date",
            FINITE,
            &["2024-02-29", "0001-01-01", "9999-12-31", "1969-12-31", "infinity", "-infinity"],
        ),
        case("time", "text", TEXT, &["00:00", "23:59:59.999999", "12:00:00.5", "24:00"]),
        case("time(0)", "text", TEXT, &["12:34:56"]),
        case("timetz", "text", TEXT, &["12:00:00.25+05:30", "24:00-12"]),
        case(
            "interval",
            "text",
            TEXT,
            &["1 year 2 mons 3 days 04:05:06.7", "-1 day", "178000000 years", "0", "-00:00:00.000001"],
        ),
        case(
            "timestamp",
            "timestamp",
            local,
            &[
                "1999-12-31 23:59:59.999999",
                "0001-01-01",
                "9999-12-31 23:59:59.999999",
                "infinity",
                "1969-07-20 20:17:40",
            ],
        ),
        case("timestamp(3)", "timestamp", local, &["2024-06-01 12:00:00.1239"]),
        case(
            "timestamptz",
            "timestamp with time zone",
            instant,
            &["2024-06-01 12:00+02", "1883-11-18 12:03:58-04:56:02", "-infinity", "9999-12-31 23:59:59.999999+00"],
        ),
    ]
}

fn texts() -> Vec<Case> {
    vec![
        case("text", "text", TEXT, &["", "日本 🦀 'q' \\ \" \n\t", " x ", "NULL", "e\u{301}"]),
        case("varchar(5)", "text", TEXT, &["abc", "äöüß"]),
        case("char(5)", "text", "rpad({}::text, 5)", &["abc", ""]),
        case("name", "text", TEXT, &["abc"]),
        case("\"char\"", "text", TEXT, &["x"]),
        case("citext", "text", TEXT, &["Ab"]),
        case("xml", "text", TEXT, &["<a>é</a>"]),
        case("bytea", "binary", "encode({}, 'hex')", &["\\x", "\\x00ff10", "\\x27225c0a"]),
        case("uuid", "text", TEXT, &["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "00000000-0000-0000-0000-000000000000"]),
        case("json", "text", TEXT, &["{\"a\": 1,  \"a\": 2}", "null", "12345678901234567890.10"]),
        case("jsonb", "text", TEXT, &["{\"b\":1,\"a\":[null,1.10]}", "\"ü\"", "12345678901234567890.10"]),
        case("jsonpath", "text", TEXT, &["$.a[*] ? (@ > 1)"]),
        case("bit(3)", "text", TEXT, &["101"]),
        case("varbit", "text", TEXT, &["10110", ""]),
        case("inet", "text", "abbrev({})", &["192.168.0.1", "10.0.0.0/8", "::1", "2001:db8::/32"]),
        case("cidr", "text", TEXT, &["10.0.0.0/8", "192.168.0.1/32"]),
        case("macaddr", "text", TEXT, &["08:00:2b:01:02:03"]),
        case("macaddr8", "text", TEXT, &["08:00:2b:01:02:03:04:05"]),
        case("mood", "text", TEXT, &["it's ok", "sad"]),
        case("pair", "text", TEXT, &["(1,\"a b\")", "(,)"]),
        case("tsvector", "text", TEXT, &["a fat cat"]),
        case("tsquery", "text", TEXT, &["fat & !rat"]),
        case("pg_lsn", "text", TEXT, &["16/B374D848"]),
        case("regclass", "text", TEXT, &["pg_class"]),
        case("xid", "text", TEXT, &["0", "3", "4294967295"]),
        case("xid8", "text", TEXT, &["18446744073709551615"]),
        case("cid", "text", TEXT, &["0", "4294967295"]),
        case("tid", "text", TEXT, &["(0,1)", "(4294967295,65535)"]),
        case("pg_snapshot", "text", TEXT, &["10:20:10,14,15", "1:1:"]),
    ]
}

fn shapes_and_ranges() -> Vec<Case> {
    vec![
        case("point", "text", TEXT, &["(1,2.5)", "(0.1,-1e-300)", "(Infinity,NaN)", "(-0,1e300)"]),
        case("line", "text", TEXT, &["{1,-1,0}", "{0,0.1,1e300}", "[(0,0),(1,2)]"]),
        case("lseg", "text", TEXT, &["[(0,0),(1,2.5)]", "((-1e-300,0.1),(Infinity,0))", "[(1,1),(1,1)]"]),
        case("box", "text", TEXT, &["(1,2),(0,0)", "(0,0),(0.1,-2)"]),
        case("path", "text", TEXT, &["[(0,0),(1,1),(2,0.1)]", "((0,0),(1,1))", "[(1,1)]"]),
        case("polygon", "text", TEXT, &["((0,0),(1,1),(1,0))", "((0.1,1e300))"]),
        case("circle", "text", TEXT, &["<(0,0),1.5>", "<(0.1,-1),0>", "<(0,0),Infinity>"]),
        case("int4range", "text", TEXT, &["[1,5)", "empty", "(,)", "(1,5]", "(,-2147483648]"]),
        case("int8range", "text", TEXT, &["[-9223372036854775808,9223372036854775807)", "[5,5]", "[5,5)"]),
        case(
            "numrange",
            "text",
            TEXT,
            &["[1.10,2.5)", "empty", "(,)", "(-Infinity,0.000000000000000000001]", "[NaN,NaN]"],
        ),
        case(
            "daterange",
            "text",
            TEXT,
            &["[2024-02-28,2024-03-01]", "empty", "(,2024-01-01)", "[2024-01-01,infinity]"],
        ),
        case(
            "tsrange",
            "text",
            TEXT,
            &["[1999-12-31 23:59:59.999999,2024-01-01)", "empty", "(,)", "(-infinity,0044-03-15 12:00 BC]"],
        ),
        case(
            "tstzrange",
            "text",
            TEXT,
            &["[2024-01-01 00:00+00,2024-01-02 00:00+00)", "empty", "(,2024-06-01 12:00:00.5+02]", "[,infinity)"],
        ),
        case("int4multirange", "text", TEXT, &["{[1,2),[5,8)}", "{}", "{(,)}"]),
        case("nummultirange", "text", TEXT, &["{[1.10,2.5),(3,)}", "{empty}"]),
        case("datemultirange", "text", TEXT, &["{[2024-01-01,2024-02-01),(,2000-01-01)}"]),
        case("tsmultirange", "text", TEXT, &["{[2024-01-01 10:00,2024-01-01 12:00:00.5]}"]),
    ]
}

fn lists() -> Vec<Case> {
    vec![
        case("int4[]", "list<integer>", LIST, &["{}", "{1,NULL,-3}", "[5:7]={1,2,3}"]),
        case("int8[]", "list<bigint>", LIST, &["{9223372036854775807}"]),
        case("bool[]", "list<boolean>", LIST, &["{t,f,NULL}"]),
        case("int2[]", "list<smallint>", LIST, &["{-32768,32767,NULL}"]),
        case("float4[]", "list<real>", LIST, &["{0.1,NaN,-Infinity,3.4028235e38,1e-45,NULL}", "{}"]),
        case("float8[]", "list<double>", LIST, &["{0.1,NaN,1e300}"]),
        case("text[]", "list<text>", LIST, &["{a,\"b c\",\"\",\"NULL\",NULL,\"\\\"\\\\\"}"]),
        case("char(3)[]", "list<text>", "to_json({}::text::text[])::text", &["{a,\"b c\",NULL,\"\"}"]),
        case("bytea[]", "list<binary>", BYTES_LIST, &["{\"\\\\x00ff10\",NULL,\"\\\\x\",\"\\\\x27225c0a\"}", "{}"]),
        case("bit(3)[]", "list<text>", LIST, &["{101,000,NULL}", "{}"]),
        case("varbit[]", "list<text>", LIST, &["{10110,NULL,\"\"}"]),
        case(
            "money[]",
            "list<decimal(19,2)>",
            "to_json({}::numeric(19,2)[]::text[])::text",
            &["{-92233720368547758.08,92233720368547758.07,NULL,0}", "{}"],
        ),
        case("numeric(6,2)[]", "list<decimal(6,2)>", NUMBER_LIST, &["{1.5,-9999.99,NULL}", "{NaN,0}"]),
        case("numeric[]", "list<text>", LIST, &["{1.50,NaN}"]),
        case("date[]", "list<date>", FINITE_LIST, &["{2024-02-29}", "{0001-01-01,NULL,9999-12-31,infinity,-infinity}"]),
        case("time[]", "list<text>", LIST, &["{00:00,23:59:59.999999,24:00,NULL,12:00:00.5}", "{}"]),
        case("timetz[]", "list<text>", LIST, &["{12:00:00.25+05:30,24:00-12,NULL}"]),
        case(
            "timestamp[]",
            "list<timestamp>",
            FINITE_LIST,
            &[
                "{1999-12-31 23:59:59.999999,NULL,0001-01-01,9999-12-31 12:00:00.5}",
                "{infinity,1969-07-20 20:17:40,-infinity}",
            ],
        ),
        case("timestamptz[]", "list<timestamp with time zone>", LIST, &["{2024-01-01 00:00:00.5+00}"]),
        case("uuid[]", "list<text>", LIST, &["{00000000-0000-0000-0000-000000000001}"]),
        case("interval[]", "list<text>", LIST, &["{1 day,NULL}"]),
        case("inet[]", "list<text>", "to_json({}::text::text[])::text", &["{192.168.0.1,10.0.0.0/8}"]),
        case("mood[]", "list<text>", LIST, &["{sad,\"it's ok\"}"]),
        case("price[]", "list<decimal(10,3)>", LIST, &["{1,2.5}"]),
        case("pair[]", "list<text>", LIST, &["{\"(1,\\\"a b\\\")\",NULL,\"(,)\",\"(-1,)\"}", "{}"]),
        case("int4range[]", "list<text>", LIST, &["{\"[1,5)\",empty,NULL,\"(,)\"}"]),
        case("tstzrange[]", "list<text>", LIST, &["{\"[2024-01-01 00:00+00,2024-01-02 00:00:00.5+00)\"}"]),
        case("point[]", "list<text>", LIST, &["{\"(1,2.5)\",\"(0.1,-1e-300)\",NULL}"]),
        case("jsonb[]", "list<text>", LIST, &["{\"{\\\"a\\\": 1}\"}"]),
        case("int4[][]", "text", "to_json({})::text", &["{{1,2},{3,4}}"]),
    ]
}

/// Types that are not the server's own.
fn extensions() -> Vec<Case> {
    vec![
        case(
            "hstore",
            "text",
            TEXT,
            &["a=>1, \"b c\"=>NULL", "", "ü=>\"q\\\"x\\\\\", \"NULL\"=>\"NULL\"", "\"\"=>\"\""],
        ),
        case("ltree", "text", TEXT, &["Top.Science.Astronomy", "", "a_1"]),
        case("lquery", "text", TEXT, &["*.Science.*{1,2}"]),
        case("hstore[]", "list<text>", LIST, &["{\"\\\"a\\\"=>\\\"1\\\"\",NULL}"]),
        case("ltree[]", "list<text>", LIST, &["{Top.Science,NULL,\"\"}"]),
    ]
}

/// All of the server's own.
pub fn cases() -> Vec<Case> {
    [numbers(), times(), texts(), shapes_and_ranges(), lists()].into_iter().flatten().collect()
}

pub const BEFORE: &str = "CREATE EXTENSION IF NOT EXISTS citext; SET lc_monetary = 'C';
    CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); CREATE DOMAIN price AS numeric(10,3) CHECK (VALUE > 0);
    CREATE TYPE pair AS (a int, b text);";

/// How the server prints values for the comparison.
pub const AS_COMPARED: &str = "SET TimeZone = 'UTC'; SET extra_float_digits = 3; SET IntervalStyle = 'postgres'";

/// Makes a table of these cases, and compares what comes of it in the lake with what the server says.
async fn arrive(database: &TestDatabase, before: &str, cases: Vec<Case>) {
    let table = Table::of(cases);
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let statements = table.statements(|value| format!("'{}'", value.replace('\'', "''")));
    connection.execute(AssertSqlSafe(format!("{before} {statements}"))).await.unwrap();
    connection.execute(AS_COMPARED).await.unwrap();
    let rows = connection.fetch_all(AssertSqlSafe(table.shown())).await.unwrap();
    let said = rows.iter().map(|row| (0..row.len()).map(|column| row.get(column)).collect()).collect();
    table.arrives(database.url(), said).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_of_postgres_arrives_as_the_server_has_it() {
    for cases in [numbers(), times(), texts(), shapes_and_ranges(), lists()] {
        let Some(database) = servers::postgres() else { return };
        arrive(&database, BEFORE, cases).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn types_of_extensions_arrive_as_the_server_has_them() {
    let Some(database) = servers::postgres() else { return };
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    if connection.execute("CREATE EXTENSION hstore; CREATE EXTENSION ltree").await.is_err() {
        return servers::missed("hstore and ltree of PostgreSQL", "install postgresql-contrib where the server runs");
    }
    arrive(&database, "", extensions()).await;
}
