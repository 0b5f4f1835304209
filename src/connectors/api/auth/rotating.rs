//! Several tokens that stand in for each other: a request goes out with one that has calls left.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex as AsyncMutex, OnceCell};
use tokio::time::Instant as AsyncInstant;

use super::super::failure::{Blame, Failure};
use super::super::hashing;
use super::super::http::{Answer, ApiBudget, ErrorHandler, Request, Sender, Silence, Transport};
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Scope, Types};
use super::super::time::Period;
use super::super::value::{Value, from_python_slice, text};
use super::Authenticator;
use super::pool::Pool;
use super::quotas::{Left, Quotas, Reserve, Turn};
use crate::sdk::http::Lasting;

/// The shortest wait for new calls: when the API says that there are some, there need not be.
const SHORTEST: Duration = Duration::from_secs(5);

/// The tokens of a source, so that all of its streams count the same calls. Clones share them.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct SharedTokens(Arc<Mutex<HashMap<Vec<u8>, Arc<Rotating>>>>);

impl SharedTokens {
    /// The tokens that a component names, those of another one that says the same included.
    pub(super) fn of(&self, node: &Node, scope: &Scope, transport: &Transport) -> Result<Arc<Rotating>, ManifestError> {
        let (tokens, name) = Rotating::build(node, scope, transport)?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(known.entry(name).or_insert_with(|| Arc::new(tokens))))
    }
}

/// The calls that are left to some tokens, as all in the process count them who have the same: others spend them, too, and what
/// the API tells may lag behind.
#[derive(Debug, Default)]
struct Counts {
    /// None before the API was asked.
    quotas: Mutex<Option<Quotas>>,
    asking: AsyncMutex<()>,
}

impl Lasting for Counts {
    fn is_idle(&self, _: AsyncInstant) -> bool {
        self.quotas.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_none_or(Quotas::are_over)
    }
}

#[derive(Debug)]
pub(in super::super) struct Rotating {
    tokens: Vec<String>,
    /// The word before a token.
    method: String,
    header: String,
    /// Asks how many calls are left; lacks the token only.
    status: Request,
    handler: ErrorHandler,
    pools: Vec<Pool>,
    /// How long a request waits for new calls at most.
    patience: Duration,
    reserve: Reserve,
    counts: Arc<Counts>,
    /// Whether the API was asked for what others have spent by now.
    has_asked: OnceCell<()>,
}

impl Rotating {
    /// The tokens, and what they have in common with those of another component that says the same.
    fn build(node: &Node, scope: &Scope, transport: &Transport) -> Result<(Self, Vec<u8>), ManifestError> {
        let written = |node: &Node, key: &str, usual: &str| {
            node.text(key).filter(|word| !word.is_empty()).unwrap_or_else(|| usual.to_owned())
        };
        let tokens = tokens(node, &written(node, "token_delimiter", ","), scope)?;
        tokens.iter().for_each(|token| transport.hide(token));
        if tokens.is_empty() {
            return Err(node.error("authentication tokens are missing from the configuration: `tokens` gives none"));
        }
        let source = node.required("quota_status_source")?;
        let headers = source.compiled(source.template_map("request_headers")?.eval(scope, Types::Any, Types::Any))?;
        let status = Request {
            method: written(source, "http_method", "GET"),
            url: source.compiled(source.required_template("url")?.text(scope))?,
            headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: None,
        };
        let pools: Vec<Pool> =
            node.list("quotas").iter().map(|quota| Pool::build(quota, scope)).collect::<Result<_, _>>()?;
        if pools.is_empty() {
            return Err(node.error("RateLimitedMultipleTokenAuthenticator needs `quotas`"));
        }
        let patience = match node.template("max_wait_time")? {
            Some(template) => node.compiled(template.text(scope))?,
            None => "PT2H".to_owned(),
        };
        let patience = Period::parse(&patience).ok().filter(|period| period.months == 0);
        let patience = patience.and_then(|period| u64::try_from(period.micros).ok());
        let patience = patience.ok_or_else(|| node.error("`max_wait_time` must be a duration of a fixed length"))?;
        let mut tokens = Self {
            tokens,
            method: written(node, "auth_method", "Bearer"),
            header: written(node, "header", "Authorization"),
            status,
            handler: handler(source)?,
            pools,
            patience: Duration::from_micros(patience),
            reserve: Reserve {
                fraction: node.float("budget_reserve_fraction").unwrap_or(0.1),
                least: node.float("budget_min_reserve").unwrap_or(50.0),
            },
            counts: Arc::default(),
            has_asked: OnceCell::new(),
        };
        let quotas: Vec<Value> = node.list("quotas").iter().map(Pool::name_of).collect();
        let name = format!(
            "{:?}",
            (
                (&tokens.tokens, &tokens.method, &tokens.header, &tokens.status),
                (tokens.patience, tokens.reserve, &tokens.handler, quotas),
            )
        );
        tokens.counts = transport.lasting(&["RateLimitedMultipleTokenAuthenticator", &name], Counts::default);
        Ok((tokens, hashing::digest("sha256", name.as_bytes()).unwrap_or_default()))
    }

