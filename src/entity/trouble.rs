//! What the disk has to do with it that our own database fails.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use sea_orm::{DbErr, RuntimeErr};

use super::disk::{Hindrance, hindrance};

/// The folders of the embedded databases that this process has opened. SQLite's errors do not name the file.
static FOLDERS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// PostgreSQL's `disk_full`.
const POSTGRES_FULL: &str = "53100";
/// SQLite's primary result codes.
const SQLITE_READONLY: i32 = 8;
const SQLITE_IOERR: i32 = 10;
const SQLITE_FULL: i32 = 13;
const SQLITE_CANTOPEN: i32 = 14;

/// Remembers where an embedded database lies.
pub(super) fn watch(folder: PathBuf) {
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner).insert(folder);
}

/// What is wrong with the disk of our own database, and what to do; `None` where an error tells of something else.
pub fn words(error: &DbErr) -> Option<&'static str> {
    let full = "no space left for the database of DataWeaver; make room on its disk and try again";
    let unwritable = "the database of DataWeaver cannot be written: its file or its folder is read-only; give this process \
        the right to write there and try again";
    let failing = "the disk under the database of DataWeaver fails; dataweaver doctor looks at it";
    Some(match code(error)? {
        Code::Postgres => full,
        Code::Sqlite(SQLITE_FULL) => full,
        Code::Sqlite(SQLITE_READONLY) => unwritable,
        // Both may mean that a file beside the database could not be made or grow.
        Code::Sqlite(SQLITE_IOERR | SQLITE_CANTOPEN) => match folders().iter().find_map(|folder| hindrance(folder)) {
            Some(Hindrance::Full) => full,
            Some(Hindrance::ReadOnly | Hindrance::Denied) => unwritable,
            None => failing,
        },
        Code::Sqlite(_) => return None,
    })
}

enum Code {
    /// Its disk is full.
    Postgres,
    /// A primary result code.
    Sqlite(i32),
}

fn code(error: &DbErr) -> Option<Code> {
    let (DbErr::Conn(RuntimeErr::SqlxError(cause))
    | DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
    else {
        return None;
    };
    let error = cause.as_database_error()?;
    let code = error.code()?;
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_none() {
        return (code == POSTGRES_FULL).then_some(Code::Postgres);
    }
    // What is above the lowest eight bits tells more of the same.
    Some(Code::Sqlite(code.parse::<i32>().ok()? & 0xff))
}

fn folders() -> Vec<PathBuf> {
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
}
