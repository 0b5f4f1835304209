//! What `dataweaver connectors read` says of a manifest, without a server.

use std::process::Command;

use serde_json::Value;

/// The messages of a read.
pub struct Said {
    /// Whether everything was read.
    pub is_whole: bool,
    messages: Vec<Value>,
}

/// Reads all streams of a manifest.
pub async fn read(manifest: &str, config: &Value) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_dataweaver"));
    command.args(["connectors", "read", "--manifest"]).arg(file("manifest.yaml", manifest));
    command.arg("--config").arg(file("config.json", &config.to_string()));
    // What serves the API goes on meanwhile.
    let output = tokio::task::spawn_blocking(move || command.output().expect("the program starts")).await.unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let messages = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    Said { is_whole: output.status.success(), messages }
}

impl Said {
    /// The records of all streams, in their order.
    pub fn records(&self) -> Vec<&Value> {
        self.of("RECORD").map(|message| &message["record"]["data"]).collect()
    }

    /// The states of all streams, in their order.
    pub fn states(&self) -> Vec<&Value> {
        self.of("STATE").map(|message| &message["state"]["stream"]["stream_state"]).collect()
    }

    /// Why streams were not read to their end.
    pub fn failures(&self) -> Vec<&str> {
        let traces = self.of("TRACE").map(|message| &message["trace"]["error"]);
        let of_streams = traces.filter(|error| error["stream_descriptor"].is_object());
        of_streams.map(|error| error["message"].as_str().unwrap()).collect()
    }

    /// The configuration to go on with, where it was changed.
    pub fn configuration(&self) -> Option<&Value> {
        self.of("CONTROL").last().map(|message| &message["control"]["connectorConfig"]["config"])
    }

    fn of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.messages.iter().filter(move |message| message["type"] == kind)
    }
}
