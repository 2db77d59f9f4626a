//! Child processes that do not outlive the tests.
//!
//! **Why a leash.** Drop ends a child when its test returns or panics; it does not run when the test process is killed, nor for what
//! lives in a static. So each child has a leash: a shell that reads a pipe whose other end only the test process holds. When that
//! process ends, however it ends, the shell reads the pipe's end, kills the child and removes its home.
//! **Invariant.** A leash is let go as soon as its child is known to be gone: later the number could be another process's.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::home::tail;
use super::wait::{PATIENCE, eventually, within};

/// A running child process; dropping it kills it.
pub struct Guard {
    child: Child,
    leash: Option<Leash>,
    name: &'static str,
}

impl Guard {
    /// Starts `command`. Its `home` is removed with it only when the test process is killed.
    pub fn spawn(name: &'static str, command: &mut Command, home: &Path) -> Self {
        let child = command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let leash = Some(Leash::on(child.id(), home));
        Self { child, leash, name }
    }

    /// Its number among the processes.
    #[allow(dead_code, reason = "a benchmark asks for it")]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until a part that was just started answers. If it does not, its log tells why.
    pub fn await_start(&mut self, log: &Path, mut answers: impl FnMut() -> bool) {
        let outcome = within(PATIENCE, || match self.exit() {
            Some(status) => Some(Err(status)),
            None => answers().then_some(Ok(())),
        });
        match outcome {
            Some(Ok(())) => {}
            Some(Err(status)) => panic!("{} ended at its start ({status}):\n{}", self.name, tail(log)),
            None => panic!("{} does not answer:\n{}", self.name, tail(log)),
        }
    }

    /// Asks the process to end (SIGTERM).
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) {
        let command = format!("kill -{signal} \"$0\"");
        let sent = Command::new("sh").args(["-c", &command]).arg(self.child.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "{} takes no signal", self.name);
    }

    /// How it ended, if it has.
    pub fn exit(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().expect("a child can be waited for")?;
        self.leash = None;
        Some(status)
    }

    /// Waits for its end.
    pub fn wait(&mut self, patience: Duration) -> ExitStatus {
        let what = format!("the end of {}", self.name);
        eventually(&what, patience, || self.exit())
    }

    /// Ends it as a crash would (SIGKILL). Nothing happens if it is gone already.
    pub fn kill(&mut self) {
        if self.exit().is_none() {
            self.child.kill().expect("a child can be killed");
            self.child.wait().expect("a child can be waited for");
            self.leash = None;
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The shell that kills the child when the pipe to it closes before it is let go.
struct Leash {
    shell: Child,
}

impl Leash {
    /// The shell ignores what a terminal sends to all processes at once, so that it outlives the test process. Removing the home is
    /// tried twice because a process that was killed may be writing its last file.
    const SCRIPT: &str = r#"
        trap "" INT TERM HUP
        cat
        kill -KILL "$1"
        rm -rf "$2" || { sleep 1; rm -rf "$2"; }
    "#;

    fn on(child: u32, home: &Path) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", Self::SCRIPT, "leash"]).arg(child.to_string()).arg(home);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { shell: command.spawn().expect("sh starts") }
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.shell.kill().expect("a child can be killed");
        self.shell.wait().expect("a child can be waited for");
    }
}
