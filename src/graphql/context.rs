//! What a resolver finds in its context: the services, the viewer and the loaders.

use std::sync::Arc;

use async_graphql::Context;

use super::loaders::Loaders;
use super::mark::{Beginning, Marker};
use crate::services::{ServiceError, Services, Viewer};

/// Names one HTTP request in its response and in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

/// Typed access to what [`Api`](super::Api) puts into the context.
pub(super) trait ContextExt {
    /// The verbs of the product.
    fn services(&self) -> &Services;

    /// Who asks.
    ///
    /// # Errors
    /// `Unauthenticated` where nobody signed in.
    fn viewer(&self) -> Result<&Viewer, ServiceError>;

    /// What gathers the rows of an edge into one statement.
    ///
    /// # Errors
    /// `Unauthenticated` where nobody signed in: loaders read one workspace.
    fn loaders(&self) -> Result<&Loaders, ServiceError>;

    /// Where a subscription marks its messages for the transport.
    fn marker(&self) -> Marker;

    /// How a subscription begins, where it is not executed for a client who has just come.
    fn beginning(&self) -> Option<Beginning>;
}

impl ContextExt for Context<'_> {
    fn services(&self) -> &Services {
        self.data_unchecked::<Services>()
    }

    fn viewer(&self) -> Result<&Viewer, ServiceError> {
        self.data_opt::<Viewer>().ok_or(ServiceError::Unauthenticated)
    }

    fn loaders(&self) -> Result<&Loaders, ServiceError> {
        self.data_opt::<Loaders>().ok_or(ServiceError::Unauthenticated)
    }

    fn marker(&self) -> Marker {
        self.data_opt::<Marker>().cloned().unwrap_or_default()
    }

    fn beginning(&self) -> Option<Beginning> {
        self.data_opt::<Beginning>().copied()
    }
}
