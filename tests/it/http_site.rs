//! A site made of constants, served on a free loopback port: what the tests of the pages ask.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use contactpulse::http::{Filter, Probe, ReportError, Sheet, Site, serve};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Shows what it is given. A report is asked for by name of queue and window, as of the real one.
pub struct FakeSite {
    /// Sheet by sheet.
    pub metrics: Result<Vec<String>, String>,
    pub agent_metrics: Result<Option<String>, String>,
    pub report: Value,
    pub live: Probe,
    pub ready: Probe,
    pub started: Probe,
    /// What the next reports are instead, one each; the last one stays.
    pub mishaps: Mutex<VecDeque<Option<ReportError>>>,
    /// What was asked for, in order.
    pub asked: Mutex<Vec<Filter>>,
}

impl FakeSite {
    pub fn new(queues: &[(&str, Value)]) -> Self {
        let yes = Probe { ok: true, lines: vec![] };
        Self {
            metrics: Ok(vec!["# TYPE up gauge\nup 1\n".to_owned()]),
            agent_metrics: Ok(Some("# TYPE up gauge\nup 2\n".to_owned())),
            report: report(queues),
            live: yes.clone(),
            ready: yes.clone(),
            started: yes,
            mishaps: Mutex::default(),
            asked: Mutex::default(),
        }
    }

    fn mishap(&self) -> Option<ReportError> {
        let mut mishaps = self.mishaps.lock().unwrap();
        if mishaps.len() > 1 { mishaps.pop_front().flatten() } else { mishaps.front().cloned().flatten() }
    }
}

impl Site for FakeSite {
    async fn metrics(&self) -> Result<Vec<Arc<Sheet>>, String> {
        self.metrics.clone().map(|texts| texts.into_iter().map(|text| Arc::new(Sheet::new(text))).collect())
    }

    async fn agent_metrics(&self) -> Result<Option<String>, String> {
        self.agent_metrics.clone()
    }

    async fn report(&self, filter: Filter) -> Result<String, ReportError> {
        self.asked.lock().unwrap().push(filter.clone());
        match self.mishap() {
            Some(error) => Err(error),
            None => Ok(filtered(&self.report, &filter)?.to_string()),
        }
    }

    fn live(&self) -> Probe {
        self.live.clone()
    }

    fn ready(&self) -> Probe {
        self.ready.clone()
    }

    fn started(&self) -> Probe {
        self.started.clone()
    }
}

/// The report of these queues, each as [`queue`] makes it.
pub fn report(queues: &[(&str, Value)]) -> Value {
    let queues: Map<_, _> = queues.iter().map(|(name, queue)| ((*name).to_owned(), queue.clone())).collect();
    let mut total = queue("", 12_340, 15_000, 22, Some(312.0));
    object(&mut total).retain(|key, _| key == "now" || key == "windows");
    json!({
        "at": "2026-03-02T09:00:06Z", "queues": queues, "agents": {}, "total": total, "state_hash": "00",
        "sources": sources(),
    })
}

/// What a service says that has read all there is.
pub fn sources() -> Value {
    json!({
        "ready": true, "as_of": "2026-03-02T09:00:06Z", "brokers_reachable": true, "brokers_away_since": null,
        "partitions_lost_at": null, "partitions_owned": 6, "rebalancing": false, "rebuilding": [], "lagging": [],
        "notes": [],
    })
}

/// A queue with a target of 80 % in 20 s, the same figures in each window.
pub fn queue(display: &str, met: u64, counted: u64, waiting: u64, longest_wait: Option<f64>) -> Value {
    let ratio = (counted > 0).then(|| met as f64 / counted as f64);
    let window = json!({
        "offered": counted, "answered": counted, "abandoned": counted / 20, "short_abandoned": 0, "flowed_out": 0,
        "service_level": { "met": met, "counted": counted, "ratio": ratio },
        "abandonment_rate": { "numerator": counted / 20, "denominator": counted, "ratio": ratio.map(|_| 0.0476) },
        "speed_of_answer": { "count": counted, "mean": ratio.map(|_| 18.4) },
        "handle_time": { "count": counted, "mean": ratio.map(|_| 252.3) },
    });
    json!({
        "display": display,
        "targets": { "service_level": { "threshold": 20.0, "target": 0.8 } },
        "now": { "waiting": waiting, "longest_wait": longest_wait, "in_service": 7, "backlog": 0 },
        "windows": { "5m": window, "30m": window, "today": window, "all": window },
    })
}

/// The same queue with so many tickets open, two of which await a reply.
pub fn desk(mut queue: Value, backlog: u64, oldest_awaiting: Option<f64>) -> Value {
    queue["now"]["in_service"] = 0.into();
    queue["now"]["backlog"] = backlog.into();
    queue["now"]["awaiting_reply"] = 2.into();
    queue["now"]["oldest_awaiting"] = oldest_awaiting.into();
    let today = &mut queue["windows"]["today"];
    today["created"] = 1_500.into();
    today["resolved"] = 1_412.into();
    today["first_response_time"] = json!({ "count": 1_400, "p50": 1_640.0, "p90": 4_500.0 });
    queue
}

fn filtered(report: &Value, filter: &Filter) -> Result<Value, ReportError> {
    let mut report = report.clone();
    let (queues, windows) = (&filter.queues, &filter.windows);
    if let Some((name, known)) = keep(object(&mut report["queues"]), queues) {
        return Err(ReportError::NoSuchQueue { name, known });
    }
    let total = object(&mut report["total"]["windows"]);
    if let Some((name, known)) = keep(total, windows) {
        return Err(ReportError::NoSuchWindow { name, known });
    }
    for queue in object(&mut report["queues"]).values_mut() {
        keep(object(&mut queue["windows"]), windows);
    }
    Ok(report)
}

/// Keeps what is wanted; if something wanted does not exist, its name and those that do.
fn keep(map: &mut Map<String, Value>, wanted: &[String]) -> Option<(String, Vec<String>)> {
    if let Some(name) = wanted.iter().find(|name| !map.contains_key(*name)) {
        return Some((name.clone(), map.keys().cloned().collect()));
    }
    map.retain(|name, _| wanted.is_empty() || wanted.contains(name));
    None
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().expect("the report has an object here")
}

/// A site being served, until it is dropped.
pub struct Served {
    pub address: SocketAddr,
    pub site: Arc<FakeSite>,
    pub stop: Option<oneshot::Sender<()>>,
    pub end: Option<JoinHandle<std::io::Result<()>>>,
    pub runtime: Runtime,
}

impl Served {
    pub fn new(site: FakeSite) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let site = Arc::new(site);
        let (stop, stopped) = oneshot::channel();
        let until = async { drop(stopped.await) };
        let end = runtime.spawn(serve(listener, site.clone(), until));
        Self { address, site, stop: Some(stop), end: Some(end), runtime }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}
