//! A small library of made-up articles on targeted cancer therapy: labs that publish together, journals, MeSH headings.
//!
//! Nobody and nothing in it exists: ids lie where none are given out (PMIDs from 90,000,001, DOIs below 10.5555, ORCID iDs
//! below 0000-0000), so that no record can be taken for a real one. MeSH descriptors are NLM's.

mod people;
mod topics;

use chrono::{Days, NaiveDate};
use rand::{RngExt, SeedableRng};

use super::dice::Dice;

pub use people::Contributor;
pub use topics::{Mesh, MeshHeading};

/// The first PMID.
const FIRST_PMID: u64 = 90_000_001;

/// A library to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// Another seed makes another library.
    pub seed: u64,
    /// How many articles it holds.
    pub articles: usize,
    /// The day on which its first article came in.
    pub first_day: NaiveDate,
    /// Over how many days the articles came in.
    pub days: u64,
}

impl Default for Library {
    fn default() -> Self {
        let first_day = NaiveDate::from_ymd_opt(2019, 1, 1).expect("New Year is a day");
        Self { seed: 42, articles: 400, first_day, days: 2_000 }
    }
}

/// What kind of a record it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In a journal.
    Article,
    /// A chapter of a book.
    Chapter,
    /// On a preprint server.
    Preprint,
}

/// When something was published, as a journal may say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issued {
    /// A day.
    Day(NaiveDate),
    /// A month.
    Month(NaiveDate),
    /// A season of a year.
    Season(i32, &'static str),
    /// Free words, such as `1998 Dec-1999 Jan`.
    Words(String),
}

/// A journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalTitle {
    /// Its title.
    pub title: &'static str,
    /// Its abbreviation.
    pub abbreviation: &'static str,
    /// Its id in NLM's catalogue.
    pub nlm_id: &'static str,
    /// Its ISSN.
    pub issn: &'static str,
    /// Whether that is the electronic edition's.
    pub is_electronic: bool,
    /// Where it is published.
    pub country: &'static str,
}

