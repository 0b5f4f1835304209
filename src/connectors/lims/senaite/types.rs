//! The types of objects, and what columns become of them.
//!
//! Fields are those of `senaite.core` (`bika/lims/content`, `senaite/core/content`), names that begin with `get` the metadata
//! of its catalogues (`senaite/core/catalog`).

use serde_json::Value;

use super::attribute::Read::{Flag, Hours, Instant, Member, Number, NumberMember, Text, Texts, Uid, Uids};
use super::attribute::{Attribute, attribute};
use crate::sdk::rows::{Cell, Kind as Holds, Rows, field};

/// What is read where nothing else is said.
pub(super) const USUAL: [&str; 12] = [
    "client",
    "contact",
    "labcontact",
    "batch",
    "analysisrequest",
    "analysis",
    "worksheet",
    "sampletype",
    "analysisservice",
    "instrument",
    "referencesample",
    "referenceanalysis",
];

/// What all objects have.
const COMMON: &[Attribute] = &[
    attribute("id", Text, &["id"], "Its number, unique in its folder"),
    attribute("title", Text, &["title"], "What it is called"),
    attribute("description", Text, &["description"], "A few words about it"),
    attribute("review_state", Text, &["review_state"], "Its state in the workflow, such as published"),
    attribute("created_at", Instant, &["created", "creation_date"], "When it was made"),
    attribute("modified_at", Instant, &["modified", "modification_date"], "When it was last changed"),
    attribute("created_by", Text, &["author", "Creator"], "Who made it"),
    attribute("parent_uid", Text, &["parent_uid"], "The object that it lies in"),
    attribute("path", Text, &["path"], "Where it lies in the site"),
];

const NONE: &[Attribute] = &[];

const CLIENT: &[Attribute] = &[
    attribute("client_id", Text, &["ClientID", "getClientID"], "The client's own number"),
    attribute("tax_number", Text, &["TaxNumber"], "Number for taxes"),
    attribute("email", Text, &["EmailAddress", "getEmailAddress"], "Address of mail"),
    attribute("phone", Text, &["Phone"], "Number to call"),
    attribute("city", Member("city"), &["PhysicalAddress", "PostalAddress"], "City"),
    attribute("country", Member("country"), &["PhysicalAddress", "PostalAddress"], "Country"),
    attribute("bulk_discount", Flag, &["BulkDiscount"], "Whether it gets the discount for many samples"),
];

const CONTACT: &[Attribute] = &[
    attribute("full_name", Text, &["Fullname", "getFullname"], "Whole name"),
    attribute("first_name", Text, &["Firstname"], "Given name"),
    attribute("surname", Text, &["Surname"], "Family name"),
    attribute("username", Text, &["Username", "getUsername"], "The user that it is linked to"),
    attribute("email", Text, &["EmailAddress", "getEmailAddress"], "Address of mail"),
    attribute("phone", Text, &["BusinessPhone", "MobilePhone"], "Number to call"),
    attribute("job_title", Text, &["JobTitle"], "What the person does"),
    attribute("department", Text, &["Department"], "Where the person works"),
];

const BATCH: &[Attribute] = &[
    attribute("client_uid", Uid, &["Client", "getClientUID"], "Its client"),
    attribute("client", Text, &["getClientTitle"], "What its client is called"),
    attribute("client_batch_id", Text, &["ClientBatchID", "getClientBatchID"], "The client's own number"),
    attribute("batch_date", Instant, &["BatchDate"], "Its date"),
    attribute("labels", Texts, &["BatchLabels"], "Labels"),
    attribute("progress", Number, &["getProgress"], "Per cent done"),
];

