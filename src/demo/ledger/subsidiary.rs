//! The books of the subsidiary, kept in another system: other accounts, other departments, other signs.

use chrono::NaiveDate;

use super::calendar::{months, working_day};
use super::entries::group_charge;
use super::lines::{INTERCOMPANY, Kind};
use super::{Dice, noise};

/// An account: its code, what it is called there, what it is called here.
pub(super) struct Account {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) category: &'static str,
    pub(super) kind: Kind,
}

/// A department there, and which it is here.
pub(super) struct CostCenter {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) department: &'static str,
}

const fn account(code: &'static str, name: &'static str, category: &'static str) -> Account {
    let kind = if code.as_bytes()[0] == b'4' { Kind::Revenue } else { Kind::Expense };
    Account { code, name, category, kind }
}

const fn center(code: &'static str, name: &'static str, department: &'static str) -> CostCenter {
    CostCenter { code, name, department }
}

/// How accounts there are mapped.
pub(super) const ACCOUNTS: &[Account] = &[
    account("4000", "Goods sold", "Product sales"),
    account("4100", "Maintenance agreements", "Service contracts"),
    account("4200", "Royalties", "Licence fees"),
    account("6000", "Wages and social security", "Salaries"),
    account("6200", "IT licences", "Software"),
    account("6210", "Hosting", "Cloud services"),
    account("6300", "Business trips", "Travel"),
    account("6400", "Promotion", "Advertising"),
    account("6500", "Tools and machines", "Equipment"),
    account("6600", "Premises", "Rent"),
    account("6610", "Energy", "Utilities"),
    account("6700", "Carriage outwards", "Freight"),
    account("6800", "Advice and audit", "Professional services"),
    account("9800", "Clearing with the parent", INTERCOMPANY),
];

/// How cost centres there are mapped.
pub(super) const CENTERS: &[CostCenter] = &[
    center("SLS-10", "Sales & key accounts", "Sales"),
    center("MKT-20", "Communication", "Marketing"),
    center("DEV-30", "Development", "Engineering"),
    center("OPS-40", "Production & dispatch", "Operations"),
    center("FIN-50", "Accounting", "Finance"),
    center("SUP-70", "Helpdesk", "Customer Care"),
    center("ADM-80", "Building services", "Facilities"),
];

/// What the subsidiary books: code of the account, code of the cost centre, euros of a month, entries of a month, words, and
/// the partner as it is spelled there.
type Booking = (&'static str, &'static str, f64, f64, &'static str, &'static str);

const BOOKINGS: &[Booking] = &[
    ("4000", "SLS-10", 148_000., 6., "Sensors delivered", ""),
    ("4100", "SUP-70", 31_000., 3., "Agreement, quarter hour rate", ""),
    ("4200", "DEV-30", 12_500., 1., "Royalty", ""),
    ("6000", "SLS-10", 19_000., 1.5, "Wages", ""),
    ("6000", "DEV-30", 37_000., 3., "Wages", ""),
    ("6000", "OPS-40", 29_000., 2.5, "Wages", ""),
    ("6000", "FIN-50", 9_500., 1., "Wages", ""),
    ("6000", "SUP-70", 8_500., 1., "Wages", ""),
    ("6200", "DEV-30", 3_900., 1., "Licences", "QUILLSOFT LTD."),
    ("6200", "FIN-50", 900., 1., "Bookkeeping", "Ledgerly AS"),
    ("6210", "DEV-30", 5_200., 1.5, "Hosting", "NIMBUS HOSTING GMBH"),
    ("6300", "SLS-10", 3_100., 2., "Journeys", "Wayfarer Travel Ltd"),
    ("6400", "MKT-20", 6_800., 2., "Search ads", "Search-Lane Ads"),
    ("6400", "MKT-20", 2_900., 1., "Posters", "Fjordprint"),
    ("6500", "OPS-40", 4_400., 1.5, "Tools", "Ferrous and Finch"),
    ("6600", "ADM-80", 8_200., 1., "Premises", "Havneby Eiendom"),
    ("6610", "ADM-80", 2_700., 1., "Energy", "Nordfoss Kraft"),
    ("6700", "OPS-40", 5_600., 2., "Carriage", "SEAWICK FREIGHT INC"),
    ("6700", "OPS-40", 2_100., 1., "Carriage", "Kestrel Logistics GmbH"),
    ("6800", "FIN-50", 2_400., 1., "Audit", "Aldous Consulting Ltd."),
];

