use proptest::prelude::*;

use super::*;

const KEEPING: Keeping = Keeping { limit: 16 << 20, html: true, headers: false };

fn read(raw: &[u8]) -> Mail {
    Mail::of(raw, true, KEEPING)
}

fn people(people: &[Person]) -> Vec<String> {
    let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "∅".into());
    people.iter().map(|person| format!("{} <{}>", word(&person.name), word(&person.address))).collect()
}

#[test]
fn headers_of_all_kinds_are_read() {
    let mail = read(
        b"From: =?utf-8?B?R3LDtsOfZQ==?= <groesse@example.com>\r\n\
          To: \"Lovelace, Ada\" <ada@example.com>, grace@example.com (Grace)\r\n\
          To: third@example.com\r\n\
          Cc: friends: one@example.com, Two <two@example.com>;, undisclosed-recipients:;\r\n\
          Reply-To: <list@example.com>\r\n\
          Subject: =?iso-8859-1?Q?Gr=FC=DFe?= =?utf-8?Q?_aus_K=C3=B6ln?=\r\n\
          Date: Fri, 02 Jan 2026 23:30:00 -0130\r\n\
          Message-ID: <third@example.com>\r\n\
          In-Reply-To: <second@example.com>\r\n\
          References: <first@example.com>\r\n <second@example.com>\r\n\
          \r\n\
          Hello\r\nworld\r\n",
    );
    assert_eq!(people(&mail.from), ["Größe <groesse@example.com>"]);
    assert_eq!(
        people(&mail.to),
        ["Lovelace, Ada <ada@example.com>", "Grace <grace@example.com>", "∅ <third@example.com>"]
    );
    assert_eq!(people(&mail.cc), ["∅ <one@example.com>", "Two <two@example.com>"]);
    assert_eq!(people(&mail.reply_to), ["∅ <list@example.com>"]);
    assert_eq!(mail.subject.as_deref(), Some("Grüße aus Köln"));
    assert_eq!(mail.sent_at, Some(1_767_402_000_000_000));
    assert_eq!(mail.message_id.as_deref(), Some("third@example.com"));
    assert_eq!(mail.in_reply_to, ["second@example.com"]);
    assert_eq!(mail.references, ["first@example.com", "second@example.com"]);
    assert_eq!(mail.thread_id(), Some("first@example.com"));
    assert_eq!(mail.text.as_deref(), Some("Hello\nworld\n"));
    assert_eq!((mail.html, mail.headers, mail.problem), (None, None, None));
    assert_eq!(mail.attachments, Some(Vec::new()));
}

#[test]
fn bytes_beyond_ascii_in_headers_are_read() {
    let mail =
        read(b"Subject: Gr\xfc\xdfe\r\nFrom: J\xf6rg <j@example.com>\r\nTo: \xe2\x82\xac <e@example.com>\r\n\r\nx");
    assert_eq!(mail.subject.as_deref(), Some("Grüße"));
    assert_eq!(people(&mail.from), ["Jörg <j@example.com>"]);
    assert_eq!(people(&mail.to), ["€ <e@example.com>"]);
}

#[test]
fn dates_that_are_none_are_told() {
    let date = |text: &str| {
        let mail = read(format!("Subject: s\r\n{text}\r\n\r\nx").as_bytes());
        (mail.sent_at, mail.wrong_date)
    };
    assert_eq!(date("Date: yesterday"), (None, true));
    assert_eq!(date("Date: Mon, 99 Foo 2026 99:99:99 +0000"), (None, true));
    assert_eq!(date("X-Nothing: here"), (None, false));
    assert_eq!(date("Date: 2 Jan 2026 00:00 GMT"), (Some(1_767_312_000_000_000), false));
}

#[test]
fn text_is_chosen_and_attachments_are_told() {
    let mail = read(
        b"Subject: parts\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n\
          preamble\r\n--outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n\
          --inner\r\nContent-Type: text/plain; charset=iso-8859-15\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
          5 =A4 for=\r\n you\r\n\
          --inner\r\nContent-Type: text/html\r\n\r\n<p>5 &euro; for you</p>\r\n--inner--\r\n\
          --outer\r\nContent-Type: application/pdf; name=\"=?utf-8?Q?=C3=9Cbersicht=2Epdf?=\"\r\n\
          Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n\
          JVBERi0=\r\n\
          --outer\r\nContent-Type: image/png\r\nContent-ID: <logo@example.com>\r\nContent-Disposition: inline\r\n\
          Content-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n\
          --outer\r\nContent-Type: message/rfc822\r\n\r\nSubject: within\r\n\r\nbody\r\n\
          --outer--\r\nepilogue\r\n",
    );
    assert_eq!(mail.text.as_deref().map(str::trim_end), Some("5 € for you"));
    assert_eq!(mail.html.as_deref().map(str::trim_end), Some("<p>5 &euro; for you</p>"));
    let attachments = mail.attachments.unwrap();
    let told: Vec<_> = attachments
        .iter()
        .map(|one| {
            (
                one.name.as_deref(),
                one.content_type.as_deref(),
                one.size,
                one.content_id.as_deref(),
                one.disposition.as_deref(),
            )
        })
        .collect();
    assert_eq!(told[0], (Some("Übersicht.pdf"), Some("application/pdf"), 5, None, Some("attachment")));
    assert_eq!(told[1], (None, Some("image/png"), 4, Some("logo@example.com"), Some("inline")));
    assert_eq!((told[2].1, told[2].2 > 0), (Some("message/rfc822"), true));
    assert_eq!(told.len(), 3);
    let without = Mail::of(b"Content-Type: text/html\r\n\r\n<b>x</b>", true, Keeping { html: false, ..KEEPING });
    assert_eq!((without.text.as_deref(), without.html), (Some("x"), None));
}

