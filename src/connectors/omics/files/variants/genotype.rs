//! One row a variant and sample.

use noodles_vcf::record::samples::Sample;
use noodles_vcf::{Header, Record};
use serde_json::{Map, Value};

use super::super::sink::Sink;
use super::value;
use super::variant::Site;
use crate::sdk::ConnectorError;
use crate::sdk::rows::{Cell, Column, Kind};

pub(in super::super) const GENOTYPES: &[Column] = &[
    Column::required("chromosome", Kind::Text, "Chromosome or contig"),
    Column::required("position", Kind::Integer, "First base, counted from 1; 0 is before the first"),
    Column::required("ids", Kind::Texts, "Ids, such as rs6054257"),
    Column::required("reference", Kind::Text, "What the reference has there"),
    Column::required("alternates", Kind::Texts, "What else was seen: bases, or a symbol such as <DEL>"),
    Column::required("sample", Kind::Text, "The sample"),
    Column::new("genotype", Kind::Text, "The genotype as it is stated (GT), such as 0/1; 0 is the reference"),
    Column::new("is_phased", Kind::Flag, "Whether the genotype is phased: 0|1"),
    Column::required("alleles", Kind::Texts, "The alleles of the genotype; . where one is not known"),
    Column::new("depth", Kind::Integer, "Reads of the sample there (DP)"),
    Column::new("genotype_quality", Kind::Real, "How sure the genotype is (GQ)"),
    Column::new(
        "allele_depths",
        Kind::Records(&[("allele", Kind::Text), ("depth", Kind::Integer)]),
        "Reads of the sample with each allele (AD), the reference first",
    ),
    Column::required("fields", Kind::Json, "All that is stated of the sample, with the types that the header declares"),
];

pub(super) fn give(
    header: &Header,
    record: &Record,
    site: &Site,
    count: u64,
    sink: &mut Sink<'_>,
) -> Result<(), ConnectorError> {
    let (reference, samples) = (record.reference_bases(), record.samples());
    let keys: Vec<&str> = samples.keys().iter().collect();
    for (name, sample) in header.sample_names().iter().zip(samples.iter()) {
        let fields = fields(header, &keys, &sample, count, sink);
        let first = |key: &str| fields.get(key).and_then(|value| value::item(value, 0));
        let genotype = first("GT").and_then(Value::as_str);
        let row = vec![
            record.reference_sequence_name().into(),
            site.position.into(),
            (&site.ids).into(),
            reference.into(),
            (&site.alternates).into(),
            name.into(),
            genotype.into(),
            genotype.map(|genotype| genotype.contains('|')).into(),
            alleles(genotype, reference, site).into(),
            first("DP").and_then(Value::as_i64).into(),
            first("GQ").and_then(Value::as_f64).into(),
            depths(fields.get("AD"), reference, site),
            serde_json::to_string(&fields).unwrap_or_default().into(),
        ];
        sink.add(row)?;
    }
    Ok(())
}

/// What is stated of a sample. A value that is not of its type is kept as the text that it is.
fn fields(header: &Header, keys: &[&str], sample: &Sample<'_>, count: u64, sink: &mut Sink<'_>) -> Map<String, Value> {
    let mut all = Map::new();
    let texts = sample.as_ref().split(':');
    for ((key, text), parsed) in keys.iter().zip(texts).zip(sample.iter(header)) {
        let typed = parsed.and_then(|(_, value)| value.map(|value| value::of_field(value, text)).transpose());
        let value = match typed {
            Ok(value) => value.unwrap_or_default(),
            Err(error) => {
                sink.count_unlike(|| format!("{key} on line {count}: {error}"));
                Value::from(text)
            }
        };
        all.insert((*key).to_owned(), value);
    }
    all
}

/// The bases that a genotype names by number.
fn alleles(genotype: Option<&str>, reference: &str, site: &Site) -> Vec<String> {
    let named = |number: &str| match number.parse::<usize>() {
        Ok(0) => reference.to_owned(),
        Ok(number) => site.alternates.get(number - 1).cloned().unwrap_or_else(|| ".".into()),
        Err(_) => ".".into(),
    };
    let numbers = genotype.into_iter().flat_map(|genotype| genotype.split(['/', '|']));
    numbers.filter(|number| !number.is_empty()).map(named).collect()
}

/// NULL where none are stated.
fn depths(stated: Option<&Value>, reference: &str, site: &Site) -> Cell<'static> {
    let Some(stated) = stated.filter(|stated| !stated.is_null()) else { return Cell::Null };
    let alleles = std::iter::once(reference).chain(site.alternates.iter().map(String::as_str));
    let depth = |(place, allele): (usize, &str)| {
        let depth = value::item(stated, place).and_then(Value::as_i64);
        vec![Cell::from(allele.to_owned()), depth.into()]
    };
    Cell::Records(alleles.enumerate().map(depth).collect())
}
