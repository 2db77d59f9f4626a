//! The configuration of Alertmanager: who is told what, and what holds back what.
//!
//! **Why written from the config.** Whose queues are is told there; an owner that no route knows would never be told of an alert.
//!
//! **Outside hours** tickets wait. An interval of Alertmanager cannot be taken from another; so each calendar gives two, when it is open
//! by the week and on special days, and when special days are closed. One is when a route is active, the other when it is mute.

mod hours;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use hours::Hours;

use super::yaml::quoted;
use super::{CONTACT_CENTRE, PLATFORM, Severity};
use crate::rules::Rules;

/// The configuration for a config. Addresses are to be replaced: a config of figures knows none.
pub fn routes(rules: &Rules) -> String {
    let owners = owners(rules);
    let mut text = ABOUT.to_owned();
    let hours = hours::all(rules);
    text.push_str("  routes:\n");
    owners.iter().for_each(|owner| write_routes(owner, &hours, &mut text));
    hours::write(&hours, &mut text);
    text.push_str(INHIBITIONS);
    owners.iter().for_each(|owner| write_receivers(owner, &mut text));
    text + UNOWNED
}

/// Somebody whom alerts belong to, and the name of the receivers.
struct Named {
    owner: String,
    receiver: String,
}

const SEVERITIES: [Severity; 2] = [Severity::Page, Severity::Ticket];

const ABOUT: &str = "\
# Written by `contactpulse rules --alertmanager`. Who is told what: an alert's `owner` says who can do something about it, its
# `severity` whether that has to be now.
#
# Alerts are grouped by these two and nothing else: three hundred queues that fail together are one page, not three hundred.
route:
  receiver: unowned
  group_by: [owner, severity]
  group_wait: 10s
  group_interval: 5m
  repeat_interval: 4h
";

const INHIBITIONS: &str = r#"
inhibit_rules:
  # Figures that cannot be believed are no reason to call agents.
  - source_matchers: [figures="unreliable"]
    target_matchers: [kpi!=""]
  # Most queues failing at once is one page, to whoever has the whole centre.
  - source_matchers: [scope="centre"]
    target_matchers: [queue!="", kpi=~"service_level|longest_wait|waiting|abandonment_rate"]
  # Who is paged for a queue needs no ticket for it.
  - source_matchers: [severity="page", kpi!=""]
    target_matchers: [severity="ticket", kpi!=""]
    equal: [queue, channel]
  # Nor for a topic.
  - source_matchers: [severity="page", topic!=""]
    target_matchers: [severity="ticket", topic!=""]
    equal: [topic]

# Addresses to replace: nothing listens there, so until then Alertmanager only says in its log that it could not deliver.
# Its own page shows the alerts all the same.
receivers:
"#;

const UNOWNED: &str = "  \
  # Alerts of others that share this Alertmanager; give them a route of their own.
  - name: unowned
";

/// Everybody whom alerts may belong to: the centre and the platform first, then the owners that the config names.
fn owners(rules: &Rules) -> Vec<Named> {
    let of_queues = rules.queues.values().filter_map(|queue| queue.owner.as_deref());
    let of_patterns = rules.patterns.iter().filter_map(|pattern| pattern.settings.owner.as_deref());
    let of_targets = rules.targets.iter().filter_map(|target| target.owner.as_deref());
    let named: BTreeSet<&str> = of_queues.chain(of_patterns).chain(of_targets).collect();
    let others = named.into_iter().filter(|owner| ![CONTACT_CENTRE, PLATFORM].contains(owner));
    let mut used = BTreeMap::<String, usize>::new();
    let mut name = |owner: &str| {
        let slug = slug(owner);
        let count = used.entry(slug.clone()).or_default();
        *count += 1;
        let receiver = if *count == 1 { slug } else { format!("{slug}-{count}") };
        Named { owner: owner.to_owned(), receiver }
    };
    [CONTACT_CENTRE, PLATFORM].into_iter().chain(others).map(&mut name).collect()
}

/// A name that may stand in an address.
pub(super) fn slug(owner: &str) -> String {
    let words = owner.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
    if slug.is_empty() { "owner".to_owned() } else { slug }
}

fn write_routes(own: &Named, hours: &[Hours], text: &mut String) {
    let owner = serde_json::Value::from(own.owner.as_str());
    let is_plain = own.owner.chars().all(|c| c.is_alphanumeric() || "@._- ".contains(c));
    for severity in SEVERITIES.map(Severity::name) {
        let matcher = format!("owner={owner}");
        let matcher = if is_plain { matcher } else { quoted(&matcher) };
        writeln!(
            text,
            "    - matchers: [{matcher}, severity=\"{severity}\"]\n      receiver: {}-{severity}",
            own.receiver
        )
        .expect("writing to a string");
        if severity == Severity::Ticket.name() {
            text.push_str("      repeat_interval: 24h\n");
            hours::write_routes(hours, text);
        }
    }
}

fn write_receivers(own: &Named, text: &mut String) {
    for severity in SEVERITIES.map(Severity::name) {
        let Named { receiver, .. } = own;
        writeln!(
            text,
            "  - name: {receiver}-{severity}\n    webhook_configs:\n      - url: http://127.0.0.1:9099/{receiver}/{severity}"
        )
        .expect("writing to a string");
    }
}
