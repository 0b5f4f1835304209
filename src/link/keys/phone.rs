//! Telephone numbers, by the library that knows each country's.

use std::sync::LazyLock;

use phonenumber::country;
use regex::Regex;

static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\+?\(?\d[\d()\s./\u{a0}-]{5,22}\d").expect("the pattern is right"));

/// A telephone number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::link) struct Phone {
    /// With its country's number, as `+4930123456` (E.164), where that is known.
    pub(in crate::link) whole: Option<String>,
    /// Within its country, without a zero before it.
    pub(in crate::link) national: String,
    /// Where it stands in the text, in bytes.
    pub(in crate::link) from: usize,
    /// Where it ends there.
    pub(in crate::link) to: usize,
}

/// The telephone numbers in a text; `region` is the country of those without a country's number.
pub(in crate::link) fn phones(text: &str, region: Option<&str>) -> Vec<Phone> {
    let region: Option<country::Id> = region.and_then(|region| region.to_uppercase().parse().ok());
    NUMBER.find_iter(text).filter_map(|found| phone(found.as_str(), found.start(), region)).collect()
}

fn phone(text: &str, from: usize, region: Option<country::Id>) -> Option<Phone> {
    let to = from + text.len();
    let has_plus = text.starts_with('+');
    // A zero in brackets is for calls within the country.
    let plain = if has_plus || text.starts_with("00") { text.replace("(0)", "") } else { text.to_owned() };
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    let national = digits.trim_start_matches('0').to_owned();
    if !(7..=15).contains(&national.len()) {
        return None;
    }
    let with_country = if has_plus { Some(digits.as_str()) } else { digits.strip_prefix("00") };
    let parsed = match with_country {
        Some(digits) => phonenumber::parse(None, format!("+{digits}")).ok()?,
        None => match region.and_then(|region| phonenumber::parse(Some(region), &digits).ok()) {
            Some(parsed) if phonenumber::is_valid(&parsed) => parsed,
            _ => return Some(Phone { whole: None, national, from, to }),
        },
    };
    let whole = format!("+{}{}", parsed.code().value(), parsed.national());
    Some(Phone { whole: Some(whole), national: parsed.national().value().to_string(), from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str, region: Option<&str>) -> Vec<String> {
        phones(text, region).into_iter().map(|phone| phone.whole.unwrap_or(phone.national)).collect()
    }

    #[test]
    fn numbers_are_written_in_many_ways() {
        for text in ["+49 30 901820", "0049 30 90 18 20", "+49 (0)30 901820", "+49-30-901820"] {
            assert_eq!(whole(text, None), ["+4930901820"], "{text}");
        }
        assert_eq!(whole("030 / 901820", Some("de")), ["+4930901820"]);
        assert_eq!(whole("030 / 901820", None), ["30901820"]);
        assert_eq!(whole("call (212) 736-5000 now", Some("US")), ["+12127365000"]);
    }

    #[test]
    fn other_numbers_are_none() {
        for text in ["12.50", "in 2024", "+1 23", "1234567890123456789"] {
            assert!(whole(text, Some("US")).is_empty(), "{text}");
        }
        // Whoever writes a plus means a telephone, even one that nobody has.
        assert_eq!(whole("+1 555 010 9999", None), ["+15550109999"]);
    }
}
