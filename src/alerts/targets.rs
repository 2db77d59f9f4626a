//! The rules of targets: each figure that some `[[kpi]]` block speaks of, held against its limits.
//!
//! **Why one rule for a figure and not one for a block.** Which block holds for a queue, its limits and its words are metrics already.
//!
//! **Fleet-wide where it can be.** Counts, ratios, means and what is so now are made of sums over instances. A percentile is not, nor is
//! a window that is not exported: then the state that an instance with every partition tells has to do (`contactpulse_kpi_state`).

use super::expr::Expr;
use super::figure::{Figure, Limit};
use super::prose::{self, PLACE};
use super::{Alert, Condition, Gate, Owner, Severity};
use crate::kpi::{Figure as Shape, Share};
use crate::rules::{Direction, Rules, Stat, Target, Window};
use crate::targets::{State, Subject};
use crate::time::Span;
use crate::window::Tally;

/// A figure that targets speak of.
struct Judged<'a> {
    target: &'a Target,
    subject: Subject,
    /// Whether other blocks want it the other way round.
    is_mixed: bool,
}

/// A figure and how many samples it rests on, where it rests on some.
struct Sums {
    figure: Expr,
    samples: Option<Expr>,
}

pub(super) fn alerts(rules: &Rules, exported: &[Window]) -> Vec<Alert> {
    let severities = [Severity::Page, Severity::Ticket];
    let judged = judged(rules);
    judged.iter().flat_map(|own| severities.map(|severity| alert(own, severity, exported))).collect()
}

/// Each figure once, for each direction.
fn judged(rules: &Rules) -> Vec<Judged<'_>> {
    let mut all: Vec<Judged<'_>> = Vec::new();
    for target in &rules.targets {
        let is_known =
            |own: &Judged<'_>| own.target.figure() == target.figure() && own.target.direction == target.direction;
        if let (false, Some(subject)) = (all.iter().any(is_known), Subject::named(&target.kpi)) {
            let others = rules.targets.iter().filter(|other| other.figure() == target.figure());
            let is_mixed = others.into_iter().any(|other| other.direction != target.direction);
            all.push(Judged { target, subject, is_mixed });
        }
    }
    all
}

fn alert(own: &Judged<'_>, severity: Severity, exported: &[Window]) -> Alert {
    let (limit, state, name) = match severity {
        Severity::Page => (Limit::Critical, State::Critical, "ContactPulseKpiCritical"),
        Severity::Ticket => (Limit::Warning, State::Warning, "ContactPulseKpiWarning"),
    };
    let (kpi, window) = (own.target.label(), own.target.window_name());
    let sums = sums(own, exported);
    let figure = sums.as_ref().map_or_else(String::new, |_| format!(" is {}", prose::figure(own.subject.unit())));
    let condition = match sums {
        Some(sums) => own.is_worse(sums, limit),
        None => own.stands(state),
    };
    let hold = Span::from_seconds(if severity == Severity::Page { 60 } else { 300 });
    Alert::new(name, severity, Condition::Queues(Gate::Watched, condition))
        .lasting(hold, Span::from_seconds(300))
        .owned(Owner::Target { kpi: kpi.clone(), window: window.clone() })
        .labelled("kpi", kpi.clone())
        .labelled("window", window.clone())
        .labelled("direction", own.target.direction.name())
        .saying(
            own.summary(state, &figure),
            format!("Why it is promised: {}", prose::word("why", &kpi, &window, "not told.")),
        )
        .led_by(prose::word("runbook", &kpi, &window, &format!("deploy/RUNBOOK.md#{}", name.to_lowercase())))
}

impl Alert {
    /// Where it is written what to do.
    fn led_by(self, runbook: String) -> Self {
        Self { runbook: Some(runbook), ..self }
    }
}

impl Judged<'_> {
    fn limit(&self, limit: Limit) -> Expr {
        let (kpi, window) = (self.target.label(), self.target.window_name());
        let direction = self.is_mixed.then_some(self.target.direction);
        Figure::Limit { limit, kpi, window, direction }.into()
    }

    /// The figure where it is worse than a limit and rests on enough samples.
    fn is_worse(&self, sums: Sums, limit: Limit) -> Expr {
        let worse = match self.target.direction {
            Direction::Higher => sums.figure.below(self.limit(limit)),
            Direction::Lower => sums.figure.above(self.limit(limit)),
        };
        match sums.samples {
            Some(samples) => worse.and(samples.at_least(self.limit(Limit::MinSamples))),
            None => worse,
        }
    }

    /// What an instance tells that owns every partition. What is critical is a warning besides.
    fn stands(&self, state: State) -> Expr {
        let stands = |state| {
            let (kpi, window) = (self.target.label(), self.target.window_name());
            Expr::from(Figure::Stands { kpi, window, state }).equal(1.0)
        };
        let either = if state == State::Warning { stands(state).or(stands(State::Critical)) } else { stands(state) };
        if self.is_mixed { either.and(self.limit(Limit::Target)) } else { either }
    }

    fn summary(&self, state: State, figure: &str) -> String {
        let (kpi, window, unit) = (self.target.label(), self.target.window_name(), self.subject.unit());
        let [limit, target] = [state.name(), "target"].map(|which| prose::limit(which, &kpi, &window, unit));
        let than = if self.target.direction == Direction::Higher { "below" } else { "above" };
        let to_do = prose::word("runbook", &kpi, &window, "see the runbook");
        format!("{PLACE}: {kpi} over {window}{figure}, {} {than} {limit}, target {target}: {to_do}", state.name())
    }
}

/// The figure of the whole fleet; `None`: it does not come of sums that are exported.
fn sums(own: &Judged<'_>, exported: &[Window]) -> Option<Sums> {
    let (kpi, window) = match (own.subject, own.target.window) {
        (Subject::Now(kpi), _) => return Some(Sums { figure: Figure::Now(kpi).into(), samples: None }),
        (subject, window) => (subject.booked()?, window.filter(|window| exported.contains(window))?),
    };
    let part = |part| Expr::from(Figure::Booked { subject: own.subject, part, window });
    let of = |above: Expr, below: Expr| Sums { figure: above / below.clone().above(0.0), samples: Some(below) };
    match (kpi.read)(&Tally::default()) {
        Shape::Count(_) | Shape::CountBy { .. } => Some(Sums { figure: part(0), samples: None }),
        Shape::Ratio(_) | Shape::RatioBy { .. } | Shape::ServiceLevel { .. } => Some(of(part(0), part(1))),
        Shape::Distribution(_) | Shape::DistributionBy { .. } => {
            matches!(own.target.stat, None | Some(Stat::Mean)).then(|| of(part(1), part(0)))
        }
        Shape::Score(score) => match score.share {
            Share::Good(_) => Some(of(part(0), part(1))),
            Share::None => Some(of(part(1), part(0))),
            Share::Points(_) => None, // how many reviews there were is not exported
        },
        Shape::Nps(_) => {
            let answers = part(0) + part(1) + part(2);
            Some(of((part(0) - part(2)) * 100.0, answers))
        }
    }
}
