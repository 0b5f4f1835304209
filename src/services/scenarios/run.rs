//! What is done to a scenario, step by step, in the background: each step is told as it begins and ends.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::Utc;
use futures::FutureExt;
use sea_orm::{DbErr, Set};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{error, info, warn};

use super::lease::Lease;
use super::{Step, Validation, set_up, tear_down};
use crate::entity::stored_time;
use crate::scenario::Pack;
use crate::services::{Role, ServiceError, Services, Viewer};
use crate::vocabulary::{ScenarioStatus, StepStatus};

/// What the log calls whoever sets scenarios up.
const NAME: &str = "scenario";

/// How often it is said how far a step is.
const PACE: Duration = Duration::from_secs(1);

/// Why what is done to a scenario breaks off.
#[derive(Debug)]
pub(super) enum Break {
    /// Somebody else has it now.
    Lost,
    /// A step came to nothing, for this reason.
    Failed(String),
    /// Something was refused or failed.
    Error(ServiceError),
}

impl From<ServiceError> for Break {
    fn from(error: ServiceError) -> Self {
        Self::Error(error)
    }
}

impl From<DbErr> for Break {
    fn from(error: DbErr) -> Self {
        Self::Error(error.into())
    }
}

/// Something that is being done to a scenario.
pub(super) struct Run {
    pub(super) services: Services,
    pub(super) lease: Lease,
    steps: Mutex<Vec<Step>>,
}

impl Run {
    /// Does in the background what the lease was taken for.
    pub(super) fn start(services: &Services, lease: Lease, pack: Option<Arc<Pack>>, steps: Vec<Step>) {
        let run = Self { services: services.clone(), lease: lease.clone(), steps: Mutex::new(steps) };
        services.context.scenarios.spawn(lease.key(), &lease.owner, |stop| run.until_the_end(pack, stop));
    }

    async fn until_the_end(self, pack: Option<Arc<Pack>>, stop: CancellationToken) {
        let work = AssertUnwindSafe(self.work(pack)).catch_unwind();
        // By itself, so that no work that keeps its task busy makes it late.
        let (lease, services) = (self.lease.clone(), self.services.clone());
        let kept = AbortOnDropHandle::new(tokio::spawn(async move { lease.keep(&services).await }));
        let ended = tokio::select! {
            ended = work => {
                ended.unwrap_or_else(|_| Err(Break::Failed("a fault of DataWeaver; its log says more".to_owned())))
            }
            _ = kept => Err(Break::Lost),
            () = stop.cancelled() => {
                // Somebody else goes on with it, or it is taken from us.
                let handed_back = self.lease.hand_back(&self.services).await;
                return self.note(handed_back);
            }
        };
        let told = match ended {
            Ok(()) => Ok(()),
            Err(Break::Lost) => Err(Break::Lost),
            Err(failure) => self.fail(failure).await,
        };
        self.note(told);
    }

    async fn work(&self, pack: Option<Arc<Pack>>) -> Result<(), Break> {
        match (self.lease.status, pack) {
            (ScenarioStatus::TearingDown, _) => tear_down::work(self).boxed().await,
            (_, Some(pack)) => set_up::work(self, &pack).boxed().await,
            (_, None) => Err(Break::Failed(format!(
                "the pack of {} is gone: put it back and set the scenario up again, or tear it down",
                self.lease.id
            ))),
        }
    }

    /// What became of the last words.
    fn note(&self, told: Result<(), Break>) {
        match told {
            Ok(()) => {}
            Err(Break::Lost) => info!(scenario = self.lease.id, "somebody else has the scenario now"),
            Err(Break::Failed(words)) => warn!(scenario = self.lease.id, words, "how it ended could not be stored"),
            Err(Break::Error(error)) => {
                let error = crate::services::with_causes(&error);
                warn!(scenario = self.lease.id, error, "how it ended could not be stored; it will be tried again");
            }
        }
    }

    /// Who does it, with all rights that it takes.
    pub(super) fn viewer(&self) -> Viewer {
        Viewer { workspace_id: self.lease.workspace.clone(), role: Role::Editor, name: NAME.to_owned() }
    }

