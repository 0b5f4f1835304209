//! The data sources: articles, their authors, their MeSH headings. Both providers fill the same columns.

use chrono::NaiveDate;
use serde_json::json;

use super::article::{Article, Author, Heading, Section};
use crate::sdk::rows::{Cell, Column, Kind, Rows, schema_of};
use crate::sdk::{CatalogSource, ConnectorError};

/// One of the data sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Articles,
    Authors,
    MeshHeadings,
}

const RECORD: [Column; 2] = [
    Column::required("source", Kind::Text, "The collection in Europe PMC's codes: MED is PubMed, PPR preprints"),
    Column::required("id", Kind::Text, "The record's id in its collection: a PMID in MED"),
];

const ARTICLES: &[Column] = &[
    RECORD[0],
    RECORD[1],
    Column::new("pmid", Kind::Text, "PubMed's id"),
    Column::new("version", Kind::Integer, "The version of the PubMed record"),
    Column::new("pmcid", Kind::Text, "PubMed Central's id"),
    Column::new("doi", Kind::Text, "Digital object identifier"),
    Column::new("other_ids", Kind::Records(&[("type", Kind::Text), ("value", Kind::Text)]), "Further ids"),
    Column::new("title", Kind::Text, "Title, in English where there is one"),
    Column::new("vernacular_title", Kind::Text, "Title in the article's language"),
    Column::new("abstract", Kind::Text, "Abstract without markup; labels stand before their sections"),
    Column::new(
        "abstract_sections",
        Kind::Records(&[("label", Kind::Text), ("category", Kind::Text), ("text", Kind::Text)]),
        "The abstract by its sections",
    ),
    Column::required("authors", Kind::Texts, "Names in order; more of them is in authors"),
    Column::required("mesh_terms", Kind::Texts, "MeSH descriptors in order; more of them is in mesh_headings"),
    Column::required("keywords", Kind::Texts, "The authors' keywords"),
    Column::required("publication_types", Kind::Texts, "For example Review, Retracted Publication"),
    Column::required("languages", Kind::Texts, "Languages by their codes of three letters"),
    Column::new("journal", Kind::Text, "The journal's title"),
    Column::new("journal_abbreviation", Kind::Text, "The journal's title, abbreviated"),
    Column::new("journal_nlm_id", Kind::Text, "The journal's id in NLM's catalogue"),
    Column::new("issn", Kind::Text, "ISSN"),
    Column::new("electronic_issn", Kind::Text, "ISSN of the electronic edition"),
    Column::new("journal_country", Kind::Text, "Where the journal is published"),
    Column::new("volume", Kind::Text, "Volume"),
    Column::new("issue", Kind::Text, "Issue"),
    Column::new("pages", Kind::Text, "Pages"),
    Column::new("book_title", Kind::Text, "The book that it is, or is in"),
    Column::new("publisher", Kind::Text, "The book's publisher"),
    Column::new("publication_date", Kind::Text, "In the journal's words, such as 1998 Dec-1999 Jan"),
    Column::new("publication_year", Kind::Integer, "The year; of a span, its first"),
    Column::new("publication_month", Kind::Integer, "The month, where one is stated"),
    Column::new("published_on", Kind::Date, "The day, where one is stated"),
    Column::new("electronic_published_on", Kind::Date, "The day of the electronic publication"),
    Column::new("first_published_on", Kind::Date, "The earliest of its publications, as Europe PMC says"),
    Column::new("publication_status", Kind::Text, "For example ppublish, aheadofprint"),
    Column::new("indexing_status", Kind::Text, "How far NLM has come, for example MEDLINE, Publisher"),
    Column::new(
        "chemicals",
        Kind::Records(&[("name", Kind::Text), ("registry_number", Kind::Text), ("ui", Kind::Text)]),
        "Substances",
    ),
    Column::new(
        "grants",
        Kind::Records(&[("id", Kind::Text), ("agency", Kind::Text), ("country", Kind::Text)]),
        "Who paid",
    ),
    Column::new(
        "related",
        Kind::Records(&[("kind", Kind::Text), ("pmid", Kind::Text), ("citation", Kind::Text)]),
        "Comments, errata, retractions, by the provider's words for them",
    ),
    Column::new("created_on", Kind::Date, "When the record was made"),
    Column::new("revised_on", Kind::Date, "When the record was last revised"),
    Column::new("completed_on", Kind::Date, "When NLM had finished its indexing"),
    Column::new("is_open_access", Kind::Flag, "Whether it is open access, as Europe PMC says"),
    Column::new("license", Kind::Text, "Its licence, as Europe PMC says"),
    Column::new("cited_by_count", Kind::Integer, "How often it is cited, as Europe PMC says"),
];

