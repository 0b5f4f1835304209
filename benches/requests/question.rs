//! What is asked of the two servers.

use std::net::SocketAddr;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::client::once;
use crate::measuring::Program;

const NESTED: &str =
    "{ connectors(first: 20) { nodes { id name status dataSources(first: 10) { nodes { id name rowCount
    extracts(first: 1) { nodes { id status rowCount completedAt } } } } } } }";
const LOOKUP: &str = "query($id: ID!) { connector(id: $id) { id name slug status lastSyncAt } }";

/// One question in two languages.
pub(crate) struct Question {
    /// What it is called in the table.
    pub(crate) name: &'static str,
    /// The request to our server.
    pub(crate) to_ours: Vec<u8>,
    /// The request to the bare one.
    pub(crate) to_bare: Vec<u8>,
}

impl Question {
    /// All connectors, their data sources, and the last extraction of each.
    pub(crate) fn nested(ours: SocketAddr, bare: SocketAddr) -> Self {
        let to_ours = graphql(ours, NESTED, &Value::Null);
        Self { name: "nested", to_ours, to_bare: post(bare, "/nested", "") }
    }

    /// One connector.
    pub(crate) fn lookup(ours: SocketAddr, bare: SocketAddr, id: &str) -> Self {
        let to_bare = post(bare, "/lookup", &json!({ "id": id }).to_string());
        Self { name: "lookup by id", to_ours: graphql(ours, LOOKUP, &json!({ "id": id })), to_bare }
    }

    /// Whether both servers give the same data.
    pub(crate) async fn is_answered_alike(&self, ours: &Program, bare: &Program) -> Result<()> {
        let answer: Value = serde_json::from_slice(&once(ours, &self.to_ours).await?)?;
        let beside: Value = serde_json::from_slice(&once(bare, &self.to_bare).await?)?;
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
