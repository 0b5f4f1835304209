//! E-utilities: `esearch`, `efetch` and `epost` for PubMed.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

use super::faults::{Fault, error_document, rate_limited};
use super::parameters::Parameters;
use super::query::{Query, Subject};
use super::{LiteratureSimulator, lock, xml};
use crate::demo::literature::{Contributor, Publication};

/// Requests a second, without and with an API key.
const RATES: (usize, usize) = (3, 10);
/// What a search lists where it is not told how much.
const USUAL: usize = 20;
/// Who asks without a key is told by its address.
const ADDRESS: &str = "127.0.0.1";

pub(super) async fn search(State(simulator): State<LiteratureSimulator>, parameters: Parameters) -> Response {
    simulator.guarded(parameters, true, |simulator, parameters| {
        let term = parameters.get("term").unwrap_or_default();
        let Some(query) = Query::parse(term) else {
            return search_error(parameters, "Search Backend failed: Query parsing failed");
        };
        let start = parameters.number("retstart").unwrap_or(0);
        if start >= simulator.0.listed {
            let last = simulator.0.listed - 1;
            let words = format!(
                "Search Backend failed: Exception:\n'retstart' cannot be larger than {last}. For PubMed, ESearch can only retrieve the first {} records matching the query. To obtain more than {} PubMed records, consider using EDirect that contains additional logic to batch PubMed search results automatically.",
                last + 1,
                last + 1
            );
            return search_error(parameters, &words);
        }
        let unknown = simulator.unknown(&query);
        let found = simulator.found(&query, parameters);
        let most = parameters.number("retmax").unwrap_or(USUAL).min(simulator.0.listed - start);
        let listed: Vec<String> = found.iter().skip(start).take(most).map(u64::to_string).collect();
        let history = (parameters.get("usehistory") == Some("y"))
            .then(|| lock(&simulator.0.histories).keep(parameters.get("WebEnv"), found.clone(), simulator.now()));
        let answer = SearchAnswer { count: found.len(), start, listed, history, term: term.to_owned(), unknown };
        if parameters.get("retmode") == Some("json") { answer.to_json() } else { answer.to_xml() }
    })
}

pub(super) async fn fetch(State(simulator): State<LiteratureSimulator>, parameters: Parameters) -> Response {
    simulator.guarded(parameters, false, |simulator, parameters| {
        let wanted = match (parameters.get("WebEnv"), parameters.get("id")) {
            (Some(environment), _) => {
                let key = parameters.number("query_key").unwrap_or(0);
                let start = parameters.number("retstart").unwrap_or(0);
                let most = parameters.number("retmax").unwrap_or(USUAL);
                let mut histories = lock(&simulator.0.histories);
                let Some(list) = histories.list(environment, key, simulator.now()) else {
                    return error_document(StatusCode::BAD_REQUEST, &format!("Unable to obtain query #{key}"));
                };
                if start >= simulator.0.listed {
                    return error_document(StatusCode::BAD_REQUEST, "Search Backend failed: retstart is out of range");
                }
                // A page across the limit is cut there without a word.
                list.iter().take(simulator.0.listed).skip(start).take(most).copied().collect()
            }
            (None, Some(ids)) => ids.split(',').filter_map(|id| id.trim().parse().ok()).collect::<Vec<u64>>(),
            (None, None) => return error_document(StatusCode::BAD_REQUEST, "Empty id list - nothing todo"),
        };
        let publications = lock(&simulator.0.publications);
        // Publications stand in the order of their numbers.
        let place = |id: &u64| publications.binary_search_by_key(id, |one| one.number).ok();
        let held = wanted.iter().filter_map(place).map(|place| &publications[place]);
        let held = held.filter(|one| one.is_in_pubmed());
        ([(CONTENT_TYPE, "text/xml; charset=UTF-8")], xml::article_set(held)).into_response()
    })
}

