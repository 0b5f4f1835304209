//! JSON web tokens, signed anew for each request.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

use super::super::failure::Failure;
use super::super::http::{Parts, RequestOption};
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Condition, Interpolated, InterpolatedMap, Scope, Types};
use super::super::time::{Moment, as_int};
use super::super::value::{Map, Value, write};

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
        let algorithm = node.required_text("algorithm")?;
        if algorithm == "ES256K" {
            return Err(node.error("the algorithm ES256K of JwtAuthenticator is not run here"));
        }
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
            algorithm,
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

    pub(super) fn sign_into(&self, parts: &mut Parts, scope: &Scope) -> Result<(), Failure> {
        let token = Value::from(self.token(scope)?);
        match &self.option {
            Some(option) => option.inject(parts, token, scope),
            None => {
                parts.headers.insert("Authorization", token);
                Ok(())
            }
        }
    }

    /// The token, with the prefix that it goes with.
    pub(super) fn token(&self, scope: &Scope) -> Result<String, Failure> {
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
        let signed = format!("{}.{}", encoded(headers), encoded(payload));
        let signature = self.signature(signed.as_bytes(), scope)?;
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        match self.prefix.as_ref().map(|prefix| prefix.text(scope)).transpose()?.filter(|prefix| !prefix.is_empty()) {
            Some(prefix) => Ok(format!("{prefix} {token}")),
            None => Ok(token),
        }
    }

    fn signature(&self, message: &[u8], scope: &Scope) -> Result<Vec<u8>, Failure> {
        let mut secret = self.secret.text(scope)?;
        if self.encodes_secret.as_ref().map_or(Ok(false), |condition| condition.holds(scope))? {
            secret = BASE64.encode(secret);
        }
        let refused =
            || Failure::Config(format!("Failed to sign token: the secret key is none for {}", self.algorithm));
        let shared = match self.algorithm.as_str() {
            "HS256" => Some(hmac::HMAC_SHA256),
            "HS384" => Some(hmac::HMAC_SHA384),
            "HS512" => Some(hmac::HMAC_SHA512),
            _ => None,
        };
        if let Some(algorithm) = shared {
            return Ok(hmac::sign(&hmac::Key::new(algorithm, secret.as_bytes()), message).as_ref().to_vec());
        }
        let random = SystemRandom::new();
        // Keys pasted into one line keep their line ends as `\n`.
        let pem = secret.replace("\\n", "\n");
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| refused())?;
        let der = key.secret_der();
        let ecdsa = match self.algorithm.as_str() {
            "ES256" => Some(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => Some(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            "ES512" => Some(&signature::ECDSA_P521_SHA512_FIXED_SIGNING),
            _ => None,
        };
        if let Some(algorithm) = ecdsa {
            let pair = EcdsaKeyPair::from_private_key_der(algorithm, der).map_err(|_| refused())?;
            return Ok(pair.sign(&random, message).map_err(|_| refused())?.as_ref().to_vec());
        }
        if self.algorithm == "EdDSA" {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| refused())?;
            return Ok(pair.sign(message).as_ref().to_vec());
        }
        let padding: &dyn signature::RsaEncoding = match self.algorithm.as_str() {
            "RS256" => &signature::RSA_PKCS1_SHA256,
            "RS384" => &signature::RSA_PKCS1_SHA384,
            "RS512" => &signature::RSA_PKCS1_SHA512,
            "PS256" => &signature::RSA_PSS_SHA256,
            "PS384" => &signature::RSA_PSS_SHA384,
            "PS512" => &signature::RSA_PSS_SHA512,
            other => return Err(Failure::Config(format!("{other} is no algorithm of JSON web tokens"))),
        };
        let pair = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)).map_err(|_| refused())?;
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(padding, &random, message, &mut signature).map_err(|_| refused())?;
        Ok(signature)
    }
}

fn encoded(map: Map) -> String {
    let mut json = Vec::new();
    write(&Value::map(map), &mut json);
    URL_SAFE_NO_PAD.encode(json)
}
