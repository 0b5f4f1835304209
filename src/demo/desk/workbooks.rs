//! The spreadsheets: targets, a budget, a stocktake, and what people keep beside them.

use chrono::{Datelike, NaiveDate, TimeDelta};
use rand::RngExt;

use super::super::CatalogueItem;
use super::{Cells, DeskSheet, Dice, Look, Merged, STAFF, WorkValue, Workbook, midnight};

/// What each category is to earn in the second year, in thousands of euros.
const PLAN: &[(&str, f64)] = &[
    ("Outdoor", 1_900.),
    ("Clothing", 1_300.),
    ("Footwear", 1_350.),
    ("Home", 1_200.),
    ("Kitchen", 700.),
    ("Garden", 450.),
    ("Cycling", 1_150.),
    ("Toys", 320.),
];
/// How much of it in each month, January first.
const MONTHS: [f64; 12] = [0.066, 0.064, 0.073, 0.077, 0.083, 0.085, 0.076, 0.069, 0.078, 0.085, 0.112, 0.132];

/// Departments with what they spend money on, in euros a year.
const BUDGET: &[(&str, &[(&str, f64)])] = &[
    ("Marketing", &[("Search ads", 96_000.), ("Catalogue print", 41_500.), ("Photography", 18_250.)]),
    ("Warehouse", &[("Packaging", 63_400.), ("Forklift lease", 14_280.), ("Heating", 22_900.), ("Pallets", 7_125.5)]),
    ("Web shop", &[("Hosting", 27_600.), ("Licences", 11_040.)]),
    ("People", &[("Training", 16_000.), ("Bicycles", 9_350.75)]),
];

const BINS: [&str; 4] = ["A", "B", "C", "D"];

/// All of them.
pub(super) fn all(catalogue: &[CatalogueItem], closed_on: NaiveDate, counted: usize, dice: &mut Dice) -> Vec<Workbook> {
    let before = |days: i64| midnight(closed_on - TimeDelta::days(days)) + TimeDelta::hours(9);
    vec![
        Workbook {
            title: "Sales targets".into(),
            folder: "Planning",
            changed_at: before(40),
            sheets: vec![targets(closed_on.year() - 1, dice).into(), owners().into(), scratch().into()],
        },
        Workbook {
            title: "Budget".into(),
            folder: "Planning",
            changed_at: before(12),
            sheets: vec![budget(closed_on.year(), dice).into()],
        },
        Workbook {
            title: "Stocktake".into(),
            folder: "Warehouse",
            changed_at: before(2),
            sheets: vec![stocktake(catalogue, closed_on, counted, dice).into()],
        },
        Workbook {
            title: "Opening hours".into(),
            folder: "Company",
            changed_at: before(200),
            sheets: vec![hours().into()],
        },
    ]
}

fn targets(year: i32, dice: &mut Dice) -> DeskSheet {
    let mut rows = vec![header(&["month", "category", "target", "growth", "owner", "final"])];
    for month in 1..=12_u32 {
        let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default();
        for (place, (category, thousands)) in PLAN.iter().enumerate() {
            let target = (thousands * 1000. * MONTHS[month as usize - 1] / 500.).round() * 500.;
            let growth = f64::from(dice.random_range(15..45)) / 100.;
            rows.push(vec![
                date(first),
                text(category),
                (WorkValue::Number(target), Look::Euros),
                (WorkValue::Number(growth), Look::Percent),
                text(&STAFF[place % STAFF.len()].name),
                (WorkValue::Flag(month <= 10), Look::Plain),
            ]);
        }
    }
    DeskSheet { title: "Targets".into(), frozen_rows: 1, rows, ..DeskSheet::default() }
}

/// A sheet whose names repeat, and lack here and there.
fn owners() -> DeskSheet {
    let mut rows = vec![Cells::new(), header(&["name", "phone", "phone", "", "since"])];
    for (place, colleague) in STAFF.iter().enumerate() {
        let since = NaiveDate::from_ymd_opt(2021 + place as i32 % 3, 1 + place as u32, 15).unwrap_or_default();
        rows.push(vec![
            text(&colleague.name),
            text(&format!("+49 30 555 01{place:02}")),
            if place % 2 == 0 { text(&format!("+49 171 555 02{place:02}")) } else { nothing() },
            text(if place < 3 { "full time" } else { "part time" }),
            date(since),
        ]);
    }
    DeskSheet { title: "Owners".into(), rows, ..DeskSheet::default() }
}

