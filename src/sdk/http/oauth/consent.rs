//! Consent: how a person lets a connector read their account, on a page of the vendor (RFC 6749, section 4.1).
//!
//! A connector declares where that page is and what is asked for there ([`Connector::consent`](crate::sdk::Connector)). The
//! core sends the person there, takes the code that comes back, exchanges it for tokens and keeps those; the connector uses
//! them through [`OAuth2::consented`](super::OAuth2::consented), made from the same declaration.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use url::Url;

use super::endpoint::{Client, Endpoints, Question, TokenEndpoint};
use super::{ClientAuth, Issuer};
use crate::sdk::http::settings::HttpOptions;
use crate::sdk::http::tokens::Tokens;
use crate::sdk::{ConnectorError, ConnectorType, OpenContext, SecretString};

/// How long the vendor may take over one step, while a person waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a person is asked to allow, and where. Its `Debug` shows no secret.
///
/// ```
/// use dataweaver::sdk::SecretString;
/// use dataweaver::sdk::http::Consent;
/// let consent = Consent::at("https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token")
///     .client("1234.apps.googleusercontent.com", Some(SecretString::new("s3cret")))
///     .scopes(["https://www.googleapis.com/auth/drive.readonly"])
///     .parameter("access_type", "offline")
///     .parameter("prompt", "consent");
/// ```
#[derive(Clone)]
#[must_use = "nobody is asked before it is declared"]
pub struct Consent {
    endpoints: Endpoints,
    client: Client,
    scopes: Vec<String>,
    scope_parameter: String,
    separator: String,
    parameters: Vec<(String, String)>,
    redirect_uri: Option<String>,
    tokens_at: Option<String>,
    proves_key: bool,
    issuer: Option<String>,
    options: HttpOptions,
}

/// Where to send a person. It has no `Debug`: the state in its URL is a secret.
#[derive(Clone)]
pub struct ConsentPage {
    /// The vendor's page, with all that is asked of it.
    pub url: Url,
    /// Whose answer is waited for.
    pub issuer: Issuer,
}

impl Consent {
    /// At the vendor's page, with codes exchanged at `token_url`.
    pub fn at(page: impl Into<String>, token_url: impl Into<String>) -> Self {
        Self::of(Endpoints::Known { page: Some(page.into()), token_url: token_url.into() })
    }

    /// Where a document says that names `authorization_endpoint` and `token_endpoint`: such as SMART's
    /// `.well-known/smart-configuration` or OpenID Connect's `.well-known/openid-configuration`. It is read when it is
    /// needed.
    pub fn described_at(document: impl Into<String>) -> Self {
        Self::of(Endpoints::Described { at: document.into() })
    }

    fn of(endpoints: Endpoints) -> Self {
        Self {
            endpoints,
            client: Client { id: String::new(), secret: None, auth: ClientAuth::Post },
            scopes: Vec::new(),
            scope_parameter: "scope".to_owned(),
            separator: " ".to_owned(),
            parameters: Vec::new(),
            redirect_uri: None,
            tokens_at: None,
            proves_key: true,
            issuer: None,
            options: HttpOptions::default(),
        }
    }

    /// The client's id, and its secret unless it is a public one.
    pub fn client(mut self, id: impl Into<String>, secret: Option<SecretString>) -> Self {
        (self.client.id, self.client.secret) = (id.into(), secret);
        self
    }

    /// How the client proves itself at the token endpoint.
    pub fn client_auth(mut self, client_auth: ClientAuth) -> Self {
        self.client.auth = client_auth;
        self
    }

    /// What is asked for.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// What stands between scopes, instead of a space.
    pub fn separated_by(mut self, separator: impl Into<String>) -> Self {
        self.separator = separator.into();
        self
    }

    /// The parameter that the scopes go into, such as Slack's `user_scope`, instead of `scope`.
    pub fn scope_parameter(mut self, name: impl Into<String>) -> Self {
        self.scope_parameter = name.into();
        self
    }

    /// A parameter of the vendor's own for the page, such as Google's `access_type` or SMART's `aud`.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Where the vendor sends people back to, if the user has registered another address than the server's own: the
    /// setting `redirect_uri`.
    pub fn redirect_uri(mut self, redirect_uri: Option<String>) -> Self {
        self.redirect_uri = redirect_uri.filter(|uri| !uri.is_empty());
        self
    }

    /// Where the tokens lie in an answer, as a JSON pointer, such as Slack's `/authed_user`; where nothing is there, at the
    /// top.
    pub fn tokens_at(mut self, place: impl Into<String>) -> Self {
        self.tokens_at = Some(place.into());
        self
    }

