//! Clients that keep their connections and ask the same again and again. They are written by hand, so that of two cores
//! they take as little as they can.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::measuring::{Program, Usage};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Before anything is counted.
const WARM_UP: Duration = Duration::from_millis(500);

/// What was measured in one turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// Answers a second.
    pub(crate) rate: f64,
    /// Milliseconds of CPU time that the server took for an answer.
    pub(crate) cpu: f64,
    /// The same of this process, which plays all clients.
    pub(crate) clients: f64,
    /// Bytes of memory that the server had at the end.
    pub(crate) memory: f64,
    /// Half of the answers took no longer, in milliseconds.
    pub(crate) median: f64,
    /// 99 of 100 took no longer.
    pub(crate) slow: f64,
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rate, cpu, clients, memory, median, slow } = self;
        write!(
            f,
            "{rate:.0}/s, {cpu:.3} ms of CPU each (clients {clients:.3}), p50 {median:.1} ms, p99 {slow:.1} ms, {:.0} MB",
            memory / 1e6
        )
    }
}

/// Lets so many clients ask for a while, each one of the requests.
pub(crate) async fn ask(server: &Program, requests: &[Vec<u8>], clients: usize, seconds: Duration) -> Result<Turn> {
    ask_until(server, requests, clients, WARM_UP).await?;
    let (began, before, own) = (Instant::now(), server.usage()?, Usage::own()?);
    let mut taken = ask_until(server, requests, clients, seconds).await?;
    let (lasted, after, clients) = (began.elapsed(), server.usage()?, Usage::own()?);
    taken.sort_unstable();
    let quantile = |share: f64| taken[((taken.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    let answers = taken.len() as f64;
    Ok(Turn {
        rate: answers / lasted.as_secs_f64(),
        cpu: (after.cpu - before.cpu) * 1000.0 / answers,
        clients: (clients.cpu - own.cpu) * 1000.0 / answers,
        memory: after.memory,
        median: quantile(0.5),
        slow: quantile(0.99),
    })
}

/// How long each answer took.
async fn ask_until(server: &Program, requests: &[Vec<u8>], clients: usize, lasting: Duration) -> Result<Vec<Duration>> {
    let ends = Instant::now() + lasting;
    let mut asking = JoinSet::new();
    for request in requests.iter().cycle().take(clients) {
        let mut connection = Connection::open(server).await?;
        let request = request.clone();
        asking.spawn(async move {
            let mut taken = Vec::new();
            while Instant::now() < ends {
                let began = Instant::now();
                connection.ask(&request).await?;
                taken.push(began.elapsed());
            }
            anyhow::Ok(taken)
        });
    }
    let mut taken = Vec::new();
    while let Some(client) = asking.join_next().await {
        taken.append(&mut client??);
    }
    ensure!(!taken.is_empty(), "nothing was answered");
    Ok(taken)
}

/// Asks once, and gives the body of the answer.
pub(crate) async fn once(server: &Program, request: &[u8]) -> Result<Vec<u8>> {
    let mut connection = Connection::open(server).await?;
    let body = connection.ask(request).await?;
    Ok(connection.read[body..].to_vec())
}

struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    async fn open(server: &Program) -> Result<Self> {
        let stream = TcpStream::connect(server.address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(64 * 1024) })
    }

    /// Asks, and gives the place in what was read at which the body begins.
    async fn ask(&mut self, request: &[u8]) -> Result<usize> {
        timeout(PATIENCE, self.try_ask(request)).await.context("the server answers")?
    }

    async fn try_ask(&mut self, request: &[u8]) -> Result<usize> {
        self.stream.write_all(request).await?;
        self.read.clear();
        let mut answer = None;
        while answer.is_none_or(|(_, end)| self.read.len() < end) {
            ensure!(self.stream.read_buf(&mut self.read).await? > 0, "the server closes the connection");
            if answer.is_none() {
                answer = head(&self.read)?;
            }
        }
        let (body, end) = answer.context("there is a head")?;
        ensure!(self.read.len() == end, "the server says more than it was asked");
        Ok(body)
    }
}

/// Where the body of an answer begins and ends, as soon as its head has come.
fn head(read: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(end) = memmem::find(read, b"\r\n\r\n") else { return Ok(None) };
    let head = str::from_utf8(&read[..end])?.to_ascii_lowercase();
    ensure!(head.starts_with("http/1.1 200 "), "the server answers {}", String::from_utf8_lossy(read));
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.context("the length of the answer is told")?.parse()?;
    Ok(Some((end + 4, end + 4 + length)))
}
