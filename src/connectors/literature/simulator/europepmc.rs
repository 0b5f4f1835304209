//! Europe PMC's search.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

use super::faults::Fault;
use super::parameters::Parameters;
use super::pubmed::Record;
use super::query::{Query, Subject};
use super::{LiteratureSimulator, lock};
use crate::demo::literature::{Contributor, Form, Issued, MeshHeading, Publication};

const VERSION: &str = "6.9";
/// The most results of a page, and how many there are where it is not told.
const PAGE: (usize, usize) = (1_000, 25);
const LIMIT: usize = 10;
/// What the address of the next page begins with, wherever the request has come to.
const HOME: &str = "https://www.ebi.ac.uk";
/// All requests come from one address.
const ADDRESS: &str = "europepmc 127.0.0.1";

pub(super) async fn search(State(simulator): State<LiteratureSimulator>, parameters: Parameters) -> Response {
    let (count, fault) = {
        let mut traffic = lock(&simulator.0.traffic);
        (traffic.count(ADDRESS, parameters.line.clone(), simulator.now()), traffic.fault())
    };
    if count > LIMIT {
        return (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests").into_response();
    }
    match fault {
        None | Some(Fault::LostHistory) => {}
        Some(Fault::BreakOff) => return json_text("{\"version\":\"6.9\",\"hitCount\":".to_owned()),
        Some(Fault::RateLimit) => return (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests").into_response(),
        Some(Fault::Backend) => {
            return (
                StatusCode::INTERNAL_SERVER_ERROR,
                json_text(json!({ "errCode": 500, "errMsg": "Internal error" }).to_string()),
            )
                .into_response();
        }
        Some(fault) => {
            if let Some(answer) = fault.answer(true) {
                return answer;
            }
        }
    }
    answer(&simulator, &parameters)
}

fn answer(simulator: &LiteratureSimulator, parameters: &Parameters) -> Response {
    let size = parameters.number("pageSize").unwrap_or(PAGE.1);
    if size == 0 || size > PAGE.0 || parameters.get("format") != Some("json") {
        let words = json!({ "errCode": 400, "errMsg": "pageSize must be 1 to 1000, and the format json" });
        return (StatusCode::BAD_REQUEST, json_text(words.to_string())).into_response();
    }
    let text = parameters.get("query").unwrap_or_default();
    let Some(query) = Query::parse(text) else {
        return json_text(page(text, 0, None, Vec::new()).to_string());
    };
    let publications = lock(&simulator.0.publications);
    let mut found: Vec<&Publication> = publications.iter().filter(|one| query.finds(&Hit(one))).collect();
    found.sort_by_key(|one| place(one));
    let mark = parameters.get("cursorMark").unwrap_or("*");
    let start = match read_mark(mark) {
        Some(after) => found.partition_point(|one| place(one) <= after),
        None if mark == "*" => 0,
        // That is how it answers a mark that it does not know.
        None => return json_text(json!({ "version": VERSION }).to_string()),
    };
    let shown: Vec<&Publication> = found.iter().skip(start).take(size).copied().collect();
    let is_last = start + shown.len() >= found.len();
    let next = shown.last().filter(|_| !is_last).map(|last| write_mark(&place(last)));
    let is_core = parameters.get("resultType") == Some("core");
    let results = shown.iter().map(|one| if is_core { core(one) } else { id_of(one) }).collect();
    let mut page = page(text, found.len(), next, results);
    // Only those who ask by GET are told, since version 6.6.
    if let (Some(next), false) = (page["nextCursorMark"].as_str(), parameters.is_posted()) {
        page["nextPageUrl"] = json!(next_url(parameters, next));
    }
    json_text(page.to_string())
}

fn next_url(parameters: &Parameters, next: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in ["query", "resultType", "pageSize", "sort", "format"] {
        query.extend_pairs(parameters.get(name).map(|value| (name, value)));
    }
    let query = query.append_pair("cursorMark", next).finish();
    format!("{HOME}/europepmc/webservices/rest/search?{query}")
}

fn page(query: &str, count: usize, next: Option<String>, results: Vec<Value>) -> Value {
    let mut page = json!({ "version": VERSION, "hitCount": count });
    if let Some(next) = next {
        page["nextCursorMark"] = json!(next);
    }
    page["request"] = json!({ "queryString": query });
    page["resultList"] = json!({ "result": results });
    page
}

fn json_text(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json;charset=UTF-8")], text).into_response()
}

/// Where a publication stands in the order of `P_PDATE_D asc`; preprints have no such date, and stand last.
fn place(one: &Publication) -> (bool, NaiveDate, u64) {
    (one.form == Form::Preprint, one.entered, one.number)
}

fn write_mark((is_preprint, day, number): &(bool, NaiveDate, u64)) -> String {
    BASE64_STANDARD.encode(format!("{is_preprint} {day} {number}"))
}

fn read_mark(mark: &str) -> Option<(bool, NaiveDate, u64)> {
    let text = String::from_utf8(BASE64_STANDARD.decode(mark).ok()?).ok()?;
    let mut parts = text.split(' ');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// A publication, as a search looks at it.
struct Hit<'a>(&'a Publication);

impl Subject for Hit<'_> {
    fn holds(&self, field: Option<&str>, text: &str) -> bool {
        let record = Record(self.0);
        match field {
            None => text == "*" || record.holds(None, text),
            Some("TITLE") => record.holds(Some("TI"), text),
            Some("ABSTRACT" | "TITLE_ABS") => record.holds(Some("TIAB"), text),
            Some("AUTH") => record.holds(Some("AU"), text),
            Some("KW" | "MESH") => record.holds(Some("MH"), text),
            Some("JOURNAL") => record.holds(Some("TA"), text),
            Some("SRC") => source(self.0).to_lowercase() == text,
            Some("EXT_ID") => self.0.number.to_string() == text,
            Some("OPEN_ACCESS") => self.0.pmc.is_some() == (text == "y"),
            Some(_) => false,
        }
    }

    fn lies_within(&self, field: &str, from: &str, to: &str) -> bool {
        let record = Record(self.0);
        let field = match field {
            "UPDATE_DATE" => "MDAT",
            "FIRST_IDATE" | "CREATION_DATE" => "CRDT",
            "FIRST_PDATE" => "PDAT",
            _ => return false,
        };
        let to = if to == "*" { "3000-12-31" } else { to };
        record.lies_within(field, from, to)
    }
}

fn source(one: &Publication) -> &'static str {
    if one.form == Form::Preprint { "PPR" } else { "MED" }
}

