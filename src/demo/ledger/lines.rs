//! What money comes in for and goes out for: each line with its usual month, its growth and its season.

use chrono::{Datelike, NaiveDate};

/// Whether money comes in or goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Revenue,
    Expense,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Revenue => "Revenue",
            Self::Expense => "Expense",
        }
    }
}

/// Something that comes again every month.
pub(super) struct Line {
    pub(super) department: &'static str,
    pub(super) category: &'static str,
    pub(super) kind: Kind,
    /// Euros of the first month.
    monthly: f64,
    /// Entries of a month.
    pub(super) entries: usize,
    /// What each month adds, as a share.
    growth: f64,
    season: &'static [f64; 12],
    /// Who is paid; who pays, where money comes in. Nobody, where it goes to the staff.
    pub(super) partners: &'static [&'static str],
    /// What for, in a few words.
    pub(super) purposes: &'static [&'static str],
}

const EVEN: [f64; 12] = [1.; 12];
const SALES: [f64; 12] = [0.90, 0.92, 1.00, 0.98, 1.00, 1.02, 0.94, 0.86, 1.02, 1.08, 1.14, 1.14];
const CAMPAIGNS: [f64; 12] = [0.85, 0.90, 1.05, 1.00, 1.00, 0.95, 0.85, 0.85, 1.05, 1.15, 1.25, 1.10];
const JOURNEYS: [f64; 12] = [0.85, 1.00, 1.15, 1.10, 1.15, 1.10, 0.80, 0.60, 1.15, 1.25, 1.15, 0.70];
const HEATING: [f64; 12] = [1.40, 1.35, 1.20, 1.00, 0.80, 0.70, 0.65, 0.65, 0.80, 0.95, 1.20, 1.30];

/// The first month in which Marketing spends more on advertising than was planned, and how many times as much.
const OVERSPENT: (i32, u32, f64) = (2025, 2, 1.45);
/// Who is paid more and more.
pub(super) const GROWING_VENDOR: &str = "Nimbus Hosting";
/// What one company of the group earns from the other.
pub(super) const INTERCOMPANY: &str = "Intercompany";

const CUSTOMERS: &[&str] = &[
    "Haverly Labs",
    "Municipal Water Works",
    "Ostrava Steel Trading",
    "Pinecrest Hospital",
    "Delft Optics",
    "Greyfriars University",
    "Calder Breweries",
    "Ansel Foods",
];

const fn out(
    department: &'static str,
    category: &'static str,
    (monthly, entries): (f64, usize),
    (growth, season): (f64, &'static [f64; 12]),
    partners: &'static [&'static str],
    purposes: &'static [&'static str],
) -> Line {
    Line { department, category, kind: Kind::Expense, monthly, entries, growth, season, partners, purposes }
}

const fn pay(department: &'static str, monthly: f64, entries: usize) -> Line {
    out(department, "Salaries", (monthly, entries), (0.003, &EVEN), &[], &["Payroll"])
}

const fn earn(
    department: &'static str,
    category: &'static str,
    (monthly, entries): (f64, usize),
    (growth, season): (f64, &'static [f64; 12]),
    purposes: &'static [&'static str],
) -> Line {
    let kind = Kind::Revenue;
    Line { department, category, kind, monthly, entries, growth, season, partners: CUSTOMERS, purposes }
}

