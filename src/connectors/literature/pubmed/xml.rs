//! The records of a `PubmedArticleSet`, taken out one after the other: no more than one is held as a tree.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::article::Article;
use super::{book, citation};
use crate::sdk::RejectedRow;

/// Elements within elements. MathML goes deep; what is deeper is made to do harm.
const DEEPEST: usize = 200;
/// How much of a record that cannot be read is kept, in characters.
const KEPT: usize = 20_000;

/// An element with what is in it.
#[derive(Debug, Default)]
pub(super) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    nodes: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// The elements of that name that lie in it.
    pub(super) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.elements().filter(move |element| element.name == name)
    }

    /// The first element of that name that lies in it.
    pub(super) fn child<'a>(&'a self, name: &'a str) -> Option<&'a Self> {
        self.children(name).next()
    }

    /// The first element at the end of a path of names.
    pub(super) fn at<'a>(&'a self, path: &[&'a str]) -> Option<&'a Self> {
        path.iter().try_fold(self, |element, &name| element.child(name))
    }

    fn elements(&self) -> impl Iterator<Item = &Self> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// `Y` or `N`.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.attribute(name)? {
            "Y" => Some(true),
            "N" => Some(false),
            _ => None,
        }
    }

    /// All text in it without its markup, white space as single spaces; `None` where there is none.
    pub(super) fn text(&self) -> Option<String> {
        let mut raw = String::new();
        self.gather(&mut raw);
        let text = raw.split_whitespace().collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(text)
    }

    /// The text at the end of a path of names.
    pub(super) fn text_at<'a>(&'a self, path: &[&'a str]) -> Option<String> {
        self.at(path)?.text()
    }

    fn gather(&self, text: &mut String) {
        for node in &self.nodes {
            match node {
                Node::Element(element) => element.gather(text),
                Node::Text(piece) => text.push_str(piece),
            }
        }
    }

    fn start(start: &BytesStart<'_>) -> Self {
        let mut element = Self { name: start.name().as_ref().to_owned(), ..Self::default() };
        for attribute in start.attributes().filter_map(Result::ok) {
            let value = quick_xml::escape::unescape(&attribute.value);
            let value = value.map_or_else(|_| attribute.value.to_string(), |value| value.into_owned());
            element.attributes.push((attribute.key.as_ref().to_owned(), value));
        }
        element
    }
}

/// The articles of an answer, and what of it is none that can be read. Ends where the XML does.
pub(super) fn records(text: &str) -> Vec<Result<Article, RejectedRow>> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut records = Vec::new();
    loop {
        let closed = match reader.read_event() {
            Ok(Event::Start(start)) if open.len() < DEEPEST => {
                open.push(Element::start(&start));
                continue;
            }
            Ok(Event::Empty(start)) => Some(Element::start(&start)),
            Ok(Event::End(_)) => open.pop(),
            Ok(Event::Text(piece)) => {
                add_text(&mut open, &piece);
                continue;
            }
            Ok(Event::CData(piece)) => {
                add_text(&mut open, &piece);
                continue;
            }
            Ok(Event::GeneralRef(reference)) => {
                let character = reference.resolve_char_ref().ok().flatten().map(String::from);
                let known = || quick_xml::escape::resolve_predefined_entity(&reference).map(str::to_owned);
                add_text(&mut open, &character.or_else(known).unwrap_or_else(|| format!("&{};", &*reference)));
                continue;
            }
            Ok(Event::Eof | Event::Start(_)) | Err(_) => return records,
            Ok(_) => continue,
        };
        let Some(closed) = closed else { continue };
        match open.as_mut_slice() {
            [] => {}
            // A record lies in the set itself.
            [_set] => records.extend(record(&closed)),
            [.., parent] => parent.nodes.push(Node::Element(closed)),
        }
    }
}

fn add_text(open: &mut [Element], piece: &str) {
    if let Some(element) = open.last_mut() {
        element.nodes.push(Node::Text(piece.to_owned()));
    }
}

fn record(element: &Element) -> Option<Result<Article, RejectedRow>> {
    let (read, place) = match element.name.as_str() {
        "PubmedArticle" => (citation::read(element), ["MedlineCitation", "PMID"]),
        "PubmedBookArticle" => (book::read(element), ["BookDocument", "PMID"]),
        // What was deleted is never found by a search, and told in the update files only.
        _ => return None,
    };
    Some(read.ok_or_else(|| RejectedRow {
        position: element.text_at(&place).unwrap_or_default(),
        reason: "the record has no PMID".into(),
        row: element.text().unwrap_or_default().chars().take(KEPT).collect(),
    }))
}
