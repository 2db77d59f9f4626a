//! Directories for parts, under `target/`, so that whatever is left behind goes with `make clean`.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// An empty directory that is removed on drop.
pub fn home(part: &str) -> TempDir {
    let parent = env!("CARGO_TARGET_TMPDIR");
    tempfile::Builder::new().prefix(&format!("{part}-")).tempdir_in(parent).expect("target/tmp can be written")
}

/// Has all output of a command go to one file, which keeps what is there.
pub fn log_to<'a>(command: &'a mut Command, log: &Path) -> &'a mut Command {
    let out = File::options().create(true).append(true).open(log).expect("the log can be opened");
    let err = out.try_clone().expect("the log can be opened twice");
    command.stdin(Stdio::null()).stdout(out).stderr(err)
}

/// The last lines of a log, for the message of a part that did not start.
pub fn tail(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let text = text.unwrap_or_else(|error| format!("(no log: {error})"));
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

const TAIL_LINES: usize = 40;
