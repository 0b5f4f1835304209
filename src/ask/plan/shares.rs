//! Shares: of the whole, or of the rows of each group.

use super::choose::Choice;
use super::figures::measure_figure;
use super::listed::counted_condition;
use super::{Compared, Doubt, Figure, Fulfilled, Plan, PlanCondition, PlanFilter, PlanGroup, dataset_of_field};
use crate::ask::reading::{Filter, Standing, Task, is_plural};
use crate::ask::sql::literal;
use crate::ask::words::stems;

impl Choice<'_> {
    /// Whether shares are still to be reckoned: a rate is one already, and so is what counts some rows beside all of them.
    pub(super) fn as_share(&self, figures: &mut Vec<Figure>, groups: &[PlanGroup]) -> bool {
        if !self.reading.share || self.reading.ratio {
            return false;
        }
        if self.reading.share_of
            && figures.len() == 2
            && figures[0].dataset == figures[1].dataset
            && figures.iter().all(|figure| figure.additive)
        {
            let whole = figures.remove(1);
            let part = &mut figures[0];
            part.expression =
                format!("100.0 * cast(({}) AS double) / nullif(({}), 0)", part.expression, whole.expression);
            part.name = format!("{}_percent", part.name);
            part.label = format!("{} as a share of {}", part.label, whole.label);
            part.unit = Some("%".to_owned());
            part.becomes_derived();
            return false;
        }
        if let Some(place) = figures.iter().position(|figure| figure.unit.as_deref() == Some("%")) {
            figures.swap(0, place);
            figures.truncate(1);
            return false;
        }
        if let Some(rate) = self.rate_of_same(&figures[0]) {
            figures[0] = rate;
            figures.truncate(1);
            return false;
        }
        let figure = &mut figures[0];
        let some_rows = counted_condition(&figure.expression).is_some();
        if some_rows && self.reading.filters.is_empty() && (groups.is_empty() || !self.reading.count) {
            figure.expression = format!("100.0 * {} / nullif(count(*), 0)", figure.expression);
            figure.label = format!("share of {}", figure.label);
            figure.name = format!("{}_percent", figure.name);
            figure.unit = Some("%".to_owned());
            figure.additive = false;
            return false;
        }
        true
    }

    /// "share of results out of range", "what percentage of car loans default": a rate that is known of what was named. It has to be
    /// one of the rows that are spoken of, or of those whose values stand in front of a verb.
    fn rate_of_same(&self, figure: &Figure) -> Option<Figure> {
        let reading = self.reading;
        let model = &self.bound.model;
        let rates = |dataset: usize| {
            let measures = model.datasets[dataset].measures.iter().enumerate();
            measures
                .filter(|(_, measure)| measure.unit.as_deref() == Some("%"))
                .map(move |(place, measure)| (dataset, place, measure))
        };
        let lower = figure.expression.trim().to_lowercase();
        let summed = lower.strip_prefix("sum(").and_then(|rest| rest.strip_suffix(')'));
        let spoken =
            reading.nouns.iter().any(|noun| noun.datasets.iter().any(|(of, fit)| *of == figure.dataset && *fit > 0.9));
        // "results out of range": they are spoken of in the name of what is measured, too.
        let own = &model.datasets[figure.dataset];
        let words: Vec<String> = reading.measures.iter().flat_map(|ask| stems(&ask.words)).collect();
        let mut called = std::iter::once(&own.label).chain(&own.synonyms);
        let in_name = called.any(|name| head(name).is_some_and(|word| words.contains(&word)));
        if let Some(summed) = summed.filter(|_| spoken || in_name) {
            let mean = format!("avg({summed})");
            let (dataset, place, _) =
                rates(figure.dataset).find(|(.., rate)| rate.expression.to_lowercase().contains(&mean))?;
            return measure_figure(self.bound, dataset, place, None);
        }
        let [noun] = reading.nouns.as_slice() else { return None };
        let filter = self.verb_of_values().filter(|_| figure.counts)?;
        let said = stems(&noun.words);
        let of_filter = filter.candidates.iter().filter_map(|(field, ..)| dataset_of_field(self.bound, *field));
        let mut others = of_filter.filter(|dataset| *dataset != figure.dataset);
        let (dataset, place, _) = others.find_map(|dataset| {
            rates(dataset).find(|(.., rate)| said.iter().all(|word| stems(&rate.label).contains(word)))
        })?;
        measure_figure(self.bound, dataset, place, None)
    }

    /// The values behind which the one thing that is spoken of is a verb: "car loans default".
    fn verb_of_values(&self) -> Option<&Filter> {
        let ([noun], [filter]) = (self.reading.nouns.as_slice(), self.reading.filters.as_slice()) else { return None };
        (filter.standing == Standing::Attribute && !is_plural(&noun.words)).then_some(filter)
    }

    /// "what share of samples is rejected, by type": of the samples of each type, and not of all that were rejected. Gives
    /// whether it is so; the figure is that share, then. Without groups the whole is told.
    pub(super) fn takes_part(
        &self,
        plan: &mut Plan,
        figures: &mut [Figure],
        groups: &[PlanGroup],
        trend: bool,
    ) -> Result<bool, Doubt> {
        let figure = &mut figures[0];
        if let Some(filter) = self.verb_of_values().filter(|filter| figure.counts && is_plural(&filter.words)) {
            return Err(Doubt::Lacking { what: format!("what share of the {} is wanted", filter.words) });
        }
        let timed = trend || groups.iter().any(|group| matches!(group, PlanGroup::Time(_) | PlanGroup::Cycle(_)));
        let apart = groups.is_empty() && !timed;
        let Some(standing) = self.part_stands(plan, figure, groups, (timed, apart)) else { return Ok(false) };
        // "EMEA and APAC as a share, by region": what is grouped by is no part of its groups.
        let taken = |filter: &Filter| filter.standing == standing && !is_grouped(filter, groups);
        let conditions = plan.conditions.iter().cloned().zip(&self.reading.conditions);
        let (within, said): (Vec<_>, Vec<_>) = conditions.partition(|(_, read)| read.standing == Standing::Within);
        let planned =
            |conditions: Vec<(PlanCondition, _)>| conditions.into_iter().map(|(planned, _)| planned).collect();
        let whole = Fulfilled { filters: self.values_that(|filter| !taken(filter))?, conditions: planned(within) };
        if apart {
            plan.whole = whole;
            return Ok(false);
        }
        if !is_one_aggregate(&figure.expression) {
            return Ok(false);
        }
        let mut part = Fulfilled { filters: self.values_that(taken)?, conditions: planned(said) };
        part.filters.extend(plan.filters.drain(..).filter(|filter| !is_of_values(filter)));
        if let Some(condition) = part.conditions.iter().find(|condition| matches!(condition.of, Compared::Figure(_))) {
            return Err(Doubt::Apart {
                what: format!("a share by groups and \u{201c}{}\u{201d} of each", condition.words),
            });
        }
        plan.filters = whole.filters;
        plan.conditions = whole.conditions;
        let words = self.part_words(taken);
        let of = figure.label.strip_prefix("number of ").unwrap_or(&figure.label);
        figure.label = format!("share of the {of}{words}");
        figure.name = "share_percent".to_owned();
        figure.unit = Some("%".to_owned());
        figure.becomes_derived();
        figure.part = Some(part);
        Ok(true)
    }

    /// Where what makes the part of a share stands; none where it is the whole that is spread over the groups.
    fn part_stands(
        &self,
        plan: &Plan,
        figure: &Figure,
        groups: &[PlanGroup],
        (timed, apart): (bool, bool),
    ) -> Option<Standing> {
        if self.reading.task == Some(Task::Compare) {
            return None;
        }
        let filters = || self.reading.filters.iter().filter(|filter| !is_grouped(filter, groups));
        let stands = |standing: Standing| filters().any(|filter| filter.standing == standing);
        let bound = self.reading.conditions.iter().any(|condition| condition.standing != Standing::Within);
        let said = bound || plan.filters.iter().any(|filter| !is_of_values(filter));
        if said || stands(Standing::Predicate) {
            return Some(Standing::Predicate);
        }
        if stands(Standing::Attribute) && (figure.counts || timed) {
            return Some(Standing::Attribute);
        }
        // "the share of EMEA by month", and not what share of EMEA's each month has.
        (stands(Standing::Within) && timed && !apart).then_some(Standing::Within)
    }

    /// What makes the part, in the question's words.
    fn part_words(&self, taken: impl Fn(&Filter) -> bool) -> String {
        let reading = self.reading;
        let model = &self.bound.model;
        let negated = |not: bool, words: &str| if not { format!("not {words}") } else { words.to_owned() };
        let there = |absent: bool, words: &str| format!("{} {words}", if absent { "without" } else { "with" });
        let filters =
            reading.filters.iter().filter(|filter| taken(filter)).map(|filter| match (filter.missing, filter.not) {
                (true, true) => filter.words.clone(),
                (true, false) => there(true, &filter.words),
                (false, not) => negated(not, &filter.words),
            });
        let segments = reading.segments.iter().map(|(segment, not)| negated(*not, &model.segments[*segment].name));
        let texts = reading
            .texts
            .iter()
            .map(|text| negated(text.not, &format!("with \u{201c}{}\u{201d}", text.words.join(" "))));
        let relations = reading.relations.iter().map(|relation| there(relation.absent, &relation.noun.words));
        let bounds = reading.conditions.iter().filter(|condition| condition.standing != Standing::Within);
        let bounds = bounds.map(|condition| condition.words.clone());
        let words: Vec<String> = filters.chain(segments).chain(texts).chain(relations).chain(bounds).collect();
        if words.is_empty() { String::new() } else { format!(" that is {}", words.join(" and ")) }
    }
}

