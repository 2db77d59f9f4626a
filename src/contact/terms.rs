//! The rules as a contact needs them: looked up by number, not by name.

use crate::id::{ChannelId, DIRECT, Id, Names, QueueId};
use crate::limits::{CHANNELS_MAX, QUEUES_MAX};
use crate::rules::{AfterContact, Day, Preset, Rules, ServiceLevel};
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
    waits: Vec<QueueTerms>,
    contact_ttl: Vec<Span>,
}

/// What holds for one queue; the limits of waits are nearly always the same on every channel.
#[derive(Clone, Debug)]
struct QueueTerms {
    usual: WaitTerms,
    day: Day,
    by_channel: Vec<(ChannelId, WaitTerms)>,
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
        rules.aliases.iter().for_each(|(alias, queue)| queues.alias(alias, queue));
        let mut terms = Self {
            lateness: rules.lateness,
            after_contact: rules.after_contact,
            after_contact_max: rules.after_contact_max,
            voice: channels.intern(VOICE),
            direct: queues.intern(DIRECT),
            waits: Vec::new(),
            contact_ttl: Vec::new(),
        };
        terms.learn(rules, &queues, &mut channels);
        (terms, queues, channels)
    }

    /// Looks up the rules of queues and channels that were named since the last time.
    pub fn learn(&mut self, rules: &Rules, queues: &Names<QueueId>, channels: &mut Names<ChannelId>) {
        for queue in queues.since(self.waits.len()) {
            let rules = rules.queue(queue);
            let by_channel =
                rules.by_channel.iter().map(|(channel, level)| (channels.intern(channel), WaitTerms::of(level)));
            let by_channel = by_channel.collect();
            let (usual, day) = (WaitTerms::of(&rules.service_level), rules.day.clone());
            self.waits.push(QueueTerms { usual, day, by_channel });
        }
        self.contact_ttl.extend(channels.since(self.contact_ttl.len()).map(|channel| rules.contact_ttl.of(channel)));
    }

    /// When the day of this queue begins.
    pub fn day(&self, queue: QueueId) -> &Day {
        &self.waits[queue.index()].day
    }

    /// The limits of a wait in this queue on this channel.
    pub fn wait(&self, (queue, channel): (QueueId, ChannelId)) -> WaitTerms {
        let QueueTerms { usual, by_channel, .. } = &self.waits[queue.index()];
        by_channel.iter().find(|(own, _)| *own == channel).map_or(*usual, |(_, terms)| *terms)
    }

    /// How long a contact on this channel is kept without an event.
    pub fn contact_ttl(&self, channel: ChannelId) -> Span {
        self.contact_ttl[channel.index()]
    }
}

impl WaitTerms {
    fn of(level: &ServiceLevel) -> Self {
        Self {
            threshold: level.threshold,
            preset: level.preset,
            short_abandon: (level.short_abandon > Span::ZERO).then_some(level.short_abandon),
        }
    }
}
