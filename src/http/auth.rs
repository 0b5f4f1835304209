//! Who sends a request, by its bearer token.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::Server;
use super::refusal::Refusal;
use crate::services::{ServiceError, Viewer, auth};

/// The viewer of a request; one without a valid token, where tokens are configured, is refused with 401.
pub(super) struct SignedIn(pub(super) Viewer);

impl FromRequestParts<Server> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Refusal> {
        Ok(Self(server.viewer(server.header_token(&parts.headers)?)?))
    }
}

impl Server {
    /// Finds out who holds a token.
    ///
    /// # Errors
    /// `Unauthenticated`.
    pub(super) fn viewer(&self, token: Option<&str>) -> Result<Viewer, ServiceError> {
        auth::authenticate(&self.config.auth.tokens, token)
    }

    /// The token of a request's `Authorization` header, if it has one. While authentication is off the header means
    /// nothing to us: it may be there for a proxy.
    ///
    /// # Errors
    /// `Unauthenticated` where the header is no bearer token.
    pub(super) fn header_token<'h>(&self, headers: &'h HeaderMap) -> Result<Option<&'h str>, ServiceError> {
        if self.config.auth.tokens.is_empty() {
            return Ok(None);
        }
        headers.get(AUTHORIZATION).map(|value| bearer(value.to_str().unwrap_or(""))).transpose()
    }
}

/// The token in `Bearer <token>`; the scheme is read in any case (RFC 7235).
///
/// # Errors
/// `Unauthenticated` where it is something else.
pub(super) fn bearer(authorization: &str) -> Result<&str, ServiceError> {
    match authorization.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => Ok(token.trim()),
        _ => Err(ServiceError::Unauthenticated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_read_whatever_the_case_of_its_scheme() {
        assert_eq!(bearer("Bearer abc").unwrap(), "abc");
        assert_eq!(bearer("bearer  abc ").unwrap(), "abc");
        for other in ["", "abc", "Basic abc", "Bearer", "Bearer "] {
            assert!(bearer(other).is_err(), "{other:?}");
        }
    }
}
