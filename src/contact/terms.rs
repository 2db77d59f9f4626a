//! The rules as a contact needs them: looked up by number, not by name.

use crate::id::{ChannelId, DIRECT, Id, Names, QueueId};
use crate::limits::{CHANNELS_MAX, QUEUES_MAX};
use crate::rules::{AfterContact, Preset, Rules};
use crate::time::Span;

/// The channel of contacts that tell none.
pub const VOICE: &str = "voice";

/// What a life is judged by; grows as queues and channels are seen.
#[derive(Clone, Debug)]
pub struct Terms {
    /// How far out of order events may arrive.
    pub lateness: Span,
    /// Whether after-contact work is told.
    pub after_contact: AfterContact,
    /// The longest after-contact work that is waited for.
    pub after_contact_max: Span,
    /// The channel of contacts that tell none.
    pub voice: ChannelId,
    /// The queue of legs that came from no queue.
    pub direct: QueueId,
    waits: Vec<WaitTerms>,
    contact_ttl: Vec<Span>,
}

/// The limits of a wait in one queue.
#[derive(Clone, Copy, Debug)]
pub struct WaitTerms {
    /// T, inclusive.
    pub threshold: Span,
    /// The longest wait of a short abandon; `None` where that is off.
    pub short_abandon: Option<Span>,
    /// Which stays count for the service level.
    pub preset: Preset,
}

impl Terms {
    /// Terms that know no queue and channel yet but `__direct__` and `voice`.
    pub fn new(rules: &Rules) -> (Self, Names<QueueId>, Names<ChannelId>) {
        let mut queues = Names::new(QUEUES_MAX);
        let mut channels = Names::new(CHANNELS_MAX);
        let mut terms = Self {
            lateness: rules.lateness,
            after_contact: rules.after_contact,
            after_contact_max: rules.after_contact_max,
            voice: channels.intern(VOICE),
            direct: queues.intern(DIRECT),
            waits: Vec::new(),
            contact_ttl: Vec::new(),
        };
        terms.learn(rules, &queues, &channels);
        (terms, queues, channels)
    }

    /// Looks up the rules of queues and channels that were named since the last time.
    pub fn learn(&mut self, rules: &Rules, queues: &Names<QueueId>, channels: &Names<ChannelId>) {
        self.waits.extend(queues.since(self.waits.len()).map(|queue| wait_terms(rules, queue)));
        self.contact_ttl.extend(channels.since(self.contact_ttl.len()).map(|channel| rules.contact_ttl.of(channel)));
    }

    /// The limits of a wait in this queue.
    pub fn wait(&self, queue: QueueId) -> WaitTerms {
        self.waits[queue.index()]
    }

    /// How long a contact on this channel is kept without an event.
    pub fn contact_ttl(&self, channel: ChannelId) -> Span {
        self.contact_ttl[channel.index()]
    }
}

fn wait_terms(rules: &Rules, queue: &str) -> WaitTerms {
    let level = rules.service_level(queue);
    WaitTerms {
        threshold: level.threshold,
        preset: level.preset,
        short_abandon: (level.short_abandon > Span::ZERO).then_some(level.short_abandon),
    }
}
