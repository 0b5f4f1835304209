//! Why a read of a manifest's stream fails.

use std::sync::Arc;

use super::manifest::ManifestError;
use super::template::TemplateError;
use super::time::TimeError;

/// Who can do something about a failure: the protocol's `failure_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// The configuration is wrong, or the credentials.
    Config,
    /// The manifest, the API or we are.
    System,
    /// Nobody: it may work the next time.
    Transient,
}

impl Blame {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config_error",
            Self::System => "system_error",
            Self::Transient => "transient_error",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Config, Self::System, Self::Transient].into_iter().find(|blame| blame.as_str() == word)
    }
}

/// How the manifest wants a page asked for again that the API refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    FromTheFirstPage,
    InSmallerPages,
    InSmallerWindows,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error(transparent)]
    Time(#[from] TimeError),
    /// The API answered with what the manifest, or the reference's own table, calls a failure.
    #[error("{message}")]
    Answer { message: String, status: Option<u16>, blame: Blame },
    /// The API refused a page as it was asked for; the retriever asks otherwise where it can.
    #[error("{message}")]
    Again { how: Again, message: String },
    /// All attempts were used up, of a request for that stream, which may be a parent of the one that is read.
    #[error("{message}")]
    Exhausted { message: String, status: Option<u16>, blame: Blame, stream: Option<Arc<str>> },
    /// The parts of a request do not go together.
    #[error("{0}")]
    Request(String),
    /// The configuration does not hold what the manifest asks for.
    #[error("{0}")]
    Config(String),
    /// What came cannot be read.
    #[error("{0}")]
    Data(String),
    #[error("cancelled")]
    Cancelled,
}

impl Failure {
    pub(super) fn blame(&self) -> Blame {
        match self {
            Self::Answer { blame, .. } | Self::Exhausted { blame, .. } => *blame,
            Self::Config(_)
            | Self::Template(TemplateError::StreamState)
            | Self::Again { how: Again::InSmallerPages | Again::InSmallerWindows, .. } => Blame::Config,
            _ => Blame::System,
        }
    }

    /// The stream that it is told of, where that may be another one than the one that is read.
    pub(super) fn stream(&self) -> Option<&str> {
        match self {
            Self::Exhausted { stream, .. } => stream.as_deref(),
            _ => None,
        }
    }
}
