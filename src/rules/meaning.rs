//! What state means: a hash of the rules that events are folded under.
//!
//! **Why.** State that was folded under other rules is not wrong, but it means something else: a threshold decided what was booked, a
//! time to live what was forgotten. So whoever takes state over must know whether it was folded under the same rules. What is only
//! looked up when figures are read (targets, days, names to show) may change and leaves state as it is. Of policies only their names, in
//! order, the tags that they ask for and what any of them promises are part of it: state keeps clocks, not deadlines, so other hours,
//! filters and times move what is open, and leave what is decided.

use std::collections::BTreeSet;

use super::{LevelSettings, Preset, Rules, ServiceLevel};
use crate::time::Span;

/// What of a service level state depends on; the share that is promised is only shown.
type Level = (Span, Span, Preset);

impl Rules {
    /// A hash of all that state depends on, in hex: 16 digits. Rules of the same meaning fold the same events into the same state,
    /// with the same numbers for the names of the config.
    pub fn meaning(&self) -> String {
        let Self {
            lateness,
            max_skew,
            contact_ttl,
            after_contact,
            after_contact_max,
            tickets,
            agents,
            surveys,
            day: _,
            windows: _,
            service_level,
            queues,
            aliases,
            calendars: _, // what is open moves with an edit
            patterns,
            targets: _,
            policies,
        } = self;
        let of_queues: Vec<_> = queues
            .iter()
            .map(|(name, queue)| {
                let by_channel: Vec<_> = queue.by_channel.iter().map(|(channel, own)| (channel, level(own))).collect();
                (name, &queue.channels, level(&queue.service_level), by_channel)
            })
            .collect();
        let of_patterns: Vec<_> = patterns
            .iter()
            .map(|pattern| {
                let by_channel = &pattern.settings.by_channel;
                let by_channel: Vec<_> = by_channel.iter().map(|(channel, own)| (channel, settings(own))).collect();
                (pattern.text(), settings(&pattern.settings.service_level), by_channel)
            })
            .collect();
        let of_contacts = (lateness, max_skew, contact_ttl, after_contact, after_contact_max, level(service_level));
        let promised: BTreeSet<_> =
            policies.iter().flat_map(|own| own.promises.iter().map(|(target, _)| *target)).collect();
        let of_promises = (policies.iter().map(|own| &own.name).collect::<Vec<_>>(), promised, self.sla_tags());
        let of_all = (tickets, agents, surveys, self.windows.reach());
        let all = (of_contacts, of_all, of_queues, aliases, of_patterns, of_promises);
        blake3::hash(format!("{all:?}").as_bytes()).to_hex()[..16].to_owned()
    }
}

fn level(own: &ServiceLevel) -> Level {
    (own.threshold, own.short_abandon, own.preset)
}

fn settings(own: &LevelSettings) -> (Option<Span>, Option<Span>, Option<Preset>) {
    (own.threshold, own.short_abandon, own.preset)
}

#[cfg(test)]
mod tests {
    use super::super::{Day, Pattern, QueueRules, QueueSettings, Window};
    use super::*;

    fn changed(change: impl FnOnce(&mut Rules)) -> bool {
        let mut rules = Rules::default();
        change(&mut rules);
        rules.meaning() != Rules::default().meaning()
    }

    fn queue(rules: &Rules) -> QueueRules {
        QueueRules::new(rules.service_level, rules.day.clone())
    }

    #[test]
    fn what_events_are_folded_under_is_part_of_the_meaning() {
        let longer = |span: &mut Span| *span += Span::from_seconds(1);
        assert!(changed(|rules| longer(&mut rules.lateness)));
        assert!(changed(|rules| longer(&mut rules.max_skew)));
        assert!(changed(|rules| longer(&mut rules.contact_ttl.default)));
        assert!(changed(|rules| rules.contact_ttl.named.extend([("chat".to_owned(), Span::ZERO)])));
        assert!(changed(|rules| longer(&mut rules.after_contact_max)));
        assert!(changed(|rules| longer(&mut rules.tickets.ttl)));
        assert!(changed(|rules| longer(&mut rules.agents.ttl)));
        assert!(changed(|rules| longer(&mut rules.surveys.ttl)));
        assert!(changed(|rules| longer(&mut rules.service_level.threshold)));
        assert!(changed(|rules| longer(&mut rules.service_level.short_abandon)));
        assert!(changed(|rules| rules.service_level.preset = Preset::AnsweredOnly));
        assert!(changed(|rules| rules.windows.slot = Span::from_seconds(10)));
        assert!(changed(|rules| rules.windows.kept.push(Window::Sliding(Span::from_seconds(30 * 3_600)))));
        assert!(changed(|rules| rules.queues.extend([("vip".to_owned(), queue(rules))])));
        assert!(changed(|rules| rules.aliases.extend([("v".to_owned(), "vip".to_owned())])));
        let threshold = |seconds| LevelSettings { threshold: Some(Span::from_seconds(seconds)), ..Default::default() };
        let pattern = |seconds| {
            Pattern::new("uk-*", QueueSettings { service_level: threshold(seconds), ..QueueSettings::default() })
        };
        let with = |pattern| {
            let mut rules = Rules::default();
            rules.patterns.push(pattern);
            rules.meaning()
        };
        assert_ne!(with(pattern(10)), with(pattern(20)));
    }

    #[test]
    fn what_is_only_read_or_shown_is_not() {
        assert!(!changed(|rules| rules.service_level.target = 0.5));
        assert!(!changed(|rules| rules.day = Day { start: Span::from_seconds(3_600), ..rules.day.clone() }));
        assert!(!changed(|rules| rules.windows.kept.retain(|window| *window != Window::All)));
        let shown = |display: &str| {
            let mut rules = Rules::default();
            let own = QueueRules { display: Some(display.to_owned()), ..queue(&rules) };
            rules.queues.insert("vip".to_owned(), own);
            rules.meaning()
        };
        assert_eq!(shown("VIP"), shown("Very important"));
    }
}
