//! Why a figure is what it is: one contact or ticket, what happened to it, what it was promised, and what it counted for.
//!
//! **How.** Its events are folded twice. As they came, with the time of all others in between, by a shard that keeps a journal: that
//! is what it counted for, late events and all. And sorted, to see how the clocks of its promises went from event to event.
//!
//! **Invariant.** What it is said to have counted for is what a replay counts for it: the same shard does it.

mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::event::{Body, Event};
use crate::measure::{Measure, SlaTarget};
use crate::rules::{Clock, Policy, Rules};
use crate::shard::explain::{CaseWords, ClockLook, Counted, Kind, Promised, Whose};
use crate::shard::{Outcome, Shard};
use crate::sla::Standing;
use crate::time::EventTime;
use crate::wire::{self, Rejected};
use words::length;

/// Fields of an event that are told, of those that are no times: customers and what platforms add are nobody's business.
const TOLD: [&str; 34] = [
    "agent",
    "also",
    "author",
    "bulk",
    "by",
    "capacity",
    "cause",
    "channel",
    "critical_fail",
    "direction",
    "disposition",
    "from_tier",
    "kind",
    "max_points",
    "place_kept",
    "points",
    "priority",
    "public",
    "queue",
    "reason",
    "replies",
    "resolved",
    "result",
    "role",
    "score",
    "seq",
    "source",
    "state",
    "status",
    "tags",
    "to_agent",
    "to_queue",
    "to_tier",
    "active",
];

/// Somebody who looks for one contact or ticket in a log.
#[derive(Debug)]
pub struct Explainer {
    rules: Arc<Rules>,
    id: String,
    contact: Found,
    ticket: Found,
    latest: Option<EventTime>,
}

/// What was found of a contact or of a ticket.
#[derive(Debug)]
struct Found {
    kind: Kind,
    as_it_came: Shard,
    lines: Vec<Told>,
}

/// A line of a log that tells of it.
#[derive(Debug)]
struct Told {
    at: EventTime,
    seq: i64,
    line: Vec<u8>,
    outcome: Outcome,
}

impl Explainer {
    /// Looks for the contact or ticket of this id under these rules.
    pub fn new(rules: &Arc<Rules>, id: &str) -> Self {
        let found = |kind| {
            let mut as_it_came = Shard::new(rules.clone());
            as_it_came.keep_journal();
            Found { kind, as_it_came, lines: Vec::new() }
        };
        let (contact, ticket) = (found(Kind::Contact), found(Kind::Ticket));
        Self { rules: rules.clone(), id: id.to_owned(), contact, ticket, latest: None }
    }

    /// Reads the next line of the log.
    ///
    /// # Errors
    /// Why it is no event.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Rejected> {
        let decoded = wire::decode(Some(line))?;
        let Some(event) = decoded.event() else { return Ok(()) };
        self.latest = self.latest.max(Some(event.at));
        let whose = match &event.body {
            Body::Contact(own) if *own.contact == *self.id => Some(Kind::Contact),
            Body::Ticket(own) if *own.ticket == *self.id => Some(Kind::Ticket),
            _ => None,
        };
        for found in [&mut self.contact, &mut self.ticket] {
            found.take(event, line, whose == Some(found.kind));
        }
        Ok(())
    }

    /// What there is to say of it as of the greatest time of the log; nothing of one that is not in it.
    pub fn explain(mut self) -> Option<String> {
        let latest = self.latest?;
        let mut texts = Vec::new();
        for found in [&mut self.contact, &mut self.ticket] {
            if !found.lines.is_empty() {
                texts.push(found.explain(&self.id, latest, &self.rules));
            }
        }
        (!texts.is_empty()).then(|| texts.join("\n"))
    }
}

impl Found {
    fn take(&mut self, event: &Event<'_>, line: &[u8], is_it: bool) {
        if !is_it {
            return self.as_it_came.note_time(event.at);
        }
        let outcome = self.as_it_came.apply(event, None);
        self.lines.push(Told { at: event.at, seq: event.seq, line: line.to_vec(), outcome });
    }

