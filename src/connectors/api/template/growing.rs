//! Lists and dictionaries that a template fills: `{% set found = [] %}`, then `{% set _ = found.append(1) %}` in a loop.
//!
//! The engine's own never change. Of a template that calls a method that changes something, those that it sets are these.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};

use super::bridge::{from_engine, to_engine};
use super::error::{wrong_type, wrong_value};

type Engine = minijinja::Value;

/// What makes of a literal something that grows.
pub(super) const CALL: &str = "_growing(";
/// The methods that change what they are called on, as they are written.
const CHANGING: [&str; 6] = [".append(", ".extend(", ".insert(", ".update(", ".setdefault(", ".pop("];

/// Whether a template changes a list or a dictionary in place.
pub(super) fn is_used(source: &str) -> bool {
    CHANGING.iter().any(|method| source.contains(method))
}

pub(super) fn add_to(environment: &mut Environment<'static>) {
    environment.add_function("_growing", |value: Engine| growing(&value));
}

fn growing(value: &Engine) -> Result<Engine, Error> {
    match value.kind() {
        ValueKind::Seq => Ok(Engine::from_object(List(Mutex::new(value.try_iter()?.collect())))),
        ValueKind::Map => {
            let members = pairs(value)?;
            Ok(Engine::from_object(Dictionary(Mutex::new(members))))
        }
        _ => Ok(value.clone()),
    }
}

fn pairs(map: &Engine) -> Result<Vec<(Engine, Engine)>, Error> {
    map.try_iter()?.map(|key| map.get_item(&key).map(|value| (key, value))).collect()
}

/// What is put in is put in as it is now, so that nothing can come to hold itself.
fn settled(value: &Engine) -> Engine {
    let is_growing = |value: &Engine| {
        value.downcast_object_ref::<List>().is_some() || value.downcast_object_ref::<Dictionary>().is_some()
    };
    let holds_one = |value: &Engine| match value.kind() {
        ValueKind::Seq => value.try_iter().is_ok_and(|mut items| items.any(|item| is_growing(&item))),
        ValueKind::Map => pairs(value).is_ok_and(|members| members.iter().any(|(_, item)| is_growing(item))),
        _ => false,
    };
    if is_growing(value) || holds_one(value) { to_engine(&from_engine(value)) } else { value.clone() }
}

fn argument<'a>(args: &'a [Engine], place: usize, method: &str) -> Result<&'a Engine, Error> {
    args.get(place).ok_or_else(|| wrong_type(format!("{method} takes a value")))
}

#[derive(Debug)]
struct List(Mutex<Vec<Engine>>);

impl List {
    fn items(&self) -> MutexGuard<'_, Vec<Engine>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Engine) -> Option<Engine> {
        let items = self.items();
        items.get(place_of(key.as_i64()?, items.len())?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.items().len())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Engine]) -> Result<Engine, Error> {
        match method {
            "append" => {
                let item = settled(argument(args, 0, method)?);
                self.items().push(item);
            }
            "extend" => {
                let more: Vec<Engine> = argument(args, 0, method)?.try_iter()?.map(|item| settled(&item)).collect();
                self.items().extend(more);
            }
            "insert" => {
                let place = argument(args, 0, method)?.as_i64().ok_or_else(|| wrong_type("insert takes a place"))?;
                let item = settled(argument(args, 1, method)?);
                let mut items = self.items();
                let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                let place = if place < 0 { place.saturating_add(length) } else { place }.clamp(0, length);
                items.insert(usize::try_from(place).unwrap_or(0), item);
            }
            "pop" => {
                let mut items = self.items();
                let place =
                    args.first().map_or(Some(-1), Engine::as_i64).and_then(|place| place_of(place, items.len()));
                return place.map(|place| items.remove(place)).ok_or_else(|| wrong_value("pop index out of range"));
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        }
        Ok(Engine::from(()))
    }
}

/// A place counted from either end.
fn place_of(place: i64, length: usize) -> Option<usize> {
    let from_start = if place < 0 { place.checked_add(i64::try_from(length).ok()?)? } else { place };
    usize::try_from(from_start).ok().filter(|place| *place < length)
}

#[derive(Debug)]
struct Dictionary(Mutex<Vec<(Engine, Engine)>>);

impl Dictionary {
    fn members(&self) -> MutexGuard<'_, Vec<(Engine, Engine)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a key is. Nothing is held meanwhile, since what is compared may be this dictionary itself.
    fn place(&self, key: &Engine) -> Option<usize> {
        let members = self.members().clone();
        members.iter().position(|(known, _)| known == key)
    }

    fn set(&self, key: &Engine, value: Engine) {
        match self.place(key) {
            Some(place) => self.members()[place].1 = value,
            None => self.members().push((settled(key), value)),
        }
    }
}

impl Object for Dictionary {
    fn get_value(self: &Arc<Self>, key: &Engine) -> Option<Engine> {
        self.place(key).map(|place| self.members()[place].1.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.members().iter().map(|(key, _)| key.clone()).collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.members().len())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Engine]) -> Result<Engine, Error> {
        let otherwise = || args.get(1).cloned().unwrap_or_else(|| Engine::from(()));
        match method {
            "update" => {
                for (key, value) in pairs(argument(args, 0, method)?)? {
                    self.set(&key, settled(&value));
                }
                Ok(Engine::from(()))
            }
            "setdefault" => {
                let key = argument(args, 0, method)?;
                let known = self.get_value(key);
                Ok(known.unwrap_or_else(|| {
                    let value = settled(&otherwise());
                    self.set(key, value.clone());
                    value
                }))
            }
            "pop" => {
                let key = argument(args, 0, method)?;
                match self.place(key) {
                    Some(place) => Ok(self.members().remove(place).1),
                    None if args.len() > 1 => Ok(otherwise()),
                    None => Err(wrong_value("the dictionary has no such key")),
                }
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}
