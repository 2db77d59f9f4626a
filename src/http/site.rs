//! What the pages show, as the runtime must offer it.

use std::sync::Arc;

use thiserror::Error;

use super::Sheet;

/// What the pages show; implemented by the runtime. Every answer is for the moment of the question.
pub trait Site: Send + Sync + 'static {
    /// All metrics in Prometheus' text format 0.0.4, sheet by sheet. Err: why there are none; the visitor gets a 503 with it.
    fn metrics(&self) -> impl Future<Output = Result<Vec<Arc<Sheet>>, String>> + Send;

    /// The metrics of single agents, likewise. `None`: they are not to be shown; the visitor gets a 404 that says so.
    fn agent_metrics(&self) -> impl Future<Output = Result<Option<String>, String>> + Send;

    /// The report, restricted by `filter`, as the text of one JSON object. A queue of the configuration that had no contact
    /// yet exists; a name that neither the configuration nor any event has is [`ReportError::NoSuchQueue`].
    fn report(&self, filter: Filter) -> impl Future<Output = Result<String, ReportError>> + Send;

    /// Whether the loop beats. No: the process should be restarted.
    fn live(&self) -> Probe;

    /// Whether the figures can be trusted: partitions are assigned and what was read before is counted again.
    fn ready(&self) -> Probe;

    /// Whether the start is over, so that `live` may be asked.
    fn started(&self) -> Probe;
}

/// What a reader of the report wants to see of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Filter {
    /// Names of queues, in the order asked for; empty: all of them. `total` is then the total of these.
    pub queues: Vec<String>,
    /// Names of windows and intervals, in the order asked for; empty: all of them.
    pub windows: Vec<String>,
    /// Leave `agents` out: a page of the queues has no use for five thousand of them every two seconds. Always so where queues
    /// are named.
    pub without_agents: bool,
}

/// The answer to "are you well?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Yes: status 200. No: status 503.
    pub ok: bool,
    /// Why, one reason a line: `kafka: no broker reachable for 12 s`.
    pub lines: Vec<String>,
}

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReportError {
    /// The filter names a queue that does not exist. `known`: those that do, in the order to show.
    #[error("there is no queue {name:?}; {}", list("queues", known))]
    NoSuchQueue {
        /// What was asked for.
        name: String,
        /// What exists.
        known: Vec<String>,
    },
    /// The filter names a window or interval that is not configured. `known`: those that are.
    #[error("there is no window {name:?}; {}", list("windows", known))]
    NoSuchWindow {
        /// What was asked for.
        name: String,
        /// What exists.
        known: Vec<String>,
    },
    /// The address has a parameter that means nothing, or a value that it cannot have. The text says what would be right.
    #[error("{0}")]
    BadParameter(String),
    /// There is none now, and this is why.
    #[error("there is no report now: {0}")]
    Unavailable(String),
}

impl ReportError {
    /// The kind of error, from a closed set.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NoSuchQueue { .. } => "no_such_queue",
            Self::NoSuchWindow { .. } => "no_such_window",
            Self::BadParameter(_) => "bad_parameter",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

/// A centre may have thousands of queues; an error message names this many of them.
const NAMED_MAX: usize = 20;

fn list(what: &str, known: &[String]) -> String {
    if known.is_empty() {
        return format!("there are no {what} yet");
    }
    let named = known[..known.len().min(NAMED_MAX)].join(", ");
    match known.len().saturating_sub(NAMED_MAX) {
        0 => format!("the {what} are {named}"),
        more => format!("the {what} are {named} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_what_exists_but_not_thousands_of_it() {
        let known: Vec<String> = (0..23).map(|n| format!("q{n}")).collect();
        let text = ReportError::NoSuchQueue { name: "sale".into(), known }.to_string();
        assert!(text.starts_with("there is no queue \"sale\"; the queues are q0, q1, "), "{text}");
        assert!(text.ends_with("q18, q19 and 3 more"), "{text}");
    }

    #[test]
    fn an_error_before_the_first_queue_says_that_there_are_none() {
        let error = ReportError::NoSuchQueue { name: "sales".into(), known: vec![] };
        assert_eq!(error.to_string(), "there is no queue \"sales\"; there are no queues yet");
    }
}
