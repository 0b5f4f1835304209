//! References: `#/definitions/thing` stands for what is there, and `$ref` beside other keys is overridden by them.

use super::super::value::{Text, Value};
use super::ManifestError;
use super::node::{Content, Node};

const REFERENCE: &str = "$ref";
/// Holds values of the configuration, which may look like references and are none.
const CONFIG_VALUES: &str = "config_overrides";
/// The most values that a manifest may come to once its references are resolved.
const MOST_NODES: usize = 5_000_000;

/// Puts what references name in their place.
///
/// # Errors
/// Where a reference names nothing, or itself.
pub(super) fn resolve(manifest: &Node) -> Result<Node, ManifestError> {
    Resolver { manifest, open: Vec::new(), nodes: 0 }.node(manifest)
}

struct Resolver<'a> {
    manifest: &'a Node,
    open: Vec<Text>,
    nodes: usize,
}

impl Resolver<'_> {
    fn node(&mut self, node: &Node) -> Result<Node, ManifestError> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(node.error("references make the manifest too large"));
        }
        match &node.content {
            Content::Map(members) => self.map(node, members),
            Content::List(items) => {
                let items = items.iter().map(|item| self.node(item)).collect::<Result<_, _>>()?;
                Ok(Node { line: node.line, content: Content::List(items) })
            }
            Content::Scalar(Value::Str(name)) if name.starts_with("#/") => self.named(node, name),
            Content::Scalar(_) => Ok(node.clone()),
        }
    }

    fn map(&mut self, node: &Node, members: &[(Text, Node)]) -> Result<Node, ManifestError> {
        let mut own: Vec<(Text, Node)> = Vec::with_capacity(members.len());
        let mut reference = None;
        for (key, member) in members {
            if key == REFERENCE {
                reference = Some(member);
            } else if key == CONFIG_VALUES {
                own.push((key.clone(), member.clone()));
            } else {
                own.push((key.clone(), self.node(member)?));
            }
        }
        let Some(reference) = reference else {
            return Ok(Node { line: node.line, content: Content::Map(own) });
        };
        let named = self.node(reference)?;
        let Content::Map(mut all) = named.content else { return Ok(named) };
        for (key, member) in own {
            match all.iter_mut().find(|(known, _)| *known == key) {
                Some((_, place)) => *place = member,
                None => all.push((key, member)),
            }
        }
        Ok(Node { line: node.line, content: Content::Map(all) })
    }

    fn named(&mut self, node: &Node, name: &Text) -> Result<Node, ManifestError> {
        if self.open.contains(name) {
            return Err(node.error(format!("the reference {name} leads back to itself")));
        }
        let found =
            look_up(self.manifest, &name[2..]).ok_or_else(|| node.error(format!("{name} is not there")))?.clone();
        self.open.push(name.clone());
        let resolved = self.node(&found);
        self.open.pop();
        resolved
    }
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
