//! Up to where the client of a subscription has had everything, for whoever looks at it from outside.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::due::later;
use super::mark::Standing;
use super::tail::Seat;
use crate::events::EventCursor;

/// Where a subscription is. Cheap to clone.
#[derive(Clone)]
pub struct Whereabouts(Arc<Mutex<State>>);

struct State {
    /// Up to where what was given has found its place; none where that is nothing, and not known.
    had: Option<Standing>,
    /// Who tells how far it has come since.
    course: Course,
}

enum Course {
    /// It is executed by itself.
    Alone(watch::Receiver<Option<Standing>>),
    /// It shares a tail with others.
    Together(Seat),
}

impl Whereabouts {
    /// Those of a subscription that is executed by itself, and says where it stands.
    pub(super) fn alone(standing: watch::Receiver<Option<Standing>>) -> Self {
        Self(Arc::new(Mutex::new(State { had: None, course: Course::Alone(standing) })))
    }

    /// It is executed by itself from now on.
    pub(super) fn go_alone(&self, standing: watch::Receiver<Option<Standing>>) {
        self.state().course = Course::Alone(standing);
    }

    /// It shares a tail from now on.
    pub(super) fn join(&self, seat: Seat) {
        self.state().course = Course::Together(seat);
    }

    /// Everything up to here has found its place, if that is known.
    pub(super) fn note(&self, standing: Option<Standing>) {
        let mut state = self.state();
        state.had = later(state.had, standing);
    }

    /// Up to where what was given has found its place.
    pub(super) fn had(&self) -> Option<Standing> {
        self.state().had
    }

    /// The place in the event log up to which everything that its client wants has been put where its messages wait; none
    /// where that is not known, or it follows something else.
    pub fn reached(&self) -> Option<EventCursor> {
        let state = self.state();
        let since = match &state.course {
            Course::Alone(standing) => *standing.borrow(),
            Course::Together(seat) => seat.reached(),
        };
        later(state.had, since)?.cursor()
    }

    /// Waits until it is known for the first time, from the beginning on.
    pub async fn known(&self) {
        let standing = match &self.state().course {
            Course::Alone(standing) => Some(standing.clone()),
            Course::Together(_) => None,
        };
        if let Some(mut standing) = standing {
            let is_known = |standing: &Option<Standing>| standing.is_some_and(|standing| standing.cursor().is_some());
            if standing.wait_for(is_known).await.is_err() {
                // It has come to its end, or goes on otherwise, and has perhaps told something.
                std::future::pending().await
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
