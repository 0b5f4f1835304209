//! Settings of the places where everything is kept.

use std::path::PathBuf;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What would end the path in a database URL.
const NOT_IN_PATH: &AsciiSet = &CONTROLS.add(b'?').add(b'#').add(b'%');

/// Where everything is kept.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StorageSettings {
    /// Folder of this installation: the embedded database, the lake, the key file, temporary files, and `dataweaver.toml`.
    pub data_dir: PathBuf,
    /// The database of DataWeaver itself: `sqlite:///path/file.db` or `postgres://user@host:5432/database`. Without it `dataweaver.db` in the data folder.
    pub database_url: Option<String>,
    /// Where the lake tables lie: a folder, `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`. Without it `lake` in the data folder. S3 takes region, keys and address from `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_ENDPOINT` and, for an address without TLS, `AWS_ALLOW_HTTP=true`; Google takes `GOOGLE_APPLICATION_CREDENTIALS` or `GOOGLE_SERVICE_ACCOUNT_KEY`; Azure takes `AZURE_STORAGE_ACCOUNT_NAME`, `AZURE_STORAGE_ACCOUNT_KEY` and, for another address, `AZURE_STORAGE_ENDPOINT` and `AZURE_ALLOW_HTTP=true`; for Azurite on its usual address `AZURE_STORAGE_USE_EMULATOR=true` is enough.
    pub lake_url: Option<String>,
}

impl Default for StorageSettings {
    fn default() -> Self {
        Self { data_dir: PathBuf::from(".dataweaver"), database_url: None, lake_url: None }
    }
}

impl StorageSettings {
    /// The database's URL: the one that is set, or that of the SQLite file in the data folder.
    pub fn database_url_or_default(&self) -> String {
        self.database_url.clone().unwrap_or_else(|| {
            let path = self.data_dir.join("dataweaver.db").to_string_lossy().into_owned();
            format!("sqlite://{}", utf8_percent_encode(&path, NOT_IN_PATH))
        })
    }

    /// The lake's root: the one that is set, or the folder in the data folder.
    pub fn lake_url_or_default(&self) -> String {
        self.lake_url.clone().unwrap_or_else(|| self.data_dir.join("lake").to_string_lossy().into_owned())
    }
}
