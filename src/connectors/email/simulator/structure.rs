//! What a message is made of, as IMAP writes it: ENVELOPE and BODYSTRUCTURE (RFC 3501, section 7.4.2).

use super::letter::{Letter, Part, Person};

/// A string, or NIL.
pub(super) fn string(text: Option<&str>) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    text.map_or_else(|| "NIL".to_owned(), quoted)
}

/// A header's value on one line.
fn unfolded(letter: &Letter, name: &str) -> Option<String> {
    let found = letter.headers().into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.replace("\r\n", ""))
}

/// The ENVELOPE.
pub(super) fn envelope(letter: &Letter) -> String {
    let value = |name: &str| string(unfolded(letter, name).as_deref());
    let from = people(std::slice::from_ref(&letter.draft.from));
    let to = people(&letter.draft.to);
    format!(
        "({} {} {from} {from} {from} {to} NIL NIL {} {})",
        value("Date"),
        value("Subject"),
        value("In-Reply-To"),
        value("Message-ID")
    )
}

fn people(people: &[Person]) -> String {
    let one = |(name, address): &Person| {
        let (mailbox, host) = address.split_once('@').unwrap_or((address, ""));
        let name = name.is_ascii().then_some(name.as_str());
        format!("({} NIL {} {})", string(name), string(Some(mailbox)), string(Some(host)))
    };
    if people.is_empty() { "NIL".to_owned() } else { format!("({})", people.iter().map(one).collect::<String>()) }
}

/// The BODYSTRUCTURE; without what extends it, the BODY.
pub(super) fn structure(part: &Part, is_extended: bool) -> String {
    match part {
        Part::Multi { subtype, boundary, parts } => {
            let parts: String = parts.iter().map(|part| structure(part, is_extended)).collect();
            let kind = string(Some(&subtype.to_ascii_uppercase()));
            if is_extended {
                format!("({parts} {kind} (\"BOUNDARY\" {}) NIL NIL NIL)", string(Some(boundary)))
            } else {
                format!("({parts} {kind})")
            }
        }
        Part::Leaf { kind, subtype, parameters, encoding, file_name, content } => {
            let upper = |word: &str| string(Some(&word.to_ascii_uppercase()));
            let listed: Vec<String> =
                parameters.iter().flat_map(|(name, value)| [upper(name), string(Some(value))]).collect();
            let lines = match *kind {
                "text" => format!(" {}", memchr::memchr_iter(b'\n', content).count()),
                _ => String::new(),
            };
            let disposition = match file_name {
                Some(name) => format!("(\"ATTACHMENT\" (\"FILENAME\" {}))", string(Some(name))),
                None => "NIL".to_owned(),
            };
            let extended = if is_extended { format!(" NIL {disposition} NIL NIL") } else { String::new() };
            format!(
                "({} {} ({}) NIL NIL {} {}{lines}{extended})",
                upper(kind),
                upper(subtype),
                listed.join(" "),
                upper(encoding),
                content.len()
            )
        }
    }
}
