//! `check` tells good ends from bad ones.

use std::time::{Duration, Instant};

use super::{PATIENCE, Suite};
use crate::sdk::{DynConnector, ErrorClass};

/// How long `check` may take.
const CHECK_TIME: Duration = Duration::from_secs(10);

impl Suite<'_> {
    /// `check` on an end that is not there, or that refuses us, fails in time and with a reason.
    pub(super) async fn check_tells_what_is_wrong(&mut self) {
        let fixture = self.fixture;
        let ends = [("an end that is not there", &fixture.dead)];
        for (end, settings) in
            ends.into_iter().chain(fixture.refused.iter().map(|settings| ("an end that refuses", settings)))
        {
            let Ok(connector) = self.try_open(settings.clone()) else { continue };
            let started = Instant::now();
            let checked = tokio::time::timeout(PATIENCE, connector.check()).await;
            let took = started.elapsed();
            self.promise(took <= CHECK_TIME, || {
                format!("check on {end} fails within {CHECK_TIME:?}, not after {took:?}")
            });
            match checked {
                Err(_) => {}
                Ok(Ok(reachable)) => self.broken.push(format!("check on {end} fails, but says: {}", reachable.message)),
                Ok(Err(error)) => {
                    self.show(&error);
                    let class = error.class();
                    let kept =
                        !matches!(class, ErrorClass::Data | ErrorClass::Cancelled) && error.to_string().len() > 10;
                    self.promise(kept, || format!("check on {end} gives a clear reason, not {class:?}: {error}"));
                }
            }
        }
    }

    pub(super) async fn check_finds_the_good_end(&mut self, connector: &dyn DynConnector) {
        match tokio::time::timeout(CHECK_TIME, connector.check()).await {
            Err(_) => self.broken.push(format!("check on a good end answers within {CHECK_TIME:?}")),
            Ok(Err(error)) => {
                self.show(&error);
                self.broken.push(format!("check on a good end succeeds: {error}"));
            }
            Ok(Ok(reachable)) => {
                self.shown.push(format!("{reachable:?} {}", reachable.details));
                self.promise(!reachable.message.is_empty(), || "check says something of a good end".into());
            }
        }
    }
}
