//! What is planted in the laboratory, and what follows from it, as facts that answers are compared with.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde_json::{Value, json};

use super::super::truth::Truth;
use super::{Control, Lab, Measurement, SAMPLE_TYPES, Sample};

/// Sums and counts by a key, for means.
type Means<K> = BTreeMap<K, (f64, u64)>;

fn means<K: Ord>(values: impl Iterator<Item = (K, f64)>) -> Means<K> {
    let mut means: Means<K> = BTreeMap::new();
    for (key, value) in values {
        let mean = means.entry(key).or_default();
        mean.0 += value;
        mean.1 += 1;
    }
    means
}

/// How many there are of each, the most first.
fn counted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Vec<Value>> {
    let mut counts: Vec<_> =
        means(names.map(|name| (name, 0.))).into_iter().map(|(name, (_, count))| (name, count)).collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.into_iter().map(|(name, count)| vec![json!(name), json!(count)]).collect()
}

/// The mean of each; `first` is 1 for the largest first, -1 for the smallest.
fn averaged<'a>(values: impl Iterator<Item = (&'a str, f64)>, first: f64) -> Vec<Vec<Value>> {
    let mean = |(name, (sum, count)): (&'a str, (f64, u64))| (name, sum / count as f64);
    let mut means: Vec<_> = means(values).into_iter().map(mean).collect();
    means.sort_by(|one, other| (first * other.1).total_cmp(&(first * one.1)));
    means.into_iter().map(|(name, mean)| vec![json!(name), json!(mean)]).collect()
}

fn month_of(at: DateTime<Utc>) -> NaiveDate {
    at.date_naive().with_day(1).unwrap_or_default()
}

fn monthly(values: impl Iterator<Item = (NaiveDate, f64)>, is_count: bool) -> Vec<Vec<Value>> {
    let row = |(month, (sum, count)): (NaiveDate, (f64, u64))| {
        vec![json!(month), if is_count { json!(count) } else { json!(sum / count as f64) }]
    };
    means(values).into_iter().map(row).collect()
}

fn number(value: impl Into<Value>) -> Vec<Vec<Value>> {
    vec![vec![value.into()]]
}

impl Lab {
    /// What is true of it, by names.
    pub fn facts(&self) -> Truth {
        self.of_compounds(self.of_instruments(self.of_tests(self.of_samples(Truth::default()))))
    }

    fn keyword(&self, result: &Measurement) -> &'static str {
        self.tests[result.test].keyword
    }

    fn of_samples(&self, truth: Truth) -> Truth {
        let samples = || self.samples.iter();
        let kind = |sample: &Sample| SAMPLE_TYPES[sample.sample_type].name;
        let collected = samples().map(|sample| (sample.collected.with_day(1).unwrap_or_default(), 0.));
        let per_type = counted(self.results.iter().map(|result| kind(&self.samples[result.sample])));
        let tested: BTreeSet<usize> = self.results.iter().map(|result| result.sample).collect();
        truth
            .with("sample_count", "how many samples there are", &["samples"], number(self.samples.len()))
            .with("result_count", "how many results there are", &["results"], number(self.results.len()))
            .with(
                "samples_by_type",
                "how many samples there are of each type, the most first",
                &["sample_type", "samples"],
                counted(samples().map(kind)),
            )
            .with(
                "samples_by_status",
                "how many samples have each status, the most first",
                &["status", "samples"],
                counted(samples().map(|sample| sample.status.name())),
            )
            .with(
                "samples_by_project",
                "how many samples each project has, the most first",
                &["project", "samples"],
                counted(samples().map(|sample| self.projects[sample.project].title)),
            )
            .with(
                "intake_by_month",
                "how many samples were collected in each month; it grows",
                &["month", "samples"],
                monthly(collected, true),
            )
            .with(
                "results_by_sample_type",
                "how many results there are of each type of sample, the most first",
                &["sample_type", "results"],
                per_type,
            )
            .with("tested_samples", "how many samples have results", &["samples"], number(tested.len()))
    }

    fn of_tests(&self, truth: Truth) -> Truth {
        let results = || self.results.iter();
        let hours =
            |result: &Measurement| (result.at - self.samples[result.sample].received_at).num_seconds() as f64 / 3_600.;
        let planted = self.truth();
        let of = |keyword: &str| {
            let keyword = keyword.to_owned();
            results().filter(move |result| self.keyword(result) == keyword)
        };
        let season = of(&planted.season.test).map(|result| (month_of(result.at), result.value));
        truth
            .with(
                "results_by_test",
                "how many results there are of each test, the most first",
                &["test_type", "results"],
                counted(results().map(|result| self.keyword(result))),
            )
            .with(
                "mean_value_by_test",
                "the mean value of each test",
                &["test_type", "value"],
                averaged(results().map(|result| (self.keyword(result), result.value)), 1.),
            )
            .with(
                "results_by_month",
                "how many results there are in each month",
                &["month", "results"],
                monthly(results().map(|result| (month_of(result.at), 0.)), true),
            )
            .with(
                "turnaround_by_test",
                "hours from receipt to result of each test in the mean, the slowest first",
                &["test_type", "hours"],
                averaged(results().map(|result| (self.keyword(result), hours(result))), 1.),
            )
            .with(
                "turnaround",
                "hours from receipt to result in the mean",
                &["hours"],
                number(results().map(hours).sum::<f64>() / self.results.len().max(1) as f64),
            )
            .with(
                "results_by_analyst",
                "how many results each analyst measured, the most first",
                &["analyst", "results"],
                counted(results().map(|result| self.analysts[result.analyst].username)),
            )
            .with("slow_test", "the test that takes long", &["test_type"], number(planted.slow_test.test.clone()))
            .with(
                "seasonal_test_by_month",
                "the mean value of the test with a season, in each month",
                &["month", "value"],
                monthly(season, false),
            )
    }

    fn of_instruments(&self, truth: Truth) -> Truth {
        let planted = self.truth();
        let id = |control: &Control| self.instruments[control.instrument].id.as_str();
        let material = |control: &Control| &self.materials[control.material];
        let failed = || self.controls.iter().filter(|control| !self.passes(control));
        let bias = |control: &Control| {
            let material = material(control);
            (control.value - material.target) / material.deviation
        };
        let last = self.size.last_day();
        let is_late = |control: &&Control| {
            let day = control.at.date_naive();
            (day.year(), day.month0() / 3) == (last.year(), last.month0() / 3)
        };
        let drifting = || self.controls.iter().filter(|control| id(control) == planted.drift.instrument_id);
        let listed = failed().map(|control| vec![json!(control.id), json!(id(control)), json!(material(control).id)]);
        truth
            .with("control_count", "how many controls were measured", &["controls"], number(self.controls.len()))
            .with(
                "failed_controls",
                "controls beyond their limits",
                &["control_id", "instrument_id", "material_id"],
                listed.collect(),
            )
            .with("failed_control_count", "how many those are", &["controls"], number(failed().count()))
            .with(
                "failed_controls_by_instrument",
                "how many failed on each instrument, the most first",
                &["instrument_id", "controls"],
                counted(failed().map(id)),
            )
            .with(
                "failed_controls_by_material",
                "how many failed of each control material, the most first",
                &["material_id", "controls"],
                counted(failed().map(|control| material(control).id.as_str())),
            )
            .with(
                "bad_lot",
                "the control material of which a lot was bad",
                &["material_id"],
                number(planted.bad_lot.material_id.clone()),
            )
            .with(
                "bias_by_instrument_last_quarter",
                "deviations by which each instrument measured controls too high in the last quarter, the most first",
                &["instrument_id", "bias"],
                averaged(self.controls.iter().filter(is_late).map(|control| (id(control), bias(control))), 1.),
            )
            .with(
                "drifting_instrument",
                "the instrument that measures more and more too high",
                &["instrument_id"],
                number(planted.drift.instrument_id.clone()),
            )
            .with(
                "bias_of_drifting_instrument_by_month",
                "deviations by which it measured controls too high, in each month",
                &["month", "bias"],
                monthly(drifting().map(|control| (month_of(control.at), bias(control))), false),
            )
    }

    fn of_compounds(&self, truth: Truth) -> Truth {
        let planted = self.truth();
        let of = |keyword: &'static str| {
            self.results
                .iter()
                .filter(move |result| self.keyword(result) == keyword)
                .filter_map(|result| Some((&self.compounds[self.samples[result.sample].compound?], result.value)))
        };
        let inhibition = averaged(of("IC50").map(|(compound, value)| (compound.id.as_str(), value)), -1.);
        let potent = means(of("IC50").map(|(one, value)| (one.id.as_str(), value)));
        let viable = means(of("VIAB").map(|(one, value)| (one.id.as_str(), value)));
        let mean = |(sum, count): &(f64, u64)| sum / *count as f64;
        let both = potent.iter().filter_map(|(id, value)| Some((*id, mean(value), mean(viable.get(id)?))));
        let mut hits: Vec<_> = both.filter(|(_, ic50, viability)| *ic50 < 200. && *viability > 85.).collect();
        hits.sort_by(|one, other| one.1.total_cmp(&other.1));
        let poison = self.compounds.iter().filter(|compound| compound.series == planted.promising.poisonous);
        truth
            .with(
                "inhibition_by_compound",
                "the mean half-maximal inhibition of each compound, the strongest first",
                &["compound_id", "ic50"],
                inhibition,
            )
            .with(
                "inhibition_by_series",
                "the same of each series",
                &["series", "ic50"],
                averaged(of("IC50").map(|(compound, value)| (compound.series, value)), -1.),
            )
            .with(
                "viability_by_series",
                "the mean viability of cells with each series, the mildest first",
                &["series", "viability"],
                averaged(of("VIAB").map(|(compound, value)| (compound.series, value)), 1.),
            )
            .with(
                "hits",
                "compounds that inhibit strongly (below 200 nmol/L) and spare the cells (above 85 %), the strongest first",
                &["compound_id", "ic50", "viability"],
                hits.into_iter().map(|(id, ic50, viable)| vec![json!(id), json!(ic50), json!(viable)]).collect(),
            )
            .with(
                "poisonous_compounds",
                "the compounds of the series that inhibits strongly and is poison",
                &["compound_id"],
                poison.map(|compound| vec![json!(compound.id)]).collect(),
            )
            .with(
                "promising_series",
                "the series that inhibits strongly and spares the cells",
                &["series"],
                number(planted.promising.series.clone()),
            )
            .with(
                "poisonous_series",
                "the series that inhibits strongly and is poison",
                &["series"],
                number(planted.promising.poisonous.clone()),
            )
    }
}

