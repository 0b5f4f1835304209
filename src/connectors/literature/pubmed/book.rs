//! A `PubmedBookArticle` as an article: a book of NCBI's Bookshelf, or a chapter of one.

use super::super::article::{Article, Journal};
use super::citation::{self, SOURCE, authors, date, grants, history, lists, pages, published, sections};
use super::xml::Element;

/// `None` where the record has no PMID.
pub(super) fn read(record: &Element) -> Option<Article> {
    let document = record.child("BookDocument")?;
    let pmid = document.child("PMID")?;
    let id = pmid.text()?;
    let nothing = Element::default();
    let book = document.child("Book").unwrap_or(&nothing);
    let data = record.child("PubmedBookData").unwrap_or(&nothing);
    // A chapter has authors of its own.
    let own = authors(document);
    let book_title = book.text_at(&["BookTitle"]);
    let mut read = Article {
        source: SOURCE.to_owned(),
        id: id.clone(),
        pmid: Some(id),
        version: pmid.attribute("Version").and_then(|version| version.parse().ok()),
        title: document.text_at(&["ArticleTitle"]).or_else(|| book_title.clone()),
        vernacular_title: document.text_at(&["VernacularTitle"]),
        sections: sections(document),
        authors: if own.is_empty() { authors(book) } else { own },
        keywords: lists(document, "KeywordList", "Keyword"),
        publication_types: document.children("PublicationType").filter_map(Element::text).collect(),
        languages: document.children("Language").filter_map(Element::text).collect(),
        journal: Journal::default(),
        volume: book.text_at(&["Volume"]),
        pages: pages(document),
        book: book_title,
        publisher: book.text_at(&["Publisher", "PublisherName"]),
        published: book.child("PubDate").map(published).unwrap_or_default(),
        publication_status: data.text_at(&["PublicationStatus"]),
        grants: grants(document),
        created_on: history(data, "entrez"),
        revised_on: document.child("DateRevised").and_then(date),
        ..Article::default()
    };
    citation::take_ids(document, &mut read);
    citation::take_ids(data, &mut read);
    Some(read)
}
