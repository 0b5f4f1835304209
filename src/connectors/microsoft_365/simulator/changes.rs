//! What happens in the tenant while tests look: things come, change and go.

use serde_json::{Value, json};

use super::GraphSimulator;
use super::tenant::{Tenant, channel_id, code, stamp};
use crate::demo::Cell;

impl GraphSimulator {
    /// The id of somebody, by handle.
    ///
    /// # Panics
    /// Where the company has nobody like that.
    pub fn user(&self, handle: &str) -> String {
        self.tenant().person(handle).to_owned()
    }

    /// The id of the drive of the company's site.
    pub fn site_drive(&self) -> String {
        self.tenant().site_drive()
    }

    /// The id of a workbook, by its name.
    pub fn book(&self, name: &str) -> String {
        code("01B", name)
    }

    /// The path of a collection in the simulator: the messages of somebody's folder.
    pub fn folder(&self, handle: &str, folder: &str) -> String {
        let user = self.user(handle);
        format!("users/{user}/mailFolders/{}", code("AAMk", &format!("{handle} {folder}")))
    }

    /// The path of a channel, by its name.
    pub fn channel(&self, name: &str) -> String {
        format!("teams/{}/channels/{}", self.tenant().team(), channel_id(name))
    }

    /// The path of a list, by its name.
    pub fn list(&self, name: &str) -> String {
        format!("sites/{}/lists/{}", self.tenant().site(), super::tenant::guid(name))
    }

    /// The ids of what is in a collection, such as `users` or a channel's path with `/messages` behind it.
    pub fn ids(&self, collection: &str) -> Vec<String> {
        let tenant = self.tenant();
        tenant
            .collections
            .get(collection)
            .map(|all| all.all().map(|entry| entry.id.clone()).collect())
            .unwrap_or_default()
    }

    /// Every message of a channel and every answer, by id.
    pub fn channel_ids(&self, name: &str) -> Vec<String> {
        let path = format!("{}/messages", self.channel(name));
        let tenant = self.tenant();
        let mut found = Vec::new();
        for entry in tenant.collections.get(&path).into_iter().flat_map(|all| all.all()) {
            found.push(entry.id.clone());
            let replies = entry.object["_replies"].as_array().into_iter().flatten();
            found.extend(replies.filter_map(|reply| reply["id"].as_str()).map(str::to_owned));
        }
        found
    }

    /// Changes properties of a thing.
    ///
    /// # Panics
    /// Where it is not there.
    pub fn change(&self, collection: &str, id: &str, change: &Value) {
        let now = stamp(self.now());
        let mut tenant = self.tenant();
        let mut object = tenant.collections[collection].get(id).expect("it is there").clone();
        if let (Some(object), Some(change)) = (object.as_object_mut(), change.as_object()) {
            object.extend(change.clone());
            if object.contains_key("lastModifiedDateTime") {
                object.insert("lastModifiedDateTime".to_owned(), json!(now));
            }
        }
        tenant.put(collection, id, object);
    }

    /// Adds a thing like another.
    ///
    /// # Panics
    /// Where the other is not there.
    pub fn add_like(&self, collection: &str, other: &str, id: &str, change: &Value) {
        let mut tenant = self.tenant();
        let mut object = tenant.collections[collection].get(other).expect("it is there").clone();
        object["id"] = json!(id);
        if let (Some(object), Some(change)) = (object.as_object_mut(), change.as_object()) {
            object.extend(change.clone());
        }
        tenant.put(collection, id, object);
    }

    /// Removes a thing.
    pub fn remove(&self, collection: &str, id: &str) {
        self.tenant().remove(collection, id);
    }

    /// Answers a message of a channel; gives the answer's id.
    ///
    /// # Panics
    /// Where it is not there.
    pub fn reply(&self, channel: &str, message: &str, text: &str) -> String {
        let path = format!("{}/messages", self.channel(channel));
        let now = self.now();
        let mut tenant = self.tenant();
        let mut object = tenant.collections[&path].get(message).expect("it is there").clone();
        let mut reply = object.clone();
        let count = object["_replies"].as_array().map_or(0, Vec::len);
        let id = (now.timestamp_micros() + i64::try_from(count).unwrap_or_default()).to_string();
        reply["id"] = json!(id);
        reply["replyToId"] = json!(message);
        reply["body"] = json!({ "contentType": "text", "content": text });
        reply["createdDateTime"] = json!(stamp(now));
        reply["_replies"] = json!([]);
        if let Some(replies) = object["_replies"].as_array_mut() {
            replies.push(reply);
        }
        tenant.put(&path, message, object);
        id
    }

    /// Appends a row to a table of a workbook of the company's site, and marks the file as changed.
    ///
    /// # Panics
    /// Where there is no such workbook.
    pub fn append_row(&self, book: &str, table: &str, row: Vec<Cell>) {
        let id = self.book(book);
        let mut tenant = self.tenant();
        let drive = tenant.site_drive();
        tenant.books.get_mut(&(drive.clone(), id.clone())).expect("it is there").append(table, row);
        touch(&mut tenant, &drive, &id);
    }
}

/// A file's content has changed.
fn touch(tenant: &mut Tenant, drive: &str, id: &str) {
    let path = format!("drives/{drive}/items");
    let mut item = tenant.collections[&path].get(id).expect("it is there").clone();
    let change = tenant.change;
    item["cTag"] = json!(format!("\"c:{{{id}}},{}\"", change + 2));
    item["eTag"] = json!(format!("\"{{{id}}},{}\"", change + 2));
    tenant.put(&path, id, item);
}
