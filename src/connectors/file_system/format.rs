//! Which format a file is in, and how it is compressed: told by its name and by its first bytes.

/// How a file's rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Format {
    Csv,
    Tsv,
    /// An array of objects, an object that holds one, or objects one after the other.
    Json,
    JsonLines,
    Parquet,
    /// Arrow IPC, as a file or as a stream.
    Arrow,
    Xlsx,
}

/// How a file's bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Plain,
    Gzip,
    Zstd,
}

const EXTENSIONS: &[(&str, Format)] = &[
    ("csv", Format::Csv),
    ("tsv", Format::Tsv),
    ("tab", Format::Tsv),
    ("json", Format::Json),
    ("jsonl", Format::JsonLines),
    ("ndjson", Format::JsonLines),
    ("parquet", Format::Parquet),
    ("arrow", Format::Arrow),
    ("arrows", Format::Arrow),
    ("feather", Format::Arrow),
    ("ipc", Format::Arrow),
    ("xlsx", Format::Xlsx),
    ("xlsm", Format::Xlsx),
];

impl Format {
    /// The word for it in `source_type` and in `check`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Xlsx => "xlsx",
        }
    }
}

/// What a file's name says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NamedFormat<'a> {
    pub(super) format: Format,
    pub(super) compression: Compression,
    /// The name without the extensions that say so.
    pub(super) stem: &'a str,
}

/// Reads `orders.csv.gz` as CSV in gzip; `None` where the name says nothing that we read.
pub(super) fn of_name(name: &str) -> Option<NamedFormat<'_>> {
    let (rest, compression) = match name.rsplit_once('.') {
        Some((rest, end)) if end.eq_ignore_ascii_case("gz") => (rest, Compression::Gzip),
        Some((rest, end)) if end.eq_ignore_ascii_case("zst") || end.eq_ignore_ascii_case("zstd") => {
            (rest, Compression::Zstd)
        }
        _ => (name, Compression::Plain),
    };
    let (stem, end) = rest.rsplit_once('.')?;
    let (_, format) = EXTENSIONS.iter().find(|(known, _)| end.eq_ignore_ascii_case(known))?;
    if stem.is_empty() { None } else { Some(NamedFormat { format: *format, compression, stem }) }
}

/// What the first bytes of a file say of its compression.
pub(super) fn compression_of_bytes(start: &[u8]) -> Compression {
    match start {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        // A frame, or a skippable frame before it (RFC 8878).
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
        _ => Compression::Plain,
    }
}

/// Whether a path names something that no one means to read: hidden files and folders, and what Spark leaves behind.
pub(super) fn is_ignored(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
        || path.ends_with(".crc")
        || path.rsplit('/').next() == Some("_SUCCESS")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_format_compression_and_stem() {
        let named = of_name("v1.2 orders.CSV.gz").unwrap();
        assert_eq!((named.format, named.compression, named.stem), (Format::Csv, Compression::Gzip, "v1.2 orders"));
        let named = of_name("events.ndjson").unwrap();
        assert_eq!((named.format, named.compression, named.stem), (Format::JsonLines, Compression::Plain, "events"));
        assert_eq!(of_name("notes.txt"), None);
        assert_eq!(of_name("archive.gz"), None);
        assert_eq!(of_name(".csv"), None);
    }

    #[test]
    fn hidden_files_and_marks_are_ignored() {
        for path in [".git/orders.csv", "a/.orders.csv", "out/_SUCCESS", "out/.part.parquet.crc", "part.crc"] {
            assert!(is_ignored(path), "{path}");
        }
        assert!(!is_ignored("out/part-0.parquet"));
    }
}
