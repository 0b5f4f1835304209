//! The lake's root: which object store it is on, and where its tables lie in it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use url::Url;
use uuid::Uuid;

use super::{LakeError, LakeTable, bucket};

/// The place that holds all lake tables: a local folder or a bucket. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lake {
    root: Url,
    store: Arc<dyn ObjectStore>,
}

impl Lake {
    /// Opens the lake at `root`: a local path (made if it is missing), or a `file://`, `s3://`, `gs://` or `az://` URL.
    ///
    /// `options` are object store settings such as `aws_endpoint`, `aws_region`, `allow_http`; the usual `AWS_*`, `GOOGLE_*`
    /// and `AZURE_*` environment variables hold where an option says nothing. Does no request.
    ///
    /// # Errors
    /// [`LakeError::InvalidRoot`] for a scheme or an option that is not known.
    pub fn open(root: &str, options: HashMap<String, String>) -> Result<Self, LakeError> {
        let invalid = |reason: String| LakeError::InvalidRoot { root: root.to_owned(), reason };
        match Url::parse(root) {
            // It is shown wherever a table is.
            Ok(url) if root.contains("://") && holds_more_than_a_place(&url) => Err(LakeError::InvalidRoot {
                root: without_credentials(url),
                reason: "keys, tokens and options do not belong into it, give them by environment variables".to_owned(),
            }),
            Ok(url) if url.scheme() == "file" => {
                let folder = url.to_file_path().map_err(|()| invalid("it is not an absolute path".to_owned()))?;
                Self::open_local(root, folder)
            }
            Ok(url) if root.contains("://") => match bucket::open(&url, &options) {
                Some(store) => Ok(Self::open_bucket(url, store.map_err(invalid)?)),
                None => Err(invalid(format!("{}:// is not supported (known: {})", url.scheme(), bucket::KNOWN))),
            },
            _ => Self::open_local(root, PathBuf::from(root)),
        }
    }

    fn open_local(root: &str, folder: PathBuf) -> Result<Self, LakeError> {
        if root.is_empty() {
            return Err(LakeError::InvalidRoot { root: root.to_owned(), reason: "it is empty".to_owned() });
        }
        let failed = |cause| LakeError::storage("open lake folder", root, cause);
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let folder = folder.canonicalize().map_err(failed)?;
        let url = Url::from_directory_path(&folder).map_err(|()| LakeError::InvalidRoot {
            root: root.to_owned(),
            reason: "it is not an absolute path".to_owned(),
        })?;
        Ok(Self { root: url, store: Arc::new(LocalFileSystem::new()) })
    }

    fn open_bucket(mut url: Url, store: Arc<dyn ObjectStore>) -> Self {
        let path = format!("{}/", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Self { root: url, store }
    }

    /// The table at `path` below the root, such as `shop/orders`. Does no I/O.
    pub fn table(&self, path: &str) -> LakeTable {
        LakeTable::new(path.to_owned(), self.url(path), Arc::clone(&self.store))
    }

    /// The full URL of the table at `path`, for people and for tools such as DuckDB.
    pub fn location(&self, path: &str) -> String {
        self.url(path).as_str().trim_end_matches('/').to_owned()
    }

    /// Proves that the root can be used: writes, lists and deletes a small object.
    pub async fn check(&self) -> Result<(), LakeError> {
        let root = self.root.as_str();
        let folder = Path::from_url_path(self.root.path())
            .map_err(|error| LakeError::InvalidRoot { root: root.to_owned(), reason: error.to_string() })?;
        let name = format!("dataweaver-check-{}", Uuid::now_v7());
        let object = folder.clone().join(name);
        let payload = "This file proves that the lake can be written; it may be deleted.";
        self.store.put(&object, payload.into()).await.map_err(|cause| LakeError::storage("write to", root, cause))?;
        let listed = self.store.list_with_delimiter(Some(&folder)).await;
        self.store.delete(&object).await.map_err(|cause| LakeError::storage("delete from", root, cause))?;
        let listed = listed.map_err(|cause| LakeError::storage("list", root, cause))?;
        if !listed.objects.iter().any(|meta| meta.location == object) {
            return Err(LakeError::InvalidRoot {
                root: root.to_owned(),
                reason: "an object that was just written is not listed".to_owned(),
            });
        }
        Ok(())
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.root.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/').filter(|segment| !segment.is_empty())).push("");
        }
        url
    }
}

/// Whether a URL may hold a secret: a key, or a signature behind the `?`.
fn holds_more_than_a_place(url: &Url) -> bool {
    // Azure's own URLs have the container there.
    let has_user = !url.username().is_empty() && !matches!(url.scheme(), "abfs" | "abfss");
    has_user || url.password().is_some() || url.query().is_some() || url.fragment().is_some()
}

fn without_credentials(mut url: Url) -> String {
    url.set_query(None);
    url.set_fragment(None);
    // A URL that cannot have them has none.
    url.set_username("").and_then(|()| url.set_password(None)).ok();
    url.to_string()
}

/// Every object below `folder`, with its size and age.
pub(crate) async fn list(
    store: &dyn ObjectStore,
    folder: Option<&Path>,
) -> Result<Vec<object_store::ObjectMeta>, object_store::Error> {
    store.list(folder).try_collect().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_local_lake_is_made_and_checked() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("new/lake folder");
        let lake = Lake::open(root.to_str().unwrap(), HashMap::new()).unwrap();
        lake.check().await.unwrap();
        assert!(lake.location("shop/orders").ends_with("/new/lake%20folder/shop/orders"));
        assert_eq!(std::fs::read_dir(&root).unwrap().count(), 0);
    }

    #[test]
    fn an_unknown_scheme_is_refused_with_the_known_ones() {
        let error = Lake::open("ftp://host/lake", HashMap::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "lake root ftp://host/lake cannot be used: ftp:// is not supported (known: a local path, file://, s3://, \
             gs://, az://)"
        );
    }

    #[test]
    fn secrets_in_the_root_are_refused_and_not_repeated() {
        for root in [
            "https://account.blob.core.windows.net/c?sv=1&sig=SECRET",
            "az://c/p?sig=SECRET",
            "s3://key:SECRET@bucket/p",
            "s3://SECRET@bucket/p",
            "gs://bucket/p#SECRET",
        ] {
            let error = Lake::open(root, HashMap::new()).unwrap_err().to_string();
            assert!(error.contains("do not belong into it") && !error.contains("SECRET"), "{error}");
        }
    }

    #[test]
    fn an_address_without_tls_must_be_meant() {
        let endpoint = "http://127.0.0.1:1/a".to_owned();
        for (root, option, setting) in
            [("s3://b/c", "aws_endpoint", "AWS_ALLOW_HTTP"), ("az://b/c", "azure_storage_endpoint", "AZURE_ALLOW_HTTP")]
        {
            let options = HashMap::from([(option.to_owned(), endpoint.clone())]);
            let error = Lake::open(root, options).unwrap_err().to_string();
            assert!(error.ends_with(&format!("has no TLS; set {setting}=true if that is meant")), "{error}");
        }
    }

    #[test]
    fn a_path_cannot_leave_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().to_str().unwrap(), HashMap::new()).unwrap();
        assert_eq!(lake.location("../../etc"), format!("{}/etc", lake.root.as_str().trim_end_matches('/')));
    }
}
