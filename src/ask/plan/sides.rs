//! Comparisons: what a question puts beside each other stands beside each other in the plan, or is asked back.

use super::choose::Choice;
use super::{Doubt, Kind, Plan, PlanFilter, PlanGroup, field_name, in_words};
use crate::ask::lexicon::Field;
use crate::ask::reading::{Filter, Task};

impl Choice<'_> {
    /// Whether a plan shows all that is to be compared.
    ///
    /// # Errors
    /// What cannot be put beside what.
    pub(super) fn keeps_sides(&self, plan: &Plan) -> Result<(), Doubt> {
        let reading = self.reading;
        if reading.task != Some(Task::Compare) {
            return Ok(());
        }
        if let Some((one, other)) = &reading.unlike {
            return Err(apart(one, other));
        }
        if let [(one, _), (other, _), ..] = reading.segments.as_slice() {
            let segments = &self.bound.model.segments;
            return Err(apart(&segments[*one].name, &segments[*other].name));
        }
        let sides: Vec<&Filter> = reading.filters.iter().filter(|filter| !filter.missing).collect();
        for (place, one) in sides.iter().enumerate() {
            for other in &sides[place + 1..] {
                stand_beside(plan, one, other)?;
            }
        }
        // Of two periods beside each other, one figure is shown.
        if matches!(plan.kind, Kind::Periods | Kind::Change(_))
            && let [one, other, ..] = self.figures()?.as_slice()
        {
            return Err(apart(&one.label, &other.label));
        }
        Ok(())
    }

    /// "EMEA vs APAC": one row each.
    pub(super) fn add_sides(&self, groups: &mut Vec<PlanGroup>) {
        let Some(group) = self.group_of_values() else { return };
        let known = groups.iter().any(|known| match (known, &group) {
            (PlanGroup::Field { fields, .. }, PlanGroup::Field { fields: more, .. }) => {
                fields.iter().any(|field| more.contains(field))
            }
            (known, group) => known == group,
        });
        if !known {
            groups.push(group);
        }
    }

    /// The field of which several values are named, as a group.
    pub(super) fn group_of_values(&self) -> Option<PlanGroup> {
        let fields = self.several_values();
        let first = *fields.first()?;
        if let Field::Entity(entity, _) = first {
            return Some(PlanGroup::Entity(entity));
        }
        let name = field_name(self.bound, first);
        let fields = fields
            .into_iter()
            .filter(|field| !matches!(field, Field::Entity(..)) && field_name(self.bound, *field) == name);
        Some(PlanGroup::Field { fields: fields.collect(), label: in_words(&name), name })
    }

    /// Fields of which several different values are named.
    fn several_values(&self) -> Vec<Field> {
        let mut named: Vec<(Field, Vec<&str>)> = Vec::new();
        for filter in self.reading.filters.iter().filter(|filter| !filter.not && !filter.missing) {
            let mut seen: Vec<Field> = Vec::new();
            for (field, text, _) in &filter.candidates {
                // A word that several values of a field fit is one side all the same.
                if seen.contains(field) {
                    continue;
                }
                seen.push(*field);
                match named.iter_mut().find(|(known, _)| known == field) {
                    Some((_, texts)) if !texts.contains(&text.as_str()) => texts.push(text.as_str()),
                    Some(_) => {}
                    None => named.push((*field, vec![text.as_str()])),
                }
            }
        }
        named.into_iter().filter(|(_, texts)| texts.len() >= 2).map(|(field, _)| field).collect()
    }
}

fn apart(one: &str, other: &str) -> Doubt {
    Doubt::Apart { what: format!("how \u{201c}{one}\u{201d} and \u{201c}{other}\u{201d} compare, side by side") }
}

/// Whether two values of one field have a row each.
fn stand_beside(plan: &Plan, one: &Filter, other: &Filter) -> Result<(), Doubt> {
    let of = |filter: &Filter| filter.candidates.iter().map(|(field, ..)| *field).collect::<Vec<Field>>();
    let shared: Vec<Field> = of(one).into_iter().filter(|field| of(other).contains(field)).collect();
    if shared.is_empty() || (one.not && other.not) {
        return Ok(());
    }
    let value = |filter: &Filter, field: Field| {
        filter.candidates.iter().find(|(known, ..)| *known == field).map(|(_, text, _)| text.clone())
    };
    if one.not == other.not && shared.iter().all(|field| value(one, *field) == value(other, *field)) {
        // "EMEA in March with EMEA in May".
        return match plan.kind {
            Kind::Periods | Kind::Change(_) => Ok(()),
            _ => Err(Doubt::Lacking { what: format!("with what \u{201c}{}\u{201d} is to be compared", one.words) }),
        };
    }
    let grouped = plan.groups.iter().any(|group| match group {
        PlanGroup::Field { fields, .. } => fields.iter().any(|field| shared.contains(field)),
        PlanGroup::Entity(entity) => shared.iter().any(|field| matches!(field, Field::Entity(of, _) if of == entity)),
        PlanGroup::Time(_) | PlanGroup::Cycle(_) => false,
    });
    let listed = matches!(plan.kind, Kind::Rows { .. });
    let both = |filter: &PlanFilter| match filter {
        PlanFilter::Values { fields, not: false, .. } => fields.iter().any(|(field, texts)| {
            let has = |side: &Filter| value(side, *field).is_some_and(|text| texts.contains(&text));
            shared.contains(field) && has(one) && has(other)
        }),
        _ => false,
    };
    if one.not == other.not && (grouped || listed) && plan.filters.iter().any(both) {
        return Ok(());
    }
    Err(apart(&one.words, &other.words))
}
