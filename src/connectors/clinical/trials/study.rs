//! A study, flattened.

use chrono::NaiveDate;
use serde_json::Value;

use super::part;
use crate::sdk::rows::{Cell, Column, Kind};

pub(super) const COLUMNS: &[Column] = &[
    Column::required("nct_id", Kind::Text, "The study's number, such as NCT04012345"),
    Column::new("org_study_id", Kind::Text, "Its number at its organization"),
    Column::new("acronym", Kind::Text, "Acronym"),
    Column::new("brief_title", Kind::Text, "Short title"),
    Column::new("official_title", Kind::Text, "Official title"),
    Column::new("organization", Kind::Text, "Who registered it"),
    Column::new("overall_status", Kind::Text, "Status, such as RECRUITING"),
    Column::new("why_stopped", Kind::Text, "Why it was stopped"),
    Column::new("study_type", Kind::Text, "INTERVENTIONAL, OBSERVATIONAL or EXPANDED_ACCESS"),
    Column::required("phases", Kind::Texts, "Phases, such as PHASE2; two of them where it spans both"),
    Column::new("allocation", Kind::Text, "Allocation, such as RANDOMIZED"),
    Column::new("intervention_model", Kind::Text, "Model, such as PARALLEL"),
    Column::new("masking", Kind::Text, "Masking, such as DOUBLE"),
    Column::new("primary_purpose", Kind::Text, "Purpose, such as TREATMENT"),
    Column::new("enrollment", Kind::Integer, "How many take part"),
    Column::new("enrollment_type", Kind::Text, "Whether that number is ACTUAL or ESTIMATED"),
    Column::new("start_date", Kind::Date, "When it starts, where the day is stated"),
    Column::new("start_date_text", Kind::Text, "When it starts as it is stated, also a month"),
    Column::new("primary_completion_date", Kind::Date, "When the last is seen for the primary outcome"),
    Column::new("primary_completion_date_text", Kind::Text, "The same as it is stated"),
    Column::new("completion_date", Kind::Date, "When it ends, where the day is stated"),
    Column::new("completion_date_text", Kind::Text, "When it ends as it is stated"),
    Column::new("first_posted_on", Kind::Date, "When it was first posted"),
    Column::new("last_update_posted_on", Kind::Date, "When its last update was posted"),
    Column::new("lead_sponsor", Kind::Text, "Lead sponsor"),
    Column::new("lead_sponsor_class", Kind::Text, "Its class, such as INDUSTRY"),
    Column::required("collaborators", Kind::Texts, "Further sponsors"),
    Column::required("conditions", Kind::Texts, "Conditions"),
    Column::required("keywords", Kind::Texts, "Keywords"),
    Column::new(
        "interventions",
        Kind::Records(&[("type", Kind::Text), ("name", Kind::Text), ("description", Kind::Text)]),
        "Interventions",
    ),
    Column::new(
        "primary_outcomes",
        Kind::Records(&[("measure", Kind::Text), ("time_frame", Kind::Text), ("description", Kind::Text)]),
        "Primary outcomes",
    ),
    Column::new(
        "locations",
        Kind::Records(&[
            ("facility", Kind::Text),
            ("city", Kind::Text),
            ("state", Kind::Text),
            ("country", Kind::Text),
            ("status", Kind::Text),
        ]),
        "Where it takes place",
    ),
    Column::new("brief_summary", Kind::Text, "What it is about"),
    Column::new("eligibility_criteria", Kind::Text, "Who may take part"),
    Column::new("sex", Kind::Text, "ALL, FEMALE or MALE"),
    Column::new("minimum_age", Kind::Text, "For example 18 Years"),
    Column::new("maximum_age", Kind::Text, "For example 75 Years"),
    Column::new("healthy_volunteers", Kind::Flag, "Whether healthy people may take part"),
    Column::new("has_results", Kind::Flag, "Whether results are posted"),
    Column::required("study", Kind::Json, "The whole study, as it came"),
];

