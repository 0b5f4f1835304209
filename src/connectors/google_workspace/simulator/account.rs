//! What the account holds, and what happened to it: files with their contents, mail, calendars, and a log of each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::demo::{Appointment, Block, Desk, DeskSheet, Letter, Look, Paper, WorkValue, Workbook};

pub(super) const FOLDER: &str = "application/vnd.google-apps.folder";
pub(super) const SHORTCUT: &str = "application/vnd.google-apps.shortcut";
pub(super) const SPREADSHEET: &str = "application/vnd.google-apps.spreadsheet";
pub(super) const DOCUMENT: &str = "application/vnd.google-apps.document";

/// Where logs begin.
const FIRST: u64 = 1_000;

/// A file of Drive.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) parent: Option<String>,
    pub(super) drive: Option<String>,
    pub(super) owner: String,
    pub(super) created: DateTime<Utc>,
    pub(super) modified: DateTime<Utc>,
    pub(super) version: u64,
    pub(super) size: Option<u64>,
    pub(super) is_trashed: bool,
    /// Whether the user has it, or has opened it: what lies in a shared drive is not the user's before that.
    pub(super) is_opened: bool,
    /// Of a shortcut: what it leads to.
    pub(super) target: Option<(String, String)>,
    pub(super) content: Content,
}

/// What a file holds.
#[derive(Clone, Debug)]
pub(super) enum Content {
    None,
    Sheets(Vec<(i64, Arc<DeskSheet>)>),
    Paper(Paper),
}

/// A change of a file.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) file: String,
    /// The shared drive whose log tells it; none where the user's own does.
    pub(super) log: Option<String>,
}

/// A message, with what Gmail knows of it.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) thread: String,
    pub(super) letter: Letter,
    pub(super) labels: Vec<String>,
    pub(super) history: u64,
}

/// What happened to a message.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    Added,
    Deleted,
    Labelled(String),
}

pub(super) struct Calendar {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) events: Vec<Event>,
}

/// An event, or a series of them.
pub(super) struct Event {
    pub(super) id: String,
    pub(super) appointment: Appointment,
    pub(super) is_cancelled: bool,
    pub(super) updated: DateTime<Utc>,
    /// Its place in the log.
    pub(super) sequence: u64,
}

pub(super) struct Account {
    pub(super) email: String,
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) root: String,
    /// The shared drives, with their ids and names; the first is the desk's.
    pub(super) drives: Vec<(String, String)>,
    /// By id.
    pub(super) files: BTreeMap<String, File>,
    /// The last change of each file in each log, by its place there.
    pub(super) changes: BTreeMap<u64, Change>,
    /// The newest first.
    pub(super) messages: Vec<Message>,
    pub(super) history: BTreeMap<u64, (String, String, Happening)>,
    pub(super) calendars: Vec<Calendar>,
    /// Whether a search through all drives leaves out the shared ones.
    pub(super) searches_badly: bool,
    /// APIs that are not switched on.
    pub(super) disabled: BTreeSet<String>,
    /// The place of the next thing that happens, in all logs.
    pub(super) next: u64,
    /// Older places are forgotten.
    pub(super) forgotten: u64,
    pub(super) now: DateTime<Utc>,
}

impl Account {
    pub(super) fn of(desk: &Desk) -> Self {
        let email = format!("{}@{}", desk.owner.handle, desk.domain);
        let mut account = Self {
            name: desk.owner.name.to_string(),
            domain: desk.domain.to_owned(),
            root: id("root", 19),
            drives: vec![(id("shared drive", 19), "Operations".to_owned())],
            files: BTreeMap::new(),
            changes: BTreeMap::new(),
            messages: Vec::new(),
            history: BTreeMap::new(),
            calendars: Vec::new(),
            searches_badly: false,
            disabled: BTreeSet::new(),
            next: FIRST,
            forgotten: 0,
            now: desk.closed_at,
            email,
        };
        account.add_files(desk);
        account.add_messages(desk);
        account.add_calendars(desk);
        account
    }

