//! The bytes of a file, unpacked, and its lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use tokio_util::sync::CancellationToken;

use super::format;
use crate::sdk::ConnectorError;

/// How much is read at once.
const BUFFER: usize = 128 << 10;
/// How a packed file begins (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What a file ends with that is packed in blocks (SAM specification, section 4.1.2).
const BLOCKS_END: [u8; 28] = [
    0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 0x06, 0, 0x42, 0x43, 0x02, 0, 0x1b, 0, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

/// The unpacked bytes.
pub(super) type Bytes = Box<dyn BufRead + Send>;

/// How far into its file a read has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    size: u64,
    read: Arc<AtomicU64>,
}

impl Progress {
    /// 0 to 1.
    pub(super) fn fraction(&self) -> f64 {
        if self.size == 0 { 1. } else { (self.read.load(Ordering::Relaxed) as f64 / self.size as f64).min(1.) }
    }
}

/// A file's bytes, as they lie; gives up when the read is cancelled.
struct Stored {
    file: File,
    progress: Progress,
    stop: CancellationToken,
}

impl Read for Stored {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_cancelled() {
            return Err(io::Error::other(ConnectorError::Cancelled));
        }
        let length = self.file.read(buffer)?;
        self.progress.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// The unpacked bytes of a file, which users call `name`.
///
/// # Errors
/// Where it cannot be read, or is named as packed and does not begin so.
pub(super) fn open(path: &Path, name: &str, stop: &CancellationToken) -> Result<(Bytes, Progress), ConnectorError> {
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (size, file) = opened.map_err(|error| of_io(name, error))?;
    let progress = Progress { size, ..Progress::default() };
    let stored = Stored { file, progress: progress.clone(), stop: stop.clone() };
    let mut bytes = BufReader::with_capacity(BUFFER, stored);
    let is_packed = bytes.fill_buf().map_err(|error| of_io(name, error))?.starts_with(&GZIP);
    if size > 0 && format::is_named_packed(name) && !is_packed {
        return Err(ConnectorError::data(name, "the file is named as gzip and does not begin like it"));
    }
    let bytes: Bytes = if is_packed {
        Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(bytes)))
    } else {
        Box::new(bytes)
    };
    Ok((bytes, progress))
}

/// Whether a file is packed in blocks and does not end as such a file does: then its last blocks may be missing, and nothing
/// else shows it.
pub(super) fn lacks_end(path: &Path) -> bool {
    let looked = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        let mut begin = [0; 14];
        file.read_exact(&mut begin)?;
        let is_in_blocks = begin.starts_with(&GZIP) && begin[3] & 4 != 0 && begin[12..14] == *b"BC";
        file.seek(SeekFrom::End(-28))?;
        let mut end = [0; 28];
        file.read_exact(&mut end)?;
        Ok(is_in_blocks && end != BLOCKS_END)
    };
    looked().unwrap_or(false)
}

/// What a failed read means. A failure of ours may travel inside.
pub(super) fn of_io(name: &str, error: io::Error) -> ConnectorError {
    let error = match error.downcast::<ConnectorError>() {
        Ok(ours) => return ours,
        Err(error) => error,
    };
    let data = |message: String, error: io::Error| ConnectorError::Data {
        place: name.to_owned(),
        message,
        cause: Some(error.into()),
    };
    match error.kind() {
        io::ErrorKind::NotFound => gone(name),
        io::ErrorKind::PermissionDenied => ConnectorError::Permission {
            message: format!("{name} may not be read by this process; check its permissions"),
            cause: Some(error.into()),
        },
        io::ErrorKind::UnexpectedEof => data("the file ends too early".into(), error),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            data(format!("the file is damaged: {error}"), error)
        }
        _ => ConnectorError::unreachable(format!("{name} could not be read"), error),
    }
}

/// What is not there any more.
pub(super) fn gone(name: &str) -> ConnectorError {
    ConnectorError::NotFound { what: name.to_owned(), hint: "; it may have been moved or deleted".into() }
}

/// The lines of a text.
pub(super) struct Lines {
    bytes: Bytes,
    name: String,
    limit: usize,
    /// How far in the text the rows have to be found, in bytes, until they are.
    head_limit: Option<u64>,
    line: Vec<u8>,
    /// Bytes of the text before the next line.
    pub(super) offset: u64,
    /// Lines before the next one.
    pub(super) count: u64,
}

/// A line, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Whole(&'a [u8]),
    /// It is longer than it may be; this is its beginning.
    TooLong(&'a [u8]),
}

