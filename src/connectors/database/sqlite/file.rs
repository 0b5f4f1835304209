//! The database file: where it is, whether it may be read, and what its errors mean.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;
use rusqlite::ffi::ErrorCode;
use rusqlite::{Connection, OpenFlags};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::connectors::database::URL_FIELD;
use crate::sdk::{ConnectorError, OpenContext, real_path, refuse_outside};

/// How long another process may hold its lock before we give up for now.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
/// How long one attempt waits, so that a cancel is noticed in between.
const LOCK_ATTEMPT: Duration = Duration::from_millis(250);

/// How many steps of its machine SQLite takes before it looks whether to stop; well under a millisecond.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// A file named by `sqlite:///absolute/path`, `sqlite://relative/path` or `sqlite:path`.
pub(super) struct DatabaseFile {
    path: PathBuf,
    roots: Option<Vec<PathBuf>>,
}

impl DatabaseFile {
    /// Takes the path out of a URL; does no I/O.
    ///
    /// # Errors
    /// `Config` where the URL names no file or has parameters that mean nothing here.
    pub(super) fn of_url(url: &Url, context: OpenContext) -> Result<Self, ConnectorError> {
        for (key, value) in url.query_pairs() {
            if (key.as_ref(), value.as_ref()) != ("mode", "ro") {
                let message =
                    format!("the parameter {key} is not known for SQLite (known: mode=ro, which is always so)");
                return Err(ConnectorError::config(URL_FIELD, message));
            }
        }
        let encoded = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
        let decoded = percent_decode_str(&encoded)
            .decode_utf8()
            .map_err(|_| ConnectorError::config(URL_FIELD, "the path is not UTF-8"))?;
        if decoded.is_empty() || decoded == "/" || decoded.contains('\0') {
            return Err(ConnectorError::config(URL_FIELD, "names no file; write it like sqlite:///path/shop.db"));
        }
        Ok(Self { path: PathBuf::from(decoded.as_ref()), roots: context.file_roots })
    }

    /// The file's name, for people.
    pub(super) fn name(&self) -> String {
        self.path.file_name().map_or_else(|| self.shown(), |name| name.to_string_lossy().into_owned())
    }

    fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// Opens the file read-only and starts the transaction whose snapshot everything is read from.
    ///
    /// # Errors
    /// `Permission` outside the allowed folders or where the system refuses, `NotFound`, `Data` where it is no database,
    /// `Unreachable` where another process keeps it locked, `Cancelled`.
    pub(super) fn open(&self, stop: &CancellationToken) -> Result<Connection, ConnectorError> {
        let path = real_path(&self.path, self.roots.as_deref())?;
        self.look(&path)?;
        match self.open_at(&path, stop, false) {
            // A WAL database that was closed well needs no shared memory, which a read-only folder cannot give.
            Err(Opening::Sqlite(error))
                if error.sqlite_error_code() == Some(ErrorCode::CannotOpen) && !has_wal(&path) =>
            {
                self.open_at(&path, stop, true)
            }
            other => other,
        }
        .map_err(|opening| match opening {
            Opening::Cancelled => ConnectorError::Cancelled,
            Opening::Sqlite(error) => self.explain(error),
        })
    }

    /// Refuses a file outside of the allowed folders, be it there or not.
    ///
    /// # Errors
    /// `Config` with the words of [`open`](Self::open).
    pub(super) fn permitted(&self) -> Result<(), ConnectorError> {
        refuse_outside(URL_FIELD, &self.path, self.roots.as_deref()).map(drop)
    }

    /// Tells the plain mistakes apart, for which SQLite has one word only.
    fn look(&self, path: &Path) -> Result<(), ConnectorError> {
        let metadata = fs::metadata(path).map_err(|error| self.explain_io(error))?;
        if metadata.is_dir() {
            return Err(ConnectorError::config(
                URL_FIELD,
                format!("{} is a folder, not a database file", self.shown()),
            ));
        }
        fs::File::open(path).map(drop).map_err(|error| self.explain_io(error))
    }

    fn open_at(&self, path: &Path, stop: &CancellationToken, immutable: bool) -> Result<Connection, Opening> {
        let uri = sqlite_uri(path, immutable);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(uri, flags)?;
        connection.busy_timeout(LOCK_ATTEMPT)?;
        // The database's own views are as foreign to us as its rows.
        connection.pragma_update(None, "trusted_schema", false)?;
        let stopped = stop.clone();
        connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || stopped.is_cancelled()))?;
        let started = Instant::now();
        loop {
            if stop.is_cancelled() {
                return Err(Opening::Cancelled);
            }
            match begin(&connection) {
                Ok(()) => return Ok(connection),
                Err(error) if is_locked(&error) && started.elapsed() < LOCK_PATIENCE => {}
                Err(error) => return Err(Opening::Sqlite(error)),
            }
        }
    }

    fn explain_io(&self, error: io::Error) -> ConnectorError {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ConnectorError::NotFound {
                what: format!("the database file {}", self.shown()),
                hint: "; is the path right, as seen from the server?".into(),
            },
            io::ErrorKind::PermissionDenied => ConnectorError::Permission {
                message: format!(
                    "{} may not be read by this process; check the file's and its folders' rights",
                    self.shown()
                ),
                cause: Some(error.into()),
            },
            _ => ConnectorError::unreachable(format!("{} cannot be read", self.shown()), error),
        }
    }

    /// What an error of SQLite means for the user.
    pub(super) fn explain(&self, error: rusqlite::Error) -> ConnectorError {
        let file = self.shown();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => ConnectorError::Protocol {
                message: format!("{file} is not a SQLite database, or an encrypted one"),
                cause: Some(error.into()),
            },
            Some(ErrorCode::DatabaseCorrupt) => ConnectorError::Data {
                place: file,
                message: "the database is damaged; PRAGMA integrity_check tells more".into(),
                cause: Some(error.into()),
            },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
                ConnectorError::unreachable(format!("{file} is locked by another process"), error)
            }
            Some(ErrorCode::OperationInterrupted) => ConnectorError::Cancelled,
            Some(ErrorCode::PermissionDenied | ErrorCode::ReadOnly | ErrorCode::CannotOpen) => {
                ConnectorError::Permission {
                    message: format!(
                        "{file} cannot be opened; a database in WAL mode needs the right to write beside it while others use it"
                    ),
                    cause: Some(error.into()),
                }
            }
            Some(ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory | ErrorCode::DiskFull) => {
                ConnectorError::unreachable(format!("{file} cannot be read just now"), error)
            }
            _ => ConnectorError::Data {
                place: file,
                message: format!("SQLite could not run the query: {error}"),
                cause: Some(error.into()),
            },
        }
    }
}

enum Opening {
    Cancelled,
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Opening {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// A deferred transaction gets its snapshot with the first look at the schema.
fn begin(connection: &Connection) -> rusqlite::Result<()> {
    if connection.is_autocommit() {
        connection.execute_batch("BEGIN")?;
    }
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)).map(drop)
}

fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn has_wal(path: &Path) -> bool {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    fs::metadata(wal).is_ok_and(|metadata| metadata.len() > 0)
}

fn sqlite_uri(path: &Path, immutable: bool) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let bytes = absolute.as_os_str().as_encoded_bytes();
    let path = percent_encoding::percent_encode(bytes, PATH_ESCAPES);
    let immutable = if immutable { "&immutable=1" } else { "" };
    format!("file://{path}?mode=ro{immutable}")
}

const PATH_ESCAPES: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS.add(b' ').add(b'?').add(b'#').add(b'%');
