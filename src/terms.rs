//! The rules as contacts and tickets need them: looked up by number, not by name.

use std::sync::Arc;

use crate::budget::Budget;
use crate::id::{ChannelId, DIRECT, Id, Names, PriorityId, QueueId, UNATTRIBUTED};
use crate::rules::{AfterContact, Day, FirstResponseFrom, Preset, Rules, ServiceLevel};
use crate::sla;
use crate::time::Span;

/// The channel of contacts that tell none.
pub const VOICE: &str = "voice";
/// The channel of tickets that tell none.
pub const EMAIL: &str = "email";
/// The priority of tickets that tell none.
pub const NORMAL: &str = "normal";

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
    /// The channel of tickets that tell none.
    pub email: ChannelId,
    /// The priority of tickets that tell none.
    pub normal: PriorityId,
    /// The queue of legs that came from no queue, and of tickets of which none was told.
    pub direct: QueueId,
    /// The queue of answers of which nobody knows whose they are.
    pub unattributed: QueueId,
    /// How long a ticket is kept without an event.
    pub ticket_ttl: Span,
    /// From where first response is measured.
    pub first_response_from: FirstResponseFrom,
    /// How soon a first response is in time.
    pub response_within: Span,
    /// How soon a complaint that is resolved is resolved in time.
    pub complaint_due: Span,
    /// How long answers to surveys are remembered.
    pub survey_ttl: Span,
    /// Whether it is remembered who served what is over.
    pub is_served_remembered: bool,
    /// What is promised of what.
    pub sla: sla::Terms,
    of_config: usize, // queues that the config names; their numbers come first, after that of `__other__`
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
    /// Terms that know no names yet but those of the config, and those that stand for what is not told.
    pub fn new(rules: &Rules, budget: &Arc<Budget>) -> (Self, Names<QueueId>, Names<ChannelId>, Names<PriorityId>) {
        let mut queues = Names::new(budget);
        let mut channels = Names::new(budget);
        let mut priorities = Names::new(budget);
        for queue in rules.queues.keys() {
            queues.know(queue);
        }
        for channel in configured_channels(rules) {
            channels.know(channel);
        }
        rules.aliases.iter().for_each(|(alias, queue)| queues.alias(alias, queue));
        let mut terms = Self {
            lateness: rules.lateness,
            after_contact: rules.after_contact,
            after_contact_max: rules.after_contact_max,
            voice: channels.know(VOICE),
            email: channels.know(EMAIL),
            normal: priorities.know(NORMAL),
            sla: sla::Terms::new(rules),
            direct: queues.know(DIRECT),
            unattributed: queues.know(UNATTRIBUTED),
            ticket_ttl: rules.tickets.ttl,
            first_response_from: rules.tickets.first_response_from,
            response_within: rules.tickets.response_within,
            complaint_due: rules.tickets.complaints.due,
            survey_ttl: rules.surveys.ttl,
            is_served_remembered: rules.surveys.is_served_remembered,
            of_config: rules.queues.len(),
            waits: Vec::new(),
            contact_ttl: Vec::new(),
        };
        terms.learn(rules, &queues, &mut channels, &priorities);
        (terms, queues, channels, priorities)
    }

    /// Whether what waits in this queue may take the last places: the config names the queue, or it names none.
    pub fn goes_first(&self, queue: Option<QueueId>) -> bool {
        self.of_config == 0 || queue.is_some_and(|queue| (1..=self.of_config).contains(&queue.index()))
    }

    /// Whether the rules of all that is named were looked up.
    pub fn knows(&self, queues: &Names<QueueId>, channels: &Names<ChannelId>, priorities: &Names<PriorityId>) -> bool {
        self.waits.len() == queues.len()
            && self.contact_ttl.len() == channels.len()
            && self.sla.knows(queues, channels, priorities)
    }

    /// Looks up the rules of queues, channels and priorities that were named since the last time.
    pub fn learn(
        &mut self,
        all: &Rules,
        queues: &Names<QueueId>,
        channels: &mut Names<ChannelId>,
        priorities: &Names<PriorityId>,
    ) {
        for queue in queues.since(self.waits.len()) {
            let rules = all.queue(queue);
            let by_channel =
                rules.by_channel.iter().map(|(channel, level)| (channels.know(channel), WaitTerms::of(level)));
            let by_channel = by_channel.collect();
            let (usual, day) = (WaitTerms::of(&rules.service_level), rules.day.clone());
            self.waits.push(QueueTerms { usual, day, by_channel });
        }
        self.contact_ttl.extend(channels.since(self.contact_ttl.len()).map(|channel| all.contact_ttl.of(channel)));
        self.sla.learn(all, queues, channels, priorities);
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

    /// How long it is remembered who served a contact or ticket that is over; without a place for that, as long as its events may
    /// still be sorted.
    pub fn keeps_served(&self) -> Span {
        if self.is_served_remembered { self.survey_ttl } else { self.lateness }
    }

    /// How long a contact on this channel is kept without an event.
    pub fn contact_ttl(&self, channel: ChannelId) -> Span {
        self.contact_ttl[channel.index()]
    }
}

/// Every channel that the config speaks of, some of them more than once.
fn configured_channels(rules: &Rules) -> impl Iterator<Item = &String> {
    let of_queues = rules.queues.values().flat_map(|queue| queue.channels.iter().chain(queue.by_channel.keys()));
    let of_patterns = rules.patterns.iter().flat_map(|pattern| pattern.settings.by_channel.keys());
    of_queues.chain(of_patterns).chain(rules.contact_ttl.named.keys())
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
