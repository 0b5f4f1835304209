//! What objects are called, where they lie, and in what state they are.

use super::Renderer;
use crate::demo::lab::{SAMPLE_TYPES, SampleStatus};

/// What an object is called and where it lies.
pub(super) struct Name {
    pub(super) id: String,
    pub(super) title: String,
    /// The folder that it lies in: its type, its place and its path.
    pub(super) parent: Option<(&'static str, usize, String)>,
    pub(super) state: &'static str,
    pub(super) author: String,
}

impl Renderer<'_> {
    pub(super) fn name(&self, resource: &str, place: usize) -> Name {
        let lab = self.lab;
        let client_folder = |client: usize| ("client", client, format!("/senaite/clients/client-{}", client + 1));
        let name = |id: String, title: String, parent, state| Name { id, title, parent, state, author: "admin".into() };
        match resource {
            "client" => name(format!("client-{}", place + 1), lab.clients[place].name.into(), None, "active"),
            "contact" => {
                let (given, family) = lab.clients[place].contact;
                name(
                    format!("contact-{}", place + 1),
                    format!("{given} {family}"),
                    Some(client_folder(place)),
                    "active",
                )
            }
            "labcontact" => {
                let analyst = &lab.analysts[place];
                name(
                    format!("labcontact-{}", place + 1),
                    format!("{} {}", analyst.given, analyst.family),
                    None,
                    "active",
                )
            }
            "batch" => name(format!("B-{:03}", place + 1), lab.projects[place].title.into(), None, "open"),
            "analysisrequest" => {
                let sample = &lab.samples[place];
                let state = match sample.status {
                    SampleStatus::Received => "sample_received",
                    SampleStatus::InProgress => "to_be_verified",
                    SampleStatus::Completed | SampleStatus::Archived => "published",
                    SampleStatus::Rejected => "rejected",
                };
                let client = lab.projects[sample.project].client;
                name(sample.id.clone(), sample.id.clone(), Some(client_folder(client)), state)
            }
            "analysis" => {
                let result = &lab.results[place];
                let test = &lab.tests[result.test];
                let sample = &lab.samples[result.sample];
                let client = lab.projects[sample.project].client + 1;
                let path = format!("/senaite/clients/client-{client}/{}", sample.id);
                let parent = Some(("analysisrequest", result.sample, path));
                let state = match sample.status {
                    SampleStatus::Received => "assigned",
                    SampleStatus::InProgress => "to_be_verified",
                    SampleStatus::Completed | SampleStatus::Archived => "published",
                    SampleStatus::Rejected => "rejected",
                };
                name(test.keyword.into(), test.name.into(), parent, state)
            }
            "worksheet" => {
                let id = format!("WS-{:04}", place + 1);
                name(id.clone(), id, None, "verified")
            }
            "sampletype" => name(format!("sampletype-{}", place + 1), SAMPLE_TYPES[place].name.into(), None, "active"),
            "analysisservice" => {
                name(format!("analysisservice-{}", place + 1), lab.tests[place].name.into(), None, "active")
            }
            "analysiscategory" => {
                name(format!("analysiscategory-{}", place + 1), lab.tests[place].category.into(), None, "active")
            }
            "instrument" => {
                name(format!("instrument-{}", place + 1), lab.instruments[place].name.into(), None, "active")
            }
            "referencesample" => {
                let material = &lab.materials[place];
                name(
                    material.id.clone(),
                    format!("{} {}", lab.tests[material.test].name, material.level),
                    None,
                    "current",
                )
            }
            _ => {
                let control = &lab.controls[place];
                let material = &lab.materials[control.material];
                let parent =
                    Some(("referencesample", control.material, format!("/senaite/references/{}", material.id)));
                let state = if lab.passes(control) { "verified" } else { "rejected" };
                name(control.id.clone(), lab.tests[material.test].name.into(), parent, state)
            }
        }
    }
}
