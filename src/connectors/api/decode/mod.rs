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
use super::value::{Map, Text, Value, from_python_slice, why_no_json};
use charset::Charset;

/// The largest that a compressed body may unpack to.
const LARGEST: u64 = 1 << 30;

/// What an answer is that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Broken {
    /// An empty one: the reference's decoders let it pass.
    #[default]
    Empty,
    /// A failure: taken for an empty one, it would empty a table that is written anew.
    Failure,
}

impl Broken {
    /// Whether bytes that cannot be read are a failure. None at all say nothing, and are none.
    fn fails(self, body: &[u8]) -> bool {
        self == Self::Failure && !body.trim_ascii().is_empty()
    }
}

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
    /// `Data` where it cannot be read and that is not let pass.
    pub(super) fn decode(&self, answer: &Answer, broken: Broken) -> Result<Vec<Value>, Failure> {
        let body = &answer.body;
        match self {
            Self::Json => {
                let values = json(body).filter(|values| !values.is_empty());
                if values.is_none() && broken.fails(body) && from_python_slice(body).is_none() {
                    return Err(Failure::Data(format!("{} is no JSON: {}", named(answer), why_no_json(body))));
                }
                Ok(values.unwrap_or_else(|| vec![Value::empty_map()]))
            }
            Self::Xml => match xml::read(body) {
                None if broken.fails(body) => Err(Failure::Data(format!("{} is no XML", named(answer)))),
                root => Ok(vec![root.unwrap_or_else(Value::empty_map)]),
            },
            other => other.parse(body, broken),
        }
    }

    fn parse(&self, body: &[u8], broken: Broken) -> Result<Vec<Value>, Failure> {
        match self {
            Self::Json => json(body).ok_or_else(|| Failure::Data("Response JSON data failed to be parsed.".to_owned())),
            Self::JsonLines => {
                let mut values = Vec::new();
                for (place, line) in lines(body).enumerate() {
                    match from_python_slice(line) {
                        Some(value) => values.push(value),
                        None if broken.fails(line) => {
                            let words = why_no_json(line);
                            return Err(Failure::Data(format!("row {} of the answer is no JSON: {words}", place + 1)));
                        }
                        None => {}
                    }
                }
                Ok(values)
            }
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
                    values.append(&mut inner.parse(&file, broken)?);
                }
                Ok(values)
            }
            Self::Gzip(inner) => {
                if !body.starts_with(&[0x1f, 0x8b]) {
                    return inner.parse(body, broken);
                }
                let mut plain = Vec::new();
                let unpacked = MultiGzDecoder::new(body).take(LARGEST).read_to_end(&mut plain);
                unpacked.map_err(|error| Failure::Data(format!("the gzip body cannot be unpacked: {error}")))?;
                inner.parse(&plain, broken)
            }
        }
    }
}

/// An answer by where it came from, without what was asked for there.
fn named(answer: &Answer) -> String {
    match answer.url.split(['?', '#']).next() {
        None | Some("") => "the answer".to_owned(),
        Some(url) => format!("the answer of {url}"),
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
