//! What the rows and columns of a sparse matrix are called by: files beside it, a line each.
//!
//! There may be millions of barcodes. They are kept in a temporary file, of which as much is in memory as was used of late.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use lru::LruCache;
use memchr::memchr_iter;
use tokio_util::sync::CancellationToken;

use super::super::input::{self, of_io};
use super::super::listing::below;
use crate::sdk::{ConnectorError, ScratchFolder};

/// Lines that are read together.
const BLOCK: usize = 64;
/// How much is kept of them in memory, in bytes; of one block, as much as it has.
const KEPT: usize = 8 << 20;
/// The longest line.
const LINE_LIMIT: u64 = 1 << 20;

/// The files beside a matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Beside {
    pub(super) features: Option<PathBuf>,
    pub(super) barcodes: Option<PathBuf>,
}

impl Beside {
    pub(in super::super) fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.features.iter().chain(&self.barcodes).cloned().collect::<Vec<_>>().into_iter()
    }
}

/// Finds them: `features.tsv` or `genes.tsv`, and `barcodes.tsv`, packed or not, beside `matrix.mtx`; for
/// `GSM1_matrix.mtx` they begin with `GSM1_`, and for `cells.mtx` with `cells.` or `cells_`. They have to lie below `root`, which
/// is free of links.
///
/// # Errors
/// `Data` where there is one without the other, `Permission` where one is a link that leads out of the root.
pub(in super::super) fn find(root: &Path, matrix: &Path) -> Result<Beside, ConnectorError> {
    let name = matrix.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = super::super::format::of_name(name).map_or(name, |(_, stem)| stem);
    let folder = matrix.parent().unwrap_or(Path::new(""));
    let mut prefixes = Vec::new();
    if let Some(prefix) = stem.strip_suffix("matrix") {
        prefixes.push(prefix.to_owned());
    }
    prefixes.extend([format!("{stem}."), format!("{stem}_"), String::new()]);
    let first = |names: &[&str]| {
        let all = prefixes.iter().flat_map(|prefix| names.iter().map(move |name| format!("{prefix}{name}")));
        let all = all.flat_map(|name| ["tsv", "txt"].map(|ending| format!("{name}.{ending}")));
        let mut all = all.flat_map(|name| [name.clone(), format!("{name}.gz")]).map(|name| folder.join(name));
        let found = all.find(|path| path.is_file());
        found.map(|path| below(root, &path, &name_of(&path))).transpose()
    };
    let found = Beside { features: first(&["features", "genes"])?, barcodes: first(&["barcodes"])? };
    if found.features.is_some() != found.barcodes.is_some() {
        let missing = if found.features.is_some() { "barcodes.tsv" } else { "features.tsv or genes.tsv" };
        return Err(ConnectorError::data(name, format!("there is no {missing} beside it, to name what it counts")));
    }
    Ok(found)
}

/// The lines of such a file, by number.
pub(super) struct Labels {
    name: String,
    file: File,
    /// Where every block begins, and the end.
    starts: Vec<u64>,
    pub(super) count: u64,
    kept: LruCache<usize, Vec<String>>,
    kept_bytes: usize,
}

impl Labels {
    /// # Errors
    /// What reading ran into; `Scratch` where there is no room for a copy.
    pub(super) fn of(path: &Path, scratch: &ScratchFolder, stop: &CancellationToken) -> Result<Self, ConnectorError> {
        let name = name_of(path);
        let failed = |error| of_io(&name, error);
        let (mut bytes, _) = input::open(path, &name, stop)?;
        let mut file = scratch.copy_of(&mut bytes).map_err(failed)?;
        let (mut starts, mut count, mut at, mut line) = (vec![0], 0_u64, 0_u64, 0_u64);
        let mut piece = vec![0; 64 << 10];
        loop {
            let length = file.read(&mut piece).map_err(failed)?;
            if length == 0 {
                break;
            }
            for end in memchr_iter(b'\n', &piece[..length]) {
                line = at + end as u64 + 1;
                count += 1;
                if count.is_multiple_of(BLOCK as u64) {
                    starts.push(line);
                }
            }
            at += length as u64;
            if at - line > LINE_LIMIT {
                return Err(ConnectorError::data(&name, format!("line {} is too long to name anything", count + 1)));
            }
        }
        // The last line may have no end.
        count += u64::from(line < at);
        starts.push(at);
        Ok(Self { name, file, starts, count, kept: LruCache::unbounded(), kept_bytes: 0 })
    }