    /// Leaves out the proof by key (PKCE, RFC 7636), for a vendor that cannot bear it.
    pub fn without_pkce(mut self) -> Self {
        self.proves_key = false;
        self
    }

    /// The vendor's issuer identifier, such as `https://accounts.google.com`: an answer that names another one is refused
    /// (RFC 9207). A document of [`described_at`](Self::described_at) says it itself.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The connector's own limits.
    pub fn options(mut self, options: &HttpOptions) -> Self {
        self.options = options.clone();
        self
    }

    /// Where the user wants people to be sent back to.
    pub fn wanted_redirect_uri(&self) -> Option<&str> {
        self.redirect_uri.as_deref()
    }

    /// What is asked for.
    pub fn asked_scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Where the vendor's page is, or the document that says it.
    pub fn place(&self) -> &str {
        match &self.endpoints {
            Endpoints::Known { page, .. } => page.as_deref().unwrap_or_default(),
            Endpoints::Described { at } => at,
        }
    }

    /// A name for the endpoint and the client: tokens of another one are not this one's.
    ///
    /// # Errors
    /// `Config` where the declared URLs are none.
    pub fn identity(&self, context: &OpenContext, connector_type: ConnectorType) -> Result<String, ConnectorError> {
        Ok(identity(&self.endpoint(context, connector_type)?))
    }

    /// The page to send a person to.
    ///
    /// # Errors
    /// `Config` where the declared URLs are none; those of looking up a document.
    pub async fn page(
        &self,
        context: &OpenContext,
        connector_type: ConnectorType,
        redirect_uri: &str,
        state: &SecretString,
        verifier: &SecretString,
    ) -> Result<ConsentPage, ConnectorError> {
        let endpoint = self.endpoint(context, connector_type)?;
        let (mut url, described) = in_time(endpoint.page()).await?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()));
        let mut query = url.query_pairs_mut();
        query.append_pair("response_type", "code").append_pair("client_id", &self.client.id);
        query.append_pair("redirect_uri", redirect_uri);
        if !self.scopes.is_empty() {
            query.append_pair(&self.scope_parameter, &self.scopes.join(&self.separator));
        }
        query.append_pair("state", state.expose());
        if self.proves_key {
            query.append_pair("code_challenge", &challenge).append_pair("code_challenge_method", "S256");
        }
        query.extend_pairs(&self.parameters);
        drop(query);
        let issuer = self.issuer.clone().map_or(described, Issuer::declared);
        Ok(ConsentPage { url, issuer })
    }

    /// Exchanges the code that came back for tokens.
    ///
    /// # Errors
    /// By what the vendor answered.
    pub async fn exchange(
        &self,
        context: &OpenContext,
        connector_type: ConnectorType,
        redirect_uri: &str,
        code: &SecretString,
        verifier: &SecretString,
    ) -> Result<Tokens, ConnectorError> {
        let mut form =
            vec![("grant_type", "authorization_code"), ("code", code.expose()), ("redirect_uri", redirect_uri)];
        if self.proves_key {
            form.push(("code_verifier", verifier.expose()));
        }
        let question = Question { form, secrets: vec![code, verifier], is_idempotent: false };
        let endpoint = self.endpoint(context, connector_type)?;
        let tokens = in_time(endpoint.ask(question)).await?;
        Ok(Tokens { got_with: identity(&endpoint), ..tokens })
    }

    pub(super) fn endpoint(
        &self,
        context: &OpenContext,
        connector_type: ConnectorType,
    ) -> Result<TokenEndpoint, ConnectorError> {
        TokenEndpoint::new(
            context,
            connector_type,
            &self.options,
            self.endpoints.clone(),
            self.client.clone(),
            self.tokens_at.clone(),
        )
    }
}

/// What tokens of a consent are got with.
pub(super) fn identity(endpoint: &TokenEndpoint) -> String {
    endpoint.got_with(&["consent"])
}

async fn in_time<T>(step: impl Future<Output = Result<T, ConnectorError>>) -> Result<T, ConnectorError> {
    tokio::time::timeout(PATIENCE, step).await.unwrap_or_else(|_| {
        let message = format!("the vendor did not answer within {} s", PATIENCE.as_secs());
        Err(ConnectorError::Unreachable { message, cause: None })
    })
}

impl fmt::Debug for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consent")
            .field("endpoints", &self.endpoints)
            .field("client", &self.client.id)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
