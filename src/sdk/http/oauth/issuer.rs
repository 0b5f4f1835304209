//! Whose answer a person brings back (RFC 9207): that of another authorisation server than the one that was asked is none.
//!
//! Without it, a server that a person was lured to could have its own answer taken for another one's, and be sent that one's
//! code.

use serde::{Deserialize, Serialize};

/// The authorisation server that was asked, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Issuer {
    /// Its issuer identifier; not known of every vendor.
    name: Option<String>,
    /// Whether it says of itself that it always sends it along.
    is_always_sent: bool,
}

/// Why an answer is not that of the server that was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForeignAnswer {
    /// It names another server.
    #[error("{asked} was asked, and the answer comes from {given}")]
    OtherIssuer { asked: String, given: String },
    /// It names none, though the server that was asked always does.
    #[error("{asked} was asked, and the answer does not say that it comes from there, as its answers do")]
    NoIssuer { asked: String },
}

impl Issuer {
    /// As a connector declares it.
    pub(super) fn declared(name: String) -> Self {
        Self { name: Some(name), is_always_sent: false }
    }

    /// As the server describes itself (RFC 8414, section 2).
    pub(super) fn described(name: Option<String>, is_always_sent: bool) -> Self {
        Self { name, is_always_sent }
    }

    /// Looks whether an answer with this `iss`, or without any, is the server's. Identifiers are the same to the letter or
    /// are not the same (RFC 9207, section 2.4).
    ///
    /// # Errors
    /// Where it is not.
    pub fn check(&self, given: Option<&str>) -> Result<(), ForeignAnswer> {
        let Some(asked) = &self.name else { return Ok(()) };
        match given {
            Some(given) if given == asked => Ok(()),
            Some(given) => Err(ForeignAnswer::OtherIssuer { asked: asked.clone(), given: given.to_owned() }),
            None if self.is_always_sent => Err(ForeignAnswer::NoIssuer { asked: asked.clone() }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_of_who_was_asked_is_taken() {
        let (ours, other) = ("https://accounts.example.com", "https://accounts.example.com/");
        let unknown = Issuer::default();
        let declared = Issuer::declared(ours.to_owned());
        let described = Issuer::described(Some(ours.to_owned()), true);
        for (issuer, given, is_taken) in [
            (&unknown, Some(other), true),
            (&unknown, None, true),
            (&declared, Some(ours), true),
            (&declared, None, true),
            (&declared, Some(other), false),
            (&declared, Some(""), false),
            (&described, Some(ours), true),
            (&described, None, false),
            (&described, Some(other), false),
        ] {
            assert_eq!(issuer.check(given).is_ok(), is_taken, "{issuer:?} {given:?}");
        }
    }
}
