//! What one step of a contact is worth: the narrow waist between lifecycles and arithmetic.
//!
//! **Why a waist.** Left of it stand contacts, which know queues, agents and holds. Right of it stand sums and distributions.
//! A KPI never names a contact; a contact never names a window. A new KPI reads measures that are there, or adds one.
//!
//! **Invariant.** Whatever takes a booking can take its withdrawal: sums and counts are integers, so what was added is
//! subtracted without a trace.

use crate::event::FlowCause;
use crate::id::{AgentId, ChannelId, QueueId};
use crate::time::{EventTime, Span};

/// One measure, at the moment and place that it counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Booking {
    /// When it counts: the moment of what it counts, or of the decision.
    pub at: EventTime,
    /// What it counts for.
    pub scope: Scope,
    /// What it is worth.
    pub measure: Measure,
}

/// What a measure counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A queue, on one channel.
    Queue(QueueId, ChannelId),
    /// An agent.
    Agent(AgentId),
    /// The books: what was odd about the input.
    Books,
}

/// What one step is worth. Waits run from the start of the stay in this queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// A stay began.
    Offered,
    /// A root demand: the first stay of a contact that continues no other.
    Volume,
    /// A stay ended with an answer.
    Answered {
        /// Ringing included.
        wait: Span,
        /// Within the threshold.
        within: bool,
    },
    /// The customer was answered for the first time, this long after queueing for the first time anywhere.
    CustomerWait(Span),
    /// A stay ended because the customer hung up.
    Abandoned {
        /// Until the hang-up.
        wait: Span,
        /// How long that was against the limits of the queue.
        patience: Patience,
    },
    /// A stay ended unanswered without a hang-up.
    FlowedOut {
        /// Until it left.
        wait: Span,
        /// Why.
        cause: FlowCause,
        /// Within the threshold.
        within: bool,
    },
    /// A stay passed its threshold unanswered; booked at that moment, however it ends.
    PastThreshold,
    /// A contact was refused before it could queue.
    Blocked,
    /// A stay never ended.
    StayExpired,
    /// A talk never ended.
    TalkExpired,
    /// An agent answered as the primary agent.
    AnsweredByAgent,
    /// A leg's talk, hold left out.
    Talk(Span),
    /// A leg's hold, where it was held.
    Hold(Span),
    /// A leg's talk ended.
    LegEnded {
        /// By a transfer.
        transferred: bool,
    },
    /// A leg's talk, hold and after-contact work.
    Handle(Span),
    /// A leg's after-contact work, where the platform told its end.
    AfterContact(Span),
    /// A leg whose after-contact work nobody ended in time.
    WrapTimeout,
    /// An event that made no sense where it came.
    Odd(Anomaly),
}

/// How long somebody waited before hanging up, against the limits of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Patience {
    /// At most `short_abandon`.
    Short,
    /// Longer, but within the threshold.
    Within,
    /// Past the threshold.
    Past,
}

/// An event that made no sense where it came. A closed set: it is a label value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anomaly {
    /// Answered by an agent who already talks on this contact.
    AnsweredTwice,
    /// Held, but nobody talks.
    HeldWithoutTalk,
    /// Resumed, but nothing is on hold.
    ResumedWithoutHold,
    /// Transferred, but nobody talks.
    TransferredWithoutTalk,
    /// Flowed out of a queue that it does not wait in.
    FlowedOutWithoutWait,
    /// Hung up before an answer, but it does not wait.
    AbandonedWithoutWait,
    /// Ended, but nothing is open.
    EndedWithoutTalk,
    /// After-contact work over, but there is none.
    WrappedWithoutLeg,
    /// An event of a contact that is over.
    AfterTheEnd,
    /// A late event that would begin something before what is sealed.
    LateBeginning,
    /// More legs or stays at a time than the limits allow.
    TooManyOpen,
    /// More events within `lateness` than the limits allow.
    TooManyEvents,
}

impl Booking {
    /// Whether it counts for this queue.
    pub fn is_in(&self, queue: QueueId) -> bool {
        matches!(self.scope, Scope::Queue(own, _) if own == queue)
    }
}

impl Anomaly {
    /// Every kind, in order.
    pub const ALL: [Self; 12] = [
        Self::AnsweredTwice,
        Self::HeldWithoutTalk,
        Self::ResumedWithoutHold,
        Self::TransferredWithoutTalk,
        Self::FlowedOutWithoutWait,
        Self::AbandonedWithoutWait,
        Self::EndedWithoutTalk,
        Self::WrappedWithoutLeg,
        Self::AfterTheEnd,
        Self::LateBeginning,
        Self::TooManyOpen,
        Self::TooManyEvents,
    ];

    /// The name in reports and labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AnsweredTwice => "answered_twice",
            Self::HeldWithoutTalk => "held_without_talk",
            Self::ResumedWithoutHold => "resumed_without_hold",
            Self::TransferredWithoutTalk => "transferred_without_talk",
            Self::FlowedOutWithoutWait => "flowed_out_without_wait",
            Self::AbandonedWithoutWait => "abandoned_without_wait",
            Self::EndedWithoutTalk => "ended_without_talk",
            Self::WrappedWithoutLeg => "wrapped_without_leg",
            Self::AfterTheEnd => "after_the_end",
            Self::LateBeginning => "late_beginning",
            Self::TooManyOpen => "too_many_open",
            Self::TooManyEvents => "too_many_events",
        }
    }
}
