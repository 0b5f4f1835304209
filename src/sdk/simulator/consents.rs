//! A vendor's consent page, where everybody consents or nobody does, and the codes that it sends people back with.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use url::Url;

/// What a person was asked to allow: the parameters of the page.
#[derive(Clone, Debug, Default)]
pub struct AskedConsent(HashMap<String, String>);

impl AskedConsent {
    /// Those of a query.
    pub fn of(query: Option<&str>) -> Self {
        Self(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// A parameter; empty where it is absent.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The words of a parameter that lists scopes.
    pub fn words(&self, name: &str) -> Vec<&str> {
        self.text(name).split([' ', ',']).filter(|word| !word.is_empty()).collect()
    }

    /// Where the browser is sent back to, if that is a URL.
    pub fn back(&self) -> Option<Url> {
        Url::parse(self.text("redirect_uri")).ok()
    }
}

/// Why a code is good for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unredeemed {
    /// It was not given here, or to another client.
    Unknown,
    /// It was exchanged before: each is good once (RFC 6749, section 4.1.2).
    Spent,
    /// It was asked for with another redirect URI (section 4.1.3).
    OtherRedirectUri,
    /// The verifier is not that of the challenge (RFC 7636, section 4.6).
    OtherVerifier,
}

/// The consents that were given on the page.
#[derive(Default)]
pub struct Consents {
    given: HashMap<String, Given>,
    refuses: bool,
}

struct Given {
    asked: AskedConsent,
    is_spent: bool,
}

impl Consents {
    /// From now on nobody consents, or everybody does.
    pub fn refuse(&mut self, refuses: bool) {
        self.refuses = refuses;
    }

    /// Whether nobody consents.
    pub fn refuses(&self) -> bool {
        self.refuses
    }

    /// What the browser is sent back with: this code, or that the person refused.
    pub fn answer(&mut self, asked: AskedConsent, code: String) -> Vec<(&'static str, String)> {
        let state = asked.text("state").to_owned();
        if self.refuses {
            return vec![("error", "access_denied".to_owned()), ("state", state)];
        }
        self.given.insert(code.clone(), Given { asked, is_spent: false });
        vec![("code", code), ("state", state)]
    }

    /// Takes a code with what comes along with it; gives what was asked for.
    ///
    /// # Errors
    /// Where it is good for nothing.
    pub fn redeem<'f>(&mut self, form: impl Fn(&str) -> &'f str) -> Result<AskedConsent, Unredeemed> {
        let given = self.given.get_mut(form("code")).filter(|given| given.asked.text("client_id") == form("client_id"));
        let given = given.ok_or(Unredeemed::Unknown)?;
        if given.is_spent {
            return Err(Unredeemed::Spent);
        }
        if given.asked.text("redirect_uri") != form("redirect_uri") {
            return Err(Unredeemed::OtherRedirectUri);
        }
        let challenge = given.asked.text("code_challenge");
        if !challenge.is_empty() && challenge != URL_SAFE_NO_PAD.encode(Sha256::digest(form("code_verifier"))) {
            return Err(Unredeemed::OtherVerifier);
        }
        given.is_spent = true;
        Ok(given.asked.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &str = "client_id=app&redirect_uri=https%3A%2F%2Fa.example%2Fback&state=s&scope=a%2Cb&code_challenge=\
                         E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

    #[test]
    fn a_code_is_good_once_and_for_whoever_asked() {
        let mut consents = Consents::default();
        let asked = AskedConsent::of(Some(QUERY));
        assert_eq!((asked.words("scope"), asked.back().unwrap().path()), (vec!["a", "b"], "/back"));
        let answer = consents.answer(asked.clone(), "c1".to_owned());
        assert_eq!(answer, [("code", "c1".to_owned()), ("state", "s".to_owned())]);
        // The pair of RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let mut redeem = |code: &str, client: &str, back: &str, verifier: &str| {
            let form = HashMap::from([
                ("code", code),
                ("client_id", client),
                ("redirect_uri", back),
                ("code_verifier", verifier),
            ]);
            consents.redeem(|name| form.get(name).copied().unwrap_or_default()).err()
        };
        let back = "https://a.example/back";
        assert_eq!(redeem("c2", "app", back, verifier), Some(Unredeemed::Unknown));
        assert_eq!(redeem("c1", "other", back, verifier), Some(Unredeemed::Unknown));
        assert_eq!(redeem("c1", "app", "https://b.example/", verifier), Some(Unredeemed::OtherRedirectUri));
        assert_eq!(redeem("c1", "app", back, "guessed"), Some(Unredeemed::OtherVerifier));
        assert_eq!(redeem("c1", "app", back, verifier), None);
        assert_eq!(redeem("c1", "app", back, verifier), Some(Unredeemed::Spent));
        consents.refuse(true);
        let answer = consents.answer(asked, "c3".to_owned());
        assert_eq!(answer, [("error", "access_denied".to_owned()), ("state", "s".to_owned())]);
    }
}
