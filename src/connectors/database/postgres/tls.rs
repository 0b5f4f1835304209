//! TLS as libpq's `sslmode` means it.

use rustls::{CertificateError, ClientConfig};

use super::target::{Target, TlsMode};
use crate::connectors::database::URL_FIELD;
use crate::sdk::ConnectorError;
use crate::sdk::tls::{self, Authorities, Verification};

/// The TLS client for a target whose mode is not `disable`. Reads the certificate files.
///
/// # Errors
/// `Config` where the file of `sslrootcert` cannot be read.
pub(super) fn client(target: &Target) -> Result<ClientConfig, ConnectorError> {
    let authorities = target.root_certificates.clone().map(Authorities::File);
    let verification = match (target.tls, &authorities) {
        (TlsMode::Disable | TlsMode::Prefer, _) | (TlsMode::Require, None) => Verification::None,
        (TlsMode::VerifyFull, _) => Verification::Full,
        (TlsMode::Require | TlsMode::VerifyCa, _) => Verification::Authority,
    };
    tls::client(verification, authorities.as_ref(), |why| {
        let file = authorities.as_ref().map(Authorities::to_string).unwrap_or_default();
        ConnectorError::config(URL_FIELD, format!("has sslrootcert={file}, {why}"))
    })
}

/// What was wrong with the server's certificate and what to do, where that is what an error tells.
pub(super) fn explain(error: &rustls::Error, target: &Target) -> String {
    let endpoint = &target.endpoint;
    let mode = target.tls.as_str();
    let authority = match &target.root_certificates {
        Some(file) => format!("sslrootcert={}", file.display()),
        None => "the system's authorities".to_owned(),
    };
    match error {
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => format!(
            "the certificate of {endpoint} is for another host; connect by the name in the certificate, or use sslmode=verify-ca instead of {mode}"
        ),
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => format!(
            "the certificate of {endpoint} does not come from {authority}; give its authority's file by sslrootcert=… (sslmode is {mode})"
        ),
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            format!("the certificate of {endpoint} has expired (sslmode is {mode})")
        }
        rustls::Error::InvalidCertificate(why) => {
            format!(
                "the certificate of {endpoint} is not trusted: {why:?} (sslmode is {mode}, checked against {authority})"
            )
        }
        _ => format!("the TLS handshake with {endpoint} failed (sslmode is {mode})"),
    }
}
