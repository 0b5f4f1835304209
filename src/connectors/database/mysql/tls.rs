//! Whom to trust, where the server's certificate is looked at.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::connectors::database::URL_FIELD;
use crate::sdk::ConnectorError;

/// The certificates of the authorities in a file, or else of the system's, in PEM form as sqlx takes them. They are
/// trusted beside the public authorities that sqlx brings along.
///
/// # Errors
/// `Config` where the file cannot be read or holds no certificate.
pub(super) fn authorities(file: Option<&Path>) -> Result<Vec<u8>, ConnectorError> {
    // sqlx asks for the process's choice of cryptography in one of its modes, and panics where there is none. An error
    // says that there is one already.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    match file {
        Some(file) => certificates_of(file),
        None => {
            let mut usable = RootCertStore::empty();
            let certificates = rustls_native_certs::load_native_certs().certs;
            Ok(certificates
                .into_iter()
                .filter(|one| usable.add(one.clone()).is_ok())
                .flat_map(|one| pem(&one))
                .collect())
        }
    }
}

fn certificates_of(file: &Path) -> Result<Vec<u8>, ConnectorError> {
    let wrong = |why: String| ConnectorError::config(URL_FIELD, format!("has sslrootcert={}, {why}", file.display()));
    let text = std::fs::read(file).map_err(|error| wrong(format!("which cannot be read: {error}")))?;
    let mut usable = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| wrong(format!("which is no PEM file: {error}")))?;
        usable.add(certificate).map_err(|error| wrong(format!("which holds an unusable certificate: {error}")))?;
    }
    if usable.is_empty() {
        return Err(wrong("which holds no certificate".to_owned()));
    }
    Ok(text)
}

fn pem(certificate: &CertificateDer<'_>) -> Vec<u8> {
    let text = STANDARD.encode(certificate);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n")).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_as_pem_is_read_back() {
        let certificate = CertificateDer::from(vec![7; 200]);
        let read: Vec<_> =
            CertificateDer::pem_slice_iter(&pem(&certificate)).collect::<Result<_, _>>().expect("it is PEM");
        assert_eq!(read, [certificate]);
    }
}
