//! What connectors count for a credential by rules of their own, beside the client's budgets: shared by all that is opened with
//! that credential in the process, now and later.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use super::client::HttpClient;

/// From so many on, those that nobody uses are looked for.
const MANY: usize = 256;

/// Something that outlasts the connector that made it.
pub trait Lasting: Send + Sync + 'static {
    /// Whether it could be forgotten and made anew without anybody noticing.
    fn is_idle(&self, now: Instant) -> bool;
}

/// All that lasts of one process.
#[derive(Default)]
pub(super) struct LastingThings(Mutex<HashMap<(TypeId, u64), Thing>>);

type AnyThing = dyn Any + Send + Sync;

struct Thing {
    value: Arc<AnyThing>,
    is_idle: fn(&AnyThing, Instant) -> bool,
}

impl LastingThings {
    fn of<T: Lasting>(&self, fingerprint: u64, now: Instant, make: impl FnOnce() -> T) -> Arc<T> {
        let mut things = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if things.len() >= MANY {
            things
                .retain(|_, thing| Arc::strong_count(&thing.value) > 1 || !(thing.is_idle)(thing.value.as_ref(), now));
        }
        let key = (TypeId::of::<T>(), fingerprint);
        let known = things.get(&key).and_then(|thing| Arc::clone(&thing.value).downcast::<T>().ok());
        known.unwrap_or_else(|| {
            let made = Arc::new(make());
            let value: Arc<AnyThing> = made.clone();
            things.insert(key, Thing { value, is_idle: is_idle::<T> });
            made
        })
    }
}

fn is_idle<T: Lasting>(value: &AnyThing, now: Instant) -> bool {
    value.downcast_ref::<T>().is_none_or(|value| value.is_idle(now))
}

impl HttpClient {
    /// What is counted for a credential, made where nobody in the process has done so yet. The credential is told by all that
    /// makes it another one; nothing of that is kept.
    pub fn lasting<T: Lasting>(&self, credential: &[&str], make: impl FnOnce() -> T) -> Arc<T> {
        let fingerprint = self.shared().budgets().fingerprint(credential);
        self.shared().lasting().of(fingerprint, self.now(), make)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counted(bool);

    impl Lasting for Counted {
        fn is_idle(&self, _: Instant) -> bool {
            self.0
        }
    }

    #[test]
    fn what_is_idle_and_used_by_nobody_is_forgotten_when_there_are_many() {
        let things = LastingThings::default();
        let now = Instant::now();
        let used = things.of(0, now, || Counted(true));
        things.of(1, now, || Counted(false));
        for number in 2..MANY as u64 {
            things.of(number, now, || Counted(true));
        }
        things.of(MANY as u64, now, || Counted(true));
        assert_eq!(things.0.lock().unwrap().len(), 3);
        assert!(Arc::ptr_eq(&used, &things.of(0, now, || Counted(false))));
    }
}
