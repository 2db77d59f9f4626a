//! Our own program, as its users run it.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::guard::Guard;
use super::home::home;
use super::http::{self, Reply};
use super::ports::free_address;
use super::wait::{PATIENCE, eventually};

/// The program, for a command that ends by itself.
pub fn contactpulse() -> Command {
    Command::new(env!("CARGO_BIN_EXE_contactpulse"))
}

/// A running `contactpulse run`. Dropping it kills it.
pub struct Service {
    process: Guard,
    address: SocketAddr,
    home: TempDir,
}

impl Service {
    /// Runs the service with a configuration and further arguments, and returns when it answers HTTP, ready or not.
    pub fn start(config: &str, arguments: &[&str]) -> Self {
        let (home, address) = (home("contactpulse"), free_address());
        fs::write(home.path().join("contactpulse.toml"), config).expect("the home can be written");
        let mut command = contactpulse();
        command
            .args(["run", "--config", "contactpulse.toml", "--set", &format!("http.listen={address}")])
            .args(arguments);
        command.current_dir(&home).stdin(Stdio::null()).stdout(create(&home, OUT)).stderr(create(&home, ERR));
        let mut process = Guard::spawn("contactpulse", &mut command, home.path());
        process.await_start(&home.path().join(ERR), || http::is_ok(address, "/livez"));
        Self { process, address, home }
    }

    /// Where it serves HTTP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    #[allow(dead_code, reason = "a benchmark asks for it")]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its answer to a GET.
    pub fn get(&self, path: &str) -> Reply {
        http::get(self.address, path, &[]).expect("the service answers")
    }

    /// Waits until `/readyz` says yes.
    pub fn await_ready(&self) {
        eventually("a service that is ready", PATIENCE, || http::is_ok(self.address, "/readyz").then_some(()));
    }

    /// `/api/v1/report`, whole.
    pub fn report(&self) -> Value {
        serde_json::from_str(&self.get("/api/v1/report").body).expect("the report is JSON")
    }

    /// Asks it to end (SIGTERM).
    pub fn sigterm(&self) {
        self.process.terminate();
    }

    /// Waits for its end. The exit code, or none if a signal ended it.
    pub fn wait_exit(&mut self, patience: Duration) -> Option<i32> {
        self.process.wait(patience).code()
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Stops it where it stands (SIGSTOP).
    pub fn pause(&self) {
        self.process.signal("STOP");
    }

    /// Lets it go on (SIGCONT).
    pub fn resume(&self) {
        self.process.signal("CONT");
    }

    /// What it has written to standard error so far: its log.
    pub fn stderr(&self) -> String {
        self.written(ERR)
    }

    fn written(&self, file: &str) -> String {
        fs::read_to_string(self.home.path().join(file)).expect("it writes UTF-8")
    }
}

/// A test that fails shows what the service had to say.
impl Drop for Service {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the log of the service on {}:\n{}", self.address, self.stderr());
        }
    }
}

const OUT: &str = "stdout";
const ERR: &str = "stderr";

fn create(home: &TempDir, file: &str) -> File {
    File::create(home.path().join(file)).expect("the home can be written")
}
