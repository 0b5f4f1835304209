//! Which components a manifest uses, and what of it is not run, by name and place.

use std::collections::BTreeMap;

use super::components::{Verdict, implied, instead, verdict};
use super::node::{Content, Node};
use super::{Manifest, ManifestError, together};

/// What a look at a manifest found.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Lint {
    /// Components that are used and run: their type, and the lines they stand on.
    pub(in super::super) used: BTreeMap<String, Vec<u64>>,
    /// What is not run.
    pub(in super::super) refused: Vec<ManifestError>,
}

/// Looks at everything that a read would use. Definitions that nothing refers to do not count.
pub(in super::super) fn lint(manifest: &Manifest) -> Lint {
    let mut lint = Lint::default();
    lint.component("DeclarativeSource", &manifest.root);
    for lines in lint.used.values_mut() {
        lines.sort_unstable();
        lines.dedup();
    }
    lint.refused.sort_by(|left, right| (left.place, &left.message).cmp(&(right.place, &right.message)));
    lint.refused.dedup();
    lint
}

impl Lint {
    fn refuse(&mut self, node: &Node, message: String) {
        self.refused.push(node.error(message));
    }

    fn component(&mut self, place: &str, node: &Node) {
        let name = match node.component() {
            "" => implied(place),
            name => name,
        };
        let known = match verdict(name) {
            Verdict::Runs(known) => known,
            Verdict::NotRun => return self.refuse(node, format!("{name} is not run here")),
            Verdict::Custom => {
                let class = node.text("class_name").map(|class| format!(" ({class})")).unwrap_or_default();
                return self.refuse(node, format!("{name}{class} is a custom Python component, which is not run here"));
            }
            Verdict::Unknown if name.is_empty() => {
                return self.refuse(node, format!("{place} holds no component: `type` is missing"));
            }
            Verdict::Unknown => return self.refuse(node, format!("{name} is no component of the format")),
        };
        self.used.entry(name.to_owned()).or_default().push(node.place.line);
        for field in known.refused {
            if let Some(member) = node.get(field).filter(|member| member.is_truthy()) {
                let place = format!("{name}.{field}");
                let advice = instead(&place).map(|advice| format!(" ({advice})")).unwrap_or_default();
                self.refuse(member, format!("{place} is not run here{advice}"));
            }
        }
        self.refused.extend(together::slips(name, node));
        for field in known.nested {
            if let Some(member) = node.get(field) {
                self.nested(&format!("{name}.{field}"), member);
            }
        }
    }

    fn nested(&mut self, place: &str, node: &Node) {
        match &node.content {
            Content::List(items) => items.iter().for_each(|item| self.nested(place, item)),
            Content::Map(members) if is_map_of_components(place) => {
                let components =
                    members.iter().filter(|(key, member)| key != super::node::PARAMETERS && member.is_map());
                components.for_each(|(_, member)| self.component(place, member));
            }
            Content::Map(_) => self.component(place, node),
            // A template, or a word such as `Default`.
            Content::Scalar(_) => {}
        }
    }
}

fn is_map_of_components(place: &str) -> bool {
    matches!(place, "SelectiveAuthenticator.authenticators" | "HttpRequester.request_parameters")
}
