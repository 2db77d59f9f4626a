//! The states of figures, against the slow and obvious way to tell them: look back until something decides.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::kpi::Now;
use crate::rules::{Direction, Queues, Rules};
use crate::time::Span;
use crate::window::{Cell, Cells, Field};

const VOICE: &str = "voice";

fn target(kpi: &str, direction: Direction, limits: [f64; 3], margin: Option<f64>) -> Target {
    let [target, warning, critical] = limits;
    let window = (!["waiting", "longest_wait"].contains(&kpi)).then_some(Window::All);
    Target {
        kpi: kpi.to_owned(),
        stat: None,
        window,
        queues: Queues::Matching(vec![wildmatch::WildMatch::new("*")]),
        channels: Vec::new(),
        target,
        warning,
        critical,
        direction,
        margin,
        min_samples: i64::from(kpi == "service_level"),
        owner: None,
        runbook: None,
        review: None,
        why: None,
    }
}

fn rules(target: Target) -> Rules {
    Rules { targets: vec![target], ..Rules::default() }
}

fn at(second: usize) -> EventTime {
    EventTime::from_millis(1_000 * second as i64)
}

/// So many wait in `sales`.
fn waiting(count: u64) -> View {
    let mut view = View::new(&Rules::default(), &[Window::All]);
    view.series("sales", VOICE).now = Now { waiting: count, ..Now::default() };
    view
}

/// So many of a thousand met the threshold; `None`: nobody was counted.
fn level(met: Option<i64>) -> View {
    let mut view = View::new(&Rules::default(), &[Window::All]);
    let tally = &mut view.series("sales", VOICE).tallies[0];
    if let Some(met) = met {
        tally.add(Cell::of(Field::LevelMet), met);
        tally.add(Cell::of(Field::LevelCounted), 1_000);
    }
    view
}

