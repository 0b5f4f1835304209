//! Where in an answer the records are.

use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Interpolated, Scope};
use super::super::value::{Value, path};

#[derive(Clone, Debug)]
pub(in super::super) enum Extractor {
    /// At a path, which may hold patterns.
    Path(Vec<Interpolated>),
    Combined {
        parts: Vec<Self>,
        first_only: bool,
        skips_empty: bool,
    },
}

impl Extractor {
    pub(in super::super) fn build(node: &Node) -> Result<Self, ManifestError> {
        match node.component() {
            "DpathExtractor" => Ok(Self::Path(node.templates("field_path")?)),
            "CombinedExtractor" => {
                let parts = node.list("extractors").iter().map(Self::build).collect::<Result<Vec<_>, _>>()?;
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
    /// Where the path's templates fail, or where a path with patterns finds several things to choose from.
    pub(in super::super) fn extract(&self, bodies: Vec<Value>, scope: &Scope) -> Result<Vec<Value>, Failure> {
        match self {
            Self::Path(templates) => {
                let path = templates.iter().map(|part| part.text(scope)).collect::<Result<Vec<_>, _>>()?;
                let mut records = Vec::new();
                for body in bodies {
                    at(body, &path, &mut records)?;
                }
                Ok(records)
            }
            Self::Combined { parts, first_only, skips_empty } => {
                let mut records = Vec::new();
                for part in parts {
                    let mut found = part.extract(bodies.clone(), scope)?;
                    if *skips_empty {
                        found.retain(Value::is_truthy);
                    }
                    records.append(&mut found);
                    if *first_only && !records.is_empty() {
                        break;
                    }
                }
                Ok(records)
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
        Some(Value::List(items)) => records.extend(std::sync::Arc::unwrap_or_clone(items)),
        Some(one) if one.is_truthy() => records.push(one),
        _ => {}
    }
    Ok(())
}
