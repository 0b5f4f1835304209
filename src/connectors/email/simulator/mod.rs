//! An IMAP4rev1 server (RFC 3501) over a demo office: what demo mode and tests talk to.
//!
//! It is written from the RFCs and knows nothing of the connector. It speaks in the clear, on loopback; its account is for
//! reading only. It signs in by LOGIN, PLAIN and XOAUTH2, lists and opens mailboxes, gives messages whole or in parts, searches
//! them, tells what has changed meanwhile, and fails when it is told to.

mod account;
mod faults;
mod fetch;
mod letter;
mod mailboxes;
mod request;
mod search;
mod selected;
mod session;
mod sets;
mod structure;

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::demo::{Company, Office, Told};
use crate::sdk::simulator::Faults;
use account::Account;
use session::Session;

pub use faults::Fault;

/// Whose mail it is: she answers customers.
const PERSON: &str = "aylin";

/// A simulated mail server with one account. Cheap to clone; all clones are the same server.
#[derive(Clone)]
pub struct ImapSimulator(Arc<State>);

struct State {
    user: String,
    password: String,
    /// Made when it is first asked for.
    account: OnceLock<Mutex<Account>>,
    make: Box<dyn Fn() -> Account + Send + Sync>,
    closed_at: DateTime<Utc>,
    tokens: Mutex<HashSet<String>>,
    faults: Mutex<Faults<Fault>>,
    sessions: Mutex<usize>,
}

impl ImapSimulator {
    /// The mail of somebody of a demo world.
    ///
    /// # Panics
    /// Where the office is nobody's.
    pub fn of_world(office: Told<Office>) -> Self {
        let company = office.world().company().expect("an office is a company's");
        let made = Arc::clone(&company);
        Self::made(&company, move |person| Account::of(&made, &office.get(), person))
    }

    /// The mail of somebody of a company.
    pub fn with(company: &Company, office: &Office) -> Self {
        let (made, office) = (company.clone(), office.clone());
        Self::made(company, move |person| Account::of(&made, &office, person))
    }

    fn made(company: &Company, make: impl Fn(usize) -> Account + Send + Sync + 'static) -> Self {
        let person = company.people.iter().position(|person| person.handle == PERSON).unwrap_or_default();
        Self(Arc::new(State {
            user: format!("{PERSON}@{}", company.domain),
            password: "fernweh-app-password".to_owned(),
            account: OnceLock::new(),
            make: Box::new(move || make(person)),
            closed_at: company.closed_at,
            tokens: Mutex::new(HashSet::from(["ya29.simulated-mail".to_owned()])),
            faults: Mutex::default(),
            sessions: Mutex::default(),
        }))
    }

    /// Serves it until it is told to stop.
    ///
    /// # Errors
    /// Where the listener fails.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
        // What runs ends with the set.
        let mut sessions = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                accepted = listener.accept() => {
                    let (stream, _) = accepted?;
                    *self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                    sessions.spawn(Session::new(self.clone(), stream).run());
                }
                // Whoever hangs up in the middle is no fault of the server's.
                Some(_) = sessions.join_next() => {}
            }
        }
    }

    /// The account's user.
    pub fn user(&self) -> &str {
        &self.0.user
    }

    /// The account's password.
    pub fn password(&self) -> &str {
        &self.0.password
    }

    /// An access token of the account, good for XOAUTH2.
    ///
    /// # Panics
    /// Where every one was taken back.
    pub fn token(&self) -> String {
        self.tokens().iter().next().cloned().expect("there is a token")
    }

    /// Takes an access token back.
    pub fn revoke(&self, token: &str) {
        self.tokens().remove(token);
    }

    /// How many messages a mailbox has.
    ///
    /// # Panics
    /// Where there is no such mailbox.
    pub fn count(&self, mailbox: &str) -> usize {
        self.account().mailbox(mailbox).expect("there is such a mailbox").messages.len()
    }

    /// Puts a message into a mailbox; gives its UID.
    ///
    /// # Panics
    /// Where there is no such mailbox.
    pub fn deliver(&self, mailbox: &str, subject: &str, text: &str) -> u32 {
        let at = self.0.closed_at;
        self.account().deliver(mailbox, subject, text, at).expect("there is such a mailbox")
    }

    /// Deletes a message for good.
    ///
    /// # Panics
    /// Where there is no such mailbox.
    pub fn expunge(&self, mailbox: &str, uid: u32) {
        let mut account = self.account();
        let mailbox = account.mailbox_mut(mailbox).expect("there is such a mailbox");
        mailbox.messages.retain(|message| message.uid != uid);
    }

    /// Deletes a mailbox and makes it anew with the same messages, which get another UIDVALIDITY and other UIDs.
    ///
    /// # Panics
    /// Where there is no such mailbox.
    pub fn make_anew(&self, mailbox: &str) {
        self.account().mailbox_mut(mailbox).expect("there is such a mailbox").make_anew();
    }

    /// From now on every `every`-th command that asks for messages fails in this way.
    pub fn fail(&self, fault: Fault, every: usize) {
        self.faults().add(fault, every);
    }

    /// No command fails any more.
    pub fn heal(&self) {
        *self.faults() = Faults::default();
    }

    /// How many commands were made to fail.
    pub fn failures(&self) -> usize {
        self.faults().count()
    }

    /// How many connections there were.
    pub fn sessions(&self) -> usize {
        *self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn due(&self) -> Option<Fault> {
        self.faults().due()
    }

    fn knows(&self, user: &str, password: &str) -> bool {
        user.eq_ignore_ascii_case(&self.0.user) && password == self.0.password
    }

    /// Makes the account, unless it is made.
    pub(super) fn make(&self) {
        drop(self.account());
    }

    fn takes(&self, user: &str, token: &str) -> bool {
        user.eq_ignore_ascii_case(&self.0.user) && self.tokens().contains(token)
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        let account = self.0.account.get_or_init(|| Mutex::new((self.0.make)()));
        account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tokens(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, Faults<Fault>> {
        self.0.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
