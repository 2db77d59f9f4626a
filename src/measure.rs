//! What one step of a contact is worth: the narrow waist between lifecycles and arithmetic.
//!
//! **Why a waist.** Left of it stand contacts, which know queues, agents and holds. Right of it stand sums and distributions.
//! A KPI never names a contact; a contact never names a window. A new KPI reads measures that are there, or adds one.
//!
//! **Invariant.** Whatever takes a booking can take its withdrawal: sums and counts are integers, so what was added is
//! subtracted without a trace.

use serde::{Deserialize, Serialize};

use crate::event::{AbandonCause, CallbackResult, DeleteCause, FlowCause, MissCause, SurveyKind, Thousandths};
use crate::id::{AgentId, ChannelId, PolicyId, QueueId};
use crate::time::{EventTime, Span};

/// One measure, at the moment and place that it counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Booking {
    /// When it counts: the moment of what it counts, or of the decision.
    pub at: EventTime,
    /// What it counts for.
    pub scope: Scope,
    /// What it is worth.
    pub measure: Measure,
}

/// What a measure counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// A queue, on one channel.
    Queue(QueueId, ChannelId),
    /// Of a queue, on one channel, those tickets that are complaints.
    Complaints(QueueId, ChannelId),
    /// An agent.
    Agent(AgentId),
    /// The books: what was odd about the input.
    Books,
}

/// What one step is worth. Waits run from the start of the stay in this queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Measure {
    /// A stay began.
    Offered,
    /// A root demand: the first stay of a contact that continues no other.
    Volume,
    /// A stay that a snapshot set began to count here.
    Adopted,
    /// A snapshot showed that a stay is over, and nobody told how it ended.
    Disowned,
    /// A stay ended with an answer.
    Answered {
        /// Ringing included; `None` where it enters no distribution.
        wait: Option<Span>,
        /// Within the threshold.
        within: bool,
    },
    /// The customer was answered for the first time, this long after queueing for the first time anywhere.
    CustomerWait(Span),
    /// A stay ended because the customer hung up.
    Abandoned {
        /// Until the hang-up; `None` where it enters no distribution.
        wait: Option<Span>,
        /// How long that was against the limits of the queue.
        patience: Patience,
        /// Why.
        cause: AbandonCause,
    },
    /// A stay ended unanswered without a hang-up.
    FlowedOut {
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
    /// An agent did not answer what rang, for a cause of the agent's own.
    MissedAlert(MissCause),
    /// From the first queueing to the first message of an agent.
    ChatFirstResponse(Span),
    /// From the oldest unanswered message of the customer to the next of an agent.
    ChatReply(Span),
    /// A customer asked to be called back.
    CallbackRequested,
    /// Somebody tried to call back.
    CallbackAttempted(CallbackResult),
    /// A customer was called back, this long after asking for it.
    CallbackReached {
        /// Since the request; `None` where it enters no distribution.
        wait: Option<Span>,
    },
    /// A customer who had asked for it will not be called back.
    CallbackGivenUp,
    /// A ticket was created.
    TicketCreated,
    /// An unresolved ticket whose beginning nobody saw, or that a snapshot told of, began to count here.
    TicketAdopted,
    /// A snapshot showed that an unresolved ticket is not here any more, and nobody told how it went.
    TicketDisowned,
    /// An unresolved ticket came from another queue.
    MovedIn,
    /// An unresolved ticket went to another queue.
    MovedOut,
    /// A ticket was resolved.
    Resolved {
        /// It had been resolved before.
        again: bool,
    },
    /// From a ticket's creation to its being resolved.
    ResolutionTime {
        /// Calendar time.
        calendar: Span,
        /// The same without the time that it waited for the customer.
        active: Span,
        /// It had been resolved before.
        again: bool,
    },
    /// The public replies of agents on a ticket that was resolved and whose beginning is known.
    RepliesAtResolve(u32),
    /// A ticket was resolved though no agent had answered in public.
    ResolvedUnreplied,
    /// A ticket was resolved no longer.
    Reopened {
        /// For the first time.
        first: bool,
    },
    /// A ticket became final.
    TicketClosed,
    /// A ticket is gone.
    TicketDeleted {
        /// Why.
        cause: DeleteCause,
        /// It was not resolved.
        open: bool,
    },
    /// A ticket that was not resolved was heard of no more.
    TicketExpired,
    /// A ticket was given to a higher tier.
    Escalated {
        /// For the first time.
        first: bool,
    },
    /// From the beginning of a ticket to the first public reply of an agent.
    FirstResponse(Span),
    /// From the oldest unanswered message of the customer to the next public reply of an agent.
    TicketReply(Span),
    /// The same as one of the durations of tickets, of which only the hours of its queue count; where it has hours.
    BusinessTime(TicketTime, Span),
    /// It is decided whether a first response came in time.
    ResponseDecided {
        /// It did.
        within: bool,
    },
    /// It is decided whether a complaint was resolved in time.
    ComplaintDecided {
        /// It was not.
        overdue: bool,
    },
    /// A ticket was assigned to an agent for the first time.
    AssignedToAgent,
    /// A customer was asked.
    SurveySent(Option<SurveyKind>),
    /// A customer answered; what counters take: a later answer does not replace it.
    SurveyAnswered(SurveyKind, Rating),
    /// The answer of a customer that holds.
    Rated(SurveyKind, Rating),
    /// A contact or ticket was reviewed for the first time.
    Reviewed,
    /// Points of a review.
    Scored {
        /// Given; 0 where something was so wrong that the score is 0.
        points: Thousandths,
        /// Could be given.
        max_points: Thousandths,
    },
    /// It is decided whether a promise was kept, or it turned out that it need not have been called broken.
    Promise {
        /// By which policy it was promised.
        policy: PolicyId,
        /// What was promised.
        target: SlaTarget,
        /// How it went.
        result: SlaResult,
    },
    /// An event that made no sense where it came.
    Odd(Anomaly),
}

