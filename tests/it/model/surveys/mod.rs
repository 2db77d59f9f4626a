//! What customers and reviewers said of a contact or ticket.

pub mod figures;

use std::collections::BTreeSet;

use super::Settings;
use super::contact::{Booking, Pair, Place};
use super::event::{Event, TYPES};

/// Kinds of surveys; the last is that of a survey sent without one.
pub const KINDS: [&str; 5] = ["csat", "nps", "ces", "cx", "other"];

/// Where a contact or ticket was served, and by whom.
pub type Served = (Pair, Option<String>);

/// Who served a contact or ticket that is over, as long as somebody remembers: for the lateness, and where the config has
/// `[surveys]` for the time of surveys, which every one that still finds it begins anew.
pub struct Memory {
    served: Option<Served>,
    until: i64,
}

impl Memory {
    /// It was over at that moment.
    pub fn of(served: Option<Served>, over: i64, settings: &Settings) -> Self {
        Self { served, until: over + Self::kept(settings) }
    }

    fn kept(settings: &Settings) -> i64 {
        if settings.remembers_served { settings.survey_ttl } else { settings.lateness }
    }

    /// What a survey finds.
    pub fn recall(&mut self, at: i64, settings: &Settings) -> Option<Served> {
        if at > self.until {
            self.served = None;
        }
        if settings.remembers_served {
            self.until = self.until.max(at + Self::kept(settings));
        }
        self.served.clone()
    }
}

/// One survey or review, with its place.
pub struct Opinion {
    pub at: i64,
    said: Said,
    pair: Pair,
    agent: Option<String>,
}

enum Said {
    Sent {
        kind: &'static str,
    },
    /// In thousandths.
    Answered {
        kind: &'static str,
        score: i64,
    },
    /// In thousandths.
    Scored {
        points: i64,
        max_points: i64,
    },
}

impl Opinion {
    /// `served`: what is known of its contact or ticket.
    pub fn read(event: &Event, served: Option<Served>) -> Self {
        let own = |name: &str| event.text(name).map(str::to_owned);
        let (place, agent) = served.map_or((None, None), |(pair, agent)| (Some(pair), agent));
        let (queue, channel) = place.map_or((None, None), |(queue, channel)| (Some(queue), Some(channel)));
        let queue = own("queue").or(queue).unwrap_or_else(|| "__unattributed__".to_owned());
        let channel = channel.or(own("channel")).unwrap_or_else(|| default_channel(event));
        Self { at: event.time, said: said(event), pair: (queue, channel), agent: own("agent").or(agent) }
    }

    fn booking(&self, what: &'static str, part: &'static str, ms: i64) -> Booking {
        Booking { at: self.at, place: Place::Queue(self.pair.clone()), what, part, ms }
    }

    /// The same for the agent, where one is known.
    fn with_agent(&self, booked: Booking) -> impl Iterator<Item = Booking> + use<> {
        let Booking { at, what, part, ms, .. } = booked;
        let of_agent = self.agent.clone().map(|agent| Booking { at, place: Place::Agent(agent), what, part, ms });
        [Some(booked), of_agent].into_iter().flatten()
    }
}

fn default_channel(event: &Event) -> String {
    if event.text("contact_id").is_some() { "voice".to_owned() } else { "email".to_owned() }
}

fn said(event: &Event) -> Said {
    let kind = event.word("kind", &KINDS[..4], "other");
    let thousandths = |name: &str| {
        let points = event.fields[name].as_f64().expect("a number");
        (points * 1_000.0 + 0.5).floor() as i64
    };
    match TYPES[event.rank] {
        "survey.sent" => Said::Sent { kind },
        "survey.answered" => Said::Answered { kind, score: thousandths("score") },
        _ => {
            let is_critical_fail = event.fields["critical_fail"] == true;
            let points = if is_critical_fail { 0 } else { thousandths("points") };
            Said::Scored { points, max_points: thousandths("max_points") }
        }
    }
}

/// What the opinions on one contact or ticket, in order, come to.
pub fn bookings(opinions: &[Opinion], settings: &Settings) -> Vec<Booking> {
    let forgets = |pair: &&[Opinion]| pair[1].at > pair[0].at + settings.survey_ttl;
    let cuts = opinions.windows(2).enumerate().filter(|(_, pair)| forgets(pair)).map(|(n, _)| n + 1);
    let mut remembered = Vec::new();
    let mut from = 0;
    for to in cuts.chain([opinions.len()]) {
        remembered.extend(bookings_of_remembered(&opinions[from..to], settings));
        from = to;
    }
    remembered
}

fn bookings_of_remembered(opinions: &[Opinion], settings: &Settings) -> Vec<Booking> {
    let mut booked = Vec::new();
    let mut sent = BTreeSet::new();
    let mut was_reviewed = false;
    for (n, opinion) in opinions.iter().enumerate() {
        match opinion.said {
            Said::Sent { kind } if sent.insert(kind) => booked.push(opinion.booking("surveys_sent", kind, 0)),
            Said::Sent { .. } => {}
            Said::Answered { kind, score } => match mood(kind, score, settings) {
                None => {
                    let books = Booking { place: Place::Books, ..opinion.booking("score_out_of_scale", "", 0) };
                    booked.push(books);
                }
                Some(_) if is_replaced(kind, &opinions[n + 1..], settings) => {}
                Some(mood) => {
                    booked.push(opinion.booking("answered_survey", kind, 0));
                    booked.extend(opinion.with_agent(opinion.booking(figure_of(kind), mood, score)));
                }
            },
            Said::Scored { points, max_points } => {
                booked.extend(opinion.with_agent(opinion.booking("review_points", "", points)));
                booked.extend(opinion.with_agent(opinion.booking("review_max_points", "", max_points)));
                if !was_reviewed {
                    booked.push(opinion.booking("reviewed", "", 0));
                }
                was_reviewed = true;
            }
        }
    }
    booked
}

/// Whether a later answer counts instead.
fn is_replaced(kind: &str, later: &[Opinion], settings: &Settings) -> bool {
    later.iter().any(|opinion| match opinion.said {
        Said::Answered { kind: other, score } => other == kind && mood(other, score, settings).is_some(),
        _ => false,
    })
}

fn figure_of(kind: &'static str) -> &'static str {
    if kind == "cx" { "cx_rating" } else { kind }
}

/// What an answer says; `None` where the scale has no such score.
fn mood(kind: &str, score: i64, settings: &Settings) -> Option<&'static str> {
    let (all, good) = match kind {
        "csat" => (settings.csat.all, settings.csat.good),
        "ces" => (settings.ces.all, settings.ces.good),
        "cx" => (settings.cx.all, settings.cx.good),
        _ => ((0, 10_000), Some((9_000, 10_000))),
    };
    let is_in = |(from, to): (i64, i64)| from <= score && score <= to;
    let mood = match good {
        Some(good) if is_in(good) => "good",
        _ if kind == "nps" && score <= 6_000 => "bad",
        _ => "neutral",
    };
    is_in(all).then_some(mood)
}
