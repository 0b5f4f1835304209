//! Files: what lies in a folder or a bucket arrives as it is, and what does not fit is told.

mod arrow_files;
mod bucket;
mod contract;
mod delimited;
mod discovery;
mod folder;
mod incremental;
mod json;
mod packed;
mod resume;
mod workbook;
