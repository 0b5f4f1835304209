//! The object stores of the clouds that a lake can lie in.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{ClientConfigKey, ObjectStore};
use url::Url;

/// What is supported, for people.
pub(crate) const KNOWN: &str = "a local path, file://, s3://, gs://, az://";

/// The store behind a bucket's URL; `None` for a scheme that is not one of a bucket.
///
/// Options go before the environment (`AWS_*`, `GOOGLE_*`, `AZURE_*`). Does no request.
///
/// # Errors
/// Says what is wrong with the URL, an option or the environment.
pub(crate) fn open(url: &Url, options: &HashMap<String, String>) -> Option<Result<Arc<dyn ObjectStore>, String>> {
    match url.scheme() {
        "s3" | "s3a" => Some(s3(url, options)),
        "gs" => Some(google(url, options)),
        "az" | "abfs" | "abfss" => Some(azure(url, options)),
        _ => None,
    }
}

fn s3(url: &Url, options: &HashMap<String, String>) -> Result<Arc<dyn ObjectStore>, String> {
    let mut builder = AmazonS3Builder::from_env().with_url(url.as_str());
    for (name, value) in options {
        builder = builder.with_config(option::<AmazonS3ConfigKey>(name, "aws_endpoint, aws_region")?, value);
    }
    let allowed = builder.get_config_value(&AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp));
    refuse_unmeant_http(builder.get_config_value(&AmazonS3ConfigKey::Endpoint), allowed, "AWS_ALLOW_HTTP")?;
    built(builder.build())
}

fn google(url: &Url, options: &HashMap<String, String>) -> Result<Arc<dyn ObjectStore>, String> {
    let mut builder = GoogleCloudStorageBuilder::from_env().with_url(url.as_str());
    for (name, value) in options {
        builder = builder.with_config(option::<GoogleConfigKey>(name, "google_service_account")?, value);
    }
    built(builder.build())
}

fn azure(url: &Url, options: &HashMap<String, String>) -> Result<Arc<dyn ObjectStore>, String> {
    let mut builder = MicrosoftAzureBuilder::from_env().with_url(url.as_str());
    for (name, value) in options {
        let known = "azure_storage_account_name, azure_storage_account_key";
        builder = builder.with_config(option::<AzureConfigKey>(name, known)?, value);
    }
    let allowed = builder.get_config_value(&AzureConfigKey::Client(ClientConfigKey::AllowHttp));
    refuse_unmeant_http(builder.get_config_value(&AzureConfigKey::Endpoint), allowed, "AZURE_ALLOW_HTTP")?;
    built(builder.build())
}

/// The client would refuse it at the first request, without naming the setting.
fn refuse_unmeant_http(endpoint: Option<String>, allowed: Option<String>, setting: &str) -> Result<(), String> {
    let is_allowed = allowed.is_some_and(|allowed| allowed.eq_ignore_ascii_case("true") || allowed == "1");
    match endpoint.filter(|endpoint| endpoint.starts_with("http://") && !is_allowed) {
        Some(endpoint) => Err(format!("{endpoint} has no TLS; set {setting}=true if that is meant")),
        None => Ok(()),
    }
}

fn option<K: FromStr>(name: &str, known: &str) -> Result<K, String> {
    K::from_str(&name.to_ascii_lowercase())
        .map_err(|_| format!("unknown option {name} (known: {known} and the others of object_store)"))
}

fn built<S: ObjectStore>(store: object_store::Result<S>) -> Result<Arc<dyn ObjectStore>, String> {
    store.map(|store| Arc::new(store) as Arc<dyn ObjectStore>).map_err(|error| error.to_string())
}
