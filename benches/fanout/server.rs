//! The servers that are compared, and the way in which facts are handed to each.

use std::fmt;

use anyhow::{Context, Result};
use clap::ValueEnum;
use std::process::Stdio;
use tokio::process::Command;

use crate::facts::Door;
use crate::measuring::{Installation, Program};

/// Which server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Kind {
    /// `dataweaver serve`
    Ours,
    /// A broadcast and nothing else.
    Bare,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ours => "dataweaver",
            Self::Bare => "bare broadcast",
        })
    }
}

/// A running server.
pub(crate) enum Server {
    Ours(Installation),
    Bare(Program),
}

impl Server {
    /// Starts one, with a door for facts.
    pub(crate) async fn start(kind: Kind, postgres: &str) -> Result<(Self, Door)> {
        match kind {
            Kind::Ours => {
                let installation = Installation::start(Some(postgres)).await?;
                installation.synced_folder("told", 1).await?;
                let door = Door::to_log(&installation.database_url()).await?;
                Ok((Self::Ours(installation), door))
            }
            Kind::Bare => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("--bare").stdin(Stdio::piped());
                let mut program = Program::start(command, |line| line.trim().parse().ok()).await?;
                let door = Door::Stdin(program.stdin().context("its stdin is piped")?);
                Ok((Self::Bare(program), door))
            }
        }
    }

    /// The process.
    pub(crate) fn program(&self) -> &Program {
        match self {
            Self::Ours(installation) => &installation.program,
            Self::Bare(program) => program,
        }
    }

    /// Ends it.
    pub(crate) async fn end(self) -> Result<()> {
        match self {
            Self::Ours(installation) => installation.end().await,
            Self::Bare(program) => program.end().await,
        }
    }
}