const AUTHORS: &[Column] = &[
    RECORD[0],
    RECORD[1],
    Column::required("position", Kind::Integer, "Place in the article's list, from 1"),
    Column::new("name", Kind::Text, "Name as PubMed writes it: last name and initials, or the group's"),
    Column::new("last_name", Kind::Text, "Last name"),
    Column::new("fore_name", Kind::Text, "Fore names"),
    Column::new("initials", Kind::Text, "Initials"),
    Column::new("suffix", Kind::Text, "For example Jr"),
    Column::new("collective_name", Kind::Text, "A group's name"),
    Column::new("orcid", Kind::Text, "ORCID iD, such as 0000-0002-1825-0097"),
    Column::required("affiliations", Kind::Texts, "Affiliations in order"),
    Column::new("equal_contribution", Kind::Flag, "Whether it is said to have contributed as much as others"),
    Column::new("revised_on", Kind::Date, "When the article's record was last revised"),
];

const MESH_HEADINGS: &[Column] = &[
    RECORD[0],
    RECORD[1],
    Column::required("position", Kind::Integer, "Place in the article's list, from 1"),
    Column::required("descriptor", Kind::Text, "MeSH descriptor"),
    Column::new("descriptor_ui", Kind::Text, "Its id, such as D009369"),
    Column::new("is_major", Kind::Flag, "Whether the article is about it: it or a qualifier is marked"),
    Column::new("descriptor_is_major", Kind::Flag, "Whether the descriptor itself is marked"),
    Column::required(
        "qualifiers",
        Kind::Records(&[("name", Kind::Text), ("ui", Kind::Text), ("is_major", Kind::Flag)]),
        "Qualifiers in order",
    ),
    Column::new("revised_on", Kind::Date, "When the article's record was last revised"),
];

impl Source {
    pub(super) const ALL: [Self; 3] = [Self::Articles, Self::Authors, Self::MeshHeadings];

    fn name(self) -> &'static str {
        match self {
            Self::Articles => "articles",
            Self::Authors => "authors",
            Self::MeshHeadings => "mesh_headings",
        }
    }

    fn columns(self) -> &'static [Column] {
        match self {
            Self::Articles => ARTICLES,
            Self::Authors => AUTHORS,
            Self::MeshHeadings => MESH_HEADINGS,
        }
    }

    /// The data source of that path.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub(super) fn of_path(path: &str) -> Result<Self, ConnectorError> {
        let found = Self::ALL.into_iter().find(|source| source.name() == path);
        found.ok_or_else(|| ConnectorError::NotFound {
            what: format!("the data source {path}"),
            hint: " (known: articles, authors, mesh_headings)".into(),
        })
    }

    pub(super) fn to_catalog(self, articles: Option<u64>) -> CatalogSource {
        let (words, key) = match self {
            Self::Articles => ("One row for each article that the query finds", &["source", "id"][..]),
            Self::Authors => ("One row for each author of an article, in order", &["source", "id", "position"][..]),
            Self::MeshHeadings => {
                ("One row for each MeSH heading of an article, in order", &["source", "id", "position"][..])
            }
        };
        CatalogSource {
            name: self.name().into(),
            sql_name: self.name().into(),
            source_type: "records".into(),
            source_path: self.name().into(),
            description: Some(words.into()),
            schema: schema_of(self.columns()),
            primary_key: key.iter().map(|column| (*column).to_owned()).collect(),
            cursor_field: None,
            estimated_rows: articles.filter(|_| self == Self::Articles),
            details: json!(null),
        }
    }

    pub(super) fn rows(self) -> Rows {
        Rows::of(self.columns())
    }

    /// Adds the rows of an article.
    pub(super) fn add(self, article: &Article, rows: &mut Rows) {
        match self {
            Self::Articles => rows.add(article_row(article)),
            Self::Authors => {
                for (author, position) in article.authors.iter().zip(1..) {
                    rows.add(author_row(article, author, position));
                }
            }
            Self::MeshHeadings => {
                for (heading, position) in article.headings.iter().zip(1..) {
                    rows.add(heading_row(article, heading, position));
                }
            }
        }
    }
}

