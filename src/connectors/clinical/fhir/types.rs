//! The columns of the resource types that are flattened, and their rows.

use serde_json::Value;

use super::resource::{
    concept, day, first_coding, flag, instant, list_of, number, quantity_text, reference, reference_id, span, text,
    texts,
};
use crate::sdk::rows::{Cell, Column, Kind as Holds, Rows};

/// How resources of a type are flattened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Patient,
    Observation,
    Condition,
    Encounter,
    Specimen,
    /// Not at all: id, version and the whole.
    Other,
}

const ID: Column = Column::required("id", Holds::Text, "The resource's id at its server");
const VERSION: Column = Column::new("version_id", Holds::Text, "The resource's version");
const UPDATED: Column = Column::new("last_updated", Holds::Instant, "When that version was made");
const RESOURCE: Column = Column::required("resource", Holds::Json, "The whole resource, as it came");
const IDENTIFIERS: Column = Column::new(
    "identifiers",
    Holds::Records(&[("system", Holds::Text), ("value", Holds::Text), ("type", Holds::Text)]),
    "Business identifiers",
);
const PATIENT_ID: Column = Column::new("patient_id", Holds::Text, "The id of the patient that it is about");
const SUBJECT: Column = Column::new("subject", Holds::Text, "Whom or what it is about, such as Patient/1");
const ENCOUNTER_ID: Column = Column::new("encounter_id", Holds::Text, "The id of the encounter that it belongs to");
const CODE_SYSTEM: Column =
    Column::new("code_system", Holds::Text, "The system of the first code, such as http://loinc.org");
const CODE: Column = Column::new("code", Holds::Text, "The first code");
const CODE_DISPLAY: Column = Column::new("code_display", Holds::Text, "The first code in words");
const CODE_TEXT: Column = Column::new("code_text", Holds::Text, "The concept in the words of who entered it");

const PATIENT: &[Column] = &[
    ID,
    VERSION,
    UPDATED,
    IDENTIFIERS,
    Column::new("active", Holds::Flag, "Whether the record is in use"),
    Column::new("name", Holds::Text, "The whole name: the official one, or else the first"),
    Column::new("family_name", Holds::Text, "Family name"),
    Column::new("given_names", Holds::Texts, "Given names"),
    Column::new("gender", Holds::Text, "Administrative gender"),
    Column::new("birth_date", Holds::Date, "Date of birth, where the day is stated"),
    Column::new("birth_date_text", Holds::Text, "Date of birth as it is stated, also a year alone"),
    Column::new("is_deceased", Holds::Flag, "Whether the patient is known to be dead, or alive"),
    Column::new("deceased_at", Holds::Instant, "When the patient died"),
    Column::new("marital_status", Holds::Text, "Marital status, its code"),
    Column::new("language", Holds::Text, "The preferred, or else the first language, its code"),
    Column::new("city", Holds::Text, "City of the first address"),
    Column::new("state", Holds::Text, "State of the first address"),
    Column::new("postal_code", Holds::Text, "Postal code of the first address"),
    Column::new("country", Holds::Text, "Country of the first address"),
    Column::new("managing_organization", Holds::Text, "Who keeps the record, such as Organization/1"),
    RESOURCE,
];

const OBSERVATION: &[Column] = &[
    ID,
    VERSION,
    UPDATED,
    IDENTIFIERS,
    Column::new("status", Holds::Text, "Status, such as final"),
    Column::new("category", Holds::Text, "The first category's code, such as laboratory"),
    CODE_SYSTEM,
    CODE,
    CODE_DISPLAY,
    CODE_TEXT,
    SUBJECT,
    PATIENT_ID,
    ENCOUNTER_ID,
    Column::new("specimen_id", Holds::Text, "The id of the specimen that it was made on"),
    Column::new("effective_at", Holds::Instant, "When it was true; of a period, its start"),
    Column::new("effective_until", Holds::Instant, "Of a period, its end"),
    Column::new("effective_text", Holds::Text, "When it was true as it is stated, also a day or a year alone"),
    Column::new("issued_at", Holds::Instant, "When it was made available"),
    Column::new("value_number", Holds::Real, "The value where it is a number; resource has all its digits"),
    Column::new("value_comparator", Holds::Text, "< or > where the number is a bound"),
    Column::new("value_unit", Holds::Text, "The unit in words"),
    Column::new("value_unit_code", Holds::Text, "The unit's code, in UCUM as a rule"),
    Column::new("value_code", Holds::Text, "The value where it is a concept, its first code"),
    Column::new("value_text", Holds::Text, "The value where it is no number, as text"),
    Column::new("value_flag", Holds::Flag, "The value where it is yes or no"),
    Column::new("absent_reason", Holds::Text, "Why there is no value, a code"),
    Column::new("interpretation", Holds::Text, "The first interpretation's code, such as H for high"),
    Column::new("reference_low", Holds::Real, "The lower end of the first reference range"),
    Column::new("reference_high", Holds::Real, "The upper end of the first reference range"),
    Column::new(
        "components",
        Holds::Records(&[
            ("code", Holds::Text),
            ("code_display", Holds::Text),
            ("value_number", Holds::Real),
            ("value_unit", Holds::Text),
            ("value_text", Holds::Text),
        ]),
        "Values that belong together, such as systolic and diastolic",
    ),
    RESOURCE,
];

