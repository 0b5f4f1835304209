//! What OAuth 2 tokens are asked for with.

use std::sync::Arc;

use tokio::sync::Mutex;
use url::Url;

use super::{Grant, OAuth2, Parts, answer};
use crate::sdk::http::authorisation::Authorisation;
use crate::sdk::http::client::HttpClient;
use crate::sdk::http::settings::HttpOptions;
use crate::sdk::{ConnectorError, ConnectorType, OpenContext, SecretString};

/// How a client proves itself at the token endpoint (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientAuth {
    /// Id and secret in the form, as most vendors document it.
    #[default]
    Post,
    /// Id and secret by HTTP Basic, which every server must take that gives secrets.
    Basic,
}

/// What [`OAuth2`] is built from.
#[must_use = "nothing is asked for before it is built"]
pub struct OAuth2Builder {
    context: OpenContext,
    connector_type: ConnectorType,
    token_url: String,
    client_id: String,
    client_secret: Option<SecretString>,
    client_auth: ClientAuth,
    grant: Grant,
    scope: Option<String>,
    parameters: Vec<(String, String)>,
    options: HttpOptions,
}

impl OAuth2 {
    /// Tokens of the endpoint `token_url`, by client credentials unless a refresh token is given. They are kept in the
    /// context's store, or in the memory of the process where it has none.
    pub fn builder(context: &OpenContext, connector_type: ConnectorType, token_url: &str) -> OAuth2Builder {
        OAuth2Builder {
            context: context.clone(),
            connector_type,
            token_url: token_url.to_owned(),
            client_id: String::new(),
            client_secret: None,
            client_auth: ClientAuth::Post,
            grant: Grant::ClientCredentials,
            scope: None,
            parameters: Vec::new(),
            options: HttpOptions::default(),
        }
    }
}

impl OAuth2Builder {
    /// The client's id, and its secret unless it is a public one.
    pub fn client(mut self, id: impl Into<String>, secret: Option<SecretString>) -> Self {
        self.client_id = id.into();
        self.client_secret = secret;
        self
    }

    /// How the client proves itself.
    pub fn client_auth(mut self, client_auth: ClientAuth) -> Self {
        self.client_auth = client_auth;
        self
    }

    /// The refresh token that the account was connected with.
    pub fn refresh_token(mut self, token: SecretString) -> Self {
        self.grant = Grant::RefreshToken(token);
        self
    }

    /// The scopes to ask for, with spaces between.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// A parameter of the vendor's own, such as `audience`.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// The connector's own limits.
    pub fn options(mut self, options: &HttpOptions) -> Self {
        self.options = options.clone();
        self
    }

    /// The source of tokens. No I/O.
    ///
    /// # Errors
    /// `Config` where the token endpoint is no URL of HTTP.
    pub fn build(self) -> Result<Arc<OAuth2>, ConnectorError> {
        let wrong = |why: String| ConnectorError::config("token_url", why);
        let token_url = Url::parse(&self.token_url).map_err(|error| wrong(format!("is no URL ({error})")))?;
        if !matches!(token_url.scheme(), "http" | "https") || !token_url.has_host() {
            return Err(wrong("must begin with http:// or https://".into()));
        }
        let authorisation = match (&self.client_secret, self.client_auth) {
            (Some(secret), ClientAuth::Basic) => {
                Authorisation::basic(encoded(&self.client_id), SecretString::new(encoded(secret.expose())))
            }
            _ => Authorisation::none(),
        };
        let origin = token_url.origin().ascii_serialization();
        let http = HttpClient::builder(&self.context, self.connector_type, &origin)
            .options(&self.options)
            .authorisation(authorisation)
            .judge(answer::judge)
            .build()?;
        let identity = match &self.grant {
            Grant::RefreshToken(first) => first.expose().to_owned(),
            Grant::ClientCredentials => {
                let secret = self.client_secret.as_ref().map_or("", SecretString::expose);
                format!("{} {secret} {}", self.scope.as_deref().unwrap_or_default(), parameters_of(&self.parameters))
            }
        };
        let store = self.context.tokens.clone().unwrap_or_else(|| {
            let shared = &self.context.http;
            let credential = [self.connector_type.as_str(), token_url.as_str(), &self.client_id, &identity];
            shared.stores().of(shared.budgets().fingerprint(&credential))
        });
        let parts = Parts {
            http,
            token_url: token_url.into(),
            grant: self.grant,
            client_id: self.client_id,
            client_secret: self.client_secret,
            client_auth: self.client_auth,
            scope: self.scope,
            parameters: self.parameters,
            store,
        };
        Ok(Arc::new(OAuth2 { parts: Arc::new(parts), held: Mutex::new(None) }))
    }
}

/// Id and secret are encoded like a form before they go into the header.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn parameters_of(parameters: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}
