//! The report: figures as of one moment, as JSON.
//!
//! **Why plain maps.** Every KPI stands under its name and every window under its own, so the shape follows from the catalogue
//! and the config; a new KPI is in the report without a line here. Seconds have milliseconds as their fraction, what is absent
//! is `null`, and a break-down of `x` stands beside it as `x_by`.

mod agents;
pub mod csv;
mod figure;
mod hash;
mod promises;
mod table;
mod targets;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

pub use hash::state_hash;
pub use table::table;
pub use targets::add_verdicts;

use crate::books::Books;
use crate::kpi::{self, Floor, Kpi, Now, NowFigure, NowKpi, NowParts, Ratio, Staffed};
use crate::measure::Anomaly;
use crate::rules::{QueueRules, Rules, ServiceLevel, Window};
use crate::time::{EventTime, Span};
use crate::view::{Feed, Series, View};
use crate::window::{Field, Tally};

type Object = Map<String, Value>;

/// The report as of a moment: what was read, and every figure of the view.
pub fn report(view: &View, books: &Books, rules: &Rules, at: EventTime) -> Value {
    let total = total(view);
    let floor = Floor::of(view.presence.values());
    let mut total_now = now(&total.now, rules);
    total_now.insert("agents".to_owned(), agents::by_state(Some(&floor.centre), &rules.agents).into());
    let windows = series_windows(&view.windows, &total, &channels_of_all(view), rules);
    object([
        ("at", at.to_string().into()),
        ("events", events(view, books, &total)),
        ("queues", queues(view, &floor, rules).into()),
        ("agents", agents::agents(view, &rules.agents).into()),
        ("feeds", feeds(view).into()),
        ("total", object([("now", total_now.into()), ("windows", windows.into())])),
        ("state_hash", state_hash(view).into()),
    ])
}