/// What may be promised of a contact or ticket. The words are those of Zendesk's metric events where it has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SlaTarget {
    /// From a ticket's start to the first public reply of an agent.
    FirstReply,
    /// From the customer's oldest unanswered message to the next public reply of an agent, the first reply left out.
    NextReply,
    /// From one public reply of an agent to the next, as long as the ticket is not resolved.
    PeriodicUpdate,
    /// From a ticket's creation to its being resolved; stands still while it is resolved.
    Resolution,
    /// The same, and stands still while it waits for the customer, too.
    RequesterWait,
    /// The same, and stands still while it waits for the customer or a third party.
    AgentWork,
    /// A ticket's time in one queue; begins anew at each move and when it is reopened.
    QueueTime,
    /// A contact's wait in one queue, to its answer.
    Answer,
}

/// How a promise went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SlaResult {
    /// It was kept: what was promised came by the deadline, inclusive.
    Met,
    /// The deadline passed.
    Breached,
    /// It was called broken, finally, and turned out not to be: a late event, or other terms that give more time.
    Reversed,
}

/// A duration of tickets that is told in business time as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TicketTime {
    /// As [`Measure::FirstResponse`].
    FirstResponse,
    /// As [`Measure::TicketReply`].
    Reply,
    /// As [`Measure::ResolutionTime`].
    Resolution,
}

/// What an answer of a customer is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Rating {
    /// The score as it was given.
    pub score: Thousandths,
    /// How it reads on its scale.
    pub mood: Mood,
}

/// How an answer reads on its scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Mood {
    /// Satisfied, easy, a promoter.
    Good,
    /// Neither.
    Neutral,
    /// A detractor.
    Bad,
}

/// How long somebody waited before hanging up, against the limits of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Patience {
    /// At most `short_abandon`.
    Short,
    /// Longer, but within the threshold.
    Within,
    /// Past the threshold.
    Past,
}

/// An event that made no sense where it came. A closed set: it is a label value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// Rings at an agent where it rings already.
    AlertedTwice,
    /// An agent missed what did not ring.
    MissedWithoutAlert,
    /// A call back that nobody had asked for.
    CallbackNotRequested,
    /// An event of a contact that is over.
    AfterTheEnd,
    /// A late event that would begin something before what is sealed.
    LateBeginning,
    /// More legs or stays at a time, or queues of an agent, than the limits allow.
    TooManyOpen,
    /// More events within `lateness` than the limits allow.
    TooManyEvents,
    /// A ticket was created that is there already.
    CreatedTwice,
    /// A status of a ticket that the config does not know.
    UnknownStatus,
    /// A state of an agent that the config does not know.
    UnknownState,
    /// A score that is not on the scale of its survey.
    ScoreOutOfScale,
}

