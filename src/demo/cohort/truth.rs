//! What is true of a cohort: the planted facts, as they came out.

use super::Study;

/// What is true of all studies.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// Of each study, by id.
    pub studies: Vec<StudyTruth>,
}

/// What is true of a study.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyTruth {
    /// The study's id.
    pub study: String,
    /// Patients.
    pub patients: usize,
    /// Samples.
    pub samples: usize,
    /// Mutations of all samples.
    pub mutations: usize,
    /// In which subtype TP53 is mutated most often, and how often there and elsewhere.
    pub tp53: Enrichment,
    /// In which subtype patients live shortest.
    pub survival: Survival,
}

/// A gene that is mutated more often in one subtype than in the others; of primary tumours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrichment {
    /// The gene.
    pub gene: &'static str,
    /// The subtype.
    pub subtype: &'static str,
    /// Patients of the subtype, and those of them with a mutation.
    pub within: (usize, usize),
    /// The same of all other patients.
    pub elsewhere: (usize, usize),
}

/// Which patients live shortest, by the planted medians and as it came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Survival {
    /// The subtype.
    pub subtype: &'static str,
    /// Deaths for each year that its patients were seen.
    pub deaths_per_year: f64,
    /// The same of all other patients.
    pub elsewhere: f64,
}

impl Truth {
    pub(super) fn of(studies: &[Study]) -> Self {
        Self { studies: studies.iter().map(StudyTruth::of).collect() }
    }

    /// Of one study.
    pub fn of_study(&self, id: &str) -> Option<&StudyTruth> {
        self.studies.iter().find(|study| study.study == id)
    }
}

impl StudyTruth {
    fn of(study: &Study) -> Self {
        let samples = study.patients.iter().flat_map(|patient| &patient.samples);
        Self {
            study: study.id.clone(),
            patients: study.patients.len(),
            samples: samples.clone().count(),
            mutations: samples.map(|sample| sample.mutations.len()).sum(),
            tp53: enrichment(study, "TP53"),
            survival: survival(study),
        }
    }
}

fn subtypes(study: &Study) -> Vec<&'static str> {
    let mut subtypes: Vec<_> = study.patients.iter().map(|patient| patient.subtype).collect();
    subtypes.sort_unstable();
    subtypes.dedup();
    subtypes
}

fn enrichment(study: &Study, gene: &'static str) -> Enrichment {
    let of = |subtype: &'static str| {
        let (mut within, mut elsewhere) = ((0, 0), (0, 0));
        for patient in &study.patients {
            let is_mutated = patient
                .samples
                .first()
                .is_some_and(|sample| sample.mutations.iter().any(|one| one.gene.symbol == gene));
            let count = if patient.subtype == subtype { &mut within } else { &mut elsewhere };
            *count = (count.0 + 1, count.1 + usize::from(is_mutated));
        }
        Enrichment { gene, subtype, within, elsewhere }
    };
    let rate = |one: &Enrichment| one.within.1 as f64 / one.within.0.max(1) as f64;
    let all = subtypes(study).into_iter().map(of);
    all.max_by(|one, other| rate(one).total_cmp(&rate(other))).unwrap_or_else(|| of(""))
}

fn survival(study: &Study) -> Survival {
    let rate = |is_meant: &dyn Fn(&'static str) -> bool| {
        let (mut deaths, mut tenths) = (0_u32, 0);
        for patient in study.patients.iter().filter(|patient| is_meant(patient.subtype)) {
            deaths += u32::from(patient.is_dead);
            tenths += patient.survival_tenths;
        }
        f64::from(deaths) / (tenths as f64 / 120.).max(f64::MIN_POSITIVE)
    };
    let of = |subtype: &'static str| Survival {
        subtype,
        deaths_per_year: rate(&|one| one == subtype),
        elsewhere: rate(&|one| one != subtype),
    };
    let all = subtypes(study).into_iter().map(of);
    all.max_by(|one, other| one.deaths_per_year.total_cmp(&other.deaths_per_year)).unwrap_or_else(|| of(""))
}

#[cfg(test)]
mod tests {
    use super::super::Cohort;

    #[test]
    fn what_is_planted_shows() {
        let truth = Cohort::default().truth();
        let breast = truth.of_study("demo_brca_2025").unwrap();
        assert_eq!((breast.tp53.subtype, breast.survival.subtype), ("Basal", "Basal"));
        let share = |(all, mutated): (usize, usize)| mutated as f64 / all as f64;
        assert!(share(breast.tp53.within) > 2. * share(breast.tp53.elsewhere), "{breast:?}");
        assert!(breast.survival.deaths_per_year > 1.5 * breast.survival.elsewhere, "{breast:?}");
        let lung = truth.of_study("demo_luad_2024").unwrap();
        assert_eq!((lung.tp53.subtype, lung.survival.subtype), ("Smoker", "Smoker"));
    }
}
