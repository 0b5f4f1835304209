//! Periods and units of time that a plan takes where a question leaves them open.

use super::Figure;
use crate::ask::reading::{Group, Reading};
use crate::ask::time::{Grain, Period, begin};
use crate::ask::values::Values;

/// Two periods without a name: this long each.
const USUAL_MONTHS: i64 = 3;

/// The unit of time that a question names.
pub(super) fn named_grain(reading: &Reading) -> Option<Grain> {
    reading.groups.iter().find_map(|group| match group {
        Group::Time(grain) => Some(*grain),
        _ => None,
    })
}

/// The unit of time that shows a figure's course well.
pub(super) fn fitting_grain(reading: &Reading, values: &Values, figure: &Figure) -> Grain {
    let times = values.facts(figure.dataset).and_then(|facts| facts.times);
    let all = times.map(|(from, until)| (until - from).num_hours() as f64 / 24.);
    let asked = reading.periods.first().and_then(|period| match (period.from, period.until) {
        (Some(from), Some(until)) => Some((until - from).num_hours() as f64 / 24.),
        (Some(from), None) => values.as_of().map(|as_of| (as_of - from).num_hours() as f64 / 24.),
        _ => None,
    });
    Grain::fitting(asked.or(all).unwrap_or(365.))
}

/// The periods that a question compares: the later one, and the earlier one.
pub(super) fn compared_periods(reading: &Reading, values: &Values) -> Option<(Period, Period)> {
    let mut periods = reading.periods.clone();
    periods.sort_by_key(|period| period.from);
    if periods.len() >= 2 {
        let earlier = periods.remove(0);
        let later = periods.pop()?;
        return Some((later, earlier));
    }
    let one = periods.pop();
    if let Some(period) = one {
        if reading.year_before {
            let earlier = period.year_before()?;
            return Some((period, earlier));
        }
        if reading.before || (reading.change.is_some() && !reading.than) {
            let period = closed(period, values)?;
            let earlier = period.before()?;
            return Some((period, earlier));
        }
        // "compared to last year": with what came after it.
        let (until, grain) = (period.until?, period.grain?);
        let as_of = values.as_of()?;
        let end = grain.shift(until, i64::from(period.count.max(1)));
        let tomorrow = Grain::Day.shift(begin(Grain::Day, as_of), 1);
        let later = Period::span(Some(until), Some(end.min(tomorrow)), &format!("since {}", period.words));
        return (until < tomorrow).then_some((later, period));
    }
    let grain = named_grain(reading);
    last_two(values, grain)
}

/// The period with an end, where it is open.
fn closed(period: Period, values: &Values) -> Option<Period> {
    let as_of = values.as_of()?;
    let tomorrow = Grain::Day.shift(begin(Grain::Day, as_of), 1);
    Some(match period.until {
        Some(_) => period,
        None => Period { until: Some(tomorrow), ..period },
    })
}

/// The last two full units, or the last three months and those before.
fn last_two(values: &Values, grain: Option<Grain>) -> Option<(Period, Period)> {
    let as_of = values.as_of()?;
    let tomorrow = Grain::Day.shift(begin(Grain::Day, as_of), 1);
    let (from, until, words) = match grain {
        Some(grain) => {
            let until = begin(grain, tomorrow);
            (grain.shift(until, -1), until, format!("the last full {}", grain.word()))
        }
        None => (Grain::Month.shift(tomorrow, -USUAL_MONTHS), tomorrow, format!("the last {USUAL_MONTHS} months")),
    };
    let later = Period::span(Some(from), Some(until), &words);
    let later = match grain {
        Some(grain) => later.of(grain, 1),
        None => later.of(Grain::Month, 3),
    };
    let earlier = later.before()?;
    Some((later, earlier))
}
