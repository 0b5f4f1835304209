//! Excel workbooks: their tables, and the used ranges of their worksheets, as data sources.
//!
//! A sheet has no keys and tells no changes. It is read whole, unless its workbook is the same as at the last sync.

mod address;
mod cell;
mod format;
mod grid;
mod layout;
mod read;
mod rows;

use serde::{Deserialize, Serialize};

use super::origins::VERSION;
use crate::sdk::http::segment;

pub(super) use read::stream;

/// A table or a worksheet of a workbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sheet {
    pub(super) drive: String,
    /// The workbook's id in its drive.
    pub(super) item: String,
    pub(super) part: Part,
}

/// What of a workbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    /// By id.
    Table(String),
    /// By id.
    Worksheet(String),
}

impl Sheet {
    /// The workbook as a file, below the origin.
    fn file(&self) -> String {
        format!("{VERSION}/drives/{}/items/{}", segment(&self.drive), segment(&self.item))
    }

    fn workbook(&self) -> String {
        format!("{}/workbook", self.file())
    }

    /// The table or worksheet.
    fn place(&self) -> String {
        match &self.part {
            Part::Table(id) => format!("{}/tables/{}", self.workbook(), segment(id)),
            Part::Worksheet(id) => format!("{}/worksheets/{}", self.workbook(), segment(id)),
        }
    }
}

/// Whether a file is a workbook that Excel's API opens.
pub(super) fn is_workbook(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    // Files that begin so are locks of open ones.
    [".xlsx", ".xlsm"].iter().any(|ending| lower.ends_with(ending)) && !name.starts_with("~$")
}