/// An object of these fields, in this order. `json!` would copy them, with all that is in them.
fn object<const FIELDS: usize>(fields: [(&str, Value); FIELDS]) -> Value {
    Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// All queues and channels together.
fn total(view: &View) -> Series {
    Series::sum(view.windows.len(), view.queues.values().flat_map(BTreeMap::values))
}

fn events(view: &View, books: &Books, total: &Series) -> Value {
    let all = view.windows.iter().position(|window| *window == Window::All);
    let expired = all.map(|place| {
        let tally = &total.tallies[place];
        tally.count(Field::StayExpired) + tally.count(Field::TalkExpired)
    });
    let anomalies: Object = view
        .books
        .parts(Field::Odd)
        .map(|(kind, count)| (Anomaly::ALL[usize::from(kind)].name().to_owned(), count.into()))
        .collect();
    let rejected: Object = books.rejected().map(|(reason, count)| (reason.to_owned(), count.into())).collect();
    let applied = books.events().filter(|(_, result, count)| *result == "applied" && *count > 0);
    let applied_by_type: Object = applied.map(|(kind, _, count)| (kind.to_owned(), count.into())).collect();
    json!({
        "read": books.read(),
        "applied": books.applied(),
        "applied_by": { "type": applied_by_type },
        "duplicate": books.duplicate(),
        "late": books.late(),
        "unknown": books.unknown(),
        "rejected": rejected,
        "anomalies": anomalies,
        "expired": expired,
    })
}

fn queues(view: &View, floor: &Floor, rules: &Rules) -> Object {
    let nothing = Channels::new();
    let staffed = floor.queues.keys().map(AsRef::as_ref);
    let names: BTreeSet<&str> =
        view.queues.keys().chain(view.states.keys()).map(String::as_str).chain(staffed).collect();
    let own = |name: &str| view.queues.get(name).unwrap_or(&nothing);
    let shown = |name: &&str| {
        let is_told = view.states.contains_key(*name) || floor.queues.contains_key(*name);
        rules.queues.contains_key(*name) || is_told || !own(name).values().all(Series::is_zero)
    };
    let queue = |name| {
        let mut queue = queue(name, own(name), view, floor, rules);
        queue["now"]["agents"] = agents::by_state(floor.queues.get(name), &rules.agents).into();
        (name.to_owned(), queue)
    };
    names.into_iter().filter(shown).map(queue).collect()
}

type Channels = BTreeMap<String, Series>;

fn queue(name: &str, channels: &Channels, view: &View, floor: &Floor, rules: &Rules) -> Value {
    let whole = Series::sum(view.windows.len(), channels.values());
    let own = rules.queue(name);
    let mut now = now(&whole.now, rules);
    let estimate = kpi::estimated_wait(&whole.now, Staffed::of(floor.queues.get(name)));
    now.insert("estimated_wait".to_owned(), estimate.map(Span::as_seconds).into());
    now.insert("state".to_owned(), view.states.get(name).map(|told| told.state.name()).into());
    now.insert("open".to_owned(), view.is_open(name, rules).into());
    object([
        ("display", own.display.as_deref().unwrap_or(name).into()),
        ("targets", object([("service_level", target(&own.service_level))])),
        ("targets_by", object([("channel", targets_by_channel(&own).into())])),
        ("now", now.into()),
        ("windows", series_windows(&view.windows, &whole, channels, rules).into()),
    ])
}

fn target(level: &ServiceLevel) -> Value {
    json!({ "threshold": level.threshold.as_seconds(), "target": level.target })
}

fn targets_by_channel(queue: &QueueRules) -> Object {
    let target = |level: &ServiceLevel| json!({ "service_level": target(level) });
    queue.by_channel.iter().map(|(channel, level)| (channel.clone(), target(level))).collect()
}

/// What is so at this moment.
fn now(now: &Now, rules: &Rules) -> Object {
    let value = |kpi: &NowKpi| match (kpi.read)(now) {
        NowFigure::Count(count) => count.into(),
        NowFigure::Age(age) => age.map(Span::as_seconds).into(),
    };
    let mut object: Object = kpi::NOW.iter().map(|kpi| (kpi.name.to_owned(), value(kpi))).collect();
    for NowParts { figure, dimension, values } in now.tickets.parts() {
        if !values.is_empty() {
            let values: Object = values.into_iter().map(|(name, count)| (name, count.into())).collect();
            object.entry(format!("{figure}_by")).or_insert_with(|| json!({}))[dimension] = values.into();
        }
    }
    promises::add_now(&mut object, now, rules);
    object
}

/// When each feed was last heard of.
fn feeds(view: &View) -> Object {
    let feed =
        |feed: &Feed| json!({ "last_event": feed.last_event.to_string(), "skew": feed.skew.map(Span::as_seconds) });
    view.feeds.iter().map(|(source, own)| (source.clone(), feed(own))).collect()
}

fn channels_of_all(view: &View) -> Channels {
    let mut all = BTreeMap::<&String, Vec<&Series>>::new();
    view.queues.values().flatten().for_each(|(channel, series)| all.entry(channel).or_default().push(series));
    let sum = |series: Vec<&Series>| Series::sum(view.windows.len(), series.into_iter());
    all.into_iter().map(|(channel, series)| (channel.clone(), sum(series))).collect()
}

fn series_windows(windows: &[Window], whole: &Series, channels: &Channels, rules: &Rules) -> Object {
    let figures = |place: usize| {
        let parts: Vec<_> = channels.iter().map(|(name, series)| (name.as_str(), &series.tallies[place])).collect();
        let mut object = figures(kpi::QUEUE, &whole.tallies[place], &parts);
        add_complaints(&mut object, place, whole, channels);
        promises::add_attainment(&mut object, &whole.tallies[place], rules);
        object
    };
    windows.iter().enumerate().map(|(place, window)| (window.name(), figures(place).into())).collect()
}

/// The ticket figures again, of those tickets that are complaints.
fn add_complaints(object: &mut Object, place: usize, whole: &Series, channels: &Channels) {
    let told = |series: &Series| figures(kpi::COMPLAINTS, &series.complaints[place], &[]);
    let some = channels.iter().filter(|(_, series)| !series.complaints[place].is_empty());
    let parts: Object = some.map(|(channel, series)| (channel.clone(), told(series).into())).collect();
    object.insert("complaints".to_owned(), told(whole).into());
    if !parts.is_empty() {
        object.insert("complaints_by".to_owned(), json!({ "channel": parts }));
    }
}

/// Every KPI under its name, with its break-downs beside it.
fn figures(kpis: &[&Kpi], tally: &Tally, channels: &[(&str, &Tally)]) -> Object {
    let mut object = Object::new();
    for kpi in kpis {
        let (value, mut by) = figure::of(&(kpi.read)(tally));
        let parts: Object = channels
            .iter()
            .map(|(name, tally)| (*name, (kpi.read)(tally)))
            .filter(|(_, figure)| !figure.is_zero())
            .map(|(name, figure)| (name.to_owned(), figure::of(&figure).0))
            .collect();
        if !parts.is_empty() {
            by.insert("channel".to_owned(), parts.into());
        }
        object.insert(kpi.name.to_owned(), value);
        if !by.is_empty() {
            object.insert(format!("{}_by", kpi.name), by.into());
        }
    }
    object
}

/// A ratio as reports show it.
fn ratio(ratio: Ratio) -> Value {
    json!({ "numerator": ratio.numerator, "denominator": ratio.denominator, "ratio": ratio.value() })
}