    fn explain(&mut self, id: &str, latest: EventTime, rules: &Arc<Rules>) -> String {
        let zone = &rules.day.zone;
        let mut page = Page::new(zone);
        self.lines.iter().for_each(|told| page.event(told));
        let course = Course::of(self, id, latest, rules);
        for (at, what, due) in &course.notes {
            page.note(*at, Rank::Promise, &format!("{what}{}", due_in_words(*due, zone)));
        }
        self.as_it_came.seal_up_to(latest);
        let counted = self.as_it_came.journal();
        counted.iter().for_each(|own| page.note(own.at, Rank::Counted, &counted_in_words(own, rules)));
        let kind = if self.kind == Kind::Contact { "contact" } else { "ticket" };
        let name = zone.iana_name().unwrap_or("the configured zone");
        let mut text = format!("{kind} {id}, as of {} ({name})\n{}", clock_time(latest, zone), page.into_text());
        text += &course.in_words(&counted, zone);
        text + &policies(course.cases.last(), rules)
    }
}

/// What stands on a page at one moment, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Event,
    Promise,
    Counted,
}

/// The timeline.
struct Page<'a> {
    zone: &'a TimeZone,
    lines: Vec<(EventTime, Rank, String)>,
}

impl<'a> Page<'a> {
    fn new(zone: &'a TimeZone) -> Self {
        Self { zone, lines: Vec::new() }
    }

    fn event(&mut self, told: &Told) {
        let what = in_words(&told.line);
        let what = match told.outcome {
            Outcome::Applied => what,
            Outcome::Late => format!("{what}   (late: its time was final)"),
            Outcome::Duplicate => format!("{what}   (a repeat, changes nothing)"),
            Outcome::BadTime => format!("{what}   (refused: bad_time)"),
        };
        self.note(told.at, Rank::Event, &what);
    }

    fn note(&mut self, at: EventTime, rank: Rank, text: &str) {
        self.lines.push((at, rank, text.to_owned()));
    }

    fn into_text(mut self) -> String {
        self.lines.sort_by_key(|(at, rank, _)| (*at, *rank));
        let mut text = String::new();
        let mut shown = None;
        for (at, rank, line) in &self.lines {
            let time = if shown == Some(*at) { String::new() } else { clock_time(*at, self.zone) };
            shown = Some(*at);
            let indent = if *rank == Rank::Event { "" } else { "  " };
            text += &format!("  {time:<23}  {indent}{line}\n");
        }
        text
    }
}

/// How its promises went, from event to event.
struct Course {
    notes: Vec<(EventTime, String, Option<EventTime>)>,
    rows: Vec<Row>,
    cases: Vec<CaseWords>,
}

/// One clock, as it was seen last.
struct Row {
    look: ClockLook,
    at: EventTime,
    due: Option<EventTime>, // the last that was seen
    is_over: bool,
}

impl Course {
    fn of(found: &Found, id: &str, latest: EventTime, rules: &Arc<Rules>) -> Self {
        let mut course = Self { notes: Vec::new(), rows: Vec::new(), cases: Vec::new() };
        let mut shard = Shard::new(rules.clone());
        let mut told: Vec<&Told> = found.lines.iter().filter(|told| told.outcome != Outcome::BadTime).collect();
        told.sort_by_key(|told| (told.at, told.seq));
        for told in told {
            let Ok(decoded) = wire::decode(Some(told.line.as_slice())) else { continue };
            let before = shard.promised(found.kind, id, told.at).unwrap_or_default();
            course.see(&before, told.at);
            if let Some(event) = decoded.event() {
                shard.apply(event, None);
            }
            let after = shard.promised(found.kind, id, told.at).unwrap_or_default();
            course.change(&before, &after, told.at);
        }
        let end = shard.promised(found.kind, id, latest).unwrap_or_default();
        course.see(&end, latest);
        course
    }

    /// Notes how each clock stands by then.
    fn see(&mut self, promised: &Promised, at: EventTime) {
        for look in &promised.clocks {
            let known = self.rows.iter_mut().rev().find(|row| !row.is_over && is_same(&row.look, look));
            match known {
                Some(row) => {
                    row.due = look.due.or(row.due);
                    (row.look, row.at) = (look.clone(), at);
                }
                None => self.rows.push(Row { look: look.clone(), at, due: look.due, is_over: false }),
            }
        }
    }

