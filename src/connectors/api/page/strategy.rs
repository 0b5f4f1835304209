//! The three ways to count pages: by number, by offset, and by a cursor that the API gives.

use super::super::failure::Failure;
use super::super::http::headers_for_templates;
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Condition, Interpolated, Scope, to_engine};
use super::super::time::as_int;
use super::super::value::Value;
use super::PageSeen;

#[derive(Clone, Debug)]
pub(super) enum Strategy {
    Pages { size: Option<i128>, first: i128, asks_for_first: bool },
    Offset { size: Option<Interpolated>, is_told_size: bool, asks_for_first: bool },
    Cursor { value: Interpolated, stop: Option<Condition>, size: Option<i128> },
}

impl Strategy {
    pub(super) fn build(node: &Node, scope: &Scope) -> Result<Self, ManifestError> {
        let size = || -> Result<Option<i128>, ManifestError> {
            let Some(template) = node.template("page_size")? else { return Ok(None) };
            let value = node.compiled(template.eval(scope))?;
            value.as_int().map(Some).ok_or_else(|| node.error("`page_size` must come to a whole number"))
        };
        let asks_for_first = node.flag("inject_on_first_request").unwrap_or(false);
        Ok(match node.component() {
            "PageIncrement" => Self::Pages {
                size: size()?,
                first: node.get("start_from_page").and_then(|page| as_int(&page.value())).unwrap_or(0),
                asks_for_first,
            },
            "OffsetIncrement" => Self::Offset {
                size: node.template("page_size")?,
                is_told_size: node.text("page_size").is_some_and(|source| source.contains("response")),
                asks_for_first,
            },
            "CursorPagination" => Self::Cursor {
                value: node.required_template("cursor_value")?,
                stop: node.condition("stop_condition")?,
                size: size()?,
            },
            other => return Err(node.error(format!("{other} is no pagination strategy that is run here"))),
        })
    }

    pub(super) fn has_page_size(&self) -> bool {
        match self {
            Self::Pages { size, .. } | Self::Cursor { size, .. } => size.is_some_and(|size| size != 0),
            Self::Offset { size, .. } => size.is_some(),
        }
    }

    pub(super) fn initial_token(&self) -> Option<Value> {
        match self {
            Self::Pages { first, asks_for_first: true, .. } => Some(Value::int(*first)),
            Self::Offset { asks_for_first: true, .. } => Some(Value::Int(0)),
            _ => None,
        }
    }

    pub(super) fn looks_into_answers(&self) -> bool {
        matches!(self, Self::Cursor { .. } | Self::Offset { is_told_size: true, .. })
    }

    pub(super) fn page_size(&self, scope: &Scope) -> Result<Option<Value>, Failure> {
        Ok(match self {
            Self::Pages { size, .. } | Self::Cursor { size, .. } => size.filter(|size| *size != 0).map(Value::int),
            Self::Offset { size: Some(size), .. } => {
                let size = size.eval(scope)?;
                if size.as_int().is_none() {
                    return Err(Failure::Config("`page_size` must come to a whole number".to_owned()));
                }
                Some(size).filter(Value::is_truthy)
            }
            Self::Offset { size: None, .. } => None,
        })
    }

    pub(super) fn next(&self, seen: &PageSeen<'_>, scope: &Scope) -> Result<Option<Value>, Failure> {
        let extracted = i128::try_from(seen.extracted).unwrap_or(i128::MAX);
        let last = |start: i128| match seen.token {
            None => Ok(start),
            Some(token) => {
                token.as_int().ok_or_else(|| Failure::Data("the last page's token is no whole number".to_owned()))
            }
        };
        match self {
            Self::Pages { size, first, .. } => {
                if extracted == 0 || size.is_some_and(|size| size != 0 && extracted < size) {
                    return Ok(None);
                }
                Ok(Some(Value::int(last(*first)? + 1)))
            }
            Self::Offset { .. } => {
                let size = match seen.size {
                    Some(size) => Some(size),
                    None => {
                        let scope = scope.with("response", &seen.response);
                        self.page_size(&scope)?.and_then(|size| size.as_int())
                    }
                };
                if extracted == 0 || size.is_some_and(|size| extracted < size) {
                    return Ok(None);
                }
                Ok(Some(Value::int(last(0)? + extracted)))
            }
            Self::Cursor { value, stop, size } => {
                let scope = seen_scope(seen, seen.size.or(*size), scope);
                if let Some(stop) = stop
                    && stop.holds(&scope)?
                {
                    return Ok(None);
                }
                Ok(Some(value.eval(&scope)?))
            }
        }
    }
}

/// What the templates of a cursor can look at.
fn seen_scope(seen: &PageSeen<'_>, size: Option<i128>, base: &Scope) -> Scope {
    let mut scope = base.clone();
    scope.set("response", to_engine(&seen.response));
    scope.set("headers", headers_for_templates(&seen.answer.headers, true));
    scope.set("last_record", seen.last_record.map_or_else(|| minijinja::Value::from(()), to_engine));
    scope.set("last_page_size", minijinja::Value::from(seen.kept));
    scope.set("page_size", size.map_or_else(|| minijinja::Value::from(()), |size| to_engine(&Value::int(size))));
    scope
}