fn article_row(article: &Article) -> Vec<Cell<'_>> {
    let journal = &article.journal;
    let names: Vec<String> = article.authors.iter().filter_map(Author::display_name).collect();
    let terms: Vec<String> = article.headings.iter().map(|heading| heading.descriptor.name.clone()).collect();
    vec![
        (&article.source).into(),
        (&article.id).into(),
        article.pmid.as_ref().into(),
        article.version.into(),
        article.pmcid.as_ref().into(),
        article.doi.as_ref().into(),
        records(&article.other_ids, |(kind, value)| vec![kind.into(), value.into()]),
        article.title.as_ref().into(),
        article.vernacular_title.as_ref().into(),
        article.abstract_text().into(),
        records(&article.sections, |Section { label, category, text }| {
            vec![label.as_ref().into(), category.as_ref().into(), text.into()]
        }),
        names.into(),
        terms.into(),
        (&article.keywords).into(),
        (&article.publication_types).into(),
        (&article.languages).into(),
        journal.title.as_ref().into(),
        journal.abbreviation.as_ref().into(),
        journal.nlm_id.as_ref().into(),
        journal.issn.as_ref().into(),
        journal.electronic_issn.as_ref().into(),
        journal.country.as_ref().into(),
        article.volume.as_ref().into(),
        article.issue.as_ref().into(),
        article.pages.as_ref().into(),
        article.book.as_ref().into(),
        article.publisher.as_ref().into(),
        article.published.text.as_ref().into(),
        article.published.year.into(),
        article.published.month.into(),
        article.published.date().into(),
        article.electronic_date.into(),
        article.first_publication_date.into(),
        article.publication_status.as_ref().into(),
        article.indexing_status.as_ref().into(),
        records(&article.chemicals, |chemical| {
            vec![(&chemical.name).into(), chemical.registry_number.as_ref().into(), chemical.ui.as_ref().into()]
        }),
        records(&article.grants, |grant| {
            vec![grant.id.as_ref().into(), grant.agency.as_ref().into(), grant.country.as_ref().into()]
        }),
        records(&article.related, |related| {
            vec![(&related.kind).into(), related.pmid.as_ref().into(), related.citation.as_ref().into()]
        }),
        day(article.created_on),
        day(article.revised_on),
        day(article.completed_on),
        article.is_open_access.into(),
        article.license.as_ref().into(),
        article.cited_by_count.into(),
    ]
}

fn author_row<'a>(article: &'a Article, author: &'a Author, position: i64) -> Vec<Cell<'a>> {
    vec![
        (&article.source).into(),
        (&article.id).into(),
        position.into(),
        author.display_name().into(),
        author.last_name.as_ref().into(),
        author.fore_name.as_ref().into(),
        author.initials.as_ref().into(),
        author.suffix.as_ref().into(),
        author.collective_name.as_ref().into(),
        author.orcid.as_ref().into(),
        (&author.affiliations).into(),
        author.equal_contribution.into(),
        day(article.revised_on),
    ]
}

fn heading_row<'a>(article: &'a Article, heading: &'a Heading, position: i64) -> Vec<Cell<'a>> {
    let descriptor = &heading.descriptor;
    let qualifiers = heading.qualifiers.iter();
    vec![
        (&article.source).into(),
        (&article.id).into(),
        position.into(),
        (&descriptor.name).into(),
        descriptor.ui.as_ref().into(),
        heading.is_major().into(),
        descriptor.is_major.into(),
        Cell::Records(
            qualifiers.map(|term| vec![(&term.name).into(), term.ui.as_ref().into(), term.is_major.into()]).collect(),
        ),
        day(article.revised_on),
    ]
}

fn day<'a>(date: Option<NaiveDate>) -> Cell<'a> {
    date.into()
}

/// NULL where there are none.
fn records<'a, T>(items: &'a [T], record: impl Fn(&'a T) -> Vec<Cell<'a>>) -> Cell<'a> {
    if items.is_empty() { Cell::Null } else { Cell::Records(items.iter().map(record).collect()) }
}
