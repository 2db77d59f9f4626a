//! The rules of promises: at risk, broken, and broken by the dozen.

use super::Alert;
use super::centre::{SLOW, booked, watched};
use super::expr::Expr;
use super::figure::{Figure, Standing};
use super::prose::{PLACE, filter};
use crate::measure::SlaTarget;
use crate::targets::Unit;
use crate::time::Span;

const MINUTE: Span = Span::from_seconds(60);
/// Decided, so that a share of them says something.
const DECIDED_MIN: f64 = 10.0;

pub(super) fn alerts() -> [Alert; 3] {
    [broken(), at_risk(), lost()]
}

fn standing(standing: Standing, but: Option<SlaTarget>) -> Expr {
    Expr::from(Figure::Promises { standing, but }).above(0.0)
}

fn at_risk() -> Alert {
    Alert::ticket("ContactPulsePromiseAtRisk", watched(standing(Standing::AtRisk, Some(SlaTarget::Answer))))
        .lasting(Span::ZERO, MINUTE)
        .labelled("kpi", "sla_at_risk")
        .saying(
            format!(
                "{PLACE}: {{{{ $value }}}} promises of {{{{ $labels.policy }}}} ({{{{ $labels.target }}}}) are at risk, the next is due in {}: \
                 take these first",
                next_deadline()
            ),
            "Their deadline is within the policy's warn_before. They can still be kept.",
        )
        .because("Of answers nobody is told: who is promised one within seconds is answered, or not, before anybody has read a ticket.")
}

fn broken() -> Alert {
    Alert::ticket("ContactPulsePromiseBroken", watched(standing(Standing::Broken, None)))
        .because("A ticket: what is broken cannot be kept any more. That many are broken at once is the page below.")
        .lasting(MINUTE, MINUTE + MINUTE)
        .labelled("kpi", "sla_breached_open")
        .saying(
            format!(
                "{PLACE}: {{{{ $value }}}} promises of {{{{ $labels.policy }}}} ({{{{ $labels.target }}}}) are broken and still open, 0 should \
                 be: tell these customers, and end it"
            ),
            "Their deadline has passed, and what was promised has not come yet.",
        )
}

fn lost() -> Alert {
    let decided = || booked("sla_attainment", 1, SLOW);
    let most = (booked("sla_attainment", 0, SLOW) / decided()).below(0.5).and(decided().at_least(DECIDED_MIN));
    Alert::page("ContactPulsePromisesLost", watched(most))
        .lasting(MINUTE, MINUTE + MINUTE)
        .labelled("kpi", "sla_attainment")
        .saying(
            format!("{PLACE} kept {{{{ $value | humanizePercentage }}}} of its promises in 30 minutes, half is the limit: move people to it"),
            "Of at least ten promises that were decided, more than half were broken.",
        )
}

/// The time to the nearest deadline of the alert's policy and target.
fn next_deadline() -> String {
    let query = "min(contactpulse_sla_next_deadline_seconds{queue=%q,channel=%q,policy=%q,target=%q})";
    let labels = "$labels.queue $labels.channel $labels.policy $labels.target";
    let shown = filter(Unit::Seconds);
    format!("{{{{ with printf \"{query}\" {labels} | query }}}}{{{{ . | first | value | {shown} }}}}{{{{ end }}}}")
}
