//! Budgets as the whole process shares them.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, Notify};
use tokio::time::Instant;

use super::Budget;
use super::window::Window;
use crate::sdk::http::clock::Clock;

/// The longest that a vendor can stop a budget: what asks for more is wrong.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);
/// From so many budgets on, those that nobody uses are looked for.
const MANY: usize = 256;

/// A budget that is being used.
pub(in crate::sdk::http) struct SharedBudget {
    name: String,
    clock: Arc<dyn Clock>,
    /// Requests take their slots in the order in which they came.
    turn: AsyncMutex<()>,
    state: Mutex<State>,
    /// Something was given back, or the pause has changed.
    changed: Notify,
}

struct State {
    plan: Budget,
    windows: Vec<Window>,
    /// What was sent and is not answered yet.
    unanswered: u64,
    /// Requests whose answers are not read to their ends.
    open: usize,
    paused_until: Option<Instant>,
}

/// Why a request cannot be sent yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::sdk::http) struct Holdup {
    /// Until when, as far as that is known.
    pub until: Option<Instant>,
    /// Whether the vendor said so, and not only its known limits.
    pub is_pause: bool,
}

impl SharedBudget {
    fn new(plan: Budget, clock: Arc<dyn Clock>) -> Self {
        let windows = plan.rates.iter().copied().map(Window::new).collect();
        let name = plan.name.clone();
        let state = State { plan, windows, unanswered: 0, open: 0, paused_until: None };
        Self { name, clock, turn: AsyncMutex::new(()), state: Mutex::new(state), changed: Notify::new() }
    }

    pub(in crate::sdk::http) fn name(&self) -> &str {
        &self.name
    }

    /// Waits for its turn and for room, and takes it. `held_up` hears, while it is at the front, what it waits for, and
    /// may refuse to wait.
    pub(in crate::sdk::http) async fn take<E>(
        self: &Arc<Self>,
        cost: u32,
        mut held_up: impl FnMut(Holdup) -> Result<(), E>,
    ) -> Result<Slot, E> {
        let _turn = self.turn.lock().await;
        loop {
            // Made before looking, so that no change is missed.
            let changed = self.changed.notified();
            let holdup = match self.try_take(cost) {
                Ok(slot) => return Ok(slot),
                Err(holdup) => holdup,
            };
            held_up(holdup)?;
            match holdup.until {
                Some(until) => tokio::select! {
                    () = self.clock.until(until) => {}
                    () = changed => {}
                },
                None => changed.await,
            }
        }
    }

    fn try_take(self: &Arc<Self>, cost: u32) -> Result<Slot, Holdup> {
        let now = self.clock.now();
        let mut state = self.state();
        state.look(now, u64::from(cost))?;
        state.unanswered += u64::from(cost);
        state.open += 1;
        Ok(Slot { budget: Arc::clone(self), cost: u64::from(cost), is_answered: false })
    }

    /// What would hold a request up now.
    pub(in crate::sdk::http) fn holdup(&self) -> Option<Holdup> {
        self.state().look(self.clock.now(), 1).err()
    }

    /// Stops everything for so long: the vendor asked for it.
    pub(in crate::sdk::http) fn pause(&self, long: Duration) {
        let until = self.clock.now() + long.min(LONGEST_PAUSE);
        let mut state = self.state();
        if state.paused_until.is_none_or(|paused| paused < until) {
            state.paused_until = Some(until);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Goes on under what may be other limits, with the same history.
    fn set_plan(&self, plan: &Budget) {
        let mut state = self.state();
        if state.plan == *plan {
            return;
        }
        let mut old = std::mem::take(&mut state.windows);
        for rate in &plan.rates {
            let same = old.iter().position(|window| window.per() == rate.per);
            let window = same.map_or_else(|| Window::new(*rate), |index| old.swap_remove(index).with_rate(*rate));
            state.windows.push(window);
        }
        state.plan = plan.clone();
        drop(state);
        self.changed.notify_one();
    }

    /// Whether it could be forgotten and made anew without anybody noticing.
    fn is_idle(&self) -> bool {
        let now = self.clock.now();
        let mut state = self.state();
        state.windows.iter_mut().for_each(|window| window.expire(now));
        state.open == 0
            && state.paused_until.is_none_or(|until| until <= now)
            && state.windows.iter().all(Window::is_idle)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn look(&mut self, now: Instant, cost: u64) -> Result<(), Holdup> {
        if let Some(until) = self.paused_until.filter(|until| *until > now) {
            return Err(Holdup { until: Some(until), is_pause: true });
        }
        self.paused_until = None;
        if self.plan.concurrency.is_some_and(|most| self.open >= most) {
            return Err(Holdup { until: None, is_pause: false });
        }
        for window in &mut self.windows {
            window.expire(now);
            window.room(cost, self.unanswered).map_err(|until| Holdup { until, is_pause: false })?;
        }
        Ok(())
    }
}

/// The right to one request. Dropped when its answer is read, or given up.
pub(in crate::sdk::http) struct Slot {
    budget: Arc<SharedBudget>,
    cost: u64,
    is_answered: bool,
}

impl Slot {
    /// Stops its budget for so long.
    pub(in crate::sdk::http) fn pause(&self, long: Duration) {
        self.budget.pause(long);
    }

    /// The vendor has counted the request by now.
    pub(in crate::sdk::http) fn answered(&mut self) {
        if std::mem::replace(&mut self.is_answered, true) {
            return;
        }
        let now = self.budget.clock.now();
        let mut state = self.budget.state();
        state.unanswered -= self.cost;
        state.windows.iter_mut().for_each(|window| window.add(now, self.cost));
        drop(state);
        self.budget.changed.notify_one();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.answered();
        self.budget.state().open -= 1;
        self.budget.changed.notify_one();
    }
}

/// The budgets of all credentials of the process.
pub(in crate::sdk::http) struct Budgets {
    /// Its keys are drawn at random when the process starts.
    hasher: RandomState,
    budgets: Mutex<HashMap<(u64, String), Arc<SharedBudget>>>,
    clock: Arc<dyn Clock>,
}

impl Budgets {
    pub(in crate::sdk::http) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { hasher: RandomState::new(), budgets: Mutex::default(), clock }
    }

    /// A number that stands for a credential within this process; nothing can be told from it.
    pub(in crate::sdk::http) fn fingerprint(&self, credential: &[&str]) -> u64 {
        self.hasher.hash_one(credential)
    }

    /// The budget of that name of a credential, under the limits of `plan` from now on.
    pub(in crate::sdk::http) fn of(&self, fingerprint: u64, plan: &Budget) -> Arc<SharedBudget> {
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        if budgets.len() >= MANY {
            budgets.retain(|_, budget| Arc::strong_count(budget) > 1 || !budget.is_idle());
        }
        let budget = budgets.entry((fingerprint, plan.name.clone()));
        let budget =
            Arc::clone(budget.or_insert_with(|| Arc::new(SharedBudget::new(plan.clone(), Arc::clone(&self.clock)))));
        drop(budgets);
        budget.set_plan(plan);
        budget
    }
}
