//! What ContactPulse makes of a simulated centre: nothing odd, and figures that a real centre could have.

use std::collections::BTreeMap;
use std::sync::Arc;

use contactpulse::export::{Scrape, text};
use contactpulse::replay::{Reading, Replay, When};
use contactpulse::report::report;
use contactpulse::rules::{AgentRules, Rules};
use contactpulse::simulate::{Profile, Settings, centre};
use contactpulse::time::Span;
use serde_json::Value;

use super::agent_life::{self, AgentLife};
use super::line::Line;
use super::{settings, ticket_life};
use crate::support::scrape::Scraped;

/// The events of an undisturbed centre.
fn undisturbed(seed: u64, profile: Profile) -> Vec<String> {
    let calm = Settings { late: 0.0, disorder: Span::ZERO, repeats: 0.0, ..settings(seed, 0.5) };
    centre(Settings { contacts: Some(10_000), profile, ..calm }).map(|sent| sent.record).collect()
}

/// The report and the metrics at the end.
fn replayed(records: &[String]) -> (Value, Scraped) {
    let mut shown = None;
    let mut show = |reading: Reading<'_>| {
        let metrics = text(&Scrape {
            verdicts: &reading.verdicts,
            books: &[("log".to_owned(), reading.books.clone())],
            overflowed: reading.overflowed,
            ..Scrape::of(reading.rules, &reading.view, &reading.counters)
        });
        let report = report(&reading.view, reading.books, reading.rules, reading.at);
        shown = Some((report, Scraped::parse(&metrics)));
    };
    let training = ["training".to_owned()];
    let agents = AgentRules::new(Rules::default().agents.ttl, &training, &training);
    let mut replay = Replay::new(Arc::new(Rules { agents, ..Rules::default() }), 1, When::End);
    for record in records {
        replay.line(record.as_bytes(), &mut show).unwrap();
    }
    replay.finish(&mut show);
    shown.unwrap()
}

#[test]
fn an_undisturbed_centre_tells_nothing_odd_and_its_books_balance() {
    for (seed, profile) in [(1, Profile::Flat), (2, Profile::Day)] {
        let records = undisturbed(seed, profile);
        let (report, metrics) = replayed(&records);
        let events = &report["events"];
        assert_eq!(events["applied"], records.len());
        assert_eq!((&events["anomalies"], &events["expired"]), (&serde_json::json!({}), &0.into()), "seed {seed}");
        assert_eq!(metrics.sum("contactpulse_books_drift"), 0.0);
        assert_eq!(report["total"]["now"]["waiting"], 0, "told to its end");
    }
}

#[test]
fn a_platform_that_repeats_its_open_state_changes_no_figure() {
    let told = undisturbed(3, Profile::Flat);
    let is_snapshot = |record: &&String| record.contains(r#""type":"contact.snapshot""#);
    let (without, with): (Vec<String>, Vec<String>) =
        (told.iter().filter(|record| !is_snapshot(record)).cloned().collect(), told.clone());
    assert!(with.len() > without.len() + 100, "{} of {}", with.len() - without.len(), with.len());
    let (without, _) = replayed(&without);
    let (with, _) = replayed(&with);
    for part in ["at", "queues", "agents", "total", "feeds"] {
        assert_eq!(without[part], with[part], "{part}");
    }
}

#[test]
fn alerts_chats_and_callbacks_have_figures_that_a_real_centre_could_have() {
    for (seed, profile) in [(4, Profile::Flat), (5, Profile::Day)] {
        let (report, _) = replayed(&undisturbed(seed, profile));
        let all = &report["total"]["windows"]["all"];
        let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
        let within = |name: &str, value: f64, least: f64, most: f64| {
            assert!((least..most).contains(&value), "seed {seed}: {name} {value}");
        };
        within("missed", number(&all["missed_alerts"]) / number(&all["answered"]), 0.02, 0.08);
        within("no answer", number(&all["missed_alerts_by"]["cause"]["no_answer"]), 1.0, f64::MAX);
        within("rejected", number(&all["missed_alerts_by"]["cause"]["rejected"]), 1.0, f64::MAX);
        within("first response", number(&all["chat_first_response_time"]["p50"]), 10.0, 90.0);
        within("reply", number(&all["chat_reply_time"]["p50"]), 10.0, 60.0);
        within("callbacks", number(&all["callbacks_requested"]), 100.0, 1_500.0);
        within("callback success", number(&all["callback_success"]["ratio"]), 0.5, 0.95);
        within("callback wait", number(&all["callback_wait"]["p50"]), 5.0, 3_600.0);
        within("inactivity", number(&all["abandoned_by"]["cause"]["inactivity"]), 1.0, f64::MAX);
    }
}

#[test]
fn tickets_and_agents_are_counted_as_a_naive_reader_counts_them() {
    for (seed, profile) in [(6, Profile::Flat), (7, Profile::Day)] {
        let records = undisturbed(seed, profile);
        let (report, _) = replayed(&records);
        let story: Vec<Line> = records.iter().map(|record| Line::read(record)).collect();
        for (queue, count) in ticket_life::count(&story) {
            let own = &report["queues"][&queue];
            let all = &own["windows"]["all"];
            let shown = ["created", "resolved", "reopened", "closed"].map(|figure| all[figure].as_u64());
            assert_eq!(shown, [count.created, count.resolved, count.reopened, count.closed].map(Some), "{queue}");
            assert_eq!(own["now"]["backlog"], count.backlog, "{queue}");
        }
        let mut centre = BTreeMap::<&str, u64>::new();
        let mut queues = BTreeMap::<(&str, &str), u64>::new();
        let lives = agent_life::lives(&story);
        for (state, own) in lives.values().map(AgentLife::now) {
            *centre.entry(state).or_default() += 1;
            own.iter().for_each(|queue| *queues.entry((queue, state)).or_default() += 1);
        }
        for (state, agents) in centre {
            assert_eq!(report["total"]["now"]["agents"][state], agents, "{state}");
        }
        for ((queue, state), agents) in queues {
            assert_eq!(report["queues"][queue]["now"]["agents"][state], agents, "{queue} {state}");
        }
    }
}

#[test]
fn surveys_and_reviews_have_figures_that_a_real_centre_could_have() {
    let (report, _) = replayed(&undisturbed(8, Profile::Flat));
    let all = &report["total"]["windows"]["all"];
    let ratio = |figure: &str| all[figure]["ratio"].as_f64().unwrap_or_else(|| panic!("{figure}: {}", all[figure]));
    for (figure, least, most) in
        [("survey_response_rate", 0.2, 0.5), ("csat", 0.5, 0.95), ("ces", 0.4, 0.95), ("quality_score", 0.6, 0.95)]
    {
        assert!((least..most).contains(&ratio(figure)), "{figure}: {}", all[figure]);
    }
    assert!(all["cx_rating"]["mean"].as_f64().is_some_and(|mean| (3.0..5.0).contains(&mean)));
    assert!(all["nps"]["score"].as_f64().is_some_and(|score| (-60.0..80.0).contains(&score)), "{}", all["nps"]);
}
