//! What conditions are computed over: the figures of one moment, place by place, and what is kept of moments before.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use super::expr::Level;
use super::figure::{Agents, Figure};
use crate::export;
use crate::id::PolicyId;
use crate::kpi::{Floor, Group, PromiseNow};
use crate::measure::SlaTarget;
use crate::rules::{Day, Rules, ServiceLevel, Window};
use crate::targets::Verdict;
use crate::time::{EventTime, Span};
use crate::view::{Series, View};
use crate::window::Field;

/// The figures of one moment.
pub(super) struct Sight<'a> {
    pub at: EventTime,
    pub rules: &'a Rules,
    pub places: Vec<Place<'a>>,
    pub history: &'a History,
    view: &'a View,
    verdicts: &'a [Verdict<'a>],
    floor: Floor,
}

/// A queue and channel at that moment, or one promise there.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub queue: &'a str,
    pub channel: &'a str,
    pub series: &'a Series,
    pub terms: &'a Terms,
    /// `None`: nobody knows.
    pub is_open: Option<bool>,
    /// The promise that is looked at, where one is.
    pub promise: Option<&'a ((PolicyId, SlaTarget), PromiseNow)>,
    rules: &'a Rules,
}

/// What the config says of a queue and channel, looked up once.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// Its number, in the order in which places were first seen.
    pub number: usize,
    pub level: ServiceLevel,
    pub day: Day,
    pub owner: Option<String>,
    /// Whether the config knows the queue.
    pub is_known: bool,
}

/// The terms of all places that were seen, by queue and channel.
#[derive(Debug, Default)]
pub(super) struct AllTerms {
    known: BTreeMap<String, BTreeMap<String, Terms>>,
    count: usize,
}

/// Figures of before that some condition asks for.
#[derive(Debug, Default)]
pub(super) struct History {
    kept: Vec<Kept>,
}

/// One of them: its values at each place, where they changed.
#[derive(Debug)]
struct Kept {
    figure: Figure,
    ago: Span,
    places: Vec<VecDeque<(EventTime, f64)>>,
}

impl<'a> Sight<'a> {
    /// The figures of a view; `terms` knows its places.
    pub(super) fn new(
        at: EventTime,
        view: &'a View,
        verdicts: &'a [Verdict<'a>],
        rules: &'a Rules,
        terms: &'a AllTerms,
        history: &'a History,
    ) -> Self {
        let pairs = view.queues.iter().flat_map(|(queue, channels)| {
            let own = terms.known.get(queue);
            channels.iter().filter_map(move |(channel, series)| Some((queue, channel, series, own?.get(channel)?)))
        });
        let place = |(queue, channel, series, terms): (&'a String, &'a String, &'a Series, &'a Terms)| Place {
            queue,
            channel,
            series,
            terms,
            is_open: view.is_open(queue, rules),
            promise: None,
            rules,
        };
        let floor = Floor::of(view.presence.values());
        Self { at, rules, places: pairs.map(place).collect(), history, view, verdicts, floor }
    }

    /// What there is a number for at a level: places, or each promise at each of them.
    pub(super) fn spots(&self, level: Level) -> impl Iterator<Item = Place<'a>> {
        let of_promises = level == Level::Promise;
        let promises = self.places.iter().filter(move |_| of_promises).flat_map(|place| {
            let at_place = move |promise| Place { promise: Some(promise), ..*place };
            place.series.now.promises.iter().map(at_place)
        });
        self.places.iter().filter(move |_| !of_promises).copied().chain(promises)
    }

    /// The place of a window among the tallies of a series.
    pub(super) fn window(&self, window: Window) -> Option<usize> {
        self.view.windows.iter().position(|own| *own == window)
    }

    /// The clock-aligned interval of this length before the moment, in the zone of the place: how many met the threshold in it, of how
    /// many.
    pub(super) fn last_interval(&self, place: &Place<'_>, length: Span) -> Option<(Range<EventTime>, i64, i64)> {
        let window = Window::Last(length);
        let tally = place.series.tallies.get(self.window(window)?)?;
        let interval = window.range(self.at, &place.terms.day)?;
        Some((interval, tally.count(Field::LevelMet), tally.count(Field::LevelCounted)))
    }

    /// How a KPI with a target stands at a place.
    pub(super) fn verdict(&self, place: &Place<'_>, kpi: &str, window: &str) -> Option<&Verdict<'a>> {
        let name = (place.queue, place.channel);
        let first = self.verdicts.partition_point(|verdict| (verdict.queue.as_str(), verdict.channel.as_str()) < name);
        let own = self.verdicts[first..].iter().take_while(|verdict| (&*verdict.queue, &*verdict.channel) == name);
        own.into_iter().find(|verdict| verdict.target.label() == kpi && verdict.target.window_name() == window)
    }

    /// How many agents of a queue there are; `None` where none was ever told of.
    pub(super) fn agents(&self, queue: &str, which: Agents) -> Option<f64> {
        let (now, seen) = (self.floor.queues.get(queue), self.view.seen.queues.get(queue));
        if now.is_none() && seen.is_none() {
            return None;
        }
        let states = now.into_iter().flatten();
        let count: u64 =
            states.filter(|(state, _)| which.count(self.rules.agents.name(**state))).map(|(_, count)| count).sum();
        Some(count as f64)
    }
}

