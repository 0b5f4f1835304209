//! How a matrix of text is laid out: what separates its fields, and which of its columns are samples.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::super::Options;
use super::super::input::{self, Bytes, Line, Lines};
use super::{NAMES, head_limit};
use crate::sdk::ConnectorError;

/// Rows that are looked at to find the samples.
const SAMPLE_ROWS: usize = 50;
/// No more is looked at than so many bytes, but for the first row.
const SAMPLE_BYTES: u64 = 4 << 20;

/// What the columns of a matrix are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Layout {
    pub(super) delimiter: u8,
    pub(super) header: Vec<String>,
    /// The column with the features' names, beside the first, which holds their ids.
    pub(super) name: Option<usize>,
    /// Columns that tell more of the feature.
    pub(super) annotations: Vec<usize>,
    pub(super) samples: Vec<usize>,
    /// Where the rows begin.
    pub(super) offset: u64,
    pub(super) lines: u64,
}

/// Whether a file is a matrix.
///
/// # Errors
/// Why it is not.
pub(in super::super) fn look(
    place: &Path,
    name: &str,
    options: &Options,
    stop: &CancellationToken,
) -> Result<(), String> {
    let looked = input::open(place, name, stop).and_then(|(bytes, _)| Layout::of(bytes, name, options));
    looked.map(drop).map_err(|error| match error {
        ConnectorError::Data { message, .. } => message,
        other => other.to_string(),
    })
}

impl Layout {
    /// By a file's first rows.
    ///
    /// # Errors
    /// `Data` where it is no matrix, and what reading ran into.
    pub(super) fn of(bytes: Bytes, name: &str, options: &Options) -> Result<Self, ConnectorError> {
        let mut lines = Lines::of(bytes, name, options.line_limit);
        lines.begin_head(head_limit(options));
        let wrong = |line: u64, why: &str| ConnectorError::data(name, format!("line {line}: {why}"));
        let Some(first) = header(&mut lines, name)? else {
            return Err(ConnectorError::data(name, "no count matrix: the file is empty"));
        };
        let delimiter =
            delimiter(&first).ok_or_else(|| wrong(lines.count, "no count matrix: it has one column only"))?;
        let mut header = fields(&first, delimiter);
        let (offset, count) = (lines.offset, lines.count);
        let mut evidence: Vec<Evidence> = Vec::new();
        let mut rows = 0;
        while rows < SAMPLE_ROWS && (rows == 0 || lines.offset < SAMPLE_BYTES) {
            let Some(line) = lines.next()? else { break };
            let text = match line {
                Line::Whole(line) if !line.is_empty() => std::str::from_utf8(line).ok(),
                _ => None,
            };
            let Some(text) = text else { continue };
            let row = fields(text, delimiter);
            // R writes no name above the names of rows.
            if rows == 0 && row.len() == header.len() + 1 {
                header.insert(0, String::new());
            }
            rows += 1;
            evidence.resize(header.len(), Evidence::default());
            evidence.iter_mut().zip(&row).for_each(|(evidence, field)| evidence.add(field));
        }
        evidence.resize(header.len(), Evidence::default());
        let is_sample = |column: &usize| {
            let name = header[*column].trim().to_lowercase();
            // Where there are no rows, names are all that tells.
            let is_named = rows > 0 || !NAMES.contains(&name.as_str());
            evidence[*column].is_of_numbers() && is_named && !options.annotation_columns.contains(&name)
        };
        let (samples, others): (Vec<usize>, Vec<usize>) = (1..header.len()).partition(is_sample);
        let has_numbers = rows == 0 || samples.iter().any(|column| evidence[*column].numbers > 0);
        if samples.is_empty() || !has_numbers {
            return Err(wrong(count, "no count matrix: it has no column of numbers beside the first"));
        }
        let is_name = |column: &&usize| NAMES.contains(&header[**column].trim().to_lowercase().as_str());
        let name = others.iter().find(is_name).copied();
        let annotations = others.into_iter().filter(|column| Some(*column) != name).collect();
        Ok(Self { delimiter, name, annotations, samples, offset, lines: count, header })
    }
}

/// What was seen of a column: how many numbers, and how many other texts.
#[derive(Clone, Copy, Debug, Default)]
struct Evidence {
    numbers: usize,
    others: usize,
}

impl Evidence {
    fn add(&mut self, field: &str) {
        match number(field) {
            Ok(number) => self.numbers += usize::from(number.is_some()),
            Err(()) => self.others += 1,
        }
    }

