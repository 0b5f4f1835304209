//! Sheets: each tab of a spreadsheet as a table.
//!
//! Google gives values without types: a date is a number. What a number means stands in the format of its cell, which is
//! asked for at the beginning of a tab only, since it is many times larger than the values. So a tab is looked at first
//! ([`look`]): where its header is, which columns it has and how their cells are formatted. Then its values are read by
//! ranges, twice where they do not fit into memory: once to find out which type holds all of a column, and once to give them.

mod a1;
mod cell;
mod evidence;
mod header;
mod look;
mod merges;
mod read;
mod rows;
mod values;

/// What other places of Google's need that hold cells: values with their types, and rows of them.
pub(super) mod typed {
    pub(in super::super) use super::cell::{Cell, Format, cell_of_text};
    pub(in super::super) use super::evidence::{Evidence, Kind};
    pub(in super::super) use super::header::unique;
    pub(in super::super) use super::rows::{ReadColumn, TabRows, field_of};
}

pub(super) use look::{Library, Spreadsheet, Tab};
pub(super) use read::stream;

/// Before the id of a spreadsheet, in the path of its tabs.
pub(super) const SPREADSHEETS: &str = "spreadsheets/";