    fn add_files(&mut self, desk: &Desk) {
        let began = desk.closed_at - TimeDelta::days(400);
        let root = self.root.clone();
        let top = self.folder(desk.company, &root, None, began);
        let planning = self.folder("Planning", &top, None, began);
        let company = self.folder("Company", &top, None, began);
        let drive = self.drives[0].0.clone();
        let warehouse = self.folder("Warehouse", &drive.clone(), Some(drive.clone()), began);
        let place = |folder: &str| match folder {
            "Planning" => (planning.clone(), None),
            "Warehouse" => (warehouse.clone(), Some(drive.clone())),
            _ => (company.clone(), None),
        };
        for workbook in &desk.workbooks {
            let (parent, drive) = place(workbook.folder);
            self.add_workbook(workbook, parent, drive);
        }
        for paper in &desk.papers {
            let (parent, drive) = place(paper.folder);
            let mut file = self.new_file(&paper.title, DOCUMENT, Some(parent), paper.changed_at);
            (file.drive, file.content) = (drive, Content::Paper(paper.clone()));
            self.insert(file);
        }
        for (name, media_type, size) in [
            ("Catalogue.pdf", "application/pdf", 2_411_724),
            ("customers.csv", "text/csv", 301_112),
            ("Logo.png", "image/png", 48_020),
        ] {
            let mut file = self.new_file(name, media_type, Some(company.clone()), began + TimeDelta::days(30));
            file.size = Some(size);
            self.insert(file);
        }
        if let Some(stocktake) = self.files.values().find(|file| file.name == "Stocktake").map(|file| file.id.clone()) {
            let mut shortcut = self.new_file("Stocktake of the year", SHORTCUT, Some(planning.clone()), desk.closed_at);
            shortcut.target = Some((stocktake, SPREADSHEET.to_owned()));
            self.insert(shortcut);
        }
        let mut old = self.new_file("Budget (old)", SPREADSHEET, Some(planning), began);
        old.is_trashed = true;
        old.content = Content::Sheets(Vec::new());
        self.insert(old);
    }

    fn add_workbook(&mut self, workbook: &Workbook, parent: String, drive: Option<String>) {
        let mut file = self.new_file(&workbook.title, SPREADSHEET, Some(parent), workbook.changed_at);
        let sheets = workbook.sheets.iter().enumerate();
        // The first tab of a spreadsheet is 0, the others are drawn.
        let sheets = sheets.map(|(place, sheet)| (place as i64 * 104_729, Arc::clone(sheet))).collect();
        (file.drive, file.content) = (drive, Content::Sheets(sheets));
        self.insert(file);
    }

    fn folder(&mut self, name: &str, parent: &str, drive: Option<String>, at: DateTime<Utc>) -> String {
        let mut file = self.new_file(name, FOLDER, Some(parent.to_owned()), at);
        (file.is_opened, file.drive) = (drive.is_none(), drive);
        let id = file.id.clone();
        self.insert(file);
        id
    }

    fn new_file(&self, name: &str, media_type: &str, parent: Option<String>, at: DateTime<Utc>) -> File {
        File {
            id: id(&format!("{media_type} {name}"), 44),
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            parent,
            drive: None,
            owner: self.email.clone(),
            created: at - TimeDelta::days(20),
            modified: at,
            version: 1,
            size: None,
            is_trashed: false,
            is_opened: true,
            target: None,
            content: Content::None,
        }
    }

    fn insert(&mut self, file: File) {
        let (id, log) = (file.id.clone(), file.drive.clone());
        self.files.insert(id.clone(), file);
        self.note(&id, log);
    }

    fn step(&mut self) -> u64 {
        self.next += 1;
        self.now += TimeDelta::seconds(1);
        self.next - 1
    }

    /// Writes a change of a file into the log of a shared drive, or into the user's.
    fn note(&mut self, id: &str, log: Option<String>) {
        let place = self.step();
        self.changes.retain(|_, change| change.file != id || change.log != log);
        self.changes.insert(place, Change { file: id.to_owned(), log });
    }

    fn add_messages(&mut self, desk: &Desk) {
        for letter in &desk.letters {
            let number = self.messages.len();
            self.add_message(letter.clone(), &format!("thread {}", letter.thread), &format!("letter {number}"));
        }
    }

    fn add_message(&mut self, letter: Letter, thread: &str, name: &str) -> String {
        let history = self.step();
        let message = Message {
            id: hexadecimal(name, 16),
            thread: hexadecimal(thread, 16),
            labels: letter.labels.iter().map(|label| (*label).to_owned()).collect(),
            letter,
            history,
        };
        let id = message.id.clone();
        self.history.insert(history, (id.clone(), message.thread.clone(), Happening::Added));
        self.messages.insert(0, message);
        id
    }