    /// Whether it holds numbers. A slip in one row makes no sample disappear: that row is rejected.
    fn is_of_numbers(self) -> bool {
        self.others == 0 || self.numbers > self.others
    }
}

/// The line that names the columns, behind comments.
fn header(lines: &mut Lines, name: &str) -> Result<Option<String>, ConnectorError> {
    let mut is_gct = false;
    loop {
        let count = lines.count + 1;
        let line = match lines.next()? {
            None => return Ok(None),
            Some(Line::TooLong(_)) => {
                let message = format!("line {count}: it is longer than line_limit_mib allows");
                return Err(ConnectorError::data(name, message));
            }
            Some(Line::Whole(line)) => line,
        };
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let Ok(text) = std::str::from_utf8(line) else {
            return Err(ConnectorError::data(name, format!("line {count}: it is not UTF-8")));
        };
        if text.starts_with("#1.") {
            // A GCT file: the next line says how many rows and columns there are.
            is_gct = true;
        } else if is_gct && text.split('\t').all(|field| field.trim().parse::<u64>().is_ok()) {
            is_gct = false;
        } else if !text.trim().is_empty() && !text.starts_with('#') {
            return Ok(Some(text.to_owned()));
        }
    }
}

fn delimiter(header: &str) -> Option<u8> {
    [b'\t', b',', b';'].into_iter().find(|delimiter| header.contains(char::from(*delimiter)))
}

/// The fields of a line, out of their quotes.
pub(super) fn fields(line: &str, delimiter: u8) -> Vec<String> {
    if !line.contains('"') {
        return line.split(char::from(delimiter)).map(str::to_owned).collect();
    }
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.delimiter(delimiter).has_headers(false).flexible(true).from_reader(line.as_bytes());
    let record = reader.records().next().and_then(Result::ok).unwrap_or_default();
    record.iter().map(str::to_owned).collect()
}

/// The number of a field; `None` where it says that there is none.
///
/// # Errors
/// Where it is something else.
pub(super) fn number(field: &str) -> Result<Option<f64>, ()> {
    const NONE: &[&str] = &["", "NA", "N/A", "NaN", "nan", "NULL", "null", "."];
    let field = field.trim();
    if NONE.contains(&field) {
        return Ok(None);
    }
    field.parse().map(Some).map_err(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &'static str) -> Result<Layout, String> {
        let known = super::super::KNOWN_ANNOTATIONS.iter().map(|name| (*name).to_owned()).collect();
        let options = Options { annotation_columns: known, keep_zeros: true, line_limit: 1 << 20 };
        Layout::of(Box::new(text.as_bytes()), "a.tsv", &options).map_err(|error| error.to_string())
    }

    fn samples(text: &'static str) -> Vec<String> {
        let layout = layout(text).unwrap();
        layout.samples.iter().map(|column| layout.header[*column].clone()).collect()
    }

    #[test]
    fn samples_are_told_from_what_else_a_matrix_says() {
        assert_eq!(samples("gene\tS1\tS2\nTP53\t1\t0\nKRAS\tNA\t2.5\n"), ["S1", "S2"]);
        let counted = "# Program:featureCounts v2\nGeneid\tChr\tStart\tEnd\tStrand\tLength\ta.bam\tb.bam\n\
                       ENSG1\t1;1\t100;300\t200;400\t+;+\t202\t7\t8\nENSG2\t2\t5\t9\t-\t5\t0\t1\n";
        assert_eq!(samples(counted), ["a.bam", "b.bam"]);
        assert_eq!(samples("\"\",\"S1\",\"S2\"\n\"TP53\",1,2\n"), ["S1", "S2"]);
        assert_eq!(samples("S1\tS2\nTP53\t1\t2\n"), ["S1", "S2"]);
        let gct = "#1.2\n2\t2\nName\tDescription\tS1\tS2\nENSG1\tTP53\t1\t2\nENSG2\tKRAS\t3\t4\n";
        assert_eq!(samples(gct), ["S1", "S2"]);
        assert_eq!(layout(gct).unwrap().name, Some(1));
        assert_eq!(samples("gene\tS1\n"), ["S1"]);
        assert_eq!(samples("Hugo_Symbol\tEntrez_Gene_Id\tT1\nTP53\t7157\t0.5\n"), ["T1"]);
    }

    #[test]
    fn what_is_no_matrix_says_why() {
        for (text, why) in [
            ("", "the file is empty"),
            ("just a note\n", "one column only"),
            ("patient\tsex\nP1\tF\n", "no column of numbers"),
            ("patient\tage\tsex\nP1\t40\tF\nP2\tforty\tM\n", "no column of numbers"),
        ] {
            let error = layout(text).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
