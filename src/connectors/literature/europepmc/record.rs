//! A result of Europe PMC (`resultType=core`) as an article.

use chrono::NaiveDate;
use serde_json::Value;

use super::super::article::{Article, Author, Chemical, Grant, Heading, Journal, Related, Term, orcid};
use super::super::dates::Published;
use super::markup;

/// `None` where the result has no id or no source.
pub(super) fn read(result: &Value) -> Option<Article> {
    let journal_info = &result["journalInfo"];
    Some(Article {
        source: text(result, "source")?,
        id: text(result, "id")?,
        version: None,
        pmid: text(result, "pmid"),
        pmcid: text(result, "pmcid"),
        doi: text(result, "doi"),
        other_ids: Vec::new(),
        title: text(result, "title").and_then(|title| markup::plain(&title)),
        vernacular_title: None,
        sections: text(result, "abstractText").map(|text| markup::sections(&text)).unwrap_or_default(),
        authors: items(result, "authorList", "author").map(author).collect(),
        headings: items(result, "meshHeadingList", "meshHeading").filter_map(heading).collect(),
        keywords: texts(result, "keywordList", "keyword"),
        publication_types: texts(result, "pubTypeList", "pubType"),
        languages: text(result, "language").into_iter().collect(),
        journal: journal(&journal_info["journal"]),
        volume: text(journal_info, "volume"),
        issue: text(journal_info, "issue"),
        pages: text(result, "pageInfo"),
        book: text(&result["bookOrReportDetails"], "comprisingTitle"),
        publisher: text(&result["bookOrReportDetails"], "publisher"),
        published: published(result),
        electronic_date: date(result, "electronicPublicationDate"),
        first_publication_date: date(result, "firstPublicationDate"),
        publication_status: text(result, "publicationStatus"),
        indexing_status: None,
        chemicals: items(result, "chemicalList", "chemical").filter_map(chemical).collect(),
        grants: items(result, "grantsList", "grant").map(grant).collect(),
        related: items(result, "commentCorrectionList", "commentCorrection").map(related).collect(),
        created_on: date(result, "dateOfCreation"),
        revised_on: date(result, "dateOfRevision"),
        completed_on: date(result, "dateOfCompletion"),
        is_open_access: flag(result, "isOpenAccess"),
        license: text(result, "license"),
        cited_by_count: text(result, "citedByCount").and_then(|count| count.parse().ok()),
    })
}

fn author(author: &Value) -> Author {
    let details = items(author, "authorAffiliationDetailsList", "authorAffiliation");
    let mut affiliations: Vec<String> = details.filter_map(|detail| text(detail, "affiliation")).collect();
    if affiliations.is_empty() {
        affiliations.extend(text(author, "affiliation"));
    }
    let id = &author["authorId"];
    let is_orcid = id["type"] == "ORCID";
    Author {
        name: text(author, "fullName"),
        last_name: text(author, "lastName"),
        fore_name: text(author, "firstName"),
        initials: text(author, "initials"),
        suffix: text(author, "suffix"),
        collective_name: text(author, "collectiveName"),
        orcid: text(id, "value").filter(|_| is_orcid).map(|written| orcid(&written)),
        affiliations,
        equal_contribution: None,
    }
}

fn heading(heading: &Value) -> Option<Heading> {
    let qualifiers = items(heading, "meshQualifierList", "meshQualifier");
    Some(Heading {
        descriptor: term(heading, "descriptorName")?,
        qualifiers: qualifiers.filter_map(|qualifier| term(qualifier, "qualifierName")).collect(),
    })
}

fn term(value: &Value, name: &str) -> Option<Term> {
    Some(Term { name: text(value, name)?, ui: text(value, "descriptorUI"), is_major: flag(value, "majorTopic_YN") })
}

fn journal(journal: &Value) -> Journal {
    Journal {
        title: text(journal, "title"),
        abbreviation: text(journal, "isoabbreviation").or_else(|| text(journal, "medlineAbbreviation")),
        nlm_id: text(journal, "nlmid"),
        issn: text(journal, "issn"),
        electronic_issn: text(journal, "essn"),
        country: None,
    }
}

/// The issue's date in the journal's words; a preprint has none, and only its year is told.
fn published(result: &Value) -> Published {
    match text(&result["journalInfo"], "dateOfPublication") {
        Some(words) => Published::of_words(&words),
        None => text(result, "pubYear").map(|year| Published::of_words(&year)).unwrap_or_default(),
    }
}

fn chemical(chemical: &Value) -> Option<Chemical> {
    let registry_number = text(chemical, "registryNumber").filter(|number| number != "0");
    Some(Chemical { name: text(chemical, "name")?, registry_number, ui: None })
}

fn grant(grant: &Value) -> Grant {
    Grant { id: text(grant, "grantId"), agency: text(grant, "agency"), country: None }
}

fn related(item: &Value) -> Related {
    let is_of_pubmed = item["source"] == "MED";
    Related {
        kind: text(item, "type").unwrap_or_default(),
        pmid: text(item, "id").filter(|_| is_of_pubmed),
        citation: text(item, "reference"),
    }
}

/// Text or a number as text; `None` where it is absent or empty.
fn text(value: &Value, name: &str) -> Option<String> {
    let text = match &value[name] {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn flag(value: &Value, name: &str) -> Option<bool> {
    match value[name].as_str()? {
        "Y" => Some(true),
        "N" => Some(false),
        _ => None,
    }
}

fn date(value: &Value, name: &str) -> Option<NaiveDate> {
    value[name].as_str()?.parse().ok()
}

/// The members of a list, which stands in an object of its own.
fn items<'a>(value: &'a Value, list: &str, item: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value[list][item].as_array().into_iter().flatten()
}

fn texts(value: &Value, list: &str, item: &str) -> Vec<String> {
    items(value, list, item).filter_map(Value::as_str).map(str::to_owned).collect()
}
