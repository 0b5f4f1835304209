//! Digests and signatures by their usual names.

use aws_lc_rs::{digest as lc, hmac};
use md5::{Digest as _, Md5};

/// The digest of a name that Python's `hashlib` knows; `None` where we do not.
pub(super) fn digest(kind: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let algorithm = match kind {
        "md5" => return Some(Md5::digest(bytes).to_vec()),
        "sha1" => &lc::SHA1_FOR_LEGACY_USE_ONLY,
        "sha224" => &lc::SHA224,
        "sha256" => &lc::SHA256,
        "sha384" => &lc::SHA384,
        "sha512" => &lc::SHA512,
        "sha3_256" => &lc::SHA3_256,
        "sha3_384" => &lc::SHA3_384,
        "sha3_512" => &lc::SHA3_512,
        _ => return None,
    };
    Some(lc::digest(algorithm, bytes).as_ref().to_vec())
}

pub(super) fn hmac_sha256(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes).as_ref().to_vec()
}
