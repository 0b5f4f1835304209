//! JSON web tokens that we sign (RFC 7515): by a shared secret, or by a private key in PEM form.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

/// Why a token cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// The key is of another kind, or none at all.
    #[error("the secret key is none for {algorithm}")]
    WrongKey {
        /// What it was to sign by, for example `RS256`.
        algorithm: String,
    },
    /// Nobody signs by it.
    #[error("{algorithm} is no algorithm of JSON web tokens")]
    UnknownAlgorithm {
        /// What was asked for.
        algorithm: String,
    },
}

/// A token in its compact form, of a header and claims that are JSON; the header has to name the same algorithm.
///
/// # Errors
/// Where the algorithm is not known, or the key is none for it.
pub fn signed(algorithm: &str, key: &str, header: &[u8], claims: &[u8]) -> Result<String, JwtError> {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = signature_of(algorithm, key, message.as_bytes())?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn signature_of(algorithm: &str, key: &str, message: &[u8]) -> Result<Vec<u8>, JwtError> {
    let wrong_key = || JwtError::WrongKey { algorithm: algorithm.to_owned() };
    let shared = match algorithm {
        "HS256" => Some(hmac::HMAC_SHA256),
        "HS384" => Some(hmac::HMAC_SHA384),
        "HS512" => Some(hmac::HMAC_SHA512),
        _ => None,
    };
    if let Some(algorithm) = shared {
        return Ok(hmac::sign(&hmac::Key::new(algorithm, key.as_bytes()), message).as_ref().to_vec());
    }
    let random = SystemRandom::new();
    // Keys pasted into one line keep their line ends as `\n`.
    let pem = key.replace("\\n", "\n");
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| wrong_key())?;
    let der = key.secret_der();
    let ecdsa = match algorithm {
        "ES256" => Some(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
        "ES256K" => Some(&signature::ECDSA_P256K1_SHA256_FIXED_SIGNING),
        "ES384" => Some(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        "ES512" => Some(&signature::ECDSA_P521_SHA512_FIXED_SIGNING),
        _ => None,
    };
    if let Some(algorithm) = ecdsa {
        let pair = EcdsaKeyPair::from_private_key_der(algorithm, der).map_err(|_| wrong_key())?;
        return Ok(pair.sign(&random, message).map_err(|_| wrong_key())?.as_ref().to_vec());
    }
    if algorithm == "EdDSA" {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| wrong_key())?;
        return Ok(pair.sign(message).as_ref().to_vec());
    }
    let padding: &dyn signature::RsaEncoding = match algorithm {
        "RS256" => &signature::RSA_PKCS1_SHA256,
        "RS384" => &signature::RSA_PKCS1_SHA384,
        "RS512" => &signature::RSA_PKCS1_SHA512,
        "PS256" => &signature::RSA_PSS_SHA256,
        "PS384" => &signature::RSA_PSS_SHA384,
        "PS512" => &signature::RSA_PSS_SHA512,
        other => return Err(JwtError::UnknownAlgorithm { algorithm: other.to_owned() }),
    };
    let pair = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)).map_err(|_| wrong_key())?;
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(padding, &random, message, &mut signature).map_err(|_| wrong_key())?;
    Ok(signature)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{KeyPair as _, UnparsedPublicKey};
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_token_is_signed_as_the_standard_shows() {
        // RFC 7515, appendix A.1, with its key written as text.
        let token = signed("HS256", "secret", br#"{"alg":"HS256"}"#, br#"{"iss":"joe"}"#).unwrap();
        assert!(token.starts_with("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UifQ."), "{token}");
        assert_eq!(token.split('.').count(), 3);
    }

    #[test]
    fn a_token_is_signed_on_the_curve_of_its_key() {
        let pair = EcdsaKeyPair::generate(&signature::ECDSA_P256K1_SHA256_FIXED_SIGNING).unwrap();
        let der = STANDARD.encode(pair.to_pkcs8v1().unwrap());
        let pem = format!("-----BEGIN PRIVATE KEY-----\\n{der}\\n-----END PRIVATE KEY-----");
        let token = signed("ES256K", &pem, br#"{"alg":"ES256K"}"#, br#"{"iss":"joe"}"#).unwrap();
        let (message, proof) = token.rsplit_once('.').unwrap();
        let public = UnparsedPublicKey::new(&signature::ECDSA_P256K1_SHA256_FIXED, pair.public_key());
        public.verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(proof).unwrap()).unwrap();
        let refused = signed("ES256", &pem, b"{}", b"{}").unwrap_err().to_string();
        assert_eq!(refused, "the secret key is none for ES256");
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        let refused = |algorithm: &str| signed(algorithm, "no key", b"{}", b"{}").unwrap_err().to_string();
        assert_eq!(refused("RS256"), "the secret key is none for RS256");
        let pem = "-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----";
        assert!(signed("RS256", pem, b"{}", b"{}").is_err());
        let unknown = signed("none", pem, b"{}", b"{}").unwrap_err().to_string();
        assert_eq!(unknown, "none is no algorithm of JSON web tokens");
    }
}
