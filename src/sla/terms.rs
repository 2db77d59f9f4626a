//! The policies as lives need them: by number, not by name.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::calendar::Calendar;
use crate::id::{ChannelId, Id, Names, PolicyId, PriorityId, QueueId};
use crate::measure::SlaTarget;
use crate::rules::{self, Promise, Rules, Tags};
use crate::time::{EventTime, Span};

/// The policies; grows as queues, channels and priorities are seen.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    policies: Vec<Policy>,
    of_queues: Vec<OfQueue>,
    channels: usize,   // looked up so far
    priorities: usize, // likewise
    tags: Vec<String>, // that some policy asks for
    promised: u8,      // a bit for each target that some policy promises
}

#[derive(Clone, Debug)]
struct Policy {
    channels: Option<Vec<ChannelId>>, // those of its filter that were seen; none: every one
    priorities: Option<Vec<PriorityId>>,
    tags: Option<Tags>,
    calendar: Option<Arc<Calendar>>,
    promises: [Option<Promise>; SlaTarget::ALL.len()],
}

#[derive(Clone, Debug)]
struct OfQueue {
    policies: Box<[PolicyId]>, // whose filter has the queue
    calendar: Option<Arc<Calendar>>,
}

/// What a policy is chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// In which queue, on which channel.
    pub place: (QueueId, ChannelId),
    /// How urgent it is.
    pub priority: PriorityId,
    /// Which tags it has.
    pub tags: Tags,
}

/// What is promised in a case.
#[derive(Clone, Copy, Debug)]
pub struct Pledge<'a> {
    /// By which policy.
    pub policy: PolicyId,
    /// By when, on which clock.
    pub promise: Promise,
    calendar: Option<&'a Calendar>,
}

impl Terms {
    /// The policies of the config.
    pub fn new(rules: &Rules) -> Self {
        let policies: Vec<Policy> = rules.policies.iter().map(|policy| Policy::new(policy, rules)).collect();
        let promised = policies.iter().map(Policy::promised).fold(0, |all, own| all | own);
        let tags = rules.sla_tags().into_iter().map(str::to_owned).collect();
        Self { policies, promised, tags, ..Self::default() }
    }

    /// Which of these tags some policy asks for.
    pub fn known_tags<'a>(&self, told: impl Iterator<Item = &'a str> + Clone) -> Tags {
        let asked = self.tags.iter().enumerate();
        Tags(
            asked
                .filter(|(_, tag)| told.clone().any(|told| *told == ***tag))
                .fold(0, |tags, (place, _)| tags | 1 << place),
        )
    }

    /// Whether what is promised was looked up for all that is named.
    pub fn knows(&self, queues: &Names<QueueId>, channels: &Names<ChannelId>, priorities: &Names<PriorityId>) -> bool {
        (self.of_queues.len(), self.channels, self.priorities) == (queues.len(), channels.len(), priorities.len())
    }

    /// Looks up what holds in queues, on channels and of priorities that were named since the last time.
    pub fn learn(
        &mut self,
        rules: &Rules,
        queues: &Names<QueueId>,
        channels: &Names<ChannelId>,
        priorities: &Names<PriorityId>,
    ) {
        for queue in queues.since(self.of_queues.len()) {
            let own = rules.numbered_policies().filter(|(_, policy)| policy.filter.has_queue(queue));
            let policies = own.map(|(id, _)| id).collect();
            self.of_queues.push(OfQueue { policies, calendar: rules.calendar_of(queue).cloned() });
        }
        let typed = || rules.policies.iter().map(|policy| &policy.filter);
        for name in channels.since(self.channels) {
            let own = self.policies.iter_mut().map(|policy| &mut policy.channels);
            note(own, typed().map(|filter| &filter.channels), name, self.channels);
            self.channels += 1;
        }
        for name in priorities.since(self.priorities) {
            let own = self.policies.iter_mut().map(|policy| &mut policy.priorities);
            note(own, typed().map(|filter| &filter.priorities), name, self.priorities);
            self.priorities += 1;
        }
    }

    /// Whether some policy promises it.
    pub fn promises(&self, target: SlaTarget) -> bool {
        self.promised & bit(target) != 0
    }

    /// Whether some policy promises anything of tickets.
    pub fn promises_of_tickets(&self) -> bool {
        self.promised & !bit(SlaTarget::Answer) != 0
    }

    /// What is promised: that of the first policy that holds in the case, if it has the target.
    pub fn pledge(&self, case: &Case, target: SlaTarget) -> Option<Pledge<'_>> {
        if !self.promises(target) {
            return None;
        }
        let (policy, own) = self.policy(case)?;
        let promise = own.promises[target as usize]?;
        let calendar = (promise.clock == rules::Clock::Business).then(|| self.calendar_of(case, Some(own))).flatten();
        Some(Pledge { policy, promise, calendar })
    }

    /// The hours by which business time runs in a case: those of its policy, else of its queue. None: all time is business time.
    pub fn calendar(&self, case: &Case) -> Option<&Calendar> {
        self.calendar_of(case, self.policy(case).map(|(_, own)| own))
    }

    /// The hours of a queue.
    pub fn hours(&self, queue: QueueId) -> Option<&Calendar> {
        self.of_queues[queue.index()].calendar.as_deref()
    }

    /// At risk so long before the deadline.
    pub fn warn_before(&self, policy: PolicyId, target: SlaTarget) -> Span {
        let promise = self.policies[usize::from(policy.0)].promises[target as usize];
        promise.map_or(Span::ZERO, |promise| promise.warn_before)
    }

    fn policy(&self, case: &Case) -> Option<(PolicyId, &Policy)> {
        let candidates = self.of_queues[case.place.0.index()].policies.iter();
        candidates.map(|id| (*id, &self.policies[usize::from(id.0)])).find(|(_, policy)| policy.matches(case))
    }

    fn calendar_of<'a>(&'a self, case: &Case, policy: Option<&'a Policy>) -> Option<&'a Calendar> {
        policy.and_then(|own| own.calendar.as_deref()).or_else(|| self.hours(case.place.0))
    }
}

