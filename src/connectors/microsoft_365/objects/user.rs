//! The users of an organisation.

use serde_json::Value;

use super::super::api::Scope;
use super::super::columns::{Column, at, flag, json, key, removed, text};
use super::super::feed::Feed;
use super::super::lookup::Lookup;
use super::super::origins::VERSION;

/// What is asked for of each; Graph gives no more than a few properties otherwise.
const SELECT: &str = "id,displayName,givenName,surname,userPrincipalName,mail,jobTitle,department,officeLocation,\
                      companyName,city,country,preferredLanguage,mobilePhone,businessPhones,accountEnabled,userType,\
                      employeeId,createdDateTime";

/// What a user's row holds.
pub(in super::super) const COLUMNS: &[Column] = &[
    key("id", "/id", "The user's id"),
    text("display_name", "/displayName", "The name that others see"),
    text("given_name", "/givenName", "First name"),
    text("surname", "/surname", "Last name"),
    text("user_principal_name", "/userPrincipalName", "What the user signs in as"),
    text("mail", "/mail", "The address; none for who has no mailbox"),
    text("job_title", "/jobTitle", "What the user does"),
    text("department", "/department", "Where"),
    text("office_location", "/officeLocation", "In which office"),
    text("company_name", "/companyName", "For whom"),
    text("city", "/city", "The city"),
    text("country", "/country", "The country"),
    text("preferred_language", "/preferredLanguage", "Language tag"),
    text("mobile_phone", "/mobilePhone", "Mobile number"),
    json("business_phones", "/businessPhones", "Other numbers"),
    flag("account_enabled", "/accountEnabled", "Whether the user may sign in"),
    text("user_type", "/userType", "Member or Guest"),
    text("employee_id", "/employeeId", "The number in the organisation"),
    at("created_at", "/createdDateTime", "When the account was made"),
    removed(),
];

pub(in super::super) fn feed() -> Feed {
    Feed {
        first: format!("{VERSION}/users/delta?$select={SELECT}"),
        window: None,
        prefer: None,
        scope: Scope::Directory,
        columns: COLUMNS.into(),
        unfold: None,
        threads: None,
        lookup: Some(Lookup { is_whole, things: "users".to_owned(), select: Some(SELECT) }),
    }
}

/// Every user has these, and no change is one of all of them.
fn is_whole(user: &Value) -> bool {
    ["displayName", "userPrincipalName", "accountEnabled"].iter().all(|name| user.get(*name).is_some())
}
