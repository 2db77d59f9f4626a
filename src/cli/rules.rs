//! `contactpulse rules`: what Prometheus has to evaluate for a config, and whom Alertmanager has to tell.

use std::io::Write;

use anyhow::anyhow;
use clap::{Args, ValueEnum};

use super::{ConfigArgs, Failure};
use crate::alerts::{Half, RuleBook, routes};

#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Write the rules of one half alone, as a file of its own
    #[arg(long, value_enum)]
    only: Option<Only>,
    /// Write the configuration of Alertmanager instead: routes by owner and severity, and what holds back what
    #[arg(long, conflicts_with = "only")]
    alertmanager: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Only {
    /// What the centre promised its customers
    ContactCentre,
    /// Whether figures can be believed
    Platform,
}

impl RulesArgs {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let config = self.config.load()?;
        if self.alertmanager {
            return write(&routes(&config.rules));
        }
        let book = RuleBook::new(&config.rules, &config.export.windows);
        for left_out in book.left_out() {
            let windows = left_out.windows.join(", ");
            eprintln!("{} is left out: it needs {windows} in export.windows", left_out.alert);
        }
        write(&book.yaml(self.only.map(Half::from)))
    }
}

impl From<Only> for Half {
    fn from(only: Only) -> Self {
        match only {
            Only::ContactCentre => Self::ContactCentre,
            Only::Platform => Self::Platform,
        }
    }
}

fn write(text: &str) -> Result<(), Failure> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result.map_err(|error| anyhow!("cannot write: {error}"))?),
    }
}
