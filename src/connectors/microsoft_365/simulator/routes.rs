//! Which resource stands at which path, and what it answers.

use serde_json::{Value, json};

use super::GraphSimulator;
use super::access::Token;
use super::collection::Entry;
use super::pages::Style;
use super::query::{Prefer, Query};
use super::reply::Reply;
use super::tenant::{Tenant, code};

/// One request for a resource.
pub(super) struct Asked<'a> {
    pub(super) simulator: &'a GraphSimulator,
    pub(super) tenant: &'a mut Tenant,
    pub(super) token: &'a Token,
    /// Before the version, as the caller sees it.
    pub(super) origin: &'a str,
    /// Below the version, as it was sent.
    pub(super) path: &'a str,
    pub(super) query: Query,
    pub(super) prefer: Prefer,
}

impl Asked<'_> {
    /// Answers a GET of the path's parts.
    pub(super) fn answer(&mut self, parts: &[&str]) -> Result<Value, Reply> {
        match parts {
            ["organization"] => {
                self.need("Organization.Read.All")?;
                Ok(json!({ "value": [{ "id": self.tenant.id, "displayName": self.tenant.name }] }))
            }
            ["me", rest @ ..] => {
                let Some(user) = self.token.user.clone() else {
                    let message = "/me request is only valid with delegated authentication flow.";
                    return Err(Reply::error(400, "BadRequest", message));
                };
                let mut parts = vec!["users", user.as_str()];
                parts.extend(rest);
                self.answer(&parts)
            }
            ["users", "delta"] => {
                self.need("User.Read.All")?;
                self.delta("users", Style::Directory, 100, |_| true)
            }
            ["users"] => {
                self.need("User.Read.All")?;
                self.collection("users", 100)
            }
            ["users", user, rest @ ..] => {
                let user = self.user(user)?;
                self.of_user(&user, rest)
            }
            ["drives", drive, rest @ ..] => {
                self.need("Files.Read.All")?;
                self.of_drive(drive, rest)
            }
            ["sites", rest @ ..] => {
                self.need("Sites.Read.All")?;
                self.of_sites(rest)
            }
            ["teams", rest @ ..] => self.of_teams(rest),
            ["groups"] => {
                self.need("Team.ReadBasic.All")?;
                self.list("teams", 100)
            }
            _ => Err(Reply::error(400, "BadRequest", "Resource not found for the segment.")),
        }
    }

    fn of_user(&mut self, user: &str, rest: &[&str]) -> Result<Value, Reply> {
        match rest {
            [] => self.object("users", user, "Request_ResourceNotFound"),
            ["drive"] => {
                self.need("Files.Read.All")?;
                self.first(&format!("users/{user}/drive"), "itemNotFound")
            }
            ["joinedTeams"] => {
                self.need("Team.ReadBasic.All")?;
                self.list("teams", 100)
            }
            ["messages", message] => {
                self.need("Mail.Read")?;
                self.mailbox(user)?;
                self.message(user, message)
            }
            ["mailFolders", ..] => {
                self.need("Mail.Read")?;
                self.mailbox(user)?;
                self.of_mail(user, &rest[1..])
            }
            ["calendar"] => {
                self.need("Calendars.Read")?;
                self.mailbox(user)?;
                self.first(&format!("users/{user}/calendar"), "ErrorItemNotFound")
            }
            ["events"] => {
                self.need("Calendars.Read")?;
                self.mailbox(user)?;
                self.collection(&format!("users/{user}/events"), 10)
            }
            ["events", event] => {
                self.need("Calendars.Read")?;
                self.mailbox(user)?;
                let event = self.object(&format!("users/{user}/events"), event, "ErrorItemNotFound")?;
                Ok(self.named(event))
            }
            ["calendarView", "delta"] => {
                self.need("Calendars.Read")?;
                self.mailbox(user)?;
                let link = self.link()?;
                let query = link.map_or_else(|| self.query.clone(), |link| Query::from_map(link.query));
                let (Some(from), Some(until)) = (query.get("startdatetime"), query.get("enddatetime")) else {
                    let message = "This request requires a time window specified by the query string parameters \
                                   StartDateTime and EndDateTime.";
                    return Err(Reply::error(400, "ErrorInvalidParameter", message));
                };
                let (from, until) = (from.trim_end_matches('Z').to_owned(), until.trim_end_matches('Z').to_owned());
                let is_within = move |entry: &Entry| {
                    let start = entry.object["start"]["dateTime"].as_str().unwrap_or_default();
                    start >= from.as_str() && start < until.as_str()
                };
                self.delta(&format!("users/{user}/events"), Style::Outlook, 10, is_within)
            }
            _ => Err(Reply::error(400, "BadRequest", "Resource not found for the segment.")),
        }
    }

    /// A message, in whichever folder it lies.
    fn message(&self, user: &str, id: &str) -> Result<Value, Reply> {
        let above = format!("users/{user}/mailFolders/");
        let folders = self.tenant.collections.keys().filter(|path| path.starts_with(&above));
        for folder in folders {
            if let Ok(message) = self.object(folder, id, "ErrorItemNotFound") {
                return Ok(self.named(message));
            }
        }
        Err(Reply::not_found("ErrorItemNotFound"))
    }

    /// A thing of a mailbox by its usual id, where none that stays is asked for.
    fn named(&self, mut thing: Value) -> Value {
        if !self.prefer.is_immutable {
            let usual = code("AAMkU", thing["id"].as_str().unwrap_or_default());
            thing["id"] = json!(usual);
        }
        thing
    }

    fn of_mail(&mut self, user: &str, rest: &[&str]) -> Result<Value, Reply> {
        match rest {
            [] => self.list(&format!("users/{user}/mailFolders"), 10),
            [folder, "childFolders"] => self.list(&format!("users/{user}/mailFolders/{folder}/childFolders"), 10),
            [folder, "messages", more @ ..] => {
                let path = format!("users/{user}/mailFolders/{folder}/messages");
                if !self.tenant.collections.contains_key(&path) {
                    return Err(Reply::not_found("ErrorItemNotFound"));
                }
                match more {
                    [] => self.collection(&path, 10),
                    ["delta"] => self.delta(&path, Style::Outlook, 10, |_| true),
                    _ => Err(Reply::not_found("ErrorItemNotFound")),
                }
            }
            _ => Err(Reply::not_found("ErrorItemNotFound")),
        }
    }

    fn of_drive(&mut self, drive: &str, rest: &[&str]) -> Result<Value, Reply> {
        let items = format!("drives/{drive}/items");
        if !self.tenant.collections.contains_key(&items) {
            return Err(Reply::not_found("itemNotFound"));
        }
        match rest {
            [] => {
                let all = self.tenant.lists.get("drives").into_iter().flatten();
                let found = all.filter(|found| found["id"] == *drive).map(|found| self.query.select(found)).next();
                found.ok_or_else(|| Reply::not_found("itemNotFound"))
            }
            ["root", "delta"] => self.delta(&items, Style::Files, 200, |_| true),
            ["root", search] if search.starts_with("search(") && self.simulator.options().searches => {
                let text = search.trim_start_matches("search(q='").trim_end_matches("')").to_lowercase();
                let all = self.tenant.collections[&items].all();
                let found: Vec<Value> = all
                    .filter(|entry| entry.object["name"].as_str().unwrap_or_default().to_lowercase().contains(&text))
                    .map(|entry| entry.object.clone())
                    .collect();
                self.paged(found, 200)
            }
            ["items", item] => self.object(&items, item, "itemNotFound"),
            ["items", item, "workbook", path @ ..] => {
                self.need("Files.Read.All")?;
                let key = (drive.to_owned(), (*item).to_owned());
                let book = self.tenant.books.get(&key).ok_or_else(|| {
                    Reply::error(400, "UnsupportedWorkbook", "The file is not a workbook that can be opened.")
                })?;
                book.answer(path, &self.query)
            }
            _ => Err(Reply::error(400, "invalidRequest", "The request is malformed or incorrect.")),
        }
    }

    fn of_sites(&mut self, rest: &[&str]) -> Result<Value, Reply> {
        match rest {
            [] => self.list("sites", 100),
            [site] => {
                let all = self.tenant.lists.get("sites").into_iter().flatten();
                let is_meant = |found: &&Value| {
                    let url = found["webUrl"].as_str().unwrap_or_default().trim_start_matches("https://");
                    found["id"] == *site || *site == url.replacen('/', ":/", 1)
                };
                all.filter(is_meant)
                    .map(|found| self.query.select(found))
                    .next()
                    .ok_or_else(|| Reply::not_found("itemNotFound"))
            }
            // The address of a site by its path.
            [host, "sites", name] if host.ends_with(':') => self.of_sites(&[&format!("{host}/sites/{name}")]),
            [site, part @ ("drives" | "lists")] => self.list(&format!("sites/{site}/{part}"), 200),
            [site, "lists", list, "columns"] => self.list(&format!("sites/{site}/lists/{list}/columns"), 500),
            [site, "lists", list, "items"] => self.collection(&format!("sites/{site}/lists/{list}/items"), 200),
            [site, "lists", list, "items", "delta"] => {
                self.delta(&format!("sites/{site}/lists/{list}/items"), Style::Files, 200, |_| true)
            }
            _ => Err(Reply::not_found("itemNotFound")),
        }
    }

    fn of_teams(&mut self, rest: &[&str]) -> Result<Value, Reply> {
        match rest {
            [] => {
                self.need("Team.ReadBasic.All")?;
                self.list("teams", 100)
            }
            [team, "channels"] => {
                self.need("Channel.ReadBasic.All")?;
                self.list(&format!("teams/{team}/channels"), 100)
            }
            [team, "channels", channel, "messages", more @ ..] => {
                self.need("ChannelMessage.Read.All")?;
                let path = format!("teams/{team}/channels/{channel}/messages");
                if !self.tenant.collections.contains_key(&path) {
                    return Err(Reply::not_found("NotFound"));
                }
                match more {
                    [] => self.collection(&path, 20),
                    ["delta"] => self.delta(&path, Style::Teams, 20, |_| true),
                    [message, "replies"] => {
                        let found = self.tenant.collections[&path].get(message);
                        let found = found.ok_or_else(|| Reply::not_found("NotFound"))?;
                        let replies = found["_replies"].as_array().cloned().unwrap_or_default();
                        self.paged(replies, 20)
                    }
                    _ => Err(Reply::not_found("NotFound")),
                }
            }
            _ => Err(Reply::not_found("NotFound")),
        }
    }

    /// # Errors
    /// Graph's answer to who may not.
    fn need(&self, permission: &str) -> Result<(), Reply> {
        if self.token.may(permission) {
            return Ok(());
        }
        let code = match permission {
            "Mail.Read" | "Calendars.Read" => "ErrorAccessDenied",
            "User.Read.All" | "Organization.Read.All" => "Authorization_RequestDenied",
            "Files.Read.All" | "Sites.Read.All" => "accessDenied",
            _ => "Forbidden",
        };
        Err(Reply::error(403, code, "Insufficient privileges to complete the operation."))
    }

    /// The id of a user who is named by id or address. A person sees others too, by what the administrator consented to.
    fn user(&self, name: &str) -> Result<String, Reply> {
        let users = &self.tenant.collections["users"];
        let is_me = self.token.user.as_deref() == Some(name);
        if !is_me
            && !["User.Read.All", "Mail.Read", "Calendars.Read", "Files.Read.All"].iter().any(|p| self.token.may(p))
        {
            self.need("User.Read.All")?;
        }
        let found = users.all().find(|entry| entry.id == name || entry.object["userPrincipalName"] == name);
        found.map(|entry| entry.id.clone()).ok_or_else(|| Reply::not_found("Request_ResourceNotFound"))
    }

    fn mailbox(&self, user: &str) -> Result<(), Reply> {
        if self.tenant.lists.contains_key(&format!("users/{user}/mailFolders")) {
            return Ok(());
        }
        let message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise.";
        Err(Reply::error(404, "MailboxNotEnabledForRESTAPI", message))
    }
}
