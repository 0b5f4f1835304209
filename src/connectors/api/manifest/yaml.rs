//! Reads YAML by the rules of version 1.1, as the reference's reader does: `yes` is true, `010` is eight.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::super::value::{Text, Value};
use super::node::{Content, Node};
use super::{ManifestError, scalar};
use crate::sdk::TextPlace;

/// The most nodes that a manifest may come to, its aliases counted each time.
const MOST_NODES: usize = 2_000_000;
/// How deep it may nest.
const DEEPEST: usize = 200;

/// Reads the first document of a text.
///
/// # Errors
/// Where the text is no YAML, with the place.
pub(super) fn read(source: &str) -> Result<Node, ManifestError> {
    let mut reader = Reader { parser: Parser::new_from_str(source), anchors: HashMap::new(), nodes: 0, depth: 0 };
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamEnd => {
                return Err(ManifestError { place: TextPlace::START, message: "the manifest is empty".to_owned() });
            }
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            event => return reader.node(event, span),
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), ManifestError> {
        match self.parser.next_event() {
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => {
                Err(ManifestError { place: (*error.marker()).into(), message: format!("not YAML: {}", error.info()) })
            }
            None => Err(ManifestError { place: TextPlace::START, message: "the manifest ends too early".to_owned() }),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, ManifestError> {
        let place = TextPlace::from(span.start);
        let before = self.nodes;
        self.count(1, place)?;
        let (content, anchor) = match event {
            Event::Alias(anchor) => {
                let (node, size) = self.anchors.get(&anchor).cloned().ok_or_else(|| ManifestError {
                    place,
                    message: "an alias names an anchor that is not there".to_owned(),
                })?;
                self.count(size, place)?;
                return Ok(Node { place, ..node });
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = matches!(style, ScalarStyle::Plain);
                let tag = tag.map(|tag| tag.suffix.to_string());
                let value = match (plain, tag.as_deref()) {
                    (_, Some("str")) => Value::str(&text),
                    (true, _) => scalar::resolve(&text),
                    (false, _) => Value::str(&text),
                };
                (Content::Scalar(value), anchor)
            }
            Event::SequenceStart(anchor, _) => (self.nested(place, Self::sequence)?, anchor),
            Event::MappingStart(anchor, _) => (self.nested(place, Self::mapping)?, anchor),
            _ => return Err(ManifestError { place, message: "a value is missing".to_owned() }),
        };
        let node = Node { place, content };
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), self.nodes - before));
        }
        Ok(node)
    }

    fn count(&mut self, nodes: usize, place: TextPlace) -> Result<(), ManifestError> {
        self.nodes += nodes;
        if self.nodes > MOST_NODES {
            return Err(ManifestError { place, message: format!("the manifest has more than {MOST_NODES} values") });
        }
        Ok(())
    }

    fn nested(
        &mut self,
        place: TextPlace,
        read: fn(&mut Self) -> Result<Content, ManifestError>,
    ) -> Result<Content, ManifestError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(ManifestError { place, message: format!("the manifest nests deeper than {DEEPEST}") });
        }
        let content = read(self);
        self.depth -= 1;
        content
    }

    fn sequence(&mut self) -> Result<Content, ManifestError> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(Content::list(items));
            }
            items.push(self.node(event, span)?);
        }
    }

    fn mapping(&mut self) -> Result<Content, ManifestError> {
        let mut members: Vec<(Text, Node)> = Vec::new();
        let mut merged: Vec<(Text, Node)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
            let key = self.node(event, span)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span)?;
            if is_merge {
                merge(&value, &mut merged);
                continue;
            }
            let Some(name) =
                key.as_text().or_else(|| matches!(key.content, Content::Scalar(_)).then(|| "null".to_owned()))
            else {
                return Err(key.error("a key must be a text"));
            };
            // Of a key that is written twice the last counts.
            match members.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = value,
                None => members.push((Text::from(name), value)),
            }
        }
        merged.retain(|(key, _)| !members.iter().any(|(known, _)| known == key));
        merged.append(&mut members);
        Ok(Content::map(merged))
    }
}

/// Takes over what `<<` names; of several the first counts.
fn merge(value: &Node, merged: &mut Vec<(Text, Node)>) {
    for source in value.items() {
        for (key, node) in source.members() {
            if !merged.iter().any(|(known, _)| known == key) {
                merged.push((key.clone(), node.clone()));
            }
        }
    }
}
