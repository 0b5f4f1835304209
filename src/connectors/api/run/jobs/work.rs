//! The life of one job: asked for, asked after until it is done, and asked for again where it failed.

use std::time::{Duration, Instant};

use super::super::super::failure::{Blame, Failure};
use super::super::super::http::{Answer, Parts};
use super::super::super::slice::{Job, Slice};
use super::super::super::template::Scope;
use super::super::super::value::text;
use super::contexts::{CREATION, context, with};
use super::{Jobs, Status};

/// How often a job is asked for.
const ATTEMPTS: u32 = 3;
/// How long to wait before asking again whether it is done.
const BETWEEN: Duration = Duration::from_secs(5);

/// What became of a job.
pub(super) enum Done {
    Made(Box<Job>),
    NothingToMake,
    /// All attempts were used up; other jobs go on.
    Failed(Failure),
}

impl Jobs {
    /// # Errors
    /// What no other job can go well after: wrong credentials, or an end of the read.
    pub(super) async fn work(&self, slice: &Slice, scope: &Scope) -> Result<Done, Failure> {
        let mut last = None;
        for attempt in 1..=ATTEMPTS {
            if attempt > 1 {
                self.pause(BETWEEN).await?;
            }
            let creation = match self.creation.send(&slice.scope(scope, None), None, Parts::default()).await {
                Ok(Some(answer)) => answer,
                Ok(None) => {
                    last = Some(Failure::Data("the request for a job got no answer".to_owned()));
                    continue;
                }
                Err(failure) if ends_all(&failure) => return Err(failure),
                Err(failure) => {
                    last = Some(failure);
                    continue;
                }
            };
            let asked = with(slice, [(CREATION, context(&creation)?)]);
            match self.wait(&asked, scope).await? {
                (Status::Completed, Some(polling)) => return Ok(Done::Made(Box::new(Job { creation, polling }))),
                (Status::Skipped, _) => return Ok(Done::NothingToMake),
                (Status::TimedOut, _) => {
                    last = Some(Failure::Data("a job took too long".to_owned()));
                    if let Some(abort) = &self.abort {
                        // A job that cannot be called off ends by itself.
                        abort.send(&asked.scope(scope, None), None, Parts::default()).await.ok();
                    }
                }
                _ => {
                    last = Some(Failure::Data("the API says that a job failed".to_owned()));
                    if let Some(wait) = self.retry_wait.filter(|_| attempt < ATTEMPTS) {
                        self.pause(wait).await?;
                    }
                }
            }
        }
        Ok(Done::Failed(last.unwrap_or_else(|| Failure::Data("a job could not be started".to_owned()))))
    }

    /// Asks until the job runs no more. A request that fails is one that is sent again: the job goes on without us.
    async fn wait(&self, asked: &Slice, scope: &Scope) -> Result<(Status, Option<Answer>), Failure> {
        let begun = Instant::now();
        loop {
            match self.polling.send(&asked.scope(scope, None), None, Parts::default()).await {
                Ok(Some(answer)) => match self.status_of(&answer, scope).await? {
                    Status::Running => {}
                    status => return Ok((status, Some(answer))),
                },
                Ok(None) => {}
                Err(failure) if ends_all(&failure) => return Err(failure),
                Err(_) => tracing::warn!("could not ask whether a job is done; asking again"),
            }
            if begun.elapsed() > self.patience {
                return Ok((Status::TimedOut, None));
            }
            self.pause(BETWEEN).await?;
        }
    }

    async fn status_of(&self, answer: &Answer, scope: &Scope) -> Result<Status, Failure> {
        let found = self.status.extract(self.decoder.decode(answer, self.broken)?, scope).await?;
        let word = text(&found.records.into_iter().next().unwrap_or_default());
        let known = self.statuses.iter().find(|(known, _)| *known == word).map(|(_, status)| *status);
        known.ok_or_else(|| Failure::Data(format!("the manifest does not say what a job's status {word} means")))
    }

    async fn pause(&self, time: Duration) -> Result<(), Failure> {
        self.polling.pause(time, || "the API prepares what was asked for".to_owned()).await
    }
}

fn ends_all(failure: &Failure) -> bool {
    matches!(failure, Failure::Cancelled) || failure.blame() == Blame::Config
}
