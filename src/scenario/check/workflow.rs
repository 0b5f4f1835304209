//! Whether a workflow makes sense: its steps have names, each comes after those that it needs, and every table that it names is
//! made before.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use super::Problems;
use super::references::{Kind, references};
use crate::scenario::{StepTemplate, WorkflowTemplate};
use crate::vocabulary::StepKind;

/// The tables that TRANSFORM steps make.
pub(super) fn tables(template: &WorkflowTemplate) -> impl Iterator<Item = &str> {
    template.steps.iter().filter_map(table)
}

fn table(step: &StepTemplate) -> Option<&str> {
    if step.kind != StepKind::Transform {
        return None;
    }
    step.config.get("table").and_then(Value::as_str)
}

/// Looks through the workflow of a pack with these data sources.
pub(super) fn check(template: &WorkflowTemplate, sources: &[&str], problems: &mut Problems) {
    problems.says_something("workflow.name", &template.name);
    if template.steps.is_empty() {
        problems.add("workflow.steps", "must have one at least");
    }
    let names: Vec<&str> = template.steps.iter().map(|step| step.name.as_str()).collect();
    let (mut seen, mut made) = (HashSet::new(), HashSet::new());
    for (place, step) in template.steps.iter().enumerate() {
        let at = format!("workflow.steps[{place}]");
        problems.says_something(format!("{at}.name"), &step.name);
        problems.is_new(format!("{at}.name"), &step.name, &mut seen);
        for (place, needed) in step.depends_on.iter().enumerate() {
            problems.is_known(format!("{at}.depends_on[{place}]"), "step", needed, names.iter().copied());
        }
        match table(step) {
            Some(table) => problems.is_new(format!("{at}.config.table"), table, &mut made),
            None if step.kind == StepKind::Transform => {
                problems.add(format!("{at}.config.table"), "is missing: what is the table called that it makes?");
            }
            None => {}
        }
    }
    if let Some(circle) = circle(template) {
        problems.add("workflow.steps", format!("wait for each other in a circle: {}", circle.join(" -> ")));
        return;
    }
    check_references(template, sources, problems);
}

/// Refuses what names a data source that is not there, or a table that is not made before.
fn check_references(template: &WorkflowTemplate, sources: &[&str], problems: &mut Problems) {
    let makers: HashMap<&str, &str> =
        template.steps.iter().filter_map(|step| Some((table(step)?, step.name.as_str()))).collect();
    for (place, step) in template.steps.iter().enumerate() {
        let before = before(template, step);
        for (key, value) in &step.config {
            let mut named = Vec::new();
            collect(step.kind, value, &format!("workflow.steps[{place}].config.{key}"), &mut named);
            for (path, kind, name) in named {
                match kind {
                    Kind::Source => {
                        problems.is_known(path, "data source", &name, sources.iter().copied());
                    }
                    Kind::Ref => {
                        let known = makers.keys().copied();
                        if !problems.is_known(&path, "table of a TRANSFORM step", &name, known) {
                            continue;
                        }
                        let maker = makers[name.as_str()];
                        if !before.contains(maker) {
                            let message = format!("{name} is made by the step {maker}; add it to depends_on");
                            problems.add(path, message);
                        }
                    }
                }
            }
        }
    }
}

/// Every data source and table that a value of a step's settings names, with its path.
fn collect(step: StepKind, value: &Value, path: &str, named: &mut Vec<(String, Kind, String)>) {
    match value {
        Value::String(text) => {
            let kind = match path.rsplit('.').next() {
                Some("source") => Some(Kind::Source),
                Some("ref") => Some(Kind::Ref),
                Some(last) if step == StepKind::Extract && last.starts_with("sources") => Some(Kind::Source),
                _ => None,
            };
            match kind {
                Some(kind) => named.push((path.to_owned(), kind, text.clone())),
                None => {
                    named.extend(references(text).into_iter().map(|found| (path.to_owned(), found.kind, found.name)))
                }
            }
        }
        Value::Array(values) => {
            for (place, value) in values.iter().enumerate() {
                collect(step, value, &format!("{path}[{place}]"), named);
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                collect(step, value, &format!("{path}.{key}"), named);
            }
        }
        _ => {}
    }
}

/// The names of all steps that have ended when a step begins.
fn before<'a>(template: &'a WorkflowTemplate, step: &'a StepTemplate) -> HashSet<&'a str> {
    let mut found = HashSet::new();
    let mut waiting: Vec<&str> = step.depends_on.iter().map(String::as_str).collect();
    while let Some(name) = waiting.pop() {
        if found.insert(name) {
            let step = template.steps.iter().find(|step| step.name == name);
            waiting.extend(step.into_iter().flat_map(|step| &step.depends_on).map(String::as_str));
        }
    }
    found
}

/// Steps of which each waits for the next, and the last for the first: the shortest such circle of one of them.
fn circle(template: &WorkflowTemplate) -> Option<Vec<&str>> {
    let stuck = template.steps.iter().find(|step| before(template, step).contains(step.name.as_str()))?;
    let mut ways = VecDeque::from([vec![stuck.name.as_str()]]);
    let mut seen = HashSet::new();
    while let Some(way) = ways.pop_front() {
        let last = way.last().copied();
        let step = template.steps.iter().find(|step| Some(step.name.as_str()) == last)?;
        for needed in &step.depends_on {
            let longer: Vec<&str> = way.iter().copied().chain([needed.as_str()]).collect();
            if *needed == stuck.name {
                return Some(longer);
            }
            if seen.insert(needed.as_str()) {
                ways.push_back(longer);
            }
        }
    }
    None
}
