//! The numbers that conditions read: how each is asked of Prometheus, summed over all instances, and how it is read here.
//!
//! **Invariant.** Both ways read the same number of the same view: names come from the catalogue of metrics, numbers of windows from
//! what writes them.

use super::expr::Level;
use super::sight::{Place, Sight};
use crate::export::catalog::{self, Family};
use crate::export::{Column, column};
use crate::kpi::{Group, NowFigure, NowKpi, PromiseNow};
use crate::measure::SlaTarget;
use crate::rules::{Direction, Target, Window};
use crate::targets::{State, Subject};
use crate::time::Span;

/// A number that `/metrics` shows.
#[derive(Clone, Debug)]
pub(super) enum Figure {
    /// One number of what was booked in a window.
    Booked { subject: Subject, part: usize, window: Window },
    /// The same, so long ago.
    Ago { subject: Subject, part: usize, window: Window, ago: Span },
    /// What is so now.
    Now(&'static NowKpi),
    /// The threshold of the service level, in seconds.
    Threshold,
    /// A limit of a KPI that has a target, of those with this direction where it matters.
    Limit { limit: Limit, kpi: String, window: String, direction: Option<Direction> },
    /// 1 or 0: whether a KPI that has a target is in this state.
    Stands { kpi: String, window: String, state: State },
    /// 1 or 0: whether the queue is open.
    Open,
    /// How many agents of the queue are in one of these states, where any state of an agent was ever told of the queue.
    Agents(Agents),
    /// How many promises of a policy and target stand so, of all targets but one.
    Promises { standing: Standing, but: Option<SlaTarget> },
    /// 1 where the config knows the queue, its figures can be believed, and it is not closed.
    Watched,
}

/// A number that a KPI is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// What is aimed at.
    Target,
    /// Worse is a warning.
    Warning,
    /// Worse is critical.
    Critical,
    /// Of fewer samples nothing is said.
    MinSamples,
}

/// Which agents are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Agents {
    /// Those who serve contacts or are ready to.
    Serving,
    /// Those who are logged in.
    LoggedIn,
}

/// How promises stand that are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Their deadline is near.
    AtRisk,
    /// Their deadline has passed.
    Broken,
}

/// The record of queues that the config knows, while figures can be believed.
pub(super) const KNOWN: &str = "queue_channel:contactpulse_known:info";
/// The record of [`Figure::Watched`].
pub(super) const WATCHED: &str = "queue_channel:contactpulse_watched:info";

/// The family of each KPI of now, and how instances are merged.
const NOW_FAMILIES: [(&str, Family, &str); 10] = [
    ("waiting", catalog::WAITING, "sum"),
    ("longest_wait", catalog::LONGEST_WAIT, "max"),
    ("in_service", catalog::IN_SERVICE, "sum"),
    ("in_after_contact", catalog::IN_AFTER_CONTACT, "sum"),
    ("callbacks_waiting", catalog::CALLBACKS_WAITING, "sum"),
    ("oldest_callback", catalog::OLDEST_CALLBACK, "max"),
    ("backlog", catalog::BACKLOG, "sum"),
    ("unassigned", catalog::UNASSIGNED, "sum"),
    ("awaiting_reply", catalog::AWAITING_REPLY, "sum"),
    ("oldest_awaiting", catalog::OLDEST_AWAITING, "max"),
];

impl Figure {
    pub(super) const fn level(&self) -> Level {
        match self {
            Self::Agents(_) => Level::Queue,
            Self::Promises { .. } => Level::Promise,
            _ => Level::Place,
        }
    }

    /// The window that has to be read for it.
    pub(super) const fn window(&self) -> Option<Window> {
        match self {
            Self::Booked { window, .. } | Self::Ago { window, .. } => Some(*window),
            _ => None,
        }
    }

    /// The same as of now.
    pub(super) fn without_ago(&self) -> Self {
        match self {
            Self::Ago { subject, part, window, .. } => Self::Booked { subject: *subject, part: *part, window: *window },
            other => other.clone(),
        }
    }

