//! One row a variant.

use noodles_vcf::variant::record::info::field::Value as Info;
use noodles_vcf::{Header, Record};
use serde_json::{Map, Value};

use super::super::sink::Sink;
use super::value;
use crate::sdk::ConnectorError;
use crate::sdk::rows::{Cell, Column, Kind};

pub(in super::super) const VARIANTS: &[Column] = &[
    Column::required("chromosome", Kind::Text, "Chromosome or contig"),
    Column::required("position", Kind::Integer, "First base, counted from 1; 0 is before the first"),
    Column::required("ids", Kind::Texts, "Ids, such as rs6054257"),
    Column::required("reference", Kind::Text, "What the reference has there"),
    Column::required("alternates", Kind::Texts, "What else was seen: bases, or a symbol such as <DEL>"),
    Column::new("quality", Kind::Real, "Quality, as the caller says it"),
    Column::required("filters", Kind::Texts, "PASS, or the filters that it did not pass; none where none were applied"),
    Column::new("depth", Kind::Integer, "Reads there (DP)"),
    Column::new("allele_number", Kind::Integer, "Alleles that were called (AN)"),
    Column::new(
        "alleles",
        Kind::Records(&[("allele", Kind::Text), ("count", Kind::Integer), ("frequency", Kind::Real)]),
        "Each alternate with its count (AC) and frequency (AF)",
    ),
    Column::new("end_position", Kind::Integer, "Last base (END), where it is stated"),
    Column::new("structural_type", Kind::Text, "Type of a structural variant (SVTYPE)"),
    Column::required("is_somatic", Kind::Flag, "Whether it is marked as SOMATIC"),
    Column::required("info", Kind::Json, "All of INFO, with the types that the header declares"),
];

/// Where a variant is, and what it is.
pub(super) struct Site {
    pub(super) position: i64,
    pub(super) ids: Vec<String>,
    pub(super) alternates: Vec<String>,
    quality: Option<f64>,
}

impl Site {
    /// # Errors
    /// What is wrong with the record.
    pub(super) fn of(record: &Record) -> Result<Self, String> {
        let position = match record.variant_start() {
            None => 0,
            Some(Ok(position)) => i64::try_from(position.get()).map_err(|error| format!("POS: {error}"))?,
            Some(Err(error)) => return Err(format!("POS: {error}")),
        };
        let quality = record.quality_score().transpose().map_err(|error| format!("QUAL: {error}"))?;
        Ok(Self {
            position,
            ids: split(record.ids().as_ref(), ';'),
            alternates: split(record.alternate_bases().as_ref(), ','),
            quality: quality.map(value::exact),
        })
    }
}

fn split(text: &str, separator: char) -> Vec<String> {
    text.split(separator).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

pub(super) fn give(
    header: &Header,
    record: &Record,
    site: &Site,
    count: u64,
    sink: &mut Sink<'_>,
) -> Result<(), ConnectorError> {
    let info = info(header, record, count, sink);
    let integer = |name: &str| info.get(name).and_then(|value| value::item(value, 0)).and_then(Value::as_i64);
    let text = |name: &str| info.get(name).and_then(|value| value::item(value, 0)).and_then(Value::as_str);
    let alleles = alleles(site, &info);
    let is_somatic = info.get("SOMATIC").is_some_and(|value| *value != Value::Null);
    let row = vec![
        record.reference_sequence_name().into(),
        site.position.into(),
        (&site.ids).into(),
        record.reference_bases().into(),
        (&site.alternates).into(),
        site.quality.into(),
        split(record.filters().as_ref(), ';').into(),
        integer("DP").into(),
        integer("AN").into(),
        alleles,
        integer("END").into(),
        text("SVTYPE").into(),
        is_somatic.into(),
        serde_json::to_string(&info).unwrap_or_default().into(),
    ];
    sink.add(row)
}

/// What stands in INFO. A value that is not of its type is kept as the text that it is.
fn info(header: &Header, record: &Record, count: u64, sink: &mut Sink<'_>) -> Map<String, Value> {
    let info = record.info();
    let raw: &str = info.as_ref();
    let mut all = Map::new();
    let fields = raw.split(';').filter(|_| !raw.is_empty());
    for (field, parsed) in fields.zip(info.iter(header)) {
        let (key, text) = field.split_once('=').map_or((field, None), |(key, text)| (key, Some(text)));
        let typed = |(_, value): (&str, Option<Info<'_>>)| value.map(value::of_info).transpose();
        let value = match parsed.and_then(typed) {
            Ok(value) => value.unwrap_or_default(),
            Err(error) => {
                sink.count_unlike(|| format!("{key} on line {count}: {error}"));
                text.map_or(Value::Bool(true), Value::from)
            }
        };
        all.insert(key.to_owned(), value);
    }
    all
}

/// NULL where neither counts nor frequencies are stated.
fn alleles(site: &Site, info: &Map<String, Value>) -> Cell<'static> {
    let (counts, frequencies) = (info.get("AC"), info.get("AF"));
    if counts.is_none() && frequencies.is_none() {
        return Cell::Null;
    }
    let alleles = site.alternates.iter().enumerate().map(|(place, allele)| {
        let count = counts.and_then(|counts| value::item(counts, place)).and_then(Value::as_i64);
        let frequency = frequencies.and_then(|all| value::item(all, place)).and_then(Value::as_f64);
        vec![Cell::from(allele.clone()), count.into(), frequency.into()]
    });
    Cell::Records(alleles.collect())
}
