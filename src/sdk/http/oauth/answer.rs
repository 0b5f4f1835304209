//! What a token endpoint answers (RFC 6749, sections 5.1 and 5.2).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::sdk::http::judgement::Judgement;
use crate::sdk::http::response::HttpResponse;
use crate::sdk::http::tokens::Tokens;
use crate::sdk::{ConnectorError, ErrorClass, SecretString};

/// New tokens.
pub(super) struct Granted {
    pub tokens: Tokens,
    pub lifetime: Option<Duration>,
}

impl Granted {
    /// A vendor that gives no new refresh token leaves the old one good.
    pub(super) fn or_refresh_token(mut self, last: Option<SecretString>) -> Self {
        self.tokens.refresh_token = self.tokens.refresh_token.or(last);
        self
    }
}

#[derive(Deserialize)]
struct Answer {
    access_token: SecretString,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    #[serde(default)]
    refresh_token: Option<SecretString>,
}

pub(super) fn read(response: &HttpResponse, now: DateTime<Utc>) -> Result<Granted, ConnectorError> {
    let answer: Answer = response.json()?;
    let lifetime = answer.expires_in.map(Duration::from_secs);
    let expires_at = lifetime.and_then(|lifetime| now.checked_add_signed(TimeDelta::from_std(lifetime).ok()?));
    let Answer { access_token, refresh_token, .. } = answer;
    Ok(Granted { tokens: Tokens { access_token, expires_at, refresh_token }, lifetime })
}

/// Some vendors give the number as text.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64().or_else(|| number.as_f64().map(|seconds| seconds as u64)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

/// What the error codes mean; some vendors send them with status 200.
pub(super) fn judge(response: &HttpResponse) -> Option<Judgement> {
    let json: Value = response.peek()?;
    let code = json.get("error")?.as_str()?;
    let description = json.get("error_description").and_then(Value::as_str);
    let said = description.map_or_else(|| code.to_owned(), |description| format!("{code} ({description})"));
    Some(match code {
        "invalid_grant" | "invalid_refresh_token" | "token_revoked" | "token_expired" => Judgement::failed(
            ErrorClass::Auth,
            format!("{said}: access was revoked or has run out, connect the account again"),
        ),
        "invalid_client" | "unauthorized_client" | "invalid_client_id" | "bad_client_secret" => {
            Judgement::failed(ErrorClass::Auth, format!("{said}: the client's id or secret is refused"))
        }
        "access_denied" => Judgement::failed(ErrorClass::Permission, said),
        "invalid_request" | "invalid_scope" | "unsupported_grant_type" | "invalid_target" => {
            Judgement::failed(ErrorClass::Config, said)
        }
        "temporarily_unavailable" | "server_error" => Judgement::failed(ErrorClass::Transient, said),
        "ratelimited" | "rate_limited" | "slow_down" => Judgement::failed(ErrorClass::RateLimited, said),
        _ if response.status().is_success() => Judgement::failed(ErrorClass::Auth, said),
        _ => return None,
    })
}
