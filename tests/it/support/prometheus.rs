//! A real Prometheus.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use serde::Deserialize;
use serde_json::json;
use tempfile::TempDir;

use super::guard::Guard;
use super::home::{home, log_to};
use super::http;
use super::ports::free_address;
use super::tools;
use super::wait::{PATIENCE, eventually};

/// One value of an instant query.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// A Prometheus that scrapes and evaluates every second, unless it is told otherwise. Dropping it ends it.
pub struct Prometheus {
    _process: Guard,
    address: SocketAddr,
    _home: TempDir,
}

impl Prometheus {
    /// Scrapes `/metrics` of the targets, under the job `contactpulse`, and evaluates the rule files.
    pub fn start(targets: &[SocketAddr], rules: &[&Path]) -> Self {
        Self::alerting(targets, rules, &[])
    }

    /// As `start`, and sends its alerts to these Alertmanagers.
    pub fn alerting(targets: &[SocketAddr], rules: &[&Path], alertmanagers: &[SocketAddr]) -> Self {
        Self::alerting_every("1s", targets, rules, alertmanagers)
    }

    /// As `alerting`, but it scrapes and evaluates this often.
    pub fn alerting_every(
        interval: &str,
        targets: &[SocketAddr],
        rules: &[&Path],
        alertmanagers: &[SocketAddr],
    ) -> Self {
        let (home, address) = (home("prometheus"), free_address());
        let config = configuration(interval, targets, rules, alertmanagers);
        fs::write(home.path().join("prometheus.yml"), config).expect("the home can be written");
        Self { _process: launch(&home, address), address, _home: home }
    }

    /// The answer to an instant query; empty where nothing matches. Panics with Prometheus's own words where the query is wrong.
    pub fn query(&self, promql: &str) -> Vec<Sample> {
        let reply = http::get(self.address, "/api/v1/query", &[("query", promql)]).expect("Prometheus answers");
        assert_eq!(reply.status, 200, "{promql}: {}", reply.body);
        let answer: Answer = serde_json::from_str(&reply.body).expect("the answer is an instant vector");
        answer.data.result.into_iter().map(Sample::from).collect()
    }

    /// Asks until the answer is not empty.
    pub fn await_answer(&self, promql: &str) -> Vec<Sample> {
        eventually(&format!("an answer to {promql}"), PATIENCE, || {
            Some(self.query(promql)).filter(|samples| !samples.is_empty())
        })
    }
}

/// JSON is YAML, too.
fn configuration(interval: &str, targets: &[SocketAddr], rules: &[&Path], alertmanagers: &[SocketAddr]) -> String {
    let rules: Vec<_> = rules.iter().map(|path| path.canonicalize().expect("the rule file is there")).collect();
    let config = json!({
        "global": { "scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval },
        "rule_files": rules,
        "scrape_configs": [{ "job_name": "contactpulse", "static_configs": [{ "targets": targets }] }],
        "alerting": { "alertmanagers": [{ "static_configs": [{ "targets": alertmanagers }] }] },
    });
    config.to_string()
}

fn launch(home: &TempDir, address: SocketAddr) -> Guard {
    let mut command = tools::prometheus();
    command.args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
    command.arg(format!("--web.listen-address={address}")).current_dir(home);
    let log = home.path().join("prometheus.log");
    let mut process = Guard::spawn("Prometheus", log_to(&mut command, &log), home.path());
    process.await_start(&log, || http::is_ok(address, "/-/ready"));
    process
}

#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    result: Vec<Series>,
}

/// A time, which nobody asks for, and the value as text.
#[derive(Deserialize)]
struct Series {
    metric: BTreeMap<String, String>,
    value: (f64, String),
}

impl From<Series> for Sample {
    fn from(series: Series) -> Self {
        let value = series.value.1.parse().expect("Prometheus writes values as numbers");
        Self { labels: series.metric, value }
    }
}
