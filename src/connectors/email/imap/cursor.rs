//! Where a read of a mailbox stands.

use serde::{Deserialize, Serialize};

use super::super::config::Keeping;

/// All messages of this UIDVALIDITY up to this UID were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bookmark {
    pub(super) uid_validity: u32,
    pub(super) uid: u32,
    /// What was kept of each: what is read on must be kept the same way.
    pub(super) keeping: String,
}

impl Bookmark {
    /// Whether a read that was cut short here can go on in a mailbox that stands so.
    pub(super) fn goes_on(&self, uid_validity: u32, keeping: Keeping) -> bool {
        self.is_of(uid_validity) && self.keeping == keeping.word()
    }

    /// Whether it tells the UIDs of this UIDVALIDITY. A server that has none may number anew with every session.
    pub(super) fn is_of(&self, uid_validity: u32) -> bool {
        self.uid_validity == uid_validity && uid_validity != 0
    }
}