pub(super) async fn post(State(simulator): State<LiteratureSimulator>, parameters: Parameters) -> Response {
    simulator.guarded(parameters, false, |simulator, parameters| {
        let ids = parameters.get("id").unwrap_or_default().split(',').filter_map(|id| id.trim().parse().ok()).collect();
        let kept = lock(&simulator.0.histories).keep(parameters.get("WebEnv"), ids, simulator.now());
        let (environment, key) = kept;
        let document = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<!DOCTYPE ePostResult PUBLIC \"-//NLM//DTD epost 20090526//EN\" \"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20090526/epost.dtd\">\n<ePostResult><QueryKey>{key}</QueryKey><WebEnv>{environment}</WebEnv></ePostResult>\n"
        );
        ([(CONTENT_TYPE, "text/xml; charset=UTF-8")], document).into_response()
    })
}

impl LiteratureSimulator {
    /// Keeps the limits and lets requests fail that are to.
    fn guarded(
        &self,
        parameters: Parameters,
        is_search: bool,
        answer: impl FnOnce(&Self, &Parameters) -> Response,
    ) -> Response {
        let key = parameters.get("api_key");
        if let (Some(key), Some(known)) = (key, &self.0.keys)
            && !known.iter().any(|known| known == key)
        {
            let words = json!({ "error": "API key invalid", "api-key": key, "type": "unknown", "status": "unknown" });
            return (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, "application/json")], words.to_string()).into_response();
        }
        let (credential, limit) = key.map_or((ADDRESS, RATES.0), |key| (key, RATES.1));
        let (count, fault) = {
            let mut traffic = lock(&self.0.traffic);
            (traffic.count(credential, parameters.line.clone(), self.now()), traffic.fault())
        };
        if count > limit {
            return rate_limited(credential, count, limit);
        }
        if parameters.get("db") != Some("pubmed") {
            return search_error(&parameters, "Invalid db name specified");
        }
        match fault {
            None => answer(self, &parameters),
            Some(Fault::LostHistory) => {
                self.forget_histories();
                answer(self, &parameters)
            }
            Some(fault) => fault.answer(is_search).unwrap_or_else(|| broken_off(answer(self, &parameters))),
        }
    }

    /// PMIDs, in the order in which PubMed lists them.
    fn found(&self, query: &Query, parameters: &Parameters) -> Vec<u64> {
        let window = window(parameters);
        let publications = lock(&self.0.publications);
        let is_found = |one: &&Publication| {
            one.is_in_pubmed()
                && query.finds(&Record(one))
                && window.as_ref().is_none_or(|(field, from, to)| Record(one).lies_within(field, from, to))
        };
        let mut found: Vec<&Publication> = publications.iter().filter(is_found).collect();
        if self.0.is_jumbled {
            found.sort_by_key(|one| std::cmp::Reverse((one.entered, one.number)));
        } else {
            found.sort_by_key(|one| std::cmp::Reverse(one.number));
        }
        found.iter().map(|one| one.number).collect()
    }

    /// The words of a query that nothing holds.
    fn unknown(&self, query: &Query) -> Vec<String> {
        let publications = lock(&self.0.publications);
        let is_unknown = |term: &&Query| !publications.iter().any(|one| term.finds(&Record(one)));
        let unknown = query.terms().into_iter().filter(is_unknown);
        let texts = unknown.filter_map(|term| match term {
            Query::Term { text, .. } => Some(text.clone()),
            _ => None,
        });
        texts.collect()
    }
}

/// `mindate` and `maxdate`, or `reldate`, of a `datetype`.
fn window(parameters: &Parameters) -> Option<(String, String, String)> {
    let field = parameters.get("datetype").unwrap_or("pdat").to_uppercase();
    if let Some(days) = parameters.number("reldate") {
        let today = chrono::Utc::now().date_naive();
        let from = today.checked_sub_days(chrono::Days::new(days as u64))?;
        return Some((field, from.format("%Y/%m/%d").to_string(), "3000".to_owned()));
    }
    Some((field, parameters.get("mindate")?.to_owned(), parameters.get("maxdate")?.to_owned()))
}

