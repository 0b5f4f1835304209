//! Rises and falls: a word for one is never left out of a plan.

use super::choose::Choice;
use super::decide::{add_fields, same_name};
use super::figures::first_figure;
use super::{Doubt, Figure, Kind, Plan, PlanGroup};
use crate::ask::lexicon::Field;
use crate::ask::reading::Task;
use crate::ask::sql::time_text;

impl Choice<'_> {
    /// "which regions are growing": what has changed where no measure is named, the first one of the rows with a time to which all
    /// else that was said belongs.
    pub(super) fn changing_figure(&self) -> Option<Figure> {
        if self.reading.change.is_none() || !matches!(self.reading.task, None | Some(Task::Trend | Task::Compare)) {
            return None;
        }
        let datasets = 0..self.bound.model.datasets.len();
        let timed = datasets.filter(|dataset| time_text(self.bound, *dataset).is_some());
        let measured =
            timed.filter_map(|dataset| Some((self.belongs(dataset), first_figure(self.bound, dataset, None)?)));
        let best = measured.reduce(|best, next| if next.0 > best.0 + 1e-9 { next } else { best });
        best.map(|(_, figure)| figure)
    }

    /// "list regions with rising revenue": the change of each region.
    pub(super) fn add_changing(&self, groups: &mut Vec<PlanGroup>) {
        if self.reading.change.is_none() || !self.reading.nouns.is_empty() {
            return;
        }
        let named = |field: &Field| matches!(field, Field::Dimension(..) | Field::Entity(..));
        for ask in self.reading.fields.iter().filter(|ask| ask.candidates.iter().any(|(field, _)| named(field))) {
            let group = self.field_group(ask);
            match groups.iter_mut().find(|known| same_name(known, &group)) {
                Some(known) => add_fields(known, group),
                None => groups.push(group),
            }
        }
    }

    /// Whether a plan shows the change that is asked for.
    ///
    /// # Errors
    /// That it is not clear what has changed.
    pub(super) fn keeps_change(&self, plan: &Plan) -> Result<(), Doubt> {
        let without_time = match plan.kind {
            Kind::Figures => plan.grain().is_none(),
            Kind::Rows { .. } | Kind::Distribution | Kind::UnusualRows | Kind::Duplicates { .. } => true,
            _ => false,
        };
        if self.reading.change.is_some() && without_time {
            return Err(Doubt::Lacking { what: "what has risen or fallen".to_owned() });
        }
        Ok(())
    }
}
