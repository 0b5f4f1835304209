//! The files of a ZIP archive.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::super::failure::Failure;

/// All files, unpacked, in the order of the archive's directory; together they may come to `most` bytes.
pub(super) fn files(body: &[u8], most: u64) -> Result<Vec<Vec<u8>>, Failure> {
    let broken =
        |error: &dyn std::fmt::Display| Failure::Data(format!("Received an invalid zip file in response: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(body)).map_err(|error| broken(&error))?;
    let (mut files, mut left) = (Vec::with_capacity(archive.len()), most);
    for place in 0..archive.len() {
        let file = archive.by_index(place).map_err(|error| broken(&error))?;
        let mut plain = Vec::new();
        file.take(left.saturating_add(1)).read_to_end(&mut plain).map_err(|error| broken(&error))?;
        left = left
            .checked_sub(plain.len() as u64)
            .ok_or_else(|| Failure::Data(format!("the zip file unpacks to more than {most} bytes")))?;
        files.push(plain);
    }
    Ok(files)
}
