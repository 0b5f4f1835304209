//! Decoders: the bytes of an answer become values.

mod charset;
mod csv;
mod items;
mod xml;
mod zipped;

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::failure::Failure;
use super::http::Answer;
use super::manifest::{ManifestError, Node};
use super::value::{Map, Text, Value, from_python_slice};
use charset::Charset;

/// The largest that a compressed body may unpack to.
const LARGEST: u64 = 1 << 30;

/// How the body of an answer is read.
#[derive(Clone, Debug, Default)]
pub(super) enum Decoder {
    /// One JSON document; what cannot be read counts as `{}`.
    #[default]
    Json,
    /// A JSON document a line.
    JsonLines,
    /// Each line as a text.
    Lines,
    Csv(csv::Dialect),
    Xml,
    /// The items of the list at a path of one JSON document.
    Items(Vec<String>, Charset),
    /// Whatever lies in a gzip file, or outside of one.
    Gzip(Box<Self>),
    /// Whatever lies in the files of a ZIP archive, one after the other.
    Zip(Box<Self>),
}

impl Decoder {
    pub(super) fn build(node: Option<&Node>) -> Result<Self, ManifestError> {
        let Some(node) = node else { return Ok(Self::Json) };
        Ok(match node.component() {
            "JsonDecoder" => Self::Json,
            "JsonlDecoder" => Self::JsonLines,
            "IterableDecoder" => Self::Lines,
            "CsvDecoder" => Self::Csv(csv::Dialect::build(node)?),
            "ResponseToFileExtractor" => Self::Csv(csv::Dialect::table(node)),
            "XmlDecoder" => Self::Xml,
            "GzipDecoder" => match Self::build(Some(node.required("decoder")?))? {
                Self::Xml | Self::Lines => {
                    return Err(node.error("GzipDecoder holds a JSON, JSON lines or CSV decoder"));
                }
                inner => Self::Gzip(Box::new(inner)),
            },
            "JsonItemsDecoder" => {
                let path = node.required_text("items_path")?.split('.').map(str::to_owned).collect();
                Self::Items(path, Charset::of(node)?)
            }
            "ZipfileDecoder" => match Self::build(Some(node.required("decoder")?))? {
                Self::Xml | Self::Lines | Self::Zip(_) => {
                    return Err(node.error("ZipfileDecoder holds a JSON, JSON lines, CSV or gzip decoder"));
                }
                inner => Self::Zip(Box::new(inner)),
            },
            other => return Err(node.error(format!("{other} is no decoder that is run here"))),
        })
    }

    /// Whether a paginator can look into what this decodes; otherwise it sees `{}`.
    pub(super) fn is_seen_by_paginators(&self) -> bool {
        matches!(self, Self::Json | Self::Xml)
    }

    /// The values of a body.
    ///
    /// # Errors
    /// `Data` where it cannot be read and the decoder does not let that pass.
    pub(super) fn decode(&self, answer: &Answer) -> Result<Vec<Value>, Failure> {
        match self {
            Self::Json => {
                let values = json(&answer.body).filter(|values| !values.is_empty());
                Ok(values.unwrap_or_else(|| vec![Value::empty_map()]))
            }
            Self::Xml => Ok(vec![xml::read(&answer.body).unwrap_or_else(Value::empty_map)]),
            other => other.parse(&answer.body),
        }
    }

    fn parse(&self, body: &[u8]) -> Result<Vec<Value>, Failure> {
        match self {
            Self::Json => json(body).ok_or_else(|| Failure::Data("Response JSON data failed to be parsed.".to_owned())),
            // A line that is no JSON is left out.
            Self::JsonLines => Ok(lines(body).filter_map(from_python_slice).collect()),
            Self::Lines => Ok(lines(body)
                .map(|line| {
                    let text = Value::str(String::from_utf8_lossy(line));
                    Value::map(Map::from_members(vec![(Text::const_new("record"), text)]))
                })
                .collect()),
            Self::Csv(dialect) => dialect.read(body),
            Self::Xml => Ok(vec![xml::read(body).unwrap_or_else(Value::empty_map)]),
            Self::Items(path, charset) => items::read(charset.decode(body).as_bytes(), path),
            Self::Zip(inner) => {
                let mut values = Vec::new();
                for file in zipped::files(body, LARGEST)? {
                    values.append(&mut inner.parse(&file)?);
                }
                Ok(values)
            }
            Self::Gzip(inner) => {
                if !body.starts_with(&[0x1f, 0x8b]) {
                    return inner.parse(body);
                }
                let mut plain = Vec::new();
                let unpacked = MultiGzDecoder::new(body).take(LARGEST).read_to_end(&mut plain);
                unpacked.map_err(|error| Failure::Data(format!("the gzip body cannot be unpacked: {error}")))?;
                inner.parse(&plain)
            }
        }
    }
}

/// The items of a list, or the one value that is none; `None` where there is no JSON, or only `null`.
fn json(body: &[u8]) -> Option<Vec<Value>> {
    match from_python_slice(body)? {
        Value::Null => None,
        Value::List(items) => Some(std::sync::Arc::unwrap_or_clone(items)),
        one => Some(vec![one]),
    }
}

fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = if body.is_empty() { None } else { Some(body.strip_suffix(b"\n").unwrap_or(body)) };
    let lines = lines.into_iter().flat_map(|body| body.split(|byte| *byte == b'\n'));
    lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}
