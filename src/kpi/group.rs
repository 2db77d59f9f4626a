//! What a KPI or a metric is about, and on which channels that can happen.
//!
//! **Why.** A queue of e-mails has no service level and a queue of calls no backlog of tickets; families of zeros for both would
//! double what Prometheus stores. A pair of queue and channel has what its channel usually has, and the rest once there is any.

use super::{CHATS, COMPLAINT_WINDOWS, CONTACTS, DEMAND, Kpi, PROMISES, SURVEYS, TICKETS};
use crate::measure::SlaTarget;
use crate::terms::{EMAIL, VOICE};
use crate::window::{Field, Tally};

/// What a KPI or a metric is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Demand of every kind.
    Demand,
    /// Contacts.
    Contacts,
    /// Contacts with messages.
    Chats,
    /// Tickets.
    Tickets,
    /// What customers and reviewers say.
    Surveys,
    /// What was promised of single contacts and tickets.
    Promises,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 6] =
        [Self::Demand, Self::Contacts, Self::Chats, Self::Tickets, Self::Surveys, Self::Promises];

    /// Whether it is usual on this channel. Tickets come by e-mail, contacts by anything else; surveys and promises
    /// are usual nowhere.
    pub fn fits(self, channel: &str) -> bool {
        match self {
            Self::Demand => true,
            Self::Contacts => channel != EMAIL,
            Self::Chats => channel != EMAIL && channel != VOICE,
            Self::Tickets => channel == EMAIL,
            Self::Surveys | Self::Promises => false,
        }
    }

    /// What a promise is about.
    pub const fn of_promise(target: SlaTarget) -> Self {
        match target {
            SlaTarget::Answer => Self::Contacts,
            _ => Self::Tickets,
        }
    }

    /// The KPIs of a queue and channel that are about it.
    pub const fn kpis(self) -> &'static [&'static Kpi] {
        match self {
            Self::Demand => DEMAND,
            Self::Contacts => CONTACTS,
            Self::Chats => CHATS,
            Self::Tickets => TICKETS,
            Self::Surveys => SURVEYS,
            Self::Promises => PROMISES,
        }
    }

    /// Whether its figures over a tally can be other than nothing. No: they cannot, at the price of a look.
    pub fn may_be_in(self, tally: &Tally) -> bool {
        let (first, last) = self.fields();
        tally.has_between(first, last)
    }

    /// The first and the last of the fields that its figures are read from. There may be others between.
    const fn fields(self) -> (Field, Field) {
        match self {
            Self::Demand => (Field::Volume, Field::Volume),
            Self::Contacts => (Field::Offered, Field::LevelCounted),
            Self::Chats => (Field::ChatFirstResponse, Field::ChatReply),
            Self::Tickets => (Field::TicketCreated, Field::ResponseWithin),
            Self::Surveys => (Field::SurveySent, Field::ScoredMax),
            Self::Promises => (Field::SlaMet, Field::SlaReversed),
        }
    }

    /// The word for what is counted, in names of metrics.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Demand | Self::Contacts | Self::Chats => "contacts",
            Self::Tickets => "tickets",
            Self::Surveys => "surveys",
            Self::Promises => "sla",
        }
    }
}

/// Some of the groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Groups(u8);

impl Groups {
    /// All of them.
    pub const ALL: Self = Self(u8::MAX);

    /// Whether it is one of them.
    pub const fn has(self, group: Group) -> bool {
        self.0 & 1 << group as u8 != 0
    }

    /// With those of another set.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// With one more.
    #[must_use]
    pub const fn with(self, group: Group) -> Self {
        Self(self.0 | 1 << group as u8)
    }
}

impl Kpi {
    /// What it is about.
    pub fn group(&self) -> Group {
        let is_of = |kpis: &[&Self]| kpis.iter().any(|own| own.name == self.name);
        let group = Group::ALL.into_iter().find(|group| is_of(group.kpis()));
        group.unwrap_or(if is_of(COMPLAINT_WINDOWS) { Group::Tickets } else { Group::Contacts })
    }

    /// Whether contacts on this channel usually have it; others have it only once they do.
    pub fn fits(&self, channel: &str) -> bool {
        self.group().fits(channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::QUEUE;
    use std::collections::BTreeSet;

    #[test]
    fn every_kpi_is_of_one_group_and_once_in_the_list_of_all() {
        let names: BTreeSet<_> = QUEUE.iter().map(|kpi| kpi.name).collect();
        assert_eq!(names.len(), QUEUE.len());
        for group in Group::ALL {
            assert!(group.kpis().iter().all(|kpi| kpi.group() == group && names.contains(kpi.name)), "{group:?}");
        }
        assert_eq!(Group::ALL.map(|group| group.kpis().len()).iter().sum::<usize>(), QUEUE.len());
    }

    #[test]
    fn a_channel_has_what_can_happen_on_it() {
        let on = |channel: &str| Group::ALL.map(|group| group.fits(channel));
        assert_eq!(on("voice"), [true, true, false, false, false, false]);
        assert_eq!(on("chat"), [true, true, true, false, false, false]);
        assert_eq!(on("email"), [true, false, false, true, false, false]);
    }
}
