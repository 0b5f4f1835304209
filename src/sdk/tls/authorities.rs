//! Certificates that a user gives.

use std::fmt;
use std::path::PathBuf;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Certificates that are trusted instead of the system's, in PEM form. One of them may be the server's own.
#[derive(Clone, Debug)]
pub enum Authorities {
    /// A file of them.
    File(PathBuf),
    /// They themselves.
    Pem(String),
}

impl fmt::Display for Authorities {
    /// How a setting that gives them is told.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => file.display().fmt(f),
            Self::Pem(_) => f.write_str("text"),
        }
    }
}

impl Authorities {
    /// Reads them.
    ///
    /// # Errors
    /// Why they cannot be read, as a clause about them.
    pub(super) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, String> {
        let certificates: Result<Vec<_>, _> = match self {
            Self::File(file) => {
                CertificateDer::pem_file_iter(file).map_err(|error| format!("which cannot be read: {error}"))?.collect()
            }
            Self::Pem(text) => CertificateDer::pem_slice_iter(text.as_bytes()).collect(),
        };
        let certificates = certificates.map_err(|error| format!("which is not in PEM form: {error}"))?;
        if certificates.is_empty() {
            return Err("which holds no certificate".to_owned());
        }
        Ok(certificates)
    }
}
