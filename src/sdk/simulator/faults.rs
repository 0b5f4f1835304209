//! Failures on demand: each kind hits every so many requests.

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures::stream;

/// The ways in which a simulator is to fail, and how often.
pub struct Faults<F> {
    rules: Vec<Rule<F>>,
    count: usize,
}

struct Rule<F> {
    fault: F,
    /// With how many requests it comes round.
    every: usize,
    /// How many there were since it last did.
    requests: usize,
}

impl<F> Default for Faults<F> {
    fn default() -> Self {
        Self { rules: Vec::new(), count: 0 }
    }
}

impl<F: Copy> Faults<F> {
    /// From now on every `every`-th request fails in this way.
    pub fn add(&mut self, fault: F, every: usize) {
        self.rules.push(Rule { fault, every: every.max(1), requests: 0 });
    }

    /// How many requests were made to fail.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether this request fails, and how.
    pub fn due(&mut self) -> Option<F> {
        self.due_of(|_| true)
    }

    /// The same of a request that only some of the faults mean.
    pub fn due_of(&mut self, is_meant: impl Fn(&F) -> bool) -> Option<F> {
        let mut hit = None;
        for rule in self.rules.iter_mut().filter(|rule| is_meant(&rule.fault)) {
            rule.requests += 1;
            if hit.is_none() && rule.requests >= rule.every {
                rule.requests = 0;
                hit = Some(rule.fault);
            }
        }
        self.count += usize::from(hit.is_some());
        hit
    }
}

/// An answer of JSON whose connection breaks behind its beginning.
pub fn cut_off(beginning: &'static str) -> Response {
    let broken = Err(std::io::Error::other("the connection is cut"));
    let body = Body::from_stream(stream::iter([Ok(Bytes::from_static(beginning.as_bytes())), broken]));
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
