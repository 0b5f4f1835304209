//! OAuth 2: tokens got with a refresh token, with credentials of a client, or with an assertion.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tracing::Instrument;

use super::super::failure::{Blame, Failure};
use super::super::http::{Answer, ApiBudget, Body, Request, Transport, form_encoded};
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Interpolated, InterpolatedMap, Scope, Types};
use super::super::time::{Moment, Period, as_float, as_int, parse_iso};
use super::super::value::{Map, Value, from_python_slice, path, text};
use super::Authenticator;
use super::kept::{Kept, Locked};
use super::rejection::Rejection;

/// How deep in an answer the token may lie.
const DEEPEST: usize = 5;
/// How long to wait before tokens are saved again that could not be; in all less than they are held against others.
const SAVE_AGAIN: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Gets tokens, and keeps the one that is good.
#[derive(Debug)]
pub(in super::super) struct OAuth {
    endpoint: Option<Interpolated>,
    names: Names,
    client_id: Option<Interpolated>,
    client_secret: Option<Interpolated>,
    refresh_token: Option<Interpolated>,
    grant_type: Interpolated,
    scopes: Vec<String>,
    body: InterpolatedMap,
    headers: InterpolatedMap,
    as_parameters: bool,
    expiry_is_a_date: bool,
    assertion: Option<Authenticator>,
    updater: Option<Updater>,
    /// Where tokens are kept that were got with a refresh token that may be used once.
    kept: Option<Kept>,
    rejection: Rejection,
    held: Mutex<Held>,
}

/// What the endpoint calls things.
#[derive(Debug)]
struct Names {
    client_id: Interpolated,
    client_secret: Interpolated,
    refresh_token: Interpolated,
    grant_type: Interpolated,
    access_token: Interpolated,
    expires_in: Interpolated,
}

/// Where the configuration keeps what a single-use refresh token is replaced by.
#[derive(Debug)]
struct Updater {
    token_name: String,
    refresh_token: Vec<String>,
    access_token: Vec<String>,
    expiry: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) access_token: Option<String>,
    /// Of a refresh token that may be used once, the newest.
    pub(super) refresh_token: Option<String>,
    pub(super) expires: Option<Moment>,
    /// Whether it was looked for those that are kept.
    pub(super) is_loaded: bool,
    /// Whether it could not be kept: that is made up for before the endpoint is asked again.
    pub(super) is_unsaved: bool,
}

/// When a new token is got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// Where the old one is not good any more.
    Due,
    /// Whatever the old one is.
    Now,
}

