//! How requests prove who sends them.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

use super::tokens::TokenSource;
use crate::sdk::{ConnectorError, SecretString};

/// What is put into requests to the vendor's origin, and to no other. Its `Debug` shows no secret.
#[derive(Clone)]
pub struct Authorisation {
    proof: Proof,
    place: Place,
}

#[derive(Clone)]
enum Proof {
    None,
    Fixed(SecretString),
    Basic { username: String, password: SecretString },
    Tokens(Arc<dyn TokenSource>),
}

/// Where in a request the proof goes.
#[derive(Clone)]
enum Place {
    Header { name: String, prefix: String },
    Query { name: String },
}

impl Authorisation {
    /// Nothing.
    pub fn none() -> Self {
        Self { proof: Proof::None, place: bearer() }
    }

    /// `Authorization: Bearer …`, with a token that stays the same (RFC 6750).
    pub fn bearer(token: SecretString) -> Self {
        Self { proof: Proof::Fixed(token), place: bearer() }
    }

    /// `Authorization: Basic …` (RFC 7617).
    pub fn basic(username: impl Into<String>, password: SecretString) -> Self {
        let proof = Proof::Basic { username: username.into(), password };
        Self { proof, place: Place::Header { name: "authorization".into(), prefix: "Basic ".into() } }
    }

    /// A key in a header.
    pub fn header(name: impl Into<String>, key: SecretString) -> Self {
        Self { proof: Proof::Fixed(key), place: Place::Header { name: name.into(), prefix: String::new() } }
    }

    /// A key in a query parameter.
    pub fn query(name: impl Into<String>, key: SecretString) -> Self {
        Self { proof: Proof::Fixed(key), place: Place::Query { name: name.into() } }
    }

    /// Access tokens that change, as `Authorization: Bearer …`. One that is refused with 401 is fetched anew once.
    pub fn tokens(source: Arc<dyn TokenSource>) -> Self {
        Self { proof: Proof::Tokens(source), place: bearer() }
    }

    /// Moves the proof to another header, behind a prefix such as `Token `.
    #[must_use]
    pub fn in_header(mut self, name: impl Into<String>, prefix: impl Into<String>) -> Self {
        self.place = Place::Header { name: name.into(), prefix: prefix.into() };
        self
    }

    /// Moves the proof to a query parameter.
    #[must_use]
    pub fn in_query(mut self, name: impl Into<String>) -> Self {
        self.place = Place::Query { name: name.into() };
        self
    }

    /// Whether nothing is sent.
    pub(super) fn is_none(&self) -> bool {
        matches!(self.proof, Proof::None)
    }

    /// What a budget is shared by: the same for the same credential, also while its access tokens change. To be hashed.
    pub(super) fn identity(&self) -> String {
        match &self.proof {
            Proof::None => String::new(),
            Proof::Fixed(key) => key.expose().to_owned(),
            Proof::Basic { username, password } => format!("{username}:{}", password.expose()),
            Proof::Tokens(source) => source.identity(),
        }
    }

    /// The name of the query parameter that holds the proof.
    pub(super) fn parameter(&self) -> Option<&str> {
        match &self.place {
            Place::Query { name } => Some(name),
            Place::Header { .. } => None,
        }
    }

    /// The proof for one attempt.
    pub(super) async fn proof(&self) -> Result<Option<SecretString>, ConnectorError> {
        Ok(match &self.proof {
            Proof::None => None,
            Proof::Fixed(key) => Some(key.clone()),
            Proof::Basic { username, password } => {
                let pair = format!("{username}:{}", password.expose());
                Some(SecretString::new(BASE64_STANDARD.encode(pair)))
            }
            Proof::Tokens(source) => Some(source.token().await?),
        })
    }

    /// Another proof than one that was refused with 401; `None` where there is no other.
    pub(super) async fn renewed(&self, refused: &SecretString) -> Result<Option<SecretString>, ConnectorError> {
        let Proof::Tokens(source) = &self.proof else { return Ok(None) };
        source.renewed(refused).await.map(Some)
    }

    /// Every secret that might be repeated to us, besides the access token of the moment.
    pub(super) fn secrets(&self) -> Vec<String> {
        match &self.proof {
            Proof::None | Proof::Tokens(_) => Vec::new(),
            Proof::Fixed(key) => vec![key.expose().to_owned()],
            Proof::Basic { password, .. } => vec![password.expose().to_owned()],
        }
    }

    /// Puts the proof into a request.
    ///
    /// # Errors
    /// `Config` where it cannot stand in a header.
    pub(super) fn sign(&self, request: &mut reqwest::Request, proof: &SecretString) -> Result<(), ConnectorError> {
        match &self.place {
            Place::Header { name, prefix } => {
                let (name, value) = header(name, prefix, proof)?;
                request.headers_mut().insert(name, value);
            }
            Place::Query { name } => set_parameter(request.url_mut(), name, proof.expose()),
        }
        Ok(())
    }

    /// Looks whether what is known beforehand can be sent.
    ///
    /// # Errors
    /// `Config` where it cannot stand in a header.
    pub(super) fn check(&self) -> Result<(), ConnectorError> {
        let Place::Header { name, prefix } = &self.place else { return Ok(()) };
        let key = match &self.proof {
            Proof::Fixed(key) => key.clone(),
            _ => SecretString::new(""),
        };
        header(name, prefix, &key).map(drop)
    }
}

fn bearer() -> Place {
    Place::Header { name: "authorization".into(), prefix: "Bearer ".into() }
}

fn header(name: &str, prefix: &str, proof: &SecretString) -> Result<(HeaderName, HeaderValue), ConnectorError> {
    let wrong = |message: &str| ConnectorError::config("authConfig", message);
    let name: HeaderName = name.parse().map_err(|_| wrong(&format!("{name:?} cannot be the name of a header")))?;
    let value = HeaderValue::from_str(&format!("{prefix}{}", proof.expose()));
    let mut value = value.map_err(|_| {
        wrong("the credential holds characters that a header cannot, such as a line break; enter it again")
    })?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// A parameter of that name that is there already, as in a next link, gives way.
fn set_parameter(url: &mut Url, name: &str, value: &str) {
    let others: Vec<(String, String)> =
        url.query_pairs().filter(|(other, _)| other != name).map(|(key, value)| (key.into(), value.into())).collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, value);
}

impl fmt::Debug for Authorisation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proof = match &self.proof {
            Proof::None => return f.write_str("none"),
            Proof::Fixed(_) => "a key",
            Proof::Basic { .. } => "a user name with its password",
            Proof::Tokens(_) => "access tokens",
        };
        match &self.place {
            Place::Header { name, .. } => write!(f, "{proof} in the header {name}"),
            Place::Query { name } => write!(f, "{proof} in the parameter {name}"),
        }
    }
}
