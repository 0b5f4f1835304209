//! TLS clients of connectors: whom they trust.

mod authorities;
mod der;

use std::sync::Arc;

use chrono::DateTime;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

pub use authorities::Authorities;
pub use der::element;

use super::ConnectorError;

/// How closely a server's certificate is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Not at all: the line is encrypted, the other end unproven.
    None,
    /// It must come from a trusted authority.
    Authority,
    /// It must be for the server's name, too.
    Full,
}

/// A TLS client that trusts `authorities`, or else the system's; reads them where they are looked at. `wrong` says in which
/// setting they were given.
///
/// # Errors
/// What `wrong` makes of authorities that cannot be read, `Protocol` where TLS cannot be set up.
pub fn client(
    verification: Verification,
    authorities: Option<&Authorities>,
    wrong: impl Fn(String) -> ConnectorError,
) -> Result<ClientConfig, ConnectorError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match verification {
        Verification::None => Arc::new(AnyCertificate(Arc::clone(&provider))),
        Verification::Authority | Verification::Full => {
            let roots = match authorities {
                Some(authorities) => authorities.certificates().map_err(wrong)?,
                None => rustls_native_certs::load_native_certs().certs,
            };
            Arc::new(TrustedCertificate::new(roots, verification == Verification::Full, &provider)?)
        }
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| broken(&error))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn broken(error: &dyn std::fmt::Display) -> ConnectorError {
    ConnectorError::Protocol { message: format!("TLS cannot be set up: {error}"), cause: None }
}

/// Whether a certificate is valid at a time, as its two dates say.
///
/// # Errors
/// Why it is not.
fn check_validity(certificate: &[u8], now: UnixTime) -> Result<(), rustls::Error> {
    let (from, to) = validity(certificate).ok_or(CertificateError::BadEncoding)?;
    let now = i64::try_from(now.as_secs()).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let now = now.ok_or(CertificateError::BadEncoding)?.format("%Y%m%d%H%M%SZ").to_string();
    if now < from {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > to { Err(CertificateError::Expired.into()) } else { Ok(()) }
}

/// The first and last second of a certificate in DER, as digits.
fn validity(certificate: &[u8]) -> Option<(String, String)> {
    let (whole, _) = element(certificate)?;
    let (signed, _) = element(whole)?;
    // A version in front of the rest is tagged, the oldest certificates have none.
    let after_version = if signed.first() == Some(&0xa0) { element(signed)?.1 } else { signed };
    let (_serial, after) = element(after_version)?;
    let (_algorithm, after) = element(after)?;
    let (_issuer, after) = element(after)?;
    let (dates, _) = element(after)?;
    let (from, rest) = element(dates)?;
    let (to, _) = element(rest)?;
    Some((with_century(from)?, with_century(to)?))
}

/// Dates before 2050 are written with two digits of the year.
fn with_century(date: &[u8]) -> Option<String> {
    let date = std::str::from_utf8(date).ok()?;
    match date.len() {
        13 => Some(format!("{}{date}", if date >= "50" { "19" } else { "20" })),
        15 => Some(date.to_owned()),
        _ => None,
    }
}

/// Takes whatever certificate there is: the line is encrypted, the other end unproven.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Takes certificates of trusted authorities, and those that are themselves in the list of trusted ones.
#[derive(Debug)]
struct TrustedCertificate {
    chain: Arc<WebPkiServerVerifier>,
    pinned: Vec<CertificateDer<'static>>,
    checks_name: bool,
}

impl TrustedCertificate {
    fn new(
        trusted: Vec<CertificateDer<'static>>,
        checks_name: bool,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, ConnectorError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(trusted.iter().cloned());
        let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        Ok(Self { chain: chain.build().map_err(|error| broken(&error))?, pinned: trusted, checks_name })
    }
}

impl ServerCertVerifier for TrustedCertificate {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        // A self-signed certificate is no authority for webpki, and the usual thing on a server of one's own.
        if self.pinned.iter().any(|pinned| pinned == certificate) {
            if self.checks_name {
                rustls::client::verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
            }
            check_validity(certificate, now)?;
            return Ok(ServerCertVerified::assertion());
        }
        match self.chain.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.checks_name => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::pki_types::pem::PemObject;

    use super::*;

    /// Valid from 2026-11-22 22:02:07 to 2126-10-29 22:02:07.
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBhzCCAS2gAwIBAgIUNrI9AnXc+2N7nUZZ0EF0zqhHZOAwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNc29tZWJvZHkgZWxzZTAgFw0yNjExMjIyMjAyMDdaGA8yMTI2
MTAyOTIyMDIwN1owGDEWMBQGA1UEAwwNc29tZWJvZHkgZWxzZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABLT9UVvm+G6ElVnZbiBU9dJvv053oJj7s9JrQV87CuEK
5oNhh45WNnmtdjuIfMRDK6ihNISXx03KMT2TGPMYgXOjUzBRMB0GA1UdDgQWBBSd
p8WiewkhsMPvDWZiq/U5jshgXDAfBgNVHSMEGDAWgBSdp8WiewkhsMPvDWZiq/U5
jshgXDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIGYn4noL/WaW
GU3igv2tqakpQiI2ThIs/Iy2CjWOMfLaAiEAhGS5OMn4syxexUsX0M/gSP2tV8c/
gRn5vtHVSQ6iDPs=
-----END CERTIFICATE-----
";

    fn at(date: &str) -> Result<(), rustls::Error> {
        let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("it is PEM");
        let seconds = DateTime::parse_from_rfc3339(date).expect("a date").timestamp().unsigned_abs();
        check_validity(&certificate, UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }

    #[test]
    fn a_certificate_is_valid_between_its_dates() {
        assert_eq!(at("2026-11-22T22:02:06Z"), Err(CertificateError::NotValidYet.into()));
        assert_eq!(at("2026-11-22T22:02:07Z"), Ok(()));
        assert_eq!(at("2126-10-29T22:02:07Z"), Ok(()));
        assert_eq!(at("2126-10-29T22:02:08Z"), Err(CertificateError::Expired.into()));
    }

    #[test]
    fn no_bytes_make_it_panic() {
        for bytes in [&[][..], &[0x30], &[0x30, 2, 0x30, 0], &[0x30, 4, 0x30, 2, 0xa0, 0]] {
            assert!(check_validity(bytes, UnixTime::since_unix_epoch(Duration::ZERO)).is_err());
        }
    }
}
