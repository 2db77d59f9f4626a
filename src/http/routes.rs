//! Which address gives what, with which headers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{Filter, Probe, ReportError, Site};

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
        .with_state(Arc::new(Desk { site, metrics: Gate::new(ANSWER_MAX), reports: Gate::new(ANSWER_MAX) }))
}

/// The site, and the gates before its two costly answers. They are apart, so that wallboards cannot hold up a scrape.
struct Desk<S> {
    site: Arc<S>,
    metrics: Gate,
    reports: Gate,
}

/// Lets [`AT_ONCE_MAX`] through at a time.
struct Gate {
    turns: Semaphore,
    patience: Duration,
}

impl Gate {
    fn new(patience: Duration) -> Self {
        Self { turns: Semaphore::new(AT_ONCE_MAX), patience }
    }

    /// What `work` gives; `None` if that, with the wait for a turn, took longer than the gate's patience.
    async fn pass<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let in_turn = async {
            let _turn = self.turns.acquire().await.expect("a gate is never closed");
            work.await
        };
        timeout(self.patience, in_turn).await.ok()
    }
}

async fn metrics<S: Site>(State(desk): State<Arc<Desk<S>>>) -> Response {
    match desk.metrics.pass(desk.site.metrics()).await {
        Some(Ok(text)) => answer(StatusCode::OK, EXPOSITION, text),
        Some(Err(why)) => answer(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("there are no metrics now: {why}\n")),
        None => answer(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("{}\n", too_slow())),
    }
}

async fn agent_metrics<S: Site>(State(desk): State<Arc<Desk<S>>>) -> Response {
    match desk.metrics.pass(desk.site.agent_metrics()).await {
        Some(Ok(Some(text))) => answer(StatusCode::OK, EXPOSITION, text),
        Some(Ok(None)) => answer(StatusCode::NOT_FOUND, PLAIN, NO_AGENTS.to_owned()),
        Some(Err(why)) => answer(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("there are no metrics now: {why}\n")),
        None => answer(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("{}\n", too_slow())),
    }
}

async fn report<S: Site>(
    State(desk): State<Arc<Desk<S>>>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Response {
    match filtered_report(&desk, parameters).await {
        Ok(text) => answer(StatusCode::OK, JSON, text),
        Err(error) => refuse(&error),
    }
}

async fn filtered_report<S: Site>(desk: &Desk<S>, parameters: Vec<(String, String)>) -> Result<String, ReportError> {
    let filter = Filter::read(parameters)?;
    let report = desk.reports.pass(desk.site.report(filter)).await;
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
        for _ in 0..=AT_ONCE_MAX {
            assert_eq!(gate.pass(pending::<()>()).await, None);
        }
        assert_eq!(gate.pass(ready(7)).await, Some(7));
    }

    #[tokio::test]
    async fn who_gets_no_turn_in_time_is_given_up_too() {
        let gate = Gate::new(Duration::from_millis(1));
        let _turns = gate.turns.acquire_many(AT_ONCE_MAX as u32).await.unwrap();
        assert_eq!(gate.pass(ready(7)).await, None);
    }
}