impl Booking {
    /// Whether it counts for this queue.
    pub fn is_in(&self, queue: QueueId) -> bool {
        matches!(self.scope, Scope::Queue(own, _) if own == queue)
    }
}

impl Measure {
    /// Whether windows alone take it: counters keep what a later event replaces.
    pub const fn is_replaceable(&self) -> bool {
        matches!(self, Self::Rated(..))
    }

    /// What is left of it where its event was one of many made at once by a script: no duration.
    pub fn of_bulk(self) -> Option<Self> {
        match self {
            Self::CustomerWait(_)
            | Self::Talk(_)
            | Self::Hold(_)
            | Self::Handle(_)
            | Self::AfterContact(_)
            | Self::ChatFirstResponse(_)
            | Self::ChatReply(_)
            | Self::ResolutionTime { .. }
            | Self::FirstResponse(_)
            | Self::TicketReply(_)
            | Self::BusinessTime(..) => None,
            Self::Answered { within, .. } => Some(Self::Answered { wait: None, within }),
            Self::Abandoned { patience, cause, .. } => Some(Self::Abandoned { wait: None, patience, cause }),
            Self::CallbackReached { .. } => Some(Self::CallbackReached { wait: None }),
            other => Some(other),
        }
    }
}

impl SlaTarget {
    /// Every target, in order.
    pub const ALL: [Self; 8] = [
        Self::FirstReply,
        Self::NextReply,
        Self::PeriodicUpdate,
        Self::Resolution,
        Self::RequesterWait,
        Self::AgentWork,
        Self::QueueTime,
        Self::Answer,
    ];

    /// Those of tickets: all but [`SlaTarget::Answer`], the last.
    pub const OF_TICKETS: &[Self] = Self::ALL.split_at(Self::Answer as usize).0;

    /// The name in config, reports and labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstReply => "first_reply",
            Self::NextReply => "next_reply",
            Self::PeriodicUpdate => "periodic_update",
            Self::Resolution => "resolution",
            Self::RequesterWait => "requester_wait",
            Self::AgentWork => "agent_work",
            Self::QueueTime => "queue_time",
            Self::Answer => "answer",
        }
    }
}

impl SlaResult {
    /// Every result, in order.
    pub const ALL: [Self; 3] = [Self::Met, Self::Breached, Self::Reversed];

    /// The name in labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Breached => "breached",
            Self::Reversed => "breach_reversed",
        }
    }
}

impl Anomaly {
    /// Every kind, in order.
    pub const ALL: [Self; 19] = [
        Self::AnsweredTwice,
        Self::HeldWithoutTalk,
        Self::ResumedWithoutHold,
        Self::TransferredWithoutTalk,
        Self::FlowedOutWithoutWait,
        Self::AbandonedWithoutWait,
        Self::EndedWithoutTalk,
        Self::WrappedWithoutLeg,
        Self::AlertedTwice,
        Self::MissedWithoutAlert,
        Self::CallbackNotRequested,
        Self::AfterTheEnd,
        Self::LateBeginning,
        Self::TooManyOpen,
        Self::TooManyEvents,
        Self::CreatedTwice,
        Self::UnknownStatus,
        Self::UnknownState,
        Self::ScoreOutOfScale,
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
            Self::AlertedTwice => "alerted_twice",
            Self::MissedWithoutAlert => "missed_without_alert",
            Self::CallbackNotRequested => "callback_not_requested",
            Self::AfterTheEnd => "after_the_end",
            Self::LateBeginning => "late_beginning",
            Self::TooManyOpen => "too_many_open",
            Self::TooManyEvents => "too_many_events",
            Self::CreatedTwice => "created_twice",
            Self::UnknownStatus => "unknown_status",
            Self::UnknownState => "unknown_state",
            Self::ScoreOutOfScale => "score_out_of_scale",
        }
    }
}
