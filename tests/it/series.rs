//! How many series `/metrics` has: what the catalogue says is what a scrape gives, and the bound holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contactpulse::books::Books;
use contactpulse::budget::Overflowed;
use contactpulse::config::Config;
use contactpulse::counters::{ByPair, Counters};
use contactpulse::estimates::Estimates;
use contactpulse::event::{AbandonCause, CallbackResult, FlowCause, MissCause, QueueState};
use contactpulse::export::{Scrape, SeriesBudget, text};
use contactpulse::kpi::Groups;
use contactpulse::measure::{Measure, Patience};
use contactpulse::rules::Window;
use contactpulse::shard::Shard;
use contactpulse::time::{EventTime, Span};
use contactpulse::view::{Ask, Told, View};
use contactpulse::window::{Cells, Level, Tally};
use contactpulse::wire::{self, Decoded};

use crate::support::scrape::Scraped;

/// Every kind of measure, so that every figure of a queue has a value.
fn every_measure() -> Vec<Measure> {
    let span = Span::from_seconds(7);
    let wait = Some(span);
    vec![
        Measure::Offered,
        Measure::Volume,
        Measure::Adopted,
        Measure::Answered { wait, within: true },
        Measure::CustomerWait(span),
        Measure::Abandoned { wait, patience: Patience::Within, cause: AbandonCause::System },
        Measure::FlowedOut { cause: FlowCause::Overflow, within: true },
        Measure::PastThreshold,
        Measure::Blocked,
        Measure::StayExpired,
        Measure::TalkExpired,
        Measure::Talk(span),
        Measure::Hold(span),
        Measure::LegEnded { transferred: true },
        Measure::Handle(span),
        Measure::AfterContact(span),
        Measure::WrapTimeout,
        Measure::MissedAlert(MissCause::NoAnswer),
        Measure::ChatFirstResponse(span),
        Measure::ChatReply(span),
        Measure::CallbackRequested,
        Measure::CallbackAttempted(CallbackResult::Reached),
        Measure::CallbackReached { wait },
        Measure::CallbackGivenUp,
    ]
}

fn busy() -> Tally {
    let mut tally = Tally::default();
    let level = Level { met: true, counted: true };
    every_measure().iter().for_each(|measure| tally.book(measure, level, 1));
    tally
}

