//! A quota as a manifest describes it: which requests count to it, and where the API tells what is left.

use super::super::failure::Failure;
use super::super::http::{Answer, Matcher, Request};
use super::super::manifest::{ManifestError, Node};
use super::super::template::Scope;
use super::super::time::{Moment, as_int, parse_iso};
use super::super::value::Value;
use super::quotas::{Left, Told};

#[derive(Debug)]
pub(super) struct Pool {
    name: String,
    /// Where the status tells how many calls are left, until when, and how many there are then.
    calls: Vec<String>,
    until: Vec<String>,
    limit: Vec<String>,
    matchers: Vec<Matcher>,
    /// The headers of answers that tell the same.
    calls_header: Option<String>,
    until_header: Option<String>,
    limit_header: Option<String>,
    /// Statuses that mean that a token is used up.
    refusals: Vec<u16>,
}

impl Pool {
    pub(super) fn build(node: &Node, scope: &Scope) -> Result<Self, ManifestError> {
        let place = |key: &str| node.list(key).iter().filter_map(Node::as_text).collect::<Vec<_>>();
        let header = |key: &str| node.text(key).filter(|name| !name.is_empty());
        node.required("remaining_path")?;
        node.required("reset_path")?;
        let refusals = node.list("exhaustion_status_codes").iter();
        Ok(Self {
            name: node.required_text("name")?,
            calls: place("remaining_path"),
            until: place("reset_path"),
            limit: place("limit_path"),
            matchers: node
                .list("matchers")
                .iter()
                .map(|matcher| Matcher::build(matcher, scope))
                .collect::<Result<_, _>>()?,
            calls_header: header("remaining_header"),
            until_header: header("reset_header"),
            limit_header: header("limit_header"),
            refusals: refusals
                .filter_map(|code| as_int(&code.value()).and_then(|code| u16::try_from(code).ok()))
                .collect(),
        })
    }

    /// What tells a quota from another one, without what its component was handed down.
    pub(super) fn name_of(node: &Node) -> Value {
        let own = |node: &Node, keys: &[&str]| {
            Value::list(keys.iter().map(|key| node.get(key).map(Node::value).unwrap_or_default()).collect())
        };
        let matchers = node.list("matchers").iter();
        let matchers =
            matchers.map(|matcher| own(matcher, &["method", "url_base", "url_path_pattern", "params", "headers"]));
        let keys = [
            "name",
            "remaining_path",
            "reset_path",
            "limit_path",
            "remaining_header",
            "reset_header",
            "limit_header",
            "exhaustion_status_codes",
        ];
        Value::list(vec![own(node, &keys), Value::list(matchers.collect())])
    }

    pub(super) fn is_for_all(&self) -> bool {
        self.matchers.is_empty()
    }

    pub(super) fn matches(&self, request: &Request) -> bool {
        self.matchers.iter().any(|matcher| matcher.matches(request))
    }

    /// What is left by the answer that tells the quotas.
    ///
    /// # Errors
    /// Where it does not tell that.
    pub(super) fn left(&self, body: &Value) -> Result<Left, Failure> {
        let at = |place: &[String], what: &str| {
            let found = place.iter().try_fold(body, |value, key| value.as_map()?.get(key));
            found.ok_or_else(|| {
                Failure::Data(format!(
                    "the quota status does not contain the {what} path {} of the quota {}",
                    place.join("."),
                    self.name
                ))
            })
        };
        let number = |value: &Value, what: &str| {
            as_int(value).ok_or_else(|| Failure::Data(format!("the {what} of the quota {} is no number", self.name)))
        };
        let calls = at(&self.calls, "remaining")?;
        let until = moment(at(&self.until, "reset")?);
        let limit = if self.limit.is_empty() { calls } else { at(&self.limit, "limit")? };
        Ok(Left {
            calls: number(calls, "rest")?,
            until: until.ok_or_else(|| Failure::Data(format!("the reset of the quota {} is no date", self.name)))?,
            limit: number(limit, "limit")?,
        })
    }

    /// What an answer tells besides.
    pub(super) fn told(&self, answer: &Answer) -> Told {
        let header = |name: &Option<String>| name.as_deref().and_then(|name| answer.header(name)).map(Value::str);
        Told {
            calls: header(&self.calls_header).as_ref().and_then(as_int),
            until: header(&self.until_header).as_ref().and_then(moment),
            limit: header(&self.limit_header).as_ref().and_then(as_int),
            is_refusal: self.refusals.contains(&answer.status),
        }
    }
}

/// Seconds since 1970, of ten digits at most, or a date.
fn moment(value: &Value) -> Option<Moment> {
    let seconds = match value {
        Value::Str(word) if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_digit()) => {
            return parse_iso(word).ok().map(Moment::or_utc);
        }
        other => as_int(other)?,
    };
    let is_known = (0..10_000_000_000).contains(&seconds);
    is_known.then(|| Moment::from_micros(seconds * 1_000_000).ok())?
}
