//! Where the statements of a question run: over the viewer's tables, as if the viewer had written them.

use async_trait::async_trait;

use crate::ask::Data;
use crate::query::{QueryError, QueryOutput};
use crate::services::{Services, Viewer, queries};

/// The tables of one viewer.
pub(super) struct ViewerData {
    pub(super) services: Services,
    pub(super) viewer: Viewer,
}

#[async_trait]
impl Data for ViewerData {
    async fn rows(&self, sql: &str, limit: u64) -> Result<QueryOutput, QueryError> {
        let tables = queries::tables(&self.services, &self.viewer);
        self.services.query.run(tables, sql, limit, 0).await
    }
}
