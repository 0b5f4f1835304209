//! URLs and words as they may be shown.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

use url::Url;

/// Longest value of a query parameter that is shown whole.
const LONGEST_VALUE: usize = 80;
/// In place of a secret.
const STARS: &str = "***";
/// Too short to be a secret; replacing it would make nonsense of every sentence.
const SHORTEST_SECRET: usize = 4;
/// How many of the secrets are known that were learned meanwhile: some APIs want a new token with each request.
const MOST_LEARNED: usize = 128;

/// Query parameters that hold a secret by their whole name.
const SECRET_NAMES: &[&str] = &["key", "sig", "code", "pass", "pwd"];
/// Parts of names of query parameters that hold secrets.
const SECRET_PARTS: &[&str] =
    &["token", "secret", "password", "signature", "credential", "auth", "apikey", "api_key", "api-key", "session"];

/// What must not be shown of the requests of a client, and of whatever else knows its secrets.
#[derive(Clone, Default)]
pub struct Redaction {
    parameters: Vec<String>,
    secrets: Vec<String>,
    /// What was learned since, the newest last; shared by clones.
    learned: Arc<RwLock<VecDeque<[String; 2]>>>,
}

impl Redaction {
    /// Hides the value of a query parameter. The usual names are known.
    pub(super) fn hide_parameter(&mut self, name: impl Into<String>) {
        self.parameters.push(name.into());
    }

    /// Hides what another one hides, too, and what either of them learns from now on. What this one has learned by itself is
    /// left to its clones.
    pub(super) fn hide_all(&mut self, other: &Self) {
        self.learned = Arc::clone(&other.learned);
        self.parameters.extend(other.parameters.iter().cloned());
        other.secrets.iter().for_each(|secret| self.hide(secret));
    }

    /// Hides another text wherever it turns up, as it is and as a part of a URL. One of less than four bytes is no secret.
    pub fn hide(&mut self, secret: &str) {
        if secret.len() < SHORTEST_SECRET {
            return;
        }
        for form in forms(secret) {
            if !self.secrets.contains(&form) {
                self.secrets.push(form);
            }
        }
    }

    /// Hides a text from now on that was not known before, such as a token that was given meanwhile, wherever it is hidden what
    /// this one hides. The newest of them are known.
    pub fn learn(&self, secret: &str) {
        let is_known = |learned: &VecDeque<[String; 2]>| learned.back().is_some_and(|[newest, _]| newest == secret);
        if secret.len() < SHORTEST_SECRET || is_known(&self.learned.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let mut learned = self.learned.write().unwrap_or_else(PoisonError::into_inner);
        learned.retain(|[known, _]| known != secret);
        if learned.len() == MOST_LEARNED {
            learned.pop_front();
        }
        learned.push_back(forms(secret));
    }

    /// The URL without secrets; long values are cut short.
    pub(super) fn url(&self, url: &Url) -> String {
        let mut shown = url.clone();
        shown.set_fragment(None);
        // Those fail only where there can be no user name.
        shown.set_username("").ok();
        shown.set_password(None).ok();
        shown.set_query(None);
        let mut text = shown.to_string();
        let pairs = url.query().into_iter().flat_map(|query| query.split('&'));
        for (index, pair) in pairs.enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            let (name, value) = pair.split_once('=').map_or((pair, None), |(name, value)| (name, Some(value)));
            text.push_str(name);
            let Some(value) = value else { continue };
            text.push('=');
            let value = if self.is_secret(name) { STARS.to_owned() } else { self.words(value) };
            match value.char_indices().nth(LONGEST_VALUE) {
                Some((end, _)) => text.extend([&value[..end], "…"]),
                None => text.push_str(&value),
            }
        }
        self.words(&text)
    }

    /// Words of somebody else without our secrets.
    pub fn words(&self, words: &str) -> String {
        let learned = self.learned.read().unwrap_or_else(PoisonError::into_inner);
        let secrets = self.secrets.iter().chain(learned.iter().flatten());
        let mut said: Vec<&String> = secrets.filter(|secret| words.contains(secret.as_str())).collect();
        // A secret that begins with another one is replaced as a whole.
        said.sort_by_key(|secret| Reverse(secret.len()));
        said.into_iter().fold(words.to_owned(), |shown, secret| shown.replace(secret.as_str(), STARS))
    }

    fn is_secret(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        SECRET_NAMES.contains(&name.as_str())
            || name.ends_with("_key")
            || name.ends_with("-key")
            || SECRET_PARTS.iter().any(|part| name.contains(part))
            || self.parameters.iter().any(|parameter| parameter.eq_ignore_ascii_case(&name))
    }
}

/// A secret as it is, and as a part of a URL.
fn forms(secret: &str) -> [String; 2] {
    [secret.to_owned(), url::form_urlencoded::byte_serialize(secret.as_bytes()).collect()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_not_shown_and_the_rest_is() {
        let mut redaction = Redaction::default();
        redaction.hide_parameter("sid");
        redaction.hide("c4n+ry");
        let shown = |url: &str| redaction.url(&Url::parse(url).unwrap());
        assert_eq!(
            shown("https://user:pw@host/a?limit=5&api_key=x&X-Amz-Signature=y&sid=z#f"),
            "https://host/a?limit=5&api_key=***&X-Amz-Signature=***&sid=***"
        );
        assert_eq!(shown("https://host/c4n+ry/a?q=c4n%2Bry&flag"), "https://host/***/a?q=***&flag");
        assert_eq!(redaction.words("the key c4n+ry is wrong"), "the key *** is wrong");
        let long = shown(&format!("https://host/?cursor={}", "a".repeat(200)));
        assert!(long.len() < 120 && long.ends_with('…'), "{long}");
    }

    #[test]
    fn what_is_learned_is_hidden_by_all_who_hide_the_same() {
        let (known, mut client) = (Redaction::default(), Redaction::default());
        client.hide("c4nary");
        client.hide_all(&known);
        let clone = client.clone();
        client.learn("c4nary+2");
        known.learn("sid");
        for redaction in [&known, &client, &clone] {
            assert!(redaction.words("c4nary+2, c4nary%2B2 and sid").ends_with("***, *** and sid"));
        }
        assert_eq!(clone.words("c4nary"), "***");
        (0..MOST_LEARNED).for_each(|number| known.learn(&format!("token {number}")));
        assert_eq!(known.words("token 0, c4nary+2"), "***, c4nary+2");
    }
}
