//! JSON web tokens, signed anew for each request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::super::failure::Failure;
use super::super::http::{Parts, RequestOption, Transport};
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Condition, Interpolated, InterpolatedMap, Scope, Types};
use super::super::time::{Moment, as_int};
use super::super::value::{Value, write};
use crate::sdk::jwt::{self, JwtError};

#[derive(Debug)]
pub(in super::super) struct Jwt {
    algorithm: String,
    secret: Interpolated,
    encodes_secret: Option<Condition>,
    lasts: i128,
    prefix: Option<Interpolated>,
    headers: Vec<(&'static str, Interpolated)>,
    payload: Vec<(&'static str, Interpolated)>,
    more_headers: InterpolatedMap,
    more_payload: InterpolatedMap,
    option: Option<RequestOption>,
}

impl Jwt {
    pub(super) fn build(node: &Node) -> Result<Self, ManifestError> {
        let claims = |key: &str, names: &[&'static str]| -> Result<Vec<(&'static str, Interpolated)>, ManifestError> {
            let Some(inner) = node.get(key) else { return Ok(Vec::new()) };
            let mut claims = Vec::new();
            for name in names {
                if let Some(source) = inner.text(name).filter(|source| !source.is_empty()) {
                    claims.push((*name, inner.compiled(Interpolated::new(&source, &node.parameters()))?));
                }
            }
            Ok(claims)
        };
        let mut headers = claims("jwt_headers", &["kid", "typ", "cty"])?;
        if !headers.iter().any(|(name, _)| *name == "typ") {
            headers.push(("typ", node.compiled(Interpolated::new("JWT", &Value::empty_map()))?));
        }
        Ok(Self {
            algorithm: node.required_text("algorithm")?,
            secret: node.required_template("secret_key")?,
            encodes_secret: node.condition("base64_encode_secret_key")?,
            lasts: node.get("token_duration").map_or(Some(1200), |lasts| as_int(&lasts.value())).unwrap_or(0),
            prefix: node.template("header_prefix")?,
            headers,
            payload: claims("jwt_payload", &["iss", "sub", "aud"])?,
            more_headers: node.template_map("additional_jwt_headers")?,
            more_payload: node.template_map("additional_jwt_payload")?,
            option: node.get("request_option").map(RequestOption::build).transpose()?,
        })
    }

    pub(super) fn sign_into(&self, parts: &mut Parts, scope: &Scope, transport: &Transport) -> Result<(), Failure> {
        let token = Value::from(self.token(scope, transport)?);
        match &self.option {
            Some(option) => option.inject(parts, token, scope),
            None => {
                parts.headers.insert("Authorization", token);
                Ok(())
            }
        }
    }

    /// The token, with the prefix that it goes with.
    pub(super) fn token(&self, scope: &Scope, transport: &Transport) -> Result<String, Failure> {
        let mut headers = self.more_headers.eval(scope, Types::Str, Types::Any)?;
        for (name, template) in &self.headers {
            headers.insert(*name, template.eval(scope)?);
        }
        headers.insert("alg", Value::str(&self.algorithm));
        let mut payload = self.more_payload.eval(scope, Types::Str, Types::Any)?;
        for (name, template) in &self.payload {
            payload.insert(*name, template.eval(scope)?);
        }
        let now = i128::from(Moment::now().micros().div_euclid(1_000_000));
        for (name, time) in [("iat", now), ("exp", now + self.lasts), ("nbf", now)] {
            payload.insert(name, Value::int(time));
        }
        let (headers, payload) = (Value::map(headers).sorted(), Value::map(payload));
        let token = jwt::signed(&self.algorithm, &self.secret(scope)?, &json(&headers), &json(&payload));
        let token = token.map_err(|error| match error {
            JwtError::WrongKey { .. } => Failure::Config(format!("Failed to sign token: {error}")),
            JwtError::UnknownAlgorithm { .. } => Failure::Config(error.to_string()),
        })?;
        transport.hide(&token);
        match self.prefix.as_ref().map(|prefix| prefix.text(scope)).transpose()?.filter(|prefix| !prefix.is_empty()) {
            Some(prefix) => Ok(format!("{prefix} {token}")),
            None => Ok(token),
        }
    }

    fn secret(&self, scope: &Scope) -> Result<String, Failure> {
        let secret = self.secret.text(scope)?;
        let is_encoded = self.encodes_secret.as_ref().map_or(Ok(false), |condition| condition.holds(scope))?;
        Ok(if is_encoded { BASE64.encode(secret) } else { secret })
    }
}

fn json(value: &Value) -> Vec<u8> {
    let mut json = Vec::new();
    write(value, &mut json);
    json
}
