//! Sites, and their lists.

use serde_json::Value;

use super::super::api::{Api, Scope};
use super::super::objects::list;
use super::super::source::Kind;
use super::{Discovery, delta, may_be_left_out, text};
use crate::sdk::http::segment;
use crate::sdk::{CatalogSource, ConnectorError};

impl Discovery<'_> {
    /// The sites that are to be read, each once.
    pub(super) async fn sites(&self, api: &Api) -> Result<Vec<Value>, ConnectorError> {
        let mut found = Vec::new();
        for site in &self.config.sites {
            // `contoso.sharepoint.com:/sites/sales` is a path of its own.
            let path = match site.split_once(":/") {
                Some((host, path)) => format!("sites/{}:/{path}", segment(host)),
                None => format!("sites/{}", segment(site)),
            };
            found.push(api.get::<Value>(&path).await?);
        }
        if self.config.sites.is_empty() {
            found = api.all("sites?search=*&$select=id,name,displayName,webUrl,isPersonalSite", usize::MAX).await?;
            // A person's site is the person's drive.
            found.retain(|site| site.get("isPersonalSite").and_then(Value::as_bool) != Some(true));
        }
        found.sort_by(|one, other| (title(one), text(one, "id")).cmp(&(title(other), text(other, "id"))));
        found.dedup_by(|one, other| text(one, "id") == text(other, "id"));
        Ok(found)
    }

    pub(super) async fn list_sources(&self) -> Result<Vec<CatalogSource>, ConnectorError> {
        let api = self.api.within(&Scope::Files)?;
        let mut lists: Vec<(Value, Value)> = Vec::new();
        for site in self.sites(&api).await? {
            let path = format!(
                "sites/{}/lists?$select=id,name,displayName,description,list,system",
                segment(text(&site, "id"))
            );
            match api.all(&path, usize::MAX).await {
                Ok(found) => lists.extend(found.into_iter().filter(is_for_people).map(|list| (site.clone(), list))),
                Err(error) if may_be_left_out(&error) && self.config.sites.is_empty() => {}
                Err(error) => return Err(error),
            }
        }
        let paths: Vec<String> =
            lists.iter().map(|(site, list)| columns_path(text(site, "id"), text(list, "id"))).collect();
        let mut sources = Vec::new();
        for ((site, list), columns) in lists.iter().zip(api.get_many(&paths, None).await?) {
            let columns = list::columns(&api.all_from(columns?).await?);
            let name = format!("{} {}", title(site), text(list, "displayName"));
            let kind = Kind::List { site: text(site, "id").to_owned(), list: text(list, "id").to_owned() };
            sources.push(delta(name.clone(), name, kind, text(list, "description"), &columns));
        }
        Ok(sources)
    }
}

/// Where the columns of a list are told, below the version.
pub(in super::super) fn columns_path(site: &str, list: &str) -> String {
    format!("sites/{}/lists/{}/columns?$top=500", segment(site), segment(list))
}

/// What people call a site.
pub(super) fn title(site: &Value) -> String {
    let mut names = ["displayName", "name", "id"].iter().map(|name| text(site, name)).filter(|name| !name.is_empty());
    names.next().unwrap_or_default().to_owned()
}

/// Libraries are drives, and what is hidden is SharePoint's own.
fn is_for_people(found: &Value) -> bool {
    let facet = &found["list"];
    let is_hidden = facet["hidden"].as_bool().unwrap_or_default() || found.get("system").is_some_and(Value::is_object);
    let template = text(facet, "template");
    !is_hidden && !template.to_ascii_lowercase().contains("library") && !text(found, "id").is_empty()
}