/// All lines but the one between the companies of the group.
pub(super) const LINES: &[Line] = &[
    earn("Sales", "Product sales", (430_000., 5), (0.010, &SALES), &["Instruments", "Spare parts", "Sensors"]),
    earn(
        "Customer Care",
        "Service contracts",
        (132_000., 2),
        (0.008, &EVEN),
        &["Calibration contract", "Service plan"],
    ),
    earn("Engineering", "Licence fees", (84_000., 1), (0.012, &EVEN), &["Licence of the analysis software"]),
    pay("Sales", 62_000., 5),
    pay("Marketing", 31_000., 3),
    pay("Engineering", 118_000., 9),
    pay("Operations", 74_000., 6),
    pay("Finance", 28_000., 2),
    pay("People", 19_000., 2),
    pay("Customer Care", 36_000., 3),
    pay("Facilities", 15_000., 1),
    out("Sales", "Travel", (9_000., 3), (0.004, &JOURNEYS), WAYS, &["Visits to customers", "Trade fair", "Flights"]),
    out("Sales", "Software", (4_000., 1), (0.005, &EVEN), &["Deskwright"], &["Customer list, licences"]),
    out("Marketing", "Advertising", (28_000., 5), (0.004, &CAMPAIGNS), MEDIA, &["Search ads", "Banners", "Print"]),
    out("Marketing", "Professional services", (6_000., 1), (0.002, &EVEN), &["Pell & Hart Advisers"], &["Brand study"]),
    out("Marketing", "Software", (3_200., 1), (0.005, &EVEN), &["Quillsoft"], &["Newsletter service"]),
    out("Marketing", "Travel", (2_500., 1), (0.004, &JOURNEYS), WAYS, &["Trade fair"]),
    out(
        "Engineering",
        "Software",
        (14_000., 3),
        (0.006, &EVEN),
        TOOLS,
        &["Design tools", "Code hosting", "Simulation"],
    ),
    out("Engineering", "Cloud services", (9_000., 2), (0.06, &EVEN), &[GROWING_VENDOR], &["Compute", "Storage"]),
    out("Engineering", "Cloud services", (6_000., 1), (0.002, &EVEN), &["Corvid Cloud"], &["Backups"]),
    out("Engineering", "Equipment", (11_000., 2), (0.003, &EVEN), GEAR, &["Test benches", "Probes", "Oscilloscopes"]),
    out("Engineering", "Training", (3_000., 1), (0.003, &EVEN), &["Learnfold Academy"], &["Courses"]),
    out("Operations", "Equipment", (9_000., 2), (0.003, &EVEN), GEAR, &["Tools", "Assembly fixtures"]),
    out("Operations", "Freight", (16_000., 3), (0.008, &SALES), CARRIERS, &["Outbound freight", "Pallets", "Express"]),
    out("Operations", "Utilities", (7_000., 1), (0.004, &HEATING), POWER, &["Electricity, assembly hall"]),
    out("Operations", "Maintenance", (5_000., 2), (0.003, &EVEN), REPAIRS, &["Service of the machines", "Spare parts"]),
    out(
        "Finance",
        "Professional services",
        (7_000., 1),
        (0.002, &EVEN),
        &["Aldous Consulting"],
        &["Audit", "Tax advice"],
    ),
    out("Finance", "Software", (2_600., 1), (0.005, &EVEN), &["Ledgerly"], &["Bookkeeping"]),
    out("Finance", "Insurance", (4_000., 1), (0.002, &EVEN), &["Harbour Mutual"], &["Liability", "Buildings"]),
    out("People", "Training", (6_000., 1), (0.004, &EVEN), &["Learnfold Academy"], &["Leadership course", "Languages"]),
    out("People", "Recruiting", (5_000., 1), (0.004, &EVEN), &["Talentry Partners"], &["Search for an engineer"]),
    out("Customer Care", "Software", (3_000., 1), (0.005, &EVEN), &["Deskwright"], &["Ticket desk"]),
    out("Customer Care", "Training", (1_500., 1), (0.003, &EVEN), &["Learnfold Academy"], &["Product course"]),
    out("Facilities", "Rent", (24_000., 2), (0.002, &EVEN), &["Stonegate Estates"], &["Office", "Assembly hall"]),
    out("Facilities", "Utilities", (8_000., 1), (0.004, &HEATING), POWER, &["Heating and water"]),
    out("Facilities", "Maintenance", (6_000., 2), (0.003, &EVEN), REPAIRS, &["Lift service", "Air conditioning"]),
    out("Facilities", "Office supplies", (2_200., 2), (0.003, &EVEN), DESKS, &["Paper and toner", "Kitchen"]),
];

const WAYS: &[&str] = &["Wayfarer Travel", "Northrail"];
const MEDIA: &[&str] = &["Brightline Media", "Searchlane Ads", "Postwick Print"];
const TOOLS: &[&str] = &["Quillsoft", "Formwell CAD", "Deskwright"];
const GEAR: &[&str] = &["Oakline Equipment", "Ferrous & Finch"];
const CARRIERS: &[&str] = &["Seawick Freight", "Kestrel Logistics"];
const POWER: &[&str] = &["Moorland Energy", "Tern Water"];
const REPAIRS: &[&str] = &["Fixwell Services", "Brindle Repairs"];
const DESKS: &[&str] = &["Paperwick", "Inkwell Supplies"];

impl Line {
    /// What was planned for a month, in euros, when the books begin in `first`.
    pub(super) fn planned(&self, month: NaiveDate, first: NaiveDate) -> f64 {
        let passed = (month.year() - first.year()) * 12 + month.month0() as i32 - first.month0() as i32;
        self.monthly * (1. + self.growth).powi(passed) * self.season[month.month0() as usize]
    }

    /// How many times as much is spent as was planned.
    pub(super) fn overspent(&self, month: NaiveDate) -> f64 {
        let (year, from, factor) = OVERSPENT;
        let is_late = (month.year(), month.month()) >= (year, from);
        if is_late && self.department == "Marketing" && self.category == "Advertising" { factor } else { 1. }
    }
}
