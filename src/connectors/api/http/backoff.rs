//! How long to wait before a request is sent again.

use std::time::{SystemTime, UNIX_EPOCH};

use super::super::failure::{Blame, Failure};
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Interpolated, Scope, TemplateError};
use super::Answer;
use super::verdict::{backoff_scope, seconds};

#[derive(Clone, Debug)]
pub(in super::super) enum Backoff {
    Constant {
        seconds: Interpolated,
        jitter: Option<f64>,
    },
    Exponential {
        factor: Option<Interpolated>,
        jitter: Option<f64>,
    },
    /// A header tells the seconds to wait.
    Header {
        header: Interpolated,
        regex: Option<Interpolated>,
        most: Option<Interpolated>,
    },
    /// A header tells the time to wait for, in seconds since 1970.
    UntilHeader {
        header: Interpolated,
        regex: Option<Interpolated>,
        least: Option<Interpolated>,
        most: Option<Interpolated>,
    },
    /// The body tells.
    Response {
        seconds: Interpolated,
        most: Option<Interpolated>,
    },
}

impl Backoff {
    pub(super) fn build(node: &Node) -> Result<Self, ManifestError> {
        let jitter = node.float("jitter_range_in_seconds");
        let most = node.template("max_waiting_time_in_seconds")?;
        Ok(match node.component() {
            "ConstantBackoffStrategy" => {
                Self::Constant { seconds: node.required_template("backoff_time_in_seconds")?, jitter }
            }
            "ExponentialBackoffStrategy" => Self::Exponential { factor: node.template("factor")?, jitter },
            "WaitTimeFromHeader" => {
                Self::Header { header: node.required_template("header")?, regex: node.template("regex")?, most }
            }
            "WaitUntilTimeFromHeader" => Self::UntilHeader {
                header: node.required_template("header")?,
                regex: node.template("regex")?,
                least: node.template("min_wait")?,
                most,
            },
            "WaitTimeFromResponse" => Self::Response { seconds: node.required_template("wait_time_in_seconds")?, most },
            other => return Err(node.error(format!("{other} is no back-off strategy that is run here"))),
        })
    }

    /// Seconds to wait after the attempt of this number; `None` or zero leaves it to the next strategy.
    ///
    /// # Errors
    /// Where a template fails, or the wait is longer than the manifest allows.
    pub(super) fn seconds(&self, answer: Option<&Answer>, attempt: u32, scope: &Scope) -> Result<Option<f64>, Failure> {
        match self {
            Self::Constant { seconds: template, jitter } => {
                Ok(seconds(template, scope)?.map(|wait| jittered(wait, *jitter)))
            }
            Self::Exponential { factor, jitter } => {
                let factor = match factor {
                    Some(factor) => seconds(factor, scope)?.filter(|factor| *factor != 0.0).unwrap_or(5.0),
                    None => 5.0,
                };
                Ok(Some(jittered(factor * 2_f64.powi(i32::try_from(attempt).unwrap_or(i32::MAX)), *jitter)))
            }
            Self::Header { header, regex, most } => {
                let wait = header_number(answer, header, regex.as_ref(), scope)?;
                match wait {
                    Some(wait) if wait != 0.0 => capped(wait, most.as_ref(), scope).map(Some),
                    other => Ok(other),
                }
            }
            Self::UntilHeader { header, regex, least, most } => {
                let until = header_number(answer, header, regex.as_ref(), scope)?.filter(|until| *until != 0.0);
                let least = match least {
                    Some(least) => seconds(least, scope)?.filter(|least| *least != 0.0),
                    None => None,
                };
                let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |now| now.as_secs_f64());
                let wait = match (until.map(|until| until - now), least) {
                    (Some(wait), Some(least)) => Some(wait.max(least)),
                    (Some(wait), None) => (wait >= 0.0).then_some(wait),
                    (None, least) => least,
                };
                wait.map(|wait| capped(wait, most.as_ref(), scope)).transpose()
            }
            Self::Response { seconds: template, most } => {
                let wait = match seconds(template, &backoff_scope(scope, answer)) {
                    Ok(wait) => wait.filter(|wait| wait.is_finite() && *wait >= 0.0),
                    Err(error @ TemplateError::Syntax(_)) => return Err(error.into()),
                    Err(_) => None,
                };
                wait.map(|wait| capped(wait, most.as_ref(), scope)).transpose()
            }
        }
    }
}

fn jittered(wait: f64, jitter: Option<f64>) -> f64 {
    jitter.map_or(wait, |range| wait + rand::random::<f64>() * range * 2.0)
}

fn header_number(
    answer: Option<&Answer>,
    header: &Interpolated,
    regex: Option<&Interpolated>,
    scope: &Scope,
) -> Result<Option<f64>, Failure> {
    let name = header.text(scope)?;
    let Some(value) = answer.and_then(|answer| answer.header(&name)).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let mut word = value.to_owned();
    if let Some(regex) = regex {
        let source = regex.text(scope)?;
        let pattern = fancy_regex::Regex::new(&format!("^(?:{source})"));
        let pattern =
            pattern.map_err(|error| Failure::Config(format!("{source:?} is no regular expression: {error}")))?;
        if let Ok(Some(found)) = pattern.find(value) {
            word = found.as_str().to_owned();
        }
    }
    Ok(super::super::time::as_float(&super::super::value::Value::from(word)))
}

fn capped(wait: f64, most: Option<&Interpolated>, scope: &Scope) -> Result<f64, Failure> {
    let most = most.map(|most| seconds(most, scope)).transpose()?.flatten();
    match most {
        Some(most) if wait >= most => Err(Failure::Answer {
            message: "The rate limit wait time is longer than the connector is allowed to wait.".to_owned(),
            status: None,
            blame: Blame::Transient,
        }),
        _ => Ok(wait),
    }
}
