//! The root that files are read from: a folder or a bucket, behind one object store.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig};
use url::Url;

use super::config::{FileSystemAuth, FileSystemConfig};
use super::delta::{self, KnownLogs};
use super::failure;
use crate::sdk::{ConnectorError, OpenContext, is_private, on_a_thread, real_path, refuse_outside};

/// Where the files are.
#[derive(Clone, Debug)]
pub(super) enum Root {
    /// A folder of this machine.
    Folder { path: PathBuf, allowed: Option<Vec<PathBuf>> },
    /// A prefix of a bucket.
    Bucket {
        store: Arc<dyn ObjectStore>,
        prefix: Path,
        bucket: String,
        endpoint: Option<Url>,
        allow_private: bool,
        logs: KnownLogs,
    },
}

/// A root that was found to be there and to be allowed.
#[derive(Clone, Debug)]
pub(super) struct OpenRoot {
    pub(super) store: Arc<dyn ObjectStore>,
    /// What paths below the root begin with in the store.
    pub(super) prefix: Path,
    /// The folder itself, links resolved; `None` for a bucket.
    pub(super) folder: Option<PathBuf>,
    /// Which folders of the bucket have a Delta table's log.
    logs: KnownLogs,
}

impl Root {
    /// Takes the settings; no I/O.
    pub(super) fn new(
        config: &FileSystemConfig,
        auth: &FileSystemAuth,
        context: OpenContext,
    ) -> Result<Self, ConnectorError> {
        if config.root.starts_with("s3://") || config.root.starts_with("s3a://") {
            return bucket(config, auth, &context);
        }
        if let Some((scheme, _)) = config.root.split_once("://").filter(|(scheme, _)| *scheme != "file") {
            return Err(ConnectorError::config(
                "connectionConfig.root",
                format!("{scheme}:// is not a store we read (known: a local folder, s3://)"),
            ));
        }
        if matches!(auth, FileSystemAuth::ApiKey(_)) {
            return Err(ConnectorError::config("authType", "a local folder takes no keys; use NONE"));
        }
        let path = PathBuf::from(config.root.strip_prefix("file://").unwrap_or(&config.root));
        if !path.is_absolute() {
            return Err(ConnectorError::config(
                "connectionConfig.root",
                "must be an absolute folder or s3://bucket/prefix",
            ));
        }
        Ok(Self::Folder { path, allowed: context.file_roots })
    }

    /// What users call the root.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Folder { path, .. } => path.display().to_string(),
            Self::Bucket { bucket, prefix, .. } if prefix.is_root() => format!("s3://{bucket}"),
            Self::Bucket { bucket, prefix, .. } => format!("s3://{bucket}/{prefix}"),
        }
    }

    /// Makes sure that a folder lies where files may be read from, be it there or not.
    ///
    /// # Errors
    /// `Config` with the words of [`open`](Self::open).
    pub(super) async fn permitted(&self) -> Result<(), ConnectorError> {
        let Self::Folder { path, allowed } = self else { return Ok(()) };
        let (path, allowed) = (path.clone(), allowed.clone());
        on_a_thread(move || refuse_outside("connectionConfig.root", &path, allowed.as_deref()).map(drop)).await
    }

    /// Makes sure that the root may be read and gives its store.
    ///
    /// # Errors
    /// `NotFound` where the folder is missing, `Permission` where it is outside of what the process allows.
    pub(super) async fn open(&self) -> Result<OpenRoot, ConnectorError> {
        match self {
            Self::Folder { path, allowed } => {
                let (path, allowed) = (path.clone(), allowed.clone());
                on_a_thread(move || open_folder(&path, allowed.as_deref())).await
            }
            Self::Bucket { store, prefix, endpoint, allow_private, logs, .. } => {
                if let (Some(endpoint), false) = (endpoint, allow_private) {
                    refuse_private_address(endpoint).await?;
                }
                Ok(OpenRoot { store: Arc::clone(store), prefix: prefix.clone(), folder: None, logs: logs.clone() })
            }
        }
    }
}

