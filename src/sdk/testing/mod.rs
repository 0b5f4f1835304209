//! The contract suite: what every connector promises its users, tested the same way against any of them.
//!
//! A connector's test gives a [`Fixture`] with a real other end and calls [`contract`]; a new promise becomes a new
//! function here and holds for all connectors at once.
//!
//! It is part of the library, where tests of connectors in other crates find it too. The program calls nothing of it, so that
//! the linker leaves it out.
//!
//! ```no_run
//! # async fn example(fixture: dataweaver::sdk::testing::Fixture) {
//! use dataweaver::connectors::file_system::FileSystem;
//! use dataweaver::sdk::{ConnectorFactory, testing};
//!
//! testing::contract(&ConnectorFactory::of::<FileSystem>(), &fixture).await.unwrap();
//! # }
//! ```

mod check;
mod clock;
mod discover;
mod fixture;
mod reading;
mod reads;
mod settings;

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use clock::{RunningClock, VirtualClock};
pub use fixture::Fixture;

use super::{ConnectorError, ConnectorFactory, DynConnector, Settings};

/// How long a step may take before the suite gives up on it.
const PATIENCE: Duration = Duration::from_secs(120);

/// The promises that a connector broke, one a line.
pub struct Broken(Vec<String>);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the connector breaks its contract:")?;
        self.0.iter().try_for_each(|promise| write!(f, "\n- {promise}"))
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Broken {}

/// Tests every promise of the contract.
///
/// # Errors
/// Every promise that is broken, with what was seen.
pub async fn contract(factory: &ConnectorFactory, fixture: &Fixture) -> Result<(), Broken> {
    let mut suite = Suite { factory, fixture, broken: Vec::new(), shown: Vec::new() };
    suite.settings_are_read_strictly();
    suite.secrets_can_be_taken_out_and_put_back();
    suite.check_tells_what_is_wrong().await;
    if let Some(connector) = suite.open(&fixture.settings) {
        suite.check_finds_the_good_end(connector.as_ref()).await;
        if let Some(source) = suite.discover_is_stable(connector.as_ref()).await {
            suite.reads_keep_their_word(connector.as_ref(), &source).await;
            suite.keys_are_those_of_all_rows(connector.as_ref(), &source).await;
            suite.cancel_stops_a_read(connector.as_ref(), &source).await;
        }
    }
    suite.secrets_are_never_shown();
    if suite.broken.is_empty() { Ok(()) } else { Err(Broken(suite.broken)) }
}

struct Suite<'a> {
    factory: &'a ConnectorFactory,
    fixture: &'a Fixture,
    broken: Vec<String>,
    /// Everything that a user might get to see.
    shown: Vec<String>,
}

impl Suite<'_> {
    fn promise(&mut self, kept: bool, promise: impl FnOnce() -> String) {
        if !kept {
            self.broken.push(promise());
        }
    }

    fn open(&mut self, settings: &Settings) -> Option<Arc<dyn DynConnector>> {
        let opened = self.try_open(settings.clone());
        opened.map_err(|error| self.broken.push(format!("good settings open: {error}"))).ok()
    }

    fn try_open(&mut self, mut settings: Settings) -> Result<Arc<dyn DynConnector>, ConnectorError> {
        let opened = self
            .factory
            .normalize(&mut settings)
            .and_then(|()| self.factory.open(settings, self.fixture.context.clone()));
        if let Err(error) = &opened {
            self.show(error);
        }
        opened
    }

    /// Keeps all words of an error for the search for secrets.
    fn show(&mut self, error: &ConnectorError) {
        self.shown.push(format!("{error} {error:?}"));
        let mut cause = error.source();
        while let Some(error) = cause {
            self.shown.push(format!("{error} {error:?}"));
            cause = error.source();
        }
    }

    /// No secret is in anything that was shown.
    fn secrets_are_never_shown(&mut self) {
        for (number, secret) in self.fixture.secrets.iter().enumerate() {
            let found = self.shown.iter().find(|text| text.contains(secret.as_str()));
            if let Some(text) = found {
                let hidden = text.replace(secret.as_str(), "[SECRET]");
                self.broken.push(format!("secret {number} is never shown, but stands in: {hidden}"));
            }
        }
    }
}
