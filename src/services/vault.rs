//! Secrets at rest: XChaCha20-Poly1305, bound to their row.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{AeadCore, KeyInit, XChaCha20Poly1305, XNonce};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The environment variable that holds the key: 32 bytes in base64.
pub const KEY_VARIABLE: &str = "DATAWEAVER_SECRET_KEY";
const NONCE_BYTES: usize = 24;
/// Connectors that an error names before it counts the others.
const MOST_NAMED: usize = 5;
/// What to do about secrets whose key is lost.
const WAY_ON: &str = "give each its secrets anew (dataweaver connectors update NAME --password-stdin)";

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
    /// The key file is gone that stored secrets need.
    #[error(
        "the key file {path} is gone, and the secrets of {connectors} are encrypted with it: put it back, or {WAY_ON}"
    )]
    KeyLost { path: String, connectors: String },
    /// Secrets in the database were encrypted with a key that we do not have.
    #[error(
        "the secrets of {connectors} are encrypted with the key {stored}, and this process has the key {own}: set \
         {KEY_VARIABLE} to the former or put its file back, or {WAY_ON}"
    )]
    OtherKey { stored: String, own: String, connectors: String },
    /// A ciphertext was changed or belongs to another row.
    #[error("the secrets of {row} cannot be decrypted: they were changed, or belong to another row")]
    Damaged { row: String },
}

/// Encrypts and decrypts. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    /// None where it is lost.
    key: Arc<OnceLock<Key>>,
    /// Where it lies, unless it comes from the environment.
    file: Option<PathBuf>,
    /// The connectors whose secrets are stored, for people.
    connectors: Arc<str>,
}

struct Key {
    cipher: XChaCha20Poly1305,
    id: String,
}

impl Vault {
    /// The vault with the key from the environment, or else from the file. Without either it is empty, and every use of
    /// it is an error that says what to do, unless nothing was ever encrypted: then the file is made.
    ///
    /// `encrypted` are the slugs of the connectors whose secrets are stored.
    ///
    /// # Errors
    /// Where the key is none, or can be read by others.
    pub fn open(variable: Option<&str>, key_file: Option<&Path>, encrypted: &[&str]) -> Result<Self, VaultError> {
        let vault = Self {
            key: Arc::default(),
            file: key_file.map(Path::to_owned),
            connectors: names_for_people(encrypted).into(),
        };
        if let Some(text) = variable {
            vault.take(Key::from_text(text, KEY_VARIABLE)?);
            return Ok(vault);
        }
        let Some(path) = key_file else { return Ok(vault) };
        refuse_exposed(path)?;
        match fs::read_to_string(path) {
            Ok(text) => vault.take(Key::from_text(&text, &path.display().to_string())?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && encrypted.is_empty() => vault.make_key()?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(cause) => return Err(VaultError::KeyFile { path: path.display().to_string(), cause }),
        }
        Ok(vault)
    }

    /// Makes the key file where it is lost, for secrets that are given anew. What was encrypted with the former is not
    /// opened by it.
    ///
    /// # Errors
    /// Where the file cannot be made, or the key must come from the environment.
    pub fn make_key(&self) -> Result<(), VaultError> {
        if self.key.get().is_some() {
            return Ok(());
        }
        let Some(path) = &self.file else { return Err(VaultError::KeyMissing) };
        let failed = |cause| VaultError::KeyFile { path: path.display().to_string(), cause };
        let key = XChaCha20Poly1305::generate_key(&mut chacha20poly1305::aead::OsRng);
        write_private(path, &STANDARD.encode(key)).map_err(failed)?;
        // Another process may have been first: the file is the truth.
        self.take(Key::from_text(&fs::read_to_string(path).map_err(failed)?, &path.display().to_string())?);
        Ok(())
    }

    fn take(&self, key: Key) {
        self.key.get_or_init(|| key);
    }

    fn key(&self) -> Result<&Key, VaultError> {
        self.key.get().ok_or_else(|| match &self.file {
            Some(path) => {
                VaultError::KeyLost { path: path.display().to_string(), connectors: self.connectors.to_string() }
            }
            None => VaultError::KeyMissing,
        })
    }

    /// Names the key without telling it.
    ///
    /// # Errors
    /// Where there is none.
    pub fn key_id(&self) -> Result<&str, VaultError> {
        Ok(&self.key()?.id)
    }

    /// Encrypts secrets for one row.
    ///
    /// # Errors
    /// Where there is no key.
    pub fn encrypt(&self, row: &str, secrets: &Value) -> Result<String, VaultError> {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut chacha20poly1305::aead::OsRng);
        let plain = secrets.to_string();
        let payload = Payload { msg: plain.as_bytes(), aad: row.as_bytes() };
        let sealed = self.key()?.cipher.encrypt(&nonce, payload).expect("memory is not short of a few bytes");
        Ok(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Decrypts the secrets of a row.
    ///
    /// # Errors
    /// Where there is no key, or they were changed or belong to another row or key.
    pub fn decrypt(&self, row: &str, sealed: &str) -> Result<Value, VaultError> {
        let damaged = || VaultError::Damaged { row: row.to_owned() };
        let bytes = STANDARD.decode(sealed).map_err(|_| damaged())?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES).ok_or_else(damaged)?;
        let payload = Payload { msg: sealed, aad: row.as_bytes() };
        let plain = self.key()?.cipher.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| damaged())?;
        serde_json::from_slice(&plain).map_err(|_| damaged())
    }
}

