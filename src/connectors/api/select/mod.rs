//! From what an answer holds to records: extraction, filtering, transformation and normalisation.

mod extractor;
mod flatten;
mod keys;
mod normalize;
mod transformation;

use super::failure::Failure;
use super::manifest::{ManifestError, Node};
use super::slice::Slice;
use super::template::{Condition, Scope, to_engine};
use super::value::Value;

pub(super) use extractor::Extractor;
pub(super) use transformation::Transformation;

/// Whether a record is wanted.
pub(super) type Keep<'a> = dyn Fn(&Value) -> Result<bool, Failure> + 'a;

/// Makes records out of the values of an answer.
#[derive(Clone, Debug)]
pub(super) struct Selector {
    extractor: Extractor,
    filter: Option<Condition>,
    transformations: Vec<Transformation>,
    transform_first: bool,
    normalizes: bool,
}

/// The records of a page, and how many the answer held before any was filtered out.
pub(super) struct Selected {
    pub(super) records: Vec<Value>,
    pub(super) extracted: usize,
}

impl Selector {
    /// `filters_by_cursor`: whether records are also filtered by the cursor, which looks at transformed ones.
    pub(super) fn build(node: &Node, transformations: &[Node], filters_by_cursor: bool) -> Result<Self, ManifestError> {
        let filter = node.get("record_filter").map(|filter| filter.condition("condition")).transpose()?.flatten();
        let transformations = transformations.iter().map(Transformation::build).collect::<Result<_, _>>()?;
        let normalizes = match node.text("schema_normalization").as_deref() {
            None | Some("None") => false,
            Some("Default") => true,
            Some(other) => return Err(node.error(format!("schema_normalization cannot be {other}"))),
        };
        Ok(Self {
            extractor: Extractor::build(node.required("extractor")?)?,
            filter,
            transformations,
            transform_first: node.flag("transform_before_filtering").unwrap_or(filters_by_cursor),
            normalizes,
        })
    }

    /// The records of an answer. `keep` is the filter by the cursor, which comes right before the manifest's own.
    ///
    /// # Errors
    /// Where a template fails.
    pub(super) fn select(
        &self,
        bodies: Vec<Value>,
        base: &Scope,
        slice: &Slice,
        token: Option<&Value>,
        schema: &Value,
        keep: Option<&Keep<'_>>,
    ) -> Result<Selected, Failure> {
        let mut records = self.extractor.extract(bodies, base)?;
        let extracted = records.len();
        let scope = slice.scope(base, token);
        let has_filter = keep.is_some() || self.filter.is_some();
        if !self.transform_first && has_filter {
            records = self.filtered(records, &scope, keep)?;
        }
        if !self.transformations.is_empty() {
            for record in &mut records {
                for transformation in &self.transformations {
                    transformation.apply(record, &scope)?;
                }
            }
        }
        if self.transform_first && has_filter {
            records = self.filtered(records, &scope, keep)?;
        }
        if self.normalizes && schema.is_truthy() {
            records.iter_mut().for_each(|record| normalize::normalize(record, schema));
        }
        Ok(Selected { records, extracted })
    }

    fn filtered(&self, records: Vec<Value>, scope: &Scope, keep: Option<&Keep<'_>>) -> Result<Vec<Value>, Failure> {
        let mut kept = Vec::with_capacity(records.len());
        for record in records {
            if let Some(keep) = keep
                && !keep(&record)?
            {
                continue;
            }
            if let Some(filter) = &self.filter {
                let mut scope = scope.clone();
                scope.set("record", to_engine(&record));
                if !filter.holds(&scope)? {
                    continue;
                }
            }
            kept.push(record);
        }
        Ok(kept)
    }
}