/// The partners that supply both companies: as the subsidiary spells them, and as we do.
pub(super) const SHARED: &[(&str, &str)] = &[
    ("QUILLSOFT LTD.", "Quillsoft"),
    ("Ledgerly AS", "Ledgerly"),
    ("NIMBUS HOSTING GMBH", "Nimbus Hosting"),
    ("Wayfarer Travel Ltd", "Wayfarer Travel"),
    ("Search-Lane Ads", "Searchlane Ads"),
    ("Ferrous and Finch", "Ferrous & Finch"),
    ("SEAWICK FREIGHT INC", "Seawick Freight"),
    ("Kestrel Logistics GmbH", "Kestrel Logistics"),
    ("Aldous Consulting Ltd.", "Aldous Consulting"),
];

/// A booking of the subsidiary.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Posting {
    /// Such as `2024-000017`.
    pub(super) document: String,
    pub(super) day: NaiveDate,
    pub(super) account: &'static str,
    pub(super) center: &'static str,
    /// In cents; what comes in is negative.
    pub(super) value: i64,
    pub(super) text: &'static str,
    /// Who was paid, as the subsidiary spells it; empty where there is none.
    pub(super) partner: &'static str,
}

/// About so many postings; what they add up to grows with `size_factor`.
pub(super) fn make(count: usize, size_factor: f64, dice: &mut Dice) -> Vec<Posting> {
    let a_month: f64 = BOOKINGS.iter().map(|booking| booking.3).sum();
    let usual = count.saturating_sub(months().count());
    let mut postings: Vec<Posting> = Vec::with_capacity(count);
    let (mut until, mut made) = (0., 0);
    for (passed, month) in months().enumerate() {
        let clearing = ("9800", "FIN-50", "Group services");
        postings.push(posting(clearing, working_day(month, 30..31, dice), group_charge(month, size_factor), ""));
        for &(account, center, monthly, entries, text, partner) in BOOKINGS {
            until += entries / a_month / months().count() as f64;
            let due = (until * usual as f64).round() as usize;
            let growth = 1. + 0.006 * passed as f64;
            let in_all = entries / a_month * usual.max(1) as f64;
            let each = monthly * months().count() as f64 * size_factor * growth / in_all;
            for _ in made..due.max(made) {
                let cents = (each * (1. + 0.12 * noise(dice)) * 100.).round() as i64;
                let value = if account.starts_with('4') { -cents } else { cents };
                postings.push(posting((account, center, text), working_day(month, 0..31, dice), value, partner));
            }
            made = made.max(due);
        }
    }
    postings.sort_by_key(|posting| posting.day);
    for (posting, number) in postings.iter_mut().zip(1..) {
        posting.document = format!("{}-{number:06}", posting.day.format("%Y"));
    }
    postings
}

fn posting(
    (account, center, text): (&'static str, &'static str, &'static str),
    day: NaiveDate,
    value: i64,
    partner: &'static str,
) -> Posting {
    Posting { document: String::new(), day, account, center, value, text, partner }
}

impl Posting {
    /// How its account is mapped.
    pub(super) fn mapped(&self) -> &'static Account {
        ACCOUNTS.iter().find(|account| account.code == self.account).unwrap_or(&ACCOUNTS[0])
    }

    /// Which department it is here.
    pub(super) fn department(&self) -> &'static str {
        CENTERS.iter().find(|center| center.code == self.center).map_or("", |center| center.department)
    }
}