const SAMPLE: &[Attribute] = &[
    attribute("sample_type", Text, &["getSampleTypeTitle", "SampleTypeTitle"], "What it is taken of"),
    attribute("sample_type_uid", Uid, &["getSampleTypeUID", "SampleTypeUID", "SampleType"], "The same, as an object"),
    attribute("client", Text, &["getClientTitle"], "What its client is called"),
    attribute("client_uid", Uid, &["getClientUID", "Client"], "Its client"),
    attribute("client_sample_id", Text, &["ClientSampleID", "getClientSampleID"], "The client's own number"),
    attribute("client_reference", Text, &["ClientReference", "getClientReference"], "The client's reference"),
    attribute("client_order_number", Text, &["ClientOrderNumber", "getClientOrderNumber"], "The client's order"),
    attribute("contact_uid", Uid, &["getContactUID", "ContactUID", "Contact"], "Whom to ask"),
    attribute("batch_id", Text, &["getBatchID", "BatchID"], "The number of its batch"),
    attribute("batch_uid", Uid, &["getBatchUID", "Batch"], "Its batch"),
    attribute(
        "parent_sample_uid",
        Uid,
        &["getRawParentAnalysisRequest", "ParentAnalysisRequest"],
        "What it is part of",
    ),
    attribute("sampled_at", Instant, &["DateSampled", "getDateSampled"], "When it was taken"),
    attribute("received_at", Instant, &["DateReceived", "getDateReceived"], "When it came in"),
    attribute("verified_at", Instant, &["getDateVerified"], "When its results were verified"),
    attribute("published_at", Instant, &["DatePublished", "getDatePublished"], "When its results were published"),
    attribute("due_at", Instant, &["getDueDate"], "Until when they should be"),
    attribute("sampler", Text, &["Sampler", "getSampler"], "Who took it"),
    attribute("sample_point", Text, &["getSamplePointTitle", "SamplePointTitle"], "Where it was taken"),
    attribute("storage_location", Text, &["getStorageLocationTitle"], "Where it lies"),
    attribute("template", Text, &["getTemplateTitle", "TemplateTitle"], "The template that it was made by"),
    attribute("profiles", Text, &["getProfilesTitleStr"], "The profiles of its analyses"),
    attribute("priority", Text, &["Priority"], "1 is highest, 5 lowest"),
    attribute("progress", Number, &["getProgress"], "Per cent done"),
    attribute("internal_use", Flag, &["InternalUse", "getInternalUse"], "Whether its client does not see it"),
    attribute("analyses", Uids, &["Analyses"], "Its analyses"),
];

const ANALYSIS: &[Attribute] = &[
    attribute("keyword", Text, &["Keyword", "getKeyword"], "The keyword of what is measured"),
    attribute("result", Text, &["Result", "getResult"], "What was found, in the words of the laboratory"),
    attribute("result_number", Number, &["Result", "getResult"], "The same, where it is a number"),
    attribute("detection_limit_operand", Text, &["DetectionLimitOperand"], "< or > where the result is a limit"),
    attribute("unit", Text, &["Unit", "getUnit"], "Unit"),
    attribute("uncertainty", Text, &["Uncertainty"], "Uncertainty"),
    attribute("result_low", NumberMember("min"), &["ResultsRange"], "The lowest value that is as specified"),
    attribute("result_high", NumberMember("max"), &["ResultsRange"], "The highest value that is as specified"),
    attribute("captured_at", Instant, &["ResultCaptureDate", "getResultCaptureDate"], "When it was entered"),
    attribute("analyst", Text, &["Analyst", "getAnalyst"], "Who measures"),
    attribute("submitted_by", Text, &["getSubmittedBy"], "Who entered it"),
    attribute("verified_by", Text, &["getLastVerificator"], "Who verified it last"),
    attribute("instrument_uid", Uid, &["Instrument", "getInstrumentUID"], "What it is measured with"),
    attribute("method_uid", Uid, &["Method"], "How"),
    attribute("method", Text, &["getMethodTitle"], "The same, in words"),
    attribute("service_uid", Uid, &["getServiceUID", "AnalysisService"], "The service that it is of"),
    attribute("category_uid", Uid, &["Category", "getCategoryUID"], "The category that it is of"),
    attribute("sample_id", Text, &["getRequestID"], "The number of its sample"),
    attribute("client", Text, &["getClientTitle"], "What its client is called"),
    attribute("sample_type_uid", Uid, &["getSampleTypeUID"], "What its sample is taken of"),
    attribute("sampled_at", Instant, &["getDateSampled"], "When its sample was taken"),
    attribute("received_at", Instant, &["getDateReceived"], "When its sample came in"),
    attribute("due_at", Instant, &["getDueDate"], "Until when it should be done"),
    attribute("retest_of_uid", Uid, &["RetestOf", "getRetestOfUID"], "What it repeats"),
    attribute("point_of_capture", Text, &["PointOfCapture"], "lab or field"),
    attribute("remarks", Text, &["getRemarks", "Remarks"], "Remarks"),
    attribute("hours_allowed", Hours, &["MaxTimeAllowed"], "How long it may take"),
    attribute(
        "reference_group",
        Text,
        &["getReferenceAnalysesGroupID", "ReferenceAnalysesGroupID"],
        "Its control's group",
    ),
    attribute("reference_type", Text, &["ReferenceType"], "c of controls, b of blanks"),
];