fn only(verdicts: &[Verdict<'_>]) -> State {
    assert_eq!(verdicts.len(), 1);
    verdicts[0].state
}

/// The states of figures that are judged one after the other.
fn judged(rules: &Rules, views: &[View]) -> Vec<State> {
    let mut judge = Judge::default();
    views.iter().enumerate().map(|(second, view)| only(&judge.judge(view, rules, at(second)))).collect()
}

/// Limits that go from good to bad, and a margin.
#[derive(Clone, Debug)]
struct Limits {
    warning: i64,
    critical: i64,
    margin: i64,
}

impl Limits {
    /// Whether a figure is worse than the limit by `by`, where `way` is 1 if more is better, else -1.
    fn is_below(value: i64, limit: i64, way: i64) -> bool {
        way * value < way * limit
    }

    /// Whether a limit holds a figure: the latest figure that is either beyond it or back by the margin decides.
    fn holds(&self, limit: i64, values: &[Option<i64>], way: i64, best: i64) -> bool {
        let back = if way * (limit + way * self.margin) < way * best { limit + way * self.margin } else { best };
        let recent = values.iter().rev().map_while(|value| *value);
        recent
            .into_iter()
            .find_map(|value| {
                let is_beyond = Self::is_below(value, limit, way);
                (is_beyond || !Self::is_below(value, back, way)).then_some(is_beyond)
            })
            .unwrap_or(false)
    }

    /// The state after these figures, the slow way.
    fn state(&self, values: &[Option<i64>], way: i64, best: i64) -> State {
        match values.last() {
            Some(Some(_)) if self.holds(self.critical, values, way, best) => State::Critical,
            Some(Some(_)) if self.holds(self.warning, values, way, best) => State::Warning,
            Some(Some(_)) => State::Ok,
            _ => State::NoData,
        }
    }
}

/// A service level in thousandths that wanders, and at times is that of nobody.
fn walk() -> impl Strategy<Value = Vec<Option<i64>>> {
    let step = option::weighted(0.95, prop_oneof![-15..=15_i64, -200..=200_i64]);
    (600..1_000_i64, vec(step, 1..80)).prop_map(|(start, steps)| {
        let mut value = start;
        let take = |step: Option<i64>| {
            value = (value + step.unwrap_or(0)).clamp(0, 1_000);
            step.map(|_| value)
        };
        steps.into_iter().map(take).collect()
    })
}

fn limits(margins: std::ops::RangeInclusive<i64>) -> impl Strategy<Value = Limits> {
    (700..=1_000_i64, 0..=100_i64, margins).prop_map(|(warning, below, margin)| Limits {
        warning,
        critical: warning - below,
        margin,
    })
}

/// Every figure of a walk, judged as a service level.
fn judged_levels(limits: &Limits, walk: &[Option<i64>]) -> Vec<State> {
    let share = |thousandths: i64| thousandths as f64 / 1_000.0;
    let all = [share(limits.warning), share(limits.warning), share(limits.critical)];
    let rules = rules(target("service_level", Direction::Higher, all, Some(share(limits.margin))));
    judged(&rules, &walk.iter().map(|met| level(*met)).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn a_state_is_the_one_that_looking_back_over_all_figures_gives(limits in limits(0..=60), walk in walk()) {
        let slow: Vec<State> = (1..=walk.len()).map(|end| limits.state(&walk[..end], 1, 1_000)).collect();
        prop_assert_eq!(judged_levels(&limits, &walk), slow);
    }

    #[test]
    fn so_it_is_where_less_is_better(limits in limits(0..=60), walk in walk()) {
        let up = |limit: i64| (1_000 - limit) as f64;
        let all = [up(limits.warning), up(limits.warning), up(limits.critical)];
        let rules = rules(target("waiting", Direction::Lower, all, Some(limits.margin as f64)));
        let walk: Vec<i64> = walk.into_iter().flatten().map(|met| 1_000 - met).collect();
        let views: Vec<View> = walk.iter().map(|count| waiting(*count as u64)).collect();
        let mirrored = Limits { warning: 1_000 - limits.warning, critical: 1_000 - limits.critical, ..limits };
        let values: Vec<Option<i64>> = walk.iter().copied().map(Some).collect();
        let slow: Vec<State> = (1..=values.len()).map(|end| mirrored.state(&values[..end], -1, 0)).collect();
        prop_assert_eq!(judged(&rules, &views), slow);
    }

    #[test]
    fn without_a_margin_the_limits_alone_decide(limits in limits(0..=0), walk in walk()) {
        let plain = |met: &Option<i64>| match met {
            None => State::NoData,
            Some(met) if *met < limits.critical => State::Critical,
            Some(met) if *met < limits.warning => State::Warning,
            Some(_) => State::Ok,
        };
        prop_assert_eq!(judged_levels(&limits, &walk), walk.iter().map(plain).collect::<Vec<_>>());
    }

    #[test]
    fn no_state_turns_back_before_the_figure_moved_by_the_margin(limits in limits(1..=60), walk in walk()) {
        prop_assume!(limits.warning + limits.margin <= 1_000);
        let values: Vec<i64> = walk.into_iter().flatten().collect();
        let states = judged_levels(&limits, &values.iter().copied().map(Some).collect::<Vec<_>>());
        let changes: Vec<(i64, bool)> = states.windows(2).zip(values.iter().skip(1))
            .filter(|(pair, _)| pair[0] != pair[1])
            .map(|(pair, value)| (*value, pair[1] > pair[0]))
            .collect();
        for pair in changes.windows(2).filter(|pair| pair[0].1 != pair[1].1) {
            prop_assert!((pair[0].0 - pair[1].0).abs() >= limits.margin, "{:?} {:?}", pair, limits);
        }
    }
}

#[test]
fn a_service_level_of_one_leaves_every_state_and_so_does_a_queue_where_nobody_waits() {
    let share = rules(target("service_level", Direction::Higher, [0.99; 3], None));
    assert_eq!(
        judged(&share, &[level(Some(980)), level(Some(995)), level(Some(1_000))]),
        [State::Critical, State::Critical, State::Ok]
    );
    let count = rules(target("waiting", Direction::Lower, [1.0; 3], Some(5.0)));
    assert_eq!(judged(&count, &[2, 1, 0].map(waiting)), [State::Critical, State::Critical, State::Ok]);
}

#[test]
fn the_margin_of_a_target_that_names_none_is_two_percent_of_the_limit_that_is_left() {
    let rules = rules(target("service_level", Direction::Higher, [0.8; 3], None));
    let states = judged(&rules, &[799, 815, 816].map(|met| level(Some(met))));
    assert_eq!(states, [State::Critical, State::Critical, State::Ok]);
}

#[test]
fn a_moment_that_is_not_later_is_judged_and_changes_no_memory() {
    let rules = rules(target("waiting", Direction::Lower, [10.0; 3], Some(5.0)));
    let mut judge = Judge::default();
    assert_eq!(only(&judge.judge(&waiting(11), &rules, at(10))), State::Critical);
    for second in [10, 9] {
        assert_eq!(only(&judge.judge(&waiting(0), &rules, at(second))), State::Ok);
    }
    assert_eq!(only(&judge.look(&waiting(8), &rules)), State::Critical, "as of the tenth second it was critical");
    assert_eq!(only(&judge.judge(&waiting(8), &rules, at(11))), State::Critical);
}

#[test]
fn looking_remembers_nothing() {
    let rules = rules(target("waiting", Direction::Lower, [10.0; 3], Some(5.0)));
    let judge = Judge::default();
    assert_eq!(only(&judge.look(&waiting(11), &rules)), State::Critical);
    assert_eq!(only(&judge.look(&waiting(8), &rules)), State::Ok);
}

#[test]
fn after_a_moment_without_data_a_figure_begins_anew() {
    let rules = rules(target("service_level", Direction::Higher, [0.8; 3], Some(0.1)));
    let states = judged(&rules, &[Some(700), Some(850), None, Some(850)].map(level));
    assert_eq!(states, [State::Critical, State::Critical, State::NoData, State::Ok]);
}

#[test]
fn each_queue_and_channel_has_a_memory_of_its_own() {
    let rules = rules(target("waiting", Direction::Lower, [10.0; 3], Some(5.0)));
    let both = |sales: u64, chats: u64| {
        let mut view = waiting(sales);
        view.series("sales", "chat").now.waiting = chats;
        view
    };
    let mut judge = Judge::default();
    judge.judge(&both(11, 8), &rules, at(0));
    let verdicts = judge.judge(&both(8, 8), &rules, at(1));
    let states: Vec<_> = verdicts.iter().map(|verdict| (verdict.channel.as_str(), verdict.state)).collect();
    assert_eq!(states, [("chat", State::Ok), (VOICE, State::Critical)]);
}

#[test]
fn a_duration_is_judged_by_the_number_that_is_named_and_an_age_by_itself() {
    let mut view = waiting(1);
    let series = view.series("sales", VOICE);
    series.now.longest_wait = Some(Span::from_seconds(40));
    for seconds in [10, 10, 10, 70] {
        series.tallies[0].add_duration(Field::SpeedOfAnswer, Span::from_seconds(seconds), 1);
    }
    let value = |kpi: &str, stat: Option<Stat>| {
        let target = Target { stat, ..target(kpi, Direction::Lower, [30.0; 3], None) };
        let rules = rules(target);
        let verdicts = Judge::default().look(&view, &rules);
        (verdicts[0].value.map(f64::round), verdicts[0].samples)
    };
    assert_eq!(value("speed_of_answer", Some(Stat::Mean)), (Some(25.0), Some(4)));
    assert_eq!(value("speed_of_answer", Some(Stat::Percentile(50))), (Some(10.0), Some(4)));
    assert_eq!(value("speed_of_answer", Some(Stat::Max)), (Some(70.0), Some(4)));
    assert_eq!(value("longest_wait", None), (Some(40.0), None));
}

#[test]
fn a_kpi_of_chats_is_judged_on_a_channel_without_chats_only_where_that_is_named() {
    let chats = target("chat_reply_time", Direction::Lower, [30.0; 3], None);
    let judged = |target: Target| Judge::default().look(&waiting(0), &rules(target)).len();
    assert_eq!(judged(chats.clone()), 0);
    assert_eq!(judged(Target { channels: vec![VOICE.to_owned()], ..chats }), 1);
}

#[test]
fn every_kpi_can_be_judged_and_reads_its_figure_from_a_view() {
    let view = waiting(3);
    for subject in Subject::all() {
        let window = (!matches!(subject, Subject::Now(_))).then_some(Window::All);
        let channels = vec![VOICE.to_owned()];
        let target = Target { window, channels, ..target(subject.name(), Direction::Lower, [1.0; 3], None) };
        let rules = rules(target);
        let verdicts = Judge::default().look(&view, &rules);
        assert_eq!(verdicts.len(), 1, "{}", subject.name());
        assert_eq!(verdicts[0].samples.is_some(), subject.has_samples(), "{}", subject.name());
        assert_eq!(verdicts[0].value.is_some(), subject.unit() == Unit::Count, "{}: nothing is absent", subject.name());
    }
}
