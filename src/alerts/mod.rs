//! Alerts: what is worth waking somebody for, as values from which rules for Prometheus are written and a backtest is run.
//!
//! **Why values.** A rule that is text can be tried on tomorrow's figures only. Here each condition is a tree of figures (`Expr`): it
//! is written as PromQL, and computed over the figures of a log, so that a backtest says what the rules would have said.
//!
//! **Words.** *Rule*: an alert or a *recording*, a number that other rules read. *Known*: the config knows the queue, every partition is
//! owned, and nothing is read late. *Watched*: known, and the queue is not closed. *Page*: somebody has to act now. *Ticket*: somebody
//! has to act today.
//!
//! **Invariant.** Figures are summed over all instances before any ratio is made. Limits come from `/metrics`, never from the text of a
//! rule, so that a rule holds for every queue. Alerts of queues fire for known queues only; pages for watched ones only.

mod backtest;
mod centre;
mod expr;
mod figure;
mod platform;
mod promises;
mod prose;
mod routes;
mod sight;
mod targets;
mod yaml;

pub use backtest::{Backtest, Episode, Missed, Outcome};
pub use routes::routes;

use expr::Expr;
use figure::{Figure, KNOWN, WATCHED};
use sight::{Place, Sight};

use crate::rules::{Rules, Window};
use crate::time::Span;

/// All rules for one config.
#[derive(Clone, Debug)]
pub struct RuleBook {
    groups: Vec<Group>,
    left_out: Vec<LeftOut>,
}

/// An alert that this config has no figures for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name.
    pub alert: &'static str,
    /// The windows that it needs and that are not exported.
    pub windows: Vec<String>,
}

/// Which of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Half {
    /// What the centre promised its customers.
    ContactCentre,
    /// Whether figures can be believed.
    Platform,
}

/// Rules that Prometheus evaluates one after the other, at one moment.
#[derive(Clone, Debug)]
struct Group {
    name: &'static str,
    half: Half,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
enum Rule {
    Recording(Recording),
    Alert(Box<Alert>),
}

/// A number that is computed once and kept under a name.
#[derive(Clone, Debug)]
struct Recording {
    record: &'static str,
    window: Option<String>,
    promql: String,
    why: &'static str,
}

/// Somebody is told when a condition holds for some time.
#[derive(Clone, Debug)]
pub struct Alert {
    name: &'static str,
    why: &'static str,
    severity: Severity,
    condition: Condition,
    hold: Span, // the condition must hold this long before it fires
    keep: Span, // and not hold this long before it ends
    labels: Vec<(&'static str, String)>,
    owner: Owner,
    summary: String,
    description: String,
    runbook: Option<String>,
}

/// How soon somebody has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Now.
    Page,
    /// Today.
    Ticket,
}

/// When an alert is active.
#[derive(Clone, Debug)]
enum Condition {
    /// At each place, or for each promise, where these figures say so, and that is one of these.
    Queues(Gate, Expr),
    /// Where these figures of the whole centre say so.
    Centre(Expr),
    /// Where the service says so of itself: PromQL. No log tells of that.
    Service(&'static str),
}

/// Which places an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    /// Those of known queues.
    Known,
    /// Those of known queues that are not closed.
    Watched,
}

/// Whom an alert belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Owner {
    /// The owner of its queue.
    Queue,
    /// Who answers for the target, else the owner of the queue.
    Target { kpi: String, window: String },
    /// The same for every queue.
    Named(&'static str),
}

/// Whose the queues are that tell no owner.
pub const CONTACT_CENTRE: &str = "contact-centre";
/// Whose the service is.
pub const PLATFORM: &str = "platform";

impl RuleBook {
    /// The rules of a config that exports gauges of these windows.
    pub fn new(rules: &Rules, exported: &[Window]) -> Self {
        let mut left_out = Vec::new();
        let mut groups = vec![centre::group(rules, exported, &mut left_out)];
        groups.extend(platform::groups());
        Self { groups, left_out }
    }

    /// As YAML, whole or one half.
    pub fn yaml(&self, half: Option<Half>) -> String {
        yaml::file(half, self.groups.iter().filter(|group| half.is_none_or(|half| half == group.half)))
    }

    /// The alerts that there are no figures for.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The alerts, in order.
    fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.groups.iter().flat_map(|group| &group.rules).filter_map(|rule| match rule {
            Rule::Alert(alert) => Some(&**alert),
            Rule::Recording(_) => None,
        })
    }
}

impl Half {
    /// Its name, that of its file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ContactCentre => CONTACT_CENTRE,
            Self::Platform => PLATFORM,
        }
    }
}

impl Severity {
    /// The label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }
}

impl Gate {
    const fn record(self) -> &'static str {
        match self {
            Self::Known => KNOWN,
            Self::Watched => WATCHED,
        }
    }

    fn lets(self, place: &Place<'_>) -> bool {
        match self {
            Self::Known => place.terms.is_known,
            Self::Watched => place.is_watched(),
        }
    }
}

