//! Anything, in any order.

use serde_json::json;

use super::script::Script;
use super::{MINUTE, SECOND};

impl Script<'_> {
    /// In less than `contact_ttl`.
    pub(super) fn soup(&mut self) {
        for _ in 0..3 + self.dice.below(9) {
            self.anything();
            let (short, threshold) = (5 * SECOND, 20 * SECOND);
            self.now += self.dice.pick(&[0, 0, SECOND, short, threshold, threshold + SECOND, MINUTE]);
        }
    }

    fn anything(&mut self) {
        let (queue, agent, cause) = (self.queue(), self.agent(), self.cause());
        let whose = self.perhaps(agent);
        match self.dice.below(34) {
            0..5 => self.tell("queued", json!({ "queue": queue })),
            5 | 6 => self.tell("queued", json!({ "queue": queue, "also": true })),
            7..11 => self.tell("answered", json!({ "agent": agent })),
            11 => self.tell("answered", json!({ "agent": agent, "queue": queue })),
            12 => self.tell("answered", json!({ "agent": agent, "role": "consult" })),
            13 => self.tell("answered", json!({ "agent": agent, "role": "monitor" })),
            14 => self.tell("held", whose),
            15 => self.tell("resumed", whose),
            16 | 17 => self.tell("transferred", whose),
            18 | 19 => self.tell("flowed_out", json!({ "queue": queue, "cause": cause })),
            20 => self.hangs_up(),
            21 => self.tell("ended", whose),
            22 => self.tell("wrapped", whose),
            23 | 24 => self.rings(queue),
            25 => self.tell("alerting", json!({ "agent": agent })),
            26..29 => self.somebody_writes(agent),
            29 => self.asks_for_a_callback(),
            30 => self.is_called_back(),
            31 => self.snapshot_in_queue(queue),
            32 => self.snapshot_in_talk(agent),
            _ => self.tell("updated", json!({})),
        }
    }
}
