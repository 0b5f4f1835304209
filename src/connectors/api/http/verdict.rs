//! What to do about an answer: the manifest's error handlers, and the reference's own table behind them.

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use url::Url;

use super::super::failure::{Again, Blame};
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Condition, Interpolated, Scope, TemplateError, Types, to_engine};
use super::super::value::{Value, from_python_slice, text};
use super::backoff::Backoff;
use super::headers::headers_for_templates;
use super::{Answer, NoAnswer};

/// How much of the body of a failure is read for words, in bytes.
const MOST_OF_BODY: usize = 64 << 10;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Action {
    Success,
    Retry,
    Fail,
    Ignore,
    RateLimited,
    RefreshTokenThenRetry,
    Again(Again),
}

impl Action {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "SUCCESS" => Self::Success,
            "RETRY" => Self::Retry,
            "FAIL" => Self::Fail,
            "IGNORE" => Self::Ignore,
            "RATE_LIMITED" => Self::RateLimited,
            "REFRESH_TOKEN_THEN_RETRY" => Self::RefreshTokenThenRetry,
            "RESET_PAGINATION" => Self::Again(Again::FromTheFirstPage),
            "REDUCE_PAGE_SIZE" => Self::Again(Again::InSmallerPages),
            "SPLIT_REQUEST_WINDOW" => Self::Again(Again::InSmallerWindows),
            _ => return None,
        })
    }
}

/// What an error handler decided.
#[derive(Clone, Debug)]
pub(in super::super) struct Verdict {
    pub(in super::super) action: Action,
    pub(in super::super) blame: Blame,
    pub(in super::super) message: Option<String>,
}

/// What happened to a request.
pub(in super::super) type Outcome<'a> = Result<&'a Answer, &'a NoAnswer>;

#[derive(Clone, Debug)]
pub(in super::super) struct ErrorHandler {
    handlers: Vec<Handler>,
}

#[derive(Clone, Debug)]
struct Handler {
    filters: Vec<Filter>,
    max_retries: Option<Interpolated>,
    backoffs: Vec<Backoff>,
}

#[derive(Clone, Debug)]
struct Filter {
    action: Option<Action>,
    blame: Option<Blame>,
    codes: Vec<i128>,
    contains: Option<String>,
    predicate: Option<Condition>,
    message: Option<Interpolated>,
}

impl ErrorHandler {
    pub(in super::super) fn build(node: Option<&Node>) -> Result<Self, ManifestError> {
        let mut handlers = Vec::new();
        match node {
            None => handlers.push(Handler { filters: Vec::new(), max_retries: None, backoffs: Vec::new() }),
            Some(node) => collect(node, &mut handlers)?,
        }
        Ok(Self { handlers })
    }

    /// How often a request may be sent again.
    pub(in super::super) fn max_retries(&self, scope: &Scope) -> Result<u32, TemplateError> {
        let Some(template) = self.handlers.first().and_then(|handler| handler.max_retries.as_ref()) else {
            return Ok(5);
        };
        let value = template.eval(scope)?;
        let count = if value.as_str() == Some("") { Some(5) } else { super::super::time::as_int(&value) };
        let count =
            count.ok_or_else(|| TemplateError::Failed("max_retries did not evaluate to an integer".to_owned()))?;
        Ok(u32::try_from(count.max(0)).unwrap_or(u32::MAX))
    }

    pub(in super::super) fn backoffs(&self) -> impl Iterator<Item = &Backoff> {
        self.handlers.iter().flat_map(|handler| &handler.backoffs)
    }

    pub(in super::super) fn judge(&self, outcome: Outcome<'_>, scope: &Scope) -> Result<Verdict, TemplateError> {
        let mut last = None;
        for handler in &self.handlers {
            let verdict = handler.judge(outcome, scope)?;
            let is_final =
                matches!(verdict.action, Action::Success | Action::Retry | Action::Ignore | Action::Again(_));
            if is_final || self.handlers.len() == 1 {
                return Ok(verdict);
            }
            last = Some(verdict);
        }
        Ok(last.unwrap_or_else(|| fallback(outcome)))
    }
}

