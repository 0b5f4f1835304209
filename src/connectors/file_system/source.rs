//! How a data source names its file: `orders.csv`, or `book.xlsx#Sheet1` for a sheet of a workbook.

use super::format::{self, Compression, Format, NamedFormat};
use crate::sdk::ConnectorError;

/// A data source's path, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SourcePath {
    /// The file's path below the root.
    pub(super) file: String,
    /// The sheet of a workbook; `None` where the workbook was too damaged to show its sheets when it was found.
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
        let whole = name_of(path);
        if whole.is_none_or(|named| named.format == Format::Xlsx) {
            for (at, _) in path.match_indices('#') {
                let (file, sheet) = (&path[..at], &path[at + 1..]);
                if let Some(named) = name_of(file).filter(|named| named.format == Format::Xlsx) {
                    return Ok(Self::new(file, Some(sheet), named));
                }
            }
        }
        let unknown = || ConnectorError::NotFound { what: path.to_owned(), hint: "; discover again".into() };
        Ok(Self::new(path, None, whole.ok_or_else(unknown)?))
    }

    fn new(file: &str, sheet: Option<&str>, named: NamedFormat<'_>) -> Self {
        Self {
            file: file.to_owned(),
            sheet: sheet.map(str::to_owned),
            format: named.format,
            compression: named.compression,
        }
    }
}

fn name_of(path: &str) -> Option<NamedFormat<'_>> {
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
        assert_eq!(parts("book.xlsx"), Some(("book.xlsx".into(), None)));
        for path in ["notes.txt", "../orders.csv", "a/../../orders.csv", "/etc/orders.csv", ""] {
            assert_eq!(parts(path), None, "{path}");
        }
    }
}
