//! The first line of what a vendor says about a failure.

use serde_json::Value;

use super::redact::Redaction;

/// Longest line that is repeated, in characters.
const LONGEST: usize = 200;

/// Where vendors put their words in JSON, the best first: Google and Graph; OAuth 2 (RFC 6749); problem details (RFC
/// 9457); FHIR's OperationOutcome; GraphQL and JSON:API; plain ones.
const PLACES: &[&str] = &[
    "/error/message",
    "/error_description",
    "/detail",
    "/issue/0/diagnostics",
    "/issue/0/details/text",
    "/errors/0/message",
    "/errors/0/detail",
    "/message",
    "/error",
    "/title",
    "/errors/0",
    "/0/message",
];

/// The vendor's words out of the body of a failure, without what is hidden; `None` where there are none that people can read.
pub(super) fn first_line(content_type: &str, body: &[u8], redaction: &Redaction) -> Option<String> {
    let words = match serde_json::from_slice::<Value>(body) {
        Ok(json) => PLACES.iter().find_map(|place| json.pointer(place)?.as_str().map(str::to_owned))?,
        // A page is for browsers.
        Err(_) if content_type.contains("html") => return None,
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let line = words.lines().map(str::trim).find(|line| !line.is_empty())?;
    let line: String = line.chars().filter(|char| !char.is_control()).collect();
    // Before it is cut: of a secret that stands where it ends, no part may be left.
    let line: String = redaction.words(&line).chars().take(LONGEST).collect();
    let is_text = !line.is_empty() && !line.starts_with('<') && !line.contains(char::REPLACEMENT_CHARACTER);
    is_text.then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendors_say_it_in_many_places() {
        let hides_nothing = Redaction::default();
        let said = |body: &str| first_line("application/json", body.as_bytes(), &hides_nothing);
        let cases = [
            (r#"{"error":{"code":403,"message":"Rate Limit Exceeded\nmore"}}"#, "Rate Limit Exceeded"),
            (r#"{"error":"invalid_grant","error_description":"Token has been revoked."}"#, "Token has been revoked."),
            (r#"{"error":"not_authed","ok":false}"#, "not_authed"),
            (
                r#"{"resourceType":"OperationOutcome","issue":[{"diagnostics":"Unknown parameter"}]}"#,
                "Unknown parameter",
            ),
            (r#"{"message":"Bad credentials","documentation_url":"x"}"#, "Bad credentials"),
            ("\n API key invalid \n", "API key invalid"),
        ];
        for (body, words) in cases {
            assert_eq!(said(body).as_deref(), Some(words), "{body}");
        }
        assert_eq!(said("{}"), None);
        let html = b"<html><body>nginx</body></html>";
        assert_eq!(first_line("text/html; charset=utf-8", html, &hides_nothing), None);
        assert_eq!(first_line("text/plain", &[0xff, 0xfe, 0], &hides_nothing), None);
    }

    #[test]
    fn no_part_of_a_secret_is_left_where_the_words_are_cut() {
        let mut redaction = Redaction::default();
        redaction.hide("c4nary-of-some-length");
        for before in LONGEST - 30..LONGEST {
            let body = format!("{}c4nary-of-some-length", "x".repeat(before));
            let said = first_line("text/plain", body.as_bytes(), &redaction).unwrap();
            assert!(!said.contains("c4n") && said.len() <= LONGEST, "{said}");
        }
    }
}
