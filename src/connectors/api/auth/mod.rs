//! How requests prove who sends them.

mod jwt;
mod kept;
mod legacy;
mod oauth;
mod pool;
mod quotas;
mod rejection;
mod rotating;
mod session;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::failure::Failure;
use super::http::{Answer, ApiBudget, Parts, Request, RequestOption, Transport};
use super::manifest::{ManifestError, Node};
use super::template::{Interpolated, Scope};
use super::value::{Value, path, text};

pub(super) use legacy::API_URL;
pub(super) use rotating::SharedTokens;

/// An authenticator; clones share their tokens.
#[derive(Clone, Debug)]
pub(super) enum Authenticator {
    None,
    ApiKey { option: RequestOption, token: Interpolated },
    Bearer(Interpolated),
    Basic { username: Interpolated, password: Option<Interpolated> },
    OAuth(Arc<oauth::OAuth>),
    Jwt(Arc<jwt::Jwt>),
    Session(Arc<session::Session>),
    Legacy(Arc<legacy::Legacy>),
    Rotating(Arc<rotating::Rotating>),
}

impl Authenticator {
    pub(super) fn build(
        node: Option<&Node>,
        transport: &Transport,
        budget: &ApiBudget,
        scope: &Scope,
    ) -> Result<Self, ManifestError> {
        let Some(node) = node else { return Ok(Self::None) };
        Ok(match node.component() {
            "NoAuth" => Self::None,
            "ApiKeyAuthenticator" => {
                let option = match (node.get("inject_into"), node.template("header")?) {
                    (Some(option), None) => RequestOption::build(option)?,
                    (None, Some(header)) => RequestOption::header(header),
                    _ => return Err(node.error("ApiKeyAuthenticator takes either inject_into or header")),
                };
                Self::ApiKey { option, token: template_or_empty(node, "api_token")? }
            }
            "BearerAuthenticator" => Self::Bearer(template_or_empty(node, "api_token")?),
            "BasicHttpAuthenticator" => {
                Self::Basic { username: node.required_template("username")?, password: node.template("password")? }
            }
            "OAuthAuthenticator" => Self::OAuth(Arc::new(oauth::OAuth::build(node, transport, scope)?)),
            "JwtAuthenticator" => Self::Jwt(Arc::new(jwt::Jwt::build(node)?)),
            "SessionTokenAuthenticator" => Self::Session(Arc::new(session::Session::build(node, transport, scope)?)),
            "LegacySessionTokenAuthenticator" => Self::Legacy(Arc::new(legacy::Legacy::build(node)?)),
            "RateLimitedMultipleTokenAuthenticator" => Self::Rotating(budget.tokens().of(node, scope, transport)?),
            "SelectiveAuthenticator" => return Self::selected(node, transport, budget, scope),
            other => return Err(node.error(format!("{other} is no authenticator that is run here"))),
        })
    }

    /// The one that the configuration chooses.
    fn selected(node: &Node, transport: &Transport, budget: &ApiBudget, scope: &Scope) -> Result<Self, ManifestError> {
        let place: Vec<String> = node.list("authenticator_selection_path").iter().filter_map(Node::as_text).collect();
        let config = scope.config();
        let chosen = path::get(&config, &place)
            .ok_or_else(|| node.error("The path from `authenticator_selection_path` is not found in the config."))?;
        let name = text(chosen);
        let authenticators = node.required("authenticators")?;
        let chosen =
            authenticators.get(&name).ok_or_else(|| node.error(format!("The authenticator `{name}` is not found.")))?;
        Self::build(Some(chosen), transport, budget, scope)
    }

    /// What it adds to a request.
    pub(super) async fn parts(&self, scope: &Scope, transport: &Transport) -> Result<Parts, Failure> {
        let mut parts = Parts::default();
        match self {
            // What rotates signs each attempt for itself.
            Self::None | Self::Rotating(_) => {}
            Self::ApiKey { option, token } => option.inject(&mut parts, Value::from(token.text(scope)?), scope)?,
            Self::Bearer(token) => {
                parts.headers.insert("Authorization", Value::from(format!("Bearer {}", token.text(scope)?)));
            }
            Self::Basic { username, password } => {
                let password = password.as_ref().map_or(Ok(String::new()), |password| password.text(scope))?;
                let pair = format!("{}:{password}", username.text(scope)?);
                parts.headers.insert("Authorization", Value::from(format!("Basic {}", BASE64.encode(pair))));
            }
            Self::OAuth(oauth) => {
                let token = oauth.token(scope, transport).await?;
                parts.headers.insert("Authorization", Value::from(format!("Bearer {token}")));
            }
            Self::Jwt(jwt) => jwt.sign_into(&mut parts, scope, transport)?,
            Self::Session(session) => Box::pin(session.sign_into(&mut parts, scope, transport)).await?,
            Self::Legacy(legacy) => legacy.sign_into(&mut parts, scope, transport).await?,
        }
        Ok(parts)
    }

    /// Gets a new token, where there is such a thing.
    pub(super) async fn renew(&self, scope: &Scope, transport: &Transport) -> Result<(), Failure> {
        match self {
            Self::OAuth(oauth) => oauth.renew(scope, transport).await,
            _ => Ok(()),
        }
    }

    /// Signs a request anew before it is sent again: a token may have changed meanwhile.
    pub(super) async fn resign(
        &self,
        request: &mut Request,
        scope: &Scope,
        transport: &Transport,
    ) -> Result<(), Failure> {
        if !matches!(self, Self::OAuth(_) | Self::Session(_) | Self::Jwt(_)) {
            return Ok(());
        }
        for (name, value) in Box::pin(self.parts(scope, transport)).await?.headers.iter() {
            request.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            request.headers.push((name.to_string(), text(value)));
        }
        Ok(())
    }

    /// Signs a request right before an attempt, where that spends something of the credential.
    pub(super) async fn spend(
        &self,
        request: &mut Request,
        scope: &Scope,
        transport: &Transport,
    ) -> Result<(), Failure> {
        match self {
            Self::Rotating(tokens) => tokens.sign(request, scope, transport).await,
            _ => Ok(()),
        }
    }

    /// Learns from an answer what is left of the credential that its request was signed with.
    pub(super) fn learn(&self, request: &Request, answer: &Answer) {
        if let Self::Rotating(tokens) = self {
            tokens.learn(request, answer);
        }
    }

    /// Whether a token that may be used once is given for each new one.
    pub(super) fn uses_up_tokens(&self) -> bool {
        matches!(self, Self::OAuth(oauth) if oauth.uses_up_tokens())
    }

    /// Whether a request that was sent too early would be signed with a better credential now.
    pub(super) fn has_better(&self, request: &Request) -> bool {
        matches!(self, Self::Rotating(tokens) if tokens.has_better(request))
    }

    /// The token alone, for an assertion.
    pub(super) fn assertion(&self, scope: &Scope, transport: &Transport) -> Result<String, Failure> {
        match self {
            Self::Jwt(jwt) => jwt.token(scope, transport),
            Self::Bearer(token) => Ok(format!("Bearer {}", token.text(scope)?)),
            Self::ApiKey { token, .. } => Ok(token.text(scope)?),
            _ => Err(Failure::Config("profile_assertion must be a JwtAuthenticator".to_owned())),
        }
    }
}

fn template_or_empty(node: &Node, key: &str) -> Result<Interpolated, ManifestError> {
    match node.template(key)? {
        Some(template) => Ok(template),
        None => node.compiled(Interpolated::new("", &Value::empty_map())),
    }
}
