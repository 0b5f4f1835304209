//! The references of settings in `docs/`, made from the code and compared with the files.
//!
//! `UPDATE_DOCS=1 cargo test --lib reference` writes them anew.

mod configuration;
mod connectors;
mod table;

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

/// The line behind what is made.
const END: &str = "<!-- end -->\n";

/// Compares what stands in a document between the line `begin` and the end with what is made; where `UPDATE_DOCS` is set, puts
/// that there.
///
/// # Errors
/// What is wrong with the document, and what to do.
fn keep(document: &str, begin: &str, made: &str) -> Result<(), String> {
    let text = read(document)?;
    let lacks = |line: &str| format!("{document} lacks the line {}", line.trim_end());
    let (before, rest) = text.split_once(begin).ok_or_else(|| lacks(begin))?;
    let (written, after) = rest.split_once(END).ok_or_else(|| lacks(END))?;
    if written == made {
        return Ok(());
    }
    if env::var_os("UPDATE_DOCS").is_none() {
        return Err(format!("{document} is old; run UPDATE_DOCS=1 cargo test --lib reference"));
    }
    let text = format!("{before}{begin}{made}{END}{after}");
    fs::write(path(document), text).map_err(|error| format!("{document} cannot be written: {error}"))
}

fn read(document: &str) -> Result<String, String> {
    fs::read_to_string(path(document)).map_err(|error| format!("{document} cannot be read: {error}"))
}

fn path(document: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(document)
}

/// What a schema refers to, and what it is where it is not null: whoever leaves a setting out says the same.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).expect("a reference leads to a definition");
        return resolved(root, target);
    }
    let mut parts = schema["anyOf"].as_array().into_iter().flatten().filter(|part| part["type"] != "null");
    match (parts.next(), parts.next()) {
        (Some(only), None) => resolved(root, only),
        _ => schema,
    }
}