    /// Whether two figures of before are the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let of = |figure: &Self| match figure {
            Self::Ago { subject, part, window, ago } => Some((subject.name(), *part, *window, *ago)),
            _ => None,
        };
        of(self).is_some() && of(self) == of(other)
    }

    pub(super) fn promql(&self) -> String {
        match self {
            Self::Booked { subject, part, window } => booked(*subject, *part, *window, ""),
            Self::Ago { subject, part, window, ago } => {
                booked(*subject, *part, *window, &format!(" offset {}", in_prometheus(*ago)))
            }
            Self::Now(kpi) => {
                let (_, family, merge) = now_family(kpi.name);
                by_place(merge, &family.name)
            }
            Self::Threshold => by_place("max", &catalog::THRESHOLD.name),
            Self::Limit { limit, kpi, window, direction } => limited(*limit, kpi, window, *direction),
            Self::Stands { kpi, window, state } => {
                let labels = format!("{{kpi=\"{kpi}\",window=\"{window}\",state=\"{}\"}}", state.name());
                by_place("max", &format!("{}{labels}", catalog::KPI_STATE.name))
            }
            Self::Open => open(),
            Self::Agents(agents) => {
                let (name, states) = (&catalog::QUEUE_AGENTS.name, agents.matcher());
                format!("(sum by (queue) ({name}{{{states}}}) or on (queue) 0 * sum by (queue) ({name}))")
            }
            Self::Promises { standing, but } => {
                let but = but.map_or_else(String::new, |target| format!("{{target!=\"{}\"}}", target.name()));
                format!("sum by (queue, channel, policy, target) ({}{but})", standing.family().name)
            }
            Self::Watched => WATCHED.to_owned(),
        }
    }

    pub(super) fn value(&self, sight: &Sight<'_>, place: &Place<'_>) -> Option<f64> {
        match self {
            Self::Booked { subject, part, window } => read(*subject, *part, *window, sight, place),
            Self::Ago { ago, .. } => sight.history.value(self, place, sight.at - *ago),
            Self::Now(kpi) => Some(match (kpi.read)(&place.series.now) {
                NowFigure::Count(count) => count as f64,
                NowFigure::Age(age) => age.map_or(0.0, Span::as_seconds),
            }),
            Self::Threshold => place.shows(Group::Contacts).then(|| place.terms.level.threshold.as_seconds()),
            Self::Limit { limit, kpi, window, direction } => limit_at(*limit, kpi, window, *direction, sight, place),
            Self::Stands { kpi, window, state } => {
                let verdict = sight.verdict(place, kpi, window)?;
                Some(if verdict.state == *state { 1.0 } else { 0.0 })
            }
            Self::Open => place.is_open.map(|is_open| if is_open { 1.0 } else { 0.0 }),
            Self::Agents(agents) => sight.agents(place.queue, *agents),
            Self::Promises { standing, but } => {
                let ((_, target), now) = place.promise?;
                (Some(*target) != *but).then(|| standing.count(now) as f64)
            }
            Self::Watched => place.is_watched().then_some(1.0),
        }
    }
}

impl Standing {
    const fn family(self) -> Family {
        match self {
            Self::AtRisk => catalog::SLA_AT_RISK,
            Self::Broken => catalog::SLA_BREACHED_OPEN,
        }
    }

    const fn count(self, now: &PromiseNow) -> u64 {
        match self {
            Self::AtRisk => now.at_risk,
            Self::Broken => now.breached_open,
        }
    }
}