    /// Notes what an event changed.
    fn change(&mut self, before: &Promised, after: &Promised, at: EventTime) {
        let gone = before.clocks.iter().filter(|own| !after.clocks.iter().any(|other| is_same(own, other)));
        for look in gone {
            self.rows.iter_mut().filter(|row| is_same(&row.look, look)).for_each(|row| row.is_over = true);
        }
        for look in &after.clocks {
            let earlier = before.clocks.iter().find(|own| is_same(own, look));
            let note = changed(earlier, look);
            self.notes.extend(note.map(|(what, due)| (at, what, due)));
        }
        self.see(after, at);
        if !after.cases.is_empty() {
            self.cases.clone_from(&after.cases);
        }
    }

    fn in_words(&self, counted: &[Counted], zone: &TimeZone) -> String {
        let promised = self.rows.iter().filter(|row| row.look.policy.is_some());
        let lines: Vec<String> = promised.map(|row| row.in_words(counted, zone)).collect();
        if lines.is_empty() { String::new() } else { format!("promises\n{}", lines.concat()) }
    }
}

impl Row {
    fn in_words(&self, counted: &[Counted], zone: &TimeZone) -> String {
        let Self { look, at, due, .. } = self;
        let time = |at| clock_time(at, zone);
        let stood = (*at - look.began) - look.calendar;
        let due = due.map_or(String::new(), |due| format!(", due {}", time(due)));
        format!(
            "  {} of {} in {} ({}): began {}{due}; ran {} ({} in business hours), stood still {}; {}\n",
            look.target.name(),
            look.policy.as_deref().unwrap_or("nobody"),
            look.place.0,
            look.place.1,
            time(look.began),
            length(look.calendar),
            length(look.business),
            length(stood),
            self.outcome(counted)
        )
    }

    /// How it went: what was counted of it last, else how it stands.
    fn outcome(&self, counted: &[Counted]) -> String {
        let own = counted.iter().filter(|own| own.at >= self.look.began && is_of(&own.measure, self.look.target));
        let until = own.filter(|own| !self.is_over || own.at <= self.at);
        let booked: Vec<&str> = until.map(|own| result(&own.measure)).collect();
        match (booked[..].is_empty(), self.is_over, self.look.standing) {
            (false, ..) => booked.join(", then "),
            (true, true, _) => "ended undecided".to_owned(),
            (true, false, Some(Standing::Pauses)) => "stands still".to_owned(),
            (true, false, Some(Standing::Breached)) => "was over when it was first told of".to_owned(),
            (true, false, _) => "open".to_owned(),
        }
    }
}

/// Whether two looks are at the same clock.
fn is_same(one: &ClockLook, other: &ClockLook) -> bool {
    let is_stay = one.target == SlaTarget::Answer;
    (one.target, one.began) == (other.target, other.began) && (!is_stay || one.place == other.place)
}

/// What became of a clock by an event: the words, and when it is due since.
fn changed(earlier: Option<&ClockLook>, look: &ClockLook) -> Option<(String, Option<EventTime>)> {
    let was_promised = earlier.and_then(|earlier| earlier.policy.as_deref());
    let Some(policy) = look.policy.as_deref() else {
        return was_promised.map(|policy| (format!("{} of {policy} is promised no more", look.target.name()), None));
    };
    let what = format!("{} of {policy}", look.target.name());
    let Some(earlier) = earlier else { return Some((format!("{what} begins"), look.due)) };
    let text = match (earlier.runs, look.runs) {
        (true, false) => format!("{what} stands still after {}", length(look.calendar)),
        (false, true) => format!("{what} runs again"),
        _ if earlier.policy != look.policy => format!("{what} holds now"),
        _ if earlier.due != look.due && look.due.is_some() => format!("{what} moves"),
        _ => return None,
    };
    Some((text, look.due))
}

fn due_in_words(due: Option<EventTime>, zone: &TimeZone) -> String {
    let due = due.filter(|due| *due < EventTime::TOO_LATE);
    due.map_or(String::new(), |due| format!(", due {}", clock_time(due, zone)))
}

fn is_of(measure: &Measure, target: SlaTarget) -> bool {
    matches!(measure, Measure::Promise { target: own, .. } if *own == target)
}