impl Alert {
    fn new(name: &'static str, severity: Severity, condition: Condition) -> Self {
        let owner = match condition {
            Condition::Queues(..) => Owner::Queue,
            Condition::Centre(_) => Owner::Named(CONTACT_CENTRE),
            Condition::Service(_) => Owner::Named(PLATFORM),
        };
        let labels = Vec::new();
        let [summary, description] = [String::new(), String::new()];
        let (hold, keep) = (Span::ZERO, Span::ZERO);
        Self { name, why: "", severity, condition, hold, keep, labels, owner, summary, description, runbook: None }
    }

    fn page(name: &'static str, condition: Condition) -> Self {
        Self::new(name, Severity::Page, condition)
    }

    fn ticket(name: &'static str, condition: Condition) -> Self {
        Self::new(name, Severity::Ticket, condition)
    }

    /// It fires once its condition held for the one span, and ends once it did not for the other.
    fn lasting(self, hold: Span, keep: Span) -> Self {
        Self { hold, keep, ..self }
    }

    fn labelled(mut self, label: &'static str, value: impl Into<String>) -> Self {
        self.labels.push((label, value.into()));
        self
    }

    fn owned(self, owner: Owner) -> Self {
        Self { owner, ..self }
    }

    fn because(self, why: &'static str) -> Self {
        Self { why, ..self }
    }

    /// What is said: the figure, what it is held against and what to do; and what that means.
    fn saying(self, summary: impl Into<String>, description: impl Into<String>) -> Self {
        Self { summary: summary.into(), description: description.into(), ..self }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// How soon somebody has to act.
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// What tells it from others of the same name: the KPI that it is about, where it is about one, and its window.
    pub fn about(&self) -> String {
        let label = |name: &str| self.labels.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str());
        match (label("kpi"), label("window")) {
            (Some(kpi), Some(window)) => format!("{kpi} {window}"),
            (kpi, _) => kpi.unwrap_or_default().to_owned(),
        }
    }

    /// The condition as PromQL, with the owner as a label where there is one.
    fn promql(&self) -> String {
        let (gate, expr) = match &self.condition {
            Condition::Queues(gate, expr) => (gate.record(), expr),
            Condition::Centre(expr) => return expr.promql(),
            Condition::Service(promql) => return (*promql).to_owned(),
        };
        match &self.owner {
            Owner::Target { kpi, window } => {
                let gated =
                    expr::bracketed(&format!("{}\nand on (queue, channel) {gate}", expr.within(expr::AND_BINDS)));
                format!("{gated}\n* on (queue, channel) group_left (owner)\n{}", owner_of_target(kpi, window, gate))
            }
            _ => {
                let expr = expr.within(expr::TIMES_BIND);
                format!("{expr}\n* on (queue, channel) group_left (owner) {gate}")
            }
        }
    }

    /// Where it is active: at places, with the numbers there, or in the centre.
    fn active<'v>(&self, sight: &Sight<'v>) -> Vec<(Option<Place<'v>>, f64)> {
        match &self.condition {
            Condition::Queues(gate, expr) => {
                let spots = sight.spots(expr.level()).filter(|spot| gate.lets(spot));
                spots.filter_map(|spot| Some((Some(spot), expr.value(sight, &spot)?))).collect()
            }
            Condition::Centre(expr) => {
                let somewhere = sight.places.first();
                let value = somewhere.and_then(|place| expr.value(sight, place));
                value.map(|value| (None, value)).into_iter().collect()
            }
            Condition::Service(_) => Vec::new(),
        }
    }

    /// Whom it belongs to, of a place.
    fn owner_at(&self, place: Option<&Place<'_>>, sight: &Sight<'_>) -> String {
        let of_queue = || place.and_then(|place| place.terms.owner.clone());
        let owner = match &self.owner {
            Owner::Named(name) => Some((*name).to_owned()),
            Owner::Queue => of_queue(),
            Owner::Target { kpi, window } => {
                place.and_then(|place| sight.verdict(place, kpi, window)?.target.owner.clone()).or_else(of_queue)
            }
        };
        owner.unwrap_or_else(|| CONTACT_CENTRE.to_owned())
    }

    /// The figures that it reads; none of an alert about the service.
    fn figures<'a>(&'a self, visit: &mut dyn FnMut(&'a Figure)) {
        match &self.condition {
            Condition::Queues(_, expr) | Condition::Centre(expr) => expr.figures(visit),
            Condition::Service(_) => {}
        }
    }

    /// Whether a log can tell whether it would have fired.
    fn is_about_figures(&self) -> bool {
        !matches!(self.condition, Condition::Service(_))
    }
}

/// Who answers for a target, else the owner of the queue: 1, with the owner as a label.
fn owner_of_target(kpi: &str, window: &str, gate: &str) -> String {
    let labels = format!("kpi=\"{kpi}\",window=\"{window}\",owner!=\"\"");
    format!(
        "(\n  topk by (queue, channel) (1, max by (queue, channel, owner) (contactpulse_kpi_info{{{labels}}}))\n  \
         or on (queue, channel) {gate}\n)"
    )
}
