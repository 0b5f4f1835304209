//! Which drives are read: the account's own, and those that are shared with it.

use super::super::api::Api;
use super::super::config::GoogleConfig;
use super::list;
use crate::sdk::ConnectorError;

/// The drives that the settings mean, as far as the credential is told of them.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Drives {
    /// One shared drive, by id.
    One(String),
    /// The account's own, and these shared ones.
    All(Vec<String>),
    /// The account's own, and shared ones that the credential may read and not list.
    Untold,
}

impl Drives {
    /// # Errors
    /// Where Drive cannot be asked.
    pub(in super::super) async fn of(api: &Api, config: &GoogleConfig) -> Result<Self, ConnectorError> {
        if let Some(id) = &config.shared_drive_id {
            return Ok(Self::One(id.clone()));
        }
        Ok(list::shared_drives(api).await?.map_or(Self::Untold, Self::All))
    }

    /// What people should know of it.
    pub(in super::super) fn warning(&self) -> Option<&'static str> {
        matches!(self, Self::Untold).then_some(
            "the credential may not list its shared drives: their files are looked for all together, some of them may be \
             missing, and what changes within them is found by reading everything; add the scope drive.readonly and authorise \
             the account again, or name one by shared_drive_id",
        )
    }
}