/// When its last update was posted.
pub(super) fn updated_on(study: &Value) -> Option<NaiveDate> {
    day(&part(study, "statusModule")["lastUpdatePostDateStruct"])
}

/// `None` where it has no number; `raw` is its text.
pub(super) fn row<'a>(study: &'a Value, raw: &'a str) -> Option<Vec<Cell<'a>>> {
    let identification = part(study, "identificationModule");
    let status = part(study, "statusModule");
    let design = part(study, "designModule");
    let sponsors = part(study, "sponsorCollaboratorsModule");
    let conditions = part(study, "conditionsModule");
    let eligibility = part(study, "eligibilityModule");
    let info = &design["designInfo"];
    let nct_id = text(identification, "nctId")?;
    Some(vec![
        nct_id.into(),
        text(&identification["orgStudyIdInfo"], "id").into(),
        text(identification, "acronym").into(),
        text(identification, "briefTitle").into(),
        text(identification, "officialTitle").into(),
        text(&identification["organization"], "fullName").into(),
        text(status, "overallStatus").into(),
        text(status, "whyStopped").into(),
        text(design, "studyType").into(),
        texts(&design["phases"]),
        text(info, "allocation").into(),
        // An observational study has a model of its own kind.
        text(info, "interventionModel").or(text(info, "observationalModel")).into(),
        text(&info["maskingInfo"], "masking").into(),
        text(info, "primaryPurpose").into(),
        design["enrollmentInfo"]["count"].as_i64().into(),
        text(&design["enrollmentInfo"], "type").into(),
        day(&status["startDateStruct"]).into(),
        text(&status["startDateStruct"], "date").into(),
        day(&status["primaryCompletionDateStruct"]).into(),
        text(&status["primaryCompletionDateStruct"], "date").into(),
        day(&status["completionDateStruct"]).into(),
        text(&status["completionDateStruct"], "date").into(),
        day(&status["studyFirstPostDateStruct"]).into(),
        updated_on(study).into(),
        text(&sponsors["leadSponsor"], "name").into(),
        text(&sponsors["leadSponsor"], "class").into(),
        names(&sponsors["collaborators"]),
        texts(&conditions["conditions"]),
        texts(&conditions["keywords"]),
        records(&part(study, "armsInterventionsModule")["interventions"], &["type", "name", "description"]),
        records(&part(study, "outcomesModule")["primaryOutcomes"], &["measure", "timeFrame", "description"]),
        records(
            &part(study, "contactsLocationsModule")["locations"],
            &["facility", "city", "state", "country", "status"],
        ),
        text(part(study, "descriptionModule"), "briefSummary").into(),
        text(eligibility, "eligibilityCriteria").into(),
        text(eligibility, "sex").into(),
        text(eligibility, "minimumAge").into(),
        text(eligibility, "maximumAge").into(),
        eligibility["healthyVolunteers"].as_bool().into(),
        study["hasResults"].as_bool().into(),
        raw.into(),
    ])
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value[name].as_str().filter(|text| !text.is_empty())
}

/// A date, where the day is stated.
fn day(date: &Value) -> Option<NaiveDate> {
    date["date"].as_str()?.parse().ok()
}

fn texts(list: &Value) -> Cell<'_> {
    let texts = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    Cell::Texts(texts.map(Into::into).collect())
}

fn names(list: &Value) -> Cell<'_> {
    let names = list.as_array().into_iter().flatten().filter_map(|one| text(one, "name"));
    Cell::Texts(names.map(Into::into).collect())
}

/// NULL where there are none.
fn records<'a>(list: &'a Value, fields: &[&str]) -> Cell<'a> {
    let items = list.as_array().map_or(&[][..], Vec::as_slice);
    if items.is_empty() {
        return Cell::Null;
    }
    let record = |item: &'a Value| -> Vec<Cell<'a>> { fields.iter().map(|field| text(item, field).into()).collect() };
    Cell::Records(items.iter().map(record).collect())
}
