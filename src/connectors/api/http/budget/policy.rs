//! A policy of a budget: of which requests it speaks, and how many of them may be sent.

use std::time::Duration;

use super::super::super::manifest::{ManifestError, Node};
use super::super::super::template::{Interpolated, Scope};
use super::super::super::time::{Period, as_int};
use super::super::super::value::Value;
use super::super::Request;
use super::super::matcher::Matcher;

#[derive(Debug)]
pub(super) struct Policy {
    matchers: Vec<Matcher>,
    /// So many calls in each span of time; none for a policy without limit.
    pub(super) rates: Vec<(u64, Duration)>,
    /// Whether a span begins anew as a whole, in place of moving on with the calls.
    pub(super) is_fixed: bool,
}

impl Policy {
    pub(super) fn build(node: &Node, scope: &Scope) -> Result<Self, ManifestError> {
        let duration = |node: &Node, key: &str| -> Result<Duration, ManifestError> {
            let period = Period::parse(&node.required_text(key)?).map_err(|error| node.error(error.to_string()))?;
            Ok(Duration::from_micros(u64::try_from(period.micros).unwrap_or(0)))
        };
        let rates = match node.component() {
            "UnlimitedCallRatePolicy" => Vec::new(),
            "FixedWindowCallRatePolicy" => {
                let limit = as_int(&node.required("call_limit")?.value()).and_then(|limit| u64::try_from(limit).ok());
                vec![(limit.ok_or_else(|| node.error("`call_limit` must be a number"))?, duration(node, "period")?)]
            }
            "MovingWindowCallRatePolicy" => {
                let rate = |rate: &Node| {
                    let limit = rate.compiled(Interpolated::new(&rate.required_text("limit")?, &Value::empty_map()))?;
                    let limit = as_int(&rate.compiled(limit.eval(scope))?).and_then(|limit| u64::try_from(limit).ok());
                    Ok((limit.ok_or_else(|| rate.error("`limit` must be a number"))?, duration(rate, "interval")?))
                };
                node.list("rates").iter().map(rate).collect::<Result<_, ManifestError>>()?
            }
            other => return Err(node.error(format!("{other} is no policy that is run here"))),
        };
        let matchers =
            node.list("matchers").iter().map(|matcher| Matcher::build(matcher, scope)).collect::<Result<_, _>>()?;
        let is_fixed = node.component() == "FixedWindowCallRatePolicy";
        Ok(Self { matchers, rates, is_fixed })
    }

    /// What a request counts for; `None` where it is none of those that this speaks of.
    pub(super) fn weight(&self, request: &Request) -> Option<u64> {
        if self.matchers.is_empty() {
            return Some(1);
        }
        self.matchers.iter().find(|matcher| matcher.matches(request)).map(|matcher| matcher.weight)
    }

    /// The longest of its spans; none where there is no limit.
    pub(super) fn longest(&self) -> Option<Duration> {
        self.rates.iter().map(|(_, span)| *span).max()
    }
}
