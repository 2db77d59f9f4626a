//! The report: figures as of one moment, as JSON.
//!
//! **Why plain maps.** Every KPI stands under its name and every window under its own, so the shape follows from the catalogue
//! and the config; a new KPI is in the report without a line here. Seconds have milliseconds as their fraction, what is absent
//! is `null`, and a break-down of `x` stands beside it as `x_by`.

mod figure;
mod hash;
mod table;

use serde_json::{Map, Value, json};

pub use hash::state_hash;
pub use table::table;

use crate::books::Books;
use crate::kpi::{self, Kpi, Ratio};
use crate::measure::Anomaly;
use crate::rules::{Rules, Window};
use crate::time::EventTime;
use crate::view::{Now, Series, View};
use crate::window::{Field, Tally};

type Object = Map<String, Value>;

/// The report as of a moment: what was read, and every figure of the view.
pub fn report(view: &View, books: &Books, rules: &Rules, at: EventTime) -> Value {
    let total = total(view);
    json!({
        "at": at.to_string(),
        "events": events(view, books, &total),
        "queues": queues(view, rules),
        "agents": agents(view),
        "total": { "now": now(&total.now), "windows": series_windows(&view.windows, &total, &channels_of_all(view)) },
        "state_hash": state_hash(view),
    })
}

/// All queues and channels together.
fn total(view: &View) -> Series {
    let mut total = Series { tallies: vec![Tally::default(); view.windows.len()], ..Series::default() };
    view.queues.values().flat_map(|channels| channels.values()).for_each(|series| total.merge(series));
    total
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
    json!({
        "read": books.read(),
        "applied": books.applied(),
        "duplicate": books.duplicate(),
        "late": books.late(),
        "unknown": books.unknown(),
        "rejected": rejected,
        "anomalies": anomalies,
        "expired": expired,
    })
}

fn queues(view: &View, rules: &Rules) -> Object {
    let shown = |(name, channels): &(&String, &Channels)| {
        rules.queues.contains_key(*name) || !channels.values().all(Series::is_zero)
    };
    view.queues
        .iter()
        .filter(shown)
        .map(|(name, channels)| (name.clone(), queue(name, channels, view, rules)))
        .collect()
}

type Channels = std::collections::BTreeMap<String, Series>;

fn queue(name: &str, channels: &Channels, view: &View, rules: &Rules) -> Value {
    let mut whole = Series { tallies: vec![Tally::default(); view.windows.len()], ..Series::default() };
    channels.values().for_each(|series| whole.merge(series));
    let level = rules.service_level(name);
    let display = rules.queues.get(name).and_then(|own| own.display.as_deref()).unwrap_or(name);
    json!({
        "display": display,
        "targets": { "service_level": { "threshold": level.threshold.as_seconds(), "target": level.target } },
        "now": now(&whole.now),
        "windows": series_windows(&view.windows, &whole, channels),
    })
}

/// What is so at this moment.
fn now(now: &Now) -> Value {
    json!({
        "waiting": now.waiting,
        "longest_wait": now.longest_wait.map(crate::time::Span::as_seconds),
        "in_service": now.in_service,
        "in_after_contact": now.in_after_contact,
    })
}

fn channels_of_all(view: &View) -> Channels {
    let mut all = Channels::new();
    for (channel, series) in view.queues.values().flatten() {
        let new = || Series { tallies: vec![Tally::default(); view.windows.len()], ..Series::default() };
        all.entry(channel.clone()).or_insert_with(new).merge(series);
    }
    all
}

fn series_windows(windows: &[Window], whole: &Series, channels: &Channels) -> Object {
    let figures = |place: usize| {
        let parts: Vec<_> = channels.iter().map(|(name, series)| (name.as_str(), &series.tallies[place])).collect();
        figures(kpi::QUEUE, &whole.tallies[place], &parts)
    };
    windows.iter().enumerate().map(|(place, window)| (window.name(), figures(place).into())).collect()
}

fn agents(view: &View) -> Object {
    let shown = |(_, tallies): &(&String, &Vec<Tally>)| !tallies.iter().all(Tally::is_empty);
    let windows = |tallies: &[Tally]| -> Object {
        let figures = tallies.iter().map(|tally| figures(kpi::AGENT, tally, &[]).into());
        view.windows.iter().map(|window| window.name()).zip(figures).collect()
    };
    let agent = |tallies: &[Tally]| json!({ "now": {}, "windows": windows(tallies) });
    view.agents.iter().filter(shown).map(|(name, tallies)| (name.clone(), agent(tallies))).collect()
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
