//! An independent, naive reading of what an agent may be told to do, beside the contacts and tickets in hand.

use std::collections::{BTreeMap, BTreeSet};

use super::line::Line;

/// What an agent does.
#[derive(Debug, Default)]
pub struct AgentLife {
    state: Option<String>,
    queues: BTreeSet<String>,
}

impl AgentLife {
    /// # Panics
    /// This cannot happen now.
    pub fn apply(&mut self, line: &Line) {
        if line.kind() == "agent.state_changed" { self.change(line) } else { self.do_with_contact(line) }
    }

    fn change(&mut self, line: &Line) {
        let state = line.must("state");
        assert_ne!(self.state.as_deref(), Some(state), "it is so already: {line:?}");
        let is_log_in = self.state.as_deref().is_none_or(|state| state == "offline");
        let was_on_a_break = self.state.is_none() && ["break", "training"].contains(&state);
        assert!(!is_log_in || state == "available" || was_on_a_break, "{line:?}");
        let queues: BTreeSet<String> = line.texts("queues").into_iter().collect();
        assert_eq!(queues.is_empty(), !is_log_in, "queues are told at the log in: {line:?}");
        if is_log_in {
            self.queues = queues;
        }
        assert!(line.time_of("since").is_none_or(|since| since < line.time && state == "break"), "{line:?}");
        self.state = Some(state.to_owned());
    }

    /// Who talks is on a contact, who is done with it is not, and it is one of the agent's own queues.
    fn do_with_contact(&mut self, line: &Line) {
        let expected: &[&str] = match line.kind() {
            "alerting" => &["available"],
            "answered" | "held" | "resumed" | "message" | "callback_attempted" => &["on_contact"],
            "ticket.assigned" => &["available"],
            "ticket.replied" | "ticket.resolved" => &["on_contact"],
            "ended" | "transferred" | "wrapped" => &["after_contact"],
            "alert_missed" => &["available"],
            _ => return,
        };
        assert!(self.state.as_deref().is_some_and(|state| expected.contains(&state)), "{self:?}: {line:?}");
        assert!(line.text("queue").is_none_or(|queue| self.queues.contains(queue)), "{self:?}: {line:?}");
    }

    /// In which state, and for which queues.
    pub fn now(&self) -> (&str, &BTreeSet<String>) {
        (self.state.as_deref().expect("something was told"), &self.queues)
    }
}

/// The lives of all agents of whom something was told, at the end.
pub fn lives(story: &[Line]) -> BTreeMap<&str, AgentLife> {
    let mut lives = BTreeMap::<&str, AgentLife>::new();
    for line in story {
        if let Some(agent) = line.text("agent") {
            lives.entry(agent).or_default().apply(line);
        }
    }
    lives
}
