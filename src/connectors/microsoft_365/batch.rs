//! Several requests in one (`$batch`): each is answered with a status of its own, and may have to be sent again.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::api::Api;
use super::failure;
use super::origins::VERSION;
use crate::sdk::{ConnectorError, ErrorClass};

/// The most requests of one batch.
const MOST: usize = 20;
/// How often a request of a batch is sent.
const ATTEMPTS: usize = 5;
/// How long to wait where Graph does not say.
const PAUSE: Duration = Duration::from_secs(2);
/// How long one request may make the others wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

#[derive(Deserialize)]
struct Answers {
    responses: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    id: String,
    status: u16,
    #[serde(default)]
    headers: HashMap<String, Value>,
    #[serde(default)]
    body: Value,
}

impl Answer {
    fn retry_after(&self) -> Option<Duration> {
        let value = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?.1;
        let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
        Duration::try_from_secs_f64(seconds).ok()
    }
}

impl Api {
    /// What stands at each of the paths, which are below the version; in their order. `prefer` is the `Prefer` header of each.
    ///
    /// # Errors
    /// Where the batch as a whole fails. What is wrong with one path is told in its place.
    pub(super) async fn get_many(
        &self,
        paths: &[String],
        prefer: Option<&str>,
    ) -> Result<Vec<Result<Value, ConnectorError>>, ConnectorError> {
        let mut found = Vec::with_capacity(paths.len());
        for some in paths.chunks(MOST) {
            match self.batch(some, prefer).await {
                Ok(some) => found.extend(some),
                // Some servers of this API have none.
                Err(error) if matches!(error.class(), ErrorClass::NotFound | ErrorClass::Protocol) => {
                    for path in some {
                        found.push(self.get_preferring(path, prefer).await);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn batch(
        &self,
        paths: &[String],
        prefer: Option<&str>,
    ) -> Result<Vec<Result<Value, ConnectorError>>, ConnectorError> {
        let part = |place: &usize| {
            let mut request = json!({ "id": place.to_string(), "method": "GET", "url": format!("/{}", paths[*place]) });
            if let Some(prefer) = prefer {
                request["headers"] = json!({ "Prefer": prefer });
            }
            request
        };
        let mut found: Vec<Option<Result<Value, ConnectorError>>> = paths.iter().map(|_| None).collect();
        let mut left: Vec<usize> = (0..paths.len()).collect();
        for attempt in 1..=ATTEMPTS {
            let requests: Vec<Value> = left.iter().map(part).collect();
            let cost = u32::try_from(requests.len()).unwrap_or(1);
            let request = self.http().post(format!("{VERSION}/$batch")).json(&json!({ "requests": requests }));
            let answers: Answers = request.idempotent().cost(cost).send().await?.json()?;
            let mut pause = Duration::ZERO;
            for answer in answers.responses {
                let Some(place) = answer.id.parse().ok().filter(|place: &usize| *place < paths.len()) else { continue };
                if (200..300).contains(&answer.status) {
                    found[place] = Some(Ok(answer.body));
                    continue;
                }
                let error = failure::of_part(answer.status, &answer.body, &paths[place]);
                if error.class().is_retryable() {
                    pause = pause.max(answer.retry_after().unwrap_or(PAUSE));
                }
                found[place] = Some(Err(error));
            }
            left.retain(|place| match &found[*place] {
                None => true,
                Some(Ok(_)) => false,
                Some(Err(error)) => error.class().is_retryable(),
            });
            if left.is_empty() || attempt == ATTEMPTS {
                break;
            }
            let reason = || format!("Graph asked to send {} requests of a batch again", left.len());
            self.http().pause(pause.clamp(Duration::from_millis(10), LONGEST_PAUSE), reason).await?;
        }
        let missing = |place: usize| ConnectorError::Protocol {
            message: format!("GET {} was not answered in its batch", paths[place]),
            cause: None,
        };
        Ok(found.into_iter().enumerate().map(|(place, found)| found.unwrap_or_else(|| Err(missing(place)))).collect())
    }
}
