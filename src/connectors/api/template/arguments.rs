//! Arguments of macros, filters and methods, by place or by name as Python takes them.

use minijinja::Error;
use minijinja::value::{Kwargs, Rest, ValueOrKwargs};

use super::error::wrong_type;

type Engine = minijinja::Value;

/// All that is given to a function, by place or by name.
pub(super) type Given = Rest<ValueOrKwargs>;

/// Arguments in the order of the parameters; what was not given is `None`.
pub(super) struct Arguments(Vec<Option<Engine>>);

impl Arguments {
    /// # Errors
    /// Where there are too many, or one has a name that is no parameter's.
    pub(super) fn bind(given: &[Engine], parameters: &[&str]) -> Result<Self, Error> {
        let (positional, named) = match given.split_last() {
            Some((last, rest)) if last.is_kwargs() => (rest, Some(Kwargs::try_from(last.clone())?)),
            _ => (given, None),
        };
        if positional.len() > parameters.len() {
            return Err(wrong_type(format!("takes {} arguments, not {}", parameters.len(), positional.len())));
        }
        let mut bound: Vec<Option<Engine>> = positional.iter().cloned().map(Some).collect();
        bound.resize(parameters.len(), None);
        if let Some(named) = named {
            for name in named.args() {
                let place = parameters.iter().position(|parameter| *parameter == name);
                let place = place.ok_or_else(|| wrong_type(format!("takes no argument `{name}`")))?;
                bound[place] = Some(named.peek::<Engine>(name)?);
            }
        }
        Ok(Self(bound))
    }

    /// The same for a function that takes all that is given.
    pub(super) fn of(given: Given, parameters: &[&str]) -> Result<Self, Error> {
        Self::bind(&given.into_values(), parameters)
    }

    pub(super) fn get(&self, place: usize) -> Option<&Engine> {
        self.0.get(place).and_then(Option::as_ref)
    }

    pub(super) fn required(&self, place: usize) -> Result<&Engine, Error> {
        self.get(place).ok_or_else(|| wrong_type("an argument is missing"))
    }

    /// An argument that is a text; `None` where it is not given, or is `None`.
    pub(super) fn text(&self, place: usize) -> Result<Option<&str>, Error> {
        match self.get(place) {
            Some(value) if !value.is_none() => {
                value.as_str().map(Some).ok_or_else(|| wrong_type("an argument must be a text"))
            }
            _ => Ok(None),
        }
    }
}
