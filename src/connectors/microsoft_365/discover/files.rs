//! Drives, and the workbooks in them.

use serde_json::Value;

use super::super::api::{Api, Scope, Who, link_trail};
use super::super::objects::drive;
use super::super::origins::VERSION;
use super::super::source::Kind;
use super::super::workbook::{Part, Sheet, is_workbook};
use super::{Discovery, before_at, delta, may_be_left_out, sheet, text};
use crate::sdk::http::segment;
use crate::sdk::{CatalogSource, ConnectorError};

/// What is asked for of a drive.
const SELECT: &str = "$select=id,name,driveType,owner,webUrl";

/// A drive with what people call it.
#[derive(Clone)]
struct Drive {
    id: String,
    name: String,
}

impl Discovery<'_> {
    pub(super) async fn drive_sources(&mut self) -> Result<Vec<CatalogSource>, ConnectorError> {
        let source = |drive: Drive| {
            let (name, kind) = (format!("{} files", drive.name), Kind::Drive { drive: drive.id });
            delta(name.clone(), name, kind, "Files and folders, without what is in them", drive::COLUMNS)
        };
        Ok(self.drives().await?.into_iter().map(source).collect())
    }

    pub(super) async fn workbook_sources(&mut self) -> Result<Vec<CatalogSource>, ConnectorError> {
        let api = self.api.within(&Scope::Files)?;
        let mut books: Vec<(String, Value)> = Vec::new();
        for drive in self.drives().await? {
            let mut found = workbooks(&api, &drive.id).await?;
            found.sort_by(|one, other| {
                (text(one, "name"), text(one, "id")).cmp(&(text(other, "name"), text(other, "id")))
            });
            books.extend(found.into_iter().map(|book| (drive.id.clone(), book)));
        }
        let mut paths = Vec::new();
        for (drive, book) in &books {
            let workbook = format!("drives/{}/items/{}/workbook", segment(drive), segment(text(book, "id")));
            paths.push(format!("{workbook}/tables?$select=id,name"));
            paths.push(format!("{workbook}/worksheets?$select=id,name,position,visibility"));
        }
        let workbooks = self.api.within(&Scope::Workbooks)?;
        let answers = workbooks.get_many(&paths, None).await?;
        let mut answers = answers.into_iter();
        let mut sources = Vec::new();
        let mut refusal = None;
        for (drive, book) in &books {
            for is_table in [true, false] {
                let parts = match answers.next() {
                    Some(Ok(parts)) => parts,
                    // One workbook that does not open is no reason to leave out the others.
                    Some(Err(error)) if may_be_left_out(&error) || error.class() == crate::sdk::ErrorClass::Data => {
                        refusal.get_or_insert(error);
                        continue;
                    }
                    Some(Err(error)) => return Err(error),
                    None => continue,
                };
                for part in workbooks.all_from(parts).await? {
                    sources.extend(part_of(drive, book, &part, is_table));
                }
            }
        }
        match refusal {
            Some(refusal) if sources.is_empty() => Err(refusal),
            _ => Ok(sources),
        }
    }

    /// The drives that are to be read.
    async fn drives(&mut self) -> Result<Vec<Drive>, ConnectorError> {
        let mut found: Vec<Drive> = Vec::new();
        if !self.config.drive_ids.is_empty() {
            for id in &self.config.drive_ids {
                let drive: Value = self.api.get(&format!("drives/{}?{SELECT}", segment(id))).await?;
                found.push(named(&drive, "").unwrap_or_else(|| Drive { id: id.clone(), name: id.clone() }));
            }
            return Ok(found);
        }
        let mut refusal = None;
        if self.config.sites.is_empty() {
            match self.own_drives().await {
                Ok(drives) => found.extend(drives),
                Err(error) if may_be_left_out(&error) => refusal = Some(error),
                Err(error) => return Err(error),
            }
        }
        match self.site_drives().await {
            Ok(drives) => found.extend(drives),
            Err(error) if may_be_left_out(&error) && self.config.sites.is_empty() => {
                refusal.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
        match refusal {
            Some(refusal) if found.is_empty() => Err(refusal),
            _ => Ok(found),
        }
    }

    /// One's own, or those of the users.
    async fn own_drives(&mut self) -> Result<Vec<Drive>, ConnectorError> {
        if let Who::Person { address, .. } = &self.who {
            let drive: Value = self.api.get(&format!("me/drive?{SELECT}")).await?;
            return Ok(named(&drive, before_at(address)).into_iter().collect());
        }
        let users = self.users().await?;
        let paths: Vec<String> =
            users.iter().map(|user| format!("users/{}/drive?{SELECT}", segment(text(user, "id")))).collect();
        let mut found = Vec::new();
        let mut refusal = None;
        for (user, drive) in users.iter().zip(self.api.within(&Scope::Files)?.get_many(&paths, None).await?) {
            match drive {
                Ok(drive) => found.extend(named(&drive, before_at(text(user, "userPrincipalName")))),
                // Not everybody has one.
                Err(error) if may_be_left_out(&error) => {
                    refusal.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        match refusal {
            Some(refusal) if found.is_empty() => Err(refusal),
            _ => Ok(found),
        }
    }

    async fn site_drives(&mut self) -> Result<Vec<Drive>, ConnectorError> {
        let api = self.api.within(&Scope::Files)?;
        let mut found = Vec::new();
        for site in self.sites(&api).await? {
            let path = format!("sites/{}/drives?{SELECT}", segment(text(&site, "id")));
            match api.all(&path, usize::MAX).await {
                Ok(drives) => {
                    let title = super::lists::title(&site);
                    found.extend(drives.iter().filter_map(|drive| named(drive, &title)));
                }
                Err(error) if may_be_left_out(&error) && self.config.sites.is_empty() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

/// Names of drives are the same everywhere: whose one is tells them apart.
fn named(drive: &Value, whose: &str) -> Option<Drive> {
    let id = text(drive, "id");
    let name = Some(text(drive, "name")).filter(|name| !name.is_empty()).unwrap_or("drive");
    (!id.is_empty()).then(|| Drive { id: id.to_owned(), name: format!("{whose} {name}").trim().to_owned() })
}

/// The workbooks of a drive: by a search, or where that finds nothing, by looking at everything, since what was just made is not
/// found by searches yet, and not every server searches.
async fn workbooks(api: &Api, drive: &str) -> Result<Vec<Value>, ConnectorError> {
    let drive = segment(drive);
    let select = "$select=id,name,file,size,parentReference,deleted,remoteItem";
    let is_found = |item: &Value| {
        is_workbook(text(item, "name"))
            && item.get("file").is_some_and(Value::is_object)
            && item.get("remoteItem").is_none_or(Value::is_null)
            && item.get("deleted").is_none_or(Value::is_null)
    };
    match api.all(&format!("drives/{drive}/root/search(q='.xlsx')?{select}&$top=200"), usize::MAX).await {
        Ok(found) if found.iter().any(is_found) => return Ok(found.into_iter().filter(is_found).collect()),
        Ok(_) => {}
        Err(error) if may_be_left_out(&error) => {}
        Err(error) => return Err(error),
    }
    let mut found = Vec::new();
    let mut place = Some(format!("{VERSION}/drives/{drive}/root/delta?{select}"));
    let mut trail = link_trail();
    while let Some(link) = place.take() {
        trail.follow(&link)?;
        let page = api.page(&link, None).await?;
        found.extend(page.value.into_iter().filter(is_found));
        place = page.next;
    }
    Ok(found)
}

/// A table or worksheet of a workbook.
fn part_of(drive: &str, book: &Value, part: &Value, is_table: bool) -> Option<CatalogSource> {
    let (id, name) = (text(part, "id"), text(part, "name"));
    // Chart sheets and what is hidden hold no tables for people.
    if id.is_empty() || text(part, "visibility").to_ascii_lowercase().contains("hidden") {
        return None;
    }
    let file = text(book, "name");
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let (drive, item) = (drive.to_owned(), text(book, "id").to_owned());
    let part = if is_table { Part::Table(id.to_owned()) } else { Part::Worksheet(id.to_owned()) };
    let what = if is_table { "Table" } else { "Worksheet" };
    let description = format!("{what} {name} of {file}");
    Some(sheet(format!("{stem} {name}"), &Kind::Sheet(Sheet { drive, item, part }), description))
}
