//! What the command line does with a manifest: looks at it, and reads it without a server.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::connector::redaction_of;
use super::failure::Failure;
use super::http::Transport;
use super::manifest::{self, Manifest, ManifestError};
use super::protocol::{self, State};
use super::run::Source;
use super::value::{Value, from_python_slice};
use crate::sdk::OpenContext;

/// Something of a manifest, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Counted from 1.
    pub line: u64,
    /// Counted from 1, in characters.
    pub column: u64,
    /// What of it is not run, or what is wrong.
    pub message: String,
}

/// What a look at a manifest found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ManifestReport {
    /// The components that it uses, each with the lines it stands on.
    pub components: BTreeMap<String, Vec<u64>>,
    /// What is not run; a manifest with none is.
    pub refused: Vec<Finding>,
}

/// Says which components a manifest uses, and what of it is not run.
pub fn lint_manifest(source: &str) -> ManifestReport {
    match Manifest::parse(source) {
        Ok(manifest) => {
            let lint = manifest::lint(&manifest);
            let refused = lint.refused.into_iter().map(Finding::from).collect();
            ManifestReport { components: lint.used, refused }
        }
        Err(error) => ManifestReport { components: BTreeMap::new(), refused: vec![error.into()] },
    }
}

impl From<ManifestError> for Finding {
    fn from(error: ManifestError) -> Self {
        Self { line: error.place.line, column: error.place.column, message: error.message }
    }
}

/// A manifest with all that a read of it needs, each as the text of its file.
#[derive(Clone, Debug, Default)]
pub struct ManifestRead {
    /// YAML or JSON.
    pub manifest: String,
    /// The values that its `spec` asks for, as a JSON object.
    pub config: Vec<u8>,
    /// A configured catalogue of the Airbyte protocol; all streams are read where there is none.
    pub catalog: Option<Vec<u8>>,
    /// State messages of the protocol; everything is read where there are none.
    pub state: Option<Vec<u8>>,
    /// The streams to read, of those; all of them where none is named.
    pub sources: Vec<String>,
}

/// Why a read does not start.
#[derive(Debug, thiserror::Error)]
pub enum ManifestReadError {
    #[error("{what} is no JSON")]
    NotJson { what: &'static str },
    #[error("{0}")]
    Refused(String),
    #[error("nothing can be written")]
    Output(#[from] io::Error),
}

impl From<Failure> for ManifestReadError {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure.to_string())
    }
}

/// Reads a manifest's streams and prints what the Airbyte protocol says of it, a JSON line a message. Returns whether all
/// streams were read to their end.
///
/// # Errors
/// Where the read cannot start, or nothing can be written. What fails later is among the messages.
pub async fn read_manifest<W: Write>(given: ManifestRead, out: &mut W) -> Result<bool, ManifestReadError> {
    let json = |bytes: &[u8], what: &'static str| from_python_slice(bytes).ok_or(ManifestReadError::NotJson { what });
    let manifest = Manifest::parse(&given.manifest).map_err(|error| ManifestReadError::Refused(error.to_string()))?;
    let config = json(&given.config, "the configuration")?;
    let catalog = given.catalog.as_deref().map(|catalog| json(catalog, "the catalogue")).transpose()?;
    let state = given.state.as_deref().map(|state| json(state, "the state")).transpose()?.unwrap_or(Value::Null);
    // Whoever starts the program may reach what the program can.
    let context = OpenContext { allow_private_network: true, ..OpenContext::default() };
    let redaction = redaction_of(&manifest, &config);
    let transport =
        Transport::new(&context, &redaction).map_err(|error| ManifestReadError::Refused(error.to_string()))?;
    let state = State::parse(&state)?;
    let source = Source::new(manifest, &config, None, transport)?.knowing(state.all());
    let source = source.choosing(protocol::cursor_fields(catalog.as_ref()));
    let chosen = protocol::chosen(&source, catalog.as_ref(), &given.sources).await?;
    Ok(protocol::read(&source, &chosen, &state, &redaction, out).await?)
}
