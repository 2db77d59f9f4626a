//! Which address gives what, with which headers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::body::Parts;
use super::flights::Flights;
use super::{Encoding, Filter, Probe, ReportError, Sheet, Site};

/// Answers of one kind (metrics, reports) that are made at a time. Each may hold a few megabytes of text, and more of them at
/// once would only make each slower; who comes later waits.
pub const AT_ONCE_MAX: usize = 4;

/// An answer that takes longer, waiting included, is given up as a 503: Prometheus' own scrape timeout is 10 s.
pub const ANSWER_MAX: Duration = Duration::from_secs(9);

/// What may be asked for, in the words of the 404 page; `router` has a route for each.
const PAGES: &str = "\
/                 the queues, for people
/metrics          for Prometheus
/metrics/agents   the same of single agents, where the config shows them (export.agents)
/api/v1/report    the figures as JSON; ?queue=a,b&window=5m&agents=off; what a part cannot tell is null
/livez            whether the process is alive
/readyz           whether its figures can be trusted
/startupz         whether its start is over
";

const NO_AGENTS: &str =
    "Single agents have no metrics: export.agents is \"off\" (\"on\" or \"pseudonym\" shows them).\n";

const PLAIN: &str = "text/plain; charset=utf-8";
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";
const JSON: &str = "application/json";

/// On every answer. The policy allows the page its own script, style and report and nothing else.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
];

/// All pages of `site`.
pub fn router<S: Site>(site: Arc<S>) -> Router {
    Router::new()
        .route("/", fixed("text/html; charset=utf-8", include_str!("page.html")))
        .route("/page.css", fixed("text/css; charset=utf-8", include_str!("page.css")))
        .route("/tickets.js", fixed("text/javascript; charset=utf-8", include_str!("tickets.js")))
        .route("/page.js", fixed("text/javascript; charset=utf-8", include_str!("page.js")))
        .route("/metrics", get(metrics::<S>))
        .route("/metrics/agents", get(agent_metrics::<S>))
        .route("/api/v1/report", get(report::<S>))
        .route("/livez", get(live::<S>))
        .route("/readyz", get(ready::<S>))
        .route("/startupz", get(started::<S>))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(map_response(with_headers))
        .with_state(Arc::new(Desk::new(site)))
}

/// The site, and the gates before its costly answers. They are apart, so that wallboards cannot hold up a scrape.
struct Desk<S> {
    site: Arc<S>,
    metrics: Gate<Encoding, Result<Packed, String>>,
    agent_metrics: Gate<Encoding, Result<Option<Packed>, String>>,
    reports: Gate<(Filter, Encoding), Result<Packed, ReportError>>,
}

/// An answer that is ready to be sent.
#[derive(Clone, Debug)]
struct Packed {
    encoding: Encoding,
    parts: Vec<Bytes>,
}

/// Makes [`AT_ONCE_MAX`] answers at a time, each for all who wait for it.
struct Gate<K, T> {
    turns: Semaphore,
    flights: Flights<K, T>,
    patience: Duration,
}

impl<S: Site> Desk<S> {
    fn new(site: Arc<S>) -> Self {
        let patience = ANSWER_MAX;
        Self { site, metrics: Gate::new(patience), agent_metrics: Gate::new(patience), reports: Gate::new(patience) }
    }
}

impl<K: Ord + Clone, T: Clone> Gate<K, T> {
    fn new(patience: Duration) -> Self {
        Self { turns: Semaphore::new(AT_ONCE_MAX), flights: Flights::default(), patience }
    }

    /// What `work` gives, or what it gave to somebody who asked the same; `None` if that, with the wait for a turn, took longer than
    /// the gate's patience.
    async fn pass(&self, question: &K, work: impl Future<Output = T>) -> Option<T> {
        let in_turn = async {
            let _turn = self.turns.acquire().await.expect("a gate is never closed");
            work.await
        };
        timeout(self.patience, self.flights.pass(question, in_turn)).await.ok()
    }
}

impl Packed {
    /// Packs sheets, away from the threads that answer: it takes milliseconds for each megabyte.
    async fn new(sheets: Vec<Arc<Sheet>>, encoding: Encoding) -> Result<Self, String> {
        let packing = tokio::task::spawn_blocking(move || encoding.pack(&sheets));
        let parts = packing.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        Ok(Self { encoding, parts })
    }

    fn into_response(self, content_type: &'static str) -> Response {
        let mut response = Response::new(Body::new(Parts::new(self.parts)));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if self.encoding != Encoding::Plain {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(self.encoding.name()));
        }
        response
    }
}

