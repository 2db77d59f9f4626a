//! A scrape against the slow and obvious way to write it: every figure by itself, every line with `format!`.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::counters::{Counters, Duration, Durations, QueueCounters};
use crate::event::{AbandonCause, FlowCause, MissCause, QueueState, SurveyKind, Thousandths};
use crate::kpi::{COMPLAINT_WINDOWS, Distribution, Figure, Group, Kpi, QUEUE, Share};
use crate::measure::{Measure, Mood, Patience, Rating};
use crate::rules::{Preset, StateId, Window};
use crate::view::{Series, Told};
use crate::window::{Cells, Level, Tally};

/// Lines by family.
type Families = BTreeMap<String, Vec<String>>;

/// How a number reads.
fn shown(number: impl Into<f64>) -> String {
    let number: f64 = number.into();
    number.to_string()
}

fn number(count: i64) -> Option<String> {
    Some(shown(count as f64))
}

/// The numbers of a figure that is no distribution, in the order of its families.
fn numbers(figure: &Figure<'_>) -> Vec<Option<String>> {
    match figure {
        Figure::Count(count) => vec![number(*count)],
        Figure::CountBy { values, .. } => vec![number(values.iter().map(|(_, count)| count).sum())],
        Figure::ServiceLevel { configured: ratio, .. }
        | Figure::Ratio(ratio)
        | Figure::RatioBy { whole: ratio, .. } => {
            vec![number(ratio.numerator), number(ratio.denominator), ratio.value().map(shown)]
        }
        Figure::Score(score) => {
            let (count, sum) = (number(score.count), Some(shown(score.sum.points())));
            match score.share {
                Share::None => vec![count, sum, score.mean().map(shown)],
                Share::Good(good) => {
                    vec![number(good), count, sum, score.mean().map(shown), score.ratio().map(shown)]
                }
                Share::Points(of) => vec![sum, Some(shown(of.points())), score.ratio().map(shown)],
            }
        }
        Figure::Nps(nps) => {
            let score = nps.score().map(shown);
            vec![number(nps.promoters), number(nps.passives), number(nps.detractors), score]
        }
        Figure::Distribution(_) | Figure::DistributionBy { .. } => unreachable!("it has stats"),
    }
}

fn stats(distribution: &Distribution<'_>, is_whole: bool) -> Vec<(&'static str, Option<String>)> {
    let span = |span: Option<Span>| span.map(|span| shown(span.as_seconds()));
    let mut stats = vec![("samples", number(distribution.count)), ("sum", Some(shown(distribution.sum.as_seconds())))];
    if is_whole {
        stats.extend([
            ("p50", span(distribution.percentile(50))),
            ("p90", span(distribution.percentile(90))),
            ("mean", distribution.mean().map(shown)),
            ("max", span(distribution.max())),
        ]);
    }
    stats
}

/// Whether a pair shows a group, by every figure that it has.
fn shows(scrape: &Scrape<'_>, queue: &str, channel: &str, series: &Series, group: Group) -> bool {
    let is_told = |figure: Figure<'_>| match figure {
        Figure::Ratio(ratio) | Figure::RatioBy { whole: ratio, .. } => ratio.numerator != 0,
        other => !other.is_zero(),
    };
    let figures = series.tallies.iter().flat_map(|tally| group.kpis().iter().map(|kpi| (kpi.read)(tally)));
    let is_there =
        figures.into_iter().any(is_told) || counters(scrape, queue, channel).is_some_and(|own| own.has(group));
    group.fits(channel) || is_there
}

fn counters<'a>(scrape: &Scrape<'a>, queue: &str, channel: &str) -> Option<&'a QueueCounters> {
    scrape.counters.queues().find(|((own, on), _)| (&**own, &**on) == (queue, channel)).map(|(_, counters)| counters)
}

