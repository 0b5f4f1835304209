//! The schema with everything around it: limits before an operation, loaders for it, order and public words after.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, ServerError, Value};
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};

use super::answers::{Answer, Answers, Outcome};
use super::asked::{Asked, found};
use super::complete::Types;
use super::context::RequestId;
use super::documents::{Document, Documents};
use super::following::Following;
use super::loaders::AllLoaders;
use super::mark::{Mark, Marker};
use super::tail::Tails;
use super::{ApiSchema, Message, errors, schema};
use crate::config::GraphqlSettings;
use crate::services::{ServiceError, Services, Viewer};

/// The words of async-graphql for an operation that costs more than `max_complexity`.
const TOO_COMPLEX: &str = "Query is too complex.";

/// The words of async-graphql for a subscription that is to be answered once.
const GOES_ON: &str = "Subscriptions are not supported on this transport.";

/// The API, ready to execute requests. Cheap to clone.
///
/// A request's data holds the [`Viewer`], and may hold a [`RequestId`] and a [`LastSeen`](super::LastSeen).
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    schema: ApiSchema,
    documents: Documents,
    services: Services,
    settings: GraphqlSettings,
    loaders: AllLoaders,
    answers: Answers,
    tails: Tails,
}

/// What an operation tells.
#[derive(Debug)]
pub(super) struct Told {
    /// What the client gets.
    pub(super) response: Response,
    /// Whether the operation was refused before it began: nothing else follows then.
    pub(super) is_refusal: bool,
    mark: Mark,
}

impl From<Told> for Message {
    fn from(told: Told) -> Self {
        if told.is_refusal {
            return Self::refusal(&told.response.errors);
        }
        Self::next(&told.response, told.mark)
    }
}

/// A request that may be executed.
struct Prepared {
    request: Request,
    document: Arc<Document>,
    kind: OperationType,
    request_id: Option<RequestId>,
}

impl Api {
    /// The API over the services.
    pub fn new(services: Services, settings: GraphqlSettings) -> Self {
        let schema = schema().limit_complexity(settings.max_complexity).finish();
        let documents = Documents::new(Types::of(&super::sdl()), settings.clone());
        let (loaders, answers, tails) = (AllLoaders::default(), Answers::default(), Tails::default());
        Self(Arc::new(Inner { schema, documents, services, settings, loaders, answers, tails }))
    }

    /// What kind of operation a request would execute.
    ///
    /// # Errors
    /// Where the document cannot be read, or has no such operation.
    pub fn kind(&self, request: &Request) -> Result<OperationType, ServerError> {
        self.document(request)?.kind()
    }

    /// The document of a request.
    pub(super) fn document(&self, request: &Request) -> Result<Arc<Document>, ServerError> {
        self.0.documents.of(request)
    }

    /// Answers a query or a mutation; equal queries of the same moment are executed once.
    pub async fn answer(&self, mut asked: Asked) -> Answer {
        let is_query = matches!(self.kind(asked.request()), Ok(OperationType::Query));
        let key = is_query.then(|| asked.key_of_query()).flatten();
        let (api, request, id) = (self.clone(), asked.take(), asked.request_id());
        let execute = async move {
            // Others may wait for it, too.
            let executed = AssertUnwindSafe(api.execute(request)).catch_unwind().await;
            Outcome::from(executed.unwrap_or_else(|_| panicked().response))
        };
        let outcome = match key {
            Some(key) => self.0.answers.of(key, || execute.boxed()).await,
            None => execute.await,
        };
        outcome.for_request(id)
    }

    async fn execute(&self, request: Request) -> Response {
        match self.prepare(request) {
            Ok(prepared) => self.run(prepared).await,
            Err(error) => refused(error),
        }
    }

    /// Executes an operation of any kind for one client.
    pub fn follow(&self, asked: Asked) -> Following {
        Following::new(self.clone(), asked)
    }

    /// What subscriptions share.
    pub(super) fn tails(&self) -> &Tails {
        &self.0.tails
    }

