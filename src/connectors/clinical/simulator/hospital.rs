//! The hospital as FHIR resources: who lay where, what for, and what the laboratory found.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::demo::hospital::{CHRONIC, DIAGNOSES, Hospital, Lab, Patient, Stay, TESTS, WARDS};

const LOINC: &str = "http://loinc.org";
const SNOMED: &str = "http://snomed.info/sct";

pub(super) fn of(hospital: &Hospital) -> Vec<Value> {
    let first = hospital.stays.first().map_or(hospital.closed_at, |stay| stay.admitted_at);
    let mut resources = Vec::new();
    for patient in &hospital.patients {
        resources.push(person(patient, first));
        resources.extend(chronic(patient, first));
    }
    for stay in &hospital.stays {
        resources.push(encounter(hospital, stay));
        resources.push(diagnosis(hospital, stay));
        let labs = stay.labs.iter().enumerate();
        resources.extend(labs.map(|(place, lab)| observation(hospital, stay, lab, place)));
    }
    resources
}

fn meta(at: DateTime<Utc>) -> Value {
    json!({ "versionId": "1", "lastUpdated": at.to_rfc3339_opts(SecondsFormat::Millis, true) })
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn concept(system: &str, code: &str, display: &str, words: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code, "display": display }], "text": words })
}

fn coded(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": format!("http://terminology.hl7.org/CodeSystem/{system}"), "code": code }] })
}

fn subject(patient: &Patient) -> Value {
    json!({ "reference": format!("Patient/{}", patient.number) })
}

fn person(patient: &Patient, at: DateTime<Utc>) -> Value {
    json!({
        "resourceType": "Patient", "id": patient.number.to_string(), "meta": meta(at),
        "identifier": [{ "system": "urn:oid:2.999.1", "value": patient.record_number(), "type": coded("v2-0203", "MR") }],
        "active": true,
        "name": [{ "use": "official", "family": patient.family, "given": [patient.given] }],
        "telecom": [{ "system": "phone", "value": patient.phone, "use": "mobile" }],
        "gender": patient.gender, "birthDate": patient.born.to_string(),
        "address": [{ "city": patient.city, "country": "XX" }],
        "managingOrganization": { "reference": "Organization/lindenau" },
    })
}

fn chronic(patient: &Patient, at: DateTime<Utc>) -> Option<Value> {
    let known = CHRONIC[patient.chronic?];
    Some(json!({
        "resourceType": "Condition", "id": format!("problem-{}", patient.number), "meta": meta(at),
        "clinicalStatus": coded("condition-clinical", "active"),
        "verificationStatus": coded("condition-ver-status", "confirmed"),
        "category": [coded("condition-category", "problem-list-item")],
        "code": concept(SNOMED, known.code, known.name, known.name), "subject": subject(patient),
        "recordedDate": text(at),
    }))
}

fn id(stay: &Stay) -> String {
    format!("stay-{:06}", stay.number)
}

fn encounter(hospital: &Hospital, stay: &Stay) -> Value {
    let (ward, what) = (&WARDS[stay.ward], &DIAGNOSES[stay.diagnosis]);
    let source = if stay.is_emergency { "emd" } else { "gp" };
    let mut period = json!({ "start": text(stay.admitted_at) });
    if let Some(discharged_at) = stay.discharged_at {
        period["end"] = json!(text(discharged_at));
    }
    json!({
        "resourceType": "Encounter", "id": id(stay), "meta": meta(stay.discharged_at.unwrap_or(stay.admitted_at)),
        "status": if stay.discharged_at.is_some() { "finished" } else { "in-progress" },
        "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP" },
        "subject": subject(&hospital.patients[stay.patient]), "period": period,
        "participant": [{ "individual": { "display": Hospital::signature(&hospital.clinicians[stay.clinician]) } }],
        "reasonCode": [concept(SNOMED, what.code, what.name, what.name)],
        "hospitalization": { "admitSource": coded("admit-source", source) },
        "location": [{ "location": { "display": ward.door } }],
        "serviceProvider": { "reference": "Organization/lindenau" },
    })
}

fn diagnosis(hospital: &Hospital, stay: &Stay) -> Value {
    let what = &DIAGNOSES[stay.diagnosis];
    json!({
        "resourceType": "Condition", "id": format!("diagnosis-{}", stay.number), "meta": meta(stay.admitted_at),
        "clinicalStatus": coded("condition-clinical", if stay.discharged_at.is_some() { "resolved" } else { "active" }),
        "verificationStatus": coded("condition-ver-status", "confirmed"),
        "category": [coded("condition-category", "encounter-diagnosis")],
        "code": concept(SNOMED, what.code, what.name, what.name),
        "subject": subject(&hospital.patients[stay.patient]),
        "encounter": { "reference": format!("Encounter/{}", id(stay)) },
        "onsetDateTime": text(stay.admitted_at), "recordedDate": text(stay.admitted_at + TimeDelta::hours(1)),
    })
}

fn observation(hospital: &Hospital, stay: &Stay, lab: &Lab, place: usize) -> Value {
    let test = &TESTS[lab.test];
    let quantity = |hundredths: i64| {
        let value = hundredths as f64 / 100.;
        json!({ "value": value, "unit": test.unit, "system": "http://unitsofmeasure.org", "code": test.unit })
    };
    let (low, high) = test.range;
    let interpretation = match lab.hundredths {
        value if value > high => "H",
        value if value < low => "L",
        _ => "N",
    };
    json!({
        "resourceType": "Observation", "id": format!("lab-{}-{place}", stay.number), "meta": meta(lab.taken_at),
        "status": "final", "category": [coded("observation-category", "laboratory")],
        "code": concept(LOINC, test.code, test.display, test.name),
        "subject": subject(&hospital.patients[stay.patient]),
        "encounter": { "reference": format!("Encounter/{}", id(stay)) },
        "effectiveDateTime": text(lab.taken_at), "issued": text(lab.taken_at + TimeDelta::hours(3)),
        "valueQuantity": quantity(lab.hundredths),
        "referenceRange": [{ "low": quantity(low), "high": quantity(high) }],
        "interpretation": [coded("v3-ObservationInterpretation", interpretation)],
    })
}
