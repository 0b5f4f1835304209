//! A BCF file, from front to back.

use noodles_bcf as bcf;
use noodles_vcf::variant::io::Write as _;
use noodles_vcf::{self as vcf, Header};

use super::super::input::{Bytes, Progress, of_io};
use super::super::sink::Sink;
use super::super::source::Part;
use super::super::table::Table;
use super::super::version::Position;
use super::line::Decoder;
use crate::sdk::{ConnectorError, with_causes};

/// A BCF file.
pub(in super::super) struct Binary {
    name: String,
    reader: bcf::io::Reader<Bytes>,
    header: Header,
    record: bcf::Record,
    /// A record as a line.
    line: vcf::io::Writer<Vec<u8>>,
    progress: Progress,
    part: Part,
    decoder: Decoder,
    read: u64,
}

/// A reader that stands behind the header, and the header.
pub(super) fn header(bytes: Bytes, name: &str) -> Result<(bcf::io::Reader<Bytes>, Header), ConnectorError> {
    let mut reader = bcf::io::Reader::from(bytes);
    let header = reader.read_header().map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => {
            ConnectorError::data(name, format!("no BCF file that we read: {}", with_causes(&error)))
        }
        _ => of_io(name, error),
    })?;
    Ok((reader, header))
}

impl Binary {
    /// Stands before its first record, or at `position`.
    pub(in super::super) fn open(
        (bytes, progress): (Bytes, Progress),
        name: &str,
        part: Part,
        position: Option<Position>,
    ) -> Result<Self, ConnectorError> {
        let (reader, header) = header(bytes, name)?;
        let mut binary = Self {
            name: name.to_owned(),
            reader,
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
        let read = self.reader.read_record(&mut self.record).map_err(|error| of_io(&self.name, error))?;
        self.read += u64::from(read > 0);
        Ok(read > 0)
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
