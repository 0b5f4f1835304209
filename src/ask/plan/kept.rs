//! What was read comes back in the plan: a bound that has no place in it is asked back, and what is told is what is computed.

use super::choose::Choice;
use super::{
    Compared, Doubt, Figure, Kind, Pairing, Plan, PlanFilter, PlanGroup, Subject, dataset_of_field, field_name,
    in_words, up_path,
};
use crate::ask::lexicon::Field;

impl Choice<'_> {
    /// Whether each bound of a question is one of the plan.
    ///
    /// # Errors
    /// The bound that would be left out.
    pub(super) fn keeps_bounds(&self, plan: &Plan) -> Result<(), Doubt> {
        let lost = |words: &str| Err(Doubt::Lacking { what: format!("of what it must be {words}") });
        let without =
            matches!(plan.kind, Kind::Score(_) | Kind::Profile { .. } | Kind::Duplicates { .. } | Kind::UnusualRows)
                || matches!(plan.kind, Kind::Correlation { per: Pairing::Entity(_) | Pairing::Rows });
        if let Some(condition) = self.reading.conditions.first().filter(|_| without) {
            return lost(&condition.words);
        }
        let bounds = self.bounds_groups(plan);
        let is_lost =
            |of: &Compared| matches!(of, Compared::Figure(figure) if !bounds || self.is_of_itself(plan, figure));
        match plan.conditions.iter().find(|condition| is_lost(&condition.of)) {
            Some(condition) => lost(&condition.words),
            None => Ok(()),
        }
    }

    /// "cities with more than 15 customers", read as customers with more than 15 customers: each is there once.
    fn is_of_itself(&self, plan: &Plan, figure: &Figure) -> bool {
        let counts = figure.counts || figure.expression == "count(*)";
        let lists_entities = matches!((&plan.kind, plan.subject), (Kind::Rows { .. }, Subject::Entity(_)));
        counts && lists_entities && figure.dataset == plan.subject.dataset(&self.bound.model)
    }

    /// Whether a plan has groups, or entities, of which a figure can be bounded.
    fn bounds_groups(&self, plan: &Plan) -> bool {
        let grouped = match plan.kind {
            Kind::Rows { .. } => return true,
            Kind::Figures | Kind::Trend | Kind::UnusualTimes | Kind::Forecast { .. } => true,
            Kind::Change(_) => plan.earlier.is_none(),
            _ => false,
        };
        grouped && (!plan.groups.is_empty() || !plan.mean_over.is_empty() || self.counts_members(plan))
    }

    /// "how many customers have more than 10 orders": those who fulfil it are counted.
    fn counts_members(&self, plan: &Plan) -> bool {
        let own = plan.subject.dataset(&self.bound.model);
        let [figure] = plan.figures.as_slice() else { return false };
        let judged =
            plan.conditions.iter().any(|condition| matches!(&condition.of, Compared::Figure(of) if of.dataset != own));
        matches!(plan.subject, Subject::Entity(_))
            && plan.groups.is_empty()
            && figure.counts
            && figure.dataset == own
            && judged
    }

    /// Puts the field that is read first among those that a filter or a group may be of, so that it is what is told.
    pub(super) fn resolve(&self, plan: &mut Plan) {
        let base = match plan.kind {
            Kind::Rows { .. } => None,
            _ => plan.figures.first().map(|figure| figure.dataset),
        };
        let base = base.unwrap_or_else(|| plan.subject.dataset(&self.bound.model));
        let far = |field: &Field| {
            let way = dataset_of_field(self.bound, *field).and_then(|of| up_path(&self.bound.model, base, of));
            way.map_or(usize::MAX, |way| way.len())
        };
        for filter in &mut plan.filters {
            match filter {
                PlanFilter::Values { fields, .. } => fields.sort_by_key(|(field, _)| far(field)),
                PlanFilter::Missing { fields, .. } => fields.sort_by_key(far),
                _ => {}
            }
        }
        for group in &mut plan.groups {
            if let PlanGroup::Field { fields, label, .. } = group {
                let before = fields.first().copied();
                fields.sort_by_key(far);
                if let Some(field) = fields.first().filter(|field| before != Some(**field)) {
                    *label = in_words(&field_name(self.bound, *field));
                }
            }
        }
    }
}
