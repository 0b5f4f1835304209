//! What OAuth 2 tokens are asked for with.

use std::sync::{Arc, Mutex};

use super::consent::{self, Consent};
use super::endpoint::{Client, Endpoints, TokenEndpoint};
use super::service_account::ServiceAccount;
use super::{Grant, OAuth2, Parts};
use crate::sdk::http::settings::HttpOptions;
use crate::sdk::http::tokens::TokenStore;
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
    client: Client,
    grant: Grant,
    scope: Option<String>,
    parameters: Vec<(String, String)>,
    options: HttpOptions,
}

impl OAuth2 {
    /// Tokens of the endpoint `token_url`, by client credentials unless a refresh token or a service account is given. They
    /// are kept in the context's store, or in the memory of the process where it has none.
    pub fn builder(context: &OpenContext, connector_type: ConnectorType, token_url: &str) -> OAuth2Builder {
        OAuth2Builder {
            context: context.clone(),
            connector_type,
            token_url: token_url.to_owned(),
            client: Client { id: String::new(), secret: None, auth: ClientAuth::Post },
            grant: Grant::ClientCredentials,
            scope: None,
            parameters: Vec::new(),
            options: HttpOptions::default(),
        }
    }

    /// Tokens of the account whose owner has consented, which the context's store keeps. Until then every request fails as
    /// `Auth`, with words that say what to do. No I/O.
    ///
    /// # Errors
    /// `Config` where the declared URLs are none of HTTP.
    pub fn consented(
        context: &OpenContext,
        connector_type: ConnectorType,
        consent: &Consent,
    ) -> Result<Arc<Self>, ConnectorError> {
        let endpoint = consent.endpoint(context, connector_type)?;
        Ok(Self::of(context, connector_type, endpoint, Grant::Consent, None, Vec::new()))
    }

    fn of(
        context: &OpenContext,
        connector_type: ConnectorType,
        endpoint: TokenEndpoint,
        grant: Grant,
        scope: Option<String>,
        parameters: Vec<(String, String)>,
    ) -> Arc<Self> {
        let scope_text = scope.as_deref().unwrap_or_default();
        let identity = match &grant {
            Grant::RefreshToken(first) => first.expose().to_owned(),
            Grant::Consent => String::new(),
            Grant::ServiceAccount(account) => format!("{} {scope_text}", account.name()),
            Grant::ClientCredentials => {
                let secret = endpoint.client.secret.as_ref().map_or("", SecretString::expose);
                format!("{scope_text} {secret} {}", parameters_of(&parameters))
            }
        };
        let store: Arc<dyn TokenStore> = context.tokens.clone().unwrap_or_else(|| {
            let shared = &context.http;
            let credential = [connector_type.as_str(), endpoint.name(), &endpoint.client.id, &identity];
            shared.stores().of(shared.budgets().fingerprint(&credential))
        });
        let got_with = match &grant {
            Grant::RefreshToken(_) => endpoint.got_with(&["refresh token"]),
            Grant::Consent => consent::identity(&endpoint),
            // The scopes are asked for each time.
            Grant::ServiceAccount(account) => endpoint.got_with(&["service account", &account.name(), scope_text]),
            Grant::ClientCredentials => {
                endpoint.got_with(&["client credentials", scope_text, &parameters_of(&parameters)])
            }
        };
        let parts = Parts {
            endpoint,
            grant,
            scope,
            parameters,
            store,
            got_with,
            refused: Mutex::default(),
            unsaved: Mutex::default(),
        };
        Arc::new(Self { parts: Arc::new(parts), held: Default::default() })
    }
}

impl OAuth2Builder {
    /// The client's id, and its secret unless it is a public one.
    pub fn client(mut self, id: impl Into<String>, secret: Option<SecretString>) -> Self {
        (self.client.id, self.client.secret) = (id.into(), secret);
        self
    }

    /// How the client proves itself.
    pub fn client_auth(mut self, client_auth: ClientAuth) -> Self {
        self.client.auth = client_auth;
        self
    }

    /// The refresh token that the account was connected with.
    pub fn refresh_token(mut self, token: SecretString) -> Self {
        self.grant = Grant::RefreshToken(token);
        self
    }

    /// The service account that asks, by an assertion that its key signs (RFC 7523). It takes no client.
    pub fn service_account(mut self, account: ServiceAccount) -> Self {
        self.grant = Grant::ServiceAccount(account);
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
        let Self { context, connector_type, token_url, client, grant, scope, parameters, options } = self;
        let endpoints = Endpoints::Known { page: None, token_url };
        let endpoint = TokenEndpoint::new(&context, connector_type, &options, endpoints, client, None)?;
        Ok(OAuth2::of(&context, connector_type, endpoint, grant, scope, parameters))
    }
}

fn parameters_of(parameters: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}
