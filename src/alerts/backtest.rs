//! The alerts that a log would have raised: conditions computed moment by moment, in event time.
//!
//! **Why as Prometheus has it.** An alert is *pending* from the first moment at which its condition holds, fires once that was `for` ago,
//! and ends once its condition has not held for `keep_firing_for`. The steps are Prometheus's own (2.42), so that the same figures at
//! the same moments give the same alerts; a test holds the two together.
//!
//! **What it cannot know.** Alerts about the service itself, of which a log tells nothing; and what Alertmanager then makes of alerts: it
//! groups them and holds some back.
//!
//! **Words.** *Episode*: one alert of one place, from firing to its end. *Missed interval*: one whose service level was under target.

use std::collections::BTreeMap;
use std::ops::Range;

use super::sight::{AllTerms, History, Place, Sight};
use super::{Alert, RuleBook, Severity};
use crate::id::PolicyId;
use crate::measure::SlaTarget;
use crate::replay::Reading;
use crate::rules::Window;
use crate::time::{EventTime, Span};

/// A backtest under way.
#[derive(Debug)]
pub struct Backtest {
    alerts: Vec<Alert>,
    missed_of: Option<Span>, // the interval whose service level is looked at
    terms: AllTerms,
    history: History,
    active: BTreeMap<Key, Active>,
    last: Option<EventTime>,
    outcome: Outcome,
}

/// What a backtest found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What fired, in the order in which it did.
    pub episodes: Vec<Episode>,
    /// The intervals in which the service level was missed.
    pub missed: Vec<Missed>,
    /// How many moments were looked at.
    pub moments: u64,
    /// Queues with figures that the config does not know: these never alert.
    pub unknown: Vec<String>,
}

/// One alert of one place that fired.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// The alert's name.
    pub alert: &'static str,
    /// What tells it from others of the same name.
    pub about: String,
    /// How soon somebody has to act.
    pub severity: Severity,
    /// Whom it belongs to.
    pub owner: String,
    /// The queue and the channel; none of the whole centre.
    pub place: Option<(String, String)>,
    /// The policy and the target, of an alert about promises.
    pub promise: Option<(String, &'static str)>,
    /// Since when its condition held.
    pub since: EventTime,
    /// When it fired.
    pub fired: EventTime,
    /// When it ended; `None`: it fires still.
    pub ended: Option<EventTime>,
    /// The number that it is about, as it fired.
    pub value: f64,
}

/// An interval in which a queue missed its service level.
#[derive(Clone, Debug, PartialEq)]
pub struct Missed {
    /// Where it begins.
    pub start: EventTime,
    /// Where it ends.
    pub end: EventTime,
    /// The queue.
    pub queue: String,
    /// The channel.
    pub channel: String,
    /// Contacts that met the threshold.
    pub met: i64,
    /// Contacts that count.
    pub counted: i64,
    /// The share that is promised.
    pub target: f64,
}

/// An alert and where it is active.
type Key = (usize, Spot);

/// The number of a place, and the promise there; the centre has neither.
type Spot = (Option<usize>, Option<(PolicyId, SlaTarget)>);

/// What an alert is about, by name.
#[derive(Clone, Debug)]
struct Named {
    place: Option<(String, String)>,
    promise: Option<(String, &'static str)>,
    owner: String,
}

/// An alert whose condition holds, or held not long ago.
#[derive(Debug)]
struct Active {
    since: EventTime,
    lapsed: Option<EventTime>, // since when the condition has not held
    episode: Option<usize>,    // once it fired
    value: f64,
    named: Named,
}

/// Where alerts are active at one moment.
type Found = BTreeMap<Key, (Named, f64)>;

impl Backtest {
    /// A backtest of these rules that has seen nothing yet, and names missed intervals of this length, where one is given.
    pub fn new(book: &RuleBook, missed_of: Option<Span>) -> Self {
        let alerts: Vec<Alert> = book.alerts().filter(|alert| alert.is_about_figures()).cloned().collect();
        let mut figures = Vec::new();
        alerts.iter().for_each(|alert| alert.figures(&mut |figure| figures.push(figure.clone())));
        Self {
            alerts,
            missed_of,
            terms: AllTerms::default(),
            history: History::of(figures),
            active: BTreeMap::new(),
            last: None,
            outcome: Outcome::default(),
        }
    }

    /// The windows that its conditions look at, and that of missed intervals.
    pub fn windows(&self) -> Vec<Window> {
        let mut windows: Vec<Window> = self.missed_of.map(Window::Last).into_iter().collect();
        for alert in &self.alerts {
            alert.figures(&mut |figure| {
                let new = figure.window().filter(|window| !windows.contains(window));
                windows.extend(new);
            });
        }
        windows
    }

