//! `dataweaver connectors read`: reads a manifest's streams without a server, as Airbyte-protocol JSON lines.
//!
//! Its `--config` is the reference's: the values that the manifest's spec asks for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::cli::failure::Usage;
use crate::cli::output::Output;
use crate::connectors::api::{ManifestRead, read_manifest};

/// `connectors read`
#[derive(Debug, Args)]
pub(in crate::cli) struct Read {
    /// The manifest, a YAML or JSON file
    #[arg(long, value_name = "FILE")]
    manifest: PathBuf,
    /// A configured catalogue of the Airbyte protocol; all streams are read where it is absent
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    /// State messages of the Airbyte protocol; everything is read where they are absent
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Read only this stream; may be given several times
    #[arg(long = "source", value_name = "NAME")]
    sources: Vec<String>,
}

impl Read {
    /// `values` is what `--config` names: not our own settings here, but the values that the manifest's spec asks for.
    pub(super) async fn run(self, values: Option<&Path>, output: &mut Output) -> anyhow::Result<ExitCode> {
        let values = values.ok_or_else(|| Usage::new("--config names the JSON file with the manifest's values"))?;
        let given = ManifestRead {
            manifest: String::from_utf8(bytes_of(&self.manifest)?)
                .with_context(|| format!("the manifest {} is not UTF-8", self.manifest.display()))?,
            config: bytes_of(values)?,
            catalog: self.catalog.as_deref().map(bytes_of).transpose()?,
            state: self.state.as_deref().map(bytes_of).transpose()?,
            sources: self.sources,
        };
        let is_whole = read_manifest(given, &mut output.writer()).await?;
        Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn bytes_of(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("the file {} cannot be read", path.display()))
}
