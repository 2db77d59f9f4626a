//! Queues that events name and the config does not: each is told once in the log.
//!
//! **Why.** Such a queue is measured by the centre's own settings, which may be what is wanted or a name typed wrong. Once is
//! enough to find it; a line at every scrape would hide it.
//!
//! **Invariant.** A name is told once in the life of the process, whichever worker shows it first and however often its partition
//! comes and goes; at most [`QUEUES_MAX`] names are kept.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tracing::{info, warn};

use crate::limits::QUEUES_MAX;

/// What stands for a queue where there is none, or no room for its name; nobody would put these into a config.
const PLACEHOLDERS: [&str; 2] = ["__direct__", "__other__"];

/// The queues that were told already.
#[derive(Debug, Default)]
pub(super) struct Newcomers(Mutex<BTreeSet<String>>);

impl Newcomers {
    /// Tells those of these queues that the config does not know and that were not told before, and gives them back.
    pub(super) fn meet<'a>(
        &self,
        queues: impl IntoIterator<Item = &'a String>,
        is_configured: impl Fn(&str) -> bool,
    ) -> Vec<&'a str> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unknown = queues.into_iter().map(String::as_str);
        let unknown: Vec<&str> =
            unknown.filter(|queue| !told.contains(*queue) && !PLACEHOLDERS.contains(queue)).collect();
        let unknown = unknown.into_iter().filter(|queue| !is_configured(queue));
        let new: Vec<&str> = unknown.filter(|queue| note(&mut told, queue)).collect();
        drop(told);
        for queue in &new {
            info!(queue, "a queue that the config does not know; the centre's settings hold");
        }
        new
    }
}

/// Whether the name is new, and there is room for it. That there is none any more is told with the last.
fn note(told: &mut BTreeSet<String>, queue: &str) -> bool {
    if told.len() >= QUEUES_MAX || told.contains(queue) {
        return false;
    }
    told.insert(queue.to_owned());
    if told.len() == QUEUES_MAX {
        warn!(queues = QUEUES_MAX, "many queues that the config does not know; further ones are not told");
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_queue_that_the_config_does_not_know_is_told_once() {
        let newcomers = Newcomers::default();
        let shown = names(&["__direct__", "sales", "sails", "__other__"]);
        assert_eq!(newcomers.meet(&shown, |queue| queue == "sales"), ["sails"]);
        assert!(newcomers.meet(&shown, |queue| queue == "sales").is_empty());
        let later = names(&["sails", "tech"]);
        assert_eq!(newcomers.meet(&later, |queue| queue == "sales"), ["tech"]);
    }

    #[test]
    fn no_more_names_are_kept_than_there_may_be_queues() {
        let newcomers = Newcomers::default();
        let many: Vec<String> = (0..QUEUES_MAX + 5).map(|number| number.to_string()).collect();
        assert_eq!(newcomers.meet(&many, |_| false).len(), QUEUES_MAX);
        assert!(newcomers.meet(&many, |_| false).is_empty());
    }
}