#[test]
fn charsets_that_are_wrong_or_unknown_lose_no_message() {
    for (charset, body, text) in [
        ("shift_jis", &b"\x93\xfa\x96{"[..], "日本"),
        ("koi8-r", &b"\xf0\xf2"[..], "ПР"),
        ("x-unknown", &b"plain"[..], "plain"),
        ("us-ascii", "Köln".as_bytes(), "Köln"),
        ("utf-8", &b"a\0b"[..], "a\0b"),
    ] {
        let head = format!("Subject: s\r\nContent-Type: text/plain; charset={charset}\r\n\r\n");
        let mail = read(&[head.as_bytes(), body].concat());
        assert_eq!(mail.text.as_deref(), Some(text), "{charset}");
    }
}

#[test]
fn what_cannot_be_understood_has_its_headers_as_they_came() {
    let mail = read(b"\xff\xfe no mail at all\r\n\r\nbody");
    assert!(mail.problem.is_some() && mail.headers.as_deref().unwrap().contains("no mail at all"), "{mail:?}");
    let empty = read(b"");
    assert!(empty.problem.is_some() && empty.headers.is_some(), "{empty:?}");
    let kept = Mail::of(b"Subject: s\r\nX-A: b\r\n\r\nbody", true, Keeping { headers: true, ..KEEPING });
    assert_eq!(kept.headers.as_deref(), Some("Subject: s\nX-A: b\n"));
}

#[test]
fn the_beginning_of_a_large_message_is_read() {
    let mail = Mail::of(b"Subject: s\r\n\r\nfirst wor", false, KEEPING);
    assert_eq!((mail.subject.as_deref(), mail.text.as_deref()), (Some("s"), Some("first wor")));
    assert!(mail.attachments.is_none() && mail.problem.unwrap().contains("larger than 16 MiB"));
}

#[test]
fn messages_that_are_made_to_do_harm_do_none() {
    let began = std::time::Instant::now();
    let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(200_000);
    let lists: String = (0..100_000)
        .map(|number| format!("--a\r\nContent-Type: multipart/mixed; boundary=b{number}\r\n\r\n"))
        .collect();
    let lists = format!("Subject: s\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n{lists}");
    for trap in [format!("Subject: s\r\n{nested}"), lists] {
        let mail = read(trap.as_bytes());
        assert_eq!(mail.subject.as_deref(), Some("s"));
        assert!(mail.problem.unwrap().contains("too many parts"));
    }
    assert!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
}

/// Pieces that mail is made of, and some that it is not.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<&'static [u8]> = vec![
        b"Subject: ",
        b"From: a <b@c>",
        b"Date: Sat, 31 Feb 2026 25:61:00 +9999",
        b"Content-Type: multipart/mixed; boundary=\"b\"",
        b"Content-Type: multipart/alternative; boundary=",
        b"Content-Type: message/rfc822",
        b"Content-Type: text/plain; charset=utf-7",
        b"Content-Type: text/html; charset=\xff",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Disposition: attachment; filename*0*=utf-8''%E2%82; filename*1=%",
        b"References: <a> <b <c>>",
        b"=?utf-8?B?4oKs?= =?x?Q?=ZZ?=",
        b"--b\r\n",
        b"--b--",
        b"\r\n",
        b"\r\n\r\n",
        b"\n\n",
        b"<p>&#xffffffff;<script>",
        b"=C3=\r\n",
        b"\0",
        b"\xe2\x82",
        b"(((((",
        b"\"",
    ];
    prop::collection::vec(
        prop_oneof![
            4 => prop::sample::select(known).prop_map(<[u8]>::to_vec),
            1 => prop::collection::vec(any::<u8>(), 0..40),
        ],
        0..40,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_fail_and_what_is_not_understood_is_told(raw in pieces(), whole in any::<bool>()) {
        let mail = Mail::of(&raw, whole, KEEPING);
        prop_assert!(mail.headers.is_none() || mail.problem.is_some());
        let problem = mail.problem.unwrap_or_default();
        prop_assert!(!problem.contains("cannot be understood") || mail.headers.is_some());
    }
}
