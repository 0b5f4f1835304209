//! From what was read to what is computed.

use super::choose::Choice;
use super::figures::count_figure;
use super::{Catalogue, Doubt, Figure, Kind, Plan, PlanGroup, Subject, field_name, in_words};
use crate::ask::lexicon::Field;
use crate::ask::reading::{FieldAsk, Group, Noun, Order, Reading, Task};
use crate::ask::time::Period;
use crate::ask::values::Values;
use crate::ask::{Better, Bound};

/// How many of the newest or oldest rows are shown where the question does not say.
pub(super) const USUAL_ROWS: u64 = 10;
/// How many steps are forecast where the question does not say.
pub(super) const USUAL_STEPS: u32 = 3;

/// The plan for what was read.
pub(in crate::ask) fn plan(reading: &Reading, bound: &Bound, values: &Values) -> Result<Plan, Doubt> {
    let choice = Choice { bound, values, reading };
    if let Some(catalogue) = choice.catalogue() {
        let mut plan = Plan::new(Kind::Catalogue(catalogue), Subject::Dataset(0));
        plan.filters = Vec::new();
        plan.confidence = 0.95;
        return Ok(plan);
    }
    if reading.is_empty() {
        return Err(Doubt::NothingKnown { unknown: reading.unknown.clone() });
    }
    // Which side of a comparison was not understood is to be said, and not only that there is none.
    if reading.task == Some(Task::Compare) && reading.critical > 0 && !reading.unknown.is_empty() {
        return Err(Doubt::Unknown { words: reading.unknown.clone() });
    }
    let mut plan = choice.decided()?;
    choice.keeps_sides(&plan)?;
    choice.keeps_change(&plan)?;
    choice.keeps_bounds(&plan)?;
    choice.resolve(&mut plan);
    // "compare expenses": one number is beside nothing.
    let alone = plan.kind == Kind::Figures && plan.groups.is_empty() && plan.figures.len() == 1;
    if reading.task == Some(Task::Compare) && alone {
        return Err(Doubt::Lacking { what: format!("with what the {} is to be compared", plan.figures[0].label) });
    }
    plan.confidence = choice.confidence(&plan);
    Ok(plan)
}

