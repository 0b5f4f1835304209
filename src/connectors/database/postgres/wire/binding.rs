//! Binds a SCRAM sign-in to the TLS line it runs on, by a hash of the server's certificate (RFC 5929).
//!
//! A machine in the middle that passes SCRAM on has another certificate, and so is found out.

use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::sdk::tls::element;

/// RSA with MD5, SHA-1, SHA-256, SHA-384, SHA-512 end with 4, 5, 11, 12, 13.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
/// ECDSA with SHA-256, SHA-384, SHA-512 end with 2, 3, 4.
const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];

/// `tls-server-end-point` of a certificate in DER; none where its signature has no hash of its own.
pub(super) fn server_end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let (whole, _) = element(certificate)?;
    let (_signed_part, after) = element(whole)?;
    let (algorithm, _) = element(after)?;
    let (name, _) = element(algorithm)?;
    let (family, kind) = name.split_at_checked(name.len().checked_sub(1)?)?;
    Some(match (family, kind) {
        (RSA, [4 | 5 | 11]) | (ECDSA, [2]) => Sha256::digest(certificate).to_vec(),
        (RSA, [12]) | (ECDSA, [3]) => Sha384::digest(certificate).to_vec(),
        (RSA, [13]) | (ECDSA, [4]) => Sha512::digest(certificate).to_vec(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bytes_make_it_panic() {
        for bytes in [&[][..], &[0x30], &[0x30, 0x85, 1], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[0x30, 2, 0x30, 0]] {
            assert_eq!(server_end_point(bytes), None);
        }
    }
}
