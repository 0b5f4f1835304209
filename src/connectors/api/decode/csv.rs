//! CSV as Python's `DictReader` reads it: the first row names the fields.

use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::value::{Map, Text, Value};

/// How a manifest's CSV is written.
#[derive(Clone, Debug)]
pub(in super::super) struct Dialect {
    encoding: &'static encoding_rs::Encoding,
    delimiter: u8,
    /// Texts that stand for nothing.
    nothing: Vec<String>,
}

impl Dialect {
    pub(super) fn build(node: &Node) -> Result<Self, ManifestError> {
        let name = node.text("encoding").unwrap_or_else(|| "utf-8".to_owned());
        let label = match name.to_ascii_lowercase().replace('_', "-").as_str() {
            // Python's names for what the web calls otherwise.
            "utf-8-sig" => "utf-8".to_owned(),
            "latin-1" | "latin1" => "iso-8859-1".to_owned(),
            other => other.to_owned(),
        };
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes());
        let encoding = encoding.ok_or_else(|| node.error(format!("{name} is no encoding that is known here")))?;
        let delimiter = match node.text("delimiter").as_deref() {
            None | Some("") => b',',
            Some("\\t") => b'\t',
            Some(word) => match word.as_bytes() {
                [byte] => *byte,
                _ => return Err(node.error("`delimiter` must be one character")),
            },
        };
        let nothing = node.list("set_values_to_none").iter().filter_map(Node::as_text).collect();
        Ok(Self { encoding, delimiter, nothing })
    }

    pub(super) fn read(&self, body: &[u8]) -> Result<Vec<Value>, Failure> {
        let (text, _) = self.encoding.decode_without_bom_handling(body);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut rows = reader.records();
        let Some(header) = rows.next() else { return Ok(Vec::new()) };
        let header: Vec<Text> = header.map_err(unreadable)?.iter().map(Text::from).collect();
        let mut records = Vec::new();
        for row in rows {
            let row = row.map_err(unreadable)?;
            let mut members: Vec<(Text, Value)> = Vec::with_capacity(header.len());
            for (index, name) in header.iter().enumerate() {
                members.push((name.clone(), row.get(index).map_or(Value::Null, |field| self.field(field))));
            }
            if row.len() > header.len() {
                let rest = row.iter().skip(header.len()).map(|field| self.field(field)).collect();
                members.push((Text::const_new("null"), Value::list(rest)));
            }
            records.push(Value::map(Map::from_members(members)));
        }
        Ok(records)
    }

    fn field(&self, field: &str) -> Value {
        if self.nothing.iter().any(|nothing| nothing == field) { Value::Null } else { Value::str(field) }
    }
}

fn unreadable(error: csv::Error) -> Failure {
    Failure::Data(format!("the CSV cannot be read: {error}"))
}
