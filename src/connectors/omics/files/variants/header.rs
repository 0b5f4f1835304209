//! The header of a VCF file.

use noodles_vcf::Header;
use noodles_vcf::header::Parser;

use super::super::input::{Line, Lines};
use super::HEADER_LIMIT;
use crate::sdk::{ConnectorError, with_causes};

/// Warnings that are told of one header.
const MOST_WARNINGS: usize = 5;

/// A header, and what of it was not understood.
pub(super) struct Read {
    pub(super) header: Header,
    pub(super) warnings: Vec<String>,
}

/// Reads it; the lines stand before the first record then. A line about a field that is not as it should be is left out: values
/// of that field are texts then.
///
/// # Errors
/// `Data` where there is no header, or its line of columns is wrong.
pub(super) fn read(lines: &mut Lines, name: &str) -> Result<Read, ConnectorError> {
    let wrong = |line: u64, why: String| ConnectorError::data(name, format!("line {line}: {why}"));
    lines.begin_head(HEADER_LIMIT);
    let mut parser = Parser::default();
    let mut warnings = Vec::new();
    loop {
        let count = lines.count + 1;
        let line = match lines.next()? {
            Some(Line::Whole(line)) if line.starts_with(b"#") => line,
            Some(Line::TooLong(_)) => return Err(wrong(count, "it is longer than line_limit_mib allows".into())),
            _ if count == 1 => return Err(wrong(1, "no VCF file: it does not begin with ##fileformat=VCF".into())),
            _ => return Err(wrong(count, "the header ends without its line #CHROM".into())),
        };
        // What begins the first line of some.
        let line = if count == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        let is_columns = line.starts_with(b"#CHROM");
        match parser.parse_partial(line) {
            Ok(_) if is_columns => break,
            Ok(_) => {}
            Err(error) if count == 1 => {
                let why = format!("no VCF file that we read: {}", with_causes(&error));
                return Err(wrong(1, why));
            }
            Err(error) if is_columns => return Err(wrong(count, with_causes(&error))),
            Err(error) if warnings.len() < MOST_WARNINGS => {
                warnings.push(format!("{name}: line {count} of the header is left out: {}", with_causes(&error)));
            }
            Err(_) => {}
        }
    }
    lines.end_head();
    let header = parser.finish().map_err(|error| ConnectorError::data(name, with_causes(&error)))?;
    Ok(Read { header, warnings })
}
