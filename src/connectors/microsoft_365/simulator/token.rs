//! What links carry: how far a list or a round of changes was read.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::collection::Mark;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct LinkToken {
    /// Links of an earlier epoch lead nowhere.
    pub(super) epoch: u64,
    /// When it was given, in seconds of the simulator's clock.
    pub(super) at: i64,
    /// The changes of a round are those after this number
    pub(super) since: u64,
    /// and up to this one. None in a link that begins a round.
    pub(super) until: Option<u64>,
    pub(super) behind: Option<Mark>,
    /// Of a plain list: how many were given.
    pub(super) skip: usize,
    pub(super) query: BTreeMap<String, String>,
}

impl LinkToken {
    pub(super) fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}
