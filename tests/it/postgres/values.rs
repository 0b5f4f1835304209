//! Every type with its edges, compared with what the server itself prints.

use arrow::datatypes::DataType;
use dataweaver::sdk::types;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use super::reading::{Source, full};

/// A type's name, the type it becomes, and literals with the texts that must come out.
struct Case(&'static str, DataType, &'static [(&'static str, &'static str)]);

fn cases() -> Vec<Case> {
    use DataType::{Binary, Boolean, Date32, Decimal128, Float32, Float64, Int16, Int32, Int64, Utf8};
    vec![
        Case("bool", Boolean, &[("true", "true"), ("false", "false")]),
        Case("int2", Int16, &[("-32768", "-32768"), ("32767", "32767")]),
        Case("int4", Int32, &[("-2147483648", "-2147483648"), ("2147483647", "2147483647")]),
        Case(
            "int8",
            Int64,
            &[("-9223372036854775808", "-9223372036854775808"), ("9223372036854775807", "9223372036854775807")],
        ),
        Case("oid", Int64, &[("0", "0"), ("4294967295", "4294967295")]),
        Case("float4", Float32, &[("1.5", "1.5"), ("NaN", "NaN"), ("-Infinity", "-inf")]),
        Case("float8", Float64, &[("0.1", "0.1"), ("NaN", "NaN"), ("Infinity", "inf"), ("-0", "-0.0")]),
        Case("text", Utf8, &[("", ""), ("日本 🦀 'q' \\", "日本 🦀 'q' \\")]),
        Case("varchar(5)", Utf8, &[("abc", "abc")]),
        Case("char(5)", Utf8, &[("abc", "abc  ")]),
        Case("name", Utf8, &[("abc", "abc")]),
        Case("\"char\"", Utf8, &[("x", "x")]),
        Case("xml", Utf8, &[("<a>é</a>", "<a>é</a>")]),
        Case("bytea", Binary, &[("\\x", ""), ("\\x00ff10", "00ff10")]),
        Case(
            "uuid",
            Utf8,
            &[
                ("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
                ("00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"),
            ],
        ),
        Case("json", Utf8, &[("{\"a\": 1,  \"a\": 2}", "{\"a\": 1,  \"a\": 2}")]),
        Case("jsonb", Utf8, &[("{\"b\":1,\"a\":[null,1.10]}", "{\"a\": [null, 1.10], \"b\": 1}")]),
        Case(
            "date",
            Date32,
            &[
                ("2024-02-29", "2024-02-29"),
                ("0001-01-01", "0001-01-01"),
                ("1969-12-31", "1969-12-31"),
                ("infinity", "∅"),
                ("-infinity", "∅"),
            ],
        ),
        Case(
            "time",
            Utf8,
            &[
                ("00:00", "00:00:00"),
                ("23:59:59.999999", "23:59:59.999999"),
                ("12:00:00.5", "12:00:00.5"),
                ("24:00", "24:00:00"),
            ],
        ),
        Case("timetz", Utf8, &[("12:00:00.25+05:30", "12:00:00.25+05:30")]),
        Case(
            "interval",
            Utf8,
            &[("1 year 2 mons 3 days 04:05:06.7", "1 year 2 mons 3 days 04:05:06.7"), ("-1 day", "-1 days")],
        ),
        Case(
            "timestamp",
            types::local_timestamp(),
            &[
                ("1999-12-31 23:59:59.999999", "1999-12-31T23:59:59.999999"),
                ("1969-07-20 20:17:40", "1969-07-20T20:17:40"),
                ("infinity", "∅"),
                ("294276-12-31 23:59:59", "∅"),
            ],
        ),
        Case("timestamptz", types::instant(), &[("2024-06-01 12:00+02", "2024-06-01T10:00:00Z"), ("-infinity", "∅")]),
        Case(
            "numeric(12,2)",
            Decimal128(12, 2),
            &[
                ("0", "0.00"),
                ("-9999999999.99", "-9999999999.99"),
                ("0.01", "0.01"),
                ("NaN", "∅"),
                ("100000", "100000.00"),
            ],
        ),
        Case(
            "numeric(38,10)",
            Decimal128(38, 10),
            &[
                ("9999999999999999999999999999.9999999999", "9999999999999999999999999999.9999999999"),
                ("-0.0000000001", "-0.0000000001"),
            ],
        ),
        Case(
            "numeric(38,38)",
            Decimal128(38, 38),
            &[("0.99999999999999999999999999999999999999", "0.99999999999999999999999999999999999999")],
        ),
        Case(
            "numeric(38,0)",
            Decimal128(38, 0),
            &[("99999999999999999999999999999999999999", "99999999999999999999999999999999999999")],
        ),
        Case("numeric(3,-2)", Decimal128(5, 0), &[("12345", "12300")]),
        Case("numeric(3,5)", Decimal128(5, 5), &[("0.00123", "0.00123")]),
        Case(
            "numeric(39,1)",
            Utf8,
            &[("99999999999999999999999999999999999999.9", "99999999999999999999999999999999999999.9")],
        ),
        Case("numeric", Utf8, &[("1.10", "1.10"), ("1e200", "∗"), ("NaN", "NaN"), ("-Infinity", "-Infinity")]),
        Case("money", Decimal128(19, 2), &[("-92233720368547758.08", "-92233720368547758.08"), ("1.5", "1.50")]),
        Case("bit(3)", Utf8, &[("101", "101")]),
        Case("varbit", Utf8, &[("10110", "10110"), ("", "")]),
        Case("inet", Utf8, &[("192.168.0.1", "192.168.0.1"), ("10.0.0.0/8", "10.0.0.0/8"), ("::1", "::1")]),
        Case("cidr", Utf8, &[("10.0.0.0/8", "10.0.0.0/8")]),
        Case("macaddr", Utf8, &[("08:00:2b:01:02:03", "08:00:2b:01:02:03")]),
        Case("mood", Utf8, &[("it's ok", "it's ok"), ("sad", "sad")]),
        Case("price", Decimal128(10, 3), &[("1.5", "1.500")]),
        Case("price_of_prices", Decimal128(10, 3), &[("2", "2.000")]),
        Case("pair", Utf8, &[("(1,\"a b\")", "(1,\"a b\")")]),
        Case("int4range", Utf8, &[("[1,5)", "[1,5)"), ("empty", "empty")]),
        Case("tsvector", Utf8, &[("a fat cat", "'a' 'cat' 'fat'")]),
        Case("point", Utf8, &[("(1,2.5)", "(1,2.5)")]),
        Case("int4[]", DataType::new_list(Int32, true), &[("{}", "[]"), ("{1,NULL,3}", "[1, ∅, 3]")]),
        Case("text[]", DataType::new_list(Utf8, true), &[("{a,\"b c\",\"\"}", "[a, b c, ]")]),
        Case("mood[]", DataType::new_list(Utf8, true), &[("{sad,\"it's ok\"}", "[sad, it's ok]")]),
        Case("numeric(6,2)[]", DataType::new_list(Decimal128(6, 2), true), &[("{1.5,NaN}", "[1.50, ∅]")]),
        Case(
            "timestamptz[]",
            DataType::new_list(types::instant(), true),
            &[("{2024-01-01 00:00+00}", "[2024-01-01T00:00:00Z]")],
        ),
        Case(
            "uuid[]",
            DataType::new_list(Utf8, true),
            &[("{00000000-0000-0000-0000-000000000001}", "[00000000-0000-0000-0000-000000000001]")],
        ),
        Case("interval[]", DataType::new_list(Utf8, true), &[("{1 day,NULL}", "[1 day, ∅]")]),
        Case("price[]", DataType::new_list(Decimal128(10, 3), true), &[("{1,2.5}", "[1.000, 2.500]")]),
        Case("int4[][]", Utf8, &[("{{1,2},{3,4}}", "[[1,2],[3,4]]")]),
    ]
}

const TYPES: &str =
    "CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); CREATE DOMAIN price AS numeric(10,3) CHECK (VALUE > 0);
    CREATE DOMAIN price_of_prices AS price; CREATE TYPE pair AS (a int, b text);";

#[tokio::test]
async fn every_type_arrives_as_the_server_has_it() {
    let Some(source) = Source::with(TYPES).await else { return };
    let cases = cases();
    let columns: Vec<_> = cases.iter().enumerate().map(|(index, case)| format!("c{index} {}", case.0)).collect();
    let mut statements = format!("SET lc_monetary = 'C'; CREATE TABLE every (row int, {});", columns.join(", "));
    let most = cases.iter().map(|case| case.2.len()).max().unwrap_or(0);
    for row in 0..=most {
        let values: Vec<_> = cases
            .iter()
            .map(|case| match case.2.get(row) {
                Some((literal, _)) => format!("'{}'", literal.replace('\'', "''")),
                None => "NULL".to_owned(),
            })
            .collect();
        statements.push_str(&format!("INSERT INTO every VALUES ({row}, {});", values.join(", ")));
    }
    source.run(&statements).await;
    let read = source.read(full("public.every")).await;
    for (index, Case(name, data_type, values)) in cases.iter().enumerate() {
        let name_of_column = format!("c{index}");
        let field = read.schema().field_with_name(&name_of_column).unwrap().clone();
        assert_eq!(field.data_type(), data_type, "{name}");
        let found = read.column(&name_of_column);
        for (row, (literal, expected)) in values.iter().enumerate() {
            if *expected != "∗" {
                assert_eq!(found[row], *expected, "{name} {literal}");
            }
        }
        assert_eq!(found[most], "∅", "NULL of {name}");
    }
    let rejected = read.rejected();
    assert!(rejected.iter().any(|(_, reason, count)| reason == "infinity is no date" && *count == 2), "{rejected:?}");
    assert!(rejected.iter().any(|(_, reason, _)| reason == "NaN has no decimal"), "{rejected:?}");
    assert!(rejected.iter().any(|(_, reason, _)| reason.contains("294246")), "{rejected:?}");
}

#[tokio::test]
async fn what_the_schema_says_of_a_column_is_read_with_it() {
    let Some(source) = Source::with("CREATE TABLE told (id int PRIMARY KEY, j jsonb, at timestamptz NOT NULL, twice int GENERATED ALWAYS AS (id * 2) STORED);
        COMMENT ON COLUMN told.j IS 'whatever came'; INSERT INTO told VALUES (4, '{}', now())").await else { return };
    let read = source.read(full("public.told")).await;
    let schema = read.schema();
    let json = schema.field_with_name("j").unwrap();
    assert_eq!(json.metadata()[types::FORMAT], "json");
    assert_eq!(json.metadata()[types::DESCRIPTION], "whatever came");
    assert_eq!(json.metadata()[types::SOURCE_TYPE], "jsonb");
    assert!(!schema.field_with_name("id").unwrap().is_nullable());
    // An infinity in it would become NULL.
    assert!(schema.field_with_name("at").unwrap().is_nullable());
    assert_eq!(read.column("twice"), ["8"]);
    let catalog = source.connector.discover().await.unwrap();
    assert_eq!(catalog.sources[0].schema, schema);
}

#[tokio::test]
async fn an_array_of_more_dimensions_than_its_column_has_is_rejected_until_they_are_declared() {
    let Some(source) =
        Source::with("CREATE TABLE deep (a int[]); INSERT INTO deep VALUES ('{1}'), ('{{1},{2}}'), ('{2}')").await
    else {
        return;
    };
    let read = source.read(full("public.deep")).await;
    assert_eq!(read.column("a"), ["[1]", "∅", "[2]"]);
    assert_eq!(read.rejected(), [("a".to_owned(), "the array has more than one dimension".to_owned(), 1)]);
    source.run("ALTER TABLE deep ALTER COLUMN a TYPE int[][]").await;
    let read = source.read(full("public.deep")).await;
    assert_eq!(read.column("a"), ["[1]", "[[1],[2]]", "[2]"]);
    assert!(read.rejected().is_empty());
}

#[tokio::test]
async fn an_array_of_arrays_where_nothing_is_declared_makes_its_column_json() {
    let Some(source) = Source::with(
        "CREATE TABLE grids AS SELECT n AS id, CASE n WHEN 1 THEN '{1,2}' ELSE '{{1,2},{3,NULL}}' END::int[] AS grid, '{a,b}'::text[] AS flat FROM generate_series(1, 2) n;
        CREATE VIEW seen AS SELECT * FROM grids; CREATE MATERIALIZED VIEW kept AS SELECT * FROM grids",
    )
    .await
    else {
        return;
    };
    for path in ["public.grids", "public.seen", "public.kept"] {
        let read = source.read(full(path)).await;
        assert_eq!(read.lines(), ["1|[1,2]|[a, b]", "2|[[1,2],[3,null]]|[a, b]"], "{path}");
        assert_eq!(read.schema().field(1).metadata()[types::FORMAT], "json");
        assert!(read.rejected().is_empty());
    }
}

/// A column of a random table: its type, how values are made in the row `n`, and how the server is to print one so that it
/// looks as ours.
#[derive(Clone, Copy, Debug)]
pub struct RandomColumn(pub &'static str, pub &'static str, &'static str);

const SECONDS: &str = "rtrim(rtrim(to_char({}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '0'), '.')";

pub const RANDOM_COLUMNS: &[RandomColumn] = &[
    RandomColumn("int4", "(random() * 4e9 - 2e9)::int4", "{}::text"),
    RandomColumn("int8", "(random() * 1.8e19 - 9e18)::int8", "{}::text"),
    RandomColumn("int2", "(random() * 65535 - 32768)::int2", "{}::text"),
    RandomColumn("numeric(20,4)", "((random() - 0.5) * 1e16)::numeric(20,4)", "{}::text"),
    RandomColumn("numeric(7,3)", "((random() - 0.5) * 1e4)::numeric(7,3)", "{}::text"),
    RandomColumn("numeric", "((random() - 0.5) * 10 ^ (random() * 30)::int)::numeric", "{}::text"),
    RandomColumn("money", "((random() - 0.5) * 1e10)::numeric::money", "{}::numeric(19,2)::text"),
    RandomColumn("float4", "((random() - 0.5) * 10 ^ (random() * 60 - 30)::int)::float4", "{}::text"),
    RandomColumn("float8", "(random() - 0.5) * 10 ^ (random() * 600 - 300)::int", "{}::text"),
    RandomColumn("text", "repeat(md5(random()::text), (random() * 40)::int)", "{}"),
    RandomColumn("bytea", "decode(repeat(md5(random()::text), (random() * 3)::int), 'hex')", "encode({}, 'hex')"),
    RandomColumn("uuid", "md5(random()::text)::uuid", "{}::text"),
    RandomColumn("bool", "random() < 0.5", "{}::text"),
    RandomColumn("mood", "CASE WHEN random() < 0.5 THEN 'sad' ELSE 'it''s ok' END::mood", "{}::text"),
    RandomColumn("date", "date '1900-01-01' + (random() * 80000)::int", "{}::text"),
    RandomColumn("time", "time '00:00' + random() * interval '24 hours'", "{}::text"),
    RandomColumn("jsonb", "jsonb_build_object('a', random())", "{}::text"),
    RandomColumn("interval", "random() * interval '1 year'", "{}::text"),
    RandomColumn("timestamp", "timestamp '1900-01-01' + random() * interval '200 years'", SECONDS),
    RandomColumn("timestamptz", "timestamptz '1900-01-01 00:00+00' + random() * interval '200 years'", SECONDS),
    RandomColumn(
        "int4[]",
        "ARRAY(SELECT CASE WHEN random() < 0.8 THEN (random() * 1000)::int END FROM generate_series(1, (random() * 4)::int) WHERE n > 0)",
        "'[' || array_to_string({}, ', ', '∅') || ']'",
    ),
    RandomColumn(
        "text[]",
        "ARRAY(SELECT CASE WHEN random() < 0.8 THEN md5(random()::text) END FROM generate_series(1, (random() * 4)::int) WHERE n > 0)",
        "'[' || array_to_string({}, ', ', '∅') || ']'",
    ),
];

/// Randomness that can be had again, and the seed that it comes from.
pub fn randomness() -> (u64, TestRunner) {
    let seed = match std::env::var("DATAWEAVER_TEST_SEED") {
        Ok(seed) => seed.parse().expect("the seed is a number"),
        Err(_) => uuid::Uuid::now_v7().as_u64_pair().1,
    };
    eprintln!("DATAWEAVER_TEST_SEED={seed} makes these tables again");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    (seed, TestRunner::new_with_rng(Config::default(), random))
}

/// The statement by which the server's random numbers come from a seed, too.
pub fn set_seed(seed: u64) -> String {
    format!("SELECT setseed({})", f64::from((seed % 1_000_000) as u32) / 1e6)
}

/// Forms that mean the same as one: Arrow prints fractions of a second in threes, and floats in its own way.
fn plain(declared: &str, value: &str) -> String {
    match declared {
        "float4" => value.parse::<f32>().map_or_else(|_| value.to_owned(), |real| format!("{real:?}")),
        "float8" => value.parse::<f64>().map_or_else(|_| value.to_owned(), |real| format!("{real:?}")),
        "timestamp" | "timestamptz" => {
            let local = value.trim_end_matches('Z');
            if local.contains('.') {
                local.trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                local.to_owned()
            }
        }
        _ => value.to_owned(),
    }
}

#[tokio::test]
async fn random_tables_are_read_as_the_server_prints_them() {
    let Some(source) = Source::with(TYPES).await else { return };
    let (seed, mut runner) = randomness();
    let any_column = proptest::sample::select(RANDOM_COLUMNS);
    let tables = (proptest::collection::vec(any_column, 1..12), 0usize..3000, 1usize..200_000);
    for number in 0..8 {
        let (columns, rows, batch_bytes) = tables.new_tree(&mut runner).unwrap().current();
        let name = |index: usize| format!("c{index}");
        let declared: Vec<_> =
            (0..).zip(&columns).map(|(index, column)| format!("{} {}", name(index), column.0)).collect();
        let made: Vec<_> =
            columns.iter().map(|column| format!("CASE WHEN random() < 0.9 THEN {} END", column.1)).collect();
        source
            .run(&format!(
                "{}; CREATE TABLE t{number} ({}); INSERT INTO t{number} SELECT {} FROM generate_series(1, {rows}) n",
                set_seed(seed),
                declared.join(", "),
                made.join(", ")
            ))
            .await;
        let mut request = full(&format!("public.t{number}"));
        request.batch_bytes = batch_bytes;
        let read = source.read(request).await;
        for (index, column) in columns.iter().enumerate() {
            let shown = column.2.replace("{}", &name(index));
            let set = "SET TimeZone = 'UTC'; SET extra_float_digits = 3";
            let expected = source.texts_after(set, &format!("SELECT {shown} FROM t{number}")).await;
            let found = read.column(&name(index));
            let differs =
                found.iter().zip(&expected).find(|(found, said)| plain(column.0, found) != plain(column.0, said));
            assert!(
                found.len() == expected.len() && differs.is_none(),
                "{column:?} of {columns:?}, seed {seed}: {differs:?}"
            );
        }
    }
}

#[tokio::test]
async fn json_text_is_json() {
    let Some(source) = Source::with(
        "CREATE TABLE j (a jsonb, b int[][]); INSERT INTO j VALUES ('{\"x\": \"ü\\u0001\"}', '{{1,NULL}}')",
    )
    .await
    else {
        return;
    };
    let read = source.read(full("public.j")).await;
    for column in ["a", "b"] {
        let text = &read.column(column)[0];
        assert!(serde_json::from_str::<Value>(text).is_ok(), "{text}");
    }
}