    /// Looks at the figures of a moment, which is later than all before.
    pub fn look(&mut self, reading: &Reading<'_>) {
        self.terms.meet(&reading.view, reading.rules);
        let Reading { at, view, verdicts, rules, .. } = reading;
        let sight = Sight::new(*at, view, verdicts, rules, &self.terms, &self.history);
        let found = self.found(&sight);
        let missed = self.missed(&sight);
        let noted = self.history.read(&sight);
        self.history.note(*at, &noted);
        self.last = Some(*at);
        self.outcome.moments += 1;
        self.outcome.missed.extend(missed);
        self.step(*at, found);
    }

    /// What was found.
    pub fn finish(mut self) -> Outcome {
        self.outcome.unknown = self.terms.unknown();
        self.outcome
    }

    fn found(&self, sight: &Sight<'_>) -> Found {
        let mut found = Found::new();
        for (number, alert) in self.alerts.iter().enumerate() {
            for (place, value) in alert.active(sight) {
                let promise = place.and_then(|place| place.promise).map(|(key, _)| *key);
                let spot = (place.map(|place| place.terms.number), promise);
                let named = Named {
                    place: place.map(|place| (place.queue.to_owned(), place.channel.to_owned())),
                    promise: promise
                        .map(|(policy, target)| (sight.rules.policy_name(policy).to_owned(), target.name())),
                    owner: alert.owner_at(place.as_ref(), sight),
                };
                found.insert((number, spot), (named, value));
            }
        }
        found
    }

    /// The queues that missed their service level in an interval that ended since the last moment, if one did.
    fn missed(&self, sight: &Sight<'_>) -> Vec<Missed> {
        let Some(length) = self.missed_of else { return Vec::new() };
        let places = sight.places.iter().filter(|place| place.terms.is_known);
        let missed = places.filter_map(|place| {
            let (interval, met, counted) = sight.last_interval(place, length)?;
            if !was_open(sight, place, &interval) {
                return None;
            }
            let target = place.terms.level.target;
            let is_new = self.last.is_none_or(|last| last < interval.end);
            let is_missed = is_new && counted > 0 && (met as f64 / counted as f64) < target;
            let (queue, channel) = (place.queue.to_owned(), place.channel.to_owned());
            is_missed.then_some(Missed {
                start: interval.start,
                end: interval.end,
                queue,
                channel,
                met,
                counted,
                target,
            })
        });
        missed.collect()
    }

    /// What became of each alert from one moment to the next.
    fn step(&mut self, at: EventTime, found: Found) {
        for (key, (named, value)) in &found {
            let new = || Active { since: at, lapsed: None, episode: None, value: 0.0, named: named.clone() };
            let active = self.active.entry(*key).or_insert_with(new);
            (active.lapsed, active.value) = (None, *value);
        }
        let (alerts, outcome) = (&self.alerts, &mut self.outcome);
        self.active.retain(|key, active| {
            let alert = &alerts[key.0];
            if !found.contains_key(key) && !active.is_kept(at, alert.keep) {
                active.episode.into_iter().for_each(|episode| outcome.episodes[episode].ended = Some(at));
                return false;
            }
            if active.episode.is_none() && at - active.since >= alert.hold {
                active.episode = Some(outcome.episodes.len());
                outcome.episodes.push(active.episode_of(alert, at));
            }
            true
        });
    }
}

/// Whether a queue was open in an interval that is over: by its hours at one end of it, else as it is now.
fn was_open(sight: &Sight<'_>, place: &Place<'_>, interval: &Range<EventTime>) -> bool {
    let last = interval.end - Span::from_millis(1);
    match sight.rules.calendar_of(place.queue) {
        Some(hours) => hours.is_open(interval.start) || hours.is_open(last),
        None => place.is_watched(),
    }
}

impl Active {
    /// Whether an alert whose condition does not hold goes on: it fires, and that was so not long ago.
    fn is_kept(&mut self, at: EventTime, keep: Span) -> bool {
        let lapsed = *self.lapsed.get_or_insert(at);
        self.episode.is_some() && at - lapsed < keep
    }

    fn episode_of(&self, alert: &Alert, at: EventTime) -> Episode {
        Episode {
            alert: alert.name,
            about: alert.about(),
            severity: alert.severity,
            owner: self.named.owner.clone(),
            place: self.named.place.clone(),
            promise: self.named.promise.clone(),
            since: self.since,
            fired: at,
            ended: None,
            value: self.value,
        }
    }
}
