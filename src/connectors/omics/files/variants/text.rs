//! A VCF file, from front to back.

use noodles_vcf::Header;

use super::super::Options;
use super::super::counts::dense::TOO_LONG;
use super::super::input::{Bytes, Line, Lines, Progress};
use super::super::sink::Sink;
use super::super::source::Part;
use super::super::table::Table;
use super::super::version::Position;
use super::header;
use super::line::Decoder;
use crate::sdk::ConnectorError;

/// A VCF file.
pub(in super::super) struct Text {
    header: Header,
    lines: Lines,
    progress: Progress,
    part: Part,
    decoder: Decoder,
}

impl Text {
    /// Stands before its first record, or at `position`.
    pub(in super::super) fn open(
        (bytes, progress): (Bytes, Progress),
        name: &str,
        options: &Options,
        part: Part,
        position: Option<Position>,
        sink: &Sink<'_>,
    ) -> Result<Self, ConnectorError> {
        let mut lines = Lines::of(bytes, name, options.line_limit);
        let read = header::read(&mut lines, name)?;
        if let Some(position) = position {
            lines.skip_to(position.offset, position.lines)?;
        } else {
            read.warnings.into_iter().try_for_each(|warning| sink.log(warning))?;
        }
        Ok(Self { header: read.header, lines, progress, part, decoder: Decoder::default() })
    }
}

impl Table for Text {
    fn next(&mut self, sink: &mut Sink<'_>) -> Result<bool, ConnectorError> {
        let count = self.lines.count + 1;
        match self.lines.next()? {
            None => return Ok(false),
            Some(Line::TooLong(raw)) => sink.reject(count, TOO_LONG, raw),
            Some(Line::Whole([])) => {}
            Some(Line::Whole(raw)) => self.decoder.give(&self.header, self.part, raw, count, sink)?,
        }
        Ok(true)
    }

    fn position(&self) -> Position {
        Position { offset: self.lines.offset, lines: self.lines.count, records: 0 }
    }

    fn fraction(&self) -> f64 {
        self.progress.fraction()
    }
}
