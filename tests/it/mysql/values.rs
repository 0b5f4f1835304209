//! Every type, with its edges.

use dataweaver::sdk::types;

use super::Source;

fn type_names(read: &crate::postgres::reading::Read) -> Vec<String> {
    read.schema()
        .fields()
        .iter()
        .map(|field| format!("{} {}", field.name(), types::type_name(field.data_type())))
        .collect()
}

#[tokio::test]
async fn numbers_arrive_exact() {
    let Some(source) = Source::with(
        "CREATE TABLE n (id INT PRIMARY KEY, t TINYINT, tu TINYINT UNSIGNED, s SMALLINT, su SMALLINT UNSIGNED, m MEDIUMINT,
            mu MEDIUMINT UNSIGNED, i INT, iu INT UNSIGNED ZEROFILL, b BIGINT, bu BIGINT UNSIGNED, bo BOOL, f FLOAT, d DOUBLE,
            de DECIMAL(10,2), dw DECIMAL(38,38), dx DECIMAL(65,30), dz DECIMAL(5) UNSIGNED ZEROFILL, b1 BIT, b8 BIT(8),
            b64 BIT(64), y YEAR);
        INSERT INTO n VALUES
            (1, -128, 0, -32768, 0, -8388608, 0, -2147483648, 0, -9223372036854775808, 0, 0, -1.17549e-38, -1.7976931348623157e308,
             -99999999.99, -0.00000000000000000000000000000000000001, -12345678901234567890123456789012345.000000000000000000000000000001,
             0, b'0', b'0', b'0', 1901),
            (2, 127, 255, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 9223372036854775807, 18446744073709551615, 1,
             3.40282e38, 5e-324, 99999999.99, 0.99999999999999999999999999999999999999,
             99999999999999999999999999999999999.999999999999999999999999999999, 99999, b'1', b'11111111', 18446744073709551615, 2155),
            (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
             NULL, NULL),
            (4, 1, 1, 1, 1, 1, 1, 1, 7, 1, 1, 2, 0.1, 0.1, 0.1, 0.1, 0.1, 7, 1, 5, 9223372036854775808, 0)",
    )
    .await
    else {
        return;
    };
    let read = source.read(source.full("n")).await;
    insta::assert_snapshot!(type_names(&read).join(", "), @"id integer, t tinyint, tu smallint, s smallint, su integer, m integer, mu integer, i integer, iu bigint, b bigint, bu decimal(20,0), bo tinyint, f real, d double, de decimal(10,2), dw decimal(38,38), dx text, dz decimal(5,0), b1 boolean, b8 bigint, b64 decimal(20,0), y smallint");
    insta::assert_snapshot!(read.lines().join("\n"), @r"
    1|-128|0|-32768|0|-8388608|0|-2147483648|0|-9223372036854775808|0|0|-1.17549e-38|-1.7976931348623157e308|-99999999.99|-0.00000000000000000000000000000000000001|-12345678901234567890123456789012345.000000000000000000000000000001|0|false|0|0|1901
    2|127|255|32767|65535|8388607|16777215|2147483647|4294967295|9223372036854775807|18446744073709551615|1|3.40282e38|5e-324|99999999.99|0.99999999999999999999999999999999999999|99999999999999999999999999999999999.999999999999999999999999999999|99999|true|255|18446744073709551615|2155
    3|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅
    4|1|1|1|1|1|1|1|7|1|1|2|0.1|0.1|0.10|0.10000000000000000000000000000000000000|0.100000000000000000000000000000|7|true|5|9223372036854775808|0
    ");
    assert_eq!(read.rejected(), []);
    let notes: Vec<String> = read.schema().fields().iter().filter_map(|field| types::mapping_note(field)).collect();
    assert!(notes.contains(&"bu: bigint(20) unsigned is kept as decimal(20,0)".to_owned()), "{notes:?}");
}