/// A composite handler is its handlers, one after the other.
fn collect(node: &Node, handlers: &mut Vec<Handler>) -> Result<(), ManifestError> {
    match node.component() {
        "CompositeErrorHandler" => node.list("error_handlers").iter().try_for_each(|inner| collect(inner, handlers)),
        "DefaultErrorHandler" => {
            handlers.push(Handler {
                filters: node.list("response_filters").iter().map(Filter::build).collect::<Result<_, _>>()?,
                max_retries: node.template("max_retries")?,
                backoffs: node.list("backoff_strategies").iter().map(Backoff::build).collect::<Result<_, _>>()?,
            });
            Ok(())
        }
        other => Err(node.error(format!("{other} is no error handler that is run here"))),
    }
}

impl Handler {
    fn judge(&self, outcome: Outcome<'_>, scope: &Scope) -> Result<Verdict, TemplateError> {
        if let Ok(answer) = outcome {
            for filter in &self.filters {
                if let Some(verdict) = filter.judge(answer, scope)? {
                    return Ok(verdict);
                }
            }
            if answer.is_ok() {
                return Ok(Verdict { action: Action::Success, blame: Blame::System, message: None });
            }
            if let Some(verdict) = by_status(answer.status) {
                return Ok(verdict);
            }
        }
        Ok(fallback(outcome))
    }
}

impl Filter {
    fn build(node: &Node) -> Result<Self, ManifestError> {
        let action = match node.text("action") {
            None => None,
            Some(word) => {
                Some(Action::parse(&word).ok_or_else(|| node.error(format!("the action {word} is not run here")))?)
            }
        };
        Ok(Self {
            action,
            blame: node.text("failure_type").and_then(|word| Blame::parse(&word)),
            codes: node
                .list("http_codes")
                .iter()
                .filter_map(|code| super::super::time::as_int(&code.value()))
                .collect(),
            contains: node.text("error_message_contains").filter(|words| !words.is_empty()),
            predicate: node.condition("predicate")?,
            message: node.template("error_message")?,
        })
    }

    fn judge(&self, answer: &Answer, scope: &Scope) -> Result<Option<Verdict>, TemplateError> {
        let Some(action) = self.action else { return Ok(None) };
        let matches = self.codes.contains(&i128::from(answer.status))
            || self.predicate_holds(answer)?
            || self
                .contains
                .as_ref()
                .is_some_and(|words| error_message(answer).is_some_and(|message| message.contains(words)));
        if !matches {
            return Ok(None);
        }
        let usual = by_status(answer.status);
        let message = match &self.message {
            Some(message) => message.text(&answer_scope(scope, answer))?,
            None => String::new(),
        };
        let message =
            if message.is_empty() { usual.as_ref().and_then(|usual| usual.message.clone()) } else { Some(message) };
        let blame = match (self.blame, usual) {
            (Some(blame), _) if action == Action::Fail => blame,
            (_, Some(usual)) => usual.blame,
            _ => Blame::System,
        };
        Ok(Some(Verdict { action, blame, message }))
    }

    /// A predicate sees the answer and no configuration.
    fn predicate_holds(&self, answer: &Answer) -> Result<bool, TemplateError> {
        let Some(predicate) = &self.predicate else { return Ok(false) };
        predicate.holds(&answer_scope(&Scope::of_config(&Value::Null), answer))
    }
}

fn answer_scope(base: &Scope, answer: &Answer) -> Scope {
    let body = from_python_slice(&answer.body).unwrap_or_else(Value::empty_map);
    let mut scope = base.clone();
    scope.set("response", to_engine(&body));
    scope.set("headers", headers_of(&answer.headers));
    scope.set("request_url", to_engine(&Value::from(bare(&answer.url))));
    scope
}

/// A URL without what may hold a secret: who asks, and the query.
pub(super) fn bare(url: &str) -> String {
    let Ok(mut bare) = Url::parse(url) else { return url.split(['?', '#']).next().unwrap_or_default().to_owned() };
    // Those fail only where there can be no user name.
    bare.set_username("").ok();
    bare.set_password(None).ok();
    bare.set_query(None);
    bare.set_fragment(None);
    bare.into()
}

fn headers_of(headers: &HeaderMap) -> minijinja::Value {
    headers_for_templates(headers, false)
}

