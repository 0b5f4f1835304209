//! The headers of an answer as templates see them, by any case of their names.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object};
use reqwest::header::HeaderMap;

use super::super::template::to_engine;
use super::super::value::{Map, Value, text};

type Engine = minijinja::Value;

#[derive(Debug)]
struct EngineHeaders {
    headers: Map,
    /// The links of the `Link` header by their relation, where a paginator looks.
    links: Option<Value>,
}

/// Headers, for a template.
pub(in super::super) fn headers_for_templates(headers: &HeaderMap, with_links: bool) -> Engine {
    let mut map = Map::with_capacity(headers.keys_len());
    for name in headers.keys() {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        map.insert(name.as_str(), Value::from(values.join(", ")));
    }
    let links = with_links.then(|| links(map.get("link").and_then(Value::as_str).unwrap_or_default()));
    Engine::from_object(EngineHeaders { headers: map, links })
}

impl Object for EngineHeaders {
    fn get_value(self: &Arc<Self>, key: &Engine) -> Option<Engine> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Engine> {
        match &self.links {
            Some(links) if key == "link" => Some(to_engine(links)),
            _ => self.headers.get(&key.to_ascii_lowercase()).map(to_engine),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.headers.keys().map(|key| Engine::from(key.as_str())).collect())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(&Value::map(self.headers.clone())))
    }
}

/// The `Link` header's links by relation, each with its parameters, as the reference's client reads them.
fn links(header: &str) -> Value {
    let mut links = Map::default();
    for part in header.split('<').skip(1) {
        let (url, rest) = part.split_once('>').unwrap_or((part, ""));
        let trim: &[_] = &['<', '>', ' ', '\'', '"'];
        let mut link = Map::from_iter([("url", Value::str(url.trim_matches(trim)))]);
        for parameter in rest.trim_end_matches([',', ' ']).split(';') {
            if let Some((name, value)) = parameter.split_once('=') {
                let trim: &[_] = &[' ', '\'', '"'];
                link.insert(name.trim_matches(trim), Value::str(value.trim_matches(trim)));
            }
        }
        let name = link.get("rel").or_else(|| link.get("url")).map(text).unwrap_or_default();
        links.insert(name, Value::map(link));
    }
    Value::map(links)
}
