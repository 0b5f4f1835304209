//! References: `#/definitions/thing` stands for what is there, and `$ref` beside other keys is overridden by them.
//!
//! What a reference names is resolved once and then shared, so that the largest of real manifests, whose streams come to
//! millions of values when each is written out, cost no more than what was written.

use std::collections::HashMap;

use super::super::value::{Text, Value};
use super::ManifestError;
use super::node::{Content, Node};

const REFERENCE: &str = "$ref";
/// Holds values of the configuration, which may look like references and are none.
const CONFIG_VALUES: &str = "config_overrides";
/// Holds what references name. Nothing else looks there.
const DEFINITIONS: &str = "definitions";
/// The most values that a manifest may come to once its references are resolved.
const MOST_NODES: u64 = 5_000_000;

/// Puts what references name in their place. What lies in `definitions` counts only where a reference names it.
///
/// # Errors
/// Where a reference names nothing, or itself, or where the manifest comes to too much.
pub(super) fn resolve(manifest: &Node) -> Result<Node, ManifestError> {
    let mut resolver = Resolver { manifest, open: Vec::new(), resolved: HashMap::new() };
    let mut members = Vec::with_capacity(manifest.members().len());
    for (key, member) in manifest.members().iter().filter(|(key, _)| key != DEFINITIONS) {
        members.push((key.clone(), resolver.node(member)?.node));
    }
    Ok(Node { place: manifest.place, content: Content::map(members) })
}

/// A value without references, and how many values it would come to if nothing was shared.
#[derive(Clone)]
struct Resolved {
    node: Node,
    size: u64,
}

struct Resolver<'a> {
    manifest: &'a Node,
    open: Vec<Text>,
    resolved: HashMap<Text, Resolved>,
}

impl Resolver<'_> {
    fn node(&mut self, node: &Node) -> Result<Resolved, ManifestError> {
        match &node.content {
            Content::Map(members) => self.map(node, members),
            Content::List(items) => {
                let (mut resolved, mut size) = (Vec::with_capacity(items.len()), 1);
                for item in items.iter() {
                    let item = self.node(item)?;
                    size += item.size;
                    resolved.push(item.node);
                }
                sized(Node { place: node.place, content: Content::list(resolved) }, size)
            }
            Content::Scalar(Value::Str(name)) if name.starts_with("#/") => self.named(node, name),
            Content::Scalar(_) => Ok(Resolved { node: node.clone(), size: 1 }),
        }
    }

    fn map(&mut self, node: &Node, members: &[(Text, Node)]) -> Result<Resolved, ManifestError> {
        let mut own: Vec<(Text, Node)> = Vec::with_capacity(members.len());
        let (mut reference, mut size) = (None, 1);
        for (key, member) in members {
            if key == REFERENCE {
                reference = Some(member);
            } else if key == CONFIG_VALUES {
                own.push((key.clone(), member.clone()));
            } else {
                let member = self.node(member)?;
                size += member.size;
                own.push((key.clone(), member.node));
            }
        }
        let Some(reference) = reference else {
            return sized(Node { place: node.place, content: Content::map(own) }, size);
        };
        let named = self.node(reference)?;
        let Content::Map(all) = named.node.content else { return Ok(named) };
        let mut all = std::sync::Arc::unwrap_or_clone(all);
        for (key, member) in own {
            match all.iter_mut().find(|(known, _)| *known == key) {
                Some((_, place)) => *place = member,
                None => all.push((key, member)),
            }
        }
        sized(Node { place: node.place, content: Content::map(all) }, size + named.size)
    }

    fn named(&mut self, node: &Node, name: &Text) -> Result<Resolved, ManifestError> {
        if let Some(known) = self.resolved.get(name) {
            return Ok(known.clone());
        }
        if self.open.contains(name) {
            return Err(node.error(format!("the reference {name} leads back to itself")));
        }
        let found =
            look_up(self.manifest, &name[2..]).ok_or_else(|| node.error(format!("{name} is not there")))?.clone();
        self.open.push(name.clone());
        let resolved = self.node(&found);
        self.open.pop();
        let resolved = resolved?;
        self.resolved.insert(name.clone(), resolved.clone());
        Ok(resolved)
    }
}

fn sized(node: Node, size: u64) -> Result<Resolved, ManifestError> {
    if size > MOST_NODES {
        return Err(node.error("references make the manifest too large"));
    }
    Ok(Resolved { node, size })
}

/// Follows a path; a key may itself hold a slash, so the whole rest of the path is tried first at each step.
fn look_up<'a>(node: &'a Node, path: &str) -> Option<&'a Node> {
    if path.is_empty() {
        return Some(node);
    }
    let member = |key: &str| node.members().iter().find(|(name, _)| name == key).map(|(_, found)| found);
    if let Some(found) = member(path) {
        return Some(found);
    }
    let (head, rest) = path.split_once('/').unwrap_or((path, ""));
    let next = match &node.content {
        Content::List(items) => items.get(head.parse::<usize>().ok()?)?,
        _ => member(head)?,
    };
    look_up(next, rest)
}
