//! The answer in a sentence or a few. Every number in it stands in the rows, or is computed from them.

use serde_json::Value;

use super::Asked;
use super::findings::{correlation, course_words, distribution, forecast, score, steps, unusual_rows, unusual_times};
use super::insights::{Finding, Insight};
use super::interpretation::group_name;
use super::numbers::{amount, capital, counted, listed, number, percent, plain, short, singular, words};
use super::sides::without_rows;
use crate::ask::plan::{Kind, OrderBy, Plan, PlanGroup, plural};

/// The words for what was found. `cut` is after how many rows the statement was not read on, though it has more.
pub(super) fn of(asked: &Asked<'_>, plan: &Plan, insight: &Insight, cut: Option<usize>) -> String {
    let rows = &insight.output.rows;
    let told = match (&plan.kind, &insight.finding) {
        (Kind::Forecast { .. }, Finding::Forecast(found, grain)) => forecast(plan, insight, found, *grain),
        (_, Finding::Correlation(found)) => correlation(plan, found),
        (_, Finding::Distribution(found)) => distribution(plan, found),
        (_, Finding::Unusual(found)) => unusual_times(plan, insight, found),
        _ if rows.is_empty() => nothing(asked, plan),
        (Kind::Trend, Finding::Trend(course, grain, trend)) => course_words(plan, course, *grain, trend.as_ref()),
        (Kind::Change(_), Finding::Trend(..)) => steps(plan, insight),
        (Kind::Change(_) | Kind::Periods, _) => periods(asked, plan, insight),
        (Kind::Score(place), _) => score(asked, plan, insight, *place),
        (Kind::Profile { entity }, _) => profile(asked, insight, *entity),
        (Kind::Rows { columns }, _) => listed_rows(asked, plan, insight, columns.is_empty()),
        (Kind::Duplicates { .. }, _) => {
            format!("{} agree with another one.", capital(&how_many(insight, &plan.subject.plural(&asked.bound.model))))
        }
        (Kind::UnusualRows, _) => unusual_rows(asked, plan, insight),
        (Kind::Moment { newest }, _) => moment(asked, plan, insight, *newest),
        _ => figures(asked, plan, insight),
    };
    let told = match without_rows(asked, plan, insight) {
        Some(lost) => format!("{told} {lost}"),
        None => told,
    };
    match (cut, &insight.finding) {
        (None, _) => told,
        (Some(read), Finding::Rows) => format!("{told} Only the first {} are shown.", counted(read, "rows")),
        (Some(read), _) => format!("{told} Only the first {} were looked at.", counted(read, "rows")),
    }
}

/// How many rows there are; where more are there than at hand, only that.
pub(super) fn how_many(insight: &Insight, plural: &str) -> String {
    let at_hand = counted(insight.output.rows.len(), plural);
    if insight.output.truncated { format!("more than {at_hand}") } else { at_hand }
}

fn nothing(asked: &Asked<'_>, plan: &Plan) -> String {
    let what = match &plan.kind {
        Kind::Rows { .. } | Kind::Score(_) | Kind::Duplicates { .. } => plan.subject.plural(&asked.bound.model),
        Kind::Profile { entity } => asked.bound.model.entities[*entity].name.clone(),
        Kind::UnusualRows => return "Nothing is unusual: all values are near to the usual of their group.".to_owned(),
        _ => plan.figures.first().map_or_else(|| "rows".to_owned(), |figure| figure.label.clone()),
    };
    match plan.kind {
        Kind::Rows { .. } | Kind::Score(_) | Kind::Profile { .. } => format!("There are no such {what} in the data."),
        Kind::Duplicates { .. } => format!("No {what} are there more than once."),
        _ => format!("There are no rows to take the {what} from."),
    }
}

pub(super) fn unit(plan: &Plan) -> Option<&str> {
    plan.unit()
}

pub(super) fn label(plan: &Plan) -> String {
    plan.label()
}

/// The name of a row's group.
pub(super) fn name(row: &[Value], keys: usize, plan: &Plan) -> String {
    let of_entity = matches!(plan.groups.as_slice(), [PlanGroup::Entity(_)]) && keys == 2;
    let shown = if of_entity { row.get(1..2) } else { row.get(..keys) };
    let parts: Vec<String> = shown.unwrap_or_default().iter().map(words).collect();
    parts.join(", ")
}

