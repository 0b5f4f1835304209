//! A `PubmedArticle` as an article (<https://dtd.nlm.nih.gov/ncbi/pubmed/doc/out/250101/>).

use chrono::NaiveDate;

use super::super::article::{Article, Author, Chemical, Grant, Heading, Journal, Related, Section, Term, orcid};
use super::super::dates::{Published, day_of, month_of};
use super::xml::Element;

/// The collection of all that PubMed holds, in Europe PMC's codes.
pub(super) const SOURCE: &str = "MED";

/// `None` where the record has no PMID.
pub(super) fn read(record: &Element) -> Option<Article> {
    let citation = record.child("MedlineCitation")?;
    let pmid = citation.child("PMID")?;
    let id = pmid.text()?;
    let nothing = Element::default();
    let article = citation.child("Article").unwrap_or(&nothing);
    let data = record.child("PubmedData").unwrap_or(&nothing);
    let journal = article.child("Journal").unwrap_or(&nothing);
    let issue = journal.child("JournalIssue").unwrap_or(&nothing);
    let mut read = Article {
        source: SOURCE.to_owned(),
        id: id.clone(),
        pmid: Some(id),
        version: pmid.attribute("Version").and_then(|version| version.parse().ok()),
        title: article.text_at(&["ArticleTitle"]),
        vernacular_title: article.text_at(&["VernacularTitle"]),
        sections: sections(article),
        authors: authors(article),
        headings: headings(citation),
        keywords: lists(citation, "KeywordList", "Keyword"),
        publication_types: lists(article, "PublicationTypeList", "PublicationType"),
        languages: article.children("Language").filter_map(Element::text).collect(),
        journal: journal_of(journal, citation),
        volume: issue.text_at(&["Volume"]),
        issue: issue.text_at(&["Issue"]),
        pages: pages(article),
        published: issue.child("PubDate").map(published).unwrap_or_default(),
        electronic_date: article.children("ArticleDate").find_map(date),
        publication_status: data.text_at(&["PublicationStatus"]),
        indexing_status: citation.attribute("Status").map(str::to_owned),
        chemicals: chemicals(citation),
        grants: grants(article),
        related: related(citation),
        created_on: history(data, "entrez"),
        revised_on: citation.child("DateRevised").and_then(date),
        completed_on: citation.child("DateCompleted").and_then(date),
        ..Article::default()
    };
    take_ids(data, &mut read);
    if read.doi.is_none() {
        let locations = article.children("ELocationID");
        let mut dois =
            locations.filter(|id| id.attribute("EIdType") == Some("doi") && id.flag("ValidYN") != Some(false));
        read.doi = dois.find_map(Element::text);
    }
    Some(read)
}

/// The ids of the list beside the record itself; those in its references are others'.
pub(super) fn take_ids(parent: &Element, article: &mut Article) {
    for id in parent.children("ArticleIdList").flat_map(|list| list.children("ArticleId")) {
        let Some(value) = id.text() else { continue };
        match id.attribute("IdType").unwrap_or("pubmed") {
            "pubmed" => {}
            "doi" if article.doi.is_none() => article.doi = Some(value),
            "pmc" if article.pmcid.is_none() => article.pmcid = Some(value),
            kind => article.other_ids.push((kind.to_owned(), value)),
        }
    }
}

pub(super) fn sections(parent: &Element) -> Vec<Section> {
    let texts = parent.children("Abstract").flat_map(|parent| parent.children("AbstractText"));
    let sections = texts.filter_map(|section| {
        // `UNLABELLED` says that there is none.
        let label = section.attribute("Label").filter(|label| !label.is_empty() && *label != "UNLABELLED");
        let category = section.attribute("NlmCategory").map(str::to_owned);
        Some(Section { label: label.map(str::to_owned), category, text: section.text()? })
    });
    sections.collect()
}

pub(super) fn authors(parent: &Element) -> Vec<Author> {
    let lists = parent.children("AuthorList").filter(|list| list.attribute("Type") != Some("editors"));
    let valid = lists.flat_map(|list| list.children("Author")).filter(|author| author.flag("ValidYN") != Some(false));
    valid.map(author).collect()
}

fn author(author: &Element) -> Author {
    let mut orcids = author.children("Identifier").filter(|id| id.attribute("Source") == Some("ORCID"));
    Author {
        name: None,
        last_name: author.text_at(&["LastName"]),
        fore_name: author.text_at(&["ForeName"]),
        initials: author.text_at(&["Initials"]),
        suffix: author.text_at(&["Suffix"]),
        collective_name: author.text_at(&["CollectiveName"]),
        orcid: orcids.find_map(Element::text).map(|written| orcid(&written)),
        affiliations: lists(author, "AffiliationInfo", "Affiliation"),
        equal_contribution: author.flag("EqualContrib"),
    }
}