impl Place<'_> {
    /// Whether the config knows it and it is not closed.
    pub(super) fn is_watched(&self) -> bool {
        self.terms.is_known && self.is_open != Some(false)
    }

    /// Whether it shows figures of a group.
    pub(super) fn shows(&self, group: Group) -> bool {
        export::shows(group, self.channel, self.series, self.rules)
    }
}

impl AllTerms {
    /// Gets to know the places of a view.
    pub(super) fn meet(&mut self, view: &View, rules: &Rules) {
        for (queue, channels) in &view.queues {
            let is_new =
                self.known.get(queue).is_none_or(|own| channels.keys().any(|channel| !own.contains_key(channel)));
            if is_new {
                channels.keys().for_each(|channel| self.add(queue, channel, rules));
            }
        }
    }

    /// The queues among them that the config does not know.
    pub(super) fn unknown(&self) -> Vec<String> {
        let is_unknown = |own: &BTreeMap<String, Terms>| own.values().all(|terms| !terms.is_known);
        self.known.iter().filter(|(_, own)| is_unknown(own)).map(|(queue, _)| queue.clone()).collect()
    }

    fn add(&mut self, queue: &str, channel: &str, rules: &Rules) {
        let own = self.known.entry(queue.to_owned()).or_default();
        if !own.contains_key(channel) {
            let of_queue = rules.queue(queue);
            let terms = Terms {
                number: self.count,
                level: of_queue.service_level_on(channel),
                day: of_queue.day.clone(),
                owner: of_queue.owner.clone(),
                is_known: rules.is_configured(queue),
            };
            own.insert(channel.to_owned(), terms);
            self.count += 1;
        }
    }
}

impl History {
    /// Room for figures that ask for themselves as they were.
    pub(super) fn of(figures: Vec<Figure>) -> Self {
        let mut history = Self::default();
        for figure in figures {
            if let Figure::Ago { ago, .. } = &figure
                && history.kept(&figure).is_none()
            {
                history.kept.push(Kept { ago: *ago, places: Vec::new(), figure });
            }
        }
        history
    }

    /// The value at a place as of a moment, where one was noted by then.
    pub(super) fn value(&self, figure: &Figure, place: &Place<'_>, at: EventTime) -> Option<f64> {
        let values = self.kept(figure)?.places.get(place.terms.number)?;
        let after = values.partition_point(|(since, _)| *since <= at);
        Some(values.get(after.checked_sub(1)?)?.1)
    }

    /// The figures of this moment that are to be noted: by number of the figure and of the place.
    pub(super) fn read(&self, sight: &Sight<'_>) -> Vec<(usize, usize, f64)> {
        let mut read = Vec::new();
        for (number, kept) in self.kept.iter().enumerate() {
            let now = kept.figure.without_ago();
            let at_place = |place: &Place<'_>| Some((number, place.terms.number, now.value(sight, place)?));
            read.extend(sight.places.iter().filter_map(at_place));
        }
        read
    }

    /// Notes what was read at a moment later than all before, and forgets what nobody will ask for.
    pub(super) fn note(&mut self, at: EventTime, read: &[(usize, usize, f64)]) {
        for (figure, place, value) in read {
            let Kept { ago, places, .. } = &mut self.kept[*figure];
            if places.len() <= *place {
                places.resize_with(place + 1, VecDeque::new);
            }
            let values = &mut places[*place];
            if values.back().is_none_or(|(_, last)| last != value) {
                values.push_back((at, *value));
            }
            while values.get(1).is_some_and(|(next, _)| *next <= at - *ago) {
                values.pop_front();
            }
        }
    }

    fn kept(&self, figure: &Figure) -> Option<&Kept> {
        self.kept.iter().find(|kept| kept.figure.is_same(figure))
    }
}