fn scratch() -> DeskSheet {
    let rows = vec![header(&["note"]), vec![text("ask Lotte about the VAT")]];
    DeskSheet { title: "Scratch".into(), is_hidden: true, rows, ..DeskSheet::default() }
}

/// A sheet below a title, with merged departments and a sum that cannot be calculated.
fn budget(year: i32, dice: &mut Dice) -> DeskSheet {
    let mut rows = vec![
        vec![text(&format!("Budget {year}"))],
        Cells::new(),
        header(&["Department", "Item", "Planned", "Spent so far", "Share", "Due", "Approved"]),
    ];
    let mut merged = vec![Merged { rows: (0, 1), columns: (0, 7) }];
    for (department, items) in BUDGET {
        merged.push(Merged { rows: (rows.len(), rows.len() + items.len()), columns: (0, 1) });
        for (place, (item, planned)) in items.iter().enumerate() {
            let spent = (planned * f64::from(dice.random_range(0..110)) / 100. * 100.).round() / 100.;
            let due = NaiveDate::from_ymd_opt(year, 1 + (place as u32 * 5 + 2) % 12, 10).unwrap_or_default();
            let share = match *item {
                "Pallets" => (WorkValue::NotAvailable, Look::Percent),
                _ => (WorkValue::Number((spent / planned * 1000.).round() / 1000.), Look::Percent),
            };
            rows.push(vec![
                if place == 0 { text(department) } else { nothing() },
                text(item),
                (WorkValue::Number(*planned), Look::Euros),
                (WorkValue::Number(spent), Look::Euros),
                share,
                date(due),
                (WorkValue::Flag(spent <= *planned), Look::Plain),
            ]);
        }
    }
    // Left behind by somebody who looked at the end.
    rows.extend([Cells::new(), vec![nothing(), text("")]]);
    DeskSheet { title: "Budget".into(), rows, merged, ..DeskSheet::default() }
}

/// The long one.
fn stocktake(catalogue: &[CatalogueItem], closed_on: NaiveDate, counted: usize, dice: &mut Dice) -> DeskSheet {
    let mut rows = vec![header(&["counted at", "sku", "product", "bin", "pieces", "weight kg", "value", "remark"])];
    for number in 0..counted {
        let item = &catalogue[number % catalogue.len().max(1)];
        let pieces = dice.random_range(0..240);
        let moment = serial(closed_on - TimeDelta::days(3)) + 0.333_333_333_333 + number as f64 * 20. / 86_400.;
        let bin = format!("{}-{:02}-{}", BINS[number % BINS.len()], number % 37 + 1, number % 5 + 1);
        let mut row = vec![
            (WorkValue::Number(moment), Look::DateTime),
            text(&item.sku),
            text(&item.name),
            text(&bin),
            (WorkValue::Number(f64::from(pieces)), Look::Plain),
            (WorkValue::Number(f64::from(pieces * 37) / 100.), Look::Decimals),
            (WorkValue::Number((item.price * i64::from(pieces)) as f64 / 100.), Look::Euros),
        ];
        if number % 97 == 5 {
            row.push(text("box is damp"));
        }
        rows.push(row);
        // A shift ends.
        if number % 400 == 399 {
            rows.push(Cells::new());
        }
    }
    DeskSheet { title: "Count".into(), frozen_rows: 1, rows, ..DeskSheet::default() }
}

fn hours() -> DeskSheet {
    let mut rows = vec![header(&["day", "opens", "closes", "lunch break"])];
    for day in ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"] {
        let closes = if day == "Friday" { 15.5 } else { 17. };
        rows.push(vec![text(day), time(8.5), time(closes), time(0.75)]);
    }
    DeskSheet { title: "Hours".into(), rows, ..DeskSheet::default() }
}

fn header(names: &[&str]) -> Cells {
    names.iter().map(|name| text(name)).collect()
}

fn text(text: &str) -> (WorkValue, Look) {
    (if text.is_empty() { WorkValue::Empty } else { WorkValue::Text(text.to_owned()) }, Look::Plain)
}

fn nothing() -> (WorkValue, Look) {
    (WorkValue::Empty, Look::Plain)
}

fn date(day: NaiveDate) -> (WorkValue, Look) {
    (WorkValue::Number(serial(day)), Look::Date)
}

fn time(hours: f64) -> (WorkValue, Look) {
    (WorkValue::Number(hours / 24.), Look::Time)
}

/// Days since the end of 1899.
fn serial(day: NaiveDate) -> f64 {
    let beginning = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default();
    (day - beginning).num_days() as f64
}