impl OAuth {
    pub(super) fn build(node: &Node, transport: &Transport, scope: &Scope) -> Result<Self, ManifestError> {
        let named = |key: &str, usual: &str| -> Result<Interpolated, ManifestError> {
            let source = node.text(key).filter(|name| !name.is_empty()).unwrap_or_else(|| usual.to_owned());
            node.compiled(Interpolated::new(&source, &node.parameters()))
        };
        let config = scope.config();
        let uses_assertion = node.condition("use_profile_assertion")?;
        let uses_assertion =
            uses_assertion.map(|condition| node.compiled(condition.holds(scope))).transpose()?.unwrap_or(false);
        let assertion = match node.get("profile_assertion") {
            Some(assertion) if uses_assertion => {
                Some(Authenticator::build(Some(assertion), transport, &ApiBudget::default(), scope)?)
            }
            None if uses_assertion => {
                return Err(node.error("OAuthAuthenticator with use_profile_assertion needs a profile_assertion"));
            }
            _ => None,
        };
        let grant_type = if uses_assertion {
            node.compiled(Interpolated::new("urn:ietf:params:oauth:grant-type:jwt-bearer", &Value::empty_map()))?
        } else {
            named("grant_type", "refresh_token")?
        };
        let updater = node.get("refresh_token_updater").map(Updater::build);
        let (client_id, client_secret) = (node.template("client_id")?, node.template("client_secret")?);
        if !uses_assertion && updater.is_none() && (client_id.is_none() || client_secret.is_none()) {
            return Err(node.error("OAuthAuthenticator needs `client_id` and `client_secret`"));
        }
        let refresh_token = node.template("refresh_token")?;
        let wants_refresh_token = node.compiled(grant_type.text(scope))? == "refresh_token";
        if wants_refresh_token && updater.is_none() && refresh_token.is_none() {
            return Err(node.error("OAuthAuthenticator needs a `refresh_token` where `grant_type` is refresh_token"));
        }
        let access_token = node.template("access_token_value")?;
        let access_token =
            access_token.map(|token| node.compiled(token.text(scope))).transpose()?.filter(|token| !token.is_empty());
        let expires = match node.template("token_expiry_date")? {
            Some(date) => expiry_of(&node.compiled(date.eval(scope))?),
            None => None,
        };
        let mut held = Held { access_token, expires, ..Held::default() };
        let mut kept = None;
        if let Some(updater) = &updater {
            let configured = |place: &[String]| path::get(&config, place).filter(|value| value.is_truthy()).map(text);
            held.access_token = configured(&updater.access_token);
            held.refresh_token = configured(&updater.refresh_token);
            held.expires = configured(&updater.expiry).and_then(|date| expiry_of(&Value::from(date)));
            let written = refresh_token.as_ref().and_then(|token| token.text(scope).ok());
            let first = held.refresh_token.as_deref().or(written.as_deref());
            let (endpoint, client) = (node.text("token_refresh_endpoint"), node.text("client_id"));
            kept = Some(Kept::of(&[endpoint.as_deref(), client.as_deref(), first], transport));
        }
        Ok(Self {
            endpoint: node.template("token_refresh_endpoint")?,
            names: Names {
                client_id: named("client_id_name", "client_id")?,
                client_secret: named("client_secret_name", "client_secret")?,
                refresh_token: named("refresh_token_name", "refresh_token")?,
                grant_type: named("grant_type_name", "grant_type")?,
                access_token: named("access_token_name", "access_token")?,
                expires_in: named("expires_in_name", "expires_in")?,
            },
            client_id,
            client_secret,
            refresh_token,
            grant_type,
            scopes: node.list("scopes").iter().filter_map(Node::as_text).collect(),
            body: node.template_map("refresh_request_body")?,
            headers: node.template_map("refresh_request_headers")?,
            as_parameters: node.flag("send_refresh_request_as_query_params").unwrap_or(false),
            expiry_is_a_date: node.text("token_expiry_date_format").is_some_and(|format| !format.is_empty()),
            assertion,
            rejection: Rejection::build(node),
            updater,
            kept,
            held: Mutex::new(held),
        })
    }

    /// Whether each refresh token may be used once, and comes with the next one.
    pub(super) fn uses_up_tokens(&self) -> bool {
        self.updater.is_some()
    }

    /// A token that is good now.
    pub(super) async fn token(self: &Arc<Self>, scope: &Scope, transport: &Transport) -> Result<String, Failure> {
        {
            let mut held = self.held.lock().await;
            if let (Some(kept), false) = (&self.kept, held.is_loaded) {
                if let Some(stored) = kept.load().await? {
                    *held = stored;
                    // Whoever got them may have told nobody.
                    if let Some(updater) = &self.updater {
                        transport.tell_configuration(|| updater.written_into(scope.config(), &held));
                    }
                }
                held.is_loaded = true;
            }
            if let Some(token) = self.good(&held) {
                return Ok(token);
            }
        }
        self.refreshed(When::Due, scope, transport).await?;
        let token = self.held.lock().await.access_token.clone();
        token.ok_or_else(|| Failure::Config("there is no access token".to_owned()))
    }

    /// Gets a new token whatever the old one is.
    pub(super) async fn renew(self: &Arc<Self>, scope: &Scope, transport: &Transport) -> Result<(), Failure> {
        self.refreshed(When::Now, scope, transport).await
    }

    /// The token that is held, where it need not be replaced.
    fn good(&self, held: &Held) -> Option<String> {
        let is_current = self.endpoint.is_none() || held.expires.is_some_and(|expires| Moment::now() <= expires);
        held.access_token.clone().filter(|_| is_current && !held.is_unsaved)
    }

    /// Once a refresh token is used that may be used once, it is not left before its successor is kept: that goes on though
    /// nobody waits for it any more.
    async fn refreshed(self: &Arc<Self>, when: When, scope: &Scope, transport: &Transport) -> Result<(), Failure> {
        if self.kept.is_none() {
            return self.refresh(when, scope, transport).await;
        }
        let (oauth, scope, transport) = (Arc::clone(self), scope.clone(), transport.beyond_reads());
        let refreshing = async move { oauth.refresh(when, &scope, &transport).await };
        let refreshed = tokio::spawn(refreshing.in_current_span()).await;
        refreshed.unwrap_or_else(|_| Err(Failure::Data("getting an access token broke off".to_owned())))
    }

