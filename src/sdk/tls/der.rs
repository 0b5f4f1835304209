//! Just enough DER (X.690) to take a certificate apart.

/// The content of the first DER element, and what comes behind it.
pub fn element(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = bytes.get(1..)?.split_first()?;
    if length < 0x80 {
        return rest.split_at_checked(usize::from(length));
    }
    let (length, rest) = rest.split_at_checked(usize::from(length & 0x7f)).filter(|(length, _)| length.len() <= 4)?;
    let length = length.iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte));
    rest.split_at_checked(length)
}
