//! Where the steps of a run stand, and which is next.

use std::collections::HashMap;

use crate::entity::ids::WorkflowStepId;
use crate::entity::workflow_step;
use crate::services::workflows::dependencies;
use crate::vocabulary::StepStatus;

/// The steps of a run.
pub(super) struct Board {
    steps: Vec<workflow_step::Model>,
}

impl Board {
    /// As they are when a process begins with the run.
    pub(super) fn new(steps: Vec<workflow_step::Model>) -> Self {
        Self { steps }
    }

    /// The first step that waits for nothing any more.
    pub(super) fn ready(&self) -> Option<&workflow_step::Model> {
        let status = self.statuses();
        self.steps.iter().find(|step| {
            step.status == StepStatus::Pending
                && dependencies(step).all(|name| status.get(name) == Some(&StepStatus::Succeeded))
        })
    }

    /// Notes where a step stands now.
    pub(super) fn note(&mut self, id: &WorkflowStepId, status: StepStatus) {
        if let Some(step) = self.steps.iter_mut().find(|step| step.id == *id) {
            step.status = status;
        }
    }

    /// Skips what waits for a step that has failed or was skipped, and so on; gives each with the name of that one.
    pub(super) fn skip_hopeless(&mut self) -> Vec<(WorkflowStepId, String)> {
        let mut skipped = Vec::new();
        loop {
            let status = self.statuses();
            let hopeless = self.steps.iter().find_map(|step| {
                let failed = |name: &&str| matches!(status.get(*name), Some(StepStatus::Failed | StepStatus::Skipped));
                let because = dependencies(step).find(failed).filter(|_| step.status == StepStatus::Pending)?;
                Some((step.id.clone(), because.to_owned()))
            });
            let Some((id, because)) = hopeless else { return skipped };
            self.note(&id, StepStatus::Skipped);
            skipped.push((id, because));
        }
    }

    fn statuses(&self) -> HashMap<&str, StepStatus> {
        self.steps.iter().map(|step| (step.name.as_str(), step.status)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::entity::ids::WorkflowId;
    use crate::vocabulary::StepKind;

    fn step(name: &str, depends_on: &[&str], status: StepStatus) -> workflow_step::Model {
        workflow_step::Model {
            id: WorkflowStepId::generate(),
            workflow_id: WorkflowId::generate(),
            name: name.to_owned(),
            kind: StepKind::Transform,
            depends_on: json!(depends_on),
            config: json!({}),
            status,
            rows: None,
            result: None,
            error_message: None,
            position: 0,
            started_at: None,
            completed_at: None,
        }
    }

    #[test]
    fn a_step_waits_for_all_that_it_depends_on() {
        let (a, b) = (step("a", &[], StepStatus::Succeeded), step("b", &[], StepStatus::Running));
        let c = step("c", &["a", "b"], StepStatus::Pending);
        let (id_b, id_c) = (b.id.clone(), c.id.clone());
        let mut board = Board::new(vec![a, b, c]);
        assert_eq!(board.ready(), None);
        board.note(&id_b, StepStatus::Succeeded);
        assert_eq!(board.ready().map(|step| &step.id), Some(&id_c));
    }

    #[test]
    fn a_failed_step_takes_all_that_hang_on_it_along_and_nothing_else() {
        let a = step("a", &[], StepStatus::Failed);
        let (b, c) = (step("b", &["a"], StepStatus::Pending), step("c", &["b", "d"], StepStatus::Pending));
        let d = step("d", &[], StepStatus::Pending);
        let id_d = d.id.clone();
        let mut board = Board::new(vec![a, b.clone(), c.clone(), d]);
        assert_eq!(board.skip_hopeless(), [(b.id, "a".to_owned()), (c.id, "b".to_owned())]);
        assert_eq!(board.ready().map(|step| &step.id), Some(&id_d));
    }
}