fn headings(citation: &Element) -> Vec<Heading> {
    let headings = citation.children("MeshHeadingList").flat_map(|list| list.children("MeshHeading"));
    let read = headings.filter_map(|heading| {
        let descriptor = term(heading.child("DescriptorName")?)?;
        Some(Heading { descriptor, qualifiers: heading.children("QualifierName").filter_map(term).collect() })
    });
    read.collect()
}

fn term(element: &Element) -> Option<Term> {
    Some(Term {
        name: element.text()?,
        ui: element.attribute("UI").map(str::to_owned),
        is_major: element.flag("MajorTopicYN"),
    })
}

fn journal_of(journal: &Element, citation: &Element) -> Journal {
    let issn = journal.child("ISSN");
    let of_type = |kind: &str| issn.filter(|issn| issn.attribute("IssnType") == Some(kind)).and_then(Element::text);
    let electronic = of_type("Electronic");
    Journal {
        title: journal.text_at(&["Title"]),
        abbreviation: journal
            .text_at(&["ISOAbbreviation"])
            .or_else(|| citation.text_at(&["MedlineJournalInfo", "MedlineTA"])),
        nlm_id: citation.text_at(&["MedlineJournalInfo", "NlmUniqueID"]),
        issn: if electronic.is_some() { None } else { issn.and_then(Element::text) },
        electronic_issn: electronic,
        country: citation.text_at(&["MedlineJournalInfo", "Country"]),
    }
}

pub(super) fn pages(parent: &Element) -> Option<String> {
    let pagination = parent.child("Pagination")?;
    pagination.text_at(&["MedlinePgn"]).or_else(|| {
        let start = pagination.text_at(&["StartPage"])?;
        Some(pagination.text_at(&["EndPage"]).map_or(start.clone(), |end| format!("{start}-{end}")))
    })
}

pub(super) fn published(date: &Element) -> Published {
    if let Some(words) = date.text_at(&["MedlineDate"]) {
        return Published::of_words(&words);
    }
    let part = |name| date.text_at(&[name]);
    let (year, month, day, season) = (part("Year"), part("Month"), part("Day"), part("Season"));
    Published::of_parts(year.as_deref(), month.as_deref(), day.as_deref(), season.as_deref())
}

/// A date of year, month and day.
pub(super) fn date(date: &Element) -> Option<NaiveDate> {
    let number = |name| date.text_at(&[name])?.parse().ok();
    day_of(number("Year")?, month_of(&date.text_at(&["Month"])?)?, number("Day")?)
}

/// A day of the record's life at PubMed.
pub(super) fn history(data: &Element, status: &str) -> Option<NaiveDate> {
    let mut dates = data.child("History")?.children("PubMedPubDate");
    dates.find(|date| date.attribute("PubStatus") == Some(status)).and_then(date)
}

fn chemicals(citation: &Element) -> Vec<Chemical> {
    let chemicals = citation.children("ChemicalList").flat_map(|list| list.children("Chemical"));
    let read = chemicals.filter_map(|chemical| {
        let name = chemical.child("NameOfSubstance")?;
        // `0` says that there is none.
        let registry_number = chemical.text_at(&["RegistryNumber"]).filter(|number| number != "0");
        Some(Chemical { name: name.text()?, registry_number, ui: name.attribute("UI").map(str::to_owned) })
    });
    read.collect()
}

pub(super) fn grants(parent: &Element) -> Vec<Grant> {
    let grants = parent.children("GrantList").flat_map(|list| list.children("Grant"));
    let read = grants.map(|grant| Grant {
        id: grant.text_at(&["GrantID"]),
        agency: grant.text_at(&["Agency"]),
        country: grant.text_at(&["Country"]),
    });
    read.collect()
}

fn related(citation: &Element) -> Vec<Related> {
    let items = citation.children("CommentsCorrectionsList").flat_map(|list| list.children("CommentsCorrections"));
    let read = items.map(|item| Related {
        kind: item.attribute("RefType").unwrap_or_default().to_owned(),
        pmid: item.text_at(&["PMID"]),
        citation: item.text_at(&["RefSource"]),
    });
    read.collect()
}

/// The texts of all `item`s in all `list`s.
pub(super) fn lists(parent: &Element, list: &str, item: &str) -> Vec<String> {
    parent.children(list).flat_map(|list| list.children(item)).filter_map(Element::text).collect()
}
