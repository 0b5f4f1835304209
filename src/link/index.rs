//! What the right side is called by: from every form of it to the records.

use std::collections::HashMap;

use super::keys::{Address, Company, Id, Person, addresses, domain, formal, hash_of, is_company, phones};
use super::record::{Record, Rule, Rules};
use super::spelling::Spelling;
use super::words::Words;

/// A form that leads to more records than this says nothing of any of them.
const MOST_RECORDS: usize = 200;
/// The same for single names, which many have.
const MOST_NAMESAKES: usize = 50;

/// In which space a form is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Space {
    Id = b'i',
    ShortId = b'j',
    Email = b'e',
    Phone = b'p',
    NationalPhone = b'q',
    Domain = b'd',
    Handle = b'h',
    /// Words that follow each other: names and companies.
    Phrase = b't',
    /// A name that the first word may be a short form of, and the last name.
    Formal = b'f',
}

/// As what a form leads to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Id,
    ShortId,
    Email,
    Phone,
    NationalPhone,
    Domain,
    /// A short name that the record has.
    Handle,
    /// The mailbox of an address that it has.
    Mailbox,
    /// One that its name suggests: first and last name.
    NameHandle,
    /// One that its name suggests, shorter: an initial and a name.
    ShortHandle,
    FullName,
    /// The full name with a short form of the first.
    FormalName,
    /// The first letter and the last name.
    InitialName,
    /// The first name and the first letter of the last.
    NameInitial,
    LastName,
    FirstName,
    Company,
    /// Without words that many companies have.
    CompanyShort,
    /// With less of it.
    CompanyStart,
    CompanyInitials,
}

impl Kind {
    /// How much it says where it leads to one record only.
    pub(super) const fn weight(self) -> f64 {
        match self {
            Self::Email => 0.98,
            Self::Id => 0.97,
            Self::ShortId | Self::Phone => 0.93,
            Self::FullName => 0.9,
            Self::Company => 0.88,
            Self::FormalName | Self::CompanyShort => 0.85,
            Self::NationalPhone | Self::Domain => 0.8,
            Self::Handle | Self::Mailbox => 0.75,
            Self::CompanyStart => 0.72,
            Self::NameHandle | Self::InitialName => 0.7,
            Self::ShortHandle | Self::NameInitial | Self::LastName | Self::CompanyInitials => 0.5,
            Self::FirstName => 0.3,
        }
    }

    /// What it is a reason of.
    pub(super) const fn rule(self) -> Rule {
        match self {
            Self::Id | Self::ShortId => Rule::Id,
            Self::Email => Rule::Email,
            Self::Phone | Self::NationalPhone => Rule::Phone,
            Self::Domain => Rule::Domain,
            Self::Handle | Self::Mailbox | Self::NameHandle | Self::ShortHandle => Rule::Handle,
            Self::FullName
            | Self::FormalName
            | Self::InitialName
            | Self::NameInitial
            | Self::LastName
            | Self::FirstName => Rule::Name,
            Self::Company | Self::CompanyShort | Self::CompanyStart | Self::CompanyInitials => Rule::Company,
        }
    }

    const fn most_records(self) -> usize {
        match self {
            Self::LastName | Self::FirstName | Self::CompanyStart | Self::CompanyInitials | Self::ShortHandle => {
                MOST_NAMESAKES
            }
            _ => MOST_RECORDS,
        }
    }
}

/// That a form leads to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lead {
    /// The record's place.
    pub(super) record: u32,
    /// As what.
    pub(super) kind: Kind,
}

/// What is kept of a record: what its decisions show, and what is compared once it was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) key: Box<str>,
    pub(super) names: Box<[Box<str>]>,
    pub(super) companies: Box<[Box<str>]>,
    pub(super) emails: Box<[Box<str>]>,
    pub(super) domains: Box<[Box<str>]>,
    pub(super) others: Box<[Box<str>]>,
}

