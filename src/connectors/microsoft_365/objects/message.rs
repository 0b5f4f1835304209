//! Mail: the messages of one folder of one mailbox.

use super::super::api::Scope;
use super::super::columns::{Column, at, flag, json, key, removed, text};
use super::super::feed::Feed;
use super::super::lookup::Lookup;
use super::super::origins::VERSION;
use crate::sdk::http::segment;

const SELECT: &str = "id,internetMessageId,conversationId,parentFolderId,subject,from,sender,toRecipients,ccRecipients,\
                      bccRecipients,replyTo,receivedDateTime,sentDateTime,createdDateTime,lastModifiedDateTime,\
                      importance,isRead,isDraft,hasAttachments,categories,flag,bodyPreview,body,webLink";

/// What a message's row holds.
pub(in super::super) const COLUMNS: &[Column] = &[
    key("id", "/id", "The message's id, which it keeps when it is moved within its mailbox"),
    text("internet_message_id", "/internetMessageId", "The header Message-ID"),
    text("conversation_id", "/conversationId", "What it is part of"),
    text("folder_id", "/parentFolderId", "The folder that it lies in"),
    text("subject", "/subject", "The subject"),
    text("from_name", "/from/emailAddress/name", "Who wrote it"),
    text("from_address", "/from/emailAddress/address", "The address of who wrote it"),
    text("sender_address", "/sender/emailAddress/address", "The address of who sent it for them"),
    json("to_recipients", "/toRecipients", "To whom"),
    json("cc_recipients", "/ccRecipients", "Who gets a copy"),
    json("bcc_recipients", "/bccRecipients", "Who gets a copy unseen"),
    json("reply_to", "/replyTo", "Where answers go"),
    at("received_at", "/receivedDateTime", "When it came"),
    at("sent_at", "/sentDateTime", "When it was sent"),
    at("created_at", "/createdDateTime", "When it was made"),
    at("modified_at", "/lastModifiedDateTime", "When it was last changed"),
    text("importance", "/importance", "low, normal or high"),
    flag("is_read", "/isRead", "Whether it was read"),
    flag("is_draft", "/isDraft", "Whether it was not sent yet"),
    flag("has_attachments", "/hasAttachments", "Whether files came along"),
    json("categories", "/categories", "The user's own marks"),
    text("flag_status", "/flag/flagStatus", "notFlagged, flagged or complete"),
    text("body_preview", "/bodyPreview", "The first 255 characters"),
    text("body", "/body/content", "The text, without its form"),
    text("web_link", "/webLink", "Where it is shown"),
    removed(),
];

pub(in super::super) fn feed(mailbox: &str, folder: &str, page_size: u32) -> Feed {
    let (user, folder) = (segment(mailbox), segment(folder));
    Feed {
        first: format!("{VERSION}/users/{user}/mailFolders/{folder}/messages/delta?$select={SELECT}"),
        window: None,
        prefer: Some(format!(
            "IdType=\"ImmutableId\", odata.maxpagesize={page_size}, outlook.body-content-type=\"text\""
        )),
        scope: Scope::Mailbox(mailbox.to_owned()),
        columns: COLUMNS.into(),
        unfold: None,
        threads: None,
        // It never changes, so that it comes with whole messages alone.
        lookup: Some(Lookup {
            is_whole: |message| message.get("createdDateTime").is_some(),
            things: format!("users/{user}/messages"),
            select: Some(SELECT),
        }),
    }
}
