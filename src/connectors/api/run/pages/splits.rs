//! Slices read in halves, since the API takes no such long window.

use super::super::super::cursor::CursorSpec;
use super::super::super::failure::{Blame, Failure};
use super::super::super::manifest::{ManifestError, Node};
use super::super::super::slice::Slice;
use super::super::super::time::Period;

/// How often a slice is halved at most.
const DEEPEST: u32 = 10;

/// What a manifest says of it.
#[derive(Clone, Debug)]
pub(in super::super) struct SplitRule {
    /// Windows of this length are not made shorter.
    least: Option<Period>,
    words: String,
}

impl SplitRule {
    pub(in super::super) fn build(node: &Node) -> Result<Self, ManifestError> {
        let least = node.get("min_split_window").filter(|least| least.is_truthy()).map(|least| {
            let period = Period::parse(&least.as_text().unwrap_or_default());
            period.map_err(|error| least.error(format!("`min_split_window`: {error}")))
        });
        Ok(Self { least: least.transpose()?, words: node.text("failure_message").unwrap_or_default() })
    }

    /// The halves of a slice that the API refused, the earlier first; it was halved so often before.
    ///
    /// # Errors
    /// Where it cannot be halved.
    pub(super) fn halves(&self, slice: &Slice, depth: u32, cursor: Option<&CursorSpec>) -> Result<[Slice; 2], Failure> {
        let windows = match cursor.filter(|_| depth < DEEPEST) {
            Some(cursor) => cursor.halves(&slice.window, self.least.as_ref())?,
            None => None,
        };
        let Some(windows) = windows else {
            let message =
                format!("The API kept rejecting even the smallest window that may be asked for. {}", self.words);
            let message = message.trim().to_owned();
            return Err(Failure::Answer { message, status: None, blame: Blame::Transient });
        };
        Ok(windows.map(|window| Slice { window, ..slice.clone() }))
    }
}
