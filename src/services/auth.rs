//! Who a request comes from: a bearer token, or anybody while authentication is off.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::viewer::COMMAND_LINE;
use super::{Role, ServiceError, Viewer};
use crate::entity::workspace::default_workspace_id;

/// A token that may be shown.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenSettings {
    /// Whose it is, for the log.
    pub name: String,
    /// What its holder may do: `viewer`, `editor` or `admin`.
    pub role: Role,
    /// SHA-256 of the token in hexadecimal (`printf %s TOKEN | sha256sum`): the token itself is kept nowhere.
    pub sha256: String,
}

/// Finds out who sends a request. Without any configured token, everybody is an admin.
///
/// # Errors
/// `Unauthenticated` where a token is needed and missing or unknown.
pub fn authenticate(tokens: &[TokenSettings], bearer: Option<&str>) -> Result<Viewer, ServiceError> {
    let workspace_id = default_workspace_id();
    if tokens.is_empty() {
        return Ok(Viewer { workspace_id, role: Role::Admin, name: "local".to_owned() });
    }
    let digest = hex::encode(Sha256::digest(bearer.ok_or(ServiceError::Unauthenticated)?));
    // Digests are compared: how long that takes tells nothing about the token.
    let token = tokens.iter().find(|token| token.sha256.eq_ignore_ascii_case(&digest));
    let token = token.ok_or(ServiceError::Unauthenticated)?;
    Ok(Viewer { workspace_id, role: token.role, name: token.name.clone() })
}

/// Whoever was signed in by this name, if they still may do that much; a name that authentication knows no more may nothing,
/// unless it is the command line's, which needs no token.
pub(super) fn still_signed_in(tokens: &[TokenSettings], name: &str, needed: Role) -> Option<Viewer> {
    let workspace_id = default_workspace_id();
    if tokens.is_empty() {
        return Some(Viewer { workspace_id, role: Role::Admin, name: name.to_owned() });
    }
    let mut named = tokens.iter().filter(|token| token.name == name).peekable();
    // Where a token has that name, too, its rights count.
    if name == COMMAND_LINE && named.peek().is_none() {
        return Some(Viewer::command_line());
    }
    let token = named.find(|token| token.role >= needed)?;
    Some(Viewer { workspace_id, role: token.role, name: token.name.clone() })
}
