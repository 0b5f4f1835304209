//! Secrets at rest: XChaCha20-Poly1305, bound to their row.

use std::fs;
use std::io::Write;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{AeadCore, KeyInit, XChaCha20Poly1305, XNonce};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The environment variable that holds the key: 32 bytes in base64.
pub const KEY_VARIABLE: &str = "DATAWEAVER_SECRET_KEY";
const NONCE_BYTES: usize = 24;

/// Why secrets cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key is not one.
    #[error("{place} does not hold a key: it must be 32 bytes in base64 (make one with: openssl rand -base64 32)")]
    BadKey { place: String },
    /// The key file cannot be read or made.
    #[error("the key file {path} could not be used")]
    KeyFile {
        path: String,
        #[source]
        cause: std::io::Error,
    },
    /// Whoever can read the key can read all secrets.
    #[error("the key file {path} can be read by others (its mode is {mode:o}): run chmod 600 {path}")]
    Exposed { path: String, mode: u32 },
    /// On PostgreSQL several processes must share one key.
    #[error("set {KEY_VARIABLE}: on PostgreSQL the key must come from the environment, so that all processes share it")]
    KeyMissing,
    /// Secrets in the database were encrypted with a key that we do not have.
    #[error(
        "secrets are encrypted with the key {stored}, and this process has the key {own}; set {KEY_VARIABLE} to the former"
    )]
    OtherKey { stored: String, own: String },
    /// A ciphertext was changed or belongs to another row.
    #[error("the secrets of {row} cannot be decrypted: they were changed, or belong to another row")]
    Damaged { row: String },
}

/// Encrypts and decrypts.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
    key_id: String,
}

impl Vault {
    /// The vault with the key from the environment, or else from the file, which is made at the first start.
    ///
    /// # Errors
    /// Where there is no usable key.
    pub fn open(variable: Option<&str>, key_file: Option<&Path>) -> Result<Self, VaultError> {
        if let Some(text) = variable {
            return Self::from_text(text, KEY_VARIABLE);
        }
        let Some(path) = key_file else { return Err(VaultError::KeyMissing) };
        let failed = |cause| VaultError::KeyFile { path: path.display().to_string(), cause };
        refuse_exposed(path)?;
        match fs::read_to_string(path) {
            Ok(text) => Self::from_text(&text, &path.display().to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = XChaCha20Poly1305::generate_key(&mut chacha20poly1305::aead::OsRng);
                write_private(path, &STANDARD.encode(key)).map_err(failed)?;
                // Another process may have been first: the file is the truth.
                Self::from_text(&fs::read_to_string(path).map_err(failed)?, &path.display().to_string())
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn from_text(text: &str, place: &str) -> Result<Self, VaultError> {
        let bad = || VaultError::BadKey { place: place.to_owned() };
        let key = STANDARD.decode(text.trim()).map_err(|_| bad())?;
        let cipher = XChaCha20Poly1305::new_from_slice(&key).map_err(|_| bad())?;
        Ok(Self { cipher, key_id: hex::encode(&Sha256::digest(&key)[..6]) })
    }

    /// Names the key without telling it.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Encrypts secrets for one row.
    pub fn encrypt(&self, row: &str, secrets: &Value) -> String {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut chacha20poly1305::aead::OsRng);
        let plain = secrets.to_string();
        let payload = Payload { msg: plain.as_bytes(), aad: row.as_bytes() };
        let sealed = self.cipher.encrypt(&nonce, payload).expect("memory is not short of a few bytes");
        STANDARD.encode([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts the secrets of a row.
    ///
    /// # Errors
    /// Where they were changed, or belong to another row or key.
    pub fn decrypt(&self, row: &str, sealed: &str) -> Result<Value, VaultError> {
        let damaged = || VaultError::Damaged { row: row.to_owned() };
        let bytes = STANDARD.decode(sealed).map_err(|_| damaged())?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES).ok_or_else(damaged)?;
        let payload = Payload { msg: sealed, aad: row.as_bytes() };
        let plain = self.cipher.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| damaged())?;
        serde_json::from_slice(&plain).map_err(|_| damaged())
    }
}

/// Refuses a key file that everybody on the machine may read or change; its group was chosen by somebody.
#[cfg(unix)]
fn refuse_exposed(path: &Path) -> Result<(), VaultError> {
    use std::os::unix::fs::PermissionsExt;
    // One that is not there, or cannot be looked at, is told by whoever reads it.
    let Ok(about) = fs::metadata(path) else { return Ok(()) };
    let mode = about.permissions().mode() & 0o777;
    match mode & 0o007 {
        0 => Ok(()),
        _ => Err(VaultError::Exposed { path: path.display().to_string(), mode }),
    }
}

#[cfg(not(unix))]
fn refuse_exposed(_path: &Path) -> Result<(), VaultError> {
    Ok(())
}

/// Writes a file that only its owner may read, whole or not at all, and never over another.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let temporary = path.with_extension(format!("new-{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_go_round_and_are_bound_to_their_row() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        let vault = Vault::open(None, Some(&file)).unwrap();
        let sealed = vault.encrypt("con_1", &json!({"password": "s3cret"}));
        assert!(!sealed.contains("s3cret"));
        let again = Vault::open(None, Some(&file)).unwrap();
        assert_eq!(again.decrypt("con_1", &sealed).unwrap(), json!({"password": "s3cret"}));
        assert!(matches!(again.decrypt("con_2", &sealed), Err(VaultError::Damaged { .. })));
        assert_eq!(again.key_id(), vault.key_id());
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_everybody_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        Vault::open(None, Some(&file)).unwrap();
        for (mode, is_refused) in [(0o600, false), (0o640, false), (0o644, true), (0o602, true)] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            let refused = matches!(Vault::open(None, Some(&file)), Err(VaultError::Exposed { .. }));
            assert_eq!(refused, is_refused, "{mode:o}");
        }
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        assert!(matches!(Vault::open(Some("short"), None), Err(VaultError::BadKey { .. })));
        assert!(matches!(Vault::open(None, None), Err(VaultError::KeyMissing)));
    }
}