    /// The messages of an operation of any kind; a panic is told as an error that ends them.
    ///
    /// What is wrong with the operation itself is known when this is polled for the first time.
    pub(super) fn messages(&self, request: Request, marker: Marker) -> BoxStream<'static, Told> {
        told_of_panics(self.executed(request, marker))
    }

    fn executed(&self, request: Request, marker: Marker) -> BoxStream<'static, Told> {
        let api = self.clone();
        match self.prepare(request.data(marker.clone())) {
            Err(error) => stream::once(async move { told(refused(error), Mark::default(), true) }).boxed(),
            Ok(prepared) if prepared.kind == OperationType::Subscription => {
                let Prepared { request, document, request_id, .. } = prepared;
                let responses = self.0.schema.execute_stream(request).enumerate();
                let messages = responses.map(move |(place, response)| {
                    let response = api.finish(response, &document, request_id.as_ref());
                    told(response, marker.take(), place == 0)
                });
                messages.boxed()
            }
            Ok(prepared) => stream::once(async move { told(api.run(prepared).await, Mark::default(), false) }).boxed(),
        }
    }

    fn prepare(&self, mut request: Request) -> Result<Prepared, ServerError> {
        let document = self.document(&request)?;
        document.plan()?;
        let kind = document.kind()?;
        request.set_parsed_query(document.parsed());
        let request_id = found::<RequestId>(&request.data).cloned();
        if let Some(viewer) = found::<Viewer>(&request.data) {
            let loaders = self.0.loaders.of(&self.0.services, &viewer.workspace_id);
            request = request.data(loaders);
        }
        Ok(Prepared { request: request.data(self.0.services.clone()), document, kind, request_id })
    }

    async fn run(&self, prepared: Prepared) -> Response {
        let Prepared { request, document, request_id, .. } = prepared;
        let limit = Duration::from_secs(self.0.settings.timeout_seconds.max(1));
        match tokio::time::timeout(limit, self.0.schema.execute(request)).await {
            Ok(response) => self.finish(response, &document, request_id.as_ref()),
            Err(_) => Response::from_errors(vec![errors::refusal(&took_too_long(limit.as_secs()))]),
        }
    }

    fn finish(&self, mut response: Response, document: &Document, request_id: Option<&RequestId>) -> Response {
        for error in &mut response.errors {
            if error.message == TOO_COMPLEX {
                *error = errors::refusal(&too_complex(self.0.settings.max_complexity));
            } else if error.message == GOES_ON {
                *error = errors::refusal(&goes_on());
            }
        }
        errors::publish(&mut response, request_id);
        if let Ok(plan) = document.plan() {
            plan.complete(&mut response);
        }
        response
    }
}

/// A message; a first one may say that its operation never began: no data, and nothing below the root is at fault.
fn told(response: Response, mark: Mark, is_first: bool) -> Told {
    let is_at_root = |error: &ServerError| error.path.is_empty() || is_first && error.path.len() == 1;
    let is_refusal = response.data == Value::Null && response.errors.iter().any(is_at_root);
    Told { response, is_refusal, mark }
}

fn refused(error: ServerError) -> Response {
    let mut response = Response::from_errors(vec![error]);
    errors::publish(&mut response, None);
    response
}

fn took_too_long(seconds: u64) -> ServiceError {
    ServiceError::LimitExceeded {
        message: format!("the operation was stopped after {seconds} s"),
        hint: Some("ask for less at once, or raise graphql.timeout_seconds".to_owned()),
    }
}

fn goes_on() -> ServiceError {
    ServiceError::BadInput {
        field: "query".to_owned(),
        message: "a subscription goes on, and is not answered once".to_owned(),
        hint: Some(
            "send Accept: text/event-stream or multipart/mixed;subscriptionSpec=1.0, or use a WebSocket".to_owned(),
        ),
    }
}

fn too_complex(limit: usize) -> ServiceError {
    ServiceError::LimitExceeded {
        message: format!(
            "the operation costs more than {limit}: a field costs 1, a list its fields for every ten rows"
        ),
        hint: Some("ask for fewer rows with first, or for fewer fields".to_owned()),
    }
}

/// The same messages, where a panic is told as an error that ends them.
fn told_of_panics(messages: BoxStream<'static, Told>) -> BoxStream<'static, Told> {
    let messages = AssertUnwindSafe(messages).catch_unwind();
    messages.map(|message| message.unwrap_or_else(|_| panicked())).boxed()
}

/// The panic itself was told by the panic hook.
fn panicked() -> Told {
    let error = errors::refusal(&ServiceError::Internal {
        what: "an operation panicked",
        cause: "see the panic before".into(),
    });
    Told { response: Response::from_errors(vec![error]), is_refusal: true, mark: Mark::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_the_last_message() {
        let first = Told { response: Response::default(), is_refusal: false, mark: Mark::default() };
        let broken = stream::iter([first]).chain(stream::once(async { panic!("as a resolver may") }));
        let told: Vec<Told> = told_of_panics(broken.boxed()).collect().await;
        assert_eq!(told.iter().map(|told| told.is_refusal).collect::<Vec<_>>(), [false, true]);
        let code = told[1].response.errors[0].extensions.as_ref().and_then(|extensions| extensions.get("code"));
        assert_eq!(code, Some(&async_graphql::Value::from("INTERNAL")));
    }
}
