//! How likely something is by chance alone.

use statrs::distribution::{Continuous, ContinuousCDF, Normal, StudentsT};

/// What is called significant: as far from chance as comes by chance once in twenty times.
pub const SIGNIFICANT: f64 = 0.05;

/// The two-sided p-value of a normal variable that lies so many standard deviations from its mean.
pub(super) fn normal_p(z: f64) -> f64 {
    (2.0 * Normal::standard().sf(z.abs())).min(1.0)
}

/// Where a normal variable lies with this probability at most.
pub(super) fn normal_quantile(share: f64) -> f64 {
    Normal::standard().inverse_cdf(share)
}

/// The two-sided p-value of Student's t.
pub(super) fn student_p(t: f64, freedom: f64) -> f64 {
    if !t.is_finite() {
        return 0.0;
    }
    StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |student| (2.0 * student.sf(t.abs())).min(1.0))
}

/// Where Student's t lies with this probability at most.
pub(super) fn student_quantile(share: f64, freedom: f64) -> f64 {
    let Ok(student) = StudentsT::new(0.0, 1.0, freedom) else { return normal_quantile(share) };
    // One step of Newton takes what the search leaves.
    let found = student.inverse_cdf(share);
    let density = student.pdf(found);
    if density > 0.0 { found - (student.cdf(found) - share) / density } else { found }
}

/// The two-sided p-value of so many successes, if each of `trials` succeeds with probability `chance`: the probability of
/// all outcomes that are no more likely than this one (Clopper and Pearson; R's `binom.test`). Beyond 10,000 trials, by the
/// normal distribution with continuity correction.
pub(super) fn binomial_p(successes: u64, trials: u64, chance: f64) -> f64 {
    if trials == 0 {
        return 1.0;
    }
    if trials > 10_000 {
        let (mean, spread) = (trials as f64 * chance, (trials as f64 * chance * (1.0 - chance)).sqrt());
        return normal_p(((successes as f64 - mean).abs() - 0.5).max(0.0) / spread);
    }
    let mut logs = Vec::with_capacity(trials as usize + 1);
    let (yes, no) = (chance.ln(), (1.0 - chance).ln());
    let mut choices = 0.0_f64;
    for count in 0..=trials {
        if count > 0 {
            choices += ((trials - count + 1) as f64).ln() - (count as f64).ln();
        }
        logs.push(choices + count as f64 * yes + (trials - count) as f64 * no);
    }
    let observed = logs[successes.min(trials) as usize] + 1e-7;
    logs.iter().filter(|log| **log <= observed).map(|log| log.exp()).sum::<f64>().min(1.0)
}
