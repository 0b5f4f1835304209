//! XML as `xmltodict` reads it: attributes with `@`, text beside them as `#text`, and repeated elements as a list.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::value::{Map, Text, Value};

/// An element that is still open.
struct Element {
    name: Text,
    members: Map,
    has_members: bool,
    text: String,
}

/// The document's root by its name; `None` where it is no XML.
pub(super) fn read(body: &[u8]) -> Option<Value> {
    let (text, ..) = encoding_rs::UTF_8.decode(body);
    let mut reader = Reader::from_str(&text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => open.push(Element::new(&start)?),
            Event::Empty(start) => close(Element::new(&start)?, &mut open, &mut root)?,
            Event::End(_) => {
                let element = open.pop()?;
                close(element, &mut open, &mut root)?;
            }
            Event::Text(piece) => match open.last_mut() {
                Some(element) => element.text.push_str(&piece),
                None if piece.trim().is_empty() => {}
                None => return None,
            },
            Event::CData(piece) => open.last_mut()?.text.push_str(&piece),
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref().ok()? {
                    Some(character) => character.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&reference)?.to_owned(),
                };
                open.last_mut()?.text.push_str(&character);
            }
            Event::Eof => return if open.is_empty() { root } else { None },
            _ => {}
        }
    }
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Value>) -> Option<()> {
    let (name, value) = element.finish();
    match open.last_mut() {
        Some(parent) => parent.add(name, value),
        None if root.is_none() => *root = Some(Value::map(Map::from_members(vec![(name, value)]))),
        None => return None,
    }
    Some(())
}

impl Element {
    fn new(start: &BytesStart<'_>) -> Option<Self> {
        let name = Text::from(start.name().as_ref());
        let mut element = Self { name, members: Map::default(), has_members: false, text: String::new() };
        for attribute in start.attributes() {
            let attribute = attribute.ok()?;
            let name = format!("@{}", attribute.key.as_ref());
            let value = quick_xml::escape::unescape(&attribute.value).ok()?;
            element.members.insert(name, Value::from(value.into_owned()));
            element.has_members = true;
        }
        Some(element)
    }

    fn add(&mut self, name: Text, value: Value) {
        self.has_members = true;
        match self.members.get_mut(&name) {
            Some(Value::List(items)) => std::sync::Arc::make_mut(items).push(value),
            Some(place) => *place = Value::list(vec![std::mem::take(place), value]),
            None => self.members.insert(name, value),
        }
    }

    fn finish(mut self) -> (Text, Value) {
        let text = self.text.trim();
        if !self.has_members {
            let value = if text.is_empty() { Value::Null } else { Value::str(text) };
            return (self.name, value);
        }
        if !text.is_empty() {
            self.members.insert("#text", Value::str(text));
        }
        (self.name, Value::map(self.members))
    }
}
