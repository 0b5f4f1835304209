//! CSV as Python's `DictReader` reads it: the first row names the fields; and tables as `pandas` reads them.

use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::template::literal::evaluate;
use super::super::value::{Map, Text, Value};
use super::charset::Charset;

/// What stands for nothing in a table.
const NOTHING: [&str; 19] = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
];

/// How a manifest's CSV is written.
#[derive(Clone, Debug)]
pub(in super::super) struct Dialect {
    charset: Charset,
    delimiter: u8,
    /// Texts that stand for nothing.
    nothing: Vec<String>,
    /// Whether each column of a name gets a name of its own, as in a table.
    names_apart: bool,
}

impl Dialect {
    pub(super) fn build(node: &Node) -> Result<Self, ManifestError> {
        let delimiter = node.text("delimiter").filter(|word| !word.is_empty()).unwrap_or_else(|| ",".to_owned());
        let delimiter = match evaluate(&format!("'{delimiter}'")) {
            Some(Value::Str(character)) if delimiter.starts_with('\\') => character.to_string(),
            _ => delimiter,
        };
        let [delimiter] = delimiter.as_bytes() else { return Err(node.error("`delimiter` must be one character")) };
        let nothing = node.list("set_values_to_none").iter().filter_map(Node::as_text).collect();
        Ok(Self { charset: Charset::of(node)?, delimiter: *delimiter, nothing, names_apart: false })
    }

    /// The one of a `ResponseToFileExtractor`.
    pub(super) fn table(node: &Node) -> Self {
        let keeps_words = node.flag("preserve_na_values").unwrap_or(false);
        let nothing = if keeps_words { &NOTHING[..1] } else { &NOTHING[..] };
        Self {
            charset: Charset::Marked(encoding_rs::UTF_8),
            delimiter: b',',
            nothing: nothing.iter().map(|word| (*word).to_owned()).collect(),
            names_apart: true,
        }
    }

    pub(super) fn read(&self, body: &[u8]) -> Result<Vec<Value>, Failure> {
        let mut text = self.charset.decode(body);
        if text.contains('\r') {
            // Python reads every end of a line as this one, within quotes too.
            text = text.replace("\r\n", "\n").replace('\r', "\n").into();
        }
        // Python keeps a mark at the start that the encoding does not name; the reader leaves out one.
        if text.starts_with('\u{feff}') {
            text = format!("\u{feff}{text}").into();
        }
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut rows = reader.records();
        let Some(header) = rows.next() else { return Ok(Vec::new()) };
        let mut header: Vec<Text> = header.map_err(unreadable)?.iter().map(Text::from).collect();
        if self.names_apart {
            header = apart(header);
        }
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

/// Gives columns without a name one, and those that have another's a number behind it.
fn apart(header: Vec<Text>) -> Vec<Text> {
    let mut names: Vec<Text> = Vec::with_capacity(header.len());
    for (place, name) in header.into_iter().enumerate() {
        let name = if name.is_empty() { Text::from(format!("Unnamed: {place}")) } else { name };
        let numbered = (1..).map(|number| Text::from(format!("{name}.{number}")));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !names.contains(name));
        names.extend(free);
    }
    names
}

fn unreadable(error: csv::Error) -> Failure {
    Failure::Data(format!("the CSV cannot be read: {error}"))
}