const CONDITION: &[Column] = &[
    ID,
    VERSION,
    UPDATED,
    IDENTIFIERS,
    Column::new("clinical_status", Holds::Text, "Clinical status, such as active"),
    Column::new("verification_status", Holds::Text, "Verification status, such as confirmed"),
    Column::new("category", Holds::Text, "The first category's code"),
    Column::new("severity", Holds::Text, "Severity, in words"),
    CODE_SYSTEM,
    CODE,
    CODE_DISPLAY,
    CODE_TEXT,
    SUBJECT,
    PATIENT_ID,
    ENCOUNTER_ID,
    Column::new("onset_at", Holds::Instant, "When it began; of a period, its start"),
    Column::new("onset_text", Holds::Text, "When it began as it is stated, also an age or a year alone"),
    Column::new("abatement_at", Holds::Instant, "When it ended; of a period, its start"),
    Column::new("abatement_text", Holds::Text, "When it ended as it is stated"),
    Column::new("recorded_at", Holds::Instant, "When it was recorded"),
    RESOURCE,
];

const ENCOUNTER: &[Column] = &[
    ID,
    VERSION,
    UPDATED,
    IDENTIFIERS,
    Column::new("status", Holds::Text, "Status, such as finished"),
    Column::new("class", Holds::Text, "Class, its code, such as AMB for ambulatory"),
    Column::new("type_code", Holds::Text, "The first type's code"),
    Column::new("type_text", Holds::Text, "The first type in words"),
    SUBJECT,
    PATIENT_ID,
    Column::new("started_at", Holds::Instant, "When it began"),
    Column::new("ended_at", Holds::Instant, "When it ended"),
    Column::new("reason_code", Holds::Text, "The first reason's code"),
    Column::new("reason_text", Holds::Text, "The first reason in words"),
    Column::new("service_provider", Holds::Text, "Who provided it, such as Organization/1"),
    RESOURCE,
];

const SPECIMEN: &[Column] = &[
    ID,
    VERSION,
    UPDATED,
    IDENTIFIERS,
    Column::new("accession", Holds::Text, "The laboratory's identifier"),
    Column::new("status", Holds::Text, "Status, such as available"),
    Column::new("type_system", Holds::Text, "The system of the type's code"),
    Column::new("type_code", Holds::Text, "The type's code"),
    Column::new("type_text", Holds::Text, "The type in words"),
    SUBJECT,
    PATIENT_ID,
    Column::new("received_at", Holds::Instant, "When the laboratory got it"),
    Column::new("collected_at", Holds::Instant, "When it was taken; of a period, its start"),
    Column::new("collected_text", Holds::Text, "When it was taken as it is stated"),
    Column::new("body_site", Holds::Text, "Where it was taken, in words"),
    Column::new("quantity", Holds::Real, "How much was taken"),
    Column::new("quantity_unit", Holds::Text, "The unit of that"),
    Column::new("parents", Holds::Texts, "The specimens that it was made from, such as Specimen/1"),
    RESOURCE,
];

const OTHER: &[Column] = &[ID, VERSION, UPDATED, IDENTIFIERS, RESOURCE];

