//! What is linked and what is not.

use super::{Record, Rule, Rules, Verdict, decide};

fn customer(key: &str, name: &str, email: &str, company: &str) -> Record {
    Record {
        key: key.to_owned(),
        ids: vec![key.to_owned()],
        names: vec![name.to_owned()],
        emails: vec![email.to_owned()],
        companies: vec![company.to_owned()],
        ..Record::default()
    }
}

fn customers() -> Vec<Record> {
    vec![
        customer("CUST-0001", "Jane Doe", "jane.doe@globex.com", "Globex Corporation"),
        customer("CUST-0002", "Robert Müller", "r.mueller@blueriver.example", "Blue River Foods Ltd"),
        customer("CUST-0003", "Anna Smith", "anna@initech.com", "Initech"),
        customer("CUST-0004", "Paul Brown", "paul@initech.com", "Initech"),
        customer("CUST-0005", "Grace Hope", "gh@summit.example", "Summit Ltd"),
        customer("CUST-0006", "Li Wei", "li.wei@gmail.com", "Northwind Traders GmbH"),
        customer("CUST-0042", "Maria Gonzalez", "maria@hooli.com", "Hooli XYZ Labs"),
    ]
}

fn message(text: &str) -> Record {
    Record { key: "m".to_owned(), texts: vec![text.to_owned()], ..Record::default() }
}

/// The customers that a message speaks of, as it is sure.
fn spoken_of(text: &str) -> Vec<String> {
    // The everyday words are heard, too.
    let mut left = vec![message(text)];
    left.push(Record { key: "other".to_owned(), ..message("write to sales@globex.com or see www.globex.com") });
    for everyday in
        ["we hope to reach the summit, will you call", "I hope the grace period is fine", "the summit was brown"]
    {
        left.extend((0..3).map(|_| Record { key: "other".to_owned(), ..message(everyday) }));
    }
    let decisions = decide(&left, &customers(), &Rules::default());
    let mut found: Vec<String> = decisions
        .into_iter()
        .filter(|decision| decision.left_key == "m")
        .inspect(|decision| assert_eq!(decision.verdict, Verdict::Match))
        .map(|decision| decision.right_key)
        .collect();
    found.sort();
    found
}

#[test]
fn a_message_speaks_of_whom_it_names() {
    for (text, expected) in [
        ("Globex cannot log in again", "CUST-0001"),
        ("globex corp wants a refund", "CUST-0001"),
        ("Jane from Globex's office called", "CUST-0001"),
        ("mail from <mailto:Jane.Doe@GLOBEX.com|Jane.Doe@GLOBEX.com>", "CUST-0001"),
        ("somebody at support@globex.com asked", "CUST-0001"),
        ("see https://www.globex.com/tickets/7", "CUST-0001"),
        ("Doe, Jane wrote twice", "CUST-0001"),
        ("ticket of cust 42 is open", "CUST-0042"),
        ("Customer CUST-0042: no answer", "CUST-0042"),
        ("Blue River is unhappy", "CUST-0002"),
        ("The Blueriver Foods shipment", "CUST-0002"),
        ("Bob Muller asked for a discount", "CUST-0002"),
        ("Northwnd Traders have a problem", "CUST-0006"),
        ("Gonzales? no: María González asked", "CUST-0042"),
        ("Anna Smith is fine", "CUST-0003"),
        ("Anna at Initech is fine", "CUST-0003"),
    ] {
        assert_eq!(spoken_of(text), [expected], "{text}");
    }
}

#[test]
fn a_message_may_speak_of_two() {
    assert_eq!(spoken_of("Globex and Hooli XYZ both want it"), ["CUST-0001", "CUST-0042"]);
}