impl Choice<'_> {
    pub(super) fn decided(&self) -> Result<Plan, Doubt> {
        let subject = self.reading_subject();
        let figures = self.figures()?;
        if figures.is_empty()
            && subject.is_none()
            && let Some(figure) = self.changing_figure()
        {
            let mut assumptions = Vec::new();
            let figures = taken(Some(figure), &mut assumptions).into_iter().collect();
            let mut plan = self.decided_on(figures, subject)?;
            plan.assumptions.extend(assumptions);
            return Ok(plan);
        }
        self.decided_on(figures, subject)
    }

    fn decided_on(&self, figures: Vec<Figure>, subject: Option<Subject>) -> Result<Plan, Doubt> {
        let reading = self.reading;
        if let Some(place) = reading.scores.first() {
            return self.score(*place, subject);
        }
        match reading.task {
            Some(Task::Profile) => {
                if let Some(plan) = self.profile()? {
                    return Ok(plan);
                }
            }
            // "what leads to the largest share of readmissions": which comes first, and not what goes together.
            Some(Task::Correlate) if reading.rank.is_none() || figures.len() != 1 => {
                return self.correlation(figures, subject);
            }
            Some(Task::Duplicates) => return self.duplicates(subject, &figures),
            Some(Task::Anomalies) => return self.anomalies(figures, subject),
            Some(Task::Forecast) if reading.when => return self.expected(),
            Some(Task::Forecast) => return self.forecast(figures, subject),
            Some(Task::Distribution) => {
                if let Some(plan) = self.distribution(&figures, subject)? {
                    return Ok(plan);
                }
            }
            _ => {}
        }
        if reading.when
            && let Some(plan) = self.moment(subject, &figures)?
        {
            return Ok(plan);
        }
        if let Some(plan) = self.compared(&figures, subject)? {
            return Ok(plan);
        }
        if let Some(plan) = self.counted_rows(&figures)? {
            return Ok(plan);
        }
        if let Some(plan) = self.rows(subject, &figures)? {
            return Ok(plan);
        }
        self.aggregated(figures, subject)
    }

    /// What the question is about.
    pub(super) fn reading_subject(&self) -> Option<Subject> {
        let model = &self.bound.model;
        let entity_named = |name: &str| model.entities.iter().position(|entity| entity.name == name);
        if let Some(subject) = self.reading.nouns.first().and_then(|noun| self.subject(noun)) {
            return Some(subject);
        }
        if let Some((segment, _)) = self.reading.segments.first() {
            return entity_named(&model.segments[*segment].entity).map(Subject::Entity);
        }
        let grouped = self.reading.groups.iter().find_map(|group| match group {
            Group::Entity(noun) => self.subject(noun),
            _ => None,
        });
        grouped.or_else(|| self.filtered_entity().map(|(entity, _)| Subject::Entity(entity)))
    }

    /// An entity that is called by its name, and the name.
    pub(super) fn filtered_entity(&self) -> Option<(usize, String)> {
        let candidates = self.reading.filters.iter().filter(|filter| !filter.not).flat_map(|filter| &filter.candidates);
        let entities = candidates.filter_map(|(field, text, fit)| match field {
            Field::Entity(entity, _) => Some((*fit, *entity, text.clone())),
            _ => None,
        });
        entities.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, entity, text)| (entity, text))
    }

    /// The figures that are named.
    pub(super) fn figures(&self) -> Result<Vec<Figure>, Doubt> {
        let mut figures: Vec<Figure> = Vec::new();
        for ask in &self.reading.measures {
            let Some(chosen) = self.figure(ask) else { continue };
            if !chosen.others.is_empty() && chosen.fit < 0.7 {
                let readings = std::iter::once(&chosen.figure.label).chain(&chosen.others).cloned().collect();
                return Err(Doubt::Several { about: ask.words.clone(), readings });
            }
            // "the average amount of invoices, by invoice amount": named again without saying how is the same again.
            let again = |figure: &Figure| {
                figure.expression == chosen.figure.expression
                    || (ask.aggregate.is_none() && figure.value.is_some() && figure.value == chosen.figure.value)
            };
            let known = figures.iter().any(|figure| figure.dataset == chosen.figure.dataset && again(figure));
            if !known {
                figures.push(chosen.figure);
            }
        }
        unique_names(&mut figures, self.bound);
        Ok(figures)
    }

    pub(super) fn groups(&self) -> Vec<PlanGroup> {
        let mut groups: Vec<PlanGroup> = Vec::new();
        for group in self.reading.groups.iter().filter_map(|group| self.planned_group(group)) {
            let timed = |known: &PlanGroup| matches!((known, &group), (PlanGroup::Time(_), PlanGroup::Time(_)));
            if groups.iter().any(|known| *known == group || timed(known)) {
                continue;
            }
            match groups.iter_mut().find(|known| same_name(known, &group)) {
                // "the state of milestones, by status": one column, of whichever dataset it turns out to be.
                Some(known) => add_fields(known, group),
                None => groups.push(group),
            }
        }
        groups
    }

    /// What a group of a reading is.
    pub(super) fn planned_group(&self, group: &Group) -> Option<PlanGroup> {
        Some(match group {
            Group::Field(ask) => self.field_group(ask),
            Group::Entity(noun) => match named_entity(noun).map(Subject::Entity).or_else(|| self.subject(noun))? {
                Subject::Entity(entity) => PlanGroup::Entity(entity),
                Subject::Dataset(dataset) => self.key_group(dataset)?,
            },
            Group::Time(grain) => PlanGroup::Time(*grain),
            Group::Cycle(cycle) => PlanGroup::Cycle(*cycle),
        })
    }

    pub(super) fn key_group(&self, dataset: usize) -> Option<PlanGroup> {
        let of = &self.bound.model.datasets[dataset];
        let key = of.key.first()?;
        let column = self.bound.tables[dataset].columns.iter().position(|(name, _)| name == key)?;
        Some(PlanGroup::Field {
            fields: vec![Field::Column(dataset, column)],
            name: key.clone(),
            label: of.label.clone(),
        })
    }

    pub(super) fn field_group(&self, ask: &FieldAsk) -> PlanGroup {
        let mut candidates = ask.candidates.clone();
        candidates.sort_by(|one, other| other.1.total_cmp(&one.1));
        let best = candidates.first().map_or(0., |(_, fit)| *fit);
        candidates.retain(|(_, fit)| *fit > best - 0.2);
        let name = candidates.first().map(|(field, _)| field_name(self.bound, *field)).unwrap_or_default();
        let fields = candidates.into_iter().map(|(field, _)| field).collect();
        PlanGroup::Field { fields, label: in_words(&name), name }
    }

    /// A plan with what all plans have: filters, conditions and periods.
    pub(super) fn begun(&self, kind: Kind, subject: Subject, rows: Option<usize>) -> Result<Plan, Doubt> {
        let mut plan = Plan::new(kind, subject);
        plan.filters = self.filters()?;
        plan.conditions = self.conditions(rows, Some(subject))?;
        plan.period = whole_period(&self.reading.periods);
        plan.recurring = self.reading.recurring.clone();
        plan.limit = self.reading.limit;
        plan.cumulative = self.reading.cumulative;
        Ok(plan)
    }

    /// A figure for what was asked without naming one.
    pub(super) fn assumed_figure(&self, subject: Option<Subject>, plan: &mut Vec<String>) -> Option<Figure> {
        if let Some(Subject::Dataset(dataset)) = subject {
            return Some(count_figure(dataset, &self.bound.model.datasets[dataset].label));
        }
        let subject = subject?;
        if self.reading.count {
            return Some(count_figure(subject.dataset(&self.bound.model), &subject.plural(&self.bound.model)));
        }
        taken(self.usual_figure(subject), plan)
    }

    pub(super) fn catalogue(&self) -> Option<Catalogue> {
        let reading = self.reading;
        let free = reading.measures.is_empty()
            && reading.groups.is_empty()
            && reading.filters.is_empty()
            && reading.segments.is_empty()
            && reading.conditions.is_empty();
        match reading.task? {
            Task::Help => Some(Catalogue::Help),
            Task::Freshness => Some(Catalogue::Freshness),
            Task::Columns if free || reading.measures.len() + reading.nouns.len() + reading.fields.len() <= 2 => {
                Some(Catalogue::Columns)
            }
            Task::Rows if reading.groups.is_empty() && reading.filters.is_empty() && reading.conditions.is_empty() => {
                Some(Catalogue::Rows)
            }
            Task::Sources if reading.groups.is_empty() && reading.filters.is_empty() && reading.rank.is_none() => {
                let nouns = reading.nouns.iter().map(|noun| noun.words.clone());
                let named = reading
                    .fields
                    .iter()
                    .map(|field| field.words.clone())
                    .chain(nouns)
                    .chain(reading.measures.iter().map(|measure| measure.words.clone()));
                let word = named.chain(reading.unknown.iter().cloned()).next();
                Some(word.map_or(Catalogue::Sources, Catalogue::Holding))
            }
            _ => None,
        }
    }

    /// How sure a plan is: how well its words fitted, less what was not understood and what was assumed.
    pub(super) fn confidence(&self, plan: &Plan) -> f64 {
        let fit = self.reading.fit.clamp(0., 1.);
        let unknown = 0.17 * self.reading.unknown.len() as f64;
        let assumed = 0.04 * plan.assumptions.len() as f64;
        (0.45 + 0.52 * fit - unknown - assumed).clamp(0.05, 0.98)
    }
}