/// What the reference does about a status that no filter matches.
fn by_status(status: u16) -> Option<Verdict> {
    let (action, blame, words) = match status {
        400 => (
            Action::Fail,
            Blame::System,
            "HTTP Status Code: 400. Error: Bad request. Please check your request parameters.",
        ),
        401 => (
            Action::Fail,
            Blame::Config,
            "HTTP Status Code: 401. Error: Unauthorized. Please ensure you are authenticated correctly.",
        ),
        403 => (
            Action::Fail,
            Blame::Config,
            "HTTP Status Code: 403. Error: Forbidden. You don't have permission to access this resource.",
        ),
        404 => (
            Action::Fail,
            Blame::System,
            "HTTP Status Code: 404. Error: Not found. The requested resource was not found on the server.",
        ),
        405 => (
            Action::Fail,
            Blame::System,
            "HTTP Status Code: 405. Error: Method not allowed. Please check your request method.",
        ),
        408 => (Action::Retry, Blame::Transient, "HTTP Status Code: 408. Error: Request timeout."),
        429 => (Action::RateLimited, Blame::Transient, "HTTP Status Code: 429. Error: Too many requests."),
        500 => (Action::Retry, Blame::Transient, "HTTP Status Code: 500. Error: Internal server error."),
        502 => (Action::Retry, Blame::Transient, "HTTP Status Code: 502. Error: Bad gateway."),
        503 => (Action::Retry, Blame::Transient, "HTTP Status Code: 503. Error: Service unavailable."),
        504 => (Action::Retry, Blame::Transient, "HTTP Status Code: 504. Error: Gateway timeout."),
        _ => return None,
    };
    Some(Verdict { action, blame, message: Some(words.to_owned()) })
}

fn fallback(outcome: Outcome<'_>) -> Verdict {
    let message = match outcome {
        Ok(answer) => refusal(answer),
        Err(error) => error.to_string(),
    };
    Verdict { action: Action::Retry, blame: Blame::System, message: Some(message) }
}

/// A status without a rule of its own, in the API's own words unless they are a page for browsers.
fn refusal(answer: &Answer) -> String {
    let status = answer.status;
    let side = match status {
        400..500 => "Client",
        500..600 => "Server",
        _ => return format!("Unexpected response with HTTP status {status}"),
    };
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    let place = bare(&answer.url);
    let told = format!("Response was not ok: `{status} {side} Error: {reason} for url: {place}`.");
    if answer.header(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.contains("html")) {
        return told;
    }
    let words = String::from_utf8_lossy(&answer.body[..answer.body.len().min(MOST_OF_BODY)]);
    format!("{told} Response content is: {words}")
}

/// The message of an error's body, by the names that APIs give it.
pub(in super::super) fn error_message(answer: &Answer) -> Option<String> {
    match from_python_slice(&answer.body) {
        Some(body) => message_in(&body),
        None => String::from_utf8(answer.body.to_vec()).ok(),
    }
}

fn message_in(value: &Value) -> Option<String> {
    const NAMES: [&str; 12] = [
        "message",
        "messages",
        "error",
        "errors",
        "failures",
        "failure",
        "detail",
        "err",
        "error_message",
        "msg",
        "reason",
        "status_message",
    ];
    match value {
        Value::Str(words) => Some(words.to_string()),
        Value::List(items) => Some(items.iter().filter_map(message_in).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let named = NAMES.iter().find_map(|name| map.get(name).filter(|value| value.is_truthy()));
            named.and_then(message_in)
        }
        _ => None,
    }
}

/// The scope of back-off strategies that look into the answer.
pub(super) fn backoff_scope(base: &Scope, answer: Option<&Answer>) -> Scope {
    let mut scope = base.clone();
    let body = answer.and_then(|answer| from_python_slice(&answer.body)).unwrap_or_else(Value::empty_map);
    scope.set("response", to_engine(&body));
    let empty = HeaderMap::new();
    scope.set("headers", headers_of(answer.map_or(&empty, |answer| &answer.headers)));
    scope
}

/// A template's value as a number of seconds.
pub(super) fn seconds(template: &Interpolated, scope: &Scope) -> Result<Option<f64>, TemplateError> {
    let value = template.eval_as(scope, Types::Any)?;
    Ok(super::super::time::as_float(&value).or_else(|| super::super::time::as_float(&Value::from(text(&value)))))
}
