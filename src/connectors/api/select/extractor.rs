//! Where in an answer the records are.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::run::Builder;
use super::super::template::{Interpolated, Scope};
use super::super::value::{Value, path};
use super::expander::Expander;

#[derive(Clone, Debug)]
pub(in super::super) enum Extractor {
    /// At a path, which may hold patterns.
    Path {
        path: Vec<Interpolated>,
        /// Takes apart what lies there.
        expander: Option<Arc<Expander>>,
    },
    Combined {
        parts: Vec<Self>,
        first_only: bool,
        skips_empty: bool,
    },
}

/// What an extractor found.
#[derive(Debug, Default)]
pub(in super::super) struct Extracted {
    pub(in super::super) records: Vec<Value>,
    /// Empty records that were left out: the API counts them to its page all the same.
    pub(in super::super) dropped: usize,
}

impl Extractor {
    pub(in super::super) fn build(node: &Node, builder: &Builder<'_>) -> Result<Self, ManifestError> {
        match node.component() {
            "DpathExtractor" => Ok(Self::Path {
                path: node.templates("field_path")?,
                expander: node
                    .get("record_expander")
                    .map(|expander| Expander::build(expander, builder).map(Arc::new))
                    .transpose()?,
            }),
            "CombinedExtractor" => {
                let parts = node.list("extractors").iter();
                let parts = parts.map(|part| Self::build(part, builder)).collect::<Result<Vec<_>, _>>()?;
                if parts.is_empty() {
                    return Err(node.error("CombinedExtractor needs extractors"));
                }
                Ok(Self::Combined {
                    parts,
                    first_only: node.text("mode").as_deref() == Some("first_match"),
                    skips_empty: node.flag("skip_empty_records").unwrap_or(false),
                })
            }
            other => Err(node.error(format!("{other} is no extractor that is run here"))),
        }
    }

    /// The records of an answer's values.
    ///
    /// # Errors
    /// Where the path's templates fail, where a path with patterns finds several things to choose from, or where the rest of a
    /// list cannot be fetched.
    pub(in super::super) fn extract<'a>(
        &'a self,
        bodies: Vec<Value>,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<Extracted, Failure>> {
        Box::pin(self.found(bodies, scope))
    }

    async fn found(&self, bodies: Vec<Value>, scope: &Scope) -> Result<Extracted, Failure> {
        match self {
            Self::Path { path, expander } => {
                let path = path.iter().map(|part| part.text(scope)).collect::<Result<Vec<_>, _>>()?;
                let mut records = Vec::new();
                for body in bodies {
                    at(body, &path, &mut records)?;
                }
                if let Some(expander) = expander {
                    records = expander.expand(records, scope).await?;
                }
                Ok(Extracted { records, dropped: 0 })
            }
            Self::Combined { parts, first_only, skips_empty } => {
                let mut all = Extracted::default();
                for part in parts {
                    let mut found = part.extract(bodies.clone(), scope).await?;
                    if *skips_empty {
                        let before = found.records.len();
                        found.records.retain(Value::is_truthy);
                        found.dropped += before - found.records.len();
                    }
                    if *first_only && found.records.is_empty() {
                        continue;
                    }
                    if *first_only {
                        return Ok(found);
                    }
                    all.records.append(&mut found.records);
                    all.dropped += found.dropped;
                }
                Ok(all)
            }
        }
    }
}

fn at(body: Value, path: &[String], records: &mut Vec<Value>) -> Result<(), Failure> {
    let found = if path.is_empty() {
        Some(body)
    } else if path.iter().any(|segment| segment == "*") {
        Some(Value::list(path::values(&body, path).into_iter().cloned().collect()))
    } else if path::has_pattern(path) {
        let mut found = path::values(&body, path);
        if found.len() > 1 {
            return Err(Failure::Data(format!("dpath.get() globs must match only one leaf: {path:?}")));
        }
        found.pop().cloned()
    } else {
        path::take(body, path)
    };
    match found {
        Some(Value::List(items)) => records.extend(Arc::unwrap_or_clone(items)),
        Some(one) if one.is_truthy() => records.push(one),
        _ => {}
    }
    Ok(())
}
