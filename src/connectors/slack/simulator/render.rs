//! The company's people, channels and files in Slack's JSON.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::conversation::{Conversation, Kept};
use super::workspace::{Ts, Workspace, id};
use crate::demo::{Channel, Company, Person};

pub(super) fn user(company: &Company, person: &Person, team_id: &str) -> Value {
    let email = format!("{}@{}", person.handle, company.domain);
    let mut profile = json!({
        "title": person.title, "phone": "", "real_name": person.name, "real_name_normalized": person.name,
        "display_name": person.handle, "display_name_normalized": person.handle, "status_text": "", "status_emoji": "",
        "team": team_id, "avatar_hash": "g0",
    });
    if person.is_bot {
        profile["bot_id"] = json!(id('B', &person.handle));
        profile["api_app_id"] = json!(id('A', &person.handle));
    } else {
        profile["email"] = json!(email);
    }
    json!({
        "id": id('U', &person.handle), "team_id": team_id, "name": person.handle, "deleted": person.has_left,
        "color": "9f69e7", "real_name": person.name, "tz": person.zone, "profile": profile, "is_admin": person.is_admin,
        "is_owner": false, "is_primary_owner": false, "is_restricted": false, "is_ultra_restricted": false,
        "is_bot": person.is_bot, "is_app_user": false, "updated": person.updated_at.timestamp(),
    })
}

pub(super) fn files(company: &Company, workspace: &Workspace) -> Vec<Value> {
    let files = company.files.iter().enumerate();
    files
        .map(|(place, file)| {
            let id_of_file = id('F', &format!("{place}/{}", file.name));
            let channel = &company.channels[file.channel];
            let place = if channel.is_private { "groups" } else { "channels" };
            let mut json = json!({
                "id": id_of_file, "created": file.created_at.timestamp(), "timestamp": file.created_at.timestamp(),
                "name": file.name, "title": file.title, "mimetype": file.media_type,
                "filetype": file.name.rsplit('.').next(), "user": id('U', &company.people[file.owner].handle),
                "size": file.bytes, "mode": "hosted", "is_external": false, "external_type": "",
                "is_public": !channel.is_private, "public_url_shared": false, "editable": false,
                "url_private": format!("https://files.slack.com/files-pri/{}-{id_of_file}/{}", workspace.team_id, file.name),
                "permalink": format!("https://{}.slack.com/files/{id_of_file}/{}", workspace.domain, file.name),
                "channels": [], "groups": [], "ims": [], "comments_count": 0,
            });
            json[place] = json!([id('C', &channel.name)]);
            json
        })
        .collect()
}

pub(super) fn channel_facts(channel: &Channel, creator: &str, team_id: &str) -> Value {
    let set = |words: &str| match words {
        "" => json!({ "value": "", "creator": "", "last_set": 0 }),
        words => json!({ "value": words, "creator": creator, "last_set": channel.created_at.timestamp() }),
    };
    json!({
        "is_channel": true, "is_group": false, "is_im": false, "is_mpim": false, "created": channel.created_at.timestamp(),
        "creator": creator, "unlinked": 0, "name_normalized": channel.name, "is_general": channel.name == "general",
        "is_shared": false, "is_org_shared": false, "is_ext_shared": false, "is_pending_ext_shared": false,
        "pending_shared": [], "context_team_id": team_id, "parent_conversation": null,
        "topic": set(&channel.topic), "purpose": set(&channel.purpose), "previous_names": [],
    })
}

/// A channel, as `user` sees it.
pub(super) fn channel(channel: &Conversation, user: &str) -> Value {
    let mut json = json!({
        "id": channel.id, "name": channel.name, "is_private": channel.is_private, "is_archived": channel.is_archived,
        "is_member": channel.members.contains(user), "num_members": channel.members.len(),
    });
    if let (Some(json), Some(facts)) = (json.as_object_mut(), channel.facts.as_object()) {
        json.extend(facts.clone());
    }
    json
}

/// A message, with what Slack tells of its thread.
pub(super) fn message(workspace: &Workspace, channel: &Conversation, ts: Ts, message: &Kept) -> Value {
    let mut json = workspace.message(channel, message);
    let replies: Vec<Ts> = match message.is_reply() {
        false => channel.replies_to(ts).collect(),
        true => Vec::new(),
    };
    let Some(latest) = replies.last() else { return json };
    let mut users: Vec<Value> = Vec::new();
    for reply in &replies {
        let user = workspace.author(channel, &channel.messages[reply]);
        if !users.contains(&user) {
            users.push(user);
        }
    }
    json["thread_ts"] = json!(ts.to_string());
    json["reply_count"] = json!(replies.len());
    json["reply_users_count"] = json!(users.len());
    json["latest_reply"] = json!(latest.to_string());
    json["reply_users"] = users.into_iter().take(5).collect();
    json["is_locked"] = json!(false);
    json["subscribed"] = json!(false);
    json
}

/// A UUID that follows from a name.
pub(super) fn uuid(name: &str) -> String {
    let hash = hex::encode(Sha256::digest(name));
    format!("{}-{}-4{}-8{}-{}", &hash[..8], &hash[8..12], &hash[13..16], &hash[17..20], &hash[20..32])
}
