//! What a token endpoint answers (RFC 6749, sections 5.1 and 5.2).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::sdk::http::judgement::Judgement;
use crate::sdk::http::response::HttpResponse;
use crate::sdk::http::tokens::Tokens;
use crate::sdk::{ConnectorError, ErrorClass, SecretString, Settings};

/// A token that expires sooner is replaced; one that lives shortly, in the last quarter of its life.
const AHEAD: Duration = Duration::from_secs(60);

/// A vendor that does not say so in seconds does not mean centuries.
const LONGEST_LIFE: Duration = Duration::from_hours(24 * 365 * 10);

#[derive(Deserialize)]
struct Answer {
    access_token: SecretString,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    #[serde(default)]
    refresh_token: Option<SecretString>,
}

/// New tokens. They lie at the JSON pointer `place` where there is something, and at the top of the answer otherwise.
pub(super) fn read(response: &HttpResponse, place: Option<&str>, now: DateTime<Utc>) -> Result<Tokens, ConnectorError> {
    let whole: Value = response.json()?;
    let nested = place.and_then(|place| whole.pointer(place)).filter(|nested| nested["access_token"].is_string());
    let answer = Settings::parse::<Answer>("answer", nested.unwrap_or(&whole).clone());
    let answer = answer.map_err(|error| {
        response.error(ErrorClass::Protocol, &format!("these are no tokens, as OAuth 2 has them ({error})"))
    })?;
    let lifetime = answer.expires_in.map(|seconds| Duration::from_secs(seconds).min(LONGEST_LIFE));
    let after = |long: Duration| now + TimeDelta::from_std(long).unwrap_or_default();
    Ok(Tokens {
        access_token: answer.access_token,
        expires_at: lifetime.map(after),
        renew_at: lifetime.map(|long| after(long - AHEAD.min(long / 4))),
        refresh_token: answer.refresh_token.filter(|token| !token.expose().is_empty()),
        got_with: String::new(),
    })
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
        "invalid_grant" | "invalid_refresh_token" | "token_revoked" | "token_expired" | "invalid_code" => {
            Judgement::failed(
                ErrorClass::Auth,
                format!("access was revoked or has run out, authorise the account again: {said}"),
            )
        }
        "invalid_client" | "unauthorized_client" | "invalid_client_id" | "bad_client_secret" => {
            Judgement::failed(ErrorClass::Auth, format!("the client's id or secret is refused: {said}"))
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
