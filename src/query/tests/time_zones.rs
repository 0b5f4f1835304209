//! `AT TIME ZONE`. What is expected here is what PostgreSQL 15 answers.

use super::shop::Desk;

#[tokio::test]
async fn an_instant_becomes_what_clocks_show_and_back() {
    let desk = Desk::new();
    for (sql, row) in [
        ("SELECT timestamptz '2024-07-01 10:00:00Z' AT TIME ZONE 'Europe/Berlin'", r#"[["2024-07-01T12:00:00"]]"#),
        ("SELECT timestamp '2024-07-01 10:00:00' AT TIME ZONE 'Europe/Berlin'", r#"[["2024-07-01T08:00:00Z"]]"#),
        (
            "SELECT timestamp '2024-07-01 10:00:00.123456' AT TIME ZONE 'America/New_York' AT TIME ZONE 'Asia/Kathmandu'",
            r#"[["2024-07-01T19:45:00.123456"]]"#,
        ),
        ("SELECT timezone('Europe/Berlin', timestamp '2024-01-01 10:00:00')", r#"[["2024-01-01T09:00:00Z"]]"#),
        ("SELECT '2024-01-01 10:00:00' AT TIME ZONE 'Europe/Berlin'", r#"[["2024-01-01T11:00:00"]]"#),
        ("SELECT date '2024-07-01' AT TIME ZONE 'America/New_York'", r#"[["2024-06-30T20:00:00"]]"#),
        ("SELECT timestamptz '2024-07-01 10:00:00Z' AT TIME ZONE 'europe/BERLIN'", r#"[["2024-07-01T12:00:00"]]"#),
        (
            "SELECT timestamptz '2024-07-01 10:00:00Z' AT TIME ZONE INTERVAL '-2 hours 30 minutes'",
            r#"[["2024-07-01T08:30:00"]]"#,
        ),
        ("SELECT extract(hour FROM timestamptz '2024-07-01 23:00:00Z' AT TIME ZONE 'Europe/Berlin')", "[[1]]"),
        ("SELECT NULL AT TIME ZONE 'UTC', now() AT TIME ZONE NULL", "[[null,null]]"),
        (
            "SELECT column1 AT TIME ZONE column2 FROM (VALUES (timestamptz '2024-01-01 00:00:00Z', 'Asia/Tokyo'),
                (timestamptz '2024-01-01 00:00:00Z', 'UTC'), (NULL, 'UTC'), (timestamptz '2024-01-01 00:00:00Z', NULL)) v",
            r#"[["2024-01-01T09:00:00"],["2024-01-01T00:00:00"],[null],[null]]"#,
        ),
        (
            "SELECT count(*) FROM (VALUES (timestamp '2024-07-01 00:30:00')) v (t) WHERE t AT TIME ZONE 'Europe/Berlin' < timestamptz '2024-07-01 00:00:00Z'",
            "[[1]]",
        ),
    ] {
        assert_eq!(desk.rows(sql).await, row, "{sql}");
    }
}

#[tokio::test]
async fn what_clocks_never_show_or_show_twice_is_taken_as_postgresql_takes_it() {
    let desk = Desk::new();
    for (zone, shown, instant) in [
        ("Europe/Berlin", "2024-03-31 01:59:59.999999", "2024-03-31T00:59:59.999999Z"),
        ("Europe/Berlin", "2024-03-31 02:00:00", "2024-03-31T01:00:00Z"),
        ("Europe/Berlin", "2024-03-31 02:59:59", "2024-03-31T01:59:59Z"),
        ("Europe/Berlin", "2024-03-31 03:00:00", "2024-03-31T01:00:00Z"),
        ("Europe/Berlin", "2024-10-27 01:59:00", "2024-10-26T23:59:00Z"),
        ("Europe/Berlin", "2024-10-27 02:00:00", "2024-10-27T01:00:00Z"),
        ("Europe/Berlin", "2024-10-27 02:30:00", "2024-10-27T01:30:00Z"),
        ("Europe/Berlin", "2024-10-27 03:00:00", "2024-10-27T02:00:00Z"),
        ("Europe/Berlin", "1880-01-01 00:00:00", "1879-12-31T23:06:32Z"),
        ("Europe/Berlin", "2060-07-01 12:00:00", "2060-07-01T10:00:00Z"),
        ("Europe/Berlin", "2120-07-01 12:00:00", "2120-07-01T10:00:00Z"),
        ("Europe/Berlin", "1600-01-01 00:00:00", "1599-12-31T23:06:32Z"),
        ("Europe/Berlin", "9999-07-01 00:00:00", "9999-06-30T22:00:00Z"),
        ("Pacific/Apia", "2011-12-30 12:00:00", "2011-12-30T22:00:00Z"),
        ("Europe/Moscow", "2014-10-26 01:30:00", "2014-10-25T22:30:00Z"),
        ("Europe/Dublin", "2024-10-27 01:30:00", "2024-10-27T01:30:00Z"),
        ("Europe/Dublin", "2024-03-31 01:30:00", "2024-03-31T01:30:00Z"),
        ("Australia/Lord_Howe", "2024-04-07 01:45:00", "2024-04-06T15:15:00Z"),
        ("Australia/Lord_Howe", "2024-10-06 02:15:00", "2024-10-05T15:45:00Z"),
        ("America/New_York", "2024-03-10 02:30:00", "2024-03-10T07:30:00Z"),
        ("America/New_York", "2024-11-03 01:30:00", "2024-11-03T06:30:00Z"),
    ] {
        let sql = format!("SELECT arrow_cast('{shown}', 'Timestamp(Microsecond, None)') AT TIME ZONE '{zone}'");
        assert_eq!(desk.rows(&sql).await, format!(r#"[["{instant}"]]"#), "{sql}");
    }
    for (zone, instant, shown) in [
        ("Pacific/Apia", "2011-12-30 09:59:59Z", "2011-12-29T23:59:59"),
        ("Pacific/Apia", "2011-12-30 10:00:00Z", "2011-12-31T00:00:00"),
        ("Europe/Berlin", "2060-07-01 12:00:00Z", "2060-07-01T14:00:00"),
        ("Europe/Berlin", "2120-07-01 12:00:00Z", "2120-07-01T14:00:00"),
        ("Europe/Berlin", "1880-01-01 00:00:00Z", "1880-01-01T00:53:28"),
    ] {
        let sql =
            format!("SELECT arrow_cast('{instant}', 'Timestamp(Microsecond, Some(\"UTC\"))') AT TIME ZONE '{zone}'");
        assert_eq!(desk.rows(&sql).await, format!(r#"[["{shown}"]]"#), "{sql}");
    }
}

#[tokio::test]
async fn what_is_no_zone_or_no_time_is_refused_in_words() {
    let desk = Desk::new();
    let mut said = String::new();
    for sql in [
        "SELECT now() AT TIME ZONE 'Europe/Berln'",
        "SELECT now() AT TIME ZONE 'CEST'",
        "SELECT now() AT TIME ZONE '+02:00'",
        "SELECT now() AT TIME ZONE INTERVAL '1 day'",
        "SELECT now() AT TIME ZONE 2",
        "SELECT 1 AT TIME ZONE 'UTC'",
        "SELECT 'soon' AT TIME ZONE 'UTC'",
    ] {
        let error = desk.error(sql).await;
        assert!(error.is_users_fault(), "{sql}: {error:?}");
        said.push_str(&format!("{sql}: {error}\n"));
    }
    insta::assert_snapshot!(said, @r#"
    SELECT now() AT TIME ZONE 'Europe/Berln': there is no time zone Europe/Berln, did you mean Europe/Berlin or Europe/Dublin or Europe/Jersey
    SELECT now() AT TIME ZONE 'CEST': there is no time zone CEST, did you mean CET or EST
    SELECT now() AT TIME ZONE '+02:00': the time zone +02:00 may mean hours to the east or to the west: give a name such as 'Europe/Berlin', or an interval to the east such as INTERVAL '2 hours'
    SELECT now() AT TIME ZONE INTERVAL '1 day': an interval that stands for a time zone has no months and no days
    SELECT now() AT TIME ZONE 2: a time zone is given as a text, such as 'Europe/Berlin', not as bigint
    SELECT 1 AT TIME ZONE 'UTC': AT TIME ZONE takes a timestamp, not bigint
    SELECT 'soon' AT TIME ZONE 'UTC': error parsing timestamp from 'soon': timestamp must contain at least 10 characters
    "#);
}