#[cfg(test)]
mod tests {
    use super::super::LabSize;
    use super::*;

    #[test]
    fn the_facts_follow_from_what_is_planted() {
        let lab = Lab::make(&LabSize::times(0.3));
        let truth = lab.facts();
        let firsts = |name: &str| -> Vec<String> {
            let rows = &truth.fact(name).unwrap().rows;
            rows.iter().map(|row| row[0].as_str().unwrap().to_owned()).collect()
        };
        let mut hits = firsts("hits");
        hits.sort();
        assert_eq!(hits, lab.truth().promising.compounds);
        assert_eq!(firsts("inhibition_by_series")[0], lab.truth().promising.series);
        assert_eq!(firsts("viability_by_series").last(), Some(&lab.truth().promising.poisonous));
        assert_eq!(firsts("turnaround_by_test")[0], lab.truth().slow_test.test);
        assert_eq!(firsts("bias_by_instrument_last_quarter")[0], lab.truth().drift.instrument_id);
        assert_eq!(firsts("failed_controls"), lab.truth().failed_controls);
        let samples =
            truth.fact("samples_by_type").unwrap().rows.iter().map(|row| row[1].as_u64().unwrap()).sum::<u64>();
        assert_eq!(samples, lab.samples.len() as u64);
    }
}
