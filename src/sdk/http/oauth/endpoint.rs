//! A vendor's token endpoint: where it is, how a client proves itself there, and what it is asked.

use chrono::Utc;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use url::Url;

use super::answer;
use super::{ClientAuth, Issuer};
use crate::sdk::http::authorisation::Authorisation;
use crate::sdk::http::builder::HttpClientBuilder;
use crate::sdk::http::client::HttpClient;
use crate::sdk::http::settings::HttpOptions;
use crate::sdk::http::tokens::Tokens;
use crate::sdk::{ConnectorError, ConnectorType, OpenContext, SecretString};

/// Where the vendor's endpoints are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Endpoints {
    /// As its documentation says. Only a consent needs the page.
    Known { page: Option<String>, token_url: String },
    /// As a document at this URL says (RFC 8414, OpenID Connect Discovery, SMART App Launch).
    Described { at: String },
}

/// The members of such a document that we need.
#[derive(Deserialize)]
struct Description {
    authorization_endpoint: String,
    token_endpoint: String,
    issuer: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Who asks.
#[derive(Clone)]
pub(super) struct Client {
    pub id: String,
    pub secret: Option<SecretString>,
    pub auth: ClientAuth,
}

/// The token endpoint of one client.
pub(super) struct TokenEndpoint {
    context: OpenContext,
    connector_type: ConnectorType,
    options: HttpOptions,
    endpoints: Endpoints,
    pub client: Client,
    /// Where in an answer the tokens lie, as a JSON pointer.
    tokens_at: Option<String>,
    reached: OnceCell<Reached>,
}

/// An endpoint that can be asked.
struct Reached {
    http: HttpClient,
    token_url: String,
    page: Option<String>,
    issuer: Issuer,
}

/// What is asked of it.
pub(super) struct Question<'q> {
    pub form: Vec<(&'q str, &'q str)>,
    /// What is never shown, should the vendor repeat it.
    pub secrets: Vec<&'q SecretString>,
    /// Asking twice does no harm.
    pub is_idempotent: bool,
}

impl TokenEndpoint {
    /// No I/O: what a document describes is looked up when it is first needed.
    pub(super) fn new(
        context: &OpenContext,
        connector_type: ConnectorType,
        options: &HttpOptions,
        endpoints: Endpoints,
        client: Client,
        tokens_at: Option<String>,
    ) -> Result<Self, ConnectorError> {
        let endpoint = Self {
            context: context.clone(),
            connector_type,
            options: options.clone(),
            endpoints,
            client,
            tokens_at,
            reached: OnceCell::new(),
        };
        match &endpoint.endpoints {
            Endpoints::Known { page, token_url } => {
                let reached = endpoint.at(token_url, page.clone(), Issuer::default())?;
                endpoint.reached.set(reached).ok();
            }
            Endpoints::Described { at } => {
                checked_url("base_url", at)?;
            }
        }
        Ok(endpoint)
    }

    fn at(&self, token_url: &str, page: Option<String>, issuer: Issuer) -> Result<Reached, ConnectorError> {
        let url = checked_url("token_url", token_url)?;
        let authorisation = match (&self.client.secret, self.client.auth) {
            (Some(secret), ClientAuth::Basic) => {
                Authorisation::basic(encoded(&self.client.id), SecretString::new(encoded(secret.expose())))
            }
            _ => Authorisation::none(),
        };
        let http = self.http(&url).authorisation(authorisation).judge(answer::judge).build()?;
        Ok(Reached { http, token_url: url.into(), page, issuer })
    }

    fn http(&self, url: &Url) -> HttpClientBuilder {
        let origin = url.origin().ascii_serialization();
        HttpClient::builder(&self.context, self.connector_type, &origin).options(&self.options)
    }

    async fn reached(&self) -> Result<&Reached, ConnectorError> {
        self.reached.get_or_try_init(|| self.look_up()).await
    }

    async fn look_up(&self) -> Result<Reached, ConnectorError> {
        match &self.endpoints {
            Endpoints::Known { page, token_url } => self.at(token_url, page.clone(), Issuer::default()),
            Endpoints::Described { at } => {
                let url = checked_url("base_url", at)?;
                let response = self.http(&url).build()?.get(at).header("accept", "application/json").send().await?;
                let found: Description = response.json()?;
                let issuer = Issuer::described(found.issuer, found.authorization_response_iss_parameter_supported);
                self.at(&found.token_endpoint, Some(found.authorization_endpoint), issuer)
            }
        }
    }

    /// The page where people consent, and whose it is.
    pub(super) async fn page(&self) -> Result<(Url, Issuer), ConnectorError> {
        let reached = self.reached().await?;
        let page = checked_url("authorization_url", reached.page.as_deref().unwrap_or_default())?;
        Ok((page, reached.issuer.clone()))
    }

    /// A name for the endpoint, the same as long as the settings are.
    pub(super) fn name(&self) -> &str {
        match &self.endpoints {
            Endpoints::Known { token_url, .. } => token_url,
            Endpoints::Described { at } => at,
        }
    }

    /// A name for what tokens are got with here: the same in every process.
    pub(super) fn got_with(&self, grant: &[&str]) -> String {
        let mut digest = Sha256::new();
        for part in [self.name(), &self.client.id].iter().chain(grant) {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        hex::encode(&digest.finalize()[..16])
    }

    /// Asks for tokens.
    pub(super) async fn ask(&self, question: Question<'_>) -> Result<Tokens, ConnectorError> {
        let Question { mut form, secrets, is_idempotent } = question;
        let reached = self.reached().await?;
        let client = &self.client;
        // With Basic, both are in the header.
        if client.auth == ClientAuth::Post || client.secret.is_none() {
            form.push(("client_id", &client.id));
            form.extend(client.secret.as_ref().map(|secret| ("client_secret", secret.expose())));
        }
        form.retain(|(_, value)| !value.is_empty());
        let mut request = reached.http.post(&reached.token_url).header("accept", "application/json").form(form);
        for secret in secrets.into_iter().chain(&client.secret) {
            request = request.hiding(secret);
        }
        if is_idempotent {
            request = request.idempotent();
        }
        answer::read(&request.send().await?, self.tokens_at.as_deref(), Utc::now())
    }
}

/// A URL of HTTP.
fn checked_url(field: &str, text: &str) -> Result<Url, ConnectorError> {
    let wrong = |why: String| ConnectorError::config(field, why);
    let url = Url::parse(text).map_err(|error| wrong(format!("is no URL ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("must begin with http:// or https://".into()));
    }
    Ok(url)
}

/// Id and secret are encoded like a form before they go into the header.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
