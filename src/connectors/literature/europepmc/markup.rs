//! Titles and abstracts of Europe PMC, which hold some HTML: `<h4>` before the sections, `<i>`, `<sub>`.

use super::super::article::Section;

/// Tags that it uses. Anything else between `<` and `>` is text: "in those with p<0.05 and n>30".
const TAGS: &[&str] = &[
    "a", "b", "bold", "br", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "i", "italic", "li", "ol", "p", "small",
    "span", "strong", "sub", "sup", "u", "ul",
];

/// Tags at which a word ends.
const BREAKS: &[&str] = &["br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "ul"];

/// The text without tags; `None` where there is none.
pub(super) fn plain(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(place) = rest.find('<') {
        plain.push_str(&rest[..place]);
        rest = &rest[place..];
        match tag(rest) {
            Some((name, length)) => {
                if BREAKS.contains(&name.as_str()) {
                    plain.push(' ');
                }
                rest = &rest[length..];
            }
            None => {
                plain.push('<');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    let plain = unescaped(&plain).split_whitespace().collect::<Vec<_>>().join(" ");
    (!plain.is_empty()).then_some(plain)
}

/// An abstract by its sections.
pub(super) fn sections(text: &str) -> Vec<Section> {
    let mut pieces = text.split("<h4>");
    let first = pieces.next().unwrap_or_default();
    let mut sections: Vec<Section> =
        plain(first).map(|text| Section { text, ..Section::default() }).into_iter().collect();
    for piece in pieces {
        let (label, text) = piece.split_once("</h4>").unwrap_or(("", piece));
        let Some(text) = plain(text) else { continue };
        let label = plain(label).map(|label| label.trim_end_matches(':').to_owned());
        sections.push(Section { label, category: None, text });
    }
    sections
}

/// The name of the tag that a text begins with, and its length.
fn tag(text: &str) -> Option<(String, usize)> {
    let length = text.find('>')? + 1;
    let inner = text[1..length - 1].trim_start_matches('/').trim_end_matches('/');
    let name = inner.split_whitespace().next()?.to_ascii_lowercase();
    TAGS.contains(&name.as_str()).then_some((name, length))
}

fn unescaped(text: &str) -> String {
    // `&amp;` last: what it stands before is no entity.
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'"), ("&nbsp;", " "), ("&amp;", "&")]
        .into_iter()
        .fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_comparisons_stay() {
        for (text, expected) in [
            ("Loss of <i>TP53</i> in H<sub>2</sub>O", "Loss of TP53 in H2O"),
            ("p<0.05 and n>30", "p<0.05 and n>30"),
            ("a <b>b</b> &lt; c &amp;lt; d", "a b < c &lt; d"),
            ("one<br/>two <x>", "one two <x>"),
        ] {
            assert_eq!(plain(text).as_deref(), Some(expected));
        }
        assert_eq!(plain(" <p></p> "), None);
    }

    #[test]
    fn headlines_are_labels() {
        let sections = sections("Before.<h4>Background: </h4>Why.<h4>Methods</h4>How <i>it</i> went.<h4>Empty</h4>");
        let texts: Vec<_> = sections.iter().map(|section| (section.label.as_deref(), section.text.as_str())).collect();
        assert_eq!(texts, [(None, "Before."), (Some("Background"), "Why."), (Some("Methods"), "How it went.")]);
    }
}