fn write_kpi(kpi: &Kpi, of: fn(&Series) -> &[Tally], scrape: &Scrape<'_>, families: &mut Families) {
    for (place, family) in catalog::window_families(kpi).iter().enumerate() {
        for (queue, channels) in &scrape.view.queues {
            for (channel, series) in channels.iter().filter(|(on, own)| shows(scrape, queue, on, own, kpi.group())) {
                for (window, tally) in
                    scrape.view.windows.iter().zip(of(series)).filter(|(own, _)| **own != Window::All)
                {
                    let labels = format!("queue=\"{queue}\",channel=\"{channel}\",window=\"{}\"", window.name());
                    let lines = families.entry(family.name.to_string()).or_default();
                    match (kpi.read)(tally) {
                        Figure::Distribution(whole) | Figure::DistributionBy { whole, .. } => {
                            for (stat, value) in stats(&whole, scrape.is_whole) {
                                let line =
                                    value.map(|value| format!("{}{{{labels},stat=\"{stat}\"}} {value}", family.name));
                                lines.extend(line);
                            }
                        }
                        figure => {
                            let is_hidden =
                                !scrape.is_whole && ["_ratio", "_score"].iter().any(|end| family.name.ends_with(end));
                            let value = numbers(&figure)[place].clone().filter(|_| !is_hidden);
                            lines.extend(value.map(|value| format!("{}{{{labels}}} {value}", family.name)));
                        }
                    }
                }
            }
        }
    }
}

fn write_histogram(name: &str, labels: &str, durations: &Durations, lines: &mut Vec<String>) {
    let mut below = 0;
    for (edge, count) in durations.edges.iter().zip(&durations.buckets) {
        below += count;
        lines.push(format!("{name}_bucket{{{labels},le=\"{}\"}} {below}", edge.as_seconds()));
    }
    let count: u64 = durations.buckets.iter().sum();
    lines.push(format!("{name}_bucket{{{labels},le=\"+Inf\"}} {count}"));
    lines.push(format!("{name}_sum{{{labels}}} {}", durations.sum.as_seconds()));
    lines.push(format!("{name}_count{{{labels}}} {count}"));
}

/// Some families of counters, of every pair that the view or the counters have.
fn write_counters(scrape: &Scrape<'_>, families: &mut Families) {
    let nothing = scrape.counters.at_zero();
    let of_view =
        scrape.view.queues.iter().flat_map(|(queue, on)| on.keys().map(move |on| (queue.clone(), on.clone())));
    let of_counters = scrape.counters.queues().map(|((queue, on), _)| (queue.to_string(), on.to_string()));
    let pairs: std::collections::BTreeSet<(String, String)> = of_view.chain(of_counters).collect();
    for (queue, channel) in pairs {
        let empty = Series::default();
        let series = scrape.view.queues.get(&queue).and_then(|on| on.get(&channel)).unwrap_or(&empty);
        let own = counters(scrape, &queue, &channel).unwrap_or(&nothing);
        let labels = format!("queue=\"{queue}\",channel=\"{channel}\"");
        let mut lines = |family: &catalog::Family, add: &dyn Fn(&str, &mut Vec<String>)| {
            if shows(scrape, &queue, &channel, series, family.group.unwrap()) {
                add(&family.name, families.entry(family.name.to_string()).or_default());
            }
        };
        lines(&catalog::OFFERED, &|name, lines| lines.push(format!("{name}{{{labels}}} {}", own.offered)));
        lines(&catalog::ABANDONED, &|name, lines| {
            lines.push(format!("{name}{{{labels},short=\"false\"}} {}", own.abandoned[0]));
            lines.push(format!("{name}{{{labels},short=\"true\"}} {}", own.abandoned[1]));
        });
        lines(&catalog::FLOWED_OUT, &|name, lines| {
            for (cause, count) in FlowCause::ALL.iter().zip(own.flowed_out) {
                lines.push(format!("{name}{{{labels},cause=\"{}\"}} {count}", cause.name()));
            }
        });
        lines(&catalog::HANDLE, &|name, lines| write_histogram(name, &labels, own.duration(Duration::Handle), lines));
    }
}