impl OpenRoot {
    /// The store's path of a file below the root.
    pub(super) fn location(&self, path: &str) -> Result<Path, ConnectorError> {
        let full = if self.prefix.is_root() { path.to_owned() } else { format!("{}/{path}", self.prefix) };
        Path::parse(&full)
            .map_err(|error| ConnectorError::NotFound { what: path.to_owned(), hint: format!(" ({error})") })
    }

    /// Looks at one file.
    ///
    /// # Errors
    /// `NotFound` where it is gone or belongs to a Delta table, `Permission` where a link in its path leads out of the root.
    pub(super) async fn head(&self, path: &str) -> Result<ObjectMeta, ConnectorError> {
        let location = self.location(path)?;
        if let Some(folder) = &self.folder {
            refuse_way_out(folder, path).await?;
        }
        let meta = self.store.head(&location).await.map_err(|error| failure::of_store(path, error))?;
        for folder in delta::folders(path) {
            if self.has_log(folder).await? {
                let table = delta::name_of(folder);
                let hint = format!(" as a file of its own: it belongs to {table}, {}", delta::LEFT_OUT);
                return Err(ConnectorError::NotFound { what: path.to_owned(), hint });
            }
        }
        Ok(meta)
    }

    /// Whether a folder below the root is a Delta table.
    async fn has_log(&self, folder: &str) -> Result<bool, ConnectorError> {
        if let Some(root) = &self.folder {
            let log = tokio::fs::metadata(root.join(folder).join(delta::LOG)).await;
            return Ok(log.is_ok_and(|log| log.is_dir()));
        }
        if let Some(known) = self.logs.get(folder) {
            return Ok(known);
        }
        let log = if folder.is_empty() { delta::LOG.to_owned() } else { format!("{folder}/{}", delta::LOG) };
        let first = self.store.list(Some(&self.location(&log)?)).next().await;
        let has_log = first.transpose().map_err(|error| failure::of_store(delta::name_of(folder), error))?.is_some();
        self.logs.set(folder, has_log);
        Ok(has_log)
    }
}

fn open_folder(path: &std::path::Path, allowed: Option<&[PathBuf]>) -> Result<OpenRoot, ConnectorError> {
    let name = path.display().to_string();
    let folder = real_path(path, allowed)?.canonicalize().map_err(|error| folder_error(&name, error))?;
    // Once more: it may have come, or become a link, meanwhile.
    let folder = real_path(&folder, allowed)?;
    std::fs::read_dir(&folder).map_err(|error| folder_error(&name, error))?;
    let store = LocalFileSystem::new_with_prefix(&folder).map_err(|error| failure::of_store(&name, error))?;
    Ok(OpenRoot { store: Arc::new(store), prefix: Path::default(), folder: Some(folder), logs: KnownLogs::default() })
}

fn folder_error(name: &str, error: std::io::Error) -> ConnectorError {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            ConnectorError::NotFound { what: format!("the folder {name}"), hint: "; check the path".into() }
        }
        std::io::ErrorKind::NotADirectory => ConnectorError::config(
            "connectionConfig.root",
            format!("{name} is a file; give the folder that it lies in"),
        ),
        std::io::ErrorKind::PermissionDenied => ConnectorError::Permission {
            message: format!("the folder {name} may not be read by this process; check its permissions"),
            cause: Some(error.into()),
        },
        _ => ConnectorError::unreachable(format!("the folder {name} could not be read"), error),
    }
}

/// Refuses a file whose true place, links resolved, is not below the folder.
async fn refuse_way_out(folder: &std::path::Path, path: &str) -> Result<(), ConnectorError> {
    let (folder, place) = (folder.to_owned(), path.to_owned());
    let resolved = on_a_thread(move || {
        let target = folder.join(&place).canonicalize();
        Ok(target.map(|target| target.starts_with(&folder)))
    });
    let resolved = resolved.await?;
    match resolved {
        Ok(true) => Ok(()),
        Ok(false) => Err(ConnectorError::Permission {
            message: format!("{path} is a link that leads out of the folder; files are read below the root only"),
            cause: None,
        }),
        Err(error) => Err(folder_file_error(path, error)),
    }
}

fn folder_file_error(path: &str, error: std::io::Error) -> ConnectorError {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => ConnectorError::Permission {
            message: format!("{path} may not be read; check its permissions"),
            cause: Some(error.into()),
        },
        _ => ConnectorError::NotFound { what: path.to_owned(), hint: "; it may have been moved or deleted".into() },
    }
}

