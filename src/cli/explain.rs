//! `contactpulse explain`: why one contact or ticket counts as it does.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use clap::Args;

use super::{ConfigArgs, Failure};
use crate::explain::Explainer;
use crate::lines::{Line, Lines};

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The id of the contact or ticket, as its events have it
    #[arg(value_name = "CONTACT|TICKET")]
    id: String,
    /// The log: .jsonl, .jsonl.gz or .jsonl.zst; `-` is standard input
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    #[command(flatten)]
    config: ConfigArgs,
}

impl ExplainArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.config.load()?;
        let text = self.read(Explainer::new(&Arc::new(config.rules), &self.id))?;
        print!("{text}");
        Ok(())
    }

    fn read(&self, mut explainer: Explainer) -> anyhow::Result<String> {
        let file = self.input.display();
        let mut lines = Lines::open(&self.input, |source, _| source).with_context(|| format!("cannot read {file}"))?;
        let (mut number, mut rejected) = (0_u64, 0_u64);
        while let Some(line) = lines.next_line().with_context(|| format!("{file}:{}", number + 1))? {
            number += 1;
            let is_good = match line {
                Line::Whole(line) => explainer.line(line).is_ok(),
                Line::TooLong { .. } => false,
            };
            rejected += u64::from(!is_good);
        }
        if rejected > 0 {
            eprintln!("{file}: {rejected} of {number} lines are no event");
        }
        let id = &self.id;
        explainer
            .explain()
            .ok_or_else(|| anyhow!("no contact and no ticket of {file} is called {id}: {number} lines read"))
    }
}