/// A publication, as a search looks at it.
pub(super) struct Record<'a>(pub(super) &'a Publication);

impl Record<'_> {
    fn text(&self) -> String {
        let sections = self.0.sections.iter().map(|(_, text)| text.as_str());
        std::iter::once(self.0.plain_title().as_str()).chain(sections).collect::<Vec<_>>().join(" ").to_lowercase()
    }

    fn is_headed(&self, text: &str, only_major: bool) -> bool {
        let mut headings = self.0.headings.iter();
        headings.any(|heading| {
            let is_major = heading.is_major || heading.qualifiers.iter().any(|(_, is_major)| *is_major);
            heading.descriptor.name.to_lowercase() == text && (is_major || !only_major)
        })
    }

    fn is_by(&self, text: &str) -> bool {
        self.0.authors.iter().any(|author| match author {
            Contributor::Person { last_name, initials, .. } => {
                let name = last_name.to_lowercase();
                name == text || format!("{name} {}", initials.to_lowercase()) == text
            }
            Contributor::Group(name) => name.to_lowercase() == text,
        })
    }
}

impl Subject for Record<'_> {
    fn holds(&self, field: Option<&str>, text: &str) -> bool {
        let one = self.0;
        match field {
            None | Some("ALL" | "ALL FIELDS") => {
                self.text().contains(text)
                    || self.is_headed(text, false)
                    || self.is_by(text)
                    || one.keywords.iter().any(|word| word.to_lowercase() == text)
            }
            Some("TI" | "TITLE") => one.plain_title().to_lowercase().contains(text),
            Some("TIAB" | "TITLE/ABSTRACT") => self.text().contains(text),
            Some("MH" | "MESH" | "MESH TERMS") => self.is_headed(text, false),
            Some("MAJR" | "MESH MAJOR TOPIC") => self.is_headed(text, true),
            Some("AU" | "AUTHOR") => self.is_by(text),
            Some("TA" | "JOURNAL") => {
                [one.journal.title, one.journal.abbreviation].iter().any(|title| title.to_lowercase() == text)
            }
            Some("PT" | "PUBLICATION TYPE") => one.types.iter().any(|(name, _)| name.to_lowercase() == text),
            Some("PMID" | "UID") => one.number.to_string() == text,
            Some("SB" | "SUBSET" | "FILTER") => text == "all",
            Some(field) => self.lies_within(field, text, text),
        }
    }

    fn lies_within(&self, field: &str, from: &str, to: &str) -> bool {
        let one = self.0;
        let date = match field {
            "EDAT" | "DATE - ENTREZ" => one.entered,
            "CRDT" | "DATE - CREATE" => one.created,
            "MDAT" | "LR" | "DATE - MODIFICATION" => one.revised,
            "PDAT" | "DP" | "DATE - PUBLICATION" => one.entered,
            "MHDA" | "DCOM" => match one.completed {
                Some(completed) => completed,
                None => return false,
            },
            _ => return false,
        };
        let (Some((from, _)), Some((_, to))) = (span(from), span(to)) else { return false };
        (from..=to).contains(&date)
    }
}

/// The first and the last day that `2020`, `2020/05` or `2020/05/17` means.
fn span(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let mut parts = text.split(['/', '-']).map(str::trim).map(str::parse::<i32>);
    let year = parts.next()?.ok()?;
    let month = parts.next().and_then(Result::ok);
    let day = parts.next().and_then(Result::ok);
    let first = NaiveDate::from_ymd_opt(year, month.unwrap_or(1) as u32, day.unwrap_or(1) as u32)?;
    let last = match (month, day) {
        (_, Some(_)) => first,
        (Some(_), None) => first.checked_add_months(chrono::Months::new(1))?.pred_opt()?,
        (None, None) => NaiveDate::from_ymd_opt(first.year(), 12, 31)?,
    };
    Some((first, last))
}