fn config(text: &str) -> Config {
    Config::parse("test.toml", text, &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// A centre of which every figure has a value, its configured queues and some more.
fn busy_view(config: &Config, further: &[(&str, &str)]) -> View {
    let windows: Vec<Window> = config.export.windows.iter().copied().chain([Window::All]).collect();
    let mut view = View::new(&config.rules, &windows);
    for (queue, channel) in further {
        view.series(queue, channel);
    }
    let tally = busy();
    for (queue, channels) in view.queues.clone() {
        let told = Told { at: EventTime::EARLIEST, seq: 0, id: "e".to_owned(), state: QueueState::Open };
        view.tell_state(&queue, told);
        for channel in channels.keys() {
            let series = view.series(&queue, channel);
            series.now.add_waiting(EventTime::EARLIEST, EventTime::EARLIEST + Span::from_seconds(60));
            series.now.recent.iter_mut().for_each(|recent| recent.book(&every_measure()[3], Level::default(), 1));
            series.tallies.fill(tally.clone());
        }
    }
    view
}

fn scrape(config: &Config, view: &View, counters: &ByPair, overflowed: Overflowed) -> Scraped {
    let topics: Vec<(String, usize)> = config.kafka.topics.iter().map(|topic| (topic.clone(), 1)).collect();
    let books: Vec<(String, Books)> = topics.iter().map(|(topic, _)| (topic.clone(), Books::default())).collect();
    Scraped::parse(&text(&Scrape {
        estimates: Some(&estimates(view)),
        books: &books,
        topics: &topics,
        overflowed,
        ..Scrape::of(&config.rules, view, counters)
    }))
}

/// What is known once as many again were answered in every queue.
fn estimates(view: &View) -> Estimates {
    let mut estimates = Estimates::default();
    let mut later = view.clone();
    later.queues.values_mut().flat_map(BTreeMap::values_mut).flat_map(|series| &mut series.tallies).for_each(|tally| {
        let once = tally.clone();
        tally.merge(&once);
    });
    estimates.look(view, EventTime::EARLIEST);
    estimates.look(&later, EventTime::EARLIEST + Span::from_seconds(100));
    estimates
}

fn counters_at_zero(config: &Config) -> ByPair {
    Counters::new(&config.rules)
}

fn count(scraped: &Scraped, counts: impl Fn(&str) -> bool) -> usize {
    scraped.series().filter(|series| counts(series)).count()
}

fn is_of(series: &str, queue: &str, channel: &str) -> bool {
    series.contains(&format!("queue=\"{queue}\",channel=\"{channel}\""))
}

#[test]
fn a_scrape_gives_as_many_series_as_the_catalogue_says() {
    let configs = [
        "",
        "[export]\nwindows = [\"5m\"]\n",
        "[service_level]\nthreshold = \"33s\"\n[windows]\nsizes = [\"5m\", \"10m\", \"1h\"]\n[export]\nwindows = [\"5m\", \"10m\", \"1h\", \"this_30m\"]\n",
        "[[queue]]\nname = \"vip\"\nservice_level.threshold = \"12s\"\n[[queue]]\nmatch = \"uk-*\"\nservice_level.threshold = \"13s\"\n",
    ];
    for text in configs {
        let queues = "[[queue]]\nname = \"sales\"\nchannels = [\"voice\", \"chat\", \"email\"]\n";
        let config = config(&format!("{text}{queues}"));
        let costs = config.series_costs();
        let mut budget = SeriesBudget::new(costs.clone(), usize::MAX);
        let view = busy_view(&config, &[]);
        let (view, counters) = budget.bound(0, view, counters_at_zero(&config));
        let scraped = scrape(&config, &view, &counters, Overflowed::default());
        assert_eq!(count(&scraped, |series| is_of(series, "sales", "chat")), costs.pair("chat"), "{text}");
        for usual in ["voice", "email"] {
            let shown = count(&scraped, |series| is_of(series, "sales", usual));
            assert!(shown > costs.pair(usual), "unusual figures are shown where there is room");
        }
        let of_queue = |series: &str| series.contains("queue=\"sales\"") && !series.contains("channel=");
        let states = config.rules.agents.states().count(); // of agents: none was seen in the queue
        assert_eq!(count(&scraped, of_queue) + states, costs.queue());
        assert!(count(&scraped, |series| !series.contains("queue=")) <= costs.fixed());
    }
}

#[test]
fn three_hundred_queues_in_360_pairs_have_at_most_150_000_series() {
    let block = |number: usize| {
        let channels = match number {
            0..30 => "\"voice\", \"email\"",
            30..60 => "\"voice\", \"chat\"",
            _ => "\"voice\"",
        };
        format!("[[queue]]\nname = \"queue {number}\"\nchannels = [{channels}]\n")
    };
    let config = config(&(0..300).map(block).collect::<String>());
    let mut view = busy_view(&config, &[]);
    assert_eq!(view.queues.values().map(|channels| channels.len()).sum::<usize>(), 360);
    for channels in view.queues.values_mut() {
        channels.iter_mut().for_each(|(_, series)| series.withheld = Groups::ALL);
    }
    for number in 0..5_000 {
        view.agents.insert(format!("agent {number}"), vec![busy(); view.windows.len()]);
    }
    let scraped = scrape(&config, &view, &counters_at_zero(&config), Overflowed::default());
    let (shown, said) = (scraped.series().count(), config.series_costs().configured());
    assert!(shown > 100_000 && shown <= said, "{shown} shown, {said} said");
    assert!(said <= 150_000, "{said}");
}

#[test]
fn what_finds_no_room_is_shown_together_and_for_good() {
    let queues = "[[queue]]\nname = \"sales\"\n";
    let config = config(&format!("[export]\nseries_max = 6000\n{queues}"));
    let mut budget = SeriesBudget::new(config.series_costs(), config.export.series_max);
    let names: Vec<String> = (0..40).map(|number| format!("made up {number:02}")).collect();
    let mut earlier: Option<(BTreeSet<String>, Scraped)> = None;
    for seen in [4, 10, 20, 40] {
        let further: Vec<(&str, &str)> = names[40 - seen..].iter().map(|name| (name.as_str(), "voice")).collect();
        let whole = busy_view(&config, &further);
        let mut counters = counters_at_zero(&config);
        let preset = config.rules.service_level.preset;
        for (queue, channel) in further.iter().chain(&[("sales", "voice")]) {
            counters.queue(((*queue).into(), (*channel).into()), preset).offered = 2;
        }
        let (view, counters) = budget.bound(2, whole, counters);
        let overflowed = Overflowed::default();
        let scraped = scrape(&config, &view, &counters, overflowed);
        assert!(scraped.series().count() <= 6_000, "{}", scraped.series().count());
        assert_eq!(scraped.sum("contactpulse_contacts_offered_total"), 2.0 * (seen + 1) as f64, "nothing is lost");
        assert!(view.queues.contains_key("sales"), "configured queues come first");
        let shown: BTreeSet<String> = view.queues.into_keys().filter(|queue| queue != "__other__").collect();
        if let Some((before, counted)) = &earlier {
            assert!(before.is_subset(&shown), "what was shown stays");
            scraped.assert_no_counter_fell_since(counted);
        }
        earlier = Some((shown, scraped));
    }
    let (shown, _) = earlier.unwrap();
    assert!(shown.len() > 4 && shown.len() < 20, "{}", shown.len());
    assert!(budget.refused() >= 20);
}

#[test]
fn a_queue_that_was_refused_is_refused_although_a_smaller_one_would_fit() {
    let config = config("");
    let costs = config.series_costs();
    let max = costs.fixed() + 2 * (costs.queue() + costs.pair("chat")) + costs.pair("voice");
    let mut budget = SeriesBudget::new(costs, max);
    let mut shown = |queue: &str, channel: &str| {
        let view = busy_view(&config, &[(queue, channel)]);
        let (view, _) = budget.bound(0, view, counters_at_zero(&config));
        view.queues.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(shown("orders", "chat"), ["__other__"], "with the room for __other__ it is too large");
    assert_eq!(shown("calls", "voice"), ["__other__"]);
}

#[test]
fn agents_of_queues_that_find_no_room_are_counted_together() {
    let config = config("[[queue]]\nname = \"sales\"\nchannels = [\"voice\"]\n[export]\nseries_max = 3000\n");
    let costs = config.series_costs();
    let mut budget = SeriesBudget::new(costs, config.export.series_max);
    let mut shard = Shard::new(Arc::new(config.rules.clone()));
    for number in 0..2_000 {
        let (queue, other) = (format!("made-up-{number}"), format!("made-up-too-{number}"));
        let line = format!(
            r#"{{"id":"{number}","type":"agent.state_changed","time":1700000000000,"agent":"a-{number}","state":"available","queues":["{queue}","{other}","sales"]}}"#
        );
        let Ok(Decoded::Event(event)) = wire::decode(Some(line.as_bytes())) else { panic!("no event: {line}") };
        shard.apply(&event, None);
    }
    let windows = config.export.windows.iter().copied().chain([Window::All]).collect();
    let view = shard.view(&Ask { at: shard.watermark().unwrap(), windows, open: false, agents: false });
    let (view, counters) = budget.bound(0, view, counters_at_zero(&config));
    let scraped = scrape(&config, &view, &counters, Overflowed::default());
    assert!(scraped.series().count() <= config.export.series_max, "{}", scraped.series().count());
    let in_state = |queue: &str| {
        scraped.value(&format!("contactpulse_queue_agents{{queue=\"{queue}\",state=\"available\"}}")).unwrap_or(0.0)
    };
    assert_eq!(in_state("sales"), 2_000.0);
    assert!(in_state("__other__") > 1_000.0 && in_state("__other__") <= 2_000.0, "each agent once");
    assert!(budget.refused() > 1_000);
}

#[test]
fn queues_that_alone_are_too_many_are_a_mistake_of_the_config() {
    let text = "[[queue]]\nname = \"sales\"\n[export]\nseries_max = 300\n";
    let error = Config::parse("few.toml", text, &[]).unwrap_err().to_string();
    assert!(error.starts_with("few.toml:4:14: export.series_max: the configured queues alone give "), "{error}");
    let error = Config::parse("few.toml", "[export]\nseries_max = -1\n", &[]).unwrap_err().to_string();
    assert!(error.contains("-1 is out of bounds"), "{error}");
}