    fn add_calendars(&mut self, desk: &Desk) {
        let own = (self.email.clone(), self.name.clone());
        let shared = (format!("c_{}@group.calendar.google.com", hexadecimal("calendar", 26)), desk.company.to_owned());
        for (id, name) in [own, shared] {
            let mut events = Vec::new();
            for appointment in desk.appointments.iter().filter(|appointment| appointment.calendar == name) {
                let sequence = self.step();
                let id = hexadecimal(&format!("{name} {}", appointment.title), 26);
                let updated = appointment.start - TimeDelta::days(10);
                events.push(Event { id, appointment: appointment.clone(), is_cancelled: false, updated, sequence });
            }
            self.calendars.push(Calendar { id, name, events });
        }
    }

    pub(super) fn file_named(&self, name: &str) -> &File {
        self.files.values().find(|file| file.name == name).expect("the desk has a file of that name")
    }

    /// Changes a file, and whatever is told of it by that.
    fn change(&mut self, name: &str, change: impl FnOnce(&mut File)) {
        let file = self.file_named(name);
        let (id, log) = (file.id.clone(), file.drive.clone());
        let now = self.now;
        if let Some(file) = self.files.get_mut(&id) {
            change(file);
            file.version += 2;
            file.modified = now;
        }
        self.note(&id, log);
    }

    fn change_sheets(&mut self, spreadsheet: &str, change: impl FnOnce(&mut Vec<(i64, Arc<DeskSheet>)>)) {
        self.change(spreadsheet, |file| {
            if let Content::Sheets(sheets) = &mut file.content {
                change(sheets);
            }
        });
    }

    pub(super) fn write(&mut self, spreadsheet: &str, tab: &str, row: usize, values: &[Value]) {
        self.change_sheets(spreadsheet, |sheets| {
            let found = sheets.iter_mut().find(|(_, sheet)| sheet.title == tab);
            let (_, sheet) = found.expect("the spreadsheet has a tab of that name");
            let sheet = Arc::make_mut(sheet);
            for (number, value) in (row..).zip(values) {
                if sheet.rows.len() <= number {
                    sheet.rows.resize(number + 1, Vec::new());
                }
                sheet.rows[number] = cells(value);
            }
        });
    }

    pub(super) fn add_tab(&mut self, spreadsheet: &str, tab: &'static str, rows: &[Value]) {
        self.change_sheets(spreadsheet, |sheets| {
            let id = sheets.iter().map(|(id, _)| *id).max().unwrap_or_default() + 7;
            let rows = rows.iter().map(cells).collect();
            sheets.push((id, Arc::new(DeskSheet { title: tab.into(), rows, ..DeskSheet::default() })));
        });
    }

    pub(super) fn remove_tab(&mut self, spreadsheet: &str, tab: &str) {
        self.change_sheets(spreadsheet, |sheets| sheets.retain(|(_, sheet)| sheet.title != tab));
    }

    pub(super) fn append(&mut self, document: &str, text: &str) {
        self.change(document, |file| {
            if let Content::Paper(paper) = &mut file.content
                && let Some(tab) = paper.tabs.last_mut()
            {
                tab.blocks.push(Block::Text(text.to_owned()));
            }
        });
    }

    pub(super) fn rename(&mut self, name: &str, to: &str) {
        self.change(name, |file| file.name = to.to_owned());
    }

    pub(super) fn trash(&mut self, name: &str) {
        self.change(name, |file| file.is_trashed = true);
    }

    pub(super) fn delete(&mut self, name: &str) {
        let file = self.file_named(name);
        let (id, log) = (file.id.clone(), file.drive.clone());
        self.files.remove(&id);
        self.note(&id, log);
    }

    /// Moves a file into a shared drive, which both its logs tell.
    pub(super) fn move_into(&mut self, name: &str, drive: &str) {
        self.change(name, |file| {
            (file.drive, file.parent) = (Some(drive.to_owned()), Some(drive.to_owned()));
        });
        let id = self.file_named(name).id.clone();
        self.note(&id, Some(drive.to_owned()));
    }

    /// Lets the user into a shared drive with some documents that nobody has opened.
    pub(super) fn enter_drive(&mut self, name: &str, documents: &[&str]) -> String {
        let drive = id(name, 19);
        self.drives.push((drive.clone(), name.to_owned()));
        for document in documents {
            let mut file = self.new_file(document, DOCUMENT, Some(drive.clone()), self.now);
            (file.is_opened, file.drive) = (false, Some(drive.clone()));
            self.insert(file);
        }
        drive
    }