/// A figure that stands for a measure that was not named, which is said.
pub(super) fn taken(figure: Option<Figure>, assumptions: &mut Vec<String>) -> Option<Figure> {
    if let Some(figure) = &figure {
        assumptions.push(format!("{} is taken as the measure, since none was named", figure.label));
    }
    figure
}

/// The entity that words name better than any rows.
fn named_entity(noun: &Noun) -> Option<usize> {
    let (entity, fit) = noun.entities.iter().max_by(|one, other| one.1.total_cmp(&other.1))?;
    let of_rows = noun.datasets.iter().map(|(_, fit)| *fit).fold(0., f64::max);
    (fit + 1e-9 >= of_rows).then_some(*entity)
}

/// What else a group of that name may be.
pub(super) fn add_fields(known: &mut PlanGroup, other: PlanGroup) {
    if let (PlanGroup::Field { fields, .. }, PlanGroup::Field { fields: more, .. }) = (known, other) {
        fields.extend(more.into_iter().filter(|field| !fields.contains(field)).collect::<Vec<_>>());
    }
}

/// Whether two groups would be columns of one name.
pub(super) fn same_name(one: &PlanGroup, other: &PlanGroup) -> bool {
    matches!((one, other), (PlanGroup::Field { name, .. }, PlanGroup::Field { name: known, .. }) if name == known)
}

pub(super) fn descending(order: Order, figure: &Figure) -> bool {
    let better = figure.better;
    match order {
        Order::Ranked => !figure.smallest_first,
        Order::Descending => true,
        Order::Ascending => false,
        Order::Best => better == Better::Higher,
        Order::Worst => better == Better::Lower,
    }
}

/// The period that holds all that are named.
fn whole_period(periods: &[Period]) -> Option<Period> {
    let (first, rest) = periods.split_first()?;
    if rest.is_empty() {
        return Some(first.clone());
    }
    let from = periods.iter().map(|period| period.from).min().flatten();
    let until =
        periods.iter().map(|period| period.until).collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max());
    let words: Vec<&str> = periods.iter().map(|period| period.words.as_str()).collect();
    Some(Period::span(from, until, &words.join(" and ")))
}

/// Two figures must not have one name.
pub(super) fn unique_names(figures: &mut [Figure], bound: &Bound) {
    for place in 1..figures.len() {
        let taken = |name: &str, figures: &[Figure]| figures[..place].iter().any(|figure| figure.name == name);
        if !taken(&figures[place].name, figures) {
            continue;
        }
        let mut name = format!("{}_{}", bound.model.datasets[figures[place].dataset].name, figures[place].name);
        while taken(&name, figures) {
            name.push('_');
        }
        figures[place].name = name;
    }
}
