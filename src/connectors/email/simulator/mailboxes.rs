//! LIST and STATUS (RFC 3501, sections 6.3.8 and 6.3.10; RFC 5258, RFC 6154).

use super::ImapSimulator;
use super::account::Mailbox;
use super::request::Token;
use super::session::Answer;
use super::structure::string;

/// `LIST "" "*" RETURN (SPECIAL-USE)`, and the older forms.
pub(super) fn list(simulator: &ImapSimulator, arguments: &[Token]) -> Answer {
    // All mailboxes are subscribed, and none is elsewhere: what is asked to choose from makes no difference.
    let arguments = match arguments.split_first() {
        Some((Token::List(_), rest)) => rest,
        _ => arguments,
    };
    let (Some(reference), Some(patterns)) = (arguments.first().and_then(Token::text), arguments.get(1)) else {
        return Answer::bad("LIST takes a reference and a pattern");
    };
    let patterns: Vec<&str> = match patterns {
        Token::List(patterns) => patterns.iter().filter_map(Token::text).collect(),
        pattern => pattern.text().into_iter().collect(),
    };
    let mut answer = Answer::ok("LIST done");
    if patterns == [""] {
        return answer.line("LIST (\\Noselect) \"/\" \"\"");
    }
    for mailbox in &simulator.account().mailboxes {
        if patterns.iter().any(|pattern| matches(format!("{reference}{pattern}").as_bytes(), mailbox.name.as_bytes())) {
            let special_use = mailbox.special_use.map(|word| format!(" {word}")).unwrap_or_default();
            answer = answer.line(format!("LIST (\\HasNoChildren{special_use}) \"/\" {}", string(Some(&mailbox.name))));
        }
    }
    answer
}

/// `*` is anything, `%` anything within a level.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    // Whether the beginnings of the name, by their lengths, match what was seen of the pattern.
    let mut fits = vec![false; name.len() + 1];
    fits[0] = true;
    for sign in pattern {
        match sign {
            b'*' | b'%' => {
                for (length, byte) in name.iter().enumerate() {
                    fits[length + 1] |= fits[length] && (*sign == b'*' || *byte != b'/');
                }
            }
            _ => {
                for (length, byte) in name.iter().enumerate().rev() {
                    fits[length + 1] = fits[length] && byte == sign;
                }
                fits[0] = false;
            }
        }
    }
    fits[name.len()]
}

/// `STATUS INBOX (MESSAGES UIDNEXT)`.
pub(super) fn status(simulator: &ImapSimulator, arguments: &[Token]) -> Answer {
    let (Some(name), Some(Token::List(asked))) = (arguments.first().and_then(Token::text), arguments.get(1)) else {
        return Answer::bad("STATUS takes a mailbox and a list");
    };
    let account = simulator.account();
    let Some(mailbox) = account.mailbox(name) else { return missing() };
    let mut facts = Vec::new();
    for word in asked.iter().filter_map(Token::word) {
        let Some(fact) = fact(mailbox, &word) else { return Answer::bad("STATUS knows no such word") };
        facts.push(format!("{word} {fact}"));
    }
    Answer::ok("STATUS done").line(format!("STATUS {} ({})", string(Some(&mailbox.name)), facts.join(" ")))
}

fn fact(mailbox: &Mailbox, word: &str) -> Option<usize> {
    let is_unseen = |message: &&super::account::Stored| !message.flags.contains(&"\\Seen");
    Some(match word {
        "MESSAGES" => mailbox.messages.len(),
        "RECENT" => 0,
        "UIDNEXT" => mailbox.next_uid as usize,
        "UIDVALIDITY" => mailbox.uid_validity as usize,
        "UNSEEN" => mailbox.messages.iter().filter(is_unseen).count(),
        _ => return None,
    })
}

/// There is no such mailbox.
pub(super) fn missing() -> Answer {
    Answer::no("[NONEXISTENT] There is no such mailbox")
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_know_levels() {
        for (pattern, name, is_match) in [
            ("*", "Archive/2025", true),
            ("%", "Archive/2025", false),
            ("%", "INBOX", true),
            ("Arch*", "Archive/2025", true),
            ("Archive/%", "Archive/2025", true),
            ("%/%", "INBOX", false),
            ("INBOX", "INBOX", true),
            ("INBO", "INBOX", false),
            ("", "INBOX", false),
            ("", "", true),
            ("*2*", "Archive/2025", true),
            ("%e%/%5", "Archive/2025", true),
            ("%", "Archive/", false),
            ("A%5", "Archive/2025", false),
            ("A%*5", "Archive/2025", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), is_match, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let (pattern, name) = ("*%*a".repeat(10_000) + "x", "a".repeat(60));
        assert!(!matches(pattern.as_bytes(), name.as_bytes()));
    }
}