    async fn refresh(&self, when: When, scope: &Scope, transport: &Transport) -> Result<(), Failure> {
        let mut held = self.held.lock().await;
        if when == When::Due && self.good(&held).is_some() {
            return Ok(());
        }
        let Some(kept) = &self.kept else { return self.replace(&mut held, scope, transport).await };
        let mut locked = kept.lock().await?;
        if !held.is_unsaved {
            if let Some(stored) = locked.load().await? {
                // Somebody else may have replaced them meanwhile.
                let is_new = stored.access_token != held.access_token;
                *held = stored;
                if is_new && self.good(&held).is_some() {
                    return Ok(());
                }
            }
            self.replace(&mut held, scope, transport).await?;
        }
        held.is_unsaved = true;
        saved(&mut locked, &held).await?;
        held.is_unsaved = false;
        if let Some(updater) = &self.updater {
            transport.tell_configuration(|| updater.written_into(scope.config(), &held));
        }
        Ok(())
    }

    /// Asks the endpoint.
    async fn replace(&self, held: &mut Held, scope: &Scope, transport: &Transport) -> Result<(), Failure> {
        let endpoint =
            self.endpoint.as_ref().map(|endpoint| endpoint.text(scope)).transpose()?.filter(|url| !url.is_empty());
        let endpoint = endpoint.ok_or_else(|| {
            Failure::Data("OAuthAuthenticator was unable to evaluate token_refresh_endpoint parameter".to_owned())
        })?;
        let headers = self.headers.eval(scope, Types::Str, Types::Any)?;
        let fields = self.fields(held, &headers, scope, transport)?;
        let (url, body) = if self.as_parameters {
            let mark = if endpoint.contains('?') { '&' } else { '?' };
            (format!("{endpoint}{mark}{}", form_encoded(&fields)), None)
        } else {
            let content_type = Some("application/x-www-form-urlencoded");
            (endpoint, Some(Body { bytes: form_encoded(&fields).into(), content_type }))
        };
        let headers = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let request = Request { method: "POST".to_owned(), url, headers, body };
        held.refresh_token.iter().for_each(|token| transport.hide(token));
        let answer = self.ask(&request, transport).await?;
        self.take(held, &answer, scope)?;
        held.access_token.iter().chain(&held.refresh_token).for_each(|token| transport.hide(token));
        Ok(())
    }

    fn fields(&self, held: &Held, headers: &Map, scope: &Scope, transport: &Transport) -> Result<Map, Failure> {
        let mut fields = Map::default();
        fields.insert(self.names.grant_type.text(scope)?, self.grant_type.eval(scope)?);
        if let Some(assertion) = &self.assertion {
            fields.insert("assertion", Value::from(assertion.assertion(scope, transport)?));
            return Ok(fields);
        }
        if !headers.contains("Authorization") {
            let client_id = self.client_id.as_ref().map(|id| id.eval(scope)).transpose()?.filter(Value::is_truthy);
            let client_id = client_id.ok_or_else(|| {
                Failure::Data("OAuthAuthenticator was unable to evaluate client_id parameter".to_owned())
            })?;
            fields.insert(self.names.client_id.text(scope)?, client_id);
            let secret = self.client_secret.as_ref().map(|secret| secret.eval(scope)).transpose()?;
            fields.insert(self.names.client_secret.text(scope)?, secret.unwrap_or_default());
        }
        let refresh_token = match &held.refresh_token {
            Some(token) => Value::str(token),
            None => match &self.refresh_token {
                Some(token) => Value::from(token.text(scope)?),
                None => Value::Null,
            },
        };
        fields.insert(self.names.refresh_token.text(scope)?, refresh_token);
        if !self.scopes.is_empty() {
            fields.insert("scopes", Value::list(self.scopes.iter().map(Value::str).collect()));
        }
        for (key, value) in self.body.eval(scope, Types::Str, Types::Any)?.into_members() {
            if !fields.contains(&key) {
                fields.insert(key, value);
            }
        }
        Ok(fields)
    }

