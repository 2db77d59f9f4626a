//! The program under test, as the property tests see it: lines in, one report per moment out.

use contactpulse::rules::{AfterContact, ByChannel, QueueRules, Rules, ServiceLevel};
use contactpulse::time::{EventTime, Span};
use serde_json::Value;

use crate::model::Settings;
use crate::replay_laws::reports;

/// The reports at these moments, which rise.
pub fn replay(lines: &[Value], settings: &Settings, at: &[i64], shards: usize) -> Vec<Value> {
    let lines: Vec<Vec<u8>> = lines.iter().map(|line| line.to_string().into_bytes()).collect();
    let at: Vec<EventTime> = at.iter().map(|ms| EventTime::from_millis(*ms)).collect();
    reports(&lines, rules(settings), shards, &at)
}

/// The model's settings as rules; the windows are the defaults of both.
fn rules(settings: &Settings) -> Rules {
    let span = Span::from_millis;
    let mut rules = Rules {
        lateness: span(settings.lateness),
        contact_ttl: ByChannel { default: span(settings.contact_ttl), named: Default::default() },
        after_contact: if settings.wraps_are_told { AfterContact::Events } else { AfterContact::None },
        after_contact_max: span(settings.after_contact_max),
        ..Rules::default()
    };
    rules.day.start = span(settings.day_start);
    rules.service_level.threshold = span(settings.threshold);
    rules.service_level.short_abandon = span(settings.short_abandon);
    for (name, threshold) in &settings.thresholds {
        let service_level = ServiceLevel { threshold: span(*threshold), ..rules.service_level };
        let day = rules.day.clone();
        let queue = QueueRules { channels: vec!["voice".to_owned()], display: None, service_level, day };
        rules.queues.insert(name.clone(), queue);
    }
    rules
}