    /// Takes the user out of a shared drive.
    pub(super) fn leave_drive(&mut self, drive: &str) {
        self.drives.retain(|(known, _)| known != drive);
        self.files.retain(|_, file| file.drive.as_deref() != Some(drive));
    }

    pub(super) fn sees_drive(&self, drive: &str) -> bool {
        self.drives.iter().any(|(known, _)| known == drive)
    }

    pub(super) fn forget_changes(&mut self) {
        self.next += 1;
        self.forgotten = self.next;
    }

    pub(super) fn receive(&mut self, from: &str, subject: &str, text: &str) -> String {
        let letter = Letter {
            at: self.now,
            thread: usize::MAX,
            from: from.to_owned(),
            to: format!("{} <{}>", self.name, self.email),
            subject: subject.to_owned(),
            text: text.to_owned(),
            labels: vec!["INBOX", "UNREAD"],
            attachment: None,
        };
        let name = format!("received {}", self.next);
        self.add_message(letter, &name, &name)
    }

    pub(super) fn delete_message(&mut self, id: &str) {
        let Some(place) = self.messages.iter().position(|message| message.id == id) else { return };
        let message = self.messages.remove(place);
        let history = self.step();
        self.history.insert(history, (message.id, message.thread, Happening::Deleted));
    }

    pub(super) fn label(&mut self, id: &str, label: &str) {
        let history = self.step();
        let Some(message) = self.messages.iter_mut().find(|message| message.id == id) else { return };
        message.labels.push(label.to_owned());
        message.history = history;
        let happening = Happening::Labelled(label.to_owned());
        self.history.insert(history, (message.id.clone(), message.thread.clone(), happening));
    }

    pub(super) fn message_ids(&self) -> Vec<String> {
        let shown = self.messages.iter().filter(|message| !message.is_hidden());
        shown.map(|message| message.id.clone()).collect()
    }

    pub(super) fn put_down(&mut self, calendar: &str, title: &str) -> String {
        let sequence = self.step();
        let now = self.now;
        let found = self.calendars.iter_mut().find(|known| known.id == calendar);
        let calendar = found.expect("the account has a calendar of that id");
        let id = hexadecimal(&format!("{} {title} {sequence}", calendar.id), 26);
        let appointment = Appointment {
            calendar: "",
            title: title.to_owned(),
            start: now,
            end: now + TimeDelta::hours(1),
            is_all_day: false,
            weeks: 1,
            location: None,
            guests: Vec::new(),
        };
        calendar.events.push(Event { id: id.clone(), appointment, is_cancelled: false, updated: now, sequence });
        id
    }

    pub(super) fn cancel(&mut self, calendar: &str, event: &str) {
        let sequence = self.step();
        let now = self.now;
        let events = self.calendars.iter_mut().filter(|known| known.id == calendar).flat_map(|known| &mut known.events);
        let event = events.into_iter().find(|known| known.id == event).expect("the calendar has an event of that id");
        (event.is_cancelled, event.updated, event.sequence) = (true, now, sequence);
    }
}

impl File {
    pub(super) fn modified_text(&self) -> String {
        text_of(self.modified)
    }
}

impl Message {
    /// Whether it is in the trash, or spam.
    pub(super) fn is_hidden(&self) -> bool {
        self.labels.iter().any(|label| label == "TRASH" || label == "SPAM")
    }
}

/// A row given as JSON: its numbers have no format.
fn cells(row: &Value) -> Vec<(WorkValue, Look)> {
    let cell = |value: &Value| match value {
        Value::Number(number) => WorkValue::Number(number.as_f64().unwrap_or_default()),
        Value::Bool(flag) => WorkValue::Flag(*flag),
        Value::String(text) if text == "#N/A" => WorkValue::NotAvailable,
        Value::String(text) => WorkValue::Text(text.clone()),
        _ => WorkValue::Empty,
    };
    row.as_array().into_iter().flatten().map(|value| (cell(value), Look::Plain)).collect()
}

/// A moment as Google writes it.
pub(super) fn text_of(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An id such as Drive gives, the same for the same name.
fn id(name: &str, length: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digest = Sha256::digest(name);
    let letters = digest
        .iter()
        .cycle()
        .zip(0..length)
        .map(|(byte, place)| char::from(LETTERS[usize::from(byte.rotate_left(place as u32 / 32 * 3) & 63)]));
    std::iter::once('1').chain(letters).take(length).collect()
}

fn hexadecimal(name: &str, length: usize) -> String {
    Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..length].to_owned()
}
