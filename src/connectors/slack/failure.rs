//! What Slack's error words mean, and what to do about them. Slack answers most failures with status 200 and `ok: false`.

use serde::Deserialize;

use crate::sdk::ErrorClass;
use crate::sdk::http::{HttpResponse, Judgement};

#[derive(Deserialize)]
struct Failure {
    ok: bool,
    #[serde(default)]
    error: String,
    needed: Option<String>,
}

/// Judges an answer of the Web API; `None` leaves it to its status.
pub(super) fn judge(response: &HttpResponse) -> Option<Judgement> {
    let failure: Failure = response.peek()?;
    if failure.ok || response.status().as_u16() == 429 {
        return None;
    }
    let error = failure.error.as_str();
    let (class, advice) = meaning(error, failure.needed.as_deref());
    Some(Judgement::failed(class, if advice.is_empty() { error.to_owned() } else { format!("{error}: {advice}") }))
}

fn meaning(error: &str, needed: Option<&str>) -> (ErrorClass, String) {
    let (class, advice) = match error {
        "missing_scope" => {
            let scope = needed.unwrap_or("it asks for");
            let advice = format!("add the scope {scope} to the app (OAuth & Permissions) and install it again");
            return (ErrorClass::Permission, advice);
        }
        "invalid_auth" | "not_authed" => (ErrorClass::Auth, "Slack does not know the token; copy it again"),
        "token_revoked" | "account_inactive" => (
            ErrorClass::Auth,
            "the token was revoked or its user removed; install the app again and give the new token",
        ),
        "token_expired" => (ErrorClass::Auth, "tokens of this app rotate; use OAUTH2 with its refresh_token"),
        "two_factor_setup_required" | "org_login_required" | "user_removed_from_team" => (ErrorClass::Auth, ""),
        "not_in_channel" => (
            ErrorClass::Permission,
            "the app is not in the channel; invite it there with /invite @app, or use a user token",
        ),
        "not_allowed_token_type" => (ErrorClass::Permission, "this kind of token may not; give a bot or user token"),
        "no_permission"
        | "access_denied"
        | "ekm_access_denied"
        | "enterprise_is_restricted"
        | "restricted_action"
        | "team_access_not_granted"
        | "method_not_supported_for_channel_type"
        | "is_inactive" => (ErrorClass::Permission, ""),
        "channel_not_found" => {
            (ErrorClass::NotFound, "there is no such channel, or it is private and the app is not in it")
        }
        "thread_not_found" | "message_not_found" | "user_not_found" | "file_not_found" => (ErrorClass::NotFound, ""),
        "ratelimited" | "rate_limited" => (ErrorClass::RateLimited, ""),
        "internal_error"
        | "fatal_error"
        | "service_unavailable"
        | "request_timeout"
        | "team_added_to_org"
        | "accesslimited" => (ErrorClass::Transient, ""),
        // The reader of a list knows how to go on.
        "invalid_cursor" => (ErrorClass::Data, "the place in the list is no longer known; sync again"),
        "unknown_method" | "deprecated_endpoint" | "method_deprecated" => {
            (ErrorClass::Protocol, "look whether base_url leads to Slack's API")
        }
        _ => (ErrorClass::Protocol, ""),
    };
    (class, advice.to_owned())
}
