//! Chaos: while syncs run, subscribers over all transports are cut, frozen, slowed and reconnected at random, and the
//! server is killed. Each of them has all facts that it asked for, in their order, each once.

mod account;
mod body;
mod connection;
mod facts;
mod scene;
mod socket;
mod subscriber;
mod wish;

use std::env;
use std::sync::Arc;
use std::time::Duration;

use dataweaver::events::EventCursor;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use self::scene::Scene;
use self::subscriber::{Stage, Subscriber, Tally};
use self::wish::Wish;
use crate::servers::{self, TestDatabase};

/// For how long there is chaos, in seconds, where `DATAWEAVER_TEST_CHAOS_SECONDS` does not say otherwise; `just soak`
/// wants more. The server is killed twice in that time, or once a minute where that is more.
const SECONDS: u64 = 20;
const SUBSCRIBERS: usize = 200;
/// How long it may take until the last subscriber has the last fact, when there is peace.
const LAST_PATIENCE: Duration = Duration::from_secs(180);

/// What a variable says, if it is set.
fn variable(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// Lets chaos happen on an installation whose own database is a SQLite file, or another one.
async fn every_fact_arrives_once(own: Option<TestDatabase>) {
    // By this seed each subscriber suffers the same again; what happens between them is never the same.
    let seed = variable("DATAWEAVER_TEST_CHAOS_SEED").unwrap_or_else(|| rand::rng().random_range(0..1_000_000));
    let length = Duration::from_secs(variable("DATAWEAVER_TEST_CHAOS_SECONDS").unwrap_or(SECONDS));
    println!("the seed is {seed}");
    let Some(mut scene) = Scene::set(own).await else { return };
    let (calm, still) = (CancellationToken::new(), CancellationToken::new());
    let (facts_known, facts) = watch::channel(None);
    let stage = Stage { server: scene.life(), calm: calm.clone(), facts };
    let mut subscribers = JoinSet::new();
    for number in 0..SUBSCRIBERS {
        let after = (number % 3 > 0).then_some(EventCursor(0));
        let own_seed = seed + number as u64;
        let subscriber = Subscriber::new(Wish::of(number, &scene.connectors), after, stage.clone(), own_seed);
        subscribers.spawn(subscriber.follow());
    }
    let syncing = tokio::spawn(scene.keep_syncing(still.clone()));

    let kills = kill_now_and_then(&mut scene, length, seed).await;
    calm.cancel();
    still.cancel();
    syncing.await.expect("syncs are started to the end");
    scene.come_to_rest().await;
    let (facts, syncs) = scene.facts_and_syncs().await;
    let count = facts.len();
    facts_known.send_replace(Some(Arc::new(facts)));

    let mut tally = Tally::default();
    let all = async {
        while let Some(subscriber) = subscribers.join_next().await {
            tally += subscriber.unwrap_or_else(|error| panic!("a subscriber failed (seed {seed}): {error}"));
        }
    };
    timeout(LAST_PATIENCE, all).await.expect("each subscriber has its last fact in time");
    println!("{length:?}, {kills} kills, {syncs} syncs, {count} facts; {SUBSCRIBERS} subscribers: {tally:?}");
    let Tally { connections, cuts, freezes, slow_spells, lost, facts, gauges } = tally;
    let done = [connections.into_iter().min().unwrap_or(0), cuts, freezes, slow_spells, lost, facts, gauges];
    assert!(done.iter().all(|times| *times > 0) && kills >= 2, "there was no chaos");
    assert!(!scene.log().contains("panicked"), "a server panicked:\n{}", scene.log());
}

/// Kills the server now and then; gives how often.
async fn kill_now_and_then(scene: &mut Scene, length: Duration, seed: u64) -> u32 {
    let kills = 2.max(u32::try_from(length.as_secs() / 60).expect("it has an end"));
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(seed);
    let between = length / (kills + 1);
    for _ in 0..kills {
        let shift = dice.random_range(0.8..1.2);
        sleep(between.mul_f64(shift)).await;
        scene.kill_and_restart();
    }
    sleep(between).await;
    kills
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_subscriber_has_every_fact_once_whatever_happens_to_it() {
    every_fact_arrives_once(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it takes as long again; `just soak` runs it"]
async fn so_it_is_where_the_facts_are_in_postgres() {
    let Some(own) = servers::postgres() else { return };
    every_fact_arrives_once(Some(own)).await;
}
