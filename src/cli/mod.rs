//! The command line: what can be asked for, and how it ends.

mod backtest;
mod demo;
mod explain;
mod replay;
mod rules;
mod run;
mod simulate;
mod test;
mod validate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError};

/// Exit code of bad usage (EX_USAGE).
const BAD_USAGE: u8 = 64;
/// Exit code of a bad config (EX_CONFIG).
const BAD_CONFIG: u8 = 78;

/// Live contact-centre KPIs from Kafka.
#[derive(Debug, Parser)]
#[command(name = "contactpulse", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service: events from Kafka in, live KPIs out
    Run(ConfigArgs),
    /// Show it all at once: an embedded broker, a simulated centre and the service
    Demo(demo::DemoArgs),
    /// Read a log from a file and show the figures it gives
    Replay(replay::ReplayArgs),
    /// Simulate a contact centre and write its events
    Simulate(simulate::SimulateArgs),
    /// Check a config without any network, and say what it means
    Validate(ConfigArgs),
    /// Write the rules of Prometheus for a config, or the routes of Alertmanager
    Rules(rules::RulesArgs),
    /// Run scenarios: what happens, and the figures that it must give
    Test(test::TestArgs),
    /// Explain one contact or ticket of a log: what happened, what was promised, and what it counted for
    Explain(explain::ExplainArgs),
}

/// Which config to go by.
#[derive(Clone, Debug, Args)]
pub struct ConfigArgs {
    /// The config file; without it the built-in defaults hold
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A setting over the file's, such as service_level.short_abandon=20s; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl ConfigArgs {
    fn load(&self) -> Result<Config, Failure> {
        Ok(Config::load(self.config.as_deref(), &self.set)?)
    }

    /// The same settings over another file.
    fn with_file(&self, file: &std::path::Path) -> Self {
        Self { config: Some(file.to_owned()), set: self.set.clone() }
    }

    /// The same, but without a file the settings of this text hold, which goes by this name.
    fn load_or(&self, name: &str, text: &str) -> Result<Config, Failure> {
        match &self.config {
            Some(_) => self.load(),
            None => Ok(Config::parse(name, text, &self.set)?),
        }
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The config is wrong.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// The arguments do not go together, or not with the config. In a sentence that says what would.
    #[error("{0}")]
    Usage(String),
    /// What went wrong is in the output already.
    #[error("failed")]
    Told,
    /// Anything else, in a sentence for people.
    #[error("{0:#}")]
    Other(#[from] anyhow::Error),
}

impl Failure {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(error) if !error.is_missing_file() => BAD_CONFIG.into(),
            Self::Usage(_) => BAD_USAGE.into(),
            _ => ExitCode::FAILURE,
        }
    }
}

/// Does what the arguments of the process say, and gives its exit code. Data goes to standard output, the rest to standard error.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(asked) => return usage(&asked),
    };
    match cli.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Told) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("contactpulse: {failure}");
            failure.exit_code()
        }
    }
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Run(args) => run::run(&args),
            Self::Demo(args) => args.run(),
            Self::Replay(args) => args.run(),
            Self::Simulate(args) => args.run(),
            Self::Validate(args) => validate::run(&args),
            Self::Rules(args) => args.run(),
            Self::Test(args) => args.run(),
            Self::Explain(args) => args.run(),
        }
    }
}

/// Help and version are asked for; anything else is bad usage.
fn usage(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    match (error.use_stderr(), printed) {
        (false, Ok(())) => ExitCode::SUCCESS,
        (false, Err(_)) => ExitCode::FAILURE,
        (true, _) => BAD_USAGE.into(),
    }
}
