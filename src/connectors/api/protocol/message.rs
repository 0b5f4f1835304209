//! Messages of the protocol, each written as one line.

use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::super::failure::Failure;
use super::super::http::Notice;
use super::super::value::{Value, write, write_text};
use crate::sdk::http::Redaction;

/// Writes messages; records, of which there are many, without building a document for each.
pub(super) struct Messages<'a, W: Write> {
    out: &'a mut W,
    /// What failures must not tell.
    redaction: &'a Redaction,
    line: Vec<u8>,
}

impl<'a, W: Write> Messages<'a, W> {
    pub(super) fn new(out: &'a mut W, redaction: &'a Redaction) -> Self {
        Self { out, redaction, line: Vec::with_capacity(1 << 16) }
    }

    /// The records of a page.
    pub(super) fn records(&mut self, stream: &str, records: &[Value]) -> io::Result<()> {
        let mut start = br#"{"type":"RECORD","record":{"stream":"#.to_vec();
        write(&Value::str(stream), &mut start);
        start.extend_from_slice(br#","data":"#);
        let end = format!(",\"emitted_at\":{}}}}}\n", now_millis());
        self.line.clear();
        for record in records {
            self.line.extend_from_slice(&start);
            write_data(record, &mut self.line);
            self.line.extend_from_slice(end.as_bytes());
            if self.line.len() > 1 << 16 {
                self.out.write_all(&self.line)?;
                self.line.clear();
            }
        }
        self.out.write_all(&self.line)
    }

    pub(super) fn state(&mut self, stream: &str, state: &Value, records: u64) -> io::Result<()> {
        self.message(&json!({
            "type": "STATE",
            "state": {
                "type": "STREAM",
                "stream": { "stream_descriptor": { "name": stream }, "stream_state": state },
                "sourceStats": { "recordCount": records },
            },
        }))
    }

    pub(super) fn status(&mut self, stream: &str, status: &str) -> io::Result<()> {
        self.stream_status(&json!({ "stream_descriptor": { "name": stream }, "status": status }))
    }

    /// What happens besides. Said at once.
    pub(super) fn notice(&mut self, notice: &Notice) -> io::Result<()> {
        match notice {
            // The stream goes on, but waits.
            Notice::Limited(stream) => self.stream_status(&json!({
                "stream_descriptor": { "name": &**stream },
                "status": "RUNNING",
                "reasons": [{ "type": "RATE_LIMITED" }],
            }))?,
            Notice::Configuration(config) => {
                let config = json!({ "config": serde_json::Value::from(config) });
                let control =
                    json!({ "type": "CONNECTOR_CONFIG", "emitted_at": now_millis(), "connectorConfig": config });
                self.message(&json!({ "type": "CONTROL", "control": control }))?;
            }
        }
        self.flush()
    }

    fn stream_status(&mut self, status: &serde_json::Value) -> io::Result<()> {
        let trace = json!({ "type": "STREAM_STATUS", "emitted_at": now_millis(), "stream_status": status });
        self.message(&json!({ "type": "TRACE", "trace": trace }))
    }

    pub(super) fn failure(&mut self, stream: Option<&str>, failure: &Failure) -> io::Result<()> {
        let words = self.redaction.words(&failure.to_string());
        let mut error = json!({
            "message": words,
            "internal_message": words,
            "failure_type": failure.blame().as_str(),
        });
        if let Some(stream) = stream {
            error["stream_descriptor"] = json!({ "name": stream });
        }
        self.message(
            &json!({ "type": "TRACE", "trace": { "type": "ERROR", "emitted_at": now_millis(), "error": error } }),
        )
    }

    pub(super) fn log(&mut self, level: &str, message: &str) -> io::Result<()> {
        self.message(&json!({ "type": "LOG", "log": { "level": level, "message": message } }))
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn message(&mut self, message: &serde_json::Value) -> io::Result<()> {
        serde_json::to_writer(&mut *self.out, message)?;
        self.out.write_all(b"\n")
    }
}

/// A record's data: the reference leaves out members of the record itself that are null, and keeps those further down.
fn write_data(record: &Value, out: &mut Vec<u8>) {
    let Some(map) = record.as_map() else { return write(record, out) };
    out.push(b'{');
    let mut is_first = true;
    for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
        if !is_first {
            out.push(b',');
        }
        is_first = false;
        write_text(key, out);
        out.push(b':');
        write(value, out);
    }
    out.push(b'}');
}

fn now_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
