//! What one operation may ask for, checked before anything else looks at it.
//!
//! Fragments are followed as often as they are used, and the walk itself is bounded: a few hundred bytes of fragments
//! that use each other would otherwise cost minutes.

use async_graphql::ServerError;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};

use crate::config::GraphqlSettings;
use crate::services::ServiceError;

/// Fragments and fields within each other, whatever the settings allow: the parser's own bound.
const MAX_NESTING: usize = 64;

/// Directives of an operation: `@skip` and `@include` need no more.
const MAX_DIRECTIVES: usize = 50;

/// Refuses a document that asks for too much.
///
/// # Errors
/// `LIMIT_EXCEEDED`, with the limit that was passed.
pub(super) fn check(document: &ExecutableDocument, settings: &GraphqlSettings) -> Result<(), ServerError> {
    for (_, operation) in document.operations.iter() {
        let mut walk =
            Walk { document, settings, selections: 0, aliases: 0, directives: operation.node.directives.len() };
        walk.enter(&operation.node.selection_set.node, 0, 0).map_err(|error| super::errors::refusal(&error))?;
    }
    Ok(())
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    settings: &'a GraphqlSettings,
    selections: usize,
    aliases: usize,
    directives: usize,
}

impl Walk<'_> {
    fn enter(&mut self, set: &SelectionSet, depth: usize, nesting: usize) -> Result<(), ServiceError> {
        if nesting > MAX_NESTING {
            return Err(exceeded(format!(
                "the operation has selections more than {MAX_NESTING} levels within each other"
            )));
        }
        for selection in &set.items {
            self.count(&selection.node)?;
            match &selection.node {
                Selection::Field(field) => self.field(&field.node, depth, nesting)?,
                Selection::InlineFragment(fragment) => {
                    self.enter(&fragment.node.selection_set.node, depth, nesting + 1)?;
                }
                Selection::FragmentSpread(spread) => {
                    // One that is not there is told by the validation.
                    let document = self.document;
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        self.enter(&fragment.node.selection_set.node, depth, nesting + 1)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &Field, depth: usize, nesting: usize) -> Result<(), ServiceError> {
        if depth == self.settings.max_depth {
            return Err(exceeded(format!("the operation is deeper than {depth} fields")));
        }
        self.enter(&field.selection_set.node, depth + 1, nesting + 1)
    }

    fn count(&mut self, selection: &Selection) -> Result<(), ServiceError> {
        self.selections += 1;
        self.directives += selection.directives().len();
        self.aliases += usize::from(matches!(selection, Selection::Field(field) if field.node.alias.is_some()));
        let limits = [
            ("fields", self.selections, self.settings.max_complexity),
            ("aliases", self.aliases, self.settings.max_aliases),
            ("directives", self.directives, MAX_DIRECTIVES),
        ];
        match limits.into_iter().find(|(_, found, limit)| found > limit) {
            Some((what, _, limit)) => Err(exceeded(format!("the operation has more than {limit} {what}"))),
            None => Ok(()),
        }
    }
}

fn exceeded(message: String) -> ServiceError {
    let hint = Some("ask for less at once, in several requests".to_owned());
    ServiceError::LimitExceeded { message, hint }
}
