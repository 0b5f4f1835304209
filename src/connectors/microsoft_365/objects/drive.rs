//! Files and folders of a drive: what is known of them, not what is in them.

use super::super::api::Scope;
use super::super::columns::{Column, at, integer, json, key, removed, text};
use super::super::feed::Feed;
use super::super::origins::VERSION;
use crate::sdk::http::segment;

/// What an item's row holds.
pub(in super::super) const COLUMNS: &[Column] = &[
    key("id", "/id", "The item's id, unique in its drive"),
    text("name", "/name", "Its name, with its ending"),
    text("parent_id", "/parentReference/id", "The folder that it lies in"),
    text("path", "/parentReference/path", "Where that folder lies"),
    text("drive_id", "/parentReference/driveId", "The drive"),
    integer("size", "/size", "Bytes; of a folder, all that is in it"),
    text("mime_type", "/file/mimeType", "Media type; none for a folder"),
    text("sha1_hash", "/file/hashes/sha1Hash", "SHA-1 of the content, where the drive has it"),
    text("quick_xor_hash", "/file/hashes/quickXorHash", "QuickXorHash of the content"),
    integer("child_count", "/folder/childCount", "What lies in the folder; none for a file"),
    text("web_url", "/webUrl", "Where it is shown"),
    at("created_at", "/createdDateTime", "When it was made"),
    text("created_by", "/createdBy/user/displayName", "By whom"),
    at("modified_at", "/lastModifiedDateTime", "When it was last changed"),
    text("modified_by", "/lastModifiedBy/user/displayName", "By whom"),
    text("e_tag", "/eTag", "Changes with the item"),
    text("c_tag", "/cTag", "Changes with the content"),
    json("shared", "/shared", "With whom it is shared"),
    json("package", "/package", "What it is, where it is neither file nor folder"),
    removed(),
];

pub(in super::super) fn feed(drive: &str, page_size: u32) -> Feed {
    Feed {
        first: format!("{VERSION}/drives/{}/root/delta?$top={page_size}", segment(drive)),
        window: None,
        prefer: None,
        scope: Scope::Files,
        columns: COLUMNS.into(),
        unfold: None,
        threads: None,
        lookup: None,
    }
}