    /// Asks the endpoint, again where it is only busy.
    async fn ask(&self, request: &Request, transport: &Transport) -> Result<Answer, Failure> {
        let mut attempt = 0_u32;
        loop {
            attempt += 1;
            let outcome = transport.send(request).await;
            let is_transient = outcome.as_ref().map_or(true, |answer| answer.status == 429 || answer.status >= 500);
            match outcome {
                Ok(answer) if answer.is_ok() => return Ok(answer),
                Ok(answer) if !is_transient => return Err(self.rejection.failure(&answer)),
                Err(error) if error.is_cancelled() => return Err(Failure::Cancelled),
                Err(error) if error.is_final() => return Err(Failure::Config(error.to_string())),
                _ if attempt >= 6 => {
                    return Err(Failure::Exhausted {
                        message: "OAuth access token refresh request failed due to a network error.".to_owned(),
                        status: None,
                        blame: Blame::Transient,
                        stream: None,
                    });
                }
                _ => tokio::time::sleep(std::time::Duration::from_secs(1 << (attempt - 1))).await,
            }
        }
    }

    fn take(&self, held: &mut Held, answer: &Answer, scope: &Scope) -> Result<(), Failure> {
        let body = from_python_slice(&answer.body)
            .ok_or_else(|| Failure::Data("the answer of the token endpoint is no JSON".to_owned()))?;
        let name = self.names.access_token.text(scope)?;
        let token = find(&body, &name, 0).filter(|token| token.is_truthy()).map(text);
        let token = token
            .ok_or_else(|| Failure::Data(format!("Token refresh API response was missing access token {name}")))?;
        let expires = find(&body, &self.names.expires_in.text(scope)?, 0).filter(|value| !value.is_null()).cloned();
        held.access_token = Some(token);
        held.expires = match expires {
            Some(date) if self.expiry_is_a_date => expiry_of(&date),
            Some(seconds) => as_float(&seconds).or_else(|| as_float(&Value::from(text(&seconds)))).and_then(in_seconds),
            // Tokens whose end is not told are taken to be good for an hour.
            None => in_seconds(3600.0),
        };
        if let Some(updater) = &self.updater
            && let Some(token) = find(&body, &updater.token_name, 0).filter(|token| token.is_truthy())
        {
            held.refresh_token = Some(text(token));
        }
        Ok(())
    }
}

/// Keeps tokens, again where that fails: what they were got with is used up.
async fn saved(locked: &mut Locked<'_>, held: &Held) -> Result<(), Failure> {
    for pause in SAVE_AGAIN {
        match locked.save(held).await {
            Err(Failure::Exhausted { .. }) => tokio::time::sleep(pause).await,
            done => return done,
        }
    }
    locked.save(held).await
}

fn in_seconds(seconds: f64) -> Option<Moment> {
    #[expect(clippy::cast_possible_truncation, reason = "seconds until a token ends")]
    Moment::now().shifted(&Period::seconds(seconds as i64), 1).ok()
}

/// When a token ends, as a date or in seconds since 1970.
fn expiry_of(date: &Value) -> Option<Moment> {
    if let Some(seconds) = as_int(date) {
        return Moment::from_micros(seconds.checked_mul(1_000_000)?).ok();
    }
    parse_iso(&text(date).replacen(' ', "T", 1)).ok().map(Moment::or_utc)
}

/// A key's value, wherever it lies in an answer.
fn find<'a>(value: &'a Value, name: &str, depth: usize) -> Option<&'a Value> {
    if depth > DEEPEST {
        return None;
    }
    match value {
        Value::Map(map) => map.get(name).or_else(|| map.iter().find_map(|(_, inner)| find(inner, name, depth + 1))),
        Value::List(items) => items.iter().find_map(|inner| find(inner, name, depth + 1)),
        _ => None,
    }
}

impl Updater {
    /// A configuration with the tokens in their places.
    fn written_into(&self, mut config: Value, held: &Held) -> Value {
        let expires = held.expires.map(|expires| expires.in_utc().isoformat('T'));
        let tokens = [
            (&self.access_token, &held.access_token),
            (&self.refresh_token, &held.refresh_token),
            (&self.expiry, &expires),
        ];
        for (place, token) in tokens {
            if let Some(token) = token {
                // Where something without members is in the way, there is no such place.
                path::set(&mut config, place, Value::str(token)).ok();
            }
        }
        config
    }

    fn build(node: &Node) -> Self {
        let place = |key: &str, usual: &str| {
            let given: Vec<String> = node.list(key).iter().filter_map(Node::as_text).collect();
            if given.is_empty() { vec!["credentials".to_owned(), usual.to_owned()] } else { given }
        };
        Self {
            token_name: node.text("refresh_token_name").unwrap_or_else(|| "refresh_token".to_owned()),
            refresh_token: place("refresh_token_config_path", "refresh_token"),
            access_token: place("access_token_config_path", "access_token"),
            expiry: place("token_expiry_date_config_path", "token_expiry_date"),
        }
    }
}
