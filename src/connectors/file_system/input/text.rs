//! Text in UTF-8, whatever it was written in.
//!
//! UTF-8 passes as it is, so that a row with wrong bytes can be rejected by the parser that finds it. Other encodings
//! are rewritten; what they do not allow becomes the byte `0xFF`, which no UTF-8 text holds, so that such rows are
//! rejected in the same way.

use std::io::{self, Read};
use std::sync::Arc;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::decode::skip;
use super::{Decoded, StoredFile, decoded};
use crate::connectors::file_system::format::Compression;

/// Bytes at the beginning of a file that tell its encoding.
const LOOKED_AT: u64 = 4096;

/// A text file, unpacked and in UTF-8, that can be read from any place.
pub(in crate::connectors::file_system) struct TextFile {
    file: Arc<StoredFile>,
    compression: Compression,
    encoding: &'static Encoding,
    /// Bytes of the byte order mark.
    mark: u64,
    largest_piece: usize,
}

impl TextFile {
    /// Looks for a byte order mark, which goes before what the settings say. Where neither is there, UTF-16 is known by
    /// the empty halves of its letters.
    ///
    /// # Errors
    /// What reading ran into.
    pub(in crate::connectors::file_system) fn open(
        file: &Arc<StoredFile>,
        compression: Compression,
        setting: Option<&'static Encoding>,
        largest_piece: usize,
    ) -> io::Result<Self> {
        let mut start = Vec::new();
        decoded(file, compression, 0, largest_piece)?.take(LOOKED_AT).read_to_end(&mut start)?;
        let (encoding, mark) = match start.as_slice() {
            [0xEF, 0xBB, 0xBF, ..] => (UTF_8, 3),
            [0xFF, 0xFE, ..] => (UTF_16LE, 2),
            [0xFE, 0xFF, ..] => (UTF_16BE, 2),
            text => (setting.or_else(|| unmarked_utf16(text)).unwrap_or(UTF_8), 0),
        };
        Ok(Self { file: Arc::clone(file), compression, encoding, mark, largest_piece })
    }

    /// The name of the encoding it was written in.
    pub(in crate::connectors::file_system) fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    /// The text after its first `offset` bytes of UTF-8, the byte order mark not counted.
    ///
    /// # Errors
    /// What reading ran into on the way there.
    pub(in crate::connectors::file_system) fn at(&self, offset: u64) -> io::Result<Decoded> {
        if self.encoding == UTF_8 {
            return decoded(&self.file, self.compression, self.mark + offset, self.largest_piece);
        }
        let mut text = utf8(decoded(&self.file, self.compression, self.mark, self.largest_piece)?, self.encoding);
        skip(&mut text, offset)?;
        Ok(text)
    }
}

/// UTF-16 that does not say so: half of the bytes of Latin letters, digits, separators and line breaks are zero, of which
/// other texts hold none.
fn unmarked_utf16(text: &[u8]) -> Option<&'static Encoding> {
    let (mut first, mut second) = (0, 0);
    let units = text.chunks_exact(2);
    let most = units.len();
    for unit in units {
        first += usize::from(unit[0] == 0);
        second += usize::from(unit[1] == 0);
    }
    // Letters of other scripts have few zeros, on either side.
    let is_side = |zeros: usize, others: usize| zeros > 0 && zeros >= most / 8 && others <= zeros / 8;
    let encoding = match (first, second) {
        (first, second) if is_side(second, first) => UTF_16LE,
        (first, second) if is_side(first, second) => UTF_16BE,
        _ => return None,
    };
    // What is cut off at the end is no fault.
    let (decoded, malformed) = encoding.decode_without_bom_handling(&text[..most * 2]);
    let end = decoded.trim_end_matches(char::REPLACEMENT_CHARACTER);
    let is_broken = malformed && end.contains(char::REPLACEMENT_CHARACTER);
    let is_text = !is_broken && !end.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n'));
    // Rows and objects have such characters in any script; a few zeros in another text make none of them.
    let is_of_rows = end.contains(['\n', '\r', ',', ';', '\t', '|', '"', '{', '[']);
    (is_text && is_of_rows).then_some(encoding)
}

/// Rewrites bytes of `encoding` as UTF-8.
fn utf8(bytes: Decoded, encoding: &'static Encoding) -> Decoded {
    Box::new(Rewriter {
        bytes,
        decoder: encoding.new_decoder_without_bom_handling(),
        source: vec![0; 64 << 10],
        source_range: 0..0,
        ended: false,
        finished: false,
        text: Vec::new(),
        text_start: 0,
    })
}

struct Rewriter {
    bytes: Decoded,
    decoder: Decoder,
    source: Vec<u8>,
    source_range: std::ops::Range<usize>,
    ended: bool,
    /// The decoder has given its last text and must not be used again.
    finished: bool,
    text: Vec<u8>,
    text_start: usize,
}

impl Rewriter {
    /// Decodes until there is text or the end.
    fn refill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.text_start = 0;
        while self.text.is_empty() && !self.finished {
            if self.source_range.is_empty() && !self.ended {
                let length = self.bytes.read(&mut self.source)?;
                self.source_range = 0..length;
                self.ended = length == 0;
            }
            let source = &self.source[self.source_range.clone()];
            let room =
                self.decoder.max_utf8_buffer_length_without_replacement(source.len()).unwrap_or(source.len() * 4 + 16);
            self.text.resize(room, 0);
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(source, &mut self.text, self.ended);
            self.text.truncate(written);
            self.source_range.start += read;
            match result {
                DecoderResult::Malformed(..) => self.text.push(0xFF),
                DecoderResult::InputEmpty => self.finished = self.ended,
                DecoderResult::OutputFull => {}
            }
        }
        Ok(())
    }
}

impl Read for Rewriter {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.text_start == self.text.len() {
            self.refill()?;
        }
        let length = buffer.len().min(self.text.len() - self.text_start);
        buffer[..length].copy_from_slice(&self.text[self.text_start..self.text_start + length]);
        self.text_start += length;
        Ok(length)
    }
}
