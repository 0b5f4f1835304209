//! Which requests something is said of.

use std::collections::HashMap;

use regex::Regex;

use super::super::manifest::{ManifestError, Node};
use super::super::template::Scope;
use super::super::time::as_int;
use super::super::value::{Map, text};
use super::Request;

/// `HttpRequestRegexMatcher`: what is absent matches all.
#[derive(Debug)]
pub(in super::super) struct Matcher {
    method: Option<String>,
    url_base: Option<String>,
    path: Option<Regex>,
    parameters: Map,
    headers: Map,
    /// How many calls such a request counts for.
    pub(super) weight: u64,
}

impl Matcher {
    pub(in super::super) fn build(node: &Node, scope: &Scope) -> Result<Self, ManifestError> {
        let path = node.text("url_path_pattern").map(|pattern| Regex::new(&pattern)).transpose();
        let map = |key: &str| node.get(key).and_then(|node| node.value().as_map().cloned()).unwrap_or_default();
        let weight = match node.template("weight")? {
            Some(weight) => as_int(&node.compiled(weight.eval(scope))?).and_then(|weight| u64::try_from(weight).ok()),
            None => Some(1),
        };
        Ok(Self {
            method: node.text("method").map(|method| method.to_uppercase()),
            url_base: node.text("url_base"),
            path: path.map_err(|error| node.error(format!("url_path_pattern: {error}")))?,
            parameters: map("params"),
            headers: map("headers"),
            weight: weight.filter(|weight| *weight > 0).ok_or_else(|| node.error("`weight` must be 1 or more"))?,
        })
    }

    pub(in super::super) fn matches(&self, request: &Request) -> bool {
        let Ok(url) = url::Url::parse(&request.url) else { return false };
        let origin = url.origin().ascii_serialization();
        let parameters: HashMap<_, _> = url.query_pairs().collect();
        self.method.as_ref().is_none_or(|method| *method == request.method)
            && self.url_base.as_ref().is_none_or(|base| base.trim_end_matches('/') == origin)
            && self.path.as_ref().is_none_or(|path| path.is_match(url.path().trim_end_matches('/')))
            && self
                .parameters
                .iter()
                .all(|(key, value)| parameters.get(key.as_str()).is_some_and(|found| *found == text(value)))
            && self.headers.iter().all(|(key, value)| {
                request.headers.iter().any(|(name, found)| name.eq_ignore_ascii_case(key) && *found == text(value))
            })
    }
}
