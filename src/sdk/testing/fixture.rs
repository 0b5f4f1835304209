//! What a connector's test gives the suite.

use tokio_util::sync::CancellationToken;

use crate::sdk::{CatalogSource, Extract, OpenContext, ReadRequest, Settings, SourceRef};

/// What the suite needs to know of a connector's other end.
#[derive(Clone)]
pub struct Fixture {
    /// Settings under which everything works.
    pub settings: Settings,
    /// The path of a data source with rows for several batches of [`batch_bytes`](Self::batch_bytes).
    pub source_path: String,
    /// Settings whose other end is not there: a closed port, a missing folder.
    pub dead: Settings,
    /// More settings that `check` must refuse, such as those with a wrong password.
    pub refused: Vec<Settings>,
    /// Texts that must never be shown: the secrets of all the settings.
    pub secrets: Vec<String>,
    /// What the process allows.
    pub context: OpenContext,
    /// How large the batches of the test reads are.
    pub batch_bytes: usize,
    /// How much memory the test reads may take.
    pub memory_bytes: usize,
}

impl Fixture {
    /// A fixture without secrets that may reach everything.
    pub fn new(settings: Settings, source_path: impl Into<String>, dead: Settings) -> Self {
        Self {
            settings,
            source_path: source_path.into(),
            dead,
            refused: Vec::new(),
            secrets: Vec::new(),
            context: OpenContext { allow_private_network: true, ..OpenContext::default() },
            batch_bytes: 4 << 10,
            memory_bytes: 16 << 20,
        }
    }

    /// Adds a text that must never be shown.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Adds settings that `check` must refuse.
    #[must_use]
    pub fn refused(mut self, settings: Settings) -> Self {
        self.refused.push(settings);
        self
    }

    pub(super) fn request(&self, source: &CatalogSource) -> ReadRequest {
        ReadRequest {
            source: SourceRef::from(source),
            extract: Extract::Full,
            primary_key: source.primary_key.clone(),
            resume: None,
            batch_bytes: self.batch_bytes,
            memory_bytes: self.memory_bytes,
            cancel: CancellationToken::new(),
        }
    }
}
