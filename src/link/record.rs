//! What is linked, by which rules, and what is decided.

use serde::Serialize;

/// A record of either side: its key, and what it holds by what it is. Everything may be empty but the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// What identifies it in its table.
    pub key: String,
    /// Identifiers that both sides know, such as customer numbers.
    pub ids: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Telephone numbers, however they are written.
    pub phones: Vec<String>,
    /// Domains, or addresses of web pages.
    pub domains: Vec<String>,
    /// Short names, with or without `@`.
    pub handles: Vec<String>,
    /// Names of persons.
    pub names: Vec<String>,
    /// Names of companies.
    pub companies: Vec<String>,
    /// Free text that may speak of the other side.
    pub texts: Vec<String>,
    /// The conversation that it belongs to: its parts speak of what its beginning speaks of.
    pub thread: Option<String>,
}

/// How links are decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Decisions with a smaller score are not given.
    pub minimum_score: f64,
    /// The country of telephone numbers without a country's number, as two letters (`DE`).
    pub region: Option<String>,
    /// Whether both sides are one table, of which duplicates are looked for.
    pub same_table: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { minimum_score: Self::MATCH, region: None, same_table: false }
    }
}

impl Rules {
    /// From this score on, two records are taken for the same.
    pub const MATCH: f64 = 0.6;
}

/// A decision about two records.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The key of the left one.
    pub left_key: String,
    /// The key of the right one.
    pub right_key: String,
    /// How sure it is, 0 to 1.
    pub score: f64,
    /// What was decided.
    pub verdict: Verdict,
    /// Why, the strongest reason first.
    pub reasons: Vec<Reason>,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They are the same, or the one speaks of the other.
    Match,
    /// It takes a person to tell.
    Possible,
}

impl Verdict {
    /// That of a score.
    pub(super) fn of(score: f64) -> Self {
        if score >= Rules::MATCH { Self::Match } else { Self::Possible }
    }

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Possible => "possible",
        }
    }
}

/// Why two records may be the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// What agrees.
    pub rule: Rule,
    /// How the left record has it.
    pub left: String,
    /// How the right record has it.
    pub right: String,
    /// How much it says alone, 0 to 1.
    pub weight: f64,
    /// What makes it less than certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// An identifier.
    Id,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A short name, such as the part of an address before the `@`.
    Handle,
    /// A person's name.
    Name,
    /// A company's name.
    Company,
    /// A domain.
    Domain,
    /// The conversation.
    Thread,
}
