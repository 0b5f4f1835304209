//! The way through Drive: one list after another, page by page, and from folder to folder.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::super::api::Api;
use super::super::config::GoogleConfig;
use super::list::{self, Corpus, DriveFile};
use super::{FOLDER, text};
use crate::sdk::ConnectorError;

/// Files of one answer, Google's most.
const PAGE_SIZE: u32 = 1_000;

/// Where a walk stands: it can be put down after every page, and taken up again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in super::super) struct Walk {
    /// The lists that are left, the next one first.
    left: Vec<Place>,
    /// Where the first of them goes on.
    token: Option<String>,
    /// Folders that were met, since shortcuts lead in circles.
    met: HashSet<String>,
    /// Shared drives that have lists of their own.
    drives: HashSet<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Place {
    /// Everything of the user's.
    User,
    /// Everything of a shared drive.
    Drive(String),
    /// What lies in a folder.
    Folder(String),
}

impl Walk {
    /// The beginning of a walk through all that the settings mean.
    pub(in super::super) async fn begin(api: &Api, config: &GoogleConfig) -> Result<Self, ConnectorError> {
        let mut shared_drives = Vec::new();
        let left = match (&config.folder_id, &config.shared_drive_id) {
            (Some(folder), _) => vec![Place::Folder(folder.clone())],
            (None, Some(drive)) => vec![Place::Drive(drive.clone())],
            (None, None) => {
                shared_drives = list::shared_drives(api).await?;
                std::iter::once(Place::User).chain(shared_drives.iter().cloned().map(Place::Drive)).collect()
            }
        };
        let met = config.folder_id.iter().cloned().collect();
        Ok(Self { left, token: None, met, drives: shared_drives.into_iter().collect() })
    }

    /// The next files; none at the end. `kinds` narrows them down to some media types, folders on the way apart.
    pub(in super::super) async fn page(
        &mut self,
        api: &Api,
        config: &GoogleConfig,
        kinds: &[&str],
    ) -> Result<Option<Vec<DriveFile>>, ConnectorError> {
        let Some(place) = self.left.first().cloned() else { return Ok(None) };
        let drive = config.shared_drive_id.as_deref();
        let (corpus, inside) = match &place {
            Place::User => (Corpus::User, None),
            Place::Drive(id) => (Corpus::Drive(id.as_str()), None),
            Place::Folder(id) => (drive.map_or(Corpus::User, Corpus::Drive), Some(id.as_str())),
        };
        let query = query(inside, kinds);
        let page = list::page(api, corpus, &query, config.page_of(PAGE_SIZE), self.token.as_deref()).await?;
        self.token = page.next_page_token;
        if self.token.is_none() {
            self.left.remove(0);
        }
        let mut files: Vec<_> = page.files.into_iter().map(DriveFile).collect();
        // What was shared with the user out of a shared drive comes with that one, too.
        let comes_again =
            |file: &DriveFile| matches!(place, Place::User) && self.drives.contains(text(&file.0, "driveId"));
        files.retain(|file| !text(&file.0, "id").is_empty() && !comes_again(file));
        if inside.is_some() {
            let folders = files.iter().filter(|file| file.media_type() == FOLDER);
            for folder in folders {
                if self.met.insert(folder.id().to_owned()) {
                    self.left.push(Place::Folder(folder.id().to_owned()));
                }
            }
        }
        Ok(Some(files))
    }
}

/// What is searched for, in Drive's words.
fn query(inside: Option<&str>, kinds: &[&str]) -> String {
    let mut parts = Vec::new();
    if let Some(folder) = inside {
        parts.push(format!("'{}' in parents", folder.replace('\\', "\\\\").replace('\'', "\\'")));
    } else if !kinds.is_empty() {
        let kinds: Vec<_> = kinds.iter().map(|kind| format!("mimeType = '{kind}'")).collect();
        parts.push(format!("({})", kinds.join(" or ")));
    }
    parts.push("trashed = false".to_owned());
    parts.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_in_drives_words() {
        assert_eq!(query(None, &[]), "trashed = false");
        assert_eq!(query(Some("it's"), &["x"]), "'it\\'s' in parents and trashed = false");
        assert_eq!(query(None, &["a/b", "c"]), "(mimeType = 'a/b' or mimeType = 'c') and trashed = false");
    }
}
