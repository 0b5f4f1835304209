//! A BCF file, from front to back.

use std::io::{self, Read};

use noodles_bcf as bcf;
use noodles_vcf::header::Parser;
use noodles_vcf::header::parser::Entry;
use noodles_vcf::variant::io::Write as _;
use noodles_vcf::{self as vcf, Header};

use super::super::Options;
use super::super::input::{Bytes, Progress, of_io};
use super::super::sink::Sink;
use super::super::source::Part;
use super::super::table::Table;
use super::super::version::Position;
use super::HEADER_LIMIT;
use super::line::Decoder;
use crate::sdk::{ConnectorError, with_causes};

/// What stands before the text of the header: magic bytes, version, and the text's length (BCF specification, section 6.2).
const PREAMBLE: u64 = 9;
/// The largest `IDX` of a header: a dictionary has a place for each number below it.
const MOST_INDEX: usize = 1_000_000;

/// A BCF file.
pub(in super::super) struct Binary {
    name: String,
    bytes: Bytes,
    /// The longest record, in bytes.
    limit: usize,
    header: Header,
    record: bcf::Record,
    /// A record as a line.
    line: vcf::io::Writer<Vec<u8>>,
    progress: Progress,
    part: Part,
    decoder: Decoder,
    read: u64,
}

/// Reads the header; the bytes stand before the first record then.
///
/// The library makes as much room as a header asks for, so that what it asks for is looked at before.
///
/// # Errors
/// `Data` where there is no header, or one that is too large, and what reading ran into.
pub(super) fn header(bytes: &mut Bytes, name: &str) -> Result<Header, ConnectorError> {
    let failed = |error| of_io(name, error);
    let mut head = Vec::new();
    bytes.by_ref().take(PREAMBLE).read_to_end(&mut head).map_err(failed)?;
    if !head.starts_with(b"BCF") {
        return Err(ConnectorError::data(name, "no BCF file: it does not begin with BCF"));
    }
    let Some(length) = head.get(5..).and_then(number) else {
        return Err(failed(io::ErrorKind::UnexpectedEof.into()));
    };
    if u64::from(length) > HEADER_LIMIT {
        let message = format!("the header says that it has {length} bytes; more than {HEADER_LIMIT} are not read");
        return Err(ConnectorError::data(name, message));
    }
    let read = bytes.by_ref().take(length.into()).read_to_end(&mut head).map_err(failed)?;
    if read < length as usize {
        return Err(failed(io::ErrorKind::UnexpectedEof.into()));
    }
    refuse_indexes(&head[head.len() - read..], name)?;
    bcf::io::Reader::from(head.as_slice()).read_header().map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => {
            ConnectorError::data(name, format!("no BCF file that we read: {}", with_causes(&error)))
        }
        _ => failed(error),
    })
}

/// Refuses what would need too large a dictionary. What else is wrong, the library tells.
fn refuse_indexes(text: &[u8], name: &str) -> Result<(), ConnectorError> {
    let mut parser = Parser::default();
    for (line, count) in text.split(|byte| *byte == b'\n').zip(1..) {
        let index = match parser.parse_partial(line.strip_suffix(b"\r").unwrap_or(line)) {
            Ok(Entry::Info(_, entry)) => entry.idx(),
            Ok(Entry::Filter(_, entry)) => entry.idx(),
            Ok(Entry::Format(_, entry)) => entry.idx(),
            Ok(Entry::Contig(_, entry)) => entry.idx(),
            Ok(_) => None,
            Err(_) => break,
        };
        if let Some(index) = index.filter(|index| *index > MOST_INDEX) {
            let message = format!("line {count} of the header: IDX={index} is larger than {MOST_INDEX}");
            return Err(ConnectorError::data(name, message));
        }
    }
    Ok(())
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_le_bytes)
}

impl Binary {
    /// Stands before its first record, or at `position`.
    pub(in super::super) fn open(
        (mut bytes, progress): (Bytes, Progress),
        name: &str,
        options: &Options,
        part: Part,
        position: Option<Position>,
    ) -> Result<Self, ConnectorError> {
        let header = header(&mut bytes, name)?;
        let mut binary = Self {
            name: name.to_owned(),
            bytes,
            limit: options.line_limit,
            header,
            record: bcf::Record::default(),
            line: vcf::io::Writer::new(Vec::new()),
            progress,
            part,
            decoder: Decoder::default(),
            read: 0,
        };
        for _ in 0..position.unwrap_or_default().records {
            binary.read()?;
        }
        Ok(binary)
    }

    /// The next record; `false` behind the last.
    fn read(&mut self) -> Result<bool, ConnectorError> {
        let failed = |error| of_io(&self.name, error);
        let mut lengths = Vec::with_capacity(8);
        self.bytes.by_ref().take(8).read_to_end(&mut lengths).map_err(failed)?;
        if lengths.is_empty() {
            return Ok(false);
        }
        let (site, samples) = (lengths.get(..4).and_then(number), lengths.get(4..).and_then(number));
        let Some((site, samples)) = site.zip(samples) else {
            return Err(failed(io::ErrorKind::UnexpectedEof.into()));
        };
        let wrong = |why: String| ConnectorError::data(&self.name, format!("record {}: {why}", self.read + 1));
        if site == 0 {
            return Err(wrong("it is empty, so that the file is damaged".into()));
        }
        // The library makes room for both before it reads them.
        let length = u64::from(site) + u64::from(samples);
        if length > self.limit as u64 {
            let why = "than line_limit_mib allows; where records are not as long as that, the file is damaged";
            return Err(wrong(format!("it says that it has {length} bytes, which is more {why}")));
        }
        let whole = lengths.as_slice().chain(&mut self.bytes);
        bcf::io::Reader::from(whole).read_record(&mut self.record).map_err(failed)?;
        self.read += 1;
        Ok(true)
    }
}

impl Table for Binary {
    fn next(&mut self, sink: &mut Sink<'_>) -> Result<bool, ConnectorError> {
        if !self.read()? {
            return Ok(false);
        }
        self.line.get_mut().clear();
        if let Err(error) = self.line.write_variant_record(&self.header, &self.record) {
            let reason = format!("record {} cannot be written as a line: {}", self.read, with_causes(&error));
            sink.reject(self.read, reason, &[]);
            return Ok(true);
        }
        let raw = self.line.get_ref().strip_suffix(b"\n").unwrap_or(self.line.get_ref());
        self.decoder.give(&self.header, self.part, raw, self.read, sink)?;
        Ok(true)
    }

    fn position(&self) -> Position {
        Position { offset: 0, lines: 0, records: self.read }
    }

    fn fraction(&self) -> f64 {
        self.progress.fraction()
    }
}