impl Kind {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "Patient" => Self::Patient,
            "Observation" => Self::Observation,
            "Condition" => Self::Condition,
            "Encounter" => Self::Encounter,
            "Specimen" => Self::Specimen,
            _ => Self::Other,
        }
    }

    pub(super) fn columns(self) -> &'static [Column] {
        match self {
            Self::Patient => PATIENT,
            Self::Observation => OBSERVATION,
            Self::Condition => CONDITION,
            Self::Encounter => ENCOUNTER,
            Self::Specimen => SPECIMEN,
            Self::Other => OTHER,
        }
    }

    /// The row of a resource; `raw` is its text.
    pub(super) fn row<'a>(self, id: &'a str, resource: &'a Value, raw: &'a str) -> Vec<Cell<'a>> {
        let mut row = vec![
            id.into(),
            text(&resource["meta"], "versionId").into(),
            instant(&resource["meta"]["lastUpdated"]).into(),
            identifiers(resource),
        ];
        row.extend(match self {
            Self::Patient => patient(resource),
            Self::Observation => observation(resource),
            Self::Condition => condition(resource),
            Self::Encounter => encounter(resource),
            Self::Specimen => specimen(resource),
            Self::Other => Vec::new(),
        });
        row.push(raw.into());
        row
    }

    /// Rows to gather.
    pub(super) fn rows(self) -> Rows {
        Rows::of(self.columns())
    }
}

fn identifiers(resource: &Value) -> Cell<'_> {
    // Of some types it is a single one.
    let all: Vec<&Value> = match &resource["identifier"] {
        Value::Array(all) => all.iter().collect(),
        Value::Object(_) => vec![&resource["identifier"]],
        _ => return Cell::Null,
    };
    let record = |one: &Value| -> Vec<Cell<'static>> {
        let kind = first_coding(&one["type"]);
        vec![
            text(one, "system").map(str::to_owned).into(),
            text(one, "value").map(str::to_owned).into(),
            kind.and_then(|kind| text(kind, "code")).map(str::to_owned).into(),
        ]
    };
    Cell::Records(all.into_iter().map(record).collect())
}

fn patient(resource: &Value) -> Vec<Cell<'_>> {
    let names = list_of(&resource["name"]);
    let name = names.iter().find(|name| name["use"] == "official").or(names.first()).unwrap_or(&Value::Null);
    let given = texts(&name["given"]);
    let family = text(name, "family");
    let parts: Vec<&str> = given.iter().copied().chain(family).collect();
    let whole = text(name, "text").map(str::to_owned).or((!parts.is_empty()).then(|| parts.join(" ")));
    let address = &resource["address"][0];
    let languages = list_of(&resource["communication"]);
    let language = languages.iter().find(|one| one["preferred"] == true).or(languages.first()).unwrap_or(&Value::Null);
    let deceased_at = instant(&resource["deceasedDateTime"]);
    let is_deceased = flag(resource, "deceasedBoolean").or(resource["deceasedDateTime"].is_string().then_some(true));
    vec![
        flag(resource, "active").into(),
        whole.into(),
        family.into(),
        list_cell(given),
        text(resource, "gender").into(),
        day(&resource["birthDate"]).into(),
        text(resource, "birthDate").into(),
        is_deceased.into(),
        deceased_at.into(),
        code_of(&resource["maritalStatus"]).into(),
        code_of(&language["language"]).into(),
        text(address, "city").into(),
        text(address, "state").into(),
        text(address, "postalCode").into(),
        text(address, "country").into(),
        reference(&resource["managingOrganization"]).into(),
    ]
}

fn observation(resource: &Value) -> Vec<Cell<'_>> {
    let (effective, until, effective_text) = span(resource, "effective");
    let quantity = &resource["valueQuantity"];
    let range = &resource["referenceRange"][0];
    let value_text = value_text(resource);
    let mut row = vec![text(resource, "status").into(), code_of(&resource["category"][0]).into()];
    row.extend(concept(&resource["code"]));
    row.extend(about(resource));
    row.append(&mut vec![
        reference_id(&resource["encounter"], "Encounter").into(),
        reference_id(&resource["specimen"], "Specimen").into(),
        effective.into(),
        until.into(),
        effective_text.into(),
        instant(&resource["issued"]).into(),
        number(&quantity["value"]).or(number(&resource["valueInteger"])).into(),
        text(quantity, "comparator").into(),
        text(quantity, "unit").into(),
        text(quantity, "code").into(),
        code_of(&resource["valueCodeableConcept"]).into(),
        value_text.into(),
        flag(resource, "valueBoolean").into(),
        code_of(&resource["dataAbsentReason"]).into(),
        code_of(&resource["interpretation"][0]).into(),
        number(&range["low"]["value"]).into(),
        number(&range["high"]["value"]).into(),
        components(resource),
    ]);
    row
}