fn figures(asked: &Asked<'_>, plan: &Plan, insight: &Insight) -> String {
    let (rows, keys) = (&insight.output.rows, insight.keys);
    let (label, unit) = (label(plan), unit(plan));
    if keys == 0 {
        return single(plan, insight);
    }
    let value = |row: &Vec<Value>| row.get(keys).and_then(number);
    let known: Vec<(String, f64)> = rows.iter().filter_map(|row| Some((name(row, keys, plan), value(row)?))).collect();
    let groups = plan.groups.iter().map(|group| group_name(asked.bound, group)).collect::<Vec<_>>().join(" and ");
    let Some((first, of_first)) = known.first().cloned() else {
        return format!("There is no {label} for any {groups}.");
    };
    if rows.len() == 1 {
        return match plan.limit {
            Some(1) => {
                let smallest = plan.order.is_some_and(|(_, descending)| !descending);
                format!(
                    "{first} has the {} {label}: {}.",
                    if smallest { "lowest" } else { "highest" },
                    amount(of_first, unit)
                )
            }
            _ => format!("{}: {} for {first}.", capital(&label), amount(of_first, unit)),
        };
    }
    if plan.share {
        let share = rows.first().and_then(|row| row.last()).and_then(number);
        let share = share.map(|share| format!(" ({} % of the whole)", short(share))).unwrap_or_default();
        return format!("{first} makes up most of the {label}: {}{share}.", amount(of_first, unit));
    }
    let extreme = |larger: bool| {
        known.iter().fold(None::<&(String, f64)>, |best, next| match best {
            Some(best) if (next.1 > best.1) != larger || next.1 == best.1 => Some(best),
            _ => Some(next),
        })
    };
    let (Some(most), Some(least)) = (extreme(true), extreme(false)) else { return String::new() };
    if plan.within > 0 {
        return firsts(asked, plan, insight);
    }
    if plan.limit.is_some() {
        let shown: Vec<String> =
            known.iter().take(3).map(|(name, value)| format!("{name} ({})", amount(*value, unit))).collect();
        let ascending = plan.order.is_some_and(|(_, descending)| !descending);
        return format!(
            "The {} {label}: {}{}.",
            if ascending { "lowest" } else { "highest" },
            listed(&shown),
            if known.len() > 3 { format!(", of {} shown", known.len()) } else { String::new() }
        );
    }
    if insight.output.truncated {
        // Of the others nothing is known but that the order puts them behind.
        let many = how_many(insight, &plural(&groups));
        return match plan.order {
            Some((OrderBy::Figure(0), descending)) => {
                let extreme = if descending { "highest" } else { "lowest" };
                format!("{first} has the {extreme} {label} of {many}: {}.", amount(of_first, unit))
            }
            _ => format!("{} by {groups}: {many}.", capital(&label)),
        };
    }
    let total = plan.figures.first().is_some_and(|figure| figure.additive);
    let sum: f64 = known.iter().map(|(_, value)| value).sum();
    let share = if total && sum > 0. && most.1 > 0. {
        format!(" ({} % of {} in all)", short(100. * most.1 / sum), amount(sum, unit))
    } else {
        String::new()
    };
    format!(
        "{} has the highest {label} of {}: {}{share}; {} has the lowest: {}.",
        most.0,
        counted(known.len(), &plural(&groups)),
        amount(most.1, unit),
        least.0,
        amount(least.1, unit)
    )
}

