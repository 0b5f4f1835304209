//! One turn of a server: a silent audience, then facts at a steady pace, then as many as go through.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::arguments::Arguments;
use crate::audience::Audience;
use crate::facts::Door;
use crate::measuring::Usage;
use crate::server::{Kind, Server};
use crate::socket::Socket;

/// Sockets that are opened at the same time.
const OPENING: usize = 64;
/// Sockets that are there before memory is looked at, so that what the first ones need is not counted for all.
const FIRST: usize = 50;
/// Facts of one transaction where as many as possible are told.
const BATCH: u64 = 50;
/// How many such transactions may be ahead of the slowest subscriber.
const AHEAD: u64 = 4;
/// How long to wait for subscribers that have not heard a fact, before another one is told.
const GATHERING: Duration = Duration::from_secs(2);
/// How many facts are told so.
const GATHERINGS: usize = 30;

/// What was measured.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Turn {
    /// Bytes of memory that a subscriber takes which has heard nothing yet.
    pub(crate) silent: f64,
    /// Bytes that it takes after all that was told at the steady pace.
    pub(crate) told: f64,
    /// Bytes of a message.
    pub(crate) length: usize,
    /// At the steady pace.
    pub(crate) paced: Option<Span>,
    /// As fast as it went.
    pub(crate) saturated: Option<Span>,
}

/// What was measured while facts were told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// Messages that came to clients in a second.
    pub(crate) rate: f64,
    /// Microseconds of CPU time that the server took for a message.
    pub(crate) cpu: f64,
    /// The same of this process, which plays all clients.
    pub(crate) clients: f64,
    /// Half of the messages were not later than this, in milliseconds.
    pub(crate) median: f64,
    /// 99 of 100 were not.
    pub(crate) late: f64,
}

/// Starts a server, measures it, and ends it.
pub(crate) async fn take(arguments: &Arguments, kind: Kind, sockets: usize) -> Result<Turn> {
    let (server, door) = Server::start(kind, &arguments.postgres).await?;
    let measured = measure(arguments, &server, door, kind, sockets).await;
    server.end().await?;
    measured
}

async fn measure(arguments: &Arguments, server: &Server, door: Door, kind: Kind, sockets: usize) -> Result<Turn> {
    ensure!(sockets > FIRST, "there have to be more than {FIRST} sockets");
    let audience = Arc::new(Audience::of(sockets));
    let mut speaker = Speaker { door, server, audience: &audience, next: 0 };
    let mut listening = JoinSet::new();
    open(FIRST, server, kind, &audience, &mut listening).await?;
    speaker.gather(FIRST).await?;
    let before = server.program().usage()?.memory;
    let grown = || -> Result<f64> { Ok((server.program().usage()?.memory - before) / (sockets - FIRST) as f64) };
    open(sockets - FIRST, server, kind, &audience, &mut listening).await?;
    let silent = grown()?;
    speaker.gather(sockets).await?;
    let seconds = Duration::from_secs_f64(arguments.seconds);
    let paced = match arguments.pace {
        0 => None,
        pace => Some(speaker.keep_pace(f64::from(pace) / sockets as f64, seconds).await?),
    };
    let told = grown()?;
    let saturated = if arguments.no_saturation { None } else { Some(speaker.saturate(seconds).await?) };
    Ok(Turn { silent, told, length: audience.length(), paced, saturated })
}

async fn open(
    count: usize,
    server: &Server,
    kind: Kind,
    audience: &Arc<Audience>,
    listening: &mut JoinSet<()>,
) -> Result<()> {
    let address = server.program().address;
    let mut opened = stream::iter(0..count).map(|_| Socket::open(address, kind)).buffer_unordered(OPENING);
    while let Some(socket) = opened.try_next().await? {
        listening.spawn(socket.listen(Arc::clone(audience)));
    }
    Ok(())
}

/// Tells facts to an audience.
struct Speaker<'turn> {
    door: Door,
    server: &'turn Server,
    audience: &'turn Audience,
    next: u64,
}

