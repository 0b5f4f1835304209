//! Ctrl-C, noticed from the moment on which this is made: one that is pressed while we do something else is not lost.

use std::process;

use tokio::task::JoinHandle;

/// How a process ends that Ctrl-C has ended, as shells have it.
const INTERRUPTED: i32 = 130;

/// The presses of Ctrl-C, one after another.
pub(super) struct Interrupts {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
    #[cfg(windows)]
    signal: Option<tokio::signal::windows::CtrlC>,
}

impl Interrupts {
    pub(super) fn new() -> Self {
        #[cfg(unix)]
        let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
        #[cfg(windows)]
        let signal = tokio::signal::windows::ctrl_c();
        if let Err(error) = &signal {
            tracing::warn!(error = %error, "Ctrl-C cannot be noticed");
        }
        Self { signal: signal.ok() }
    }

    /// The next press.
    pub(super) async fn next(&mut self) {
        match &mut self.signal {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }
}

/// Ends the process at once on Ctrl-C, for as long as this lives. Once a signal was listened for, the system itself
/// does that no more.
pub(super) struct LeavesAtOnce(JoinHandle<()>);

impl LeavesAtOnce {
    pub(super) fn new() -> Self {
        let mut interrupts = Interrupts::new();
        Self(tokio::spawn(async move {
            interrupts.next().await;
            process::exit(INTERRUPTED);
        }))
    }
}

impl Drop for LeavesAtOnce {
    fn drop(&mut self) {
        self.0.abort();
    }
}
