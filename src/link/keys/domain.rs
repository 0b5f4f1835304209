//! Domains: whose an address or a page is.

/// Where anybody gets an address. Such a domain says nothing of who owns it.
const FREE_MAIL: &[&str] = &[
    "126.com",
    "163.com",
    "aim.com",
    "aol.com",
    "att.net",
    "bigpond.com",
    "bluewin.ch",
    "btinternet.com",
    "comcast.net",
    "cox.net",
    "duck.com",
    "fastmail.com",
    "fastmail.fm",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.fr",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "mailbox.org",
    "me.com",
    "msn.com",
    "naver.com",
    "o2.pl",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "pm.me",
    "posteo.de",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rediffmail.com",
    "rocketmail.com",
    "seznam.cz",
    "t-online.de",
    "tutanota.com",
    "verizon.net",
    "web.de",
    "wp.pl",
    "yahoo.co.uk",
    "yahoo.com",
    "yandex.ru",
];
/// What stands before a country where the two together are given out like a country alone.
const SECOND_LEVEL: &[&str] = &["ac", "co", "com", "edu", "gob", "gov", "net", "ne", "or", "org"];

/// Whether anybody gets an address there.
pub(in crate::link) fn is_free_mail(domain: &str) -> bool {
    FREE_MAIL.binary_search(&domain).is_ok()
}

/// The domain that somebody owns, of a domain or the address of a page: `https://www.globex.co.uk/contact` is of
/// `globex.co.uk`. `None` where there is none.
pub(in crate::link) fn domain(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let text = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let host = text.split(['/', '?', '#', ':']).next()?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host).trim_end_matches('.');
    let labels: Vec<&str> = host.split('.').collect();
    let is_label =
        |label: &&str| !label.is_empty() && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-');
    let last = labels.last()?;
    if labels.len() < 2 || !labels.iter().all(is_label) || last.chars().any(char::is_numeric) || last.len() < 2 {
        return None;
    }
    let is_second_level = last.len() == 2 && labels.len() > 2 && SECOND_LEVEL.contains(&labels[labels.len() - 2]);
    let kept = if is_second_level { 3 } else { 2 };
    Some(labels[labels.len() - kept..].join("."))
}

/// What a domain is called without where it was given out: `globex` of `globex.co.uk`.
pub(in crate::link) fn name_in(domain: &str) -> String {
    let name = domain.split('.').next().unwrap_or_default();
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_what_somebody_owns() {
        assert_eq!(domain("https://www.Globex.co.uk/contact?x=1").as_deref(), Some("globex.co.uk"));
        assert_eq!(domain("jane@mail.globex.com").as_deref(), Some("globex.com"));
        assert_eq!(domain("shop.initech.de:8080").as_deref(), Some("initech.de"));
        for none in ["globex", "10.0.0.1", "v1.2", "a..b", ""] {
            assert_eq!(domain(none), None, "{none}");
        }
    }

    #[test]
    fn the_list_can_be_searched() {
        assert!(FREE_MAIL.is_sorted());
        assert!(is_free_mail("gmail.com") && is_free_mail("web.de") && !is_free_mail("globex.com"));
    }
}