/// A value that is no number.
fn value_text(holder: &Value) -> Option<String> {
    let concept = &holder["valueCodeableConcept"];
    let words = text(concept, "text").or_else(|| first_coding(concept).and_then(|coding| text(coding, "display")));
    let plain = ["valueString", "valueDateTime", "valueTime"].into_iter().find_map(|name| text(holder, name));
    words.or(plain).map(str::to_owned).or_else(|| quantity_text(holder))
}

fn components(resource: &Value) -> Cell<'_> {
    let components = list_of(&resource["component"]);
    if components.is_empty() {
        return Cell::Null;
    }
    let record = |one: &Value| -> Vec<Cell<'static>> {
        let coding = first_coding(&one["code"]);
        let display = coding.and_then(|coding| text(coding, "display")).or(text(&one["code"], "text"));
        vec![
            coding.and_then(|coding| text(coding, "code")).map(str::to_owned).into(),
            display.map(str::to_owned).into(),
            number(&one["valueQuantity"]["value"]).or(number(&one["valueInteger"])).into(),
            text(&one["valueQuantity"], "unit").map(str::to_owned).into(),
            value_text(one).into(),
        ]
    };
    Cell::Records(components.iter().map(record).collect())
}

fn condition(resource: &Value) -> Vec<Cell<'_>> {
    let (onset, _, onset_text) = span(resource, "onset");
    let (abatement, _, abatement_text) = span(resource, "abatement");
    let mut row = vec![
        code_of(&resource["clinicalStatus"]).into(),
        code_of(&resource["verificationStatus"]).into(),
        code_of(&resource["category"][0]).into(),
        words_of(&resource["severity"]).into(),
    ];
    row.extend(concept(&resource["code"]));
    row.extend(about(resource));
    row.append(&mut vec![
        reference_id(&resource["encounter"], "Encounter").into(),
        onset.into(),
        onset_text.into(),
        abatement.into(),
        abatement_text.into(),
        instant(&resource["recordedDate"]).into(),
    ]);
    row
}

fn encounter(resource: &Value) -> Vec<Cell<'_>> {
    let kind = &resource["type"][0];
    let reason = &resource["reasonCode"][0];
    let mut row = vec![
        text(resource, "status").into(),
        text(&resource["class"], "code").into(),
        code_of(kind).into(),
        words_of(kind).into(),
    ];
    row.extend(about(resource));
    row.append(&mut vec![
        instant(&resource["period"]["start"]).into(),
        instant(&resource["period"]["end"]).into(),
        code_of(reason).into(),
        words_of(reason).into(),
        reference(&resource["serviceProvider"]).into(),
    ]);
    row
}

fn specimen(resource: &Value) -> Vec<Cell<'_>> {
    let collection = &resource["collection"];
    let (collected, _, collected_text) = span(collection, "collected");
    let kind = &resource["type"];
    let parents = list_of(&resource["parent"]).iter().filter_map(reference).collect();
    let mut row = vec![
        text(&resource["accessionIdentifier"], "value").into(),
        text(resource, "status").into(),
        first_coding(kind).and_then(|coding| text(coding, "system")).into(),
        code_of(kind).into(),
        words_of(kind).into(),
    ];
    row.extend(about(resource));
    row.append(&mut vec![
        instant(&resource["receivedTime"]).into(),
        collected.into(),
        collected_text.into(),
        words_of(&collection["bodySite"]).into(),
        number(&collection["quantity"]["value"]).into(),
        text(&collection["quantity"], "unit").into(),
        list_cell(parents),
    ]);
    row
}

/// `subject` and `patient_id`.
fn about(resource: &Value) -> [Cell<'_>; 2] {
    let subject = &resource["subject"];
    [reference(subject).into(), reference_id(subject, "Patient").into()]
}

fn code_of(concept: &Value) -> Option<&str> {
    first_coding(concept).and_then(|coding| text(coding, "code"))
}

fn words_of(concept: &Value) -> Option<&str> {
    text(concept, "text").or_else(|| first_coding(concept).and_then(|coding| text(coding, "display")))
}

/// NULL where there are none.
fn list_cell(texts: Vec<&str>) -> Cell<'_> {
    if texts.is_empty() { Cell::Null } else { Cell::Texts(texts.into_iter().map(Into::into).collect()) }
}
