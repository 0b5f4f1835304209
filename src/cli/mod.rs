//! The command line: one file a verb.
//!
//! Results go to stdout and nothing else does; progress, logs and errors go to stderr. Exit status: 0 done, 1 failed,
//! 2 wrong usage, where the words of the call cannot be understood: a value that is understood and refused, such as a
//! schedule that never fires, has failed.

mod ask;
mod ask_chart;
mod columns;
mod connectors;
mod demo;
mod doctor;
mod failure;
mod follow;
mod interrupt;
mod log_lines;
mod migrate;
mod output;
mod progress;
mod query;
mod scenarios;
mod schema;
mod serve;
mod session;
mod shapes;
mod stdin;
mod sync;
mod workflows;
mod wrap;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgAction, Args, Parser, Subcommand};

use crate::config::{Config, ConfigSources};
use failure::Usage;
use output::Output;

/// Connects your sources, keeps them as tables in your lake, and answers questions across them.
#[derive(Debug, Parser)]
#[command(name = "dataweaver", version, arg_required_else_help = true, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "Examples:
  dataweaver demo
  dataweaver connectors add Shop --url sqlite:///data/shop.db
  dataweaver sync shop
  dataweaver query \"SELECT count(*) FROM shop.orders\"

Exit status: 0 done, 1 failed, 2 wrong usage.";

/// Flags of every verb. They stand below its own.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
struct Global {
    /// Folder of this installation [default: .dataweaver]
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Database of DataWeaver itself [default: SQLite in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Where the lake tables lie [default: a folder in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    lake_url: Option<String>,
    /// Configuration file [default: dataweaver.toml in the data folder]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print results as JSON
    #[arg(long, global = true)]
    json: bool,
    /// Log more; twice for everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// No progress, and only errors in the log
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the server: API, GraphiQL and syncs
    Serve(serve::Serve),
    /// Set a scenario up, ask it its questions, and serve it
    Demo(demo::Demo),
    /// Add, authorize, list, test, discover and remove connectors
    #[command(subcommand)]
    Connectors(connectors::Connectors),
    /// Sync a connector into the lake and follow it to its end
    Sync(sync::Sync),
    /// Run read-only SQL over everything that was synced
    Query(query::Query),
    /// Ask a question in plain English
    Ask(ask::Ask),
    /// List, set up, validate and tear down scenarios
    #[command(subcommand)]
    Scenarios(scenarios::Scenarios),
    /// List, make, run and delete workflows
    #[command(subcommand)]
    Workflows(workflows::Workflows),
    /// Print the GraphQL schema
    Schema,
    /// Bring the database's tables up to date
    Migrate,
    /// Check that everything needed is there and works
    Doctor(doctor::Doctor),
}

/// Reads the command line, does what it says, and tells how that went.
pub fn run() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().map(no_flag_of_a_comment).collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, has_json_flag(&arguments)),
    };
    let wants_json = cli.global.json;
    match execute(cli) {
        Ok(code) => code,
        Err(error) => failure::report(&error, wants_json),
    }
}

/// Whether results are wanted as JSON by a call that cannot be understood.
fn has_json_flag(arguments: &[OsString]) -> bool {
    arguments.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--json")
}

/// SQL may begin with a comment, which reads like a flag. No flag has blanks in its name: one before the comment says that it
/// is none.
fn no_flag_of_a_comment(argument: OsString) -> OsString {
    let bytes = argument.as_encoded_bytes();
    let name = bytes.split(|byte| *byte == b'=').next().unwrap_or_default();
    let is_comment = bytes.starts_with(b"--") && name.iter().any(u8::is_ascii_whitespace);
    if !is_comment {
        return argument;
    }
    let mut statement = OsString::from(" ");
    statement.push(argument);
    statement
}

/// Prints clap's words: help and version are results, the rest are errors.
fn usage(error: &clap::Error, as_json: bool) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Where stdout is closed nobody is left to be told.
            error.print().ok();
            ExitCode::SUCCESS
        }
        _ if as_json => failure::report_usage_as_json(error),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            error.print().ok();
            ExitCode::from(failure::WRONG_USAGE)
        }
        _ => failure::report_usage(error),
    }
}

fn execute(cli: Cli) -> anyhow::Result<ExitCode> {
    let mut output = Output::new(cli.global.json);
    if matches!(cli.verb, Verb::Schema) {
        schema::run(&mut output)?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = cli.global.load(&cli.verb)?;
    log_lines::start(&config.log, &cli.global, matches!(cli.verb, Verb::Serve(_)));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(perform(cli, config, &mut output))
}

async fn perform(cli: Cli, config: Config, output: &mut Output) -> anyhow::Result<ExitCode> {
    let global = cli.global;
    match cli.verb {
        Verb::Serve(verb) => verb.run(config, output).await,
        Verb::Demo(verb) => verb.run(config, &global, output).await,
        Verb::Connectors(verb) => verb.run(config, &global, output).await,
        Verb::Sync(verb) => verb.run(config, &global, output).await,
        Verb::Query(verb) => verb.run(config, &global, output).await,
        Verb::Ask(verb) => verb.run(config, output).await,
        Verb::Scenarios(verb) => verb.run(config, &global, output).await,
        Verb::Workflows(verb) => verb.run(config, &global, output).await,
        Verb::Migrate => migrate::run(&config, output).await,
        Verb::Doctor(verb) => verb.run(config, output).await,
        Verb::Schema => unreachable!("it was done before anything was started"),
    }
}

impl Global {
    fn load(&self, verb: &Verb) -> anyhow::Result<Config> {
        let listen = match verb {
            Verb::Serve(serve) => serve.listen.clone(),
            Verb::Demo(demo) => demo.serve.listen.clone(),
            Verb::Connectors(verb) => verb.listen().map(str::to_owned),
            _ => None,
        };
        let data_dir = self.data_dir.as_ref().map(|path| text_of(path)).transpose()?;
        let is_ours = !matches!(verb, Verb::Connectors(verb) if verb.takes_config());
        let file = self.config.clone().filter(|_| is_ours);
        let sources = ConfigSources { file, ..ConfigSources::of_process() }
            .with_override("storage.data_dir", data_dir)
            .with_override("storage.database_url", self.database_url.clone())
            .with_override("storage.lake_url", self.lake_url.clone())
            .with_override("server.listen", listen);
        Ok(Config::load(sources)?)
    }
}

/// A path as text; settings and URLs are text.
fn text_of(path: &std::path::Path) -> Result<String, Usage> {
    path.to_str().map(str::to_owned).ok_or_else(|| Usage::new(format!("{} is not valid UTF-8", path.display())))
}
