//! What a tenant holds: its users, sites, drives, mailboxes and teams.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::collection::Collection;
use super::render;
use super::workbook::Workbook;
use crate::demo::{Company, Office};

/// A tenant.
pub(super) struct Tenant {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) domain: String,
    /// Handles with ids, in the company's order.
    pub(super) people: Vec<(String, String)>,
    /// The number of the last change.
    pub(super) change: u64,
    /// Collections that tell their changes, by path.
    pub(super) collections: HashMap<String, Collection>,
    /// Collections that do not, by path.
    pub(super) lists: HashMap<String, Vec<Value>>,
    /// By drive and item.
    pub(super) books: HashMap<(String, String), Workbook>,
    pub(super) began_at: DateTime<Utc>,
}

/// An id that looks like those of Entra, made from a name.
pub(super) fn guid(name: &str) -> String {
    let hex = hex::encode(Sha256::digest(name));
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

/// An id that looks like those of Outlook or OneDrive.
pub(super) fn code(prefix: &str, name: &str) -> String {
    let hex = hex::encode(Sha256::digest(name)).to_uppercase();
    format!("{prefix}{}", &hex[..28])
}

pub(super) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The name of the team, and of its site.
pub(super) const TEAM: &str = "Fernweh Goods";

impl Tenant {
    pub(super) fn of(company: &Company, office: &Office) -> Self {
        let people = company.people.iter().map(|person| (person.handle.to_string(), guid(&person.handle))).collect();
        let mut tenant = Self {
            id: guid(company.domain),
            name: company.name.to_owned(),
            domain: company.domain.to_owned(),
            people,
            change: 0,
            collections: HashMap::new(),
            lists: HashMap::new(),
            books: HashMap::new(),
            began_at: company.closed_at,
        };
        tenant.add_users(company);
        tenant.add_drives(company, office);
        tenant.add_lists(office);
        tenant.add_mail(company, office);
        tenant.add_meetings(company, office);
        tenant.add_channels(company);
        tenant
    }

    /// Puts a thing into a collection, as a change.
    pub(super) fn put(&mut self, path: &str, id: &str, object: Value) {
        self.change += 1;
        let change = self.change;
        self.collections.entry(path.to_owned()).or_default().put(id, object, change);
    }

    pub(super) fn remove(&mut self, path: &str, id: &str) {
        self.change += 1;
        let change = self.change;
        if let Some(collection) = self.collections.get_mut(path) {
            collection.remove(id, change);
        }
    }

    pub(super) fn person(&self, handle: &str) -> &str {
        let found = self.people.iter().find(|(known, _)| known == handle);
        found.map(|(_, id)| id.as_str()).expect("somebody of the company")
    }

    pub(super) fn site(&self) -> String {
        format!("{},{},{}", self.host(), guid("site"), guid("web"))
    }

    fn host(&self) -> String {
        format!("{}.sharepoint.com", self.domain.split('.').next().unwrap_or_default())
    }

    pub(super) fn team(&self) -> String {
        guid(TEAM)
    }

    pub(super) fn site_drive(&self) -> String {
        code("b!", "site drive")
    }

    fn add_users(&mut self, company: &Company) {
        for (place, person) in company.people.iter().enumerate() {
            let (_, id) = self.people[place].clone();
            self.put("users", &id, render::user(&id, person, company));
        }
    }

    fn add_drives(&mut self, company: &Company, office: &Office) {
        let (site, drive) = (self.site(), self.site_drive());
        let site_object = json!({
            "id": site, "name": "fernweh", "displayName": TEAM, "webUrl": format!("https://{}/sites/fernweh", self.host()),
            "createdDateTime": stamp(self.began_at - TimeDelta::days(800)), "isPersonalSite": false,
        });
        self.lists.insert("sites".to_owned(), vec![site_object]);
        let mut drives = vec![render::drive(&drive, "Documents", "documentLibrary", TEAM)];
        self.lists.insert(format!("sites/{site}/drives"), drives.clone());
        self.add_root(&drive);
        for (place, file) in company.files.iter().enumerate() {
            let folder: &str = &company.channels[file.channel].name;
            let owner = &company.people[file.owner];
            let parent = self.folder(&drive, folder);
            let id = code("01F", &format!("file {place}"));
            let item = render::file(
                &id,
                &file.name,
                (&drive, &parent, folder),
                file.media_type,
                file.bytes,
                &owner.name,
                file.created_at,
            );
            self.put(&format!("drives/{drive}/items"), &id, item);
        }
        for person in company.people.iter().filter(|person| !person.is_bot && !person.has_left) {
            let own = code("b!", &format!("drive of {}", person.handle));
            drives.push(render::drive(&own, "OneDrive", "business", &person.name));
            let user = self.person(&person.handle).to_owned();
            self.lists.insert(format!("users/{user}/drive"), drives.last().cloned().into_iter().collect());
            self.add_root(&own);
        }
        self.lists.insert("drives".to_owned(), drives);
        for book in &office.books {
            let owner = book.owner.map(|owner| &company.people[owner]);
            let own = owner.map_or(drive.clone(), |owner| code("b!", &format!("drive of {}", owner.handle)));
            let id = code("01B", book.name);
            let root = code("01R", &own);
            let name = owner.map_or("Marta Kowalska", |owner| &owner.name);
            let item =
                render::file(&id, book.name, (&own, &root, ""), render::WORKBOOK, 41_213, name, book.modified_at);
            self.put(&format!("drives/{own}/items"), &id, item);
            self.books.insert((own, id), Workbook::of(book));
        }
    }

    fn add_root(&mut self, drive: &str) {
        let root = code("01R", drive);
        let item = render::folder(&root, "root", (drive, "", ""), self.began_at - TimeDelta::days(700));
        self.put(&format!("drives/{drive}/items"), &root, item);
    }

    /// The folder of that name, made if need be; gives its id.
    fn folder(&mut self, drive: &str, name: &str) -> String {
        let (id, path) = (code("01D", name), format!("drives/{drive}/items"));
        if self.collections.get(&path).and_then(|items| items.get(&id)).is_none() {
            let root = code("01R", drive);
            let item = render::folder(&id, name, (drive, &root, ""), self.began_at - TimeDelta::days(300));
            self.put(&path, &id, item);
        }
        id
    }

    fn add_lists(&mut self, office: &Office) {
        let site = self.site();
        let mut all = Vec::new();
        for list in &office.lists {
            let id = guid(list.name);
            all.push(json!({
                "id": id, "name": list.name, "displayName": list.name, "description": list.description,
                "list": { "contentTypesEnabled": false, "hidden": false, "template": "genericList" },
                "webUrl": format!("https://{}/sites/fernweh/Lists/{}", self.host(), list.name),
                "createdDateTime": stamp(self.began_at - TimeDelta::days(500)),
            }));
            let columns = list.columns.iter().map(render::column).chain(render::sharepoint_columns()).collect();
            self.lists.insert(format!("sites/{site}/lists/{id}/columns"), columns);
            for (place, item) in list.items.iter().enumerate() {
                let number = (place + 1).to_string();
                let item = render::list_item(&number, list, item, &self.people);
                self.put(&format!("sites/{site}/lists/{id}/items"), &number, item);
            }
        }
        all.push(json!({
            "id": guid("Documents"), "name": "Shared Documents", "displayName": "Documents",
            "list": { "hidden": false, "template": "documentLibrary" },
        }));
        self.lists.insert(format!("sites/{site}/lists"), all);
    }

    fn add_mail(&mut self, company: &Company, office: &Office) {
        for person in company.people.iter().filter(|person| !person.is_bot && !person.has_left) {
            let user = self.person(&person.handle).to_owned();
            let place = company.people.iter().position(|one| one.handle == person.handle).unwrap_or_default();
            let count =
                |folder: &str| office.mails.iter().filter(|mail| mail.owner == place && mail.folder == folder).count();
            let folder = |name: &str, parent: &str, children: usize| {
                json!({
                    "id": code("AAMk", &format!("{} {name}", person.handle)), "displayName": name, "isHidden": false,
                    "parentFolderId": code("AAMk", &format!("{} {parent}", person.handle)),
                    "childFolderCount": children, "totalItemCount": count(name), "unreadItemCount": 0,
                })
            };
            let tops =
                ["Archive", "Inbox", "Sent Items"].map(|name| folder(name, "root", usize::from(name == "Inbox")));
            for top in &tops {
                let id = top["id"].as_str().unwrap_or_default();
                self.collections.entry(format!("users/{user}/mailFolders/{id}/messages")).or_default();
            }
            let inbox = tops[1]["id"].as_str().unwrap_or_default();
            let child = folder("Old", "Inbox", 0);
            self.collections
                .entry(format!("users/{user}/mailFolders/{}/messages", child["id"].as_str().unwrap_or_default()))
                .or_default();
            self.lists.insert(format!("users/{user}/mailFolders/{inbox}/childFolders"), vec![child]);
            self.lists.insert(format!("users/{user}/mailFolders"), tops.to_vec());
            self.lists.insert(
                format!("users/{user}/calendar"),
                vec![json!({ "id": code("AQMk", &user), "name": "Calendar" })],
            );
        }
        for (place, mail) in office.mails.iter().enumerate() {
            let owner = &company.people[mail.owner];
            let user = self.person(&owner.handle).to_owned();
            let folder = code("AAMk", &format!("{} {}", owner.handle, mail.folder));
            let id = code("AAMkM", &format!("mail {place}"));
            self.put(&format!("users/{user}/mailFolders/{folder}/messages"), &id, render::mail(&id, &folder, mail));
        }
    }

    fn add_meetings(&mut self, company: &Company, office: &Office) {
        for (place, meeting) in office.meetings.iter().enumerate() {
            for person in &meeting.people {
                let user = self.person(&company.people[*person].handle).to_owned();
                let id = code("AAMkE", &format!("meeting {place} of {person}"));
                let event = render::event(&id, place, meeting, *person, company);
                self.put(&format!("users/{user}/events"), &id, event);
            }
        }
    }

    fn add_channels(&mut self, company: &Company) {
        let team = self.team();
        let object = json!({ "id": team, "displayName": TEAM, "description": "All of us", "visibility": "private" });
        self.lists.insert("teams".to_owned(), vec![object]);
        let mut channels = Vec::new();
        for channel in company.channels.iter().filter(|channel| !channel.is_archived) {
            let id = channel_id(&channel.name);
            channels.push(json!({
                "id": id, "displayName": if channel.name == "general" { "General" } else { &*channel.name },
                "description": channel.purpose, "membershipType": if channel.is_private { "private" } else { "standard" },
                "createdDateTime": stamp(channel.created_at),
            }));
            let path = format!("teams/{team}/channels/{id}/messages");
            for message in &channel.messages {
                let object = render::channel_message(message, &team, &id, None, &self.people, company);
                let key = object["id"].as_str().unwrap_or_default().to_owned();
                self.put(&path, &key, object);
            }
        }
        self.lists.insert(format!("teams/{team}/channels"), channels);
    }
}

/// The id of a channel of that name.
pub(super) fn channel_id(name: &str) -> String {
    format!("19:{}@thread.tacv2", &hex::encode(Sha256::digest(name))[..32])
}
