//! OAuth 2 client credentials as a form: for systems where a program signs in for itself (RFC 6749, section 4.4).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::http::{Authorisation, ClientAuth, HttpOptions, OAuth2};
use super::{ConnectorError, ConnectorType, OpenContext, SecretString};

/// OAuth 2 client credentials: tokens are fetched from the token endpoint and renewed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientCredentials {
    /// The token endpoint's URL; a FHIR server names it in `.well-known/smart-configuration`.
    pub token_url: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: SecretString,
    /// The scopes to ask for, with spaces between, for example `system/*.read` at a FHIR server.
    pub scope: Option<String>,
    /// Where id and secret stand in the request for a token.
    #[serde(default)]
    pub client_proof: ClientProof,
}

/// How a client proves itself at the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClientProof {
    /// Id and secret in the form.
    #[default]
    Post,
    /// Id and secret by HTTP Basic.
    Basic,
}

impl ClientCredentials {
    /// Access tokens that are got with them. No I/O.
    ///
    /// # Errors
    /// `Config` where the token endpoint is no URL of HTTP.
    pub fn authorisation(
        self,
        context: &OpenContext,
        connector_type: ConnectorType,
        http: &HttpOptions,
    ) -> Result<Authorisation, ConnectorError> {
        let client_auth = match self.client_proof {
            ClientProof::Post => ClientAuth::Post,
            ClientProof::Basic => ClientAuth::Basic,
        };
        let builder = OAuth2::builder(context, connector_type, &self.token_url)
            .client(self.client_id, Some(self.client_secret))
            .client_auth(client_auth)
            .options(http);
        let builder = self.scope.into_iter().fold(builder, |builder, scope| builder.scope(scope));
        Ok(Authorisation::tokens(builder.build()?))
    }
}