#[tokio::test]
async fn moments_arrive_exact_and_zero_dates_are_reported() {
    let Some(source) = Source::with(
        "SET time_zone = '+05:30';
        CREATE TABLE m (id INT PRIMARY KEY, d DATE, dt DATETIME, d6 DATETIME(6), ts TIMESTAMP NULL, t3 TIMESTAMP(3) NULL, t TIME, t6 TIME(6));
        INSERT INTO m VALUES
            (1, '0001-01-01', '0001-01-01 00:00:00', '0001-01-01 00:00:00.000001', '1970-01-01 05:30:01', '1970-01-01 05:30:01.001', '-838:59:59', '-838:59:59'),
            (2, '9999-12-31', '9999-12-31 23:59:59', '9999-12-31 23:59:59.999999', '2038-01-19 08:44:07', '2038-01-19 08:44:07.999', '838:59:59', '00:00:00.5'),
            (3, '0000-00-00', '0000-00-00', '2024-00-10 00:00:00', '0000-00-00', NULL, '00:00:00', '-00:00:01'),
            (4, '2024-02-29', '2024-02-29 12:00:00', NULL, NULL, NULL, '12:34:56', '12:34:56.789')",
    )
    .await
    else {
        return;
    };
    let read = source.read(source.full("m")).await;
    insta::assert_snapshot!(type_names(&read).join(", "), @"id integer, d date, dt timestamp, d6 timestamp, ts timestamp with time zone, t3 timestamp with time zone, t text, t6 text");
    insta::assert_snapshot!(read.lines().join("\n"), @r"
    1|0001-01-01|0001-01-01T00:00:00|0001-01-01T00:00:00.000001|1970-01-01T00:00:01Z|1970-01-01T00:00:01.001Z|-838:59:59|-838:59:59.000000
    2|9999-12-31|9999-12-31T23:59:59|9999-12-31T23:59:59.999999|2038-01-19T03:14:07Z|2038-01-19T03:14:07.999Z|838:59:59|00:00:00.500000
    3|∅|∅|∅|∅|∅|00:00:00|-00:00:01.000000
    4|2024-02-29|2024-02-29T12:00:00|∅|∅|∅|12:34:56|12:34:56.789000
    ");
    let reason = "a date with a zero in it is no date";
    let rejected: Vec<_> = ["d", "dt", "d6", "ts"].map(|column| (column.to_owned(), reason.to_owned(), 1)).to_vec();
    assert_eq!(read.rejected(), rejected);
}

#[tokio::test]
async fn texts_and_bytes_arrive_exact() {
    let Some(source) = Source::with(
        "SET NAMES utf8mb4;
        CREATE TABLE x (id INT PRIMARY KEY, c CHAR(5), v VARCHAR(20), l1 VARCHAR(20) CHARACTER SET latin1, u2 VARCHAR(20) CHARACTER SET ucs2,
            sj VARCHAR(20) CHARACTER SET sjis, tx LONGTEXT, bi BINARY(4), vb VARBINARY(4), bl LONGBLOB, e ENUM('kleine', 'Größe'), s SET('a', 'b'),
            j JSON, u UUID, i4 INET4, i6 INET6, g POINT, inv INT INVISIBLE DEFAULT 7, gen INT AS (inv + 1) VIRTUAL, st INT AS (inv * 2) STORED);
        INSERT INTO x VALUES
            (1, 'ab  ', 'ü 😀 ', 'naïve €', '日本', '日本', REPEAT('x', 100000), 'a', 'a', x'00FF', 'Größe', 'a,b', '{\"k\": [1, \"ü\"]}',
             '00112233-4455-6677-8899-aabbccddeeff', '10.0.0.1', '2001:db8::1', POINT(1.5, -2), DEFAULT, DEFAULT),
            (2, '', '', '', '', '', '', '', '', '', '', '', 'null', '00000000-0000-0000-0000-000000000000', '0.0.0.0', '::', NULL, DEFAULT, DEFAULT),
            (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, DEFAULT, DEFAULT);
        UPDATE x SET inv = NULL WHERE id = 3",
    )
    .await
    else {
        return;
    };
    let read = source.read(source.full("x")).await;
    insta::assert_snapshot!(type_names(&read).join(", "), @"id integer, c text, v text, l1 text, u2 text, sj text, tx text, bi binary, vb binary, bl binary, e text, s text, j text, u text, i4 text, i6 text, g binary, inv integer, gen integer, st integer");
    insta::assert_snapshot!(read.lines().join("\n").replace(&"x".repeat(100_000), "x…"), @r#"
    1|ab|ü 😀 |naïve €|日本|日本|x…|61000000|61|00ff|Größe|a,b|{"k": [1, "ü"]}|00112233-4455-6677-8899-aabbccddeeff|10.0.0.1|2001:db8::1|0101000000000000000000f83f00000000000000c0|7|8|14
    2|||||||00000000|||||null|00000000-0000-0000-0000-000000000000|0.0.0.0|::|∅|7|8|14
    3|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅
    "#);
    assert_eq!(read.rejected(), []);
    let schema = read.schema();
    let json = schema.field_with_name("j").unwrap();
    assert_eq!(json.metadata().get(types::FORMAT).map(String::as_str), Some("json"));
}

#[tokio::test]
async fn names_in_any_case_and_script_are_read() {
    let Some(source) = Source::with(
        "CREATE TABLE `Größe ``x``; DROP` (`a b` INT, `日付` INT, `select` INT, `Ünï.dot` INT, PRIMARY KEY (`日付`, `a b`));
        INSERT INTO `Größe ``x``; DROP` VALUES (1, 2, 3, 4), (2, 2, 5, 6);
        CREATE TABLE upper_case (id INT); CREATE TABLE UPPER_CASE (id TEXT); INSERT INTO UPPER_CASE VALUES ('big')",
    )
    .await
    else {
        return;
    };
    assert_eq!(source.read(source.full("Größe `x`; DROP")).await.lines(), ["1|2|3|4", "2|2|5|6"]);
    assert_eq!(source.read(source.full("UPPER_CASE")).await.lines(), ["big"]);
    assert_eq!(source.read(source.full("upper_case")).await.lines(), Vec::<String>::new());
}
