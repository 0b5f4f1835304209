//! Rate budgets: what a vendor lets one credential do, shared by everything in the process that uses it.
//!
//! A limit is kept over a sliding window: never more than so many requests within so long, wherever the window begins.
//! Unused room may be used at once, so that few requests never wait, and a busy credential reaches the whole limit. (GCRA,
//! as in the crate `governor`, either lets a burst through on top of the rate, or spreads requests evenly from the first.)
//! The vendor counts a request some time between its sending and its answer: here it is counted from the first to the
//! window's length after the last, so that slow networks cannot push two windows together.

mod shared;
mod window;

use std::time::Duration;

pub(super) use shared::{Budgets, Holdup, SharedBudget, Slot};

/// The rate limits of one kind of requests, as the vendor names them.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    name: String,
    rates: Vec<Rate>,
    concurrency: Option<usize>,
}

/// So many requests within so long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    pub most: u32,
    pub per: Duration,
}

impl Budget {
    /// A budget without limits; the vendor may still stop it. The name tells it from others of the credential, and is
    /// shown while it is waited for.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), rates: Vec::new(), concurrency: None }
    }

    /// No more than `most` requests within any `per`. Several such limits hold together.
    #[must_use]
    pub fn at_most(mut self, most: u32, per: Duration) -> Self {
        self.rates.push(Rate { most: most.max(1), per });
        self
    }

    /// No more than so many requests open at once.
    #[must_use]
    pub fn concurrently(mut self, most: usize) -> Self {
        self.concurrency = Some(most.max(1));
        self
    }
}