fn id_of(one: &Publication) -> Value {
    let is_preprint = one.form == Form::Preprint;
    let id = if is_preprint { format!("PPR{}", one.number) } else { one.number.to_string() };
    let mut result = json!({ "id": id, "source": source(one) });
    if !is_preprint {
        result["pmid"] = json!(id);
    }
    result
}

fn core(one: &Publication) -> Value {
    let mut result = id_of(one);
    let is_open = one.pmc.is_some();
    let yes_or_no = |flag: bool| if flag { "Y" } else { "N" };
    if let Some(pmc) = one.pmc {
        result["pmcid"] = json!(format!("PMC{pmc}"));
        result["license"] = json!("cc by");
    }
    result["doi"] = json!(one.doi());
    let mut is_italic = false;
    let title = one.title.split_inclusive('*').map(|piece| match piece.strip_suffix('*') {
        Some(text) => {
            is_italic = !is_italic;
            format!("{text}{}", if is_italic { "<i>" } else { "</i>" })
        }
        None => piece.to_owned(),
    });
    result["title"] = json!(title.collect::<String>());
    let names: Vec<String> = one.authors.iter().map(full_name).collect();
    result["authorString"] = json!(names.join(", ") + ".");
    result["authorList"] = json!({ "author": one.authors.iter().map(author).collect::<Vec<_>>() });
    if one.form == Form::Article {
        result["journalInfo"] = journal(one);
        result["pageInfo"] = json!(format!("{}-{}", one.pages.0, one.pages.1));
    }
    if one.form == Form::Chapter {
        result["bookOrReportDetails"] = json!({
            "publisher": "Library of Imagined Medicine", "comprisingTitle": "Handbook of Imagined Medicine",
            "yearOfPublication": one.entered.year(),
        });
    }
    result["pubYear"] = json!(one.entered.year().to_string());
    if !one.sections.is_empty() {
        let sections = one.sections.iter().map(|(label, text)| match label {
            Some(label) => format!("<h4>{}</h4>{text}", capitalised(label)),
            None => text.clone(),
        });
        result["abstractText"] = json!(sections.collect::<String>());
    }
    result["publicationStatus"] = json!(if one.electronic.is_some() { "epublish" } else { "ppublish" });
    result["language"] = json!("eng");
    result["pubTypeList"] = json!({ "pubType": one.types.iter().map(|(name, _)| *name).collect::<Vec<_>>() });
    if !one.grants.is_empty() {
        let grants = one.grants.iter().map(|(id, agency, _)| json!({ "grantId": id, "agency": agency, "orderIn": 0 }));
        result["grantsList"] = json!({ "grant": grants.collect::<Vec<_>>() });
    }
    if !one.headings.is_empty() {
        result["meshHeadingList"] = json!({ "meshHeading": one.headings.iter().map(heading).collect::<Vec<_>>() });
    }
    result["keywordList"] = json!({ "keyword": one.keywords });
    if !one.chemicals.is_empty() {
        let chemicals = one.chemicals.iter().map(|(name, number, _)| json!({ "name": name, "registryNumber": number }));
        result["chemicalList"] = json!({ "chemical": chemicals.collect::<Vec<_>>() });
    }
    if let Some(retraction) = one.retracted_in {
        result["commentCorrectionList"] = json!({ "commentCorrection": [{
            "id": retraction.to_string(), "source": "MED", "type": "Retraction in", "orderIn": 0,
            "reference": format!("{}. {}", one.journal.abbreviation, one.revised.year()),
        }] });
    }
    result["isOpenAccess"] = json!(yes_or_no(is_open));
    result["inEPMC"] = json!(yes_or_no(is_open));
    result["citedByCount"] = json!(one.cited_by);
    result["dateOfCreation"] = json!(one.created.to_string());
    result["firstIndexDate"] = json!(one.created.to_string());
    result["dateOfRevision"] = json!(one.revised.to_string());
    if let Some(completed) = one.completed {
        result["dateOfCompletion"] = json!(completed.to_string());
    }
    if let Some(electronic) = one.electronic {
        result["electronicPublicationDate"] = json!(electronic.to_string());
    }
    result["firstPublicationDate"] = json!(one.entered.to_string());
    result
}

