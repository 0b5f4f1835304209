//! Where a browser goes after it came back from a vendor: to a page of ours, and to no other site.

use url::Url;

use crate::services::{ServiceError, text};

/// Any origin will do to look where a path leads from it.
const HERE: &str = "http://here.invalid";

/// A path of our own, with its query and fragment.
pub(super) fn checked(given: &str) -> Result<String, ServiceError> {
    let wrong = || {
        let message = "must be a path of this server, such as /connectors?connected=1; other sites are not gone to";
        ServiceError::bad_input("returnTo", message)
    };
    text::bounded("returnTo", given.to_owned(), text::LONGEST_PATH)?;
    // Browsers read a backslash as a slash, and pass over line breaks.
    let is_plain = given.chars().all(|char| !char.is_control() && char != '\\');
    if !is_plain || !given.starts_with('/') || given.starts_with("//") {
        return Err(wrong());
    }
    let here = Url::parse(HERE).expect("it is a URL");
    let there = here.join(given).map_err(|_| wrong())?;
    // Dots may have led to two slashes.
    if there.origin() != here.origin() || there.path().starts_with("//") {
        return Err(wrong());
    }
    Ok(there[url::Position::BeforePath..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_our_own_are_gone_to() {
        for (given, kept) in [
            ("/", "/"),
            ("/connectors/con_1?tab=auth#top", "/connectors/con_1?tab=auth#top"),
            ("/a b/é", "/a%20b/%C3%A9"),
            ("/x/../y", "/y"),
        ] {
            assert_eq!(checked(given).unwrap(), kept, "{given}");
        }
        for given in [
            "",
            "connectors",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            "/x/..//evil.example",
            "/.//evil.example",
            " //evil.example",
        ] {
            assert!(checked(given).is_err(), "{given:?}");
        }
    }
}