struct SearchAnswer {
    count: usize,
    start: usize,
    listed: Vec<String>,
    history: Option<(String, usize)>,
    term: String,
    unknown: Vec<String>,
}

impl SearchAnswer {
    fn to_json(&self) -> Response {
        let mut result = json!({
            "count": self.count.to_string(),
            "retmax": self.listed.len().to_string(),
            "retstart": self.start.to_string(),
        });
        if let Some((environment, key)) = &self.history {
            result["querykey"] = json!(key.to_string());
            result["webenv"] = json!(environment);
        }
        result["idlist"] = json!(self.listed);
        result["translationset"] = json!([]);
        result["querytranslation"] = json!(self.term);
        if !self.unknown.is_empty() {
            result["errorlist"] = json!({ "phrasesnotfound": self.unknown, "fieldsnotfound": [] });
        }
        if self.count == 0 {
            result["warninglist"] =
                json!({ "phrasesignored": [], "quotedphrasesnotfound": [], "outputmessages": ["No items found."] });
        }
        let answer = json!({ "header": { "type": "esearch", "version": "0.3" }, "esearchresult": result });
        ([(CONTENT_TYPE, "application/json; charset=UTF-8")], answer.to_string()).into_response()
    }

    fn to_xml(&self) -> Response {
        let escaped = |text: &str| quick_xml::escape::escape(text).into_owned();
        let ids: String = self.listed.iter().map(|id| format!("<Id>{id}</Id>\n")).collect();
        let history = self.history.as_ref().map_or_else(String::new, |(environment, key)| {
            format!("<QueryKey>{key}</QueryKey><WebEnv>{environment}</WebEnv>")
        });
        let unknown: String =
            self.unknown.iter().map(|word| format!("<PhraseNotFound>{}</PhraseNotFound>", escaped(word))).collect();
        let mut behind = String::new();
        if !unknown.is_empty() {
            behind.push_str(&format!("<ErrorList>{unknown}</ErrorList>"));
        }
        if self.count == 0 {
            behind.push_str("<WarningList><OutputMessage>No items found.</OutputMessage></WarningList>");
        }
        let document = format!(
            "{SEARCH_HEAD}<eSearchResult><Count>{}</Count><RetMax>{}</RetMax><RetStart>{}</RetStart>{history}<IdList>\n{ids}</IdList><TranslationSet/><QueryTranslation>{}</QueryTranslation>{behind}</eSearchResult>\n",
            self.count,
            self.listed.len(),
            self.start,
            escaped(&self.term),
        );
        ([(CONTENT_TYPE, "text/xml; charset=UTF-8")], document).into_response()
    }
}

const SEARCH_HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<!DOCTYPE eSearchResult PUBLIC \"-//NLM//DTD esearch 20060628//EN\" \"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd\">\n";

/// An error of `esearch`, with status 200 and with line breaks as they are.
fn search_error(parameters: &Parameters, words: &str) -> Response {
    if parameters.get("retmode") == Some("json") {
        let error = Value::from(words).to_string().replace("\\n", "\n");
        let answer = format!(
            "{{\"header\":{{\"type\":\"esearch\",\"version\":\"0.3\"}},\"esearchresult\":{{\"ERROR\":{error}}}}}"
        );
        return ([(CONTENT_TYPE, "application/json; charset=UTF-8")], answer).into_response();
    }
    let document = format!("{SEARCH_HEAD}<eSearchResult><ERROR>{words}</ERROR></eSearchResult>\n");
    ([(CONTENT_TYPE, "text/xml; charset=UTF-8")], document).into_response()
}

/// The first half of an answer.
fn broken_off(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    parts.headers.remove("content-length");
    let half = futures::executor::block_on(axum::body::to_bytes(body, usize::MAX)).unwrap_or_default();
    (parts, half.slice(..half.len() / 2)).into_response()
}