fn plain(scrape: &Scrape<'_>) -> Families {
    let mut families = Families::new();
    QUEUE.iter().for_each(|kpi| write_kpi(kpi, |series| &series.tallies, scrape, &mut families));
    COMPLAINT_WINDOWS.iter().for_each(|kpi| write_kpi(kpi, |series| &series.complaints, scrape, &mut families));
    write_counters(scrape, &mut families);
    families
}

/// The lines of each family as they were written.
fn written(text: &str) -> Families {
    let mut families = Families::new();
    let mut name = String::new();
    for line in text.lines() {
        match line.strip_prefix("# HELP ") {
            Some(help) => name = help.split(' ').next().unwrap().to_owned(),
            None if line.starts_with('#') => {}
            None => families.entry(name.clone()).or_default().push(line.to_owned()),
        }
    }
    families
}

/// One measure of many kinds.
fn measure() -> impl Strategy<Value = Measure> {
    let span = || (0..10_000_000_i64).prop_map(Span::from_millis);
    prop_oneof![
        Just(Measure::Offered),
        Just(Measure::Disowned),
        (span(), any::<bool>()).prop_map(|(wait, within)| Measure::Answered { wait: Some(wait), within }),
        span().prop_map(|wait| Measure::Abandoned {
            wait: Some(wait),
            patience: Patience::Short,
            cause: AbandonCause::System
        }),
        Just(Measure::FlowedOut { cause: FlowCause::Callback, within: true }),
        span().prop_map(Measure::Handle),
        span().prop_map(Measure::ChatReply),
        Just(Measure::MissedAlert(MissCause::NoAnswer)),
        Just(Measure::TicketCreated),
        any::<bool>().prop_map(|again| Measure::Resolved { again }),
        (span(), any::<bool>()).prop_map(|(span, again)| Measure::ResolutionTime {
            calendar: span,
            active: span,
            again
        }),
        any::<bool>().prop_map(|overdue| Measure::ComplaintDecided { overdue }),
        Just(Measure::SurveySent(None)),
        (0..5_001_i64).prop_map(|score| {
            Measure::Rated(SurveyKind::Csat, Rating { score: Thousandths(score), mood: Mood::Good })
        }),
        Just(Measure::Rated(SurveyKind::Nps, Rating { score: Thousandths::whole(3), mood: Mood::Bad })),
        Just(Measure::Reviewed),
        (0..100_001_i64)
            .prop_map(|points| Measure::Scored { points: Thousandths(points), max_points: Thousandths(100_000) }),
    ]
}

fn tally() -> impl Strategy<Value = Tally> {
    proptest::collection::vec((measure(), any::<bool>()), 0..12).prop_map(|measures| {
        let mut tally = Tally::default();
        for (measure, met) in measures {
            tally.book(&measure, Level { met, counted: true }, 1);
        }
        tally
    })
}

const WINDOWS: [Window; 3] = [Window::Sliding(Span::from_seconds(300)), Window::Today, Window::All];
const QUEUES: [&str; 3] = ["a", "a b", "b"];
const CHANNELS: [&str; 3] = ["chat", "email", "voice"];

type Row = (usize, usize, Vec<Tally>, Vec<Tally>);

fn view(told: &[Row]) -> View {
    let mut view = View { windows: WINDOWS.to_vec(), ..View::default() };
    for (queue, channel, tallies, complaints) in told {
        let series = view.series(QUEUES[*queue], CHANNELS[*channel]);
        series.tallies.clone_from(tallies);
        series.complaints.clone_from(complaints);
    }
    view
}

fn taken(rules: &Rules, told: &[(usize, usize, u64)]) -> ByPair {
    let mut counters = Counters::new(rules);
    for (queue, channel, count) in told {
        let own = counters.queue((QUEUES[*queue].into(), CHANNELS[*channel].into()), Preset::Standard);
        own.offered += count;
        own.abandoned[1] += count / 2;
        own.flowed_out[0] += 1;
        own.durations[Duration::Handle as usize].buckets[3] += count;
        own.durations[Duration::Handle as usize].sum += Span::from_millis(1_234);
    }
    counters
}

