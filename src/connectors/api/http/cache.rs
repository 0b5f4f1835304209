//! Answers that are kept: what several streams ask for in the same words is asked for once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::hashing;
use super::{Answer, Request};

/// How many bytes are kept together. What comes later is asked for each time.
const MOST_BYTES: usize = 64 << 20;
/// What an answer takes besides its body, about.
const HEAD_BYTES: usize = 2 << 10;

/// The answers of one source. Clones share them.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct AnswerCache(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<Vec<u8>, Answer>,
    bytes: usize,
}

impl AnswerCache {
    pub(super) fn get(&self, key: &[u8]) -> Option<Answer> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.answers.get(key).cloned()
    }

    /// Keeps an answer, where it is one that may be kept and there is room.
    pub(super) fn put(&self, key: Vec<u8>, answer: &Answer) {
        if answer.status != 200 {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = kept.bytes + answer.body.len() + HEAD_BYTES;
        if bytes <= MOST_BYTES && kept.answers.insert(key, answer.clone()).is_none() {
            kept.bytes = bytes;
        }
    }
}

/// What makes two requests the same; `None` for those that change something.
pub(super) fn key(request: &Request) -> Option<Vec<u8>> {
    if request.method != "GET" {
        return None;
    }
    let mut headers: Vec<_> = request.headers.iter().collect();
    headers.sort();
    let body = request.body.as_ref().map(|body| &body.bytes);
    hashing::digest("sha256", format!("{:?}", (&request.url, headers, body)).as_bytes())
}