/// The right side.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    records: Vec<Known>,
    /// From the hash of a form to its leads: the first, and how many.
    places: HashMap<u64, (u32, u32)>,
    leads: Vec<Lead>,
    spelling: Spelling,
    has_phones: bool,
    has_ids: bool,
    /// Where the record of a key is, where both sides are one table.
    by_key: HashMap<Box<str>, u32>,
}

impl Index {
    /// Reads the records of the right side. Their texts say nothing of what they are called.
    pub(super) fn of(records: impl IntoIterator<Item = Record>, rules: &Rules) -> Self {
        let mut forms = Forms { spelling: Spelling::default(), found: Vec::new() };
        let mut known = Vec::new();
        let (mut has_phones, mut has_ids) = (false, false);
        let mut by_key = HashMap::new();
        for record in records {
            let place = u32::try_from(known.len()).unwrap_or(u32::MAX);
            has_phones |= !record.phones.is_empty();
            has_ids |= !record.ids.is_empty();
            forms.read(place, &record, rules);
            if rules.same_table {
                by_key.insert(record.key.as_str().into(), place);
            }
            known.push(Known::of(record));
        }
        let Forms { mut spelling, mut found } = forms;
        spelling.finish();
        found.sort_unstable();
        // The best kind comes first.
        found.dedup_by_key(|(hash, lead)| (*hash, lead.record));
        let mut places = HashMap::new();
        let mut leads = Vec::with_capacity(found.len());
        for same in found.chunk_by(|(left, _), (right, _)| left == right) {
            let first = u32::try_from(leads.len()).unwrap_or(u32::MAX);
            leads.extend(same.iter().map(|(_, lead)| *lead).filter(|lead| few(same, lead.kind)));
            let count = u32::try_from(leads.len()).unwrap_or(u32::MAX) - first;
            if count > 0 {
                places.insert(same[0].0, (first, count));
            }
        }
        Self { records: known, places, leads, spelling, has_phones, has_ids, by_key }
    }

    /// Where a form leads to.
    pub(super) fn leads<const N: usize>(&self, space: Space, parts: [&str; N]) -> &[Lead] {
        let hash = hash_of(space as u8, &parts.map(str::as_bytes));
        let Some((first, count)) = self.places.get(&hash) else { return &[] };
        &self.leads[*first as usize..(*first + *count) as usize]
    }

    /// A record.
    pub(super) fn known(&self, record: u32) -> &Known {
        &self.records[record as usize]
    }

    /// Where a record is, where both sides are one table.
    pub(super) fn place_of(&self, key: &str) -> Option<u32> {
        self.by_key.get(key).copied()
    }

    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// The words of all names and companies.
    pub(super) fn spelling(&self) -> &Spelling {
        &self.spelling
    }

    pub(super) fn has_phones(&self) -> bool {
        self.has_phones
    }

    pub(super) fn has_ids(&self) -> bool {
        self.has_ids
    }
}

impl Known {
    fn of(record: Record) -> Self {
        let boxed = |values: Vec<String>| values.into_iter().map(String::into_boxed_str).collect();
        let others = record.ids.into_iter().chain(record.phones).chain(record.handles).collect();
        Self {
            key: record.key.into_boxed_str(),
            names: boxed(record.names),
            companies: boxed(record.companies),
            emails: boxed(record.emails),
            domains: boxed(record.domains),
            others: boxed(others),
        }
    }
}

/// Whether a form leads to few enough records as this kind.
fn few(same: &[(u64, Lead)], kind: Kind) -> bool {
    let most = kind.most_records();
    same.len() <= most || same.iter().filter(|(_, lead)| lead.kind == kind).take(most + 1).count() <= most
}

/// Forms, while they are collected.
struct Forms {
    spelling: Spelling,
    found: Vec<(u64, Lead)>,
}

impl Forms {
    fn add(&mut self, space: Space, form: &str, record: u32, kind: Kind) {
        if !form.is_empty() {
            self.found.push((hash_of(space as u8, &[form.as_bytes()]), Lead { record, kind }));
        }
    }