    /// Signs a request with a token that has a call left; waits for new calls where none has.
    ///
    /// # Errors
    /// Where the quotas cannot be read, and where new calls are too far off.
    pub(super) async fn sign(
        &self,
        request: &mut Request,
        scope: &Scope,
        transport: &Transport,
    ) -> Result<(), Failure> {
        let token = self.take(self.pool_of(request), scope, transport).await?;
        request.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&self.header));
        request.headers.push((self.header.clone(), self.value(&self.tokens[token])));
        Ok(())
    }

    async fn take(&self, pool: usize, scope: &Scope, transport: &Transport) -> Result<usize, Failure> {
        self.has_asked.get_or_try_init(|| self.begin(scope, transport)).await?;
        let mut since = None;
        loop {
            let turn = self.counted(|quotas| quotas.take(pool, self.reserve));
            match turn.unwrap_or(Turn::Wait(0.0)) {
                Turn::Send { token, pause } => {
                    if !pause.is_zero() {
                        transport.pause(pause, || "few calls are left to all tokens".to_owned()).await?;
                    }
                    return Ok(token);
                }
                Turn::Wait(seconds) => {
                    let now = Instant::now();
                    let waited = now.duration_since(*since.get_or_insert(now));
                    let left = self.patience.saturating_sub(waited);
                    let wait = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX);
                    if wait >= left {
                        let message = "Rate limit is exceeded for all provided tokens.".to_owned();
                        return Err(Failure::Answer { message, status: None, blame: Blame::Transient });
                    }
                    let wait = wait.max(SHORTEST).min(left);
                    transport.pause(wait, || "all tokens have used up their calls".to_owned()).await?;
                    let _one_asks = self.counts.asking.lock().await;
                    if self.counted(|quotas| quotas.is_used_up(pool)) == Some(true) {
                        let left = self.ask(scope, transport).await?;
                        self.counted(|quotas| quotas.refill(left));
                    }
                }
            }
        }
    }

    /// Asks what is left before the first request.
    async fn begin(&self, scope: &Scope, transport: &Transport) -> Result<(), Failure> {
        let left = self.ask(scope, transport).await?;
        match &mut *self.counts.quotas.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(quotas) => quotas.hear(left),
            unknown => *unknown = Some(Quotas::new(left)),
        }
        Ok(())
    }

    /// Looks at the counts, or changes them; none before the API was asked.
    fn counted<T>(&self, act: impl FnOnce(&mut Quotas) -> T) -> Option<T> {
        self.counts.quotas.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(act)
    }

    /// What the API says that all tokens have left.
    async fn ask(&self, scope: &Scope, transport: &Transport) -> Result<Vec<Vec<Option<Left>>>, Failure> {
        let sender = Sender {
            transport: transport.clone(),
            handler: self.handler.clone(),
            budget: ApiBudget::default(),
            silence: Silence::default(),
            cache: None,
        };
        let mut all = Vec::with_capacity(self.tokens.len());
        for token in &self.tokens {
            let mut request = self.status.clone();
            request.headers.push((self.header.clone(), self.value(token)));
            let answer = Box::pin(sender.send(request, &Authenticator::None, scope)).await?;
            all.push(match answer {
                Some(answer) => {
                    let body = from_python_slice(&answer.body);
                    let body =
                        body.ok_or_else(|| Failure::Data("the quotas of a token are told in no JSON".to_owned()))?;
                    self.pools.iter().map(|pool| pool.left(&body).map(Some)).collect::<Result<_, _>>()?
                }
                None => {
                    tracing::info!("the API counts no calls of a token: nothing is waited for, and tokens take turns");
                    vec![None; self.pools.len()]
                }
            });
        }
        Ok(all)
    }

    /// Learns from the answer to a request that was signed here.
    pub(super) fn learn(&self, request: &Request, answer: &Answer) {
        let pool = self.pool_of(request);
        let Some(token) = self.token_of(request) else { return };
        self.counted(|quotas| quotas.learn(token, pool, self.pools[pool].told(answer)));
    }

    /// Whether a request that was refused would go out with another token, which has calls left.
    pub(super) fn has_better(&self, request: &Request) -> bool {
        let Some(token) = self.token_of(request) else { return false };
        self.counted(|quotas| quotas.has_better(token, self.pool_of(request))).unwrap_or(false)
    }

    /// The quota that a request counts to: the first that speaks of it, or else the first that speaks of none in particular.
    fn pool_of(&self, request: &Request) -> usize {
        let named = self.pools.iter().position(|pool| pool.matches(request));
        named.or_else(|| self.pools.iter().position(Pool::is_for_all)).unwrap_or(0)
    }

    fn token_of(&self, request: &Request) -> Option<usize> {
        let (_, sent) = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(&self.header))?;
        self.tokens.iter().position(|token| self.value(token) == *sent)
    }

    fn value(&self, token: &str) -> String {
        format!("{} {token}", self.method)
    }
}

/// One text that holds all, or a list of them; each once.
fn tokens(node: &Node, delimiter: &str, scope: &Scope) -> Result<Vec<String>, ManifestError> {
    let is_text = node.required("tokens")?.as_text().is_some();
    let mut tokens: Vec<String> = Vec::new();
    for template in node.templates("tokens")? {
        let given = text(&node.compiled(template.eval(scope))?);
        let parts = if is_text { given.split(delimiter).collect() } else { vec![given.as_str()] };
        for token in parts.into_iter().map(str::trim) {
            if !token.is_empty() && !tokens.iter().any(|known| known == token) {
                tokens.push(token.to_owned());
            }
        }
    }
    Ok(tokens)
}

/// What is made of the answer that tells the quotas: some statuses say that there are none.
fn handler(source: &Node) -> Result<ErrorHandler, ManifestError> {
    let Some(codes) = source.get("unavailable_status_codes").filter(|codes| codes.is_truthy()) else {
        return ErrorHandler::build(None);
    };
    let of_type = |name: &str| Node::of_type(source.place, name);
    let ignore = Node::of(source.place, &Value::str("IGNORE"));
    let filter = of_type("HttpResponseFilter").with("http_codes", codes).with("action", &ignore);
    ErrorHandler::build(Some(&of_type("DefaultErrorHandler").with("response_filters", &filter)))
}
