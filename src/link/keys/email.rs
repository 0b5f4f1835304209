//! E-mail addresses.
//!
//! Capital letters are folded everywhere. Dots and what is behind a plus are dropped only where the provider says that they
//! lead to the same mailbox: Gmail ignores dots; Gmail, Outlook, iCloud, Fastmail and Proton what is behind a plus.

use std::sync::LazyLock;

use regex::Regex;

use super::domain::is_free_mail;
use crate::link::words::Words;

/// Domains whose mailboxes ignore dots and what is behind a plus.
const DOTLESS: &[&str] = &["gmail.com", "googlemail.com"];
/// Domains whose mailboxes ignore what is behind a plus.
const PLUSLESS: &[&str] = &[
    "fastmail.com",
    "fastmail.fm",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mac.com",
    "me.com",
    "msn.com",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
];
/// Mailboxes that nobody owns alone.
const SHARED: &[&str] = &[
    "accounting",
    "accounts",
    "admin",
    "billing",
    "contact",
    "customerservice",
    "enquiries",
    "finance",
    "hello",
    "help",
    "helpdesk",
    "hr",
    "info",
    "invoices",
    "it",
    "jobs",
    "mail",
    "marketing",
    "noreply",
    "office",
    "orders",
    "sales",
    "service",
    "support",
    "team",
    "webmaster",
    "welcome",
];

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z0-9][A-Za-z0-9._%+'-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}").expect("the pattern is right")
});

/// An address, in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::link) struct Address {
    /// The mailbox, in the form in which it is compared.
    pub(in crate::link) mailbox: String,
    /// The domain, small.
    pub(in crate::link) domain: String,
    /// Where it stands in the text, in bytes.
    pub(in crate::link) from: usize,
    /// Where it ends there.
    pub(in crate::link) to: usize,
}

impl Address {
    /// The address as it is compared.
    pub(in crate::link) fn whole(&self) -> String {
        format!("{}@{}", self.mailbox, self.domain)
    }

    /// The domain, unless a provider gives its addresses to anybody.
    pub(in crate::link) fn own_domain(&self) -> Option<String> {
        (!is_free_mail(&self.domain)).then(|| super::domain(&self.domain)).flatten()
    }

    /// The letters of the mailbox, as of a short name: what is behind a plus and digits at the end are dropped. `None` for a
    /// mailbox that nobody owns alone.
    pub(in crate::link) fn handle(&self) -> Option<String> {
        if is_shared_mailbox(&self.mailbox) {
            return None;
        }
        let mailbox = self.mailbox.split('+').next().unwrap_or_default();
        let letters: String = Words::of(mailbox).iter().collect();
        let letters = letters.trim_end_matches(|letter: char| letter.is_ascii_digit());
        (letters.len() > 1).then(|| letters.to_owned())
    }
}

/// Whether a mailbox is one that nobody owns alone.
pub(in crate::link) fn is_shared_mailbox(mailbox: &str) -> bool {
    let plain: String = mailbox.chars().filter(|letter| letter.is_ascii_alphanumeric()).collect();
    SHARED.contains(&plain.as_str())
}

/// The addresses in a text.
pub(in crate::link) fn addresses(text: &str) -> Vec<Address> {
    if !text.contains('@') {
        return Vec::new();
    }
    ADDRESS.find_iter(text).filter_map(|found| address(found.as_str(), found.start())).collect()
}

fn address(text: &str, from: usize) -> Option<Address> {
    let folded = text.to_lowercase();
    let (mailbox, domain) = folded.rsplit_once('@')?;
    let is_dotless = DOTLESS.contains(&domain);
    let mut mailbox = mailbox.to_owned();
    if is_dotless || PLUSLESS.contains(&domain) {
        mailbox.truncate(mailbox.find('+').unwrap_or(mailbox.len()));
    }
    if is_dotless {
        mailbox.retain(|letter| letter != '.');
    }
    let domain = if is_dotless { DOTLESS[0] } else { domain };
    (!mailbox.is_empty()).then(|| Address { mailbox, domain: domain.to_owned(), from, to: from + text.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Vec<String> {
        addresses(text).iter().map(Address::whole).collect()
    }

    #[test]
    fn only_documented_differences_are_dropped() {
        assert_eq!(whole("J.Doe+News@Gmail.com"), ["jdoe@gmail.com"]);
        assert_eq!(whole("jdoe@googlemail.com"), ["jdoe@gmail.com"]);
        assert_eq!(whole("J.Doe+x@outlook.com"), ["j.doe@outlook.com"]);
        assert_eq!(whole("J.Doe+x@Globex.com"), ["j.doe+x@globex.com"]);
    }

    #[test]
    fn addresses_are_found_in_texts() {
        let text = "ask <mailto:jane@globex.com|jane@globex.com>, or sales@initech.co.uk.";
        assert_eq!(whole(text), ["jane@globex.com", "jane@globex.com", "sales@initech.co.uk"]);
        let last = addresses(text).pop().unwrap();
        assert_eq!((last.handle(), last.own_domain()), (None, Some("initech.co.uk".to_owned())));
        assert_eq!(addresses("jane.doe42@gmail.com")[0].handle().unwrap(), "janedoe");
        assert_eq!(addresses("jane.doe42@gmail.com")[0].own_domain(), None);
        assert!(whole("no address@ here").is_empty());
    }
}
