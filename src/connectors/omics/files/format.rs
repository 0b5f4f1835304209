//! What a file holds, by its name.

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Variants, as text.
    Vcf,
    /// Variants, binary.
    Bcf,
    /// A sparse matrix, in Matrix Market's format.
    MatrixMarket,
    /// A matrix of features by samples, as text with separated fields; whether it is one shows within.
    Matrix,
}

impl Format {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Vcf => "vcf",
            Self::Bcf => "bcf",
            Self::MatrixMarket => "mtx",
            Self::Matrix => "matrix",
        }
    }
}

const ENDINGS: &[(&str, Format)] = &[
    (".vcf", Format::Vcf),
    (".bcf", Format::Bcf),
    (".mtx", Format::MatrixMarket),
    (".tsv", Format::Matrix),
    (".csv", Format::Matrix),
    (".txt", Format::Matrix),
    (".tab", Format::Matrix),
    (".gct", Format::Matrix),
];
/// Endings of packed files.
const PACKED: &[&str] = &[".gz", ".bgz"];
/// What the rows and columns of a Matrix Market file are called by lies in files of these names.
const LABELS: &[&str] = &["features", "genes", "barcodes"];

/// The format of a file, and its name without endings; `None` where it is none of ours.
pub(super) fn of_name(name: &str) -> Option<(Format, &str)> {
    let unpacked = unpacked(name);
    let lower = unpacked.to_ascii_lowercase();
    let (ending, format) = ENDINGS.iter().find(|(ending, _)| lower.ends_with(ending))?;
    let stem = &unpacked[..unpacked.len() - ending.len()];
    let is_label = LABELS.iter().any(|label| stem.to_ascii_lowercase().ends_with(label));
    let is_beside = *format == Format::Matrix && is_label;
    (!stem.is_empty() && !is_beside).then_some((*format, stem))
}

/// Whether a name says that the file is packed.
pub(super) fn is_named_packed(name: &str) -> bool {
    unpacked(name).len() < name.len()
}

fn unpacked(name: &str) -> &str {
    let lower = name.to_ascii_lowercase();
    let packed = PACKED.iter().find(|ending| lower.ends_with(*ending));
    packed.map_or(name, |ending| &name[..name.len() - ending.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_names() {
        for (name, expected) in [
            ("a.vcf", Some((Format::Vcf, "a"))),
            ("a.b.VCF.GZ", Some((Format::Vcf, "a.b"))),
            ("a.vcf.bgz", Some((Format::Vcf, "a"))),
            ("a.bcf", Some((Format::Bcf, "a"))),
            ("matrix.mtx.gz", Some((Format::MatrixMarket, "matrix"))),
            ("counts.tsv", Some((Format::Matrix, "counts"))),
            ("GSM1_features.tsv.gz", None),
            ("barcodes.tsv", None),
            ("a.vcf.gz.tbi", None),
            (".tsv", None),
            ("a.parquet", None),
        ] {
            assert_eq!(of_name(name), expected, "{name}");
        }
        assert!(is_named_packed("a.tsv.gz") && !is_named_packed("a.tsv"));
    }
}
