//! Count matrices, read into long form: one row a feature and sample.

pub(super) mod dense;
pub(super) mod labels;
pub(super) mod layout;
pub(super) mod sparse;

use super::Options;
use crate::sdk::rows::{Column, Kind};

/// How far the first row of a matrix is looked for, in bytes of the unpacked text; or four times the longest line, where that is
/// more.
const HEAD_LIMIT: u64 = 256 << 20;

fn head_limit(options: &Options) -> u64 {
    HEAD_LIMIT.max(4 * options.line_limit as u64)
}

pub(super) const COLUMNS: &[Column] = &[
    Column::required("feature_id", Kind::Text, "The feature, as the file calls it: a gene's id, a peak"),
    Column::new("feature_name", Kind::Text, "Its name, such as a gene's symbol, where the file has one beside the id"),
    Column::new("feature_type", Kind::Text, "Its type, such as Gene Expression"),
    Column::required("sample", Kind::Text, "The sample, or the barcode of a cell"),
    Column::new("value", Kind::Real, "The count, or whatever the matrix holds; NULL where it says NA"),
    Column::new("annotations", Kind::Json, "What else the file says of the feature"),
];

/// Columns of matrices that are numbers and no samples, in lower case.
pub(super) const KNOWN_ANNOTATIONS: &[&str] = &[
    "length",
    "gene_length",
    "eff_length",
    "effective_length",
    "start",
    "end",
    "chr",
    "chrom",
    "chromosome",
    "strand",
    "entrez",
    "entrezid",
    "entrez_id",
    "entrez_gene_id",
    "entrezgene",
    "geneid",
    "gene_id",
    "hgnc_id",
    "gc",
    "gc_content",
];

/// Columns that hold a feature's name, in lower case.
const NAMES: &[&str] = &[
    "gene_name",
    "genename",
    "gene_symbol",
    "genesymbol",
    "symbol",
    "hugo_symbol",
    "hugo_gene_symbol",
    "hgnc_symbol",
    "external_gene_name",
    "description",
    "name",
];