    /// The label of a number from 0; there is one for each below `count`.
    ///
    /// # Errors
    /// What reading ran into.
    pub(super) fn get(&mut self, number: u64) -> Result<&str, ConnectorError> {
        let (block, place) = block_of(number);
        if !self.kept.contains(&block) {
            let lines = self.read(block)?;
            self.kept_bytes += bytes_of(&lines);
            self.kept.put(block, lines);
            while self.kept_bytes > KEPT && self.kept.len() > 1 {
                let oldest = self.kept.pop_lru();
                self.kept_bytes -= oldest.map_or(0, |(_, lines)| bytes_of(&lines));
            }
        }
        let lines = self.kept.get(&block);
        Ok(lines.and_then(|lines| lines.get(place)).map_or("", String::as_str))
    }

    fn read(&mut self, block: usize) -> Result<Vec<String>, ConnectorError> {
        let bounds = self.starts.get(block).zip(self.starts.get(block + 1));
        let (start, end) = bounds.map_or((0, 0), |(start, end)| (*start, *end));
        let mut text = Vec::new();
        let mut read = || {
            self.file.seek(SeekFrom::Start(start))?;
            (&self.file).take(end - start).read_to_end(&mut text)
        };
        read().map_err(|error| of_io(&self.name, error))?;
        let lines = text.split(|byte| *byte == b'\n');
        let line = |line: &[u8]| String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
        Ok(lines.take(BLOCK).map(line).collect())
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn bytes_of(lines: &[String]) -> usize {
    lines.iter().map(|line| size_of::<String>() + line.capacity()).sum()
}

fn block_of(number: u64) -> (usize, usize) {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    (number / BLOCK, number % BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found_by_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("barcodes.tsv");
        let text: Vec<String> = (0..1_000).map(|number| format!("CELL-{number}")).collect();
        for (ending, separator) in [("\n", "\n"), ("", "\r\n")] {
            std::fs::write(&path, text.join(separator) + ending).unwrap();
            let mut labels = Labels::of(&path, &ScratchFolder::default(), &CancellationToken::new()).unwrap();
            assert_eq!(labels.count, 1_000);
            for number in [0, 63, 64, 999, 1, 640, 500] {
                assert_eq!(labels.get(number).unwrap(), format!("CELL-{number}"));
            }
        }
    }

    #[test]
    fn long_labels_do_not_fill_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("barcodes.tsv");
        let label = |number: u64| format!("{number}-{}", "x".repeat(30_000));
        let text: Vec<String> = (0..1_000).map(label).collect();
        std::fs::write(&path, text.join("\n")).unwrap();
        let mut labels = Labels::of(&path, &ScratchFolder::default(), &CancellationToken::new()).unwrap();
        for number in [0, 999, 500, 0] {
            assert_eq!(labels.get(number).unwrap(), label(number));
        }
        let blocks = (0..1_000).step_by(BLOCK);
        blocks.for_each(|number| assert_eq!(labels.get(number).unwrap(), label(number)));
        let held: usize = labels.kept.iter().map(|(_, lines)| bytes_of(lines)).sum();
        assert!(held <= KEPT && held == labels.kept_bytes && labels.kept.len() > 1, "{held} {}", labels.kept_bytes);
    }

    #[test]
    fn label_files_lie_beside_their_matrix() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let place = |name: &str| root.join(name);
        for name in ["genes.tsv", "barcodes.tsv.gz", "GSM1_features.tsv", "GSM1_barcodes.tsv", "cells.genes.txt"] {
            std::fs::write(place(name), "").unwrap();
        }
        let names = |matrix: &str| {
            let found = find(&root, &place(matrix))?;
            let name = |path: Option<PathBuf>| path.unwrap().file_name().unwrap().to_string_lossy().into_owned();
            Ok::<_, ConnectorError>((name(found.features), name(found.barcodes)))
        };
        assert_eq!(names("matrix.mtx").unwrap(), ("genes.tsv".into(), "barcodes.tsv.gz".into()));
        assert_eq!(names("GSM1_matrix.mtx.gz").unwrap(), ("GSM1_features.tsv".into(), "GSM1_barcodes.tsv".into()));
        std::fs::remove_file(place("barcodes.tsv.gz")).unwrap();
        assert!(names("cells.mtx").unwrap_err().to_string().contains("no barcodes.tsv"));
    }
}
