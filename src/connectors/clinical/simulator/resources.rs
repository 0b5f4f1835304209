//! The clinic as FHIR resources.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::demo::clinic::{Clinic, Code, Finding, Patient, Visit};

pub(super) fn of(clinic: &Clinic) -> Vec<Value> {
    clinic.patients().iter().flat_map(of_patient).collect()
}

fn of_patient(patient: &Patient) -> Vec<Value> {
    let first = patient.visits.first().map_or_else(Utc::now, |visit| visit.at);
    let mut resources = vec![person(patient, first), condition(patient, first)];
    for (visit, number) in patient.visits.iter().zip(1..) {
        let id = format!("{}-{number}", patient.number);
        resources.push(encounter(patient, visit, &id));
        resources.push(specimen(patient, visit, &id));
        let results = visit.results.iter().zip(1..);
        resources.extend(results.map(|(finding, place)| measured(patient, visit, finding, &id, place)));
        resources.push(pressure(patient, visit, &id));
        resources.extend(visit.variant.map(|variant| found(patient, visit, variant, &id)));
    }
    resources
}

fn meta(at: DateTime<Utc>) -> Value {
    json!({ "versionId": "1", "lastUpdated": at.to_rfc3339_opts(SecondsFormat::Millis, true) })
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn concept(code: Code) -> Value {
    json!({ "coding": [{ "system": code.system, "code": code.code, "display": code.display }], "text": code.display })
}

fn coded(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

fn subject(patient: &Patient) -> Value {
    json!({ "reference": format!("Patient/{}", patient.number) })
}

fn person(patient: &Patient, at: DateTime<Utc>) -> Value {
    let born = if patient.only_year { patient.born.format("%Y").to_string() } else { patient.born.to_string() };
    let mut resource = json!({
        "resourceType": "Patient", "id": patient.number.to_string(), "meta": meta(at),
        "identifier": [{ "system": "urn:oid:2.999.1", "value": format!("MRN{:06}", patient.number),
            "type": coded("http://terminology.hl7.org/CodeSystem/v2-0203", "MR") }],
        "active": true,
        "name": [
            { "use": "nickname", "given": ["Nick"] },
            { "use": "official", "family": patient.family, "given": [patient.given] },
        ],
        "gender": patient.gender, "birthDate": born,
        "address": [{ "city": patient.city, "country": "XX" }],
        "managingOrganization": { "reference": "Organization/1" },
    });
    match patient.died {
        Some(died) => resource["deceasedDateTime"] = json!(text(died)),
        None => resource["deceasedBoolean"] = json!(false),
    }
    resource
}

fn condition(patient: &Patient, at: DateTime<Utc>) -> Value {
    json!({
        "resourceType": "Condition", "id": format!("c{}", patient.number), "meta": meta(at),
        "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
        "verificationStatus": coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"),
        "category": [coded("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item")],
        "code": concept(patient.disease), "subject": subject(patient),
        "onsetDateTime": patient.onset.to_string(), "recordedDate": text(at),
    })
}

fn encounter(patient: &Patient, visit: &Visit, id: &str) -> Value {
    json!({
        "resourceType": "Encounter", "id": format!("e{id}"), "meta": meta(visit.at), "status": "finished",
        "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB" },
        "subject": subject(patient),
        "period": { "start": text(visit.at), "end": text(visit.at + TimeDelta::minutes(visit.minutes)) },
        "reasonCode": [concept(patient.disease)], "serviceProvider": { "reference": "Organization/1" },
    })
}

fn specimen(patient: &Patient, visit: &Visit, id: &str) -> Value {
    json!({
        "resourceType": "Specimen", "id": format!("s{id}"), "meta": meta(visit.at),
        "accessionIdentifier": { "system": "urn:oid:2.999.2", "value": format!("ACC-{id}") },
        "status": "available", "type": concept(visit.specimen), "subject": subject(patient),
        "receivedTime": text(visit.at + TimeDelta::hours(2)),
        "collection": { "collectedDateTime": text(visit.at), "quantity": { "value": 5, "unit": "mL" } },
    })
}

fn observation(patient: &Patient, visit: &Visit, id: &str, category: &str, code: &Value) -> Value {
    let (visit_id, _) = id.split_once('.').unwrap_or((id, ""));
    json!({
        "resourceType": "Observation", "id": format!("o{id}"), "meta": meta(visit.at), "status": "final",
        "category": [coded("http://terminology.hl7.org/CodeSystem/observation-category", category)],
        "code": code, "subject": subject(patient), "encounter": { "reference": format!("Encounter/e{visit_id}") },
        "effectiveDateTime": text(visit.at), "issued": text(visit.at + TimeDelta::hours(5)),
    })
}

fn measured(patient: &Patient, visit: &Visit, finding: &Finding, id: &str, place: usize) -> Value {
    let mut resource = observation(patient, visit, &format!("{id}.{place}"), "laboratory", &concept(finding.code));
    let quantity = |tenths: i64| json!({ "value": tenths as f64 / 10., "unit": finding.unit, "system": "http://unitsofmeasure.org", "code": finding.unit });
    resource["specimen"] = json!({ "reference": format!("Specimen/s{id}") });
    resource["valueQuantity"] = quantity(finding.tenths);
    let (low, high) = finding.range;
    resource["referenceRange"] = json!([{ "low": quantity(low), "high": quantity(high) }]);
    let interpretation = if finding.tenths > high {
        "H"
    } else if finding.tenths < low {
        "L"
    } else {
        "N"
    };
    let system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
    resource["interpretation"] = json!([coded(system, interpretation)]);
    resource
}

fn pressure(patient: &Patient, visit: &Visit, id: &str) -> Value {
    let code = |code, display| concept(Code { system: "http://loinc.org", code, display });
    let panel = code("85354-9", "Blood pressure panel with all children optional");
    let mut resource = observation(patient, visit, &format!("{id}.bp"), "vital-signs", &panel);
    let component =
        |name: Value, value: u32| json!({ "code": name, "valueQuantity": { "value": value, "unit": "mmHg" } });
    resource["component"] = json!([
        component(code("8480-6", "Systolic blood pressure"), visit.pressure.0),
        component(code("8462-4", "Diastolic blood pressure"), visit.pressure.1),
    ]);
    resource
}

fn found(patient: &Patient, visit: &Visit, variant: Code, id: &str) -> Value {
    let code = Code { system: "http://loinc.org", code: "69548-6", display: "Genetic variant assessment" };
    let mut resource = observation(patient, visit, &format!("{id}.v"), "laboratory", &concept(code));
    resource["specimen"] = json!({ "reference": format!("Specimen/s{id}") });
    resource["valueCodeableConcept"] = concept(variant);
    resource
}
