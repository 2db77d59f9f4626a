//! The few facts that we take from librdkafka's statistics.
//!
//! **Why not rdkafka's own type.** It demands every field, so a new librdkafka could blind us; these are all optional.

use std::collections::HashMap;

use serde::Deserialize;

/// What librdkafka tells about itself once a second.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Statistics {
    #[serde(default)]
    brokers: HashMap<String, Broker>,
    #[serde(default)]
    topics: HashMap<String, Topic>,
    #[serde(default)]
    cgrp: Group,
}

/// Our place in the consumer group.
#[derive(Debug, Default, Deserialize)]
struct Group {
    #[serde(default)]
    join_state: String, // "steady", or what of joining is under way; empty: not told
}

#[derive(Debug, Deserialize)]
struct Broker {
    #[serde(default)]
    state: String,
    #[serde(default)]
    source: String,
}

#[derive(Debug, Deserialize)]
struct Topic {
    #[serde(default)]
    partitions: HashMap<String, Fetched>,
}

/// A partition as librdkafka fetches it. Negative: not known.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Fetched {
    /// First offset on the broker.
    #[serde(default = "unknown")]
    pub lo_offset: i64,
    /// Offset after the last record.
    #[serde(default = "unknown")]
    pub hi_offset: i64,
    /// Offset after the last record outside open transactions.
    #[serde(default = "unknown")]
    pub ls_offset: i64,
    /// The next offset to fetch.
    #[serde(default = "unknown")]
    pub next_offset: i64,
}

fn unknown() -> i64 {
    -1
}

impl Statistics {
    /// Reads the JSON text; `None` where it is none.
    pub fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// Whether a connection to any broker stands. (librdkafka's internal broker is always up and means nothing.)
    pub fn any_broker_up(&self) -> bool {
        self.brokers.values().any(|broker| broker.source != "internal" && matches!(&*broker.state, "UP" | "UPDATE"))
    }

    /// Whether the group is about to share out its partitions anew, as far as this member takes part in it.
    pub fn is_rebalancing(&self) -> bool {
        !matches!(&*self.cgrp.join_state, "steady" | "")
    }

    /// A partition, if librdkafka has fetched it.
    pub fn partition(&self, topic: &str, partition: i32) -> Option<Fetched> {
        self.topics.get(topic)?.partitions.get(&partition.to_string()).copied()
    }
}

impl Fetched {
    /// The end as a reader sees it: records of an open transaction cannot be read yet.
    pub fn end(&self) -> i64 {
        if self.ls_offset >= 0 { self.ls_offset } else { self.hi_offset }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"ts":5,"brokers":{
        "a":{"state":"UP","source":"internal"},"b":{"state":"DOWN","source":"learned","new":[1]}},
        "topics":{"t":{"partitions":{"3":{"lo_offset":1,"hi_offset":9,"ls_offset":7,"next_offset":7},"-1":{}}}}}"#;

    #[test]
    fn the_internal_broker_does_not_count_as_a_broker() {
        assert!(!Statistics::parse(JSON.as_bytes()).unwrap().any_broker_up());
        let up = JSON.replace("DOWN", "UP");
        assert!(Statistics::parse(up.as_bytes()).unwrap().any_broker_up());
    }

    #[test]
    fn whatever_is_not_steady_is_a_rebalance_and_silence_is_none() {
        let in_state = |state| format!(r#"{{"cgrp":{{"state":"up","join_state":"{state}","stateage":4}}}}"#);
        for (state, expected) in
            [("steady", false), ("init", true), ("wait-join", true), ("wait-sync", true), ("wait-assign-call", true)]
        {
            let statistics = Statistics::parse(in_state(state).as_bytes()).unwrap();
            assert_eq!(statistics.is_rebalancing(), expected, "{state}");
        }
        assert!(!Statistics::parse(JSON.as_bytes()).unwrap().is_rebalancing());
    }

    #[test]
    fn the_end_is_where_readable_records_end() {
        let fetched = Statistics::parse(JSON.as_bytes()).unwrap().partition("t", 3).unwrap();
        assert_eq!((fetched.lo_offset, fetched.end(), fetched.next_offset), (1, 7, 7));
        assert_eq!(Fetched { ls_offset: -1, ..fetched }.end(), 9);
    }
}