impl Key {
    fn from_text(text: &str, place: &str) -> Result<Self, VaultError> {
        let bad = || VaultError::BadKey { place: place.to_owned() };
        let key = STANDARD.decode(text.trim()).map_err(|_| bad())?;
        let cipher = XChaCha20Poly1305::new_from_slice(&key).map_err(|_| bad())?;
        Ok(Self { cipher, id: hex::encode(&Sha256::digest(&key)[..6]) })
    }
}

/// The slugs of connectors in a sentence.
pub fn names_for_people(slugs: &[&str]) -> String {
    let (named, more) = slugs.split_at(slugs.len().min(MOST_NAMED));
    match more.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
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
        let vault = Vault::open(None, Some(&file), &[]).unwrap();
        let sealed = vault.encrypt("con_1", &json!({"password": "s3cret"})).unwrap();
        assert!(!sealed.contains("s3cret"));
        let again = Vault::open(None, Some(&file), &["shop"]).unwrap();
        assert_eq!(again.decrypt("con_1", &sealed).unwrap(), json!({"password": "s3cret"}));
        assert!(matches!(again.decrypt("con_2", &sealed), Err(VaultError::Damaged { .. })));
        assert_eq!(again.key_id().unwrap(), vault.key_id().unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_everybody_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        Vault::open(None, Some(&file), &[]).unwrap();
        for (mode, is_refused) in [(0o600, false), (0o640, false), (0o644, true), (0o602, true)] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            let refused = matches!(Vault::open(None, Some(&file), &[]), Err(VaultError::Exposed { .. }));
            assert_eq!(refused, is_refused, "{mode:o}");
        }
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        assert!(matches!(Vault::open(Some("short"), None, &[]), Err(VaultError::BadKey { .. })));
        let vault = Vault::open(None, None, &[]).unwrap();
        assert!(matches!(vault.encrypt("con_1", &json!({})), Err(VaultError::KeyMissing)));
        assert!(matches!(vault.make_key(), Err(VaultError::KeyMissing)));
    }

    #[test]
    fn a_lost_key_is_made_anew_only_when_that_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        let vault = Vault::open(None, Some(&file), &["a", "b", "c", "d", "e", "f"]).unwrap();
        let error = vault.encrypt("con_1", &json!({})).unwrap_err().to_string();
        assert!(error.contains("secret.key is gone") && error.contains("a, b, c, d, e and 1 more"), "{error}");
        assert!(!file.exists());
        vault.make_key().unwrap();
        assert!(file.exists() && vault.encrypt("con_1", &json!({})).is_ok());
    }
}
