//! Call budgets: how many requests of a kind may be sent in a span of time, by all who have the same credential.

mod policy;
mod spent;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::super::auth::SharedTokens;
use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::template::Scope;
use super::super::time::as_int;
use super::{Answer, Request, Transport};
use policy::Policy;
use spent::{Call, Spending};

/// The budget of a manifest; requests that no policy matches are free. Clones share what was spent, and so do the budgets of
/// all in the process who have the same credential.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct ApiBudget {
    budget: Option<Arc<Budget>>,
    tokens: SharedTokens,
}

#[derive(Debug)]
struct Budget {
    policies: Vec<Policy>,
    spending: Arc<Spending>,
    remaining_header: String,
    reset_header: String,
    limit_statuses: Vec<u16>,
}

impl ApiBudget {
    /// `owner` is what makes the credential another one than others.
    pub(in super::super) fn build(
        node: Option<&Node>,
        scope: &Scope,
        transport: &Transport,
        owner: &str,
    ) -> Result<Self, ManifestError> {
        let Some(node) = node else { return Ok(Self::default()) };
        let statuses = node.list("status_codes_for_ratelimit_hit").iter();
        let mut limit_statuses: Vec<u16> =
            statuses.filter_map(|code| as_int(&code.value()).and_then(|code| u16::try_from(code).ok())).collect();
        if limit_statuses.is_empty() {
            limit_statuses.push(429);
        }
        let policies: Vec<Policy> =
            node.list("policies").iter().map(|policy| Policy::build(policy, scope)).collect::<Result<_, _>>()?;
        // Limits may depend on the configuration; what is counted does not.
        let written = format!("{:?}", node.value());
        let budget = Budget {
            spending: transport.lasting(&["HTTPAPIBudget", &written, owner], || Spending::of(policies.len())),
            policies,
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

    /// Waits until the request may be sent. What is returned is dropped when it is answered.
    ///
    /// # Errors
    /// Where there is no time for it.
    pub(super) async fn acquire<'a>(
        &'a self,
        request: &Request,
        transport: &'a Transport,
    ) -> Result<Option<Call<'a>>, Failure> {
        let Some((budget, policy, weight)) = self.policy(request) else { return Ok(None) };
        loop {
            match budget.spending.try_spend(policy, weight, transport) {
                Ok(call) => return Ok(call),
                Err(wait) => {
                    transport.pause(wait, || "the manifest's budget is used up for the moment".to_owned()).await?;
                }
            }
        }
    }

    /// Learns from an answer how much is left, and until when, which is told in seconds since 1970.
    pub(super) fn learn(&self, request: &Request, answer: &Answer, transport: &Transport) {
        let Some((budget, policy, _)) = self.policy(request) else { return };
        let told = |header: &str| answer.header(header).and_then(|word| word.trim().parse::<u64>().ok());
        let is_hit = budget.limit_statuses.contains(&answer.status);
        let left = told(&budget.remaining_header).or(is_hit.then_some(0));
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let end = told(&budget.reset_header).map(|end| Duration::from_secs(end).saturating_sub(since));
        budget.spending.learn(policy, left, end, transport.now());
    }

    fn policy(&self, request: &Request) -> Option<(&Budget, (usize, &Policy), u64)> {
        let budget = self.budget.as_deref()?;
        let mut policies = budget.policies.iter().enumerate();
        policies.find_map(|(place, policy)| Some((budget, (place, policy), policy.weight(request)?)))
    }
}
