//! Places in a text of YAML: where what is wrong stands.

use saphyr_parser::{Event, Parser, StrInput};

use crate::sdk::TextPlace;

/// Where a path such as `steps.1.config.sql` leads to in the first document of a text: to a key, or to an item of a list. As much
/// of it is gone along as the text has; `None` where that is nothing.
pub fn place_of(text: &str, path: &str) -> Option<TextPlace> {
    let path: Vec<&str> = path.split('.').collect();
    let mut reader = Reader(Parser::new_from_str(text));
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (root, _) => return reader.within(&root, &path),
        }
    }
}

struct Reader<'a>(Parser<'a, StrInput<'a>>);

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<(Event<'a>, TextPlace)> {
        let (event, span) = self.0.next_event()?.ok()?;
        Some((event, span.start.into()))
    }

    /// Where a path leads to in a value that has begun.
    fn within(&mut self, value: &Event<'_>, path: &[&str]) -> Option<TextPlace> {
        let (part, rest) = path.split_first()?;
        match value {
            Event::MappingStart(..) => loop {
                let (key, place) = self.next()?;
                if matches!(key, Event::MappingEnd) {
                    return None;
                }
                self.skip(&key)?;
                let (value, _) = self.next()?;
                if matches!(&key, Event::Scalar(name, ..) if name == part) {
                    return self.within(&value, rest).or(Some(place));
                }
                self.skip(&value)?;
            },
            Event::SequenceStart(..) => {
                let wanted: usize = part.parse().ok()?;
                for _ in 0..wanted {
                    let (item, _) = self.next()?;
                    if matches!(item, Event::SequenceEnd) {
                        return None;
                    }
                    self.skip(&item)?;
                }
                let (item, place) = self.next()?;
                if matches!(item, Event::SequenceEnd) {
                    return None;
                }
                self.within(&item, rest).or(Some(place))
            }
            _ => None,
        }
    }

    /// Goes to the end of a value that has begun.
    fn skip(&mut self, begun: &Event<'_>) -> Option<()> {
        let mut depth = deeper(begun);
        while depth > 0 {
            depth += deeper(&self.next()?.0);
        }
        Some(())
    }
}

/// How much deeper one is behind an event.
fn deeper(event: &Event<'_>) -> i32 {
    match event {
        Event::MappingStart(..) | Event::SequenceStart(..) => 1,
        Event::MappingEnd | Event::SequenceEnd => -1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name: Large orders
schedule: 0 6 * * 1-5
steps:
  # what is read
  - name: read
    kind: EXTRACT
    config: { sources: [orders, customers] }
  - name: totals
    kind: TRANSFORM
    depends_on:
    - read
    config:
      table: totals
      sql: |
        SELECT config: FROM orders
  - { name: 'größe 🦀', kind: OUTPUT, config: { file: report, \"format\": html, sections: [{ title: A, sql: SELECT 1 }] } }
";

    /// The text from a place to the end of its line.
    fn at(path: &str) -> Option<String> {
        let place = place_of(TEXT, path)?;
        let line = TEXT.lines().nth(place.line as usize - 1).unwrap();
        Some(line.chars().skip(place.column as usize - 1).collect())
    }

    #[test]
    fn a_path_leads_to_where_it_stands() {
        for (path, there) in [
            ("name", "name: Large orders"),
            ("schedule", "schedule: 0 6 * * 1-5"),
            ("steps", "steps:"),
            ("steps.0", "name: read"),
            ("steps.0.config.sources", "sources: [orders, customers] }"),
            ("steps.0.config.sources.1", "customers] }"),
            ("steps.1.name", "name: totals"),
            ("steps.1.depends_on.0", "read"),
            ("steps.1.config.sql", "sql: |"),
            ("steps.2.config.format", "\"format\": html, sections: [{ title: A, sql: SELECT 1 }] } }"),
            ("steps.2.config.sections.0.sql", "sql: SELECT 1 }] } }"),
        ] {
            assert_eq!(at(path).as_deref(), Some(there), "{path}");
        }
    }

    #[test]
    fn a_path_leads_as_far_as_the_text_goes() {
        assert_eq!(at("steps.1.config.file").as_deref(), Some("config:"));
        assert_eq!(at("steps.1.config.sql.0").as_deref(), Some("sql: |"));
        assert_eq!(at("steps.1.depends_on.1").as_deref(), Some("depends_on:"));
        assert_eq!(at("steps.7.name").as_deref(), Some("steps:"));
        assert_eq!(at("timezone"), None);
        assert_eq!(place_of("", "name"), None);
    }
}