#[test]
fn what_is_not_certain_is_not_decided() {
    for text in [
        // Two customers are there.
        "Initech is angry",
        "Somebody named Anna called",
        // Everyday words.
        "we hope they will reach the summit",
        "Hope this helps",
        "nothing at all",
        "",
        "in 2024 we sold 42 of them for 0042 EUR",
        "Jane was here",
    ] {
        assert_eq!(spoken_of(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn doubtful_links_are_given_with_their_reason_where_they_are_wanted() {
    let rules = Rules { minimum_score: 0.1, ..Rules::default() };
    let decisions = decide(&[message("Initech is angry")], &customers(), &rules);
    let keys: Vec<&str> = decisions.iter().map(|decision| decision.right_key.as_str()).collect();
    assert_eq!(keys, ["CUST-0003", "CUST-0004"]);
    assert_eq!(decisions[0].verdict, Verdict::Possible);
    assert_eq!(decisions[0].reasons[0].rule, Rule::Company);
    assert_eq!(decisions[0].reasons[0].note.as_deref(), Some("2 records are called so"));
}

#[test]
fn persons_of_two_tables_are_the_same_by_several_signs() {
    let given = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty()).into_iter().collect::<Vec<_>>();
    let person = |name: &str, email: &str, company: &str| Record {
        key: "p".to_owned(),
        names: given(name),
        emails: given(email),
        companies: given(company),
        ..Record::default()
    };
    for (left, expected) in [
        (person("Doe, Jane", "", ""), Some("CUST-0001")),
        (person("J. Doe", "", "GLOBEX"), Some("CUST-0001")),
        (person("Paul Borwn", "", "Initech Inc."), Some("CUST-0004")),
        (person("", "JANE.DOE@globex.com", ""), Some("CUST-0001")),
        (person("Jane Doe", "jdoe@globex.com", ""), Some("CUST-0001")),
        // A colleague, and a namesake elsewhere.
        (person("Mark Twain", "mark@globex.com", "Globex"), None),
        (person("Jane Doe", "", "Umbrella"), None),
    ] {
        let decisions = decide(std::slice::from_ref(&left), &customers(), &Rules::default());
        let found: Vec<&str> = decisions.iter().map(|decision| decision.right_key.as_str()).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{left:?}");
    }
}

#[test]
fn duplicates_of_one_table_are_found_once() {
    let mut table = customers();
    table.push(customer("CUST-0077", "Bob Mueller", "bob@blueriver.example", "Blue River Foods"));
    let rules = Rules { same_table: true, ..Rules::default() };
    let decisions = decide(&table, &table, &rules);
    let pairs: Vec<(&str, &str)> =
        decisions.iter().map(|decision| (decision.left_key.as_str(), decision.right_key.as_str())).collect();
    assert_eq!(pairs, [("CUST-0002", "CUST-0077")]);
}

#[test]
fn a_conversation_speaks_of_whom_it_begins_with() {
    let part = |key: &str, text: &str| Record { key: key.to_owned(), thread: Some("1".to_owned()), ..message(text) };
    let left = [part("1", "Globex cannot log in"), part("2", "looking into it"), part("3", "solved")];
    let decisions = decide(&left, &customers(), &Rules::default());
    let found: Vec<(&str, &str)> =
        decisions.iter().map(|decision| (decision.left_key.as_str(), decision.right_key.as_str())).collect();
    assert_eq!(found, [("1", "CUST-0001"), ("2", "CUST-0001"), ("3", "CUST-0001")]);
    assert_eq!(decisions[1].reasons[0].rule, Rule::Thread);
    assert!(decisions[1].score < decisions[0].score);
}

#[test]
fn telephone_numbers_tell_who_calls() {
    let mut customers = customers();
    customers[0].phones = vec!["+1 212 555 0147".to_owned()];
    let decide = |text: &str| {
        let rules = Rules { region: Some("US".to_owned()), ..Rules::default() };
        decide(&[message(text)], &customers, &rules).into_iter().map(|decision| decision.right_key).collect::<Vec<_>>()
    };
    assert_eq!(decide("missed call from (212) 555-0147"), ["CUST-0001"]);
    assert_eq!(decide("missed call from 0049 30 901820"), Vec::<String>::new());
}
