//! Pages asked for again with fewer records each, since the API takes no larger ones.

use std::time::Duration;

use super::super::super::failure::{Blame, Failure};
use super::super::super::manifest::Node;
use super::super::super::time::as_int;

/// What a manifest says of it.
#[derive(Clone, Debug)]
pub(in super::super) struct SizeRule {
    /// By what a size is divided.
    factor: f64,
    least: i128,
    /// How often in a row.
    most_reductions: u32,
    /// Seconds to wait before a page is asked for again, times the tries so far.
    wait: f64,
    /// How often a page of the least size is asked for again.
    most_at_least: u32,
    words: String,
    /// Whether the manifest's own size holds again after a page that came.
    restores: bool,
}

impl SizeRule {
    pub(in super::super) fn build(node: &Node) -> Self {
        let number = |key: &str, usual: i128| node.get(key).and_then(|node| as_int(&node.value())).unwrap_or(usual);
        let count = |key: &str, usual: i128| u32::try_from(number(key, usual)).unwrap_or(u32::MAX);
        Self {
            factor: node.float("reduction_factor").unwrap_or(2.0),
            least: number("minimum_page_size", 1),
            most_reductions: count("max_attempts", 5),
            wait: node.float("backoff_seconds").unwrap_or(0.5),
            most_at_least: count("retries_at_minimum_page_size", 0),
            words: node.text("failure_message").unwrap_or_default(),
            restores: node.text("reset_policy").as_deref() == Some("AFTER_SUCCESSFUL_PAGE"),
        }
    }

    fn exhausted(&self, words: String) -> Failure {
        let message = format!("{words} {}", self.words).trim().to_owned();
        Failure::Answer { message, status: None, blame: Blame::Transient }
    }
}

/// The sizes of one slice's pages.
#[derive(Debug)]
pub(super) struct PageSizes<'a> {
    rule: &'a SizeRule,
    /// What the manifest says.
    usual: Option<i128>,
    /// What is asked for in its place.
    reduced: Option<i128>,
    reductions: u32,
    at_least: u32,
}

impl<'a> PageSizes<'a> {
    pub(super) fn new(rule: &'a SizeRule, usual: Option<i128>) -> Self {
        Self { rule, usual, reduced: None, reductions: 0, at_least: 0 }
    }

    pub(super) fn reduced(&self) -> Option<i128> {
        self.reduced
    }

    /// Makes the pages smaller. Returns how long to wait before the page is asked for again.
    ///
    /// # Errors
    /// Where they cannot be made smaller, and all tries with the smallest are used up.
    pub(super) fn reduce(&mut self) -> Result<Duration, Failure> {
        let Some(size) = self.reduced.or(self.usual) else {
            return Err(Failure::Config("pages cannot be made smaller where no `page_size` is asked for".to_owned()));
        };
        let smaller = self.rule.least.max(divided(size, self.rule.factor));
        if smaller >= size {
            return self.again_at_least(size);
        }
        self.reductions += 1;
        if self.reductions > self.rule.most_reductions {
            return Err(self.rule.exhausted(format!(
                "The source keeps rejecting pages at every page size that was asked for, down to {size} records per page."
            )));
        }
        self.reduced = Some(smaller);
        Ok(self.wait(self.reductions))
    }

    fn again_at_least(&mut self, size: i128) -> Result<Duration, Failure> {
        if self.at_least < self.rule.most_at_least {
            self.at_least += 1;
            return Ok(self.wait(self.at_least));
        }
        if self.reduced.is_none() && self.rule.least > 1 {
            return Err(Failure::Config(format!(
                "the page size {size} is not above `minimum_page_size`, which is {}: it cannot be made smaller",
                self.rule.least
            )));
        }
        Err(self.rule.exhausted(format!(
            "The source keeps rejecting pages of the smallest size that may be asked for ({size} records per page)."
        )))
    }

    fn wait(&self, tries: u32) -> Duration {
        Duration::try_from_secs_f64(self.rule.wait * f64::from(tries)).unwrap_or_default()
    }

    /// A page came.
    pub(super) fn succeed(&mut self) {
        (self.reductions, self.at_least) = (0, 0);
        if self.rule.restores {
            self.reduced = None;
        }
    }
}

/// Python's `int(size // factor)`.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "sizes of pages are far below 2^53")]
fn divided(size: i128, factor: f64) -> i128 {
    let size = size as f64;
    let quotient = (size - size % factor) / factor;
    let floor = quotient.floor();
    if quotient - floor > 0.5 { floor as i128 + 1 } else { floor as i128 }
}
