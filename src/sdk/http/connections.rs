//! How many requests may be open at once, and with which others they are counted.

use std::sync::Arc;

use url::Url;

use super::authorisation::Authorisation;
use super::budget::{Budget, SharedBudget};
use super::shared::SharedHttp;
use crate::sdk::ConnectorType;

/// The name of the budgets that count connections.
const CONNECTIONS: &str = "(connections)";

/// With what the open requests of a client are counted.
pub(super) enum Connections {
    /// With all those of the credential.
    OfCredential(Arc<SharedBudget>),
    /// With those to the same origin by the same credential, of connectors of this type.
    OfOrigin(ConnectorType),
}

impl Connections {
    /// What a request is counted with that goes there.
    pub(super) fn to(
        &self,
        url: &Url,
        authorisation: &Authorisation,
        shared: &SharedHttp,
        most: usize,
    ) -> Arc<SharedBudget> {
        match self {
            Self::OfCredential(budget) => Arc::clone(budget),
            Self::OfOrigin(connector_type) => {
                budget(shared, fingerprint(shared, *connector_type, url, authorisation), most)
            }
        }
    }
}

/// What stands for the credential at an origin.
pub(super) fn fingerprint(
    shared: &SharedHttp,
    connector_type: ConnectorType,
    url: &Url,
    authorisation: &Authorisation,
) -> u64 {
    let (origin, identity) = (url.origin().ascii_serialization(), authorisation.identity());
    shared.budgets().fingerprint(&[connector_type.as_str(), &origin, &identity])
}

/// The budget of `most` connections at once.
pub(super) fn budget(shared: &SharedHttp, fingerprint: u64, most: usize) -> Arc<SharedBudget> {
    shared.budgets().of(fingerprint, &Budget::new(CONNECTIONS).concurrently(most))
}
