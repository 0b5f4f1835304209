//! Call budgets: how many requests of a kind may be sent in a span of time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::super::auth::SharedTokens;
use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Interpolated, Scope};
use super::super::time::{Period, as_int};
use super::super::value::Value;
use super::matcher::Matcher;
use super::{Answer, Request, Transport};

/// The longest span whose end an API is believed; what lies beyond is no time in seconds.
const LONGEST: Duration = Duration::from_secs(32 * 86_400);

/// The budget of a manifest; requests that no policy matches are free. Clones share what was spent.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct ApiBudget {
    budget: Option<Arc<Budget>>,
    tokens: SharedTokens,
}

#[derive(Debug)]
struct Budget {
    policies: Vec<Policy>,
    remaining_header: String,
    reset_header: String,
    limit_statuses: Vec<u16>,
}

#[derive(Debug)]
struct Policy {
    matchers: Vec<Matcher>,
    /// So many calls in each span of time; none for a policy without limit.
    rates: Vec<(u64, Duration)>,
    /// Whether a span begins anew as a whole, in place of moving on with the calls.
    is_fixed: bool,
    spent: Mutex<Spent>,
}

#[derive(Debug, Default)]
struct Spent {
    calls: VecDeque<(Instant, u64)>,
    /// When a fixed span ends.
    end: Option<Instant>,
}

impl ApiBudget {
    pub(in super::super) fn build(node: Option<&Node>, scope: &Scope) -> Result<Self, ManifestError> {
        let Some(node) = node else { return Ok(Self::default()) };
        let statuses = node.list("status_codes_for_ratelimit_hit").iter();
        let mut limit_statuses: Vec<u16> =
            statuses.filter_map(|code| as_int(&code.value()).and_then(|code| u16::try_from(code).ok())).collect();
        if limit_statuses.is_empty() {
            limit_statuses.push(429);
        }
        let budget = Budget {
            policies: node
                .list("policies")
                .iter()
                .map(|policy| Policy::build(policy, scope))
                .collect::<Result<_, _>>()?,
            remaining_header: node
                .text("ratelimit_remaining_header")
                .unwrap_or_else(|| "ratelimit-remaining".to_owned()),
            reset_header: node.text("ratelimit_reset_header").unwrap_or_else(|| "ratelimit-reset".to_owned()),
            limit_statuses,
        };
        Ok(Self { budget: Some(Arc::new(budget)), ..Self::default() })
    }

    /// The tokens that have a budget of their own each.
    pub(in super::super) fn tokens(&self) -> &SharedTokens {
        &self.tokens
    }

    /// Waits until the request may be sent.
    ///
    /// # Errors
    /// Where there is no time for it.
    pub(super) async fn acquire(&self, request: &Request, transport: &Transport) -> Result<(), Failure> {
        let Some((policy, weight)) = self.policy(request) else { return Ok(()) };
        while let Some(wait) = policy.try_spend(weight) {
            transport.pause(wait, || "the manifest's budget is used up for the moment".to_owned()).await?;
        }
        Ok(())
    }

    /// Learns from an answer how much is left, and until when.
    pub(super) fn learn(&self, request: &Request, answer: &Answer) {
        let Some(budget) = &self.budget else { return };
        let Some((policy, _)) = self.policy(request) else { return };
        let told = |header: &str| answer.header(header).and_then(|word| word.trim().parse::<u64>().ok());
        let is_hit = budget.limit_statuses.contains(&answer.status);
        policy.learn(told(&budget.remaining_header).or(is_hit.then_some(0)), told(&budget.reset_header));
    }

    fn policy(&self, request: &Request) -> Option<(&Policy, u64)> {
        self.budget.as_ref()?.policies.iter().find_map(|policy| {
            if policy.matchers.is_empty() {
                return Some((policy, 1));
            }
            let matcher = policy.matchers.iter().find(|matcher| matcher.matches(request))?;
            Some((policy, matcher.weight))
        })
    }
}

impl Policy {
    fn build(node: &Node, scope: &Scope) -> Result<Self, ManifestError> {
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
        Ok(Self { matchers, rates, is_fixed, spent: Mutex::default() })
    }

    /// Notes a call, or tells how long to wait before the next try.
    fn try_spend(&self, weight: u64) -> Option<Duration> {
        let longest = self.rates.iter().map(|(_, span)| *span).max()?;
        let now = Instant::now();
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_fixed {
            if spent.end.is_some_and(|end| end <= now) {
                *spent = Spent::default();
            }
            let end = *spent.end.get_or_insert(now + longest);
            let (limit, _) = self.rates.first()?;
            let before = spent.sum_since(None);
            if before > 0 && before + weight > *limit {
                return Some((end - now).max(Duration::from_millis(1)));
            }
        } else {
            while spent.calls.front().is_some_and(|(at, _)| now.duration_since(*at) >= longest) {
                spent.calls.pop_front();
            }
            for (limit, span) in &self.rates {
                let since = now.checked_sub(*span);
                let before = spent.sum_since(since);
                if before > 0 && before + weight > *limit {
                    let oldest = spent.calls.iter().find(|(at, _)| since.is_none_or(|since| *at > since));
                    let age = oldest.map_or(Duration::ZERO, |(at, _)| now.duration_since(*at));
                    return Some(span.saturating_sub(age).max(Duration::from_millis(1)));
                }
            }
        }
        spent.calls.push_back((now, weight));
        None
    }

    /// Takes the API's word for how many calls are left, where that is fewer than thought, and for when a fixed span ends, in
    /// seconds since 1970. A span that moves learns only that nothing is left, and only where nothing is said of its end.
    fn learn(&self, left: Option<u64>, end: Option<u64>) {
        let Some(limit) = self.rates.iter().map(|(limit, _)| *limit).min() else { return };
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_fixed
            && let Some(end) = end
        {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let wait = Duration::from_secs(end).saturating_sub(since);
            if wait <= LONGEST {
                spent.end = Instant::now().checked_add(wait);
            }
        }
        let counts = if self.is_fixed { left.is_some() } else { left == Some(0) && end.is_none() };
        let thought = limit.saturating_sub(spent.sum_since(None));
        if let Some(left) = left.filter(|left| counts && *left < thought) {
            spent.calls.push_back((Instant::now(), thought - left));
        }
    }
}

impl Spent {
    fn sum_since(&self, since: Option<Instant>) -> u64 {
        let recent = self.calls.iter().filter(|(at, _)| since.is_none_or(|since| *at > since));
        recent.map(|(_, weight)| weight).sum()
    }
}
