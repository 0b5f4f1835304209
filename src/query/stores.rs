//! Object stores of one statement: those that its tables bring, and no other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::{DataFusionError, plan_err};
use datafusion::execution::object_store::ObjectStoreRegistry;
use object_store::ObjectStore;
use url::{Position, Url};

/// Unlike DataFusion's own registry it does not know the local file system, so that nothing is read
/// but through a table that was given.
#[derive(Debug, Default)]
pub(super) struct GivenStores {
    stores: Mutex<HashMap<String, Arc<dyn ObjectStore>>>,
}

impl GivenStores {
    fn stores(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<dyn ObjectStore>>> {
        self.stores.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ObjectStoreRegistry for GivenStores {
    fn register_store(&self, url: &Url, store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        self.stores().insert(key(url), store)
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>, DataFusionError> {
        match self.stores().get(&key(url)) {
            Some(store) => Ok(Arc::clone(store)),
            None => plan_err!("no table of this statement lies at {}", key(url)),
        }
    }
}

/// Scheme, host and port, as DataFusion's own registry keys its stores.
fn key(url: &Url) -> String {
    format!("{}://{}", url.scheme(), &url[Position::BeforeHost..Position::AfterPort])
}
