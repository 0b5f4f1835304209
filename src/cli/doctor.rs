//! `dataweaver doctor`: is everything there, and does it work?

use std::process::ExitCode;

use clap::Args;
use console::style;
use serde_json::{Value, json};

use super::connectors::all_connectors;
use super::failure::Failed;
use super::output::{Output, printable};
use super::session::Session;
use crate::app::{self, Check};
use crate::config::Config;
use crate::services::connectors;

/// Where the details of a check begin.
const DETAILS: usize = 23;

/// `doctor`
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Test the connection of every connector too
    #[arg(long)]
    connectors: bool,
}

impl Doctor {
    pub(super) async fn run(self, config: Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let mut checks = app::check_up(&config).await;
        let installation_works = checks.iter().all(|check| check.ok);
        if self.connectors && installation_works {
            let session = Session::open(config).await?;
            let tested = test_all(&session).await;
            session.close().await;
            checks.extend(tested?);
        }
        let failed = checks.iter().filter(|check| !check.ok).count();
        if output.is_json() {
            let checks: Vec<Value> = checks.iter().map(shape).collect();
            output.document(&json!({ "ok": failed == 0, "checks": checks }))?;
        } else {
            for check in &checks {
                show(check, output)?;
            }
        }
        match failed {
            0 => Ok(ExitCode::SUCCESS),
            1 => Err(Failed::new("one check failed").into()),
            several => Err(Failed::new(format!("{several} checks failed")).into()),
        }
    }
}

async fn test_all(session: &Session) -> anyhow::Result<Vec<Check>> {
    let mut checks = Vec::new();
    for row in all_connectors(session).await? {
        let result = connectors::test(session.services(), &session.viewer, &row.id).await?;
        let advice = (!result.success).then(|| format!("dataweaver connectors show {} shows its settings", row.slug));
        checks.push(Check {
            name: format!("connector {}", row.slug),
            ok: result.success,
            detail: result.message,
            advice,
        });
    }
    Ok(checks)
}

fn shape(check: &Check) -> Value {
    json!({ "name": check.name, "ok": check.ok, "detail": check.detail, "advice": check.advice })
}

fn show(check: &Check, output: &mut Output) -> anyhow::Result<()> {
    let verdict = if check.ok { style("ok    ").green() } else { style("failed").red().bold() };
    output.long_line(&format!("{verdict}  {:<14} {}", check.name, printable(&check.detail)), DETAILS)?;
    match &check.advice {
        Some(advice) => output.long_line(&format!("{:DETAILS$}{} {advice}", "", style("advice:").cyan()), DETAILS),
        None => Ok(()),
    }
}