/// Who comes first in each of the outer groups.
fn firsts(asked: &Asked<'_>, plan: &Plan, insight: &Insight) -> String {
    const SHOWN: usize = 4;
    let (rows, keys, outer) = (&insight.output.rows, insight.keys, plan.within);
    let part = |row: &Vec<Value>, from: usize, until: usize| {
        row.get(from..until).unwrap_or_default().iter().map(words).collect::<Vec<_>>().join(", ")
    };
    let mut groups: Vec<String> = Vec::new();
    let mut shown: Vec<String> = Vec::new();
    for row in rows {
        let group = part(row, 0, outer);
        if groups.last() == Some(&group) {
            continue;
        }
        if shown.len() < SHOWN {
            // An entity's key stands before its name.
            let named = if plan.groups[outer..].iter().any(|group| matches!(group, PlanGroup::Entity(_))) {
                part(row, keys.saturating_sub(1).max(outer), keys)
            } else {
                part(row, outer, keys)
            };
            let value = row.get(keys).and_then(number).map(|value| format!(" ({})", amount(value, unit(plan))));
            shown.push(format!("{group}: {named}{}", value.unwrap_or_default()));
        }
        groups.push(group);
    }
    let smallest = plan.order.is_some_and(|(_, descending)| !descending);
    format!(
        "The {} {}{}: {}{}.",
        if smallest { "lowest" } else { "highest" },
        label(plan),
        super::interpretation::within(asked.bound, plan),
        shown.join("; "),
        match groups.len() - shown.len() {
            0 => String::new(),
            more if insight.output.truncated => format!("; and more than {more} more"),
            more => format!("; and {more} more"),
        }
    )
}

fn single(plan: &Plan, insight: &Insight) -> String {
    let row = insight.output.rows.first().cloned().unwrap_or_default();
    if plan.share {
        let values: Vec<Option<f64>> = row.iter().map(number).collect();
        return match values.as_slice() {
            [Some(part), Some(whole), Some(share)] => format!(
                "{} % of the {}: {} of {}.",
                short(*share),
                label(plan),
                amount(*part, unit(plan)),
                amount(*whole, unit(plan))
            ),
            _ => format!("There is no {} to take a share of.", label(plan)),
        };
    }
    if plan.ratio {
        let ratio = row.last().and_then(number);
        return match ratio {
            Some(ratio) => format!("The {} is {}.", label(plan), plain(ratio)),
            None => format!("There is no {} to tell.", label(plan)),
        };
    }
    let name = |figure: &crate::ask::plan::Figure| {
        if !plan.mean_over.is_empty() { format!("average {}", figure.label) } else { figure.label.clone() }
    };
    let parts: Vec<String> = plan
        .figures
        .iter()
        .zip(&row)
        .map(|(figure, value)| match number(value) {
            Some(value) => format!("{} is {}", name(figure), amount(value, figure.unit.as_deref())),
            None => format!("{} is not known, since there are no such rows", name(figure)),
        })
        .collect();
    format!("The {}.", parts.join("; the "))
}

fn periods(asked: &Asked<'_>, plan: &Plan, insight: &Insight) -> String {
    let (rows, keys) = (&insight.output.rows, insight.keys);
    let (label, unit) = (label(plan), unit(plan));
    let sides = |row: &Vec<Value>| {
        (row.get(keys).and_then(number), row.get(keys + 1).and_then(number), row.get(keys + 3).and_then(number))
    };
    let dates = |period: &Option<crate::ask::time::Period>| {
        period.as_ref().map(crate::ask::time::Period::dates).unwrap_or_default()
    };
    if keys == 0 {
        let Some((before, now, change)) = rows.first().map(sides) else { return nothing(asked, plan) };
        let (Some(before), Some(now)) = (before, now) else {
            return format!("The {label} is not known for both periods.");
        };
        let way = if now > before {
            "rose"
        } else if now < before {
            "fell"
        } else {
            "did not change"
        };
        let change = change.map(|change| format!(" ({})", percent(change / 100.))).unwrap_or_default();
        return format!(
            "The {label} {way}: {} in {}, after {} in {}{change}.",
            amount(now, unit),
            dates(&plan.period),
            amount(before, unit),
            dates(&plan.earlier)
        );
    }
    let Some(row) = rows.first() else { return nothing(asked, plan) };
    let (before, now, change) = sides(row);
    let change = change.map(|change| format!(" ({})", percent(change / 100.))).unwrap_or_default();
    let known = |value: Option<f64>| value.map_or_else(|| "nothing".to_owned(), |value| amount(value, unit));
    format!(
        "{} {} compared. {}: {} after {}{change}.",
        capital(&how_many(insight, "rows")),
        if rows.len() == 1 { "is" } else { "are" },
        name(row, keys, plan),
        known(now),
        known(before)
    )
}