async fn metrics<S: Site>(State(desk): State<Arc<Desk<S>>>, headers: HeaderMap) -> Response {
    let encoding = Encoding::asked(&headers);
    let work = async { Packed::new(desk.site.metrics().await?, encoding).await };
    match desk.metrics.pass(&encoding, work).await {
        Some(Ok(packed)) => packed.into_response(EXPOSITION),
        Some(Err(why)) => no_metrics(&why),
        None => answer(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("{}\n", too_slow())),
    }
}

async fn agent_metrics<S: Site>(State(desk): State<Arc<Desk<S>>>, headers: HeaderMap) -> Response {
    let encoding = Encoding::asked(&headers);
    let work = async {
        match desk.site.agent_metrics().await? {
            Some(text) => Ok(Some(Packed::new(vec![Arc::new(Sheet::new(text))], encoding).await?)),
            None => Ok(None),
        }
    };
    match desk.agent_metrics.pass(&encoding, work).await {
        Some(Ok(Some(packed))) => packed.into_response(EXPOSITION),
        Some(Ok(None)) => answer(StatusCode::NOT_FOUND, PLAIN, NO_AGENTS.to_owned()),
        Some(Err(why)) => no_metrics(&why),
        None => answer(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("{}\n", too_slow())),
    }
}

fn no_metrics(why: &str) -> Response {
    answer(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("there are no metrics now: {why}\n"))
}

async fn report<S: Site>(
    State(desk): State<Arc<Desk<S>>>,
    Query(parameters): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    match filtered_report(&desk, parameters, Encoding::asked(&headers)).await {
        Ok(packed) => packed.into_response(JSON),
        Err(error) => refuse(&error),
    }
}

async fn filtered_report<S: Site>(
    desk: &Desk<S>,
    parameters: Vec<(String, String)>,
    encoding: Encoding,
) -> Result<Packed, ReportError> {
    let question = (Filter::read(parameters)?, encoding);
    let work = async {
        let text = desk.site.report(question.0.clone()).await?;
        Packed::new(vec![Arc::new(Sheet::new(text))], encoding).await.map_err(ReportError::Unavailable)
    };
    let report = desk.reports.pass(&question, work).await;
    report.unwrap_or_else(|| Err(ReportError::Unavailable(too_slow())))
}

fn too_slow() -> String {
    format!("no answer within {} s", ANSWER_MAX.as_secs())
}

fn refuse(error: &ReportError) -> Response {
    let status = match error {
        ReportError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({ "reason": error.reason(), "message": error.to_string() });
    answer(status, JSON, format!("{body}\n"))
}

async fn live<S: Site>(State(desk): State<Arc<Desk<S>>>) -> Response {
    probe(&desk.site.live())
}

async fn ready<S: Site>(State(desk): State<Arc<Desk<S>>>) -> Response {
    probe(&desk.site.ready())
}

async fn started<S: Site>(State(desk): State<Arc<Desk<S>>>) -> Response {
    probe(&desk.site.started())
}

fn probe(probe: &Probe) -> Response {
    let (status, verdict) = match probe.ok {
        true => (StatusCode::OK, "ok\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ok\n"),
    };
    let reasons = probe.lines.iter().map(|line| format!("{line}\n"));
    answer(status, PLAIN, std::iter::once(verdict.to_owned()).chain(reasons).collect())
}

async fn not_found() -> Response {
    answer(StatusCode::NOT_FOUND, PLAIN, format!("There is no such page. These exist:\n{PAGES}"))
}

async fn wrong_method() -> Response {
    answer(StatusCode::METHOD_NOT_ALLOWED, PLAIN, "This page can only be read: use GET or HEAD.\n".to_owned())
}

fn fixed<S: Clone + Send + Sync + 'static>(content_type: &'static str, text: &'static str) -> MethodRouter<S> {
    get(async move || ([(header::CONTENT_TYPE, content_type)], text))
}

fn answer(status: StatusCode, content_type: &'static str, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}

async fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn an_answer_that_takes_too_long_is_given_up_and_its_turn_is_free_again() {
        let gate = Gate::new(Duration::from_millis(1));
        for question in 0..=AT_ONCE_MAX {
            assert_eq!(gate.pass(&question, pending::<u8>()).await, None);
        }
        assert_eq!(gate.pass(&0, ready(7)).await, Some(7));
    }

    #[tokio::test]
    async fn who_gets_no_turn_in_time_is_given_up_too() {
        let gate = Gate::new(Duration::from_millis(1));
        let _turns = gate.turns.acquire_many(AT_ONCE_MAX as u32).await.unwrap();
        assert_eq!(gate.pass(&0, ready(7)).await, None);
    }
}