const WORKSHEET: &[Attribute] = &[
    attribute("analyst", Text, &["Analyst", "getAnalyst"], "Who works on it"),
    attribute("template", Text, &["getWorksheetTemplateTitle"], "The template that it was made by"),
    attribute("template_uid", Uid, &["WorksheetTemplate", "getWorksheetTemplateUID"], "The same, as an object"),
    attribute("instrument_uid", Uid, &["Instrument"], "What is measured with"),
    attribute("method_uid", Uid, &["Method"], "How"),
    attribute("regular_samples", Number, &["getNumberOfRegularSamples"], "How many samples it has"),
    attribute("regular_analyses", Number, &["getNumberOfRegularAnalyses"], "How many analyses of samples"),
    attribute("qc_analyses", Number, &["getNumberOfQCAnalyses"], "How many of controls"),
    attribute("progress", Number, &["getProgressPercentage"], "Per cent done"),
    attribute("analyses", Uids, &["Analyses"], "All its analyses"),
];

const SAMPLE_TYPE: &[Attribute] = &[
    attribute("prefix", Text, &["prefix", "Prefix", "getPrefix"], "What the numbers of its samples begin with"),
    attribute("minimum_volume", Text, &["min_volume", "MinimumVolume"], "The least that is needed"),
    attribute("hazardous", Flag, &["hazardous", "Hazardous"], "Whether it is dangerous"),
    attribute("retention_hours", Hours, &["retention_period", "RetentionPeriod"], "How long it keeps"),
    attribute("sample_matrix_uid", Uid, &["sample_matrix", "SampleMatrix"], "Its matrix"),
    attribute("container_type_uid", Uid, &["container_type", "ContainerType"], "What it is kept in"),
];

const SERVICE: &[Attribute] = &[
    attribute("keyword", Text, &["Keyword", "getKeyword"], "Keyword"),
    attribute("unit", Text, &["Unit"], "Unit"),
    attribute("category_uid", Uid, &["Category", "getCategoryUID"], "Its category"),
    attribute("department_uid", Uid, &["Department"], "Who offers it"),
    attribute("methods", Uids, &["Methods"], "How it can be measured"),
    attribute("instruments", Uids, &["Instruments"], "What it can be measured with"),
    attribute("precision", Number, &["Precision"], "Decimals of its results"),
    attribute("lower_detection_limit", Number, &["LowerDetectionLimit"], "Lower limit of detection"),
    attribute("upper_detection_limit", Number, &["UpperDetectionLimit"], "Upper limit of detection"),
    attribute("hours_allowed", Hours, &["MaxTimeAllowed"], "How long it may take"),
    attribute("price", Number, &["Price"], "Price without taxes"),
    attribute("vat", Number, &["VAT"], "Per cent of tax"),
    attribute("accredited", Flag, &["Accredited"], "Whether it is accredited"),
    attribute("point_of_capture", Text, &["PointOfCapture", "point_of_capture"], "lab or field"),
];

const INSTRUMENT: &[Attribute] = &[
    attribute("instrument_type_uid", Uid, &["InstrumentType"], "What it is"),
    attribute("manufacturer_uid", Uid, &["Manufacturer"], "Who made it"),
    attribute("supplier_uid", Uid, &["Supplier"], "Who sold it"),
    attribute("model", Text, &["Model"], "Model"),
    attribute("serial_number", Text, &["SerialNo"], "Serial number"),
    attribute("asset_number", Text, &["AssetNumber"], "Its number in the books"),
    attribute("location_uid", Uid, &["InstrumentLocation"], "Where it stands"),
    attribute("methods", Uids, &["Methods"], "What methods it can be used for"),
    attribute("installed_at", Instant, &["InstallationDate"], "When it was installed"),
    attribute(
        "awaits_calibration",
        Flag,
        &["DisposeUntilNextCalibrationTest"],
        "Whether it may not be used until then",
    ),
];

