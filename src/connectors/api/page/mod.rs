//! Pagination: what the next page is asked for with, and when there is none.

mod strategy;

use super::failure::Failure;
use super::http::{Answer, Parts, RequestOption};
use super::manifest::{ManifestError, Node};
use super::template::Scope;
use super::value::{Value, text};
use strategy::Strategy;

/// How a stream's pages follow each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Paginator(Option<Pages>);

#[derive(Clone, Debug)]
struct Pages {
    strategy: Strategy,
    size_option: Option<RequestOption>,
    token_option: TokenOption,
}

/// Where the token of a page goes.
#[derive(Clone, Debug)]
enum TokenOption {
    Nowhere,
    /// It is the path, or the whole URL.
    Path,
    Option(RequestOption),
}

/// What is known of a page once it was read.
pub(super) struct PageSeen<'a> {
    pub(super) answer: &'a Answer,
    /// The first value of the answer, where [`Paginator::looks_into_answers`].
    pub(super) response: Value,
    /// Records that the answer held.
    pub(super) extracted: usize,
    /// Records that were left after filtering.
    pub(super) kept: usize,
    pub(super) last_record: Option<&'a Value>,
    pub(super) token: Option<&'a Value>,
    /// How many records were asked for, where that was not what the manifest says.
    pub(super) size: Option<i128>,
}

impl Paginator {
    pub(super) fn build(node: Option<&Node>, scope: &Scope) -> Result<Self, ManifestError> {
        let Some(node) = node.filter(|node| node.component() != "NoPagination") else { return Ok(Self::default()) };
        let strategy = Strategy::build(node.required("pagination_strategy")?, scope)?;
        let size_option = node.get("page_size_option").map(RequestOption::build).transpose()?;
        if size_option.is_some() && !strategy.has_page_size() {
            return Err(
                node.error("page_size_option cannot be set if the pagination strategy does not have a page_size")
            );
        }
        let token_option = match node.get("page_token_option") {
            None => TokenOption::Nowhere,
            Some(option) if option.component() == "RequestPath" => TokenOption::Path,
            Some(option) => TokenOption::Option(RequestOption::build(option)?),
        };
        Ok(Self(Some(Pages { strategy, size_option, token_option })))
    }

    /// What the first page is asked for with.
    pub(super) fn initial_token(&self) -> Option<Value> {
        self.0.as_ref()?.strategy.initial_token()
    }

    /// Whether the API names the next page itself, in place of pages that are counted.
    pub(super) fn is_told_where_to_go_on(&self) -> bool {
        self.0.as_ref().is_some_and(|pages| matches!(pages.strategy, Strategy::Cursor { .. }))
    }

    /// How many records a page is asked for with.
    ///
    /// # Errors
    /// Where the template fails, or gives no number.
    pub(super) fn page_size(&self, scope: &Scope) -> Result<Option<i128>, Failure> {
        let Some(pages) = &self.0 else { return Ok(None) };
        Ok(pages.strategy.page_size(scope)?.and_then(|size| size.as_int()))
    }

    /// Whether something of the answer's body is looked at.
    pub(super) fn looks_into_answers(&self) -> bool {
        self.0.as_ref().is_some_and(|pages| pages.strategy.looks_into_answers())
    }

    /// What takes the place of the manifest's path.
    pub(super) fn path(&self, token: Option<&Value>) -> Option<String> {
        let pages = self.0.as_ref()?;
        let token = token.filter(|token| token.is_truthy())?;
        matches!(pages.token_option, TokenOption::Path).then(|| text(token))
    }

    /// What it adds to a request; `size` takes the place of the manifest's page size.
    pub(super) fn parts(&self, token: Option<&Value>, size: Option<i128>, scope: &Scope) -> Result<Parts, Failure> {
        let mut parts = Parts::default();
        let Some(pages) = &self.0 else { return Ok(parts) };
        if let (TokenOption::Option(option), Some(token)) = (&pages.token_option, token) {
            option.inject(&mut parts, token.clone(), scope)?;
        }
        if let Some(option) = &pages.size_option {
            let size = match size {
                Some(size) => Some(Value::int(size)),
                None => pages.strategy.page_size(scope)?,
            };
            if let Some(size) = size {
                option.inject(&mut parts, size, scope)?;
            }
        }
        Ok(parts)
    }

    /// The token of the page after this one; `None` where this was the last.
    pub(super) fn next(&self, seen: &PageSeen<'_>, scope: &Scope) -> Result<Option<Value>, Failure> {
        let Some(pages) = &self.0 else { return Ok(None) };
        Ok(pages.strategy.next(seen, scope)?.filter(Value::is_truthy))
    }
}