    fn read(&mut self, place: u32, record: &Record, rules: &Rules) {
        for id in record.ids.iter().filter_map(|id| Id::of(id)) {
            self.add(Space::Id, &id.exact, place, Kind::Id);
            self.add(Space::ShortId, id.short.as_deref().unwrap_or(&id.exact), place, Kind::ShortId);
        }
        for address in record.emails.iter().flat_map(|email| addresses(email)) {
            self.email(place, &address);
        }
        for phone in record.phones.iter().flat_map(|phone| phones(phone, rules.region.as_deref())) {
            if let Some(whole) = &phone.whole {
                self.add(Space::Phone, whole, place, Kind::Phone);
            }
            // Also for those who write it without its country.
            self.add(Space::NationalPhone, &phone.national, place, Kind::NationalPhone);
        }
        for domain in record.domains.iter().filter_map(|text| domain(text)) {
            self.add(Space::Domain, &domain, place, Kind::Domain);
        }
        for handle in &record.handles {
            let handle: String = Words::of(handle).iter().collect();
            self.add(Space::Handle, &handle, place, Kind::Handle);
        }
        for name in &record.names {
            match Person::of(name).filter(|_| !is_company(name)) {
                Some(person) => self.person(place, &person),
                None => self.company(place, name),
            }
        }
        for company in &record.companies {
            self.company(place, company);
        }
    }

    fn email(&mut self, place: u32, address: &Address) {
        self.add(Space::Email, &address.whole(), place, Kind::Email);
        if let Some(handle) = address.handle() {
            self.add(Space::Handle, &handle, place, Kind::Mailbox);
        }
        if let Some(domain) = address.own_domain() {
            self.add(Space::Domain, &domain, place, Kind::Domain);
        }
    }

    fn person(&mut self, place: u32, person: &Person) {
        let (first, last) = (person.first.as_str(), person.last.as_str());
        let initial = &first[..1];
        self.spelling.learn(last);
        if person.is_initial() {
            self.add(Space::Phrase, &format!("{first}{last}"), place, Kind::InitialName);
            self.add(Space::Handle, &format!("{first}{last}"), place, Kind::ShortHandle);
            self.add(Space::Phrase, last, place, Kind::LastName);
            return;
        }
        self.spelling.learn(first);
        let whole = format!("{first}{last}");
        let turned = format!("{last}{first}");
        let with_middle = format!("{first}{}{last}", person.middle.concat());
        for form in [&whole, &turned, &with_middle] {
            self.add(Space::Phrase, form, place, Kind::FullName);
        }
        for formal in formal(first) {
            self.add(Space::Formal, &format!("{formal}{last}"), place, Kind::FormalName);
        }
        self.add(Space::Phrase, &format!("{initial}{last}"), place, Kind::InitialName);
        self.add(Space::Phrase, &format!("{last}{initial}"), place, Kind::InitialName);
        self.add(Space::Phrase, &format!("{first}{}", &last[..1]), place, Kind::NameInitial);
        self.add(Space::Phrase, last, place, Kind::LastName);
        self.add(Space::Phrase, first, place, Kind::FirstName);
        self.add(Space::Handle, &whole, place, Kind::NameHandle);
        self.add(Space::Handle, &turned, place, Kind::NameHandle);
        for form in [format!("{initial}{last}"), format!("{first}{}", &last[..1]), format!("{last}{initial}")] {
            self.add(Space::Handle, &form, place, Kind::ShortHandle);
        }
    }

    fn company(&mut self, place: u32, name: &str) {
        let Some(company) = Company::of(name) else { return };
        for word in &company.core {
            self.spelling.learn(word);
        }
        self.add(Space::Phrase, &company.joined(), place, Kind::Company);
        // As it is written, legal form and all, where that is in the middle of it or the whole.
        let written: String = Words::of(name).iter().collect();
        self.add(Space::Phrase, &written, place, Kind::Company);
        for short in company.short_forms() {
            let kind = if company.leaves_generic(short) { Kind::CompanyShort } else { Kind::CompanyStart };
            self.add(Space::Phrase, &short.concat(), place, kind);
        }
        if let Some(initials) = company.initials() {
            self.add(Space::Phrase, &initials, place, Kind::CompanyInitials);
        }
    }
}
