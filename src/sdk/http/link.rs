//! The `Link` header (RFC 8288), by which many vendors name the next page.

use reqwest::header::{HeaderMap, LINK};
use url::Url;

/// The first target of a relation, such as `next`; relative ones are taken from `base`.
pub(super) fn target(headers: &HeaderMap, relation: &str, base: &Url) -> Option<Result<Url, url::ParseError>> {
    let values = headers.get_all(LINK).into_iter().filter_map(|value| value.to_str().ok());
    let mut links = values.flat_map(links);
    let target = links.find(|(_, relations)| relations.iter().any(|known| known.eq_ignore_ascii_case(relation)))?.0;
    Some(base.join(target))
}

/// The links of one header: target and relations.
fn links(value: &str) -> Vec<(&str, Vec<&str>)> {
    let mut links = Vec::new();
    let mut rest = value;
    while let Some((target, after)) = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        let (parameters, next) = after.split_at(end_of_link(after));
        links.push((target.trim(), relations(parameters)));
        rest = next;
    }
    links
}

/// Where the parameters of a link end: at a comma that is in no quotes.
fn end_of_link(text: &str) -> usize {
    split_points(text, ',').next().unwrap_or(text.len())
}

/// The words of the first `rel` parameter; further ones do not count.
fn relations(parameters: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = split_points(parameters, ';').collect();
    starts.push(parameters.len());
    for ends in starts.windows(2) {
        let parameter = &parameters[ends[0] + 1..ends[1]];
        let Some((name, value)) = parameter.split_once('=') else { continue };
        if name.trim().eq_ignore_ascii_case("rel") {
            return value.trim().trim_matches('"').split_whitespace().collect();
        }
    }
    Vec::new()
}

/// The places of a separator outside of quotes.
fn split_points(text: &str, separator: char) -> impl Iterator<Item = usize> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.char_indices().filter_map(move |(place, char)| {
        let was_escaped = is_escaped;
        is_escaped = is_quoted && !was_escaped && char == '\\';
        if char == '"' && !was_escaped {
            is_quoted = !is_quoted;
        }
        (char == separator && !is_quoted).then_some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(values: &[&str]) -> Option<String> {
        let headers = values.iter().map(|value| (LINK, value.parse().unwrap())).collect();
        let base = Url::parse("https://host/a/b?page=1").unwrap();
        target(&headers, "next", &base).map(|found| found.unwrap().to_string())
    }

    #[test]
    fn the_next_page_is_found() {
        let github = "<https://host/a?page=1>; rel=\"prev\", <https://host/a?page=3>; rel=\"next\"";
        assert_eq!(next(&[github]).as_deref(), Some("https://host/a?page=3"));
        assert_eq!(next(&["<?page=2>; rel=next"]).as_deref(), Some("https://host/a/b?page=2"));
        assert_eq!(
            next(&["</c>; title=\"a, b; <x>\\\" rel=prev\"; REL=\"last NEXT\""]).as_deref(),
            Some("https://host/c")
        );
        assert_eq!(next(&["<https://host/1,2;3>; rel=next"]).as_deref(), Some("https://host/1,2;3"));
        assert_eq!(next(&["</c>; rel=prev; rel=next"]), None, "only the first relation counts");
        assert_eq!(next(&["</x>; rel=first", "</y>; rel=next"]).as_deref(), Some("https://host/y"));
        assert_eq!(next(&["", "<", "nonsense, rel=next"]), None);
    }
}