const REFERENCE_SAMPLE: &[Attribute] = &[
    attribute("definition_uid", Uid, &["ReferenceDefinition", "ReferenceDefinitionUID"], "What it should be"),
    attribute("supplier_uid", Uid, &["SupplierUID"], "Who sold it"),
    attribute("blank", Flag, &["Blank"], "Whether it is a blank, and no control"),
    attribute("lot_number", Text, &["LotNumber"], "Lot"),
    attribute("catalogue_number", Text, &["CatalogueNumber"], "Number in the supplier's catalogue"),
    attribute("received_at", Instant, &["DateReceived", "getDateReceived"], "When it came in"),
    attribute("opened_at", Instant, &["DateOpened"], "When it was opened"),
    attribute("expires_at", Instant, &["ExpiryDate"], "Until when it keeps"),
    attribute("disposed_at", Instant, &["DateDisposed"], "When it was disposed of"),
];

/// A type of objects.
pub(super) struct Kind {
    resource: String,
    source_name: &'static str,
    description: &'static str,
    own: &'static [Attribute],
}

impl Kind {
    pub(super) fn of(resource: &str) -> Self {
        let (source_name, description, own) = match resource {
            "client" => ("clients", "Who sends samples", CLIENT),
            "contact" => ("contacts", "People at clients", CONTACT),
            "labcontact" => ("lab_contacts", "People of the laboratory", CONTACT),
            "batch" => ("batches", "Samples that belong together", BATCH),
            "analysisrequest" => ("samples", "Samples, with what is to be measured of them", SAMPLE),
            "analysis" => ("analyses", "What is measured of samples, with the results", ANALYSIS),
            "duplicateanalysis" => ("duplicate_analyses", "What is measured twice, with the results", ANALYSIS),
            "referenceanalysis" => ("reference_analyses", "What is measured of controls, with the results", ANALYSIS),
            "worksheet" => ("worksheets", "Analyses that are worked on together", WORKSHEET),
            "sampletype" => ("sample_types", "What samples are taken of", SAMPLE_TYPE),
            "analysisservice" => ("analysis_services", "What the laboratory measures", SERVICE),
            "instrument" => ("instruments", "What it measures with", INSTRUMENT),
            "referencesample" => ("reference_samples", "Controls and blanks", REFERENCE_SAMPLE),
            _ => ("", "One row for each object of this type", NONE),
        };
        Self { resource: resource.to_owned(), source_name, description, own }
    }

    /// What the API calls it.
    pub(super) fn resource(&self) -> &str {
        &self.resource
    }

    /// What its data source is called.
    pub(super) fn source_name(&self) -> &str {
        if self.source_name.is_empty() { &self.resource } else { self.source_name }
    }

    pub(super) fn description(&self) -> &str {
        self.description
    }

    fn attributes(&self) -> impl Iterator<Item = &'static Attribute> {
        COMMON.iter().chain(self.own)
    }

    pub(super) fn rows(&self) -> Rows {
        let uid = (field("uid", Holds::Text, true, "What it is referred to by, in the whole site"), Holds::Text);
        let object = (field("object", Holds::Json, true, "The whole object, as it came"), Holds::Json);
        let attributes = self.attributes().map(|attribute| (attribute.field(), attribute.kind()));
        Rows::with(std::iter::once(uid).chain(attributes).chain([object]))
    }

    /// `raw` is the object's text.
    pub(super) fn row<'a>(&self, uid: &'a str, object: &'a Value, raw: &'a str) -> Vec<Cell<'a>> {
        let mut row: Vec<Cell<'a>> = vec![uid.into()];
        row.extend(self.attributes().map(|attribute| attribute.cell(object)));
        row.push(raw.into());
        row
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn columns_have_different_names() {
        for resource in USUAL {
            let schema = Kind::of(resource).rows().schema();
            let names: HashSet<_> = schema.fields().iter().map(|field| field.name()).collect();
            assert_eq!(names.len(), schema.fields().len(), "{resource}");
        }
    }
}