proptest! {
    #[test]
    fn a_scrape_is_what_the_obvious_way_writes(
        told in proptest::collection::vec(
            (0..3_usize, 0..3_usize, proptest::collection::vec(tally(), 3), proptest::collection::vec(tally(), 3)), 0..6),
        counted in proptest::collection::vec((0..3_usize, 0..3_usize, 1..100_000_u64), 0..6),
        is_whole in any::<bool>(),
    ) {
        let rules = Rules::default();
        let (view, counters) = (view(&told), taken(&rules, &counted));
        let scrape = Scrape { is_whole, ..Scrape::of(&rules, &view, &counters) };
        let text = text(&scrape);
        let (written, plain) = (written(&text), plain(&scrape));
        for (family, lines) in plain.iter().filter(|(_, lines)| !lines.is_empty()) {
            prop_assert_eq!(Some(lines), written.get(family), "{}", family);
        }
        let of_windows = |(family, _): &(&String, &Vec<String>)| family.starts_with("contactpulse_window_");
        let more = written.iter().filter(of_windows).find(|(family, _)| !plain.contains_key(*family));
        prop_assert_eq!(more, None);
        let mut exposition = Exposition::default();
        for _ in 0..2 {
            let mut again = Text::within("x".repeat(100));
            exposition.write(&scrape, &mut again);
            prop_assert!(again.into_string() == text, "a second scrape of the same is the same");
        }
    }

    #[test]
    fn a_part_that_is_found_the_same_is_the_same_text(
        told in proptest::collection::vec(
            (0..1_usize, 0..2_usize, proptest::collection::vec(tally(), 3), Just(vec![Tally::default(); 3])), 1..3),
        counted in proptest::collection::vec((0..2_usize, 0..2_usize, 1..3_u64), 0..3),
        change in 0..10_usize,
    ) {
        let rules = Rules::default();
        let (before, taken_before) = (view(&told), taken(&rules, &counted));
        let (mut after, mut taken_after) = (before.clone(), taken_before.clone());
        let at = EventTime::EARLIEST;
        let series = after.series("a", CHANNELS[told[0].1]);
        match change {
            0 => series.now.add_waiting(at, at),
            1 => series.tallies[0].book(&Measure::Offered, Level::default(), 1),
            2 => series.complaints[1].book(&Measure::TicketCreated, Level::default(), 1),
            3 => drop(after.series("c", "voice")),
            4 => taken_after.queue(("a".into(), "voice".into()), Preset::Standard).offered += 1,
            5 => after.tell_state("a", Told { at, seq: 0, id: "e".to_owned(), state: QueueState::Open }),
            6 => drop(after.priorities.insert("high".into())),
            7 => after.seen.centre.add(StateId(1)),
            _ => {}
        }
        let scrape = |view, counters, is_whole| Scrape { is_whole, ..Scrape::of(&rules, view, counters) };
        let (first, second) = (scrape(&before, &taken_before, true), scrape(&after, &taken_after, change != 9));
        let nothing = taken_before.at_zero();
        let [first, second] = [&first, &second].map(|scrape| Sight::new(scrape, &nothing));
        let origin = Origin::new(before.clone(), taken_before.clone(), first.outline()).unwrap();
        prop_assert!(origin.same(first.scrape, &first.outline()).is_all());
        let same = origin.same(second.scrape, &second.outline());
        prop_assert_eq!(same.is_all(), change == 8, "{:?}", same);
        for part in Part::ALL {
            let [was, is] = [&first, &second].map(|sight| {
                let mut text = Text::default();
                Exposition::default().part(part, sight, &mut text);
                text.into_string()
            });
            prop_assert!(!same.has(part) || was == is, "{:?}", part);
        }
    }

    #[test]
    fn a_group_that_cannot_be_in_a_tally_has_no_figure_there(tally in tally()) {
        for group in Group::ALL.into_iter().filter(|group| !group.may_be_in(&tally)) {
            prop_assert!(group.kpis().iter().all(|kpi| match (kpi.read)(&tally) {
                Figure::Ratio(ratio) | Figure::RatioBy { whole: ratio, .. } => ratio.numerator == 0,
                other => other.is_zero(),
            }), "{:?}", group);
        }
    }
}
