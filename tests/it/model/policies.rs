//! What is promised of whom: policies, in the order in which they are asked.

use super::Settings;
use super::contact::Pair;
use super::hours::Hours;

/// The names of policies, in their order.
pub const POLICIES: [&str; 4] = ["gold", "silver", "bronze", "rest"];

/// What may be promised.
pub const TARGETS: [&str; 8] = [
    "first_reply",
    "next_reply",
    "periodic_update",
    "resolution",
    "requester_wait",
    "agent_work",
    "queue_time",
    "answer",
];

/// Whose promises, and which; a list that is empty leaves nobody out.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub name: &'static str,
    /// Names, in which `*` stands for any characters or none and `?` for any one.
    pub queues: Vec<&'static str>,
    pub channels: Vec<&'static str>,
    pub priorities: Vec<&'static str>,
    /// One of them is enough.
    pub tags: Vec<&'static str>,
    pub hours: Option<Hours>,
    pub promises: Vec<Promise>,
}

#[derive(Clone, Copy, Debug)]
pub struct Promise {
    pub target: &'static str,
    /// Milliseconds, inclusive.
    pub within: i64,
    /// Only business hours count.
    pub in_hours: bool,
    /// At risk so long before the deadline.
    pub warn_before: i64,
}

/// What a policy is chosen by.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub pair: Pair,
    pub priority: String,
    /// Those that some policy asks for, in order.
    pub tags: Vec<String>,
}

impl Policy {
    fn holds(&self, case: &Case) -> bool {
        let (queue, channel) = &case.pair;
        let has = |list: &[&str], name: &str| list.is_empty() || list.contains(&name);
        (self.queues.is_empty() || self.queues.iter().any(|pattern| fits(pattern.as_bytes(), queue.as_bytes())))
            && has(&self.channels, channel)
            && has(&self.priorities, &case.priority)
            && (self.tags.is_empty() || case.tags.iter().any(|tag| self.tags.contains(&tag.as_str())))
    }
}

/// Whether a name is what a pattern says.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=name.len()).any(|skipped| fits(rest, &name[skipped..])),
        ([b'?', rest @ ..], [_, others @ ..]) => fits(rest, others),
        ([first, rest @ ..], [other, others @ ..]) => first == other && fits(rest, others),
        _ => false,
    }
}

impl Settings {
    /// What is promised of a target: by the first policy that holds, if that says anything of it.
    pub fn promised(&self, case: &Case, target: &str) -> Option<(&Policy, Promise)> {
        let policy = self.policy_of(case)?;
        let promise = policy.promises.iter().find(|promise| promise.target == target)?;
        Some((policy, *promise))
    }

    /// When business time runs; without hours always.
    pub fn hours_of(&self, case: &Case) -> Option<Hours> {
        self.policy_of(case)?.hours
    }

    fn policy_of(&self, case: &Case) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.holds(case))
    }

    /// Those of some tags that a policy asks for.
    pub fn asked_tags(&self, tags: &[String]) -> Vec<String> {
        let is_asked = |tag: &&String| self.policies.iter().any(|policy| policy.tags.contains(&tag.as_str()));
        let mut asked: Vec<String> = tags.iter().filter(is_asked).cloned().collect();
        asked.sort_unstable();
        asked.dedup();
        asked
    }
}

#[test]
fn patterns_fit_whole_names() {
    let fits = |pattern: &str, name: &str| fits(pattern.as_bytes(), name.as_bytes());
    assert!(
        fits("*", "") && fits("*", "sales") && fits("s*s", "sales") && fits("?ales", "sales") && fits("sales", "sales")
    );
    assert!(!fits("sale", "sales") && !fits("?", "") && !fits("s*t", "sales") && !fits("?sales", "sales"));
}