const fn bit(target: SlaTarget) -> u8 {
    1 << target as u8
}

/// A bit for each tag of a filter, by its place among all that are asked for.
fn asked_for(tags: &[String], all: &BTreeSet<&str>) -> u64 {
    let own = all.iter().enumerate().filter(|(_, tag)| tags.iter().any(|own| own == **tag));
    own.fold(0, |bits, (place, _)| bits | 1 << place)
}

/// Notes the number of a name in the lists of those whose filter has it.
fn note<'a, I: Id + 'a>(
    lists: impl Iterator<Item = &'a mut Option<Vec<I>>>,
    filters: impl Iterator<Item = &'a Vec<String>>,
    name: &str,
    number: usize,
) {
    let id = I::from_index(u32::try_from(number).expect("limits are far below 2^32"));
    for (list, names) in lists.zip(filters) {
        list.iter_mut().filter(|_| names.iter().any(|own| own == name)).for_each(|list| list.push(id));
    }
}

impl Policy {
    fn new(policy: &rules::Policy, rules: &Rules) -> Self {
        let filter = &policy.filter;
        let mut promises = [None; SlaTarget::ALL.len()];
        policy.promises.iter().for_each(|(target, promise)| promises[*target as usize] = Some(*promise));
        Self {
            channels: (!filter.channels.is_empty()).then(Vec::new),
            priorities: (!filter.priorities.is_empty()).then(Vec::new),
            tags: (!filter.tags.is_empty()).then(|| Tags(asked_for(&filter.tags, &rules.sla_tags()))),
            calendar: policy.calendar.as_ref().and_then(|name| rules.calendars.get(name)).cloned(),
            promises,
        }
    }

    fn promised(&self) -> u8 {
        let own = SlaTarget::ALL.into_iter().filter(|target| self.promises[*target as usize].is_some());
        own.fold(0, |all, target| all | bit(target))
    }

    fn matches(&self, case: &Case) -> bool {
        let has_channel = self.channels.as_ref().is_none_or(|own| own.contains(&case.place.1));
        let has_priority = self.priorities.as_ref().is_none_or(|own| own.contains(&case.priority));
        has_channel && has_priority && self.tags.is_none_or(|tags| tags.0 & case.tags.0 != 0)
    }
}

impl Pledge<'_> {
    /// How much of the time is left where so much has run; negative where it is over.
    pub fn left(&self, calendar: Span, business: Span) -> Span {
        self.promise.within - if self.promise.clock == rules::Clock::Business { business } else { calendar }
    }

    /// The last moment that keeps a promise of which so much time has run by `since`, from when on it runs; `since` itself where
    /// the time was over by then.
    pub fn due(&self, calendar: Span, business: Span, since: EventTime) -> EventTime {
        let left = self.left(calendar, business).at_least_zero();
        self.calendar.map_or(since + left, |hours| hours.after(since, left))
    }
}