    /// Does a step and tells of it.
    pub(super) async fn step<T>(
        &self,
        name: &str,
        work: impl Future<Output = Result<(T, String), Break>>,
    ) -> Result<T, Break> {
        self.change(name, |step| {
            step.status = StepStatus::Running;
            step.started_at = Some(stored_time(Utc::now()));
            step.completed_at = None;
            step.detail = None;
        })
        .await?;
        let (value, detail) = work.await?;
        self.change(name, |step| {
            step.status = StepStatus::Succeeded;
            step.detail = Some(detail);
            step.completed_at = Some(stored_time(Utc::now()));
        })
        .await?;
        Ok(value)
    }

    /// Says how far the step is that is under way.
    pub(super) async fn tell(&self, name: &str, detail: String) -> Result<(), Break> {
        self.change(name, |step| step.detail = Some(detail)).await
    }

    /// Waits for the work of a step, and says now and then how far it is.
    pub(super) async fn telling<T, W: Future<Output = Result<String, ServiceError>>>(
        &self,
        name: &str,
        work: impl Future<Output = Result<T, ServiceError>>,
        so_far: impl Fn() -> W,
    ) -> Result<T, Break> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                ended = &mut work => return Ok(ended?),
                () = tokio::time::sleep(PACE) => self.tell(name, so_far().await?).await?,
            }
        }
    }

    async fn change(&self, name: &str, change: impl FnOnce(&mut Step)) -> Result<(), Break> {
        let steps = {
            let mut steps = self.steps();
            if let Some(step) = steps.iter_mut().find(|step| step.name == name) {
                change(step);
            }
            steps.clone()
        };
        self.lease.tell(&self.services, &steps).await
    }

    /// It is done: the scenario is READY.
    pub(super) async fn is_ready(&self) -> Result<(), Break> {
        self.lease.end(&self.services, |row| row.status = Set(ScenarioStatus::Ready)).await
    }

    /// It is done: nothing is left.
    pub(super) async fn is_gone(&self) -> Result<(), Break> {
        let end = self.lease.end(&self.services, |row| {
            row.status = Set(ScenarioStatus::NotSetUp);
            row.steps = Set(json!([]));
            row.validation = Set(None);
        });
        end.await
    }

    /// Keeps what a validation found.
    pub(super) async fn keep(&self, validation: &Validation) -> Result<(), Break> {
        self.lease.keep_validation(&self.services, validation).await
    }

    async fn fail(&self, failure: Break) -> Result<(), Break> {
        let detail = match failure {
            Break::Lost => return Err(Break::Lost),
            Break::Failed(words) => words,
            Break::Error(error) => {
                error!(scenario = self.lease.id, error = %crate::services::with_causes(&error), "a scenario failed");
                words_of(&error)
            }
        };
        let steps = {
            let mut steps = self.steps();
            let now = stored_time(Utc::now());
            let at_fault = steps.iter().position(|step| step.status == StepStatus::Running);
            let at_fault = at_fault.or_else(|| steps.iter().position(|step| step.status == StepStatus::Pending));
            for (place, step) in steps.iter_mut().enumerate() {
                if Some(place) == at_fault {
                    step.status = StepStatus::Failed;
                    step.detail = Some(detail.clone());
                    step.completed_at = Some(now);
                } else if matches!(step.status, StepStatus::Pending | StepStatus::Running) {
                    step.status = StepStatus::Skipped;
                }
            }
            steps.clone()
        };
        info!(scenario = self.lease.id, detail, "the scenario is FAILED");
        let end = self.lease.end(&self.services, |row| {
            row.status = Set(ScenarioStatus::Failed);
            row.steps = Set(json!(steps));
        });
        end.await
    }

    fn steps(&self) -> MutexGuard<'_, Vec<Step>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error for people, with what to do about it.
pub(super) fn words_of(error: &ServiceError) -> String {
    match error.hint() {
        Some(hint) => format!("{}; {hint}", error.public_message()),
        None => error.public_message(),
    }
}
