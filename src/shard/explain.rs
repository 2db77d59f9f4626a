//! One contact or ticket under a magnifying glass: what it counts for, and how the clocks of its promises stand.

use super::Shard;
use crate::measure::{Measure, Scope, SlaTarget};
use crate::rules::Tags;
use crate::sla::{Case, Clock, Standing};
use crate::time::{EventTime, Span};
use crate::timeline::Bookings;

/// Whether a contact or a ticket is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A contact.
    Contact,
    /// A ticket.
    Ticket,
}

/// Something that was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// When.
    pub at: EventTime,
    /// For what.
    pub whose: Whose,
    /// As what.
    pub measure: Measure,
}

/// For what something counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// A queue, on a channel.
    Queue(String, String),
    /// The complaints of a queue, on a channel.
    Complaints(String, String),
    /// An agent.
    Agent(String),
    /// Nobody: it was odd.
    Nobody,
}

/// What a contact or ticket is promised at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promised {
    /// What policies are chosen by, one for each place where it waits.
    pub cases: Vec<CaseWords>,
    /// The clocks, those of no policy as well.
    pub clocks: Vec<ClockLook>,
}

/// What a policy is chosen by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseWords {
    /// In which queue.
    pub queue: String,
    /// On which channel.
    pub channel: String,
    /// How urgent.
    pub priority: String,
    /// Which tags that policies ask for.
    pub tags: Tags,
}

/// How a clock stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockLook {
    /// In which queue, on which channel.
    pub place: (String, String),
    /// What it is of.
    pub target: SlaTarget,
    /// By which policy, if any promises it.
    pub policy: Option<String>,
    /// When it began.
    pub began: EventTime,
    /// Whether it runs.
    pub runs: bool,
    /// How long it has run, in calendar time.
    pub calendar: Span,
    /// The same in business time.
    pub business: Span,
    /// When it is due, while it runs and that is not decided.
    pub due: Option<EventTime>,
    /// How it stands, where something is promised and not met.
    pub standing: Option<Standing>,
}

impl Shard {
    /// Keeps what is booked from here on, beside booking it.
    pub fn keep_journal(&mut self) {
        self.journal = Some(Bookings::default());
    }

    /// What was booked since then and was not taken back, in order of time.
    pub fn journal(&self) -> Vec<Counted> {
        let mut net = self.journal.clone().unwrap_or_default();
        net.net();
        let counted = net.iter().filter(|(_, times)| *times > 0).map(|(booking, _)| {
            let pair = |queue, channel| {
                (self.names.queues.name(queue).to_owned(), self.names.channels.name(channel).to_owned())
            };
            let whose = match booking.scope {
                Scope::Queue(queue, channel) => {
                    let (queue, channel) = pair(queue, channel);
                    Whose::Queue(queue, channel)
                }
                Scope::Complaints(queue, channel) => {
                    let (queue, channel) = pair(queue, channel);
                    Whose::Complaints(queue, channel)
                }
                Scope::Agent(agent) => Whose::Agent(self.names.agents.name(agent).to_owned()),
                Scope::Books => Whose::Nobody,
            };
            Counted { at: booking.at, whose, measure: booking.measure }
        });
        counted.collect()
    }

    /// Notes that time has come to a moment, by an event that is not applied here.
    pub fn note_time(&mut self, at: EventTime) {
        self.watermark = self.watermark.max(Some(at));
    }

    /// Seals everything up to a moment, so that what was due before it is booked. Nothing may come after that.
    pub fn seal_up_to(&mut self, at: EventTime) {
        self.note_time(at + self.rules.lateness);
        self.sweep(super::Sweep::All);
    }

    /// What is promised of a contact or ticket as of a moment not before what is sealed. `None`: nothing is known of it.
    pub fn promised(&self, kind: Kind, id: &str, at: EventTime) -> Option<Promised> {
        let mut nothing = Bookings::default();
        match kind {
            Kind::Contact => {
                let contact = self.contacts.get(id)?;
                let life = contact.as_of(at, &self.terms, &mut nothing);
                let stays =
                    life.stays().iter().map(|stay| (life.case(stay.queue, &self.terms), stay.promise.as_deref()));
                let mut promised = Promised::default();
                for (case, clock) in stays {
                    promised.cases.push(self.in_words(&case));
                    promised.clocks.extend(clock.map(|clock| self.look(clock, &case, at)));
                }
                Some(promised)
            }
            Kind::Ticket => {
                let ticket = self.tickets.get(id)?;
                let life = ticket.as_of(at, &self.terms, &mut nothing);
                let case = life.case(&self.terms);
                let clocks = life.all_clocks().iter().map(|clock| self.look(clock, &case, at)).collect();
                Some(Promised { cases: vec![self.in_words(&case)], clocks })
            }
        }
    }

    fn in_words(&self, case: &Case) -> CaseWords {
        CaseWords {
            queue: self.names.queues.name(case.place.0).to_owned(),
            channel: self.names.channels.name(case.place.1).to_owned(),
            priority: self.names.priorities.name(case.priority).to_owned(),
            tags: case.tags,
        }
    }

    fn look(&self, clock: &Clock, case: &Case, at: EventTime) -> ClockLook {
        let (calendar, business) = clock.run(at, case, &self.terms.sla);
        ClockLook {
            place: (self.names.queues.name(case.place.0).to_owned(), self.names.channels.name(case.place.1).to_owned()),
            target: clock.target(),
            policy: clock.policy().map(|policy| self.rules.policy_name(policy).to_owned()),
            began: clock.began(),
            runs: clock.runs(),
            calendar,
            business,
            due: clock.deadline(),
            standing: clock.standing(),
        }
    }
}
