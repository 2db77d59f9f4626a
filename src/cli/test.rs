//! `contactpulse test`: scenarios in, what differs out.

use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::Failure;
use crate::scenario::{Outcome, Problem, Scenario};

/// How the names of scenario files in a folder end.
const ENDING: &str = "pulse";

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// Scenario files, or folders, whose *.pulse files are meant
    #[arg(value_name = "FILE", required = true)]
    paths: Vec<PathBuf>,
    /// Write the figures that came out into the files, in place of those that were expected
    #[arg(long)]
    update: bool,
}

/// What became of the scenarios.
#[derive(Debug, Default)]
struct Summary {
    passed: usize,
    updated: usize,
    failed: usize,
}

impl TestArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut files = Vec::new();
        for path in &self.paths {
            files.extend(scenario_files(path)?);
        }
        let mut summary = Summary::default();
        for file in files {
            self.test(&file, &mut summary)?;
        }
        say(&format!("{}\n", summary.line()))?;
        if summary.failed == 0 { Ok(()) } else { Err(Failure::Told) }
    }

    fn test(&self, file: &Path, summary: &mut Summary) -> anyhow::Result<()> {
        let text = fs::read_to_string(file).with_context(|| cannot_read(file))?;
        let scenario = match Scenario::parse(&file.display().to_string(), &text) {
            Ok(scenario) => scenario,
            Err(problems) => {
                summary.failed += 1;
                return problems.iter().try_for_each(say_problem);
            }
        };
        let outcome = scenario.run();
        if outcome.passed() {
            summary.passed += 1;
        } else if self.update && outcome.is_updatable() {
            summary.updated += 1;
            replace(file, &scenario.updated(&outcome)).with_context(|| format!("cannot write {}", file.display()))?;
            say(&updated(file, &outcome))?;
        } else {
            summary.failed += 1;
            say(&format!("{outcome}\n"))?;
        }
        Ok(())
    }
}

impl Summary {
    /// `57 scenarios, 55 passed, 2 failed`
    fn line(&self) -> String {
        let all = self.passed + self.updated + self.failed;
        let mut line = format!("{all} scenario{}, {} passed", if all == 1 { "" } else { "s" }, self.passed);
        for (count, what) in [(self.updated, "updated"), (self.failed, "failed")] {
            if count > 0 {
                line += &format!(", {count} {what}");
            }
        }
        line
    }
}

fn updated(file: &Path, outcome: &Outcome) -> String {
    let count = outcome.differences().len();
    format!("{}: {count} value{} updated\n", file.display(), if count == 1 { "" } else { "s" })
}

fn say_problem(problem: &Problem) -> anyhow::Result<()> {
    say(&format!("{problem}\n\n"))
}

fn say(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write"),
    }
}

fn cannot_read(path: &Path) -> String {
    format!("cannot read {}", path.display())
}

/// The file itself, or all scenario files of a folder and of those in it, in order of their names.
fn scenario_files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !fs::metadata(path).with_context(|| cannot_read(path))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| cannot_read(&folder))? {
            let entry = entry.with_context(|| cannot_read(&folder))?;
            let path = entry.path();
            if entry.file_type().with_context(|| cannot_read(&path))?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == ENDING) {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        bail!("no scenarios in {}: their names end in .{ENDING}", path.display());
    }
    files.sort();
    Ok(files)
}

/// Replaces a file as a whole: whoever reads it meanwhile, or after a crash, finds the old text or the new.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let file = file.canonicalize()?;
    let mut beside: OsString = file.clone().into_os_string();
    beside.push(".new");
    fs::write(&beside, text)?;
    fs::set_permissions(&beside, fs::metadata(&file)?.permissions())?;
    fs::rename(&beside, &file)
}
