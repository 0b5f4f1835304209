//! A subscriber to whom everything happens that happens to clients.

use std::future::{Future, pending};
use std::net::SocketAddr;
use std::ops::AddAssign;
use std::sync::Arc;
use std::time::Duration;

use dataweaver::events::EventCursor;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::account::Account;
use super::connection::{Connection, Request, Transport};
use super::facts::Fact;
use super::wish::Wish;
use crate::harness::PATIENCE;

/// How long it waits for another server where there is none, before it looks again.
const RECONNECT_PAUSE: Duration = Duration::from_millis(100);

/// A server from its start to its death.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    pub number: usize,
    pub address: SocketAddr,
}

/// What all subscribers look at.
#[derive(Clone)]
pub struct Stage {
    /// The server of the moment.
    pub server: watch::Receiver<Life>,
    /// Fires when nothing more is done to anybody.
    pub calm: CancellationToken,
    /// All facts, when nothing more happens.
    pub facts: watch::Receiver<Option<Arc<Vec<Fact>>>>,
}

/// How often what was done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Connections by transport, in the order of [`Transport::ALL`].
    pub connections: [usize; 3],
    pub cuts: usize,
    pub freezes: usize,
    pub slow_spells: usize,
    /// Connections that the server closed or took with it.
    pub lost: usize,
    pub facts: usize,
    pub gauges: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        for (count, more) in self.connections.iter_mut().zip(other.connections) {
            *count += more;
        }
        self.cuts += other.cuts;
        self.freezes += other.freezes;
        self.slow_spells += other.slow_spells;
        self.lost += other.lost;
        self.facts += other.facts;
        self.gauges += other.gauges;
    }
}

/// One subscriber.
pub struct Subscriber {
    wish: Wish,
    account: Account,
    stage: Stage,
    dice: Xoshiro256PlusPlus,
    connection: Option<(Connection, Life)>,
    tally: Tally,
}

/// What is done to a subscriber next.
#[derive(Clone, Copy)]
enum Fate {
    LeftAlone,
    Slowed,
    Frozen,
    Cut,
}

const FATES: [Fate; 8] =
    [Fate::LeftAlone, Fate::LeftAlone, Fate::LeftAlone, Fate::Slowed, Fate::Slowed, Fate::Frozen, Fate::Cut, Fate::Cut];

impl Subscriber {
    /// One that asks for what happens after a place, or from now on; its fate follows from the seed.
    pub fn new(wish: Wish, after: Option<EventCursor>, stage: Stage, seed: u64) -> Self {
        let dice = Xoshiro256PlusPlus::seed_from_u64(seed);
        Self { wish, account: Account::begun(after), stage, dice, connection: None, tally: Tally::default() }
    }

    /// Follows events through everything that is done to it, and then in peace to the last fact.
    pub async fn follow(mut self) -> Tally {
        let calm = self.stage.calm.clone();
        while !calm.is_cancelled() {
            match *FATES.choose(&mut self.dice).expect("there are some") {
                Fate::LeftAlone => {
                    let spell = self.millis(200..2000);
                    self.listen(Duration::ZERO, sleep(spell)).await;
                }
                Fate::Slowed => {
                    let (spell, pause) = (self.millis(500..2000), self.millis(1..10));
                    self.tally.slow_spells += 1;
                    self.listen(pause, sleep(spell)).await;
                }
                Fate::Frozen => {
                    let spell = self.millis(500..3000);
                    self.tally.freezes += usize::from(self.connection.is_some());
                    sleep(spell).await;
                }
                Fate::Cut => self.cut().await,
            }
        }
        let facts = self.listen_to_the_last().await;
        self.account.assert_is_of(&facts, &self.wish);
        (self.tally.facts, self.tally.gauges) = self.account.counts();
        self.tally
    }

    /// Handles events, with a pause after each, until something ends.
    async fn listen(&mut self, pause: Duration, end: impl Future) {
        let mut end = std::pin::pin!(end);
        loop {
            self.connect().await;
            tokio::select! {
                _ = &mut end => return,
                () = self.handle_one() => {}
            }
            if !pause.is_zero() {
                sleep(pause).await;
            }
        }
    }

    /// Handles events until it has had the last of all facts; gives these.
    async fn listen_to_the_last(&mut self) -> Arc<Vec<Fact>> {
        let mut known = self.stage.facts.clone();
        self.listen(Duration::ZERO, async { known.wait_for(Option::is_some).await.is_ok() || pending().await }).await;
        let facts = self.stage.facts.borrow().clone().expect("they are known");
        while !self.account.has_last_of(&facts, &self.wish) {
            self.connect().await;
            let handled = timeout(PATIENCE, self.handle_one()).await;
            assert!(handled.is_ok(), "nothing more is told to the one with {:?} and {:?}", self.wish, self.account);
        }
        facts
    }

    /// Waits for the next event and enters it. Whoever stops waiting loses nothing.
    async fn handle_one(&mut self) {
        let Some((connection, life)) = &mut self.connection else { return };
        match connection.next().await {
            Some(event) => self.account.enter(event, life.number),
            None => {
                self.connection = None;
                self.tally.lost += 1;
            }
        }
    }

    /// Cuts the connection, and is away for a while.
    async fn cut(&mut self) {
        let Some((connection, _)) = self.connection.take() else { return };
        connection.cut(self.dice.random());
        self.tally.cuts += 1;
        let absence = self.millis(0..500);
        sleep(absence).await;
    }

    /// Goes on where the last connection has ended, over any transport.
    async fn connect(&mut self) {
        while self.connection.is_none() {
            let life = *self.stage.server.borrow_and_update();
            let transport = *Transport::ALL.choose(&mut self.dice).expect("there are some");
            let request = self.request(transport);
            let opened = timeout(PATIENCE, Connection::open(life.address, transport, &request)).await;
            self.connection = opened.expect("a server answers in time, or is dead").map(|opened| (opened, life));
            if self.connection.is_some() {
                self.tally.connections[transport as usize] += 1;
            } else {
                // Whichever comes first: its death may be noticed before there is another.
                timeout(RECONNECT_PAUSE, self.stage.server.changed()).await.ok();
            }
        }
    }

    fn request(&mut self, transport: Transport) -> Request {
        let cursor = self.account.cursor();
        let goes_by_id = transport == Transport::EventStream && self.dice.random();
        let variables = match cursor {
            // An `EventSource` cannot change the variables that it was made with.
            Some(_) if goes_by_id => self.wish.variables(Some(&EventCursor(0).to_string())),
            after => self.wish.variables(after),
        };
        let last_event_id = cursor.filter(|_| goes_by_id).map(str::to_owned);
        Request { query: self.wish.query, variables, last_event_id, is_narrow: self.dice.random() }
    }

    fn millis(&mut self, range: std::ops::Range<u64>) -> Duration {
        Duration::from_millis(self.dice.random_range(range))
    }
}
