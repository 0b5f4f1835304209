//! What the catalogue keeps of objects, and the fields of their types.

use serde_json::{Value, json};

use super::super::objects::{results_of, uid};
use super::{Renderer, text};
use crate::demo::lab::{Lab, SAMPLE_TYPES, SampleStatus, TestType};

impl Renderer<'_> {
    /// What the catalogue of a type keeps.
    pub(super) fn metadata(&self, resource: &str, place: usize) -> Value {
        let lab = self.lab;
        match resource {
            "client" => json!({ "getClientID": lab.clients[place].id, "getName": lab.clients[place].name }),
            "analysisrequest" => {
                let sample = &lab.samples[place];
                let project = &lab.projects[sample.project];
                json!({
                    "getClientUID": uid("client", project.client), "getClientTitle": lab.clients[project.client].name,
                    "getClientID": lab.clients[project.client].id, "getContactUID": uid("contact", project.client),
                    "getBatchID": format!("B-{:03}", sample.project + 1), "getBatchUID": uid("batch", sample.project),
                    "getSampleTypeTitle": SAMPLE_TYPES[sample.sample_type].name,
                    "getSampleTypeUID": uid("sampletype", sample.sample_type),
                    "getDateSampled": format!("{}T00:00:00+00:00", sample.collected),
                    "getDateReceived": text(sample.received_at), "getStorageLocationTitle": sample.location,
                    "getProgress": if sample.status == SampleStatus::Received { 0 } else { 100 },
                    "getClientSampleID": compound_of(lab, place), "getPrinted": "0", "getDatePublished": null,
                    "getInternalUse": false, "getSampler": "", "assigned_state": "assigned",
                })
            }
            "analysis" => {
                let result = &lab.results[place];
                let sample = &lab.samples[result.sample];
                let client = lab.projects[sample.project].client;
                json!({
                    "getKeyword": lab.tests[result.test].keyword, "getResult": self.value(result.value, result.test),
                    "getUnit": lab.tests[result.test].unit, "getResultCaptureDate": text(result.at),
                    "getRequestID": sample.id, "getClientTitle": lab.clients[client].name,
                    "getDateReceived": text(sample.received_at), "getServiceUID": uid("analysisservice", result.test),
                    "getSampleTypeUID": uid("sampletype", sample.sample_type),
                    "getSubmittedBy": lab.analysts[result.analyst].username, "getRetestOfUID": null,
                    "getReferenceAnalysesGroupID": null,
                })
            }
            "referenceanalysis" => {
                let control = &lab.controls[place];
                let test = lab.materials[control.material].test;
                json!({
                    "getKeyword": lab.tests[test].keyword, "getResult": control.value.to_string(),
                    "getUnit": lab.tests[test].unit, "getResultCaptureDate": text(control.at),
                    "getServiceUID": uid("analysisservice", test), "getRequestID": "",
                    "getReferenceAnalysesGroupID": lab.materials[control.material].id,
                })
            }
            "worksheet" => json!({
                "getAnalyst": lab.analysts[place % lab.analysts.len()].username, "getProgressPercentage": 100,
                "getNumberOfRegularAnalyses": results_of(lab, place).len(), "getNumberOfQCAnalyses": 0,
            }),
            _ => json!({}),
        }
    }

    /// The fields of a type.
    pub(super) fn fields(&self, resource: &str, place: usize) -> Value {
        let lab = self.lab;
        match resource {
            "client" => {
                let client = &lab.clients[place];
                json!({
                    "ClientID": client.id, "Name": client.name, "TaxNumber": null, "BulkDiscount": place.is_multiple_of(2),
                    "EmailAddress": format!("lab{}@client.example", place + 1), "Phone": "",
                    "PhysicalAddress": { "city": client.city, "country": client.country, "zip": "", "address": "" },
                    "PostalAddress": {},
                })
            }
            "contact" => person(lab.clients[place].contact, None),
            "labcontact" => {
                let analyst = &lab.analysts[place];
                person((analyst.given, analyst.family), Some(analyst.username))
            }
            "batch" => json!({
                "BatchID": format!("B-{:03}", place + 1), "ClientBatchID": lab.projects[place].id,
                "Client": self.reference("client", lab.projects[place].client), "BatchLabels": [],
                "BatchDate": format!("{}T00:00:00+00:00", lab.size.first_day),
            }),
            "analysisrequest" => {
                let sample = &lab.samples[place];
                json!({
                    "SampleType": self.reference("sampletype", sample.sample_type), "Batch": self.reference("batch", sample.project),
                    "DateSampled": format!("{}T00:00:00+00:00", sample.collected), "DateReceived": text(sample.received_at),
                    "ClientSampleID": compound_of(lab, place), "Priority": "3", "InternalUse": false, "Template": {},
                    "SampleTypeTitle": SAMPLE_TYPES[sample.sample_type].name, "ClientReference": null, "Composite": null,
                })
            }
            "analysis" => {
                let result = &lab.results[place];
                let mut fields = self.service_fields(&lab.tests[result.test], result.test);
                fields["AnalysisService"] = self.reference("analysisservice", result.test);
                fields["Result"] = json!(self.value(result.value, result.test));
                fields["ResultCaptureDate"] = json!(text(result.at));
                fields["Analyst"] = json!(lab.analysts[result.analyst].username);
                fields["Instrument"] = self.reference("instrument", result.instrument);
                fields["RetestOf"] = json!({});
                fields["ResultsRange"] = Value::Null;
                fields["DetectionLimitOperand"] = Value::Null;
                fields
            }
            "referenceanalysis" => {
                let control = &lab.controls[place];
                let material = &lab.materials[control.material];
                let mut fields = self.service_fields(&lab.tests[material.test], material.test);
                fields["Result"] = json!(control.value.to_string());
                fields["ResultCaptureDate"] = json!(text(control.at));
                fields["Analyst"] = json!(lab.analysts[control.analyst].username);
                fields["Instrument"] = self.reference("instrument", control.instrument);
                fields["ReferenceType"] = json!("c");
                let allowed = 3. * material.deviation;
                let limits = (material.target - allowed, material.target + allowed);
                fields["ResultsRange"] = json!({ "min": limits.0.to_string(), "max": limits.1.to_string() });
                fields
            }
            "worksheet" => json!({
                "Analyst": lab.analysts[place % lab.analysts.len()].username, "Instrument": {}, "Method": {},
                "Analyses": results_of(lab, place).map(|result| self.reference("analysis", result)).collect::<Vec<_>>(),
                "ResultsLayout": "1", "Remarks": [],
            }),
            // Of Dexterity, since SENAITE 2.6.
            "sampletype" => {
                let sample_type = &SAMPLE_TYPES[place];
                json!({
                    "prefix": sample_type.prefix, "min_volume": sample_type.least, "hazardous": sample_type.hazardous,
                    "retention_period": { "days": sample_type.keeps_days, "hours": 0, "minutes": 0 },
                    "sample_matrix": [], "container_type": [],
                })
            }
            "analysisservice" => self.service_fields(&lab.tests[place], place),
            "instrument" => {
                let instrument = &lab.instruments[place];
                json!({
                    "Model": instrument.model, "SerialNo": instrument.serial, "AssetNumber": instrument.id, "Methods": {},
                    "InstallationDate": format!("{}T00:00:00+00:00", instrument.installed), "InstrumentLocation": {},
                    "DisposeUntilNextCalibrationTest": null, "Supplier": {},
                })
            }
            "referencesample" => {
                let material = &lab.materials[place];
                json!({
                    "LotNumber": material.lot, "Blank": false, "Hazardous": null, "CatalogueNumber": "",
                    "DateReceived": format!("{}T00:00:00+00:00", material.received),
                    "ExpiryDate": format!("{}T00:00:00+00:00", material.expires),
                    "ReferenceResults": [{
                        "uid": uid("analysisservice", material.test), "result": material.target.to_string(),
                    }],
                })
            }
            _ => json!({}),
        }
    }

    fn service_fields(&self, test: &TestType, place: usize) -> Value {
        json!({
            "Keyword": test.keyword, "Unit": test.unit, "Precision": test.decimals, "Price": format!("{:.2}", test.price),
            "VAT": "21.00", "Category": self.reference("analysiscategory", place), "PointOfCapture": "lab",
            "MaxTimeAllowed": { "days": (test.hours / 24.) as u32, "hours": (test.hours % 24.) as u32, "minutes": 0 },
            "Accredited": null, "LowerDetectionLimit": "0.0000000", "UpperDetectionLimit": "1000000000.0000000",
            "Department": {}, "Method": {}, "Instruments": [],
        })
    }
}

/// The number of the compound that a sample is of; empty where there is none.
fn compound_of(lab: &Lab, sample: usize) -> &str {
    lab.samples[sample].compound.map_or("", |place| &lab.compounds[place].id)
}

fn person((given, family): (&str, &str), username: Option<&str>) -> Value {
    json!({
        "Firstname": given, "Surname": family, "Fullname": format!("{given} {family}"), "Username": username,
        "EmailAddress": format!("{}@lab.example", given.to_lowercase()), "BusinessPhone": "", "JobTitle": "",
        "Department": null,
    })
}
