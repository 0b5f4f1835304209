//! What the browser sees that comes back from a vendor: one small page that needs nothing else, on a phone as on a desk.
//!
//! Its address holds a spent code and a spent state. The page takes them out of the address and of the history, is kept
//! nowhere, and tells nobody where the browser was.

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Sizes follow the reader's own, and words that are too long for a line are broken.
const STYLE: &str = "\
    :root{color-scheme:light dark;--ink:#1d2025;--paper:#fff;--soft:#5a6270;--good:#146c2e;--bad:#a3261b;--link:#0b57d0}\
    @media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#16181c;--soft:#a3abb8;--good:#7bd88f;--bad:#ff9a8f;--link:#8ab4f8}}\
    *{box-sizing:border-box}\
    body{margin:0;color:var(--ink);background:var(--paper);font:1.0625rem/1.55 system-ui,sans-serif}\
    main{max-width:34rem;margin:clamp(2rem,14vh,9rem) auto 2rem;padding:0 1.25rem;overflow-wrap:anywhere}\
    h1{margin:0 0 .75rem;font-size:1.75rem;line-height:1.2;font-weight:650}\
    h1 span{margin-right:.45em}\
    .good h1 span{color:var(--good)}.bad h1 span{color:var(--bad)}\
    p{margin:0 0 1rem}\
    a{display:inline-block;padding:.5rem 0;color:var(--link);font-weight:600}\
    a:focus-visible{outline:3px solid var(--link);outline-offset:3px;border-radius:2px}\
    footer{margin-top:2.5rem;color:var(--soft);font-size:.875rem}";

/// What takes the query out of the address.
const SCRIPT: &str = "history.replaceState(null,\"\",location.pathname)";

/// The page's own style and script, and nothing else.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let digest = |text: &str| STANDARD.encode(Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        digest(STYLE),
        digest(SCRIPT)
    );
    HeaderValue::from_str(&policy).expect("digests are plain text")
});

/// What is told.
pub(super) struct Page<'p> {
    title: &'static str,
    is_good: bool,
    words: String,
    return_to: Option<&'p str>,
}

impl<'p> Page<'p> {
    /// An account is connected.
    pub(super) fn connected(name: &str) -> Self {
        let words = format!("{name} is connected. You can close this window.");
        Self { title: "Connected", is_good: true, words, return_to: None }
    }

    /// It is not, for this reason.
    pub(super) fn not_connected(why: &str, return_to: Option<&'p str>) -> Self {
        Self { title: "Not connected", is_good: false, words: sentence(why), return_to }
    }

    /// It is, and does not help.
    pub(super) fn unreadable(why: &str, return_to: Option<&'p str>) -> Self {
        Self { title: "Connected, but not readable", is_good: false, words: sentence(why), return_to }
    }

    /// The answer to the browser.
    pub(super) fn answer(&self, status: StatusCode) -> Response {
        let content_type = [(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
        (status, content_type, headers(), self.html()).into_response()
    }

    fn html(&self) -> String {
        let Self { title, is_good, words, return_to } = self;
        let (class, sign) = if *is_good { ("good", "✓") } else { ("bad", "✕") };
        let back = return_to.map(|path| format!("<p><a href=\"{}\">Go back to DataWeaver</a></p>\n", escaped(path)));
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{title} – DataWeaver</title>\n<style>{STYLE}</style>\n</head>\n\
             <body>\n<main class=\"{class}\">\n<h1><span aria-hidden=\"true\">{sign}</span>{title}</h1>\n<p>{}</p>\n{}\
             <footer>DataWeaver</footer>\n</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
            escaped(words),
            back.unwrap_or_default()
        )
    }
}

/// Leads the browser on to a path of our own; None where it cannot be said in a header.
pub(super) fn go_to(path: &str) -> Option<Response> {
    let path = HeaderValue::from_str(path).ok()?;
    Some((StatusCode::SEE_OTHER, [(LOCATION, path)], headers()).into_response())
}

/// Nobody keeps the page, and nobody learns from it where the browser was.
fn headers() -> [(HeaderName, HeaderValue); 3] {
    [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (CONTENT_SECURITY_POLICY, POLICY.clone()),
    ]
}

/// Words as a sentence: with a capital at the beginning, and a full stop at the end.
fn sentence(words: &str) -> String {
    let mut chars = words.trim().chars();
    let mut sentence = chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect());
    if !sentence.ends_with(['.', '!', '?', '…', ')']) {
        sentence.push('.');
    }
    sentence
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One page of each kind. They are written into the folder that `DATAWEAVER_TEST_PAGES` names, to be looked at.
    fn pages() -> Vec<(&'static str, String)> {
        let refused = "access to Mail <of Ada> was not allowed: AADSTS65004: User declined to consent (access_denied)";
        let long =
            format!("could not connect Mail: POST https://login.example.com/{}/token answered 400", "x".repeat(90));
        let unreadable =
            "the account of Mail was authorised, and cannot be read: imap.example.com:993 refused ada@example.com";
        let pages = vec![
            ("connected", Page::connected("Mail of \"Ada\" & Co.").html()),
            ("refused", Page::not_connected(refused, Some("/connectors?a=1&b=2")).html()),
            ("failed", Page::not_connected(&long, None).html()),
            ("unreadable", Page::unreadable(unreadable, Some("/")).html()),
        ];
        if let Some(folder) = std::env::var_os("DATAWEAVER_TEST_PAGES").map(std::path::PathBuf::from) {
            std::fs::create_dir_all(&folder).unwrap();
            for (name, html) in &pages {
                std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
            }
        }
        pages
    }

    #[test]
    fn the_page_needs_nothing_else_and_says_what_it_is() {
        for (name, html) in pages() {
            for part in ["<html lang=\"en\">", "name=\"viewport\"", "<main ", "<h1>", "</html>"] {
                assert_eq!(html.matches(part).count(), 1, "{name} {part}");
            }
            // Nothing is fetched, and nothing runs but what the policy names.
            for part in ["src=", "url(", "@import", "<link", "style=\"", "http-equiv"] {
                assert!(!html.contains(part), "{name}: {part}");
            }
            assert_eq!(html.matches("<script>").count(), 1, "{name}");
            assert!(html.contains(&format!("<script>{SCRIPT}</script>")), "{name}");
            assert!(html.contains(&format!("<style>{STYLE}</style>")), "{name}");
        }
    }

    #[test]
    fn what_others_say_is_text() {
        let pages = pages();
        assert!(
            pages[0].1.contains("<p>Mail of &quot;Ada&quot; &amp; Co. is connected. You can close this window.</p>")
        );
        let refused = &pages[1].1;
        assert!(refused.contains("<p>Access to Mail &lt;of Ada&gt; was not allowed: AADSTS65004: User declined to consent (access_denied)</p>"));
        assert!(refused.contains("<a href=\"/connectors?a=1&amp;b=2\">Go back to DataWeaver</a>"));
        assert_eq!(sentence("who? "), "Who?");
        assert_eq!(sentence("élan"), "Élan.");
    }
}
