//! The schema with everything around it: limits before an operation, loaders for it, order and public words after.

use std::any::TypeId;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection};
use async_graphql::{Data, Request, Response, ServerError, Value};
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::complete::{Plan, Types};
use super::context::RequestId;
use super::loaders::Loaders;
use super::mark::{Mark, Marker};
use super::{ApiSchema, errors, limits, schema};
use crate::config::GraphqlSettings;
use crate::services::{ServiceError, Services, Viewer};

/// The words of async-graphql for an operation that costs more than `max_complexity`.
const TOO_COMPLEX: &str = "Query is too complex.";

/// The API, ready to execute requests. Cheap to clone.
///
/// A request's data holds the [`Viewer`], and may hold a [`RequestId`] and a [`LastSeen`](super::LastSeen).
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    schema: ApiSchema,
    types: Types,
    services: Services,
    settings: GraphqlSettings,
}

/// One message of an operation to whoever asked for it.
#[derive(Debug)]
pub struct Told {
    /// What the client gets.
    pub response: Response,
    /// Whether the operation was refused before it began: nothing else follows then.
    pub is_refusal: bool,
    /// What its transport has to know of it.
    pub mark: Mark,
}

/// A request that may be executed.
struct Prepared {
    request: Request,
    plan: Plan,
    kind: OperationType,
    request_id: Option<RequestId>,
}

impl Api {
    /// The API over the services.
    pub fn new(services: Services, settings: GraphqlSettings) -> Self {
        let schema = schema().limit_complexity(settings.max_complexity).finish();
        let types = Types::of(&super::sdl());
        Self(Arc::new(Inner { schema, types, services, settings }))
    }

    /// What kind of operation the request would execute.
    ///
    /// # Errors
    /// Where the document cannot be read, or has no such operation.
    pub fn kind(request: &mut Request) -> Result<OperationType, ServerError> {
        let name = request.operation_name.clone();
        Ok(chosen(request.parsed_query()?, name.as_deref())?.ty)
    }

    /// Executes a query or a mutation.
    pub async fn execute(&self, request: Request) -> Response {
        match self.prepare(request) {
            Ok(prepared) => self.run(prepared).await,
            Err(error) => refused(error),
        }
    }

    /// Executes an operation of any kind: a subscription gives messages until it ends, the others give one.
    ///
    /// What is wrong with the operation itself is known when this is polled for the first time.
    pub fn follow(&self, request: Request) -> BoxStream<'static, Told> {
        let api = self.clone();
        let marker = Marker::default();
        match self.prepare(request.data(marker.clone())) {
            Err(error) => stream::once(async move { told(refused(error), Mark::default(), true) }).boxed(),
            Ok(prepared) if prepared.kind == OperationType::Subscription => {
                let Prepared { request, plan, request_id, .. } = prepared;
                let responses = self.0.schema.execute_stream(request).enumerate();
                let messages = responses.map(move |(place, response)| {
                    let response = api.finish(response, &plan, request_id.as_ref());
                    told(response, marker.take(), place == 0)
                });
                messages.boxed()
            }
            Ok(prepared) => stream::once(async move { told(api.run(prepared).await, Mark::default(), false) }).boxed(),
        }
    }

    fn prepare(&self, mut request: Request) -> Result<Prepared, ServerError> {
        let name = request.operation_name.clone();
        let document = request.parsed_query()?;
        limits::check(document, &self.0.settings)?;
        let operation = chosen(document, name.as_deref())?;
        let kind = operation.ty;
        if kind == OperationType::Subscription && !is_one_field(operation) {
            let message = "a subscription has exactly one field at its root, written there once: in no fragment, and \
                           without @skip or @include";
            return Err(ServerError::new(message, None));
        }
        let plan = Plan::of(document, name.as_deref(), &self.0.types);
        let request_id = found::<RequestId>(&request.data).cloned();
        if let Some(viewer) = found::<Viewer>(&request.data).cloned() {
            request = request.data(Loaders::new(self.0.services.clone(), viewer));
        }
        Ok(Prepared { request: request.data(self.0.services.clone()), plan, kind, request_id })
    }

    async fn run(&self, prepared: Prepared) -> Response {
        let Prepared { request, plan, request_id, .. } = prepared;
        let limit = Duration::from_secs(self.0.settings.timeout_seconds.max(1));
        match tokio::time::timeout(limit, self.0.schema.execute(request)).await {
            Ok(response) => self.finish(response, &plan, request_id.as_ref()),
            Err(_) => Response::from_errors(vec![errors::refusal(&took_too_long(limit.as_secs()))]),
        }
    }

    fn finish(&self, mut response: Response, plan: &Plan, request_id: Option<&RequestId>) -> Response {
        for error in &mut response.errors {
            if error.message == TOO_COMPLEX {
                *error = errors::refusal(&too_complex(self.0.settings.max_complexity));
            }
        }
        errors::publish(&mut response, request_id);
        plan.complete(&mut response);
        response
    }
}

/// A message; a first one may say that its operation never began: no data, and nothing below the root is at fault.
fn told(response: Response, mark: Mark, is_first: bool) -> Told {
    let is_at_root = |error: &ServerError| error.path.is_empty() || is_first && error.path.len() == 1;
    let is_refusal = response.data == Value::Null && response.errors.iter().any(is_at_root);
    Told { response, is_refusal, mark }
}

fn found<T: Send + Sync + 'static>(data: &Data) -> Option<&T> {
    data.get(&TypeId::of::<T>()).and_then(|data| data.downcast_ref())
}

/// The operation that is to be executed.
fn chosen<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Result<&'a OperationDefinition, ServerError> {
    let mut operations = document.operations.iter().filter(|(own, _)| match name {
        Some(name) => own.is_some_and(|own| own == name),
        None => true,
    });
    match (operations.next(), operations.next()) {
        (Some((_, operation)), None) => Ok(&operation.node),
        (None, _) => Err(ServerError::new(format!("the document has no operation {}", name.unwrap_or("")), None)),
        (Some(_), Some(_)) => {
            Err(ServerError::new("the document has several operations: say by operationName which one to run", None))
        }
    }
}

/// Whether one field stands at the root of an operation, as async-graphql follows it: it opens a stream for each field that
/// is written there, also twice for the same, and none for those of a fragment.
fn is_one_field(operation: &OperationDefinition) -> bool {
    match operation.selection_set.node.items.as_slice() {
        [item] => matches!(&item.node, Selection::Field(field) if field.node.directives.is_empty()),
        _ => false,
    }
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

fn too_complex(limit: usize) -> ServiceError {
    ServiceError::LimitExceeded {
        message: format!(
            "the operation costs more than {limit}: a field costs 1, a list its fields for every ten rows"
        ),
        hint: Some("ask for fewer rows with first, or for fewer fields".to_owned()),
    }
}
