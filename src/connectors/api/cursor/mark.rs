//! A place that a cursor can stand at: a moment, or a number that only grows.

use std::cmp::Ordering;

use super::super::failure::Failure;
use super::super::time::{Moment, Period};
use super::super::value::{Value, compare_numbers};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    Moment(Moment),
    Count(Value),
}

impl Mark {
    pub(super) fn plus(&self, period: &Period) -> Result<Self, Failure> {
        match self {
            Self::Moment(moment) => Ok(Self::Moment(moment.shifted(period, 1)?)),
            count @ Self::Count(_) => Ok(count.clone()),
        }
    }

    pub(super) fn minus(&self, period: &Period) -> Result<Self, Failure> {
        match self {
            Self::Moment(moment) => Ok(Self::Moment(moment.shifted(period, -1)?)),
            count @ Self::Count(_) => Ok(count.clone()),
        }
    }
}

impl PartialOrd for Mark {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Moment(left), Self::Moment(right)) => left.partial_cmp(right),
            (Self::Count(left), Self::Count(right)) => match (left, right) {
                (Value::Str(left), Value::Str(right)) => Some(left.as_str().cmp(right.as_str())),
                _ => compare_numbers(left, right),
            },
            _ => None,
        }
    }
}

/// The greater of two.
pub(super) fn later(left: Mark, right: Mark) -> Mark {
    if right > left { right } else { left }
}
