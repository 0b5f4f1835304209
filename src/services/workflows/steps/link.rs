//! LINK: decides which records of two tables are the same entity.

use serde_json::json;

use super::stoppable;
use crate::services::ServiceError;
use crate::services::links::{self, LinkConfig, LinkSide, LinkTable};
use crate::services::workflows::names::Names;
use crate::services::workflows::run::{Job, Made};

/// Links the records.
pub(in crate::services::workflows) async fn run(job: &Job, link: &LinkConfig) -> Result<Made, ServiceError> {
    let names = job.names().await?;
    let (left, right) = (table(&names, &link.left, "left")?, table(&names, &link.right, "right")?);
    let linking = links::run(&job.services, &job.viewer, &job.step, link, &left, &right);
    let made = stoppable(job, linking).await?;
    Ok(Made {
        rows: i64::try_from(made).ok(),
        result: Some(json!({ "left": left.table_name, "right": right.table_name, "links": made })),
    })
}

fn table(names: &Names, side: &LinkSide, which: &str) -> Result<LinkTable, ServiceError> {
    let field = format!("config.{which}");
    match (&side.source, &side.reference) {
        (Some(name), _) => {
            let source = names.source(&field, name)?;
            Ok(LinkTable {
                source: source.name.clone(),
                table_name: source.table_name.clone(),
                source_id: Some(source.id.clone()),
            })
        }
        (None, Some(name)) => {
            Ok(LinkTable { source: name.clone(), table_name: names.reference(&field, name)?, source_id: None })
        }
        (None, None) => Err(ServiceError::bad_input(field, "takes one of source and ref")),
    }
}
