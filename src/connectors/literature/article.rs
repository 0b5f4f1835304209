//! What a record says of an article, whichever provider told it. What it does not state stays absent.

use chrono::NaiveDate;

use super::dates::Published;

/// An article, a preprint or a book.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Article {
    /// Of which collection it is, in Europe PMC's codes: `MED` is PubMed.
    pub(super) source: String,
    /// Its id there.
    pub(super) id: String,
    pub(super) version: Option<i64>,
    pub(super) pmid: Option<String>,
    pub(super) pmcid: Option<String>,
    pub(super) doi: Option<String>,
    /// Further ids, with their types.
    pub(super) other_ids: Vec<(String, String)>,
    pub(super) title: Option<String>,
    pub(super) vernacular_title: Option<String>,
    pub(super) sections: Vec<Section>,
    pub(super) authors: Vec<Author>,
    pub(super) headings: Vec<Heading>,
    pub(super) keywords: Vec<String>,
    pub(super) publication_types: Vec<String>,
    pub(super) languages: Vec<String>,
    pub(super) journal: Journal,
    pub(super) volume: Option<String>,
    pub(super) issue: Option<String>,
    pub(super) pages: Option<String>,
    pub(super) book: Option<String>,
    pub(super) publisher: Option<String>,
    pub(super) published: Published,
    pub(super) electronic_date: Option<NaiveDate>,
    pub(super) first_publication_date: Option<NaiveDate>,
    pub(super) publication_status: Option<String>,
    pub(super) indexing_status: Option<String>,
    pub(super) chemicals: Vec<Chemical>,
    pub(super) grants: Vec<Grant>,
    pub(super) related: Vec<Related>,
    pub(super) created_on: Option<NaiveDate>,
    pub(super) revised_on: Option<NaiveDate>,
    pub(super) completed_on: Option<NaiveDate>,
    pub(super) is_open_access: Option<bool>,
    pub(super) license: Option<String>,
    pub(super) cited_by_count: Option<i64>,
}

/// A part of an abstract; the only one where it is not structured.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Section {
    pub(super) label: Option<String>,
    /// One of five that NLM assigns, such as `METHODS`.
    pub(super) category: Option<String>,
    pub(super) text: String,
}

/// A person or a group, in the order of the article.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Author {
    pub(super) name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) fore_name: Option<String>,
    pub(super) initials: Option<String>,
    pub(super) suffix: Option<String>,
    pub(super) collective_name: Option<String>,
    pub(super) orcid: Option<String>,
    pub(super) affiliations: Vec<String>,
    pub(super) equal_contribution: Option<bool>,
}

/// A MeSH descriptor with its qualifiers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Heading {
    pub(super) descriptor: Term,
    pub(super) qualifiers: Vec<Term>,
}

/// A word of MeSH.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Term {
    pub(super) name: String,
    /// Its unique id, such as `D009369`.
    pub(super) ui: Option<String>,
    pub(super) is_major: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Journal {
    pub(super) title: Option<String>,
    pub(super) abbreviation: Option<String>,
    pub(super) nlm_id: Option<String>,
    pub(super) issn: Option<String>,
    pub(super) electronic_issn: Option<String>,
    pub(super) country: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Chemical {
    pub(super) name: String,
    pub(super) registry_number: Option<String>,
    pub(super) ui: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Grant {
    pub(super) id: Option<String>,
    pub(super) agency: Option<String>,
    pub(super) country: Option<String>,
}

/// A comment, an erratum, a retraction: another record that this one points at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Related {
    pub(super) kind: String,
    pub(super) pmid: Option<String>,
    pub(super) citation: Option<String>,
}

impl Article {
    /// The abstract as one text; labels stand before their sections.
    pub(super) fn abstract_text(&self) -> Option<String> {
        let sections = self.sections.iter().map(|section| match &section.label {
            Some(label) => format!("{label}: {}", section.text),
            None => section.text.clone(),
        });
        let text = sections.collect::<Vec<_>>().join("\n\n");
        (!text.is_empty()).then_some(text)
    }
}

impl Author {
    /// How PubMed writes the name: last name, initials, suffix; a group by its own.
    pub(super) fn display_name(&self) -> Option<String> {
        if let Some(name) = self.name.as_ref().or(self.collective_name.as_ref()) {
            return Some(name.clone());
        }
        let initials = self.initials.as_ref().or(self.fore_name.as_ref());
        let parts = [self.last_name.as_ref(), initials, self.suffix.as_ref()];
        let name = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
        (!name.is_empty()).then_some(name)
    }
}

impl Heading {
    /// Whether the article is about it: the descriptor or any of its qualifiers is marked.
    pub(super) fn is_major(&self) -> Option<bool> {
        let marks = std::iter::once(&self.descriptor).chain(&self.qualifiers).filter_map(|term| term.is_major);
        marks.reduce(|one, other| one || other)
    }
}

/// An ORCID iD in its plain form, `0000-0002-1825-0097`, however it was written; what is none is left as it stands.
pub(super) fn orcid(written: &str) -> String {
    let written = written.trim();
    let last = written.rsplit('/').next().unwrap_or(written);
    let digits: String = last.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    let is_one = digits.len() == 16
        && digits.char_indices().all(|(place, char)| char.is_ascii_digit() || (place == 15 && char == 'X'));
    if !is_one {
        return written.to_owned();
    }
    format!("{}-{}-{}-{}", &digits[..4], &digits[4..8], &digits[8..12], &digits[12..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orcids_are_written_in_many_ways() {
        for written in ["0000-0002-1825-009x", "http://orcid.org/0000-0002-1825-009X", " 000000021825009X "] {
            assert_eq!(orcid(written), "0000-0002-1825-009X");
        }
        assert_eq!(orcid("https://example.com/me"), "https://example.com/me");
    }

    #[test]
    fn names_are_written_as_pubmed_does() {
        let person = Author {
            last_name: Some("Nguyen".into()),
            fore_name: Some("Thi Mai".into()),
            initials: Some("TM".into()),
            suffix: Some("Jr".into()),
            ..Author::default()
        };
        assert_eq!(person.display_name().as_deref(), Some("Nguyen TM Jr"));
        assert_eq!(Author::default().display_name(), None);
    }
}
