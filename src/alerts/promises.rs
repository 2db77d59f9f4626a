//! The rules of promises: at risk, broken, and broken by the dozen.
//!
//! **Why PromQL.** A promise has a policy and a target beside its queue and channel, and a backtest reads no figures of these.

use super::prose::{PLACE, filter};
use super::{Alert, Condition, LeftOut};
use crate::rules::Window;
use crate::targets::Unit;
use crate::time::Span;

const MINUTE: Span = Span::from_seconds(60);
/// The window over which promises are counted.
const WINDOW: Window = Window::Sliding(Span::from_seconds(1_800));

const AT_RISK: &str = "sum by (queue, channel, policy, target) (contactpulse_sla_at_risk{target!=\"answer\"}) > 0";
const BROKEN: &str = "sum by (queue, channel, policy, target) (contactpulse_sla_breached_open) > 0";
const LOST: &str = r#"sum by (queue, channel) (contactpulse_window_sla_attainment_numerator{window="30m"})
/ on (queue, channel) sum by (queue, channel) (contactpulse_window_sla_attainment_denominator{window="30m"})
< 0.5
and on (queue, channel) sum by (queue, channel) (contactpulse_window_sla_attainment_denominator{window="30m"}) >= 10"#;

/// The alerts of a config that exports these windows; what it has no figures for is told.
pub(super) fn alerts(exported: &[Window], left_out: &mut Vec<LeftOut>) -> Vec<Alert> {
    let lost = lost();
    if exported.contains(&WINDOW) {
        return vec![broken(), at_risk(), lost];
    }
    left_out.push(LeftOut { alert: lost.name, windows: vec![WINDOW.name()] });
    vec![broken(), at_risk()]
}

fn at_risk() -> Alert {
    Alert::ticket("ContactPulsePromiseAtRisk", Condition::Promises(AT_RISK))
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
    Alert::ticket("ContactPulsePromiseBroken", Condition::Promises(BROKEN))
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
    Alert::page("ContactPulsePromisesLost", Condition::Promises(LOST))
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