fn profile(asked: &Asked<'_>, insight: &Insight, entity: usize) -> String {
    let rows = &insight.output.rows;
    let text = |row: &Vec<Value>, place: usize| row.get(place).map(words).unwrap_or_default();
    let own = &asked.bound.model.entities[entity];
    let dataset =
        &asked.bound.model.datasets[crate::ask::plan::Subject::Entity(entity).dataset(&asked.bound.model)].label;
    let called = crate::ask::plan::in_words(&own.label);
    let name = rows.iter().find(|row| text(row, 0) == *dataset && text(row, 1) == called).map(|row| text(row, 2));
    let facts: Vec<String> = rows
        .iter()
        .filter(|row| text(row, 0) != *dataset && text(row, 1) != "latest text")
        .take(6)
        .map(|row| format!("{} {}", text(row, 1), rounded(&text(row, 2))))
        .collect();
    let about = name.unwrap_or_else(|| format!("This {}", own.name));
    if facts.is_empty() {
        format!("{about}: {} are known.", counted(rows.len(), "facts"))
    } else {
        format!("{about}: {}.", facts.join(", "))
    }
}

fn rounded(text: &str) -> String {
    text.parse::<f64>().map_or_else(|_| text.to_owned(), plain)
}

fn listed_rows(asked: &Asked<'_>, plan: &Plan, insight: &Insight, all: bool) -> String {
    let rows = &insight.output.rows;
    let noun = plan.subject.plural(&asked.bound.model);
    let entity = match plan.subject {
        crate::ask::plan::Subject::Entity(entity) => Some(&asked.bound.model.entities[entity]),
        crate::ask::plan::Subject::Dataset(_) => None,
    };
    // What each row is called by; where that is nothing, by its key, which comes first.
    let called = entity.and_then(|entity| insight.output.columns.iter().position(|column| column.name == entity.label));
    if let (Some((OrderBy::Figure(_), descending)), Some(1), [row], Some(figure)) =
        (plan.order, plan.limit, rows.as_slice(), plan.figures.first())
    {
        let named = |column: &crate::query::OutputColumn| {
            column.name == figure.name || Some(&column.name) == figure.value.as_ref()
        };
        let value = insight.output.columns.iter().position(named).and_then(|place| row.get(place)).and_then(number);
        if let Some(value) = value {
            let extreme = if descending { "highest" } else { "lowest" };
            let whose = row.get(called.unwrap_or(0)).map(words).unwrap_or_default();
            return format!("The {extreme} {} is {}, of {whose}.", figure.label, amount(value, unit(plan)));
        }
    }
    if !all && rows.len() == 1 {
        let row = &rows[0];
        let facts: Vec<String> = insight
            .output
            .columns
            .iter()
            .zip(row)
            .skip(1)
            .map(|(column, value)| format!("{} is {}", crate::ask::plan::in_words(&column.name), words(value)))
            .collect();
        return format!("{}: {}.", words(&row[0]), listed(&facts));
    }
    let names: Vec<String> = called
        .map(|column| rows.iter().take(3).filter_map(|row| row.get(column)).map(words).collect())
        .unwrap_or_default();
    let such = if names.is_empty() {
        String::new()
    } else if rows.len() > names.len() {
        format!(", such as {}", listed(&names))
    } else {
        format!(": {}", listed(&names))
    };
    let shown = how_many(insight, &noun);
    if plan.filters.is_empty() && plan.conditions.is_empty() {
        return format!("{} {} listed{such}.", capital(&shown), if rows.len() == 1 { "is" } else { "are" });
    }
    format!("{} {} what was asked for{such}.", capital(&shown), if rows.len() == 1 { "fulfils" } else { "fulfil" })
}

fn moment(asked: &Asked<'_>, plan: &Plan, insight: &Insight, newest: bool) -> String {
    let value = insight.output.rows.first().and_then(|row| row.first());
    let noun = singular(&plan.subject.plural(&asked.bound.model));
    match value.and_then(Value::as_str) {
        Some(time) => format!(
            "The {} {noun} is of {}.",
            if newest { "newest" } else { "oldest" },
            time.replacen('T', " ", 1).trim_end_matches('Z').trim_end_matches(" 00:00:00")
        ),
        None => format!("There is no such {noun}."),
    }
}