impl Speaker<'_> {
    async fn tell(&mut self, facts: u64) -> Result<()> {
        let told = self.next..self.next + facts;
        self.next = told.end;
        self.door.hand_over(told, self.audience).await
    }

    /// Tells facts until so many subscribers have heard one: only then all of them certainly listen.
    async fn gather(&mut self, subscribers: usize) -> Result<()> {
        for _ in 0..GATHERINGS {
            self.tell(1).await?;
            // Whoever was not there for this one hears the next.
            if let Ok(awake) = timeout(GATHERING, self.audience.is_awake(subscribers)).await {
                return awake;
            }
        }
        bail!("some of {subscribers} subscribers hear nothing")
    }

    /// So many facts a second, one a transaction.
    async fn keep_pace(&mut self, facts: f64, seconds: Duration) -> Result<Span> {
        // One that all hear, so that nothing is on its way.
        self.tell(1).await?;
        self.audience.has_heard(self.next).await?;
        let pause = Duration::from_secs_f64(1.0 / facts);
        let watch = Watch::begin(self)?;
        let mut due = watch.began;
        while due < watch.began + seconds {
            sleep_until(due).await;
            self.tell(1).await?;
            due += pause;
        }
        sleep_until(watch.began + seconds).await;
        let rate = watch.rate(self);
        self.audience.has_heard(self.next).await?;
        watch.end(self, rate)
    }

    /// As many as go through.
    async fn saturate(&mut self, seconds: Duration) -> Result<Span> {
        let first = self.next + BATCH;
        while self.audience.complete() < first {
            self.tell_ahead().await?;
        }
        let watch = Watch::begin(self)?;
        while watch.began.elapsed() < seconds {
            self.tell_ahead().await?;
        }
        let rate = watch.rate(self);
        let span = watch.end(self, rate)?;
        self.audience.has_heard(self.next).await?;
        Ok(span)
    }

    /// Tells one more batch as soon as the slowest subscriber is not too far behind.
    async fn tell_ahead(&mut self) -> Result<()> {
        self.audience.has_heard((self.next + BATCH).saturating_sub(AHEAD * BATCH)).await?;
        self.tell(BATCH).await
    }
}

/// Where everything stood when a span began.
struct Watch {
    began: Instant,
    deliveries: u64,
    server: Usage,
    clients: Usage,
}

impl Watch {
    fn begin(speaker: &Speaker) -> Result<Self> {
        speaker.audience.lateness.clear();
        Ok(Self {
            began: Instant::now(),
            deliveries: speaker.audience.deliveries(),
            server: speaker.server.program().usage()?,
            clients: Usage::own()?,
        })
    }

    /// Deliveries a second so far.
    fn rate(&self, speaker: &Speaker) -> f64 {
        self.heard(speaker) / self.began.elapsed().as_secs_f64()
    }

    fn heard(&self, speaker: &Speaker) -> f64 {
        (speaker.audience.deliveries() - self.deliveries) as f64
    }

    fn end(&self, speaker: &Speaker, rate: f64) -> Result<Span> {
        let heard = self.heard(speaker);
        let each = |before: Usage, after: Usage| (after.cpu - before.cpu) * 1e6 / heard;
        Ok(Span {
            rate,
            cpu: each(self.server, speaker.server.program().usage()?),
            clients: each(self.clients, Usage::own()?),
            median: speaker.audience.lateness.quantile(0.5),
            late: speaker.audience.lateness.quantile(0.99),
        })
    }
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} kB silent, {:.1} kB told", self.silent / 1000.0, self.told / 1000.0)?;
        for (name, span) in [("paced", self.paced), ("saturated", self.saturated)] {
            let Some(Span { rate, cpu, clients, median, late }) = span else { continue };
            write!(
                f,
                "; {name} {rate:.0}/s, {cpu:.2} µs each (clients {clients:.2}), p50 {median:.1} ms, p99 {late:.1} ms"
            )?;
        }
        Ok(())
    }
}
