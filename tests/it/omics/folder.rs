//! A folder of test files, and the connector that reads it.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use dataweaver::connectors::omics::Omics;
use dataweaver::sdk::{ConnectorFactory, DynConnector, OpenContext, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A temporary folder of files.
pub struct Folder {
    folder: TempDir,
    settings: Value,
}

impl Folder {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = json!({ "system": "files", "root": folder.path() });
        Self { folder, settings }
    }

    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.settings[key] = value.into();
        self
    }

    pub fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.write(name, bytes);
        self
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn settings(&self) -> Settings {
        super::settings(self.settings.clone())
    }

    pub fn connector(&self) -> Arc<dyn DynConnector> {
        ConnectorFactory::of::<Omics>().open(self.settings(), OpenContext::default()).unwrap()
    }
}

/// Packed by gzip.
pub fn packed(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes.as_ref()).unwrap();
    packer.finish().unwrap()
}
