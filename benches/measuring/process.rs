//! A server in a process of its own: started, measured as the kernel counts it, and ended with its value.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{self, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// How long a server may take to say where it listens.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ticks a second in which Linux tells CPU time, whatever the kernel counts in.
const TICKS: f64 = 100.0;

/// Set in the environment of a process whose limit was raised already.
const RAISED: &str = "DATAWEAVER_BENCH_FILES_RAISED";

/// A running server. It is killed with this value.
pub(crate) struct Program {
    child: Child,
    /// Kept open: a server that cannot say something ends.
    _said: BufReader<ChildStdout>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Program {
    /// Starts it and waits for its first line, in which `address_in` finds where it listens.
    pub(crate) async fn start(mut command: Command, address_in: impl Fn(&str) -> Option<SocketAddr>) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().context("the server starts")?;
        let mut said = BufReader::new(child.stdout.take().context("its stdout is piped")?);
        let mut line = String::new();
        timeout(PATIENCE, said.read_line(&mut line)).await.context("the server says where it listens")??;
        let Some(address) = address_in(&line) else { bail!("the server does not start: it says {line:?}") };
        Ok(Self { child, _said: said, address })
    }

    /// Its stdin, where that is piped.
    pub(crate) fn stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// What it took so far.
    pub(crate) fn usage(&self) -> Result<Usage> {
        Usage::of(self.child.id().context("the server has ended")?)
    }

    /// Ends it.
    pub(crate) async fn end(mut self) -> Result<()> {
        self.child.kill().await.context("the server ends")
    }
}

/// What a process took so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// Seconds of CPU time, its own and the kernel's for it.
    pub(crate) cpu: f64,
    /// Memory that it has in RAM, in bytes.
    pub(crate) memory: f64,
}

impl Usage {
    /// Of a running process.
    pub(crate) fn of(id: u32) -> Result<Self> {
        let read = |name: &str| fs::read_to_string(format!("/proc/{id}/{name}")).context("the process runs");
        let status = read("status")?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("Linux tells its memory")?;
        let memory: f64 = memory.trim().trim_end_matches(" kB").parse()?;
        let stat = read("stat")?;
        // Behind the name, which may hold anything; utime and stime are the fields 14 and 15 of the whole line.
        let (_, fields) = stat.rsplit_once(')').context("the name is in brackets")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        let cpu = ticks.sum::<Result<f64, _>>()? / TICKS;
        Ok(Self { cpu, memory: memory * 1024.0 })
    }

    /// Of this very process.
    pub(crate) fn own() -> Result<Self> {
        Self::of(process::id())
    }
}

/// Sees to it that this process, and those that it starts, may open `wanted` files: it starts itself anew behind a shell
/// that raises the limit as far as the system lets it.
pub(super) fn raise_open_files(wanted: usize) -> Result<()> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).context("Linux tells the limit")?;
    let may = line.split_whitespace().next().context("the soft limit comes first")?;
    if may.parse().is_ok_and(|may: usize| may < wanted) {
        if std::env::var_os(RAISED).is_some() {
            bail!("{wanted} files have to be open at once, and the system lets us have {may} (raise `ulimit -Hn`)");
        }
        let raise = "ulimit -n $(ulimit -Hn) && exec \"$0\" \"$@\"";
        let mut shell = process::Command::new("sh");
        shell.args(["-c", raise]).arg(std::env::current_exe()?).args(std::env::args_os().skip(1)).env(RAISED, "1");
        return Err(shell.exec()).context("a shell raises the limit of open files");
    }
    Ok(())
}
