//! Names of companies: without legal forms, which are written or left out at will.

use crate::link::words::Words;

/// Legal forms, as their words are folded: `s.r.o.` is three words.
const LEGAL_FORMS: &[&[&str]] = &[
    &["a", "s"],
    &["ab"],
    &["ag"],
    &["ag", "co", "kg"],
    &["aktiengesellschaft"],
    &["aps"],
    &["as"],
    &["asa"],
    &["bv"],
    &["b", "v"],
    &["bvba"],
    &["cia"],
    &["co"],
    &["company"],
    &["corp"],
    &["corporation"],
    &["cv"],
    &["d", "o", "o"],
    &["doo"],
    &["e", "k"],
    &["ek"],
    &["eurl"],
    &["ev"],
    &["e", "v"],
    &["gbr"],
    &["gesmbh"],
    &["gmbh"],
    &["g", "m", "b", "h"],
    &["inc"],
    &["incorporated"],
    &["kft"],
    &["kg"],
    &["kgaa"],
    &["kk"],
    &["limited"],
    &["llc"],
    &["l", "l", "c"],
    &["llp"],
    &["lp"],
    &["ltd"],
    &["ltda"],
    &["nv"],
    &["n", "v"],
    &["ohg"],
    &["oy"],
    &["oyj"],
    &["plc"],
    &["pty"],
    &["pte"],
    &["pvt"],
    &["private", "limited"],
    &["s", "a"],
    &["s", "a", "s"],
    &["s", "l"],
    &["s", "p", "a"],
    &["s", "r", "l"],
    &["s", "r", "o"],
    &["sa"],
    &["sarl"],
    &["sas"],
    &["se"],
    &["spa"],
    &["sro"],
    &["srl"],
    &["ug"],
    &["zrt"],
];
/// Words that many companies have at the end of their names, and that people leave out.
const GENERIC: &[&str] = &[
    "advisors",
    "agency",
    "analytics",
    "and",
    "apparel",
    "associates",
    "automotive",
    "bank",
    "brothers",
    "capital",
    "clinic",
    "consulting",
    "design",
    "dynamics",
    "electronics",
    "energy",
    "engineering",
    "enterprise",
    "enterprises",
    "equipment",
    "finance",
    "financial",
    "foods",
    "global",
    "group",
    "health",
    "healthcare",
    "holding",
    "holdings",
    "industrial",
    "industries",
    "insurance",
    "international",
    "investments",
    "lab",
    "laboratories",
    "labs",
    "logistics",
    "manufacturing",
    "market",
    "media",
    "motors",
    "networks",
    "partners",
    "pharma",
    "products",
    "research",
    "retail",
    "security",
    "services",
    "software",
    "solutions",
    "sons",
    "studio",
    "studios",
    "supply",
    "systems",
    "tech",
    "technologies",
    "technology",
    "trading",
    "ventures",
];

/// Words of a name that count.
const MOST_WORDS: usize = 10;

/// A company's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::link) struct Company {
    /// Its words without its legal form.
    pub(in crate::link) core: Vec<String>,
}

impl Company {
    /// A company's name; `None` of what has no words.
    pub(in crate::link) fn of(text: &str) -> Option<Self> {
        // What is in brackets is said besides: a place, a former name.
        let outside = text.split(['(', '[', '|']).next().filter(|outside| !outside.trim().is_empty()).unwrap_or(text);
        let mut core: Vec<String> = Words::of(outside).iter().take(MOST_WORDS).map(str::to_owned).collect();
        if core.len() > 1 && core[0] == "the" {
            core.remove(0);
        }
        while let Some(form) = legal_form_at_end(&core) {
            core.truncate(core.len() - form);
            if core.len() > 1 && core.last().is_some_and(|word| word == "and") {
                core.pop();
            }
        }
        (!core.is_empty()).then_some(Self { core })
    }

    /// All its words, joined.
    pub(in crate::link) fn joined(&self) -> String {
        self.core.concat()
    }

