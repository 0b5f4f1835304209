//! A line of a VCF file, and its rows.

use noodles_vcf::{Header, Record, io::Reader};

use super::super::sink::Sink;
use super::super::source::Part;
use super::{genotype, variant};
use crate::sdk::ConnectorError;

/// Reads the records of lines.
#[derive(Default)]
pub(super) struct Decoder {
    record: Record,
    line: Vec<u8>,
}

impl Decoder {
    /// Gives the rows of a line to the sink, or rejects it.
    pub(super) fn give(
        &mut self,
        header: &Header,
        part: Part,
        raw: &[u8],
        count: u64,
        sink: &mut Sink<'_>,
    ) -> Result<(), ConnectorError> {
        self.line.clear();
        let (begin, rest) = without_last_separator(raw);
        self.line.extend_from_slice(begin);
        self.line.extend_from_slice(rest);
        self.line.push(b'\n');
        let record = &mut self.record;
        if let Err(error) = Reader::new(self.line.as_slice()).read_record(record) {
            sink.reject(count, format!("no record of a VCF file: {error}"), raw);
            return Ok(());
        }
        let (samples, named) = (record.samples().len(), header.sample_names().len());
        if samples != named {
            sink.reject(count, format!("the record has {samples} samples where the header names {named}"), raw);
            return Ok(());
        }
        let site = match variant::Site::of(record) {
            Ok(site) => site,
            Err(reason) => {
                sink.reject(count, reason, raw);
                return Ok(());
            }
        };
        match part {
            Part::Genotypes => genotype::give(header, record, &site, count, sink),
            _ => variant::give(header, record, &site, count, sink),
        }
    }
}

/// The line in two parts, without a `;` at the end of INFO, which some write and the format does not know.
fn without_last_separator(raw: &[u8]) -> (&[u8], &[u8]) {
    let mut tabs = memchr::memchr_iter(b'\t', raw);
    let Some(start) = tabs.nth(6) else { return (raw, &[]) };
    let end = tabs.next().unwrap_or(raw.len());
    let info = &raw[start + 1..end];
    if info.len() > 1 && info.ends_with(b";") { (&raw[..end - 1], &raw[end..]) } else { (raw, &[]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_too_many_is_left_out() {
        let joined = |raw: &str| {
            let (begin, rest) = without_last_separator(raw.as_bytes());
            String::from_utf8([begin, rest].concat()).unwrap()
        };
        assert_eq!(joined("1\t2\t.\tA\tC\t.\t.\tDP=3;\tGT\t0/1"), "1\t2\t.\tA\tC\t.\t.\tDP=3\tGT\t0/1");
        for whole in ["1\t2\t.\tA\tC\t.\t.\tDP=3;AF=1\tGT\t0/1", "1\t2\t.\tA\tC\t.\t.\tDP=3", "1\t2", ""] {
            assert_eq!(joined(whole), whole);
        }
    }
}
