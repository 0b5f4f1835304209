//! What stands on the floor, what it makes, and who works there.

use super::super::story::StoryPerson;

/// A machine.
pub(super) struct Machine {
    /// Such as `PRS-01`.
    pub(super) id: &'static str,
    /// What it is called.
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) line: &'static str,
    /// What it makes.
    pub(super) products: &'static [&'static str],
    /// Pieces an hour.
    pub(super) rate: f64,
    /// The share that is spoilt.
    pub(super) scrap: f64,
    /// Minutes that it stands still in a run.
    pub(super) downtime: f64,
    /// The year in which it came.
    pub(super) installed: i32,
    /// What technicians call it.
    pub(super) called: &'static str,
    /// Other ways in which they write it.
    pub(super) spellings: &'static [&'static str],
}

/// A shift: when it begins, and how much it makes of what it could.
pub(super) struct Shift {
    pub(super) name: &'static str,
    pub(super) begins: u32,
    pub(super) output: f64,
}

/// The machine that spoils more and more.
pub(super) const SPOILING: &str = "CNC-03";
/// The machine that fails.
pub(super) const FAILING: &str = "OVN-02";
/// The product that is made for the winter.
pub(super) const SEASONAL: &str = "Heater plate HP4";

pub(super) const SHIFTS: &[Shift] = &[
    Shift { name: "Early", begins: 6, output: 1.00 },
    Shift { name: "Late", begins: 14, output: 0.99 },
    Shift { name: "Night", begins: 22, output: 0.86 },
];

#[expect(clippy::too_many_arguments, reason = "each is a column of the table below")]
const fn machine(
    id: &'static str,
    name: &'static str,
    (kind, line): (&'static str, &'static str),
    products: &'static [&'static str],
    (rate, scrap, downtime): (f64, f64, f64),
    installed: i32,
    called: &'static str,
    spellings: &'static [&'static str],
) -> Machine {
    Machine { id, name, kind, line, products, rate, scrap, downtime, installed, called, spellings }
}

const PRESSED: &[&str] = &["Bracket B12", "Cover C5"];
const MILLED: &[&str] = &["Housing H30", "Valve V7", "Gear G18"];
const CUT: &[&str] = &["Bracket B12", "Cover C5"];
const BAKED: &[&str] = &[SEASONAL, "Seal ring S9"];
const WELDED: &[&str] = &["Housing H30", "Valve V7"];
const PACKED: &[&str] = &["Seal ring S9", SEASONAL];

pub(super) const MACHINES: &[Machine] = &[
    machine(
        "PRS-01",
        "Hydraulic Press 1",
        ("Press", "Line A"),
        PRESSED,
        (118., 0.021, 22.),
        2012,
        "press 1",
        &["PRS01"],
    ),
    machine(
        "PRS-02",
        "Hydraulic Press 2",
        ("Press", "Line A"),
        PRESSED,
        (121., 0.019, 20.),
        2014,
        "press 2",
        &["prs-02"],
    ),
    machine(
        "PRS-03",
        "Hydraulic Press 3",
        ("Press", "Line B"),
        PRESSED,
        (125., 0.023, 19.),
        2017,
        "press 3",
        &["Press #3", "Hydraulik Press 3"],
    ),
    machine(
        "PRS-04",
        "Hydraulic Press 4",
        ("Press", "Line B"),
        PRESSED,
        (128., 0.018, 16.),
        2020,
        "press 4",
        &["PRS 04"],
    ),
    machine(
        "CNC-01",
        "Milling Centre 1",
        ("Mill", "Line B"),
        MILLED,
        (46., 0.024, 25.),
        2013,
        "mill 1",
        &["milling center 1", "CNC01"],
    ),
    machine("CNC-02", "Milling Centre 2", ("Mill", "Line B"), MILLED, (48., 0.026, 24.), 2015, "mill 2", &["cnc-02"]),
    machine("CNC-03", "Milling Centre 3", ("Mill", "Line C"), MILLED, (49., 0.022, 23.), 2016, "mill 3", &["CNC 3"]),
    machine(
        "CNC-04",
        "Milling Centre 4",
        ("Mill", "Line C"),
        MILLED,
        (52., 0.020, 18.),
        2021,
        "mill 4",
        &["milling centre #4", "CNC 04"],
    ),
    machine(
        "LAS-01",
        "Laser Cutter 1",
        ("Laser", "Line A"),
        CUT,
        (96., 0.015, 17.),
        2018,
        "laser 1",
        &["LAS01", "Lazer Cutter 1"],
    ),
    machine("LAS-02", "Laser Cutter 2", ("Laser", "Line B"), CUT, (99., 0.014, 15.), 2021, "laser 2", &["las-02"]),
    machine(
        "ROB-01",
        "Welding Robot 1",
        ("Robot", "Line C"),
        WELDED,
        (61., 0.017, 21.),
        2019,
        "robot 1",
        &["ROB01", "Weldng Robot 1"],
    ),
    machine("ROB-02", "Welding Robot 2", ("Robot", "Line C"), WELDED, (63., 0.016, 20.), 2019, "robot 2", &["rob 02"]),
    machine("OVN-01", "Curing Oven 1", ("Oven", "Line D"), BAKED, (74., 0.019, 18.), 2015, "oven 1", &["OVN01"]),
    machine(
        "OVN-02",
        "Curing Oven 2",
        ("Oven", "Line D"),
        BAKED,
        (76., 0.020, 19.),
        2015,
        "oven 2",
        &["ovn-02", "Oven #2"],
    ),
    machine(
        "PCK-01",
        "Packing Station 1",
        ("Packing", "Line D"),
        PACKED,
        (140., 0.006, 10.),
        2018,
        "packing 1",
        &["PCK01"],
    ),
    machine(
        "PCK-02",
        "Packing Station 2",
        ("Packing", "Line D"),
        PACKED,
        (143., 0.006, 9.),
        2022,
        "packing 2",
        &["pck-02"],
    ),
];

/// Handle, name, what they do.
const PEOPLE: &[(&str, &str, &str)] = &[
    ("harriet", "Harriet Ashcombe", "Plant manager"),
    ("milos", "Miloš Petrov", "Maintenance lead"),
    ("sanna", "Sanna Virtanen", "Technician"),
    ("kwame", "Kwame Boateng", "Technician"),
    ("tilde", "Tilde Sørensen", "Technician"),
    ("raj", "Raj Patel", "Technician"),
    ("bruno", "Bruno Conti", "Technician"),
    ("greta", "Greta Holm", "Shift lead, early"),
    ("omar", "Omar Farouk", "Shift lead, late"),
    ("vera", "Vera Novotná", "Shift lead, night"),
    ("lewis", "Lewis Byrne", "Quality"),
    ("akiko", "Akiko Mori", "Purchasing"),
];

/// The technicians, as places among the people.
pub(super) const TECHNICIANS: std::ops::Range<usize> = 2..7;
/// The shift leads, as places among the people.
pub(super) const SHIFT_LEADS: std::ops::Range<usize> = 7..10;

pub(super) fn people() -> Vec<StoryPerson> {
    let person = |(handle, name, title): &(&str, &str, &str)| StoryPerson {
        handle: (*handle).to_owned(),
        name: (*name).to_owned(),
        title: (*title).to_owned(),
    };
    PEOPLE.iter().map(person).collect()
}

/// A person's name.
pub(super) fn name_of(place: usize) -> &'static str {
    PEOPLE[place].1
}

pub(super) fn place_of(id: &str) -> usize {
    MACHINES.iter().position(|machine| machine.id == id).unwrap_or_default()
}
