//! The way through Drive: one list after another, page by page, and from folder to folder.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::super::api::Api;
use super::super::config::GoogleConfig;
use super::list::{self, Corpus, DriveFile};
use super::{Drives, FOLDER, text};
use crate::sdk::{ConnectorError, Trail};

/// Files of one answer, Google's most.
const PAGE_SIZE: u32 = 1_000;

/// Where a walk stands: it can be put down after every page, and taken up again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in super::super) struct Walk {
    /// The lists that are left, the next one first.
    left: Vec<Place>,
    /// Where the first of them goes on.
    token: Option<String>,
    /// The tokens of the first of them so far.
    #[serde(skip)]
    trail: Option<Trail<String>>,
    /// Folders that were met, since shortcuts lead in circles.
    met: HashSet<String>,
    /// Shared drives that have lists of their own.
    drives: HashSet<String>,
    /// Whether Drive has left out some drives.
    #[serde(default)]
    is_incomplete: bool,
    /// Whether files of shared drives were among those that were found.
    #[serde(default)]
    has_met_shared: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Place {
    /// Everything of the user's.
    User,
    /// The same, and that of all shared drives.
    Everywhere,
    /// Everything of a shared drive.
    Drive(String),
    /// What lies in a folder.
    Folder(String),
}

impl Walk {
    /// The beginning of a walk through all that the settings mean.
    pub(in super::super) fn begin(config: &GoogleConfig, drives: &Drives) -> Self {
        let mut apart = HashSet::new();
        let left = match (&config.folder_id, drives) {
            (Some(folder), _) => vec![Place::Folder(folder.clone())],
            (None, Drives::One(drive)) => vec![Place::Drive(drive.clone())],
            (None, Drives::All(shared)) => {
                apart.extend(shared.iter().cloned());
                std::iter::once(Place::User).chain(shared.iter().cloned().map(Place::Drive)).collect()
            }
            (None, Drives::Untold) => vec![Place::Everywhere],
        };
        let met = config.folder_id.iter().cloned().collect();
        Self { left, met, drives: apart, ..Self::default() }
    }

    /// A walk through some shared drives.
    pub(super) fn of_drives(drives: Vec<String>) -> Self {
        Self { left: drives.into_iter().map(Place::Drive).collect(), ..Self::default() }
    }

    pub(super) fn has_met_shared(&self) -> bool {
        self.has_met_shared
    }

    /// What people should know of it, at its end.
    pub(in super::super) fn warning(&self) -> Option<&'static str> {
        self.is_incomplete.then_some(
            "Drive has not searched all shared drives, and some of their files are missing; add the scope drive.readonly, or \
             name one by shared_drive_id",
        )
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
            Place::Everywhere => (Corpus::All, None),
            // It may lie in a shared drive.
            Place::Folder(id) => (drive.map_or(Corpus::All, Corpus::Drive), Some(id.as_str())),
        };
        let query = query(inside, kinds);
        let page = list::page(api, corpus, &query, config.page_of(PAGE_SIZE), self.token.as_deref()).await?;
        match &page.next_page_token {
            Some(token) => {
                let trail = || Trail::of("Google Drive", "the page token of files").behind(self.token.as_ref());
                self.trail.get_or_insert_with(trail).follow(token)?;
            }
            None => {
                self.left.remove(0);
                self.trail = None;
            }
        }
        self.token = page.next_page_token;
        self.is_incomplete |= page.incomplete_search;
        let mut files: Vec<_> = page.files.into_iter().map(DriveFile).collect();
        // What was shared with the user out of a shared drive comes with that one, too.
        let comes_again =
            |file: &DriveFile| matches!(place, Place::User) && self.drives.contains(text(&file.0, "driveId"));
        files.retain(|file| !text(&file.0, "id").is_empty() && !comes_again(file));
        self.has_met_shared |= files.iter().any(|file| !text(&file.0, "driveId").is_empty());
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
