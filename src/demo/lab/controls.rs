//! Control materials, of which the value is known, and what was measured of them on each working day.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use rand::RngExt;

use super::{Dice, Lab, at_work, noise, rounded};

/// A control fails beyond so many deviations.
const LIMIT: f64 = 3.;

/// A material whose value is known.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlMaterial {
    /// Its number, such as `QCM-IC50-HIGH`.
    pub id: String,
    /// What is measured: a place in the list of tests.
    pub test: usize,
    /// `low` or `high`.
    pub level: &'static str,
    /// Its lot.
    pub lot: String,
    /// What should be found.
    pub target: f64,
    /// The deviation that is allowed for.
    pub deviation: f64,
    /// Since when it is used.
    pub received: NaiveDate,
    /// Until when it keeps.
    pub expires: NaiveDate,
}

/// What was measured of a material.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// Its number, such as `QC-000123`.
    pub id: String,
    /// Of what: a place in the list of materials.
    pub material: usize,
    /// With what: a place in the list of instruments.
    pub instrument: usize,
    /// By whom: a place in the list of analysts.
    pub analyst: usize,
    /// What was found.
    pub value: f64,
    /// When.
    pub at: DateTime<Utc>,
}

pub(super) fn materials(lab: &Lab, dice: &mut Dice) -> Vec<ControlMaterial> {
    let mut materials = Vec::new();
    for (test, test_type) in lab.tests.iter().enumerate() {
        for (level, share) in [("low", 0.5), ("high", 0.9)] {
            let target = rounded(test_type.usual * share, test_type.decimals + 1);
            let received = lab.size.first_day - Days::new(dice.random_range(5..40));
            materials.push(ControlMaterial {
                id: format!("QCM-{}-{}", test_type.keyword, level.to_uppercase()),
                test,
                level,
                lot: format!("L{}", dice.random_range(10_000..99_999)),
                target,
                deviation: target * test_type.spread / 2.,
                received,
                expires: received + Days::new(lab.size.days + 200),
            });
        }
    }
    materials
}

pub(super) fn make(lab: &Lab, dice: &mut Dice) -> Vec<Control> {
    let mut controls = Vec::new();
    for day in (0..lab.size.days).map(|day| lab.size.first_day + Days::new(day)) {
        if day.weekday().num_days_from_monday() >= 5 {
            continue;
        }
        for (test, test_type) in lab.tests.iter().enumerate() {
            for instrument in lab.instruments_for(test_type) {
                // The levels take turns, on the instruments, too.
                let material = 2 * test + (day.ordinal() as usize + instrument) % 2;
                let at = at_work(day, dice);
                controls.push(control(lab, controls.len() + 1, (material, instrument), at, dice));
            }
        }
    }
    controls
}

fn control(
    lab: &Lab,
    number: usize,
    (place, instrument): (usize, usize),
    at: DateTime<Utc>,
    dice: &mut Dice,
) -> Control {
    let material = &lab.materials[place];
    // Rounding must not carry a value over the limit.
    let mut value = material.target + 0.98 * material.deviation * noise(dice);
    let lot = &lab.truth().bad_lot;
    if material.id == lot.material_id && (lot.from..=lot.until).contains(&at.date_naive()) {
        value *= lot.factor;
    }
    value *= lab.drift_of(instrument, at);
    Control {
        id: format!("QC-{number:06}"),
        material: place,
        instrument,
        analyst: dice.random_range(0..lab.analysts.len()),
        value: rounded(value, lab.tests[material.test].decimals + 2),
        at,
    }
}

impl Lab {
    /// Whether a control is within its limits.
    pub fn passes(&self, control: &Control) -> bool {
        let material = &self.materials[control.material];
        ((control.value - material.target) / material.deviation).abs() <= LIMIT
    }
}