fn bucket(config: &FileSystemConfig, auth: &FileSystemAuth, context: &OpenContext) -> Result<Root, ConnectorError> {
    let wrong = |message: String| ConnectorError::config("connectionConfig.root", message);
    let url =
        Url::parse(&config.root).map_err(|error| wrong(format!("is no URL ({error}); write s3://bucket/prefix")))?;
    let bucket = url
        .host_str()
        .filter(|host| !host.is_empty())
        .ok_or_else(|| wrong("names no bucket; write s3://bucket/prefix".into()))?;
    if url.password().is_some() || !url.username().is_empty() {
        return Err(wrong("cannot hold keys; give them in authConfig".into()));
    }
    let prefix = Path::from_url_path(url.path()).map_err(|error| wrong(error.to_string()))?;
    let endpoint = config.endpoint.as_deref().map(parse_endpoint).transpose()?;

    let client = ClientOptions::new()
        .with_connect_timeout(Duration::from_secs(5))
        .with_timeout(Duration::from_secs(60))
        .with_allow_http(endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http"));
    let retry = RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(5),
            base: 2.,
        },
        max_retries: 4,
        retry_timeout: Duration::from_secs(60),
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(region(config.region.as_deref())?)
        .with_client_options(client)
        .with_retry(retry);
    if let Some(endpoint) = &endpoint {
        builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
    }
    builder = match auth {
        FileSystemAuth::None(_) => builder.with_skip_signature(true),
        FileSystemAuth::ApiKey(keys) => {
            let builder =
                builder.with_access_key_id(&keys.access_key_id).with_secret_access_key(keys.secret_access_key.expose());
            match &keys.session_token {
                Some(token) => builder.with_token(token.expose()),
                None => builder,
            }
        }
    };
    let store = builder.build().map_err(|error| wrong(format!("cannot be opened: {error}")))?;
    Ok(Root::Bucket {
        store: Arc::new(store),
        prefix,
        bucket: bucket.to_owned(),
        endpoint,
        allow_private: context.allow_private_network,
        logs: KnownLogs::default(),
    })
}

/// The region becomes part of the host that is asked, with the keys: nothing but a region's name may stand there.
fn region(name: Option<&str>) -> Result<&str, ConnectorError> {
    let name = name.unwrap_or("us-east-1");
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > 32 || !name.bytes().all(is_plain) {
        let message = "is no region's name; write it like eu-central-1, in lower-case letters, digits and hyphens";
        return Err(ConnectorError::config("connectionConfig.region", message));
    }
    Ok(name)
}

fn parse_endpoint(text: &str) -> Result<Url, ConnectorError> {
    let wrong = |message: String| ConnectorError::config("connectionConfig.endpoint", message);
    let url =
        Url::parse(text).map_err(|error| wrong(format!("is no URL ({error}); write it like https://host:9000")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong("must begin with http:// or https://".into()));
    }
    if url.password().is_some() || !url.username().is_empty() {
        return Err(wrong("cannot hold keys; give them in authConfig".into()));
    }
    Ok(url)
}

/// Refuses an endpoint of a private network, which the process does not allow its users to reach.
async fn refuse_private_address(endpoint: &Url) -> Result<(), ConnectorError> {
    let host = endpoint.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = endpoint.port_or_known_default().unwrap_or(443);
    let lookup = tokio::time::timeout(Duration::from_secs(5), tokio::net::lookup_host((host.as_str(), port))).await;
    let addresses = match lookup {
        Ok(Ok(addresses)) => addresses,
        Ok(Err(error)) => {
            return Err(ConnectorError::unreachable(format!("the name {host} could not be looked up"), error));
        }
        Err(late) => {
            return Err(ConnectorError::unreachable(format!("the name {host} was not found within 5 seconds"), late));
        }
    };
    for address in addresses {
        if is_private(address.ip()) {
            return Err(ConnectorError::Permission {
                message: format!(
                    "{host} is in a private network, which connectors may not reach here (network.allow_private)"
                ),
                cause: None,
            });
        }
    }
    Ok(())
}