impl Agents {
    const SERVING: [&'static str; 3] = ["available", "on_contact", "after_contact"];
    const OFFLINE: &'static str = "offline";

    fn matcher(self) -> String {
        match self {
            Self::Serving => format!("state=~\"{}\"", Self::SERVING.join("|")),
            Self::LoggedIn => format!("state!=\"{}\"", Self::OFFLINE),
        }
    }

    /// Whether agents in a state of this name count.
    pub(super) fn count(self, state: &str) -> bool {
        match self {
            Self::Serving => Self::SERVING.contains(&state),
            Self::LoggedIn => state != Self::OFFLINE,
        }
    }
}

impl Limit {
    const fn family(self) -> Family {
        match self {
            Self::Target => catalog::KPI_TARGET,
            Self::Warning => catalog::KPI_WARNING,
            Self::Critical => catalog::KPI_CRITICAL,
            Self::MinSamples => catalog::KPI_MIN_SAMPLES,
        }
    }

    fn of(self, target: &Target) -> f64 {
        match self {
            Self::Target => target.target,
            Self::Warning => target.warning,
            Self::Critical => target.critical,
            Self::MinSamples => target.min_samples as f64,
        }
    }
}

/// Whether queues are open. What an instance was told goes over what the others take from the calendar.
pub(super) fn open() -> String {
    let [told, open] = [catalog::QUEUE_TOLD_OPEN, catalog::QUEUE_OPEN].map(|family| by_place("max", &family.name));
    format!("({told} or on (queue, channel) {open})")
}

/// A span as Prometheus writes it.
pub(super) fn in_prometheus(span: Span) -> String {
    const WEEK_MS: i64 = 7 * 86_400_000;
    match span.as_millis() {
        ms if ms > 0 && ms % WEEK_MS == 0 => format!("{}w", ms / WEEK_MS),
        _ => span.to_string(),
    }
}

fn now_family(kpi: &str) -> &'static (&'static str, Family, &'static str) {
    NOW_FAMILIES.iter().find(|(name, ..)| *name == kpi).expect("every KPI of now is shown")
}

fn by_place(merge: &str, selector: &str) -> String {
    format!("{merge} by (queue, channel) ({selector})")
}

/// Counts and sums add up over instances; of what does not, only an instance that has it all shows a number.
fn booked(subject: Subject, part: usize, window: Window, offset: &str) -> String {
    let kpi = subject.booked().expect("a figure of a window is of a KPI of windows");
    let Column { family, stat, adds_up } = column(kpi, part);
    let stat = stat.map_or_else(String::new, |stat| format!(",stat=\"{stat}\""));
    let merge = if adds_up { "sum" } else { "max" };
    by_place(merge, &format!("{family}{{window=\"{}\"{stat}}}{offset}", window.name()))
}

fn read(subject: Subject, part: usize, window: Window, sight: &Sight<'_>, place: &Place<'_>) -> Option<f64> {
    let kpi = subject.booked()?;
    let tallies = match subject {
        Subject::OfComplaints(_) => &place.series.complaints,
        _ => &place.series.tallies,
    };
    let tally = tallies.get(sight.window(window)?)?;
    place.shows(kpi.group()).then(|| crate::export::number(kpi, tally, part)).flatten()
}

fn limited(limit: Limit, kpi: &str, window: &str, direction: Option<Direction>) -> String {
    let labels = format!("kpi=\"{kpi}\",window=\"{window}\"");
    let own = by_place("max", &format!("{}{{{labels}}}", limit.family().name));
    let Some(direction) = direction else { return own };
    let info = format!("{}{{{labels},direction=\"{}\"}}", catalog::KPI_INFO.name, direction.name());
    format!("({own} and on (queue, channel) {})", by_place("max", &info))
}

/// The service level has a target without a block of its own.
fn limit_at(
    limit: Limit,
    kpi: &str,
    window: &str,
    direction: Option<Direction>,
    sight: &Sight<'_>,
    place: &Place<'_>,
) -> Option<f64> {
    match sight.verdict(place, kpi, window) {
        Some(verdict) => {
            let is_asked = direction.is_none_or(|direction| verdict.target.direction == direction);
            is_asked.then(|| limit.of(verdict.target))
        }
        None if limit == Limit::Target && kpi == "service_level" && place.shows(Group::Contacts) => {
            Some(place.terms.level.target)
        }
        None => None,
    }
}
