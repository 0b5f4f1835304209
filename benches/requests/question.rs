//! What is asked of the two servers.

use std::net::SocketAddr;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::client::once;
use crate::measuring::Program;

const NESTED: &str = "connectors(first: 20) { nodes { id name status dataSources(first: 10) { nodes { id name rowCount
    extracts(first: 1) { nodes { id status rowCount completedAt } } } } } }";
const LOOKUP: &str = "query($id: ID!) { connector(id: $id) { id name slug status lastSyncAt } }";

/// One question in two languages.
pub(crate) struct Question {
    /// What it is called in the table.
    pub(crate) name: &'static str,
    /// The requests to our server; the clients take turns.
    pub(crate) to_ours: Vec<Vec<u8>>,
    /// The requests to the bare one, in the same order.
    pub(crate) to_bare: Vec<Vec<u8>>,
}

impl Question {
    /// All connectors, their data sources, and the last extraction of each: every client asks in words of its own.
    pub(crate) fn nested(ours: SocketAddr, bare: SocketAddr, clients: usize) -> Self {
        let own = |client| graphql(ours, &format!("query Of{client} {{ {NESTED} }}"), &Value::Null);
        let to_ours = (0..clients).map(own).collect();
        Self { name: "nested", to_ours, to_bare: vec![post(bare, "/nested", "")] }
    }

    /// The same, in the same words of all clients, as those of a dashboard ask it.
    pub(crate) fn nested_alike(ours: SocketAddr, bare: SocketAddr) -> Self {
        let to_ours = vec![graphql(ours, &format!("{{ {NESTED} }}"), &Value::Null)];
        Self { name: "nested, all alike", to_ours, to_bare: vec![post(bare, "/nested", "")] }
    }

    /// One connector of many.
    pub(crate) fn lookup(ours: SocketAddr, bare: SocketAddr, ids: &[String]) -> Self {
        let variables = || ids.iter().map(|id| json!({ "id": id }));
        let to_ours = variables().map(|variables| graphql(ours, LOOKUP, &variables)).collect();
        let to_bare = variables().map(|variables| post(bare, "/lookup", &variables.to_string())).collect();
        Self { name: "lookup by id", to_ours, to_bare }
    }

    /// Whether both servers give the same data.
    pub(crate) async fn is_answered_alike(&self, ours: &Program, bare: &Program) -> Result<()> {
        let answer: Value = serde_json::from_slice(&once(ours, &self.to_ours[0]).await?)?;
        let beside: Value = serde_json::from_slice(&once(bare, &self.to_bare[0]).await?)?;
        ensure!(answer == beside, "{}: ours is {answer}\nand that beside it is {beside}", self.name);
        Ok(())
    }
}

fn graphql(server: SocketAddr, query: &str, variables: &Value) -> Vec<u8> {
    post(server, "/graphql", &json!({ "query": query, "variables": variables }).to_string())
}

fn post(server: SocketAddr, path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = "Accept: application/json\r\nContent-Type: application/json\r\n";
    format!("POST {path} HTTP/1.1\r\nHost: {server}\r\n{head}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}
