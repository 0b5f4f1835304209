//! Pages: of plain lists, and of rounds of changes.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::collection::Entry;
use super::query::Query;
use super::reply::Reply;
use super::routes::Asked;
use super::token::LinkToken;

/// The most answers that come along with a message.
const MOST_REPLIES: usize = 1000;

/// How a service tells what is gone, and where its links carry their tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Directory,
    Files,
    Outlook,
    Teams,
}

impl Style {
    /// Whether a later round gives no more of a thing than what has changed of it. That is all that Graph promises, and what it
    /// does with mail; files, lists and channels come as they are now.
    fn tells_parts(self) -> bool {
        matches!(self, Self::Directory | Self::Outlook)
    }
}

impl Asked<'_> {
    pub(super) fn object(&self, collection: &str, id: &str, code: &str) -> Result<Value, Reply> {
        let found = self.tenant.collections.get(collection).and_then(|collection| collection.get(id));
        found.map(|object| self.shown(object)).ok_or_else(|| Reply::not_found(code))
    }

    pub(super) fn first(&self, list: &str, code: &str) -> Result<Value, Reply> {
        let found = self.tenant.lists.get(list).and_then(|list| list.first());
        found.map(|object| self.query.select(object)).ok_or_else(|| Reply::not_found(code))
    }

    pub(super) fn list(&self, path: &str, usual: usize) -> Result<Value, Reply> {
        self.paged(self.tenant.lists.get(path).cloned().unwrap_or_default(), usual)
    }

    pub(super) fn collection(&self, path: &str, usual: usize) -> Result<Value, Reply> {
        let all = self.tenant.collections.get(path).ok_or_else(|| Reply::not_found("itemNotFound"))?;
        self.paged(all.all().map(|entry| entry.object.clone()).collect(), usual)
    }

    /// A page of a plain list.
    pub(super) fn paged(&self, all: Vec<Value>, usual: usize) -> Result<Value, Reply> {
        let link = self.link()?.unwrap_or_else(|| LinkToken { query: self.query.kept(), ..self.new_link() });
        let query = Query::from_map(link.query.clone());
        let size = self.size(&query, usual)?;
        let page: Vec<Value> =
            all.iter().skip(link.skip).take(size).map(|object| self.shown_by(object, &query)).collect();
        let done = link.skip + page.len();
        let mut answer = json!({ "@odata.context": self.context(), "value": page });
        if done < all.len() {
            answer["@odata.nextLink"] = json!(self.link_to("$skiptoken", &LinkToken { skip: done, ..link }));
        }
        Ok(answer)
    }

    /// A page of a round of changes.
    pub(super) fn delta(
        &self,
        path: &str,
        style: Style,
        usual: usize,
        is_meant: impl Fn(&Entry) -> bool,
    ) -> Result<Value, Reply> {
        let all = self.tenant.collections.get(path).ok_or_else(|| Reply::not_found("itemNotFound"))?;
        let given = self.link()?;
        let mut link = given.unwrap_or_else(|| LinkToken { query: self.query.kept(), ..self.new_link() });
        let query = Query::from_map(link.query.clone());
        let until = link.until.unwrap_or(self.tenant.change);
        let size = self.size(&query, usual)?;
        let mut news = all.changes(link.since, until, link.behind);
        // Of what does not belong here, only who knew it hears.
        news.retain(|(_, entry)| is_meant(entry) || (link.since > 0 && style == Style::Outlook));
        let since = link.since;
        let has_more = news.len() > size;
        news.truncate(size);
        let shown: Vec<Value> = news
            .iter()
            .map(|(_, entry)| {
                if entry.is_removed || !is_meant(entry) {
                    return gone(entry, style);
                }
                let shown = self.shown_by(&entry.object, &query);
                match entry.changed_since(since) {
                    Some(changed) if style.tells_parts() => part(&shown, &changed),
                    _ => shown,
                }
            })
            .collect();
        let mut answer = json!({ "@odata.context": self.context(), "value": shown });
        let names = if style == Style::Files { ["token", "token"] } else { ["$skiptoken", "$deltatoken"] };
        link.at = self.simulator.now().timestamp();
        if has_more {
            (link.until, link.behind) = (Some(until), news.last().map(|(mark, _)| *mark));
            answer["@odata.nextLink"] = json!(self.link_to(names[0], &link));
        } else {
            (link.since, link.until, link.behind) = (until, None, None);
            answer["@odata.deltaLink"] = json!(self.link_to(names[1], &link));
        }
        Ok(answer)
    }

    fn size(&self, query: &Query, usual: usize) -> Result<usize, Reply> {
        let most = self.simulator.options().most_objects;
        let asked = query.number("$top")?.or(self.prefer.page_size).unwrap_or(usual);
        Ok(asked.clamp(1, most.max(1)))
    }

    fn new_link(&self) -> LinkToken {
        let at = self.simulator.now().timestamp();
        LinkToken { epoch: self.simulator.epoch(), at, ..LinkToken::default() }
    }

    /// What the link says that led here.
    pub(super) fn link(&self) -> Result<Option<LinkToken>, Reply> {
        let Some(token) = self.query.token() else { return Ok(None) };
        let Some(link) = LinkToken::parse(token) else {
            return Err(Reply::error(400, "BadRequest", "Badly formed token."));
        };
        let age = self.simulator.now().timestamp() - link.at;
        let life = i64::try_from(self.simulator.options().link_life.as_secs()).unwrap_or(i64::MAX);
        if link.epoch < self.simulator.epoch() || age > life {
            let lost = match self.path.split('/').next() {
                Some("drives" | "sites") => Reply::error(410, "resyncRequired", "Resync required."),
                Some("users") if self.path.starts_with("users/delta") => {
                    Reply::error(400, "Directory_ExpiredPageToken", "The specified page token value has expired.")
                }
                _ => Reply::error(410, "SyncStateNotFound", "The sync state generation is not found."),
            };
            return Err(lost);
        }
        Ok(Some(link))
    }

    fn link_to(&self, name: &str, link: &LinkToken) -> String {
        format!("{}/v1.0/{}?{name}={}", self.origin, self.path, link.text())
    }

    fn context(&self) -> String {
        format!("{}/v1.0/$metadata#{}", self.origin, self.path.split('/').next().unwrap_or_default())
    }

    fn shown(&self, object: &Value) -> Value {
        self.shown_by(object, &self.query)
    }

    /// The object with what is asked for.
    fn shown_by(&self, object: &Value, query: &Query) -> Value {
        let mut shown = object.clone();
        let Some(all) = shown.as_object_mut() else { return shown };
        let replies = all.shift_remove("_replies");
        if let (true, Some(Value::Array(mut replies))) = (query.expands("replies"), replies) {
            let most = self.simulator.options().most_replies.min(MOST_REPLIES);
            if replies.len() > most {
                let id = object["id"].as_str().unwrap_or_default();
                let path = self.path.trim_end_matches("/delta");
                let link = LinkToken { skip: most, ..self.new_link() };
                let token = link.text();
                let next = format!("{}/v1.0/{path}/{id}/replies?$skiptoken={token}", self.origin);
                all.insert("replies@odata.nextLink".to_owned(), json!(next));
            }
            replies.truncate(most);
            for reply in &mut replies {
                if let Some(reply) = reply.as_object_mut() {
                    reply.shift_remove("_replies");
                }
            }
            all.insert("replies".to_owned(), Value::Array(replies));
        }
        if all.contains_key("fields") && !query.expands("fields") {
            all.shift_remove("fields");
        }
        if self.prefer.is_text
            && let Some(body) = all.get_mut("body").filter(|body| body["contentType"] == "html")
        {
            let text = plain(body["content"].as_str().unwrap_or_default());
            *body = json!({ "contentType": "text", "content": text });
        }
        query.select(&shown)
    }
}

/// How a service tells that a thing is gone.
fn gone(entry: &Entry, style: Style) -> Value {
    match style {
        Style::Files => json!({
            "id": entry.id, "deleted": { "state": "deleted" }, "parentReference": entry.object["parentReference"],
        }),
        _ => json!({ "id": entry.id, "@removed": { "reason": "deleted" } }),
    }
}

/// What is told of a thing that was changed: of a mail that was read, its id, its folder and `isRead`.
fn part(object: &Value, changed: &HashSet<&str>) -> Value {
    let is_told = |name: &str| {
        let always = name == "id" || name == "parentFolderId" || name.starts_with('@');
        always || (changed.contains(name) && name != "lastModifiedDateTime")
    };
    let all = object.as_object().into_iter().flatten();
    Value::Object(all.filter(|(name, _)| is_told(name)).map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// The text of a body that is made of paragraphs.
fn plain(html: &str) -> String {
    let text = html.replace("</p>", "\r\n").replace("<p>", "");
    let mut plain = String::new();
    let mut is_tag = false;
    for sign in text.chars() {
        match sign {
            '<' => is_tag = true,
            '>' => is_tag = false,
            sign if !is_tag => plain.push(sign),
            _ => {}
        }
    }
    plain.trim_end().to_owned()
}
