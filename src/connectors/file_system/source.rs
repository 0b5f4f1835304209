//! How a data source names its file: `orders.csv`, or `book.xlsx#Sheet1` for a sheet of a workbook.

use super::format::{self, Compression, Format};
use crate::sdk::ConnectorError;

/// A data source's path, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SourcePath {
    /// The file's path below the root.
    pub(super) file: String,
    /// The sheet of a workbook.
    pub(super) sheet: Option<String>,
    pub(super) format: Format,
    /// What its name says of its compression.
    pub(super) compression: Compression,
}

impl SourcePath {
    /// Takes a path apart. A file's name may hold `#` too, so the first one after a workbook's extension counts.
    ///
    /// # Errors
    /// `NotFound` where it is the name of nothing that we read.
    pub(super) fn parse(path: &str) -> Result<Self, ConnectorError> {
        if let Some(named) = name_of(path).filter(|named| named.format != Format::Xlsx) {
            return Ok(Self {
                file: path.to_owned(),
                sheet: None,
                format: named.format,
                compression: named.compression,
            });
        }
        for (at, _) in path.match_indices('#') {
            let (file, sheet) = (&path[..at], &path[at + 1..]);
            if let Some(named) = name_of(file).filter(|named| named.format == Format::Xlsx) {
                return Ok(Self {
                    file: file.to_owned(),
                    sheet: Some(sheet.to_owned()),
                    format: named.format,
                    compression: named.compression,
                });
            }
        }
        let hint =
            if name_of(path).is_some() { "; name a sheet of it, as in book.xlsx#Sheet1" } else { "; discover again" };
        Err(ConnectorError::NotFound { what: path.to_owned(), hint: hint.into() })
    }
}

fn name_of(path: &str) -> Option<format::NamedFormat<'_>> {
    let is_safe = path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if is_safe { format::of_name(path.rsplit('/').next()?) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_file_or_a_sheet() {
        let parts = |path: &str| SourcePath::parse(path).ok().map(|source| (source.file, source.sheet));
        assert_eq!(parts("a/orders.csv.gz"), Some(("a/orders.csv.gz".into(), None)));
        assert_eq!(parts("a#b.csv"), Some(("a#b.csv".into(), None)));
        assert_eq!(parts("book#1.xlsx#Sheet #2"), Some(("book#1.xlsx".into(), Some("Sheet #2".into()))));
        for path in ["book.xlsx", "notes.txt", "../orders.csv", "a/../../orders.csv", "/etc/orders.csv", ""] {
            assert_eq!(parts(path), None, "{path}");
        }
    }
}
