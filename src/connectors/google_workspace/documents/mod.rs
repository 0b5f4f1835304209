//! Docs: each document as a table of its paragraphs, with headings, lists and tables told by columns; and each of its tables
//! whose first row holds names as a table of its own.

mod look;
mod read;
mod read_table;
mod structure;
mod tables;

use super::api::Api;
use super::columns::{Column, flag, json, number, position, text};
use crate::sdk::{ReadRequest, ReadStream};

pub(super) use look::content;
pub(super) use tables::tables;

/// Before the id of a document, in its path.
pub(super) const DOCUMENTS: &str = "documents/";
/// Between the id of a document and the number of a table of it.
pub(super) const TABLES: &str = "/tables/";

/// Reads the paragraphs of a document, or one of its tables.
pub(super) fn stream(api: &Api, request: ReadRequest) -> ReadStream {
    let is_table = request.source.source_path.contains(TABLES);
    if is_table { read_table::stream(api, request) } else { read::stream(api, request) }
}

/// What a paragraph's row holds.
pub(super) const COLUMNS: &[Column] = &[
    position("position", "/position", "Its place in the document, counted from 1"),
    text("tab_id", "/tab_id", "The id of the document's tab that it stands in"),
    text("tab_title", "/tab_title", "What that tab is called"),
    text(
        "kind",
        "/kind",
        "title, subtitle, heading, paragraph, list_item, table_cell, table_of_contents, footnote, header, footer",
    ),
    number("heading_level", "/heading_level", "Of a heading: 1 to 6"),
    text("heading_path", "/heading_path", "The headings that it stands below, with > between them"),
    text("text", "/text", "Its text, without marks"),
    text("style", "/style", "Its style in Google's words, such as HEADING_1"),
    text("list_id", "/list_id", "Of an item: the id of its list"),
    number("list_level", "/list_level", "Of an item: how deep it is nested, counted from 0"),
    flag("list_is_numbered", "/list_is_numbered", "Of an item: whether it has a number, and not a sign"),
    number("table_number", "/table_number", "Of a cell: which of the document's tables it is in, counted from 1"),
    number("table_row", "/table_row", "Of a cell: its row, counted from 1"),
    number("table_column", "/table_column", "Of a cell: its column, counted from 1"),
    number("row_span", "/row_span", "Of a cell: how many rows it covers"),
    number("column_span", "/column_span", "Of a cell: how many columns it covers"),
    json("links", "/links", "What its text leads to: text and url of each link"),
    number("start_index", "/start_index", "Where it begins, in Google's count"),
    number("end_index", "/end_index", "Where it ends, in Google's count"),
];
