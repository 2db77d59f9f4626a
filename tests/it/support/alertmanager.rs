//! A real Alertmanager.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::guard::Guard;
use super::home::{home, log_to};
use super::http;
use super::ports::free_address;
use super::tools;

/// An Alertmanager on its own, in no cluster. Dropping it ends it.
pub struct Alertmanager {
    _process: Guard,
    address: SocketAddr,
    _home: TempDir,
}

const CONFIG: &str = "alertmanager.yml";

impl Alertmanager {
    /// Starts it with the configuration in a file.
    pub fn start(config: &Path) -> Self {
        let (home, address) = (home("alertmanager"), free_address());
        fs::copy(config, home.path().join(CONFIG)).expect("the configuration can be read");
        Self { _process: launch(&home, address), address, _home: home }
    }

    /// Where Prometheus sends its alerts.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The alerts it holds, as its API tells them.
    pub fn alerts(&self) -> Vec<Value> {
        let reply = http::get(self.address, "/api/v2/alerts", &[]).expect("Alertmanager answers");
        assert_eq!(reply.status, 200, "{}", reply.body);
        serde_json::from_str(&reply.body).expect("the answer is a list")
    }
}

fn launch(home: &TempDir, address: SocketAddr) -> Guard {
    let file = |name: &str| home.path().join(name).display().to_string();
    let mut command = tools::alertmanager();
    command.arg(format!("--config.file={}", file(CONFIG))).arg(format!("--storage.path={}", file("data")));
    command.arg(format!("--web.listen-address={address}")).arg("--cluster.listen-address=");
    let log = home.path().join("alertmanager.log");
    let mut process = Guard::spawn("Alertmanager", log_to(&mut command, &log), home.path());
    process.await_start(&log, || http::is_ok(address, "/-/ready"));
    process
}