/// The word of a name that says what it is, whatever stands around it: "lab results", "remarks of patients".
fn head(name: &str) -> Option<String> {
    let named = name.split(" of ").next().unwrap_or(name);
    stems(named).pop()
}

/// Whether a filter is one of values, of which a reading says where it stands.
fn is_of_values(filter: &PlanFilter) -> bool {
    matches!(filter, PlanFilter::Values { .. } | PlanFilter::Missing { .. })
}

/// Whether it is by the field of a filter that something is grouped.
fn is_grouped(filter: &Filter, groups: &[PlanGroup]) -> bool {
    groups.iter().any(|group| match group {
        PlanGroup::Field { fields, .. } => filter.candidates.iter().any(|(field, ..)| fields.contains(field)),
        _ => false,
    })
}

/// Whether an expression is one call of an aggregate, which can be one of some rows alone, or of fewer rows.
fn is_one_aggregate(expression: &str) -> bool {
    let lower = expression.trim().to_lowercase();
    let Some(rest) = ["sum(", "count("].iter().find_map(|function| lower.strip_prefix(function)) else { return false };
    let mut open = 1_usize;
    for (place, letter) in rest.char_indices() {
        match letter {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        if open == 0 {
            let behind = rest[place + 1..].trim();
            return behind.is_empty() || (behind.starts_with("filter (where ") && behind.ends_with(')'));
        }
    }
    false
}

/// "the share that is on time, the on-time rate": what the rate says itself is no filter of it.
pub(super) fn drop_said_twice(filters: &mut Vec<PlanFilter>, rate: &Figure) {
    let said = stems(&rate.label);
    filters.retain(|filter| match filter {
        PlanFilter::Values { words, fields, not: false } => {
            let says = |text: &str| stems(text).iter().all(|word| said.contains(word));
            let mut values = fields.iter().flat_map(|(_, values)| values);
            !says(words) && !values.any(|value| says(value) || rate.expression.contains(&literal(value)))
        }
        _ => true,
    });
}
