//! Files: what lies in a folder or a bucket arrives as it is, and what does not fit is told.

mod delimited;
mod folder;
