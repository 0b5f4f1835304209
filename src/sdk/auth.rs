//! How a connector proves who it is: one form for each auth type that it takes.

use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::Value;

use super::{AuthType, ConnectorError, SecretString};

/// The authentication forms of a connector. Written by [`auth_forms!`](crate::auth_forms).
pub trait AuthForms: Sized + Send + 'static {
    /// The auth types that the connector takes, the usual one first.
    const TYPES: &'static [AuthType];

    /// JSON Schema of `authConfig` for one auth type; `None` where the connector does not take it.
    fn schema(auth_type: AuthType) -> Option<Schema>;

    /// Reads `authConfig`.
    ///
    /// # Errors
    /// `Config` where the connector does not take the auth type, or a key is missing or unknown.
    fn parse(auth_type: AuthType, config: Value) -> Result<Self, ConnectorError>;
}

/// No credentials.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoAuth {}

/// A user name with its password.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsernamePassword {
    /// The user's name at the source.
    pub username: String,
    /// The user's password; none where it is absent.
    #[serde(default = "no_password")]
    pub password: SecretString,
}

fn no_password() -> SecretString {
    SecretString::new("")
}

/// A bearer token.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The token as the vendor issued it.
    pub token: SecretString,
}

/// Declares the enum of a connector's authentication forms.
///
/// ```
/// use dataweaver::sdk::{NoAuth, Token, auth_forms};
/// auth_forms! {
///     /// How to sign in at the weather service.
///     pub enum WeatherAuth { None(NoAuth), Token(Token) }
/// }
/// ```
#[macro_export]
macro_rules! auth_forms {
    ($(#[$doc:meta])* $visibility:vis enum $name:ident { $( $variant:ident($form:ty) ),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        $visibility enum $name {
            $( #[doc = concat!("Signs in by ", stringify!($variant), ".")] $variant($form), )+
        }

        impl $crate::sdk::AuthForms for $name {
            const TYPES: &'static [$crate::sdk::AuthType] = &[$( $crate::sdk::AuthType::$variant ),+];

            fn schema(auth_type: $crate::sdk::AuthType) -> Option<::schemars::Schema> {
                match auth_type {
                    $( $crate::sdk::AuthType::$variant => Some(::schemars::schema_for!($form)), )+
                    #[allow(unreachable_patterns, reason = "a connector may take every auth type")]
                    _ => None,
                }
            }

            fn parse(
                auth_type: $crate::sdk::AuthType,
                config: ::serde_json::Value,
            ) -> Result<Self, $crate::sdk::ConnectorError> {
                match auth_type {
                    $( $crate::sdk::AuthType::$variant => {
                        Ok(Self::$variant($crate::sdk::Settings::parse("authConfig", config)?))
                    } )+
                    #[allow(unreachable_patterns, reason = "a connector may take every auth type")]
                    _ => Err($crate::sdk::ConnectorError::config(
                        "authType",
                        format!(
                            "{auth_type} is not taken by this connector (known: {})",
                            Self::TYPES.iter().map(|known| known.as_str()).collect::<Vec<_>>().join(", ")
                        ),
                    )),
                }
            }
        }
    };
}