fn full_name(author: &Contributor) -> String {
    match author {
        Contributor::Person { last_name, initials, .. } => format!("{last_name} {initials}"),
        Contributor::Group(name) => (*name).to_owned(),
    }
}

fn author(author: &Contributor) -> Value {
    let Contributor::Person { last_name, fore_name, initials, orcid, affiliations } = author else {
        return json!({ "collectiveName": full_name(author) });
    };
    let affiliations: Vec<Value> = affiliations.iter().map(|place| json!({ "affiliation": place })).collect();
    let mut value = json!({
        "fullName": full_name(author), "firstName": fore_name, "lastName": last_name, "initials": initials,
        "authorAffiliationDetailsList": { "authorAffiliation": affiliations },
    });
    if let Some(orcid) = orcid {
        value["authorId"] = json!({ "type": "ORCID", "value": orcid });
    }
    value
}

fn journal(one: &Publication) -> Value {
    let journal = one.journal;
    let kind = if journal.is_electronic { "essn" } else { "issn" };
    let mut value = json!({
        "issue": one.issue.to_string(), "volume": one.volume.to_string(),
        "dateOfPublication": words(&one.issued), "yearOfPublication": one.entered.year(),
        "journal": {
            "title": journal.title, "medlineAbbreviation": journal.abbreviation,
            "isoabbreviation": journal.abbreviation, "nlmid": journal.nlm_id,
        },
    });
    value["journal"][kind] = json!(journal.issn);
    value
}

fn words(issued: &Issued) -> String {
    match issued {
        Issued::Day(day) => day.format("%Y %b %-d").to_string(),
        Issued::Month(day) => day.format("%Y %b").to_string(),
        Issued::Season(year, season) => format!("{year} {season}"),
        Issued::Words(words) => words.clone(),
    }
}

fn heading(heading: &MeshHeading) -> Value {
    let yes_or_no = |is_major: bool| if is_major { "Y" } else { "N" };
    let mut value = json!({ "majorTopic_YN": yes_or_no(heading.is_major), "descriptorName": heading.descriptor.name });
    if !heading.qualifiers.is_empty() {
        let qualifiers = heading.qualifiers.iter().map(|(term, is_major)| {
            json!({
                "abbreviation": term.abbreviation, "qualifierName": term.name,
                "majorTopic_YN": yes_or_no(*is_major),
            })
        });
        value["meshQualifierList"] = json!({ "meshQualifier": qualifiers.collect::<Vec<_>>() });
    }
    value
}

fn capitalised(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map(|first| first.to_string() + &letters.as_str().to_lowercase()).unwrap_or_default()
}
