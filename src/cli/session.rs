//! An open installation, for verbs that need one.

use crate::app::App;
use crate::config::Config;
use crate::services::{Services, Viewer};

/// The product, running in this process, and who uses it.
pub(super) struct Session {
    pub(super) app: App,
    /// Whoever may read the data folder may do everything.
    pub(super) viewer: Viewer,
}

impl Session {
    /// For verbs that ask or change something, and run no syncs.
    pub(super) async fn open(config: Config) -> anyhow::Result<Self> {
        Ok(Self::of(App::open(config).await?))
    }

    /// For verbs that sync, beside a server or without one.
    pub(super) async fn start(config: Config) -> anyhow::Result<Self> {
        Ok(Self::of(App::start(config).await?))
    }

    fn of(app: App) -> Self {
        Self { app, viewer: Viewer::command_line() }
    }

    pub(super) fn services(&self) -> &Services {
        &self.app.services
    }

    pub(super) async fn close(self) {
        self.app.shut_down().await;
    }
}
