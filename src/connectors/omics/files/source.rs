//! The data sources that files are: one for a matrix, one for variants, and one for genotypes where there are samples.

use std::path::Path;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::counts::{self, labels};
use super::format::{self, Format};
use super::listing::Found;
use super::{Root, damage, variants};
use crate::sdk::rows::schema_of;
use crate::sdk::{CatalogSource, ConnectorError, Rediscovered, SourceRef};

/// What is read of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of a matrix.
    Counts,
    /// The variants of a VCF or BCF file.
    Variants,
    /// The same by sample.
    Genotypes,
}

impl Part {
    fn as_str(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Variants => "variants",
            Self::Genotypes => "genotypes",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Counts => "One row for each feature and sample",
            Self::Variants => "One row for each variant",
            Self::Genotypes => "One row for each variant and sample",
        }
    }
}

/// The file of a data source, its format, and what is read of it.
///
/// # Errors
/// `NotFound` where a path is none of ours.
pub(super) fn parse(path: &str) -> Result<(&str, Format, Part), ConnectorError> {
    let strange = || ConnectorError::NotFound { what: path.to_owned(), hint: " among the files that we read".into() };
    let (file, part) = match path.rsplit_once('#') {
        Some((file, "variants")) => (file, Part::Variants),
        Some((file, "genotypes")) => (file, Part::Genotypes),
        _ => (path, Part::Counts),
    };
    let (format, _) = format::of_name(name_of(file)).ok_or_else(strange)?;
    let is_of_variants = matches!(format, Format::Vcf | Format::Bcf);
    if is_of_variants == (part != Part::Counts) { Ok((file, format, part)) } else { Err(strange()) }
}

/// Adds the data sources of a file; those that it was `before`, and that have surely not changed, are only named.
pub(super) fn look_into(root: &Root, file: &Found, before: Vec<SourceRef>, found: &mut Rediscovered) {
    let facts = json!({
        "file": file.path, "size": file.version.size, "modified": file.version.modified, "options": root.options.digest(),
    });
    if !before.is_empty() && before.iter().all(|source| source.details == facts) {
        found.unchanged.extend(before.into_iter().map(|source| source.source_path));
        return;
    }
    let sources = &mut found.catalog.sources;
    match file.format {
        Format::Matrix => sources.push(source(file, Part::Counts, &facts, None, None)),
        Format::MatrixMarket => {
            let (rows, problem) = told(damage::caught(&file.path, || entries(root, &file.path)));
            sources.push(source(file, Part::Counts, &facts, rows, problem));
        }
        Format::Vcf | Format::Bcf => {
            let (samples, problem) = told(damage::caught(&file.path, || samples(root, file)));
            // Whether there are samples is not known of a file that cannot be read.
            let parts: &[Part] =
                if samples.unwrap_or_default() > 0 { &[Part::Variants, Part::Genotypes] } else { &[Part::Variants] };
            for part in parts {
                sources.push(source(file, *part, &facts, None, problem.clone()));
            }
        }
    }
}

fn told<T>(looked: Result<T, ConnectorError>) -> (Option<T>, Option<String>) {
    match looked {
        Ok(found) => (Some(found), None),
        Err(error) => (None, Some(error.to_string())),
    }
}

fn entries(root: &Root, path: &str) -> Result<u64, ConnectorError> {
    let place = root.place(path)?;
    // What the rows and columns are called by must be there, too.
    labels::find(&root.folder()?, &place)?;
    counts::sparse::entries(&place, path, &root.options, &CancellationToken::new())
}

fn samples(root: &Root, file: &Found) -> Result<usize, ConnectorError> {
    variants::samples(&root.place(&file.path)?, &file.path, file.format, &root.options, &CancellationToken::new())
}

fn source(file: &Found, part: Part, facts: &Value, rows: Option<u64>, problem: Option<String>) -> CatalogSource {
    let (folder, name) = (Path::new(&file.path).parent(), name_of(&file.path));
    let stem = format::of_name(name).map_or(name, |(_, stem)| stem);
    let folders = folder.into_iter().flat_map(Path::components).map(|part| part.as_os_str().to_string_lossy());
    let mut parts: Vec<String> = folders.map(std::borrow::Cow::into_owned).chain([stem.to_owned()]).collect();
    let (source_path, name, columns) = match part {
        Part::Counts => (file.path.clone(), stem.to_owned(), counts::COLUMNS),
        Part::Variants => (format!("{}#variants", file.path), format!("{stem} variants"), variants::VARIANTS),
        Part::Genotypes => (format!("{}#genotypes", file.path), format!("{stem} genotypes"), variants::GENOTYPES),
    };
    if part != Part::Counts {
        parts.push(part.as_str().to_owned());
    }
    let mut details = facts.clone();
    if let Some(problem) = problem {
        details["problem"] = Value::String(problem);
    }
    CatalogSource {
        name,
        sql_name: parts.join("_"),
        source_type: part.as_str().into(),
        source_path,
        description: Some(part.words().into()),
        schema: schema_of(columns),
        // With a key, rows that are gone from a file that changed would stay.
        primary_key: Vec::new(),
        cursor_field: None,
        estimated_rows: rows,
        details,
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_a_file_and_a_part_of_it() {
        assert_eq!(parse("a/b.vcf.gz#variants").unwrap(), ("a/b.vcf.gz", Format::Vcf, Part::Variants));
        assert_eq!(parse("b#1.bcf#genotypes").unwrap(), ("b#1.bcf", Format::Bcf, Part::Genotypes));
        assert_eq!(parse("x/matrix.mtx").unwrap(), ("x/matrix.mtx", Format::MatrixMarket, Part::Counts));
        assert_eq!(parse("run#1.tsv").unwrap(), ("run#1.tsv", Format::Matrix, Part::Counts));
        for stranger in ["a.vcf", "a.tsv#variants", "a.vcf#reads", "a.pdf", ""] {
            assert!(parse(stranger).is_err(), "{stranger}");
        }
    }
}