impl Lines {
    pub(super) fn of(bytes: Bytes, name: &str, limit: usize) -> Self {
        Self { bytes, name: name.to_owned(), limit, head_limit: None, line: Vec::new(), offset: 0, count: 0 }
    }

    /// What is read from here on is looked at to find the rows, which is given up behind so many bytes of the text.
    pub(super) fn begin_head(&mut self, limit: u64) {
        self.head_limit = Some(limit);
    }

    /// The rows are found: the text may be as long as it will.
    pub(super) fn end_head(&mut self) {
        self.head_limit = None;
    }

    /// Moves to a place that was come to before.
    ///
    /// # Errors
    /// What reading ran into on the way there.
    pub(super) fn skip_to(&mut self, offset: u64, count: u64) -> Result<(), ConnectorError> {
        let left = offset.saturating_sub(self.offset);
        let skipped = io::copy(&mut self.bytes.by_ref().take(left), &mut io::sink());
        if skipped.map_err(|error| of_io(&self.name, error))? < left {
            return Err(of_io(&self.name, io::ErrorKind::UnexpectedEof.into()));
        }
        (self.offset, self.count) = (offset, count);
        Ok(())
    }

    /// The next line; `None` behind the last.
    ///
    /// # Errors
    /// What reading ran into; `Data` where the head is too long.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, ConnectorError> {
        self.refuse_long_head()?;
        self.line.clear();
        let most = self.limit as u64 + 2;
        let read = self.bytes.by_ref().take(most).read_until(b'\n', &mut self.line);
        let length = read.map_err(|error| of_io(&self.name, error))?;
        if length == 0 {
            return Ok(None);
        }
        self.count += 1;
        self.offset += length as u64;
        let is_ended = self.line.ends_with(b"\n");
        if is_ended {
            self.line.pop();
        }
        if self.line.ends_with(b"\r") {
            self.line.pop();
        }
        if self.line.len() <= self.limit {
            return Ok(Some(Line::Whole(&self.line)));
        }
        if !is_ended {
            self.skip_line()?;
        }
        Ok(Some(Line::TooLong(&self.line)))
    }

    fn refuse_long_head(&self) -> Result<(), ConnectorError> {
        let Some(limit) = self.head_limit.filter(|limit| self.offset > *limit) else { return Ok(()) };
        let (line, mib) = (self.count, limit >> 20);
        let message = format!("line {line}: no rows begin within the first {mib} MiB of the text, so it is given up");
        Err(ConnectorError::data(&self.name, message))
    }

    fn skip_line(&mut self) -> Result<(), ConnectorError> {
        loop {
            self.refuse_long_head()?;
            let bytes = self.bytes.fill_buf().map_err(|error| of_io(&self.name, error))?;
            let end = memchr::memchr(b'\n', bytes);
            let length = end.map_or(bytes.len(), |end| end + 1);
            self.bytes.consume(length);
            self.offset += length as u64;
            if end.is_some() || length == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart_however_they_end() {
        let text = "one\r\ntwo\n\nmuch too long\nlast";
        let mut lines = Lines::of(Box::new(text.as_bytes()), "a", 5);
        let mut told = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            told.push(match line {
                Line::Whole(line) => String::from_utf8_lossy(line).into_owned(),
                Line::TooLong(_) => "…".to_owned(),
            });
        }
        assert_eq!(told, ["one", "two", "", "…", "last"]);
        assert_eq!((lines.offset, lines.count), (text.len() as u64, 5));

        let mut again = Lines::of(Box::new(text.as_bytes()), "a", 5);
        again.skip_to(5, 1).unwrap();
        assert_eq!(again.next().unwrap(), Some(Line::Whole(b"two")));
        assert!(again.skip_to(100, 9).unwrap_err().to_string().contains("ends too early"));
    }

    #[test]
    fn a_head_has_an_end_and_rows_have_none() {
        let comments = "#\n".repeat(100);
        for text in [comments.clone(), "#".repeat(200)] {
            let mut lines = Lines::of(Box::new(io::Cursor::new(text)), "a", 5);
            lines.begin_head(50);
            let error = (0..200).find_map(|_| lines.next().err()).expect("it is given up");
            assert!(error.to_string().contains("no rows begin within the first"), "{error}");
        }
        let mut lines = Lines::of(Box::new(io::Cursor::new(comments)), "a", 5);
        lines.begin_head(50);
        lines.next().unwrap();
        lines.end_head();
        while lines.next().unwrap().is_some() {}
        assert_eq!(lines.count, 100);
    }
}