    /// How many of its first words are enough for people who know it: `Blue River` of `Blue River Foods`. All lengths that
    /// leave out something, the longest first.
    pub(in crate::link) fn short_forms(&self) -> impl Iterator<Item = &[String]> {
        (1..self.core.len()).rev().map(|length| &self.core[..length]).filter(|short| {
            let telling = short.iter().filter(|word| !is_generic(word) && *word != "the");
            telling.map(|word| word.len()).sum::<usize>() > 2
        })
    }

    /// Whether a short form leaves out nothing but words that many companies have at the end of their names.
    pub(in crate::link) fn leaves_generic(&self, short: &[String]) -> bool {
        self.core[short.len()..].iter().all(|word| is_generic(word))
    }

    /// The first letters of its words, where there are three or more.
    pub(in crate::link) fn initials(&self) -> Option<String> {
        let words: Vec<&String> = self.core.iter().filter(|word| *word != "and" && *word != "of").collect();
        (words.len() > 2).then(|| words.iter().filter_map(|word| word.chars().next()).collect())
    }
}

fn is_generic(word: &str) -> bool {
    GENERIC.binary_search(&word).is_ok()
}

/// How many words at the end of a name are its legal form, if something is left before them.
fn legal_form_at_end(words: &[String]) -> Option<usize> {
    let ends = |form: &&[&str]| words.len() > form.len() && words[words.len() - form.len()..].iter().eq(form.iter());
    LEGAL_FORMS.iter().copied().filter(ends).map(<[&str]>::len).max()
}

/// Whether a word is a legal form, or a part of one.
pub(in crate::link) fn is_legal_form(word: &str) -> bool {
    LEGAL_FORMS.iter().any(|form| form.contains(&word))
}

/// Whether a name is a company's: it has a legal form, or ends with a word that companies' names end with.
pub(in crate::link) fn is_company(text: &str) -> bool {
    let words: Vec<String> = Words::of(text).iter().map(str::to_owned).collect();
    let form = legal_form_at_end(&words).unwrap_or_default();
    // Some have a last name of two letters that is a legal form elsewhere.
    let is_form = words[words.len() - form..].concat().len() > 2;
    is_form || (words.len() > 1 && words.last().is_some_and(|word| is_generic(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn core(text: &str) -> String {
        Company::of(text).map(|company| company.core.join(" ")).unwrap_or_default()
    }

    #[test]
    fn legal_forms_are_dropped() {
        assert_eq!(core("Blue River Foods, Ltd."), "blue river foods");
        assert_eq!(core("Škoda Díly s.r.o."), "skoda dily");
        assert_eq!(core("Müller GmbH & Co. KG"), "muller");
        assert_eq!(core("The Globex Corporation (Berlin)"), "globex");
        assert_eq!(core("Smith & Sons Inc"), "smith and sons");
        assert_eq!(core("Limited"), "limited");
        assert_eq!(core(" - "), "");
    }

    #[test]
    fn people_leave_out_what_tells_little() {
        let company = Company::of("Blue River Foods Ltd").unwrap();
        let short: Vec<String> = company.short_forms().map(|short| short.join(" ")).collect();
        assert_eq!(short, ["blue river", "blue"]);
        assert!(company.leaves_generic(&company.core[..2]) && !company.leaves_generic(&company.core[..1]));
        assert_eq!(company.initials().as_deref(), Some("brf"));
        assert_eq!(Company::of("Global Systems AG").unwrap().short_forms().count(), 0);
    }

    #[test]
    fn a_company_is_told_from_a_person() {
        assert!(
            is_company("Hooli Inc.") && is_company("Acme Labs") && !is_company("Jane Doe") && !is_company("Initech")
        );
        assert!(!is_company("João Sá") && is_company("João Lda. S.A.S.") && !is_company(""));
        assert!(GENERIC.is_sorted());
    }
}
