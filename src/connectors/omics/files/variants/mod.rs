//! Variants, from VCF and BCF files (<https://samtools.github.io/hts-specs/>): one row a variant, and one a variant and sample.
//!
//! The library `noodles` reads headers, takes lines apart and gives INFO and FORMAT values the types that the header declares.
//! Records of BCF files are written as lines first, so that there is one way from there on.

pub(super) mod binary;
mod genotype;
mod header;
mod line;
pub(super) mod text;
mod value;
mod variant;

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::Options;
use super::format::Format;
use super::input::{self, Lines};
use crate::sdk::ConnectorError;

pub(super) use genotype::GENOTYPES;
pub(super) use variant::VARIANTS;

/// The longest header, in bytes: it is held in memory.
const HEADER_LIMIT: u64 = 64 << 20;

/// How many samples a file has.
///
/// # Errors
/// Where its header cannot be read.
pub(super) fn samples(
    place: &Path,
    name: &str,
    format: Format,
    options: &Options,
    stop: &CancellationToken,
) -> Result<usize, ConnectorError> {
    let (mut bytes, _) = input::open(place, name, stop)?;
    let header = match format {
        Format::Bcf => binary::header(&mut bytes, name)?,
        _ => header::read(&mut Lines::of(bytes, name, options.line_limit), name)?.header,
    };
    Ok(header.sample_names().len())
}
