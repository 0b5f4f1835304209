//! What the objects of each service hold, and where their collections begin.

pub(super) mod channel;
pub(super) mod drive;
pub(super) mod event;
pub(super) mod list;
pub(super) mod message;
pub(super) mod user;
