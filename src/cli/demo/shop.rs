//! `dataweaver demo shop`: a sample shop in a SQLite file, synced and asked by SQL.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use console::style;
use serde_json::{Value, json};

use crate::cli::follow::{Ended, Follower};
use crate::cli::interrupt::LeavesAtOnce;
use crate::cli::output::{Output, count, printable};
use crate::cli::progress::Progress;
use crate::cli::session::Session;
use crate::cli::{Global, connectors, query, shapes, text_of};
use crate::demo::Shop;
use crate::entity::connector;
use crate::query::QueryOutput;
use crate::services::connectors::{NewConnector, create};
use crate::services::syncs::{self, SyncRequest};
use crate::services::{queries, sources};
use crate::vocabulary::{AuthType, ConnectorType, SyncTrigger};

/// What people call the demo's connector.
const NAME: &str = "Shop";
/// Rows of an answer that are shown.
const ROWS: i32 = 20;

/// A question, and the SQL that answers it.
struct Question {
    words: &'static str,
    /// `{shop}` stands for the connector's slug.
    sql: &'static str,
}

const QUESTIONS: &[Question] = &[
    Question {
        words: "What does each category earn, and how does it grow?",
        sql: "\
SELECT p.category, count(DISTINCT o.id) AS orders,
       sum(i.quantity * i.unit_price)
         FILTER (WHERE o.ordered_at < '2025-01-01') AS \"2024\",
       sum(i.quantity * i.unit_price)
         FILTER (WHERE o.ordered_at >= '2025-01-01') AS \"2025\"
FROM {shop}.orders o
JOIN {shop}.order_items i ON i.order_id = o.id
JOIN {shop}.products p ON p.id = i.product_id
WHERE o.status <> 'cancelled'
GROUP BY p.category
ORDER BY \"2025\" DESC",
    },
    Question {
        words: "How did the last year go, month by month?",
        sql: "\
SELECT to_char(ordered_at, '%Y-%m') AS month, count(*) AS orders,
       count(DISTINCT customer_id) AS customers, sum(total) AS revenue
FROM {shop}.orders
WHERE ordered_at >= '2025-01-01' AND status <> 'cancelled'
GROUP BY month
ORDER BY month",
    },
    Question {
        words: "Who are the best customers?",
        sql: "\
SELECT c.first_name || ' ' || c.last_name AS customer, c.city, c.country,
       count(*) AS orders, sum(o.total) AS spent
FROM {shop}.customers c
JOIN {shop}.orders o ON o.customer_id = c.id
WHERE o.status NOT IN ('cancelled', 'returned')
GROUP BY c.id, customer, c.city, c.country
ORDER BY spent DESC
LIMIT 5",
    },
];

/// Makes the shop, syncs it and asks it.
pub(super) async fn show(session: &Session, global: &Global, output: &mut Output) -> anyhow::Result<()> {
    let is_json = output.is_json();
    let progress = Progress::of(global, false);
    let step = |words: String| progress.say(&format!("{} {words}", style("▸").cyan().for_stderr()));

    let path = shop_file(session, &step).await?;
    let connector = shop_connector(session, &path).await?;
    let found = sources::discover(session.services(), &session.viewer, &connector.id).await?;
    let names: Vec<&str> = found.iter().map(|source| source.name.as_str()).collect();
    step(printable(&format!("connector {} reads {}", connector.name, names.join(", "))));

    let ended = sync(session, &connector, global).await?;
    step(format!("synced {} rows in {:.1} s", count(ended.log.records_processed.unsigned_abs()), ended.seconds()));
    let sync_log = ended.json();
    ended.into_result(&connector)?;

    let _leaves_at_once = LeavesAtOnce::new();
    let mut answers: Vec<Value> = Vec::new();
    for question in QUESTIONS {
        let sql = question.sql.replace("{shop}", &connector.slug);
        let result = queries::sql(session.services(), &session.viewer, &sql, ROWS, 0).await?;
        if is_json {
            answers.push(json!({ "question": question.words, "sql": sql, "result": query::document(&result) }));
        } else {
            print(question, &sql, &result, output)?;
        }
    }
    if is_json {
        let connector = shapes::connector(&connector);
        output.document(&json!({ "connector": connector, "syncLog": sync_log, "answers": answers }))?;
    }
    Ok(())
}

/// Makes the shop unless it is there.
async fn shop_file(session: &Session, step: &impl Fn(String)) -> anyhow::Result<PathBuf> {
    let folder = session.app.config.storage.data_dir.join("demo");
    std::fs::create_dir_all(&folder).with_context(|| format!("could not make the folder {}", folder.display()))?;
    let path = folder.canonicalize()?.join("shop.db");
    if path.is_file() {
        step(format!("the sample shop is in {}", path.display()));
        return Ok(path);
    }
    let began = Instant::now();
    let target = path.clone();
    let counts = tokio::task::spawn_blocking(move || Shop::default().write(&target)).await??;
    step(format!(
        "made a sample shop in {:.1} s: {} customers, {} products, {} orders",
        began.elapsed().as_secs_f64(),
        count(counts.customers as u64),
        count(counts.products as u64),
        count(counts.orders as u64),
    ));
    Ok(path)
}

/// The connector of this very shop, which is made unless it is there.
async fn shop_connector(session: &Session, path: &Path) -> anyhow::Result<connector::Model> {
    let mut url = url::Url::parse("sqlite:///").expect("it is a URL");
    url.set_path(&text_of(path)?);
    let known = connectors::all_connectors(session).await?;
    let ours = known.into_iter().find(|row| row.connection_config["url"] == url.as_str());
    if let Some(row) = ours {
        return Ok(row);
    }
    let new = NewConnector {
        name: NAME.to_owned(),
        description: Some("A made-up online shop with two years of orders".to_owned()),
        connector_type: ConnectorType::Database,
        auth_type: AuthType::None,
        auth_config: None,
        connection_config: Some(json!({ "url": url.as_str() })),
        demo_mode: false,
        sync_enabled: false,
        sync_schedule: None,
        timezone: "UTC".to_owned(),
    };
    Ok(create(session.services(), &session.viewer, new).await?)
}

async fn sync(session: &Session, connector: &connector::Model, global: &Global) -> anyhow::Result<Ended> {
    let request = SyncRequest {
        connector_id: connector.id.clone(),
        data_source_ids: None,
        extract_type: None,
        trigger: SyncTrigger::Manual,
        config: None,
    };
    let started = syncs::start(session.services(), &session.viewer, request).await?;
    let follower = Follower::new(session, connector, Progress::of(global, false)).leaving_a_picture();
    follower.until_the_end(&started, |_| Ok(())).await
}

fn print(question: &Question, sql: &str, result: &QueryOutput, output: &mut Output) -> anyhow::Result<()> {
    output.line(format!("\n{}", style(question.words).bold()))?;
    output.line("")?;
    for line in sql.lines() {
        output.line(style(format!("  {line}")).dim())?;
    }
    output.line("")?;
    query::show(result, output)
}
