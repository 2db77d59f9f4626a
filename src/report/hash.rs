//! The hash of a merged state: equal figures, open contacts and unresolved tickets, equal hash, however the events came.
//!
//! Covers every window's tallies, also those of complaints, and what is open, tickets with their priority, in canonical order and
//! by name. Leaves out what depends on the way there: counts of events, remembered ids and keys, numbers of a shard, and series
//! that hold nothing.

use blake3::Hasher;

use crate::kpi::AgentNow;
use crate::view::View;
use crate::window::Tally;

/// The hash, in hex. The view must have been asked for what is open.
pub fn state_hash(view: &View) -> String {
    let mut hasher = Hasher::new();
    for (queue, channels) in &view.queues {
        for (channel, series) in channels {
            add_series(&mut hasher, &["queue", queue, channel], view, &series.tallies);
            add_series(&mut hasher, &["complaints", queue, channel], view, &series.complaints);
        }
    }
    for (agent, tallies) in &view.agents {
        add_series(&mut hasher, &["agent", agent], view, tallies);
    }
    for (agent, now) in &view.presence {
        add_agent(&mut hasher, agent, now);
    }
    let mut open: Vec<&String> = view.open.iter().collect();
    open.sort_unstable();
    for contact in open {
        add_text(&mut hasher, contact);
    }
    for (queue, told) in &view.states {
        ["state", queue, told.state.name()].iter().for_each(|text| add_text(&mut hasher, text));
    }
    hasher.finalize().to_hex().to_string()
}

fn add_series(hasher: &mut Hasher, names: &[&str], view: &View, tallies: &[Tally]) {
    if tallies.iter().all(Tally::is_empty) {
        return;
    }
    names.iter().for_each(|name| add_text(hasher, name));
    for (window, tally) in view.windows.iter().zip(tallies) {
        add_text(hasher, &window.name());
        for (cell, count) in tally.iter() {
            hasher.update(&cell.code().to_le_bytes()).update(&count.to_le_bytes());
        }
        hasher.update(&u32::MAX.to_le_bytes());
    }
}

fn add_agent(hasher: &mut Hasher, agent: &str, now: &AgentNow) {
    let AgentNow { state, since, in_hand, capacity, queues, .. } = now;
    ["presence", agent, &format!("{state:?} since {since:?} has {in_hand:?} of {capacity:?} in {queues:?}")]
        .iter()
        .for_each(|text| add_text(hasher, text));
}

fn add_text(hasher: &mut Hasher, text: &str) {
    hasher.update(&text.len().to_le_bytes()).update(text.as_bytes());
}