/// One publication of the library.
#[derive(Clone, Debug, PartialEq)]
pub struct Publication {
    /// Its number in PubMed; a preprint's number has nothing to do with PubMed.
    pub number: u64,
    /// What kind of a record it is.
    pub form: Form,
    /// Its title; parts between asterisks are in italics.
    pub title: String,
    /// The abstract's sections, with their labels.
    pub sections: Vec<(Option<&'static str>, String)>,
    /// Who wrote it, in order.
    pub authors: Vec<Contributor>,
    /// Where it was published.
    pub journal: JournalTitle,
    /// The journal's volume.
    pub volume: u32,
    /// The volume's issue.
    pub issue: u32,
    /// Its first and its last page.
    pub pages: (u32, u32),
    /// When the issue was published.
    pub issued: Issued,
    /// When it was published electronically.
    pub electronic: Option<NaiveDate>,
    /// When its record was made.
    pub created: NaiveDate,
    /// When it came into the library; long before its record where that is for an older article.
    pub entered: NaiveDate,
    /// When its record was last revised.
    pub revised: NaiveDate,
    /// When its indexing was finished.
    pub completed: Option<NaiveDate>,
    /// Its MeSH headings.
    pub headings: Vec<MeshHeading>,
    /// Its authors' keywords.
    pub keywords: Vec<&'static str>,
    /// What it is, with the id of that word: `Review`.
    pub types: Vec<(&'static str, &'static str)>,
    /// Substances: name, registry number and id.
    pub chemicals: Vec<(&'static str, &'static str, &'static str)>,
    /// Grants: number, agency and country.
    pub grants: Vec<(String, &'static str, &'static str)>,
    /// The article whose retraction it is told in.
    pub retracted_in: Option<u64>,
    /// How often it is cited.
    pub cited_by: u32,
    /// Its number in PubMed Central, where it is open access.
    pub pmc: Option<u64>,
}

impl Publication {
    /// Its digital object identifier.
    pub fn doi(&self) -> String {
        format!("10.5555/lib.{}", self.number)
    }

    /// Its title without marks of italics.
    pub fn plain_title(&self) -> String {
        self.title.replace('*', "")
    }

    /// Whether PubMed holds it.
    pub fn is_in_pubmed(&self) -> bool {
        self.form != Form::Preprint
    }
}

const JOURNALS: [JournalTitle; 6] = [
    journal("Annals of Imagined Oncology", "Ann Imag Oncol", "9900001", "9900-0018", false, "Netherlands"),
    journal("Journal of Targeted Fictions", "J Target Fict", "9900002", "9900-0026", true, "United States"),
    journal("Kinase Letters", "Kinase Lett", "9900003", "9900-0034", true, "England"),
    journal("Molecular Tales", "Mol Tales", "9900004", "9900-0042", false, "Switzerland"),
    journal("Open Resistance Research", "Open Resist Res", "9900005", "9900-0050", true, "Germany"),
    journal("Proceedings of the Made-up Society", "Proc Made Up Soc", "9900006", "9900-0069", false, "Czech Republic"),
];

const fn journal(
    title: &'static str,
    abbreviation: &'static str,
    nlm_id: &'static str,
    issn: &'static str,
    is_electronic: bool,
    country: &'static str,
) -> JournalTitle {
    JournalTitle { title, abbreviation, nlm_id, issn, is_electronic, country }
}

impl Library {
    /// All publications, in the order in which they came in.
    pub fn publications(&self) -> Vec<Publication> {
        let mut dice = Dice::seed_from_u64(self.seed);
        let labs = people::labs(&mut dice);
        let mut publications: Vec<Publication> = Vec::with_capacity(self.articles);
        for number in 0..self.articles {
            let publication = self.publication(number as u64, &labs, &mut dice);
            publications.push(publication);
        }
        publications
    }

    fn publication(&self, number: u64, labs: &[people::Lab], dice: &mut Dice) -> Publication {
        let day = self.days * number / (self.articles as u64).max(1);
        let created = later(self.first_day, day);
        // Every sixteenth came in long after it was published, as journals hand in old volumes.
        let is_late = number % 16 == 7;
        let entered = if is_late { created.checked_sub_days(Days::new(1_500)).unwrap_or(created) } else { created };
        let form = match number % 25 {
            11 => Form::Chapter,
            17 => Form::Preprint,
            _ => Form::Article,
        };
        let topic = topics::pick(dice);
        let lab = &labs[dice.random_range(0..labs.len())];
        let is_indexed = form == Form::Article && number % 5 != 4;
        let revised = later(created, dice.random_range(0..60));
        let completed = is_indexed.then(|| later(created, 30));
        let retracted_in = (number > 40 && number % 97 == 50).then(|| FIRST_PMID + number - 1);
        let mut types = vec![("Journal Article", "D016428")];
        if number % 7 == 3 {
            types.push(("Review", "D016454"));
        }
        if retracted_in.is_some() {
            types.push(("Retracted Publication", "D016441"));
        }
        Publication {
            number: FIRST_PMID + number,
            form,
            title: topic.title(dice),
            sections: topic.sections(number, dice),
            authors: lab.authors(number, dice),
            journal: JOURNALS[dice.random_range(0..JOURNALS.len())],
            volume: dice.random_range(1..60),
            issue: dice.random_range(1..13),
            pages: {
                let first = dice.random_range(1..900);
                (first, first + dice.random_range(1..20))
            },
            issued: issued(number, entered),
            electronic: number.is_multiple_of(3).then_some(entered),
            created,
            entered,
            revised,
            completed,
            headings: if is_indexed { topic.headings(dice) } else { Vec::new() },
            keywords: topic.keywords.to_vec(),
            types,
            chemicals: if is_indexed { topic.chemicals.to_vec() } else { Vec::new() },
            grants: lab.grants(number),
            retracted_in,
            cited_by: dice.random_range(0..120),
            pmc: number.is_multiple_of(2).then_some(80_000_000 + number),
        }
    }
}

/// Journals state a day, a month, a season or a span.
fn issued(number: u64, day: NaiveDate) -> Issued {
    use chrono::Datelike;
    let year = day.year();
    match number % 10 {
        0..=3 => Issued::Day(day),
        4..=6 => Issued::Month(day),
        7 => Issued::Season(year, ["Winter", "Spring", "Summer", "Fall"][(day.month0() / 3) as usize]),
        8 => Issued::Words(format!("{year} Dec-{} Jan", year + 1)),
        _ => Issued::Words(format!("{year} Jul-Aug")),
    }
}

fn later(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_library() {
        let library = Library::default();
        let publications = library.publications();
        assert_eq!(publications, library.publications());
        assert_eq!(publications.len(), 400);
        assert_ne!(publications, Library { seed: 7, ..library }.publications());
        assert!(publications.iter().all(|one| !one.authors.is_empty() && one.revised >= one.created));
    }
}
