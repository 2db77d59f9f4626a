//! The closed sets of words that events use; most are label values.
//!
//! **Open at the end.** A cause that is not in the contract is `Other`, so that a platform with a new cause loses no event.

use serde::{Deserialize, Serialize};

/// What a queue is by hand, whatever its calendar says. A closed set: it is a label value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum QueueState {
    /// Takes contacts.
    Open,
    /// Takes none.
    Closed,
    /// Takes contacts, and works worse than it should.
    Degraded,
}

/// Who calls whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// The customer contacts the centre.
    #[default]
    Inbound,
    /// The centre contacts the customer; counts in handle-time and agent KPIs only.
    Outbound,
}

/// What an agent does on a contact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Serves it.
    #[default]
    Primary,
    /// Is asked for advice: counts in this agent's handle time only.
    Consult,
    /// Listens in: counts nowhere.
    Monitor,
}

/// Why a contact left a queue unanswered without hanging up. A closed set: it is a label value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FlowCause {
    /// The customer chose to be called back.
    Callback,
    /// Went to voicemail.
    Voicemail,
    /// Moved to another queue.
    Overflow,
    /// Waited longer than the queue allows.
    Timeout,
    /// Pressed a key to leave.
    Key,
    /// Nobody was there to answer.
    NoAgents,
    /// Waited in several queues and was answered in another.
    ServedElsewhere,
    /// Any other cause, or none given.
    Other,
}

/// Why an agent did not answer what rang. A closed set: it is a label value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MissCause {
    /// The agent let it ring.
    NoAnswer,
    /// The agent refused it.
    Rejected,
    /// Somebody else was faster: not the agent's miss.
    AnsweredElsewhere,
    /// The customer hung up first: not the agent's miss.
    CallerGone,
    /// Any other cause: not known to be the agent's miss.
    Other,
}

/// Why somebody hung up before an answer. A closed set: it is a label value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AbandonCause {
    /// The customer hung up.
    Customer,
    /// The platform did.
    System,
    /// Nothing was heard of the customer.
    Inactivity,
    /// Any other cause.
    Other,
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Author {
    /// The customer: waits for an answer from then on.
    Customer,
    /// An agent: answers.
    Agent,
    /// A program: neither asks nor answers.
    Bot,
}

/// How an attempt to call back went. A closed set: it is a label value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CallbackResult {
    /// Spoke with the customer.
    Reached,
    /// The customer did not answer; there may be another attempt.
    NoAnswer,
    /// Given up.
    Failed,
}

/// Whose a ticket was to begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Creator {
    /// The customer wrote: waits for an answer from then on.
    #[default]
    Customer,
    /// An agent opened it: nobody waits for an answer yet.
    Agent,
}

/// For whom a ticket waits while it is not resolved. A closed set: it is a label value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    /// For an agent.
    #[default]
    Open,
    /// For the customer: the active clock pauses.
    Pending,
    /// For a third party.
    OnHold,
}

/// Why a ticket is gone. A closed set: it is a label value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DeleteCause {
    /// Put into another.
    Merged,
    /// Nobody wanted it.
    Spam,
    /// No cause told.
    Deleted,
    /// Any other cause.
    Other,
}

/// What a survey asks. A closed set: it is a label value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SurveyKind {
    /// How satisfied the customer is.
    Csat,
    /// Whether the customer would recommend the company.
    Nps,
    /// How easy it was.
    Ces,
    /// How the experience was on the whole.
    Cx,
}

/// Gives each word of a closed set its name, and the list of all.
macro_rules! words {
    ($set:ident { $($word:ident $name:literal),* $(,)? }) => {
        impl $set {
            /// Every word, in order.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$word),*];

            /// The name in events, reports and labels.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$word => $name),* }
            }
        }
    };
}

/// As [`words!`], of a set in which a word that is not in the contract is `Other`, so that a new one never rejects an event.
macro_rules! open_words {
    ($set:ident { $($word:ident $name:literal),* $(,)? }) => {
        words!($set { $($word $name),*, Other "other" });

        impl $set {
            /// The word of that name, else `Other`.
            pub fn named(name: &str) -> Self {
                Self::ALL.into_iter().find(|word| word.name() == name).unwrap_or(Self::Other)
            }
        }
    };
}

open_words!(FlowCause {
    Callback "callback", Voicemail "voicemail", Overflow "overflow", Timeout "timeout", Key "key", NoAgents "no_agents",
    ServedElsewhere "served_elsewhere",
});
open_words!(MissCause {
    NoAnswer "no_answer", Rejected "rejected", AnsweredElsewhere "answered_elsewhere", CallerGone "caller_gone",
});
open_words!(AbandonCause { Customer "customer", System "system", Inactivity "inactivity" });
open_words!(DeleteCause { Merged "merged", Spam "spam", Deleted "deleted" });
words!(Creator { Customer "customer", Agent "agent" });
words!(Status { Open "open", Pending "pending", OnHold "on_hold" });
words!(SurveyKind { Csat "csat", Nps "nps", Ces "ces", Cx "cx" });
words!(Author { Customer "customer", Agent "agent", Bot "bot" });
words!(CallbackResult { Reached "reached", NoAnswer "no_answer", Failed "failed" });
words!(QueueState { Open "open", Closed "closed", Degraded "degraded" });
words!(Direction { Inbound "inbound", Outbound "outbound" });
words!(Role { Primary "primary", Consult "consult", Monitor "monitor" });

impl MissCause {
    /// Whether it is the agent's own miss.
    pub const fn is_own(self) -> bool {
        matches!(self, Self::NoAnswer | Self::Rejected)
    }
}
