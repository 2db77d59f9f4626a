//! Random calendars against a count: time is walked in steps of half a minute, and at each jiff is asked what the clock reads.

use jiff::Timestamp;
use jiff::civil::Date;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;
use crate::time::Span;

/// Nothing changes but at its multiples: Liberia was 44 min 30 s behind until 1972, and no zone is worse.
const STEP: i64 = 30_000;
const DAY: i64 = 86_400_000;

const ZONES: [&str; 12] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Havana",
    "Asia/Beirut",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Africa/Monrovia",
    "Pacific/Kwajalein",
];

/// Hours on one day: some, none, or all of it.
fn hours() -> impl Strategy<Value = Vec<Minutes>> {
    let some = (0_u16..1_440, 1_u16..1_600).prop_map(|(from, long)| from..(from + long).min(2_880));
    let round = (0_u16..48, 1_u16..50).prop_map(|(from, long)| from * 30..((from + long) * 30).min(2_880));
    prop_oneof![
        3 => vec(some, 0..4),
        3 => vec(round, 0..4),
        1 => Just(vec![minutes("00:00-24:00")]),
        1 => Just(Vec::new()),
    ]
}

fn weekly() -> impl Strategy<Value = [Vec<Minutes>; 7]> {
    let all_different = prop::array::uniform7(hours());
    let all_alike = hours().prop_map(|hours| std::array::from_fn(|_| hours.clone()));
    prop_oneof![3 => all_different, 1 => all_alike]
}

/// A moment of 1970 to 2104, or shortly before the clock is next changed after it.
fn moment(zone: TimeZone) -> impl Strategy<Value = i64> {
    let last = at("2100-12-31T00:00:00Z").as_millis() + 4 * 365 * DAY;
    (0..last, 0..3 * DAY, any::<bool>()).prop_map(move |(moment, before, at_a_change)| {
        let change = zone.following(timestamp(moment)).next().filter(|_| at_a_change);
        let change = change.map(|change| change.timestamp().as_millisecond());
        change.filter(|change| *change < last).map_or(moment, |change| (change - before).max(0))
    })
}

/// A plan and a moment, about which its special days lie.
fn plan_and_moment() -> impl Strategy<Value = (Plan, i64)> {
    let special = btree_map(-3_i64..9, hours(), 0..5);
    let zone = prop::sample::select(ZONES.to_vec()).prop_map(|name| TimeZone::get(name).unwrap());
    let placed = zone.prop_flat_map(|zone| (moment(zone.clone()), Just(zone)));
    (placed, weekly(), special).prop_map(|((moment, zone), weekly, special)| {
        let today = timestamp(moment).to_zoned(zone.clone()).date();
        let special = special.into_iter().map(|(day, hours)| (today + jiff::Span::new().days(day), hours)).collect();
        (Plan { zone, weekly, special }, moment)
    })
}

fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

/// Whether it is open, by the words of the rule.
fn is_open(plan: &Plan, ms: i64) -> bool {
    let reading = timestamp(ms).to_zoned(plan.zone.clone()).datetime();
    let minute = u16::try_from(i16::from(reading.hour()) * 60 + i16::from(reading.minute())).unwrap();
    let begin_on = |date: Date| {
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap();
        plan.special.get(&date).unwrap_or(&plan.weekly[weekday]).iter()
    };
    let today = begin_on(reading.date()).any(|hours| hours.contains(&minute));
    today || begin_on(reading.date().yesterday().unwrap()).any(|hours| hours.contains(&(minute + 1_440)))
}

/// The steps that touch [from, to), as far as they lie in it, each with whether it is open.
fn steps(plan: &Plan, from: i64, to: i64) -> impl Iterator<Item = (i64, i64, bool)> {
    let first = from.div_euclid(STEP);
    (first..).map(|step| step * STEP).take_while(move |start| *start < to).map(move |start| {
        let open = is_open(plan, start);
        (start.max(from), (start + STEP).min(to), open)
    })
}

fn counted(plan: &Plan, from: i64, to: i64) -> i64 {
    steps(plan, from, to).filter(|(_, _, open)| *open).map(|(start, end, _)| end - start).sum()
}

/// When so much open time is over, if before `to`.
fn counted_off(plan: &Plan, from: i64, mut span: i64, to: i64) -> Option<i64> {
    for (start, end, _) in steps(plan, from, to).filter(|(_, _, open)| *open) {
        if end - start >= span {
            return Some(start + span);
        }
        span -= end - start;
    }
    None
}

fn changed(plan: &Plan, from: i64, to: i64) -> Option<i64> {
    let now = is_open(plan, from);
    steps(plan, from, to).find(|(_, _, open)| *open != now).map(|(start, _, _)| start)
}

const fn time(ms: i64) -> EventTime {
    EventTime::from_millis(ms)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_calendar_agrees_with_a_count((plan, from) in plan_and_moment(), length in 1..4 * DAY, span in 1..2 * DAY) {
        let (calendar, to) = (Calendar::new(plan.clone()), from + length);
        prop_assert_eq!(calendar.is_open(time(from)), is_open(&plan, from));
        prop_assert_eq!(calendar.between(time(from), time(to)).as_millis(), counted(&plan, from, to));
        let after = calendar.after(time(from), Span::from_millis(span)).as_millis();
        match counted_off(&plan, from, span, to) {
            Some(expected) => prop_assert_eq!(after, expected),
            None => prop_assert!(after >= to, "{span} ms are not over at {}", time(after)),
        }
        let next = calendar.next_change(time(from)).map(EventTime::as_millis);
        match changed(&plan, from, to) {
            Some(expected) => prop_assert_eq!(next, Some(expected)),
            None => prop_assert!(next.is_none_or(|next| next >= to), "nothing changes at {next:?}"),
        }
    }

    /// Over years, where a count would take long, the answers have to fit each other.
    #[test]
    fn answers_that_lie_years_apart_fit_each_other(
        (plan, from) in plan_and_moment(), years in 0..40_000 * DAY, on in 0..400 * DAY, hours in 0..20_000_i64, part in 1..3_600_000_i64,
    ) {
        let calendar = Calendar::new(plan);
        let (first, then, last) = (time(from), time(from + years), time(from + years + on));
        let [all, one, other] = [(first, last), (first, then), (then, last)].map(|(a, b)| calendar.between(a, b));
        prop_assert_eq!(all, one + other);
        prop_assert!(all <= last - first);
        prop_assert!(calendar.after(first, all) <= last);
        let span = Span::from_millis(hours * 3_600_000 + part);
        let after = calendar.after(first, span);
        if after < EventTime::MAX {
            prop_assert_eq!(calendar.between(first, after), span);
            prop_assert!(calendar.between(first, after - Span::from_millis(1)) < span);
        }
        if let Some(change) = calendar.next_change(then) {
            let before = change - Span::from_millis(1);
            prop_assert_ne!(calendar.is_open(change), calendar.is_open(before));
            prop_assert_eq!(calendar.is_open(then), calendar.is_open(before));
            let open = if calendar.is_open(then) { change - then } else { Span::ZERO };
            prop_assert_eq!(calendar.between(then, change), open);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_whole_year_agrees_with_a_count((plan, from) in plan_and_moment()) {
        let to = from + 366 * DAY;
        let open = Calendar::new(plan.clone()).between(time(from), time(to));
        prop_assert_eq!(open.as_millis(), counted(&plan, from, to));
    }
}