fn result(measure: &Measure) -> &'static str {
    match measure {
        Measure::Promise { result, .. } => result.name(),
        _ => "counted",
    }
}

fn counted_in_words(counted: &Counted, rules: &Rules) -> String {
    let what = words::measure(&counted.measure, rules);
    match &counted.whose {
        Whose::Queue(queue, channel) => format!("counts in {queue} ({channel}): {what}"),
        Whose::Complaints(queue, channel) => format!("counts among complaints of {queue} ({channel}): {what}"),
        Whose::Agent(agent) => format!("counts for {agent}: {what}"),
        Whose::Nobody => what,
    }
}

/// Which policy holds, and why those above it do not.
fn policies(case: Option<&CaseWords>, rules: &Rules) -> String {
    let Some(case) = case.filter(|_| !rules.policies.is_empty()) else { return String::new() };
    let mut text =
        format!("policies, for queue {}, channel {}, priority {}\n", case.queue, case.channel, case.priority);
    for policy in &rules.policies {
        match against(policy, case, rules) {
            Some(why) => text += &format!("  {} does not hold: {why}\n", policy.name),
            None => {
                text += &format!("  {} holds: {}\n", policy.name, promises(policy));
                return text;
            }
        }
    }
    text + "  none holds\n"
}

/// Why a policy does not hold.
fn against(policy: &Policy, case: &CaseWords, rules: &Rules) -> Option<String> {
    let filter = &policy.filter;
    let is_none_of = |what: &str, own: &str, all: &[String]| format!("{what} {own} is none of {}", all.join(", "));
    if !filter.has_queue(&case.queue) {
        let queues: Vec<String> = filter.queues.iter().map(ToString::to_string).collect();
        return Some(is_none_of("queue", &case.queue, &queues));
    }
    if !filter.has_channel(&case.channel) {
        return Some(is_none_of("channel", &case.channel, &filter.channels));
    }
    if !filter.priorities.is_empty() && !filter.priorities.contains(&case.priority) {
        return Some(is_none_of("priority", &case.priority, &filter.priorities));
    }
    let asked = rules.sla_tags();
    let has =
        |tag: &String| asked.iter().position(|own| *own == tag).is_some_and(|place| case.tags.0 & 1 << place != 0);
    let is_tagged = filter.tags.is_empty() || filter.tags.iter().any(has);
    (!is_tagged).then(|| format!("it has none of the tags {}", filter.tags.join(", ")))
}

fn promises(policy: &Policy) -> String {
    let one = |(target, promise): &(SlaTarget, crate::rules::Promise)| {
        let clock = if promise.clock == Clock::Business { " of business time" } else { "" };
        format!("{} in {}{clock}", target.name(), promise.within)
    };
    policy.promises.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What a line tells, without what stands above: `queued queue=sales priority=high`.
fn in_words(line: &[u8]) -> String {
    let Ok(json) = serde_json::from_slice::<BTreeMap<String, Value>>(line) else { return "an event".to_owned() };
    let kind = json.get("type").and_then(Value::as_str).unwrap_or_default();
    let mut words = vec![printable(kind.split_once('.').map_or(kind, |(_, what)| what))];
    let fields = match json.get("data") {
        Some(Value::Object(data)) => data.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        _ => json.clone(),
    };
    let is_told = |name: &str| TOLD.contains(&name) || name.ends_with("_at");
    let told = fields.iter().filter(|(name, value)| is_told(name) && !value.is_null());
    words.extend(told.map(|(name, value)| match value {
        Value::String(text) => format!("{name}={}", printable(text)),
        other => format!("{name}={}", printable(&other.to_string())),
    }));
    words.join(" ")
}

/// A text without what moves a cursor or changes a colour.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A moment on a wall clock, to the millisecond where that is not zero.
fn clock_time(at: EventTime, zone: &TimeZone) -> String {
    let Ok(moment) = Timestamp::from_millisecond(at.as_millis()) else { return at.to_string() };
    let local = moment.to_zoned(zone.clone());
    let form = if at.as_millis() % 1_000 == 0 { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M:%S%.3f" };
    local.strftime(form).to_string()
}
