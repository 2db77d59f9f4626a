//! The interval report: rows add up to the whole, hang on the local clock, and hold what a hand and a recount of the lines give.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Output;
use std::sync::Arc;

use contactpulse::replay::{Reading, Replay, When};
use contactpulse::report::csv;
use contactpulse::rules::Rules;
use contactpulse::simulate::{Profile, Settings, centre};
use contactpulse::time::{EventTime, Span};
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::replay_laws::reports;
use crate::shared_data::bank;
use crate::support::contactpulse;
use crate::support::noise::{doubled, shuffled};

/// One row, by the names of its columns.
type Row = BTreeMap<String, String>;

const HALF_HOUR: Span = Span::from_seconds(1_800);

fn rules(zone: &str) -> Rules {
    let mut rules = Rules::default();
    rules.day.zone = TimeZone::get(zone).unwrap();
    rules
}

/// The rows of a log, as text.
fn sheet(lines: &[Vec<u8>], rules: &Rules, every: Span, shards: usize) -> String {
    let mut sheet = csv::header();
    let mut show = |reading: Reading<'_>| {
        sheet += &csv::rows(reading.interval.as_ref().unwrap(), &reading.view, &rules.day.zone);
    };
    let mut replay = Replay::new(Arc::new(rules.clone()), shards, When::Intervals(every));
    for line in lines {
        replay.line(line, &mut show).unwrap();
    }
    replay.finish(&mut show);
    sheet
}

fn rows(sheet: &str) -> Vec<Row> {
    let mut reader = ::csv::Reader::from_reader(sheet.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is {:?}", row[column]))
}

fn at(text: &str) -> EventTime {
    EventTime::parse(text).unwrap()
}

/// A night of a busy centre over the clock change of 2026-10-25 in Europe.
fn night() -> Vec<Vec<u8>> {
    let settings = Settings {
        contacts: Some(6_000),
        profile: Profile::Flat,
        disorder: Span::ZERO,
        late: 0.0,
        repeats: 0.0,
        ..Settings::new(5, at("2026-10-24T19:10:00Z"), 0.2)
    };
    centre(settings).map(|sent| sent.record.into_bytes()).collect()
}

/// Where the report has what a column adds up to; none for what does not add up.
fn in_report<'a>(figures: &'a Value, column: &str) -> Option<&'a Value> {
    match column {
        "service_level_met" => Some(&figures["service_level"]["met"]),
        "service_level_counted" => Some(&figures["service_level"]["counted"]),
        "legs_ended" => Some(&figures["transfer_rate"]["denominator"]),
        _ => match (column.strip_suffix("_count"), column.strip_suffix("_sum_seconds")) {
            (Some(kpi), _) => Some(&figures[kpi]["count"]),
            (_, Some(kpi)) => Some(&figures[kpi]["sum"]),
            _ => figures.get(column).filter(|figure| figure.is_i64()),
        },
    }
}

#[test]
fn rows_add_up_to_everything_on_a_clock_of_three_quarters_and_over_a_clock_change() {
    let lines = night();
    for zone in ["Asia/Kathmandu", "Europe/Berlin"] {
        let rules = rules(zone);
        let rows = rows(&sheet(&lines, &rules, HALF_HOUR, 1));
        let end = at(&rows.last().unwrap()["interval_end"]);
        let report = reports(&lines, rules, 1, &[end]).remove(0);
        let queues = report["queues"].as_object().unwrap();
        let mut compared = BTreeSet::new();
        for (queue, figures) in queues {
            let own: Vec<&Row> = rows.iter().filter(|row| row["queue"] == *queue).collect();
            for column in own[0].keys() {
                let Some(whole) = in_report(&figures["windows"]["all"], column) else { continue };
                let sum: f64 = own.iter().map(|row| number(row, column)).sum();
                assert!((sum - whole.as_f64().unwrap()).abs() < 1e-6, "{zone} {queue} {column}: {sum}, not {whole}");
                compared.insert(column.clone());
            }
        }
        assert_eq!(compared.len(), 44, "{compared:?}");
        assert!(queues.len() > 2 && report["total"]["windows"]["all"]["offered"].as_i64() > Some(5_000));
    }
}

#[test]
fn half_hours_follow_each_other_on_the_local_clock_and_the_repeated_hour_has_two_more() {
    let lines = night();
    let starts = |zone: &str| {
        let rows = rows(&sheet(&lines, &rules(zone), HALF_HOUR, 1));
        let mut intervals: Vec<_> = rows.iter().map(|row| (&row["interval_start"], &row["interval_end"])).collect();
        intervals.dedup();
        assert!(intervals.windows(2).all(|pair| at(pair[0].1) == at(pair[1].0)), "without gaps, each once");
        intervals.iter().map(|(start, _)| (*start).clone()).collect::<Vec<_>>()
    };
    let berlin = starts("Europe/Berlin");
    let change = ["02:00:00+02:00", "02:30:00+02:00", "02:00:00+01:00", "02:30:00+01:00", "03:00:00+01:00"];
    let place = berlin.iter().position(|start| start.ends_with(change[0])).unwrap();
    assert_eq!(berlin[place..place + 5], change.map(|time| format!("2026-10-25T{time}")));
    let kathmandu = starts("Asia/Kathmandu");
    assert_eq!(kathmandu[0], "2026-10-25T00:30:00+05:45", "19:10 UTC is 00:55 there");
    assert!(kathmandu.iter().all(|start| [":00:00+05:45", ":30:00+05:45"].iter().any(|end| start.ends_with(end))));
}

#[test]
fn what_began_to_wait_and_did_not_stop_waits_at_the_end_of_its_row() {
    let mut waiting = BTreeMap::new();
    let mut longest = 0;
    for row in rows(&sheet(&night(), &rules("UTC"), Span::from_seconds(300), 1)) {
        let number = |column| number(&row, column) as i64;
        let change = number("offered") - number("answered") - number("abandoned") - number("flowed_out");
        assert_eq!(number("expired"), 0, "nothing is lost in this centre");
        let now = waiting.entry((row["queue"].clone(), row["channel"].clone())).or_insert(0);
        *now += change;
        assert_eq!(number("waiting"), *now, "{row:?}");
        assert_eq!(row["longest_wait_seconds"].is_empty(), *now == 0, "{row:?}");
        longest = longest.max(*now);
    }
    assert!(longest > 3, "a quiet centre proves little");
}

#[test]
fn order_within_lateness_repeats_and_shards_leave_the_sheet_as_it_is() {
    let lines = night();
    let rules = rules("Europe/Berlin");
    let plain = sheet(&lines, &rules, HALF_HOUR, 1);
    let spoilt = shuffled(&doubled(&lines), Span::from_seconds(25), 3);
    assert!(spoilt[0] != lines[0] && plain == sheet(&spoilt, &rules, HALF_HOUR, 3));
}

fn queued(id: &str, time: &str) -> Vec<u8> {
    format!(r#"{{"id":"{id}","type":"contact.queued","time":"{time}","contact_id":"{id}","queue":"sales"}}"#)
        .into_bytes()
}

#[test]
fn the_first_interval_holds_the_earliest_timely_event_wherever_it_stands() {
    let lines = [
        queued("a", "2026-03-02T09:00:05Z"),
        queued("b", "2026-03-02T08:59:50Z"),
        queued("c", "2026-03-02T09:00:29Z"),
        queued("late", "2026-03-02T08:20:00Z"),
    ];
    let first = |lines: &[Vec<u8>]| rows(&sheet(lines, &rules("UTC"), HALF_HOUR, 1))[0]["interval_start"].clone();
    assert_eq!(first(&lines), "2026-03-02T08:30:00+00:00");
    let moments = |lines: &[Vec<u8>], when| {
        let mut moments = Vec::new();
        let mut show = |reading: Reading<'_>| moments.push(reading.at.to_string());
        let mut replay = Replay::new(Arc::new(Rules::default()), 1, when);
        for line in lines {
            replay.line(line, &mut show).unwrap();
        }
        replay.finish(&mut show);
        moments
    };
    let expected = ["2026-03-02T09:00:00Z", "2026-03-02T09:30:00Z"];
    assert_eq!(moments(&lines, When::Every(HALF_HOUR)), expected);
    assert_eq!(moments(&lines, When::Intervals(HALF_HOUR)), expected);
    assert_eq!(moments(&lines[..1], When::Every(HALF_HOUR)), expected[1..]);
}

#[test]
fn an_event_on_the_edge_counts_in_the_interval_that_it_begins() {
    let lines = [queued("a", "2026-03-02T08:59:59.999Z"), queued("b", "2026-03-02T09:00:00Z")];
    let rows = rows(&sheet(&lines, &rules("UTC"), HALF_HOUR, 1));
    let read = |row: &Row| [number(row, "offered"), number(row, "waiting")];
    assert_eq!(rows.iter().map(read).collect::<Vec<_>>(), [[1.0, 1.0], [1.0, 2.0]]);
}

/// Runs the program: exit code, standard output, standard error.
pub fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = contactpulse().args(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

const GOLDEN_LOG: &str = r#"
{"id":"1","type":"contact.queued","time":"2026-03-02T08:10:00Z","contact_id":"a","queue":"sales"}
{"id":"2","type":"contact.answered","time":"2026-03-02T08:10:15.5Z","contact_id":"a","agent":"ana"}
{"id":"3","type":"contact.queued","time":"2026-03-02T08:20:00Z","contact_id":"b","queue":"sales"}
{"id":"4","type":"contact.held","time":"2026-03-02T08:20:10Z","contact_id":"a","agent":"ana"}
{"id":"5","type":"contact.resumed","time":"2026-03-02T08:20:40Z","contact_id":"a","agent":"ana"}
{"id":"6","type":"contact.abandoned","time":"2026-03-02T08:21:00Z","contact_id":"b"}
{"id":"7","type":"contact.queued","time":"2026-03-02T08:29:30Z","contact_id":"c","queue":"sales"}
{"id":"8","type":"contact.ended","time":"2026-03-02T08:30:00Z","contact_id":"a"}
{"id":"9","type":"contact.wrapped","time":"2026-03-02T08:31:00Z","contact_id":"a","agent":"ana"}
{"id":"10","type":"contact.answered","time":"2026-03-02T08:31:00Z","contact_id":"c","agent":"ana"}
{"id":"11","type":"contact.transferred","time":"2026-03-02T08:33:00Z","contact_id":"c","agent":"ana","to":"desk, \"first\""}
{"id":"12","type":"contact.queued","time":"2026-03-02T08:33:00Z","contact_id":"c","queue":"desk, \"first\""}
{"id":"13","type":"contact.wrapped","time":"2026-03-02T08:33:20Z","contact_id":"c","agent":"ana"}
"#;

/// The rows by hand: what differs from nothing at all.
///
/// 09:00 (08:00 UTC): a, b, c queue; a is answered after 15.5 s (met), b hangs up after 60 s (past 20 s: counted), c passes 20 s at
/// 08:29:50 (counted) and waits 30 s so far; a talks. 09:30: a's talk ends, 1,184.5 s less 30 s of hold, 60 s of wrap-up: 1,244.5 s;
/// c is answered after 90 s, talks for 120 s and wraps up for 20 s, and waits at the desk for nothing yet decided: 08:33:20 passes it.
#[test]
fn the_sheet_of_a_small_log_is_what_a_hand_computes() {
    let folder = tempfile::tempdir().unwrap();
    let (log, config) = (folder.path().join("log.jsonl"), folder.path().join("config.toml"));
    fs::write(&log, GOLDEN_LOG.trim_start()).unwrap();
    fs::write(&config, "time_zone = \"Europe/Berlin\"\n[[queue]]\nname = \"vip\"\nchannels = [\"chat\"]\n").unwrap();
    let [log, config] = [&log, &config].map(|path| path.to_str().unwrap());
    let (code, out, err) = run(&["replay", "--input", log, "--config", config, "--format", "csv", "--every", "30m"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(out.matches("interval_start").count(), 1, "one header");
    assert_eq!(out.lines().count(), out.matches("\r\n").count(), "lines end as RFC 4180 says");
    let rows = rows(&out);
    for (row, longest) in [(&rows[0], 15.5), (&rows[3], 90.0)] {
        assert!((number(row, "speed_of_answer_max_seconds") / longest - 1.0).abs() < 0.01);
    }
    let told: Vec<(String, BTreeMap<&str, &str>)> = rows.iter().map(|row| (place(row), telling(row))).collect();
    let first = BTreeMap::from([
        ("offered", "3"),
        ("volume", "3"),
        ("answered", "1"),
        ("abandoned", "1"),
        ("service_level_met", "1"),
        ("service_level_counted", "3"),
        ("service_level", "0.333333"),
        ("abandonment_rate", "0.5"),
        ("speed_of_answer_count", "1"),
        ("speed_of_answer_sum_seconds", "15.5"),
        ("speed_of_answer_mean_seconds", "15.5"),
        ("customer_wait_count", "1"),
        ("customer_wait_sum_seconds", "15.5"),
        ("customer_wait_mean_seconds", "15.5"),
        ("time_to_abandon_count", "1"),
        ("time_to_abandon_sum_seconds", "60"),
        ("time_to_abandon_mean_seconds", "60"),
        ("waiting", "1"),
        ("longest_wait_seconds", "30"),
        ("in_service", "1"),
    ]);
    let second = BTreeMap::from([
        ("answered", "1"),
        ("abandonment_rate", "0"),
        ("speed_of_answer_count", "1"),
        ("speed_of_answer_sum_seconds", "90"),
        ("speed_of_answer_mean_seconds", "90"),
        ("customer_wait_count", "1"),
        ("customer_wait_sum_seconds", "90"),
        ("customer_wait_mean_seconds", "90"),
        ("handle_time_count", "2"),
        ("handle_time_sum_seconds", "1384.5"),
        ("handle_time_mean_seconds", "692.25"),
        ("talk_time_count", "2"),
        ("talk_time_sum_seconds", "1274.5"),
        ("talk_time_mean_seconds", "637.25"),
        ("hold_time_count", "1"),
        ("hold_time_sum_seconds", "30"),
        ("hold_time_mean_seconds", "30"),
        ("after_contact_time_count", "2"),
        ("after_contact_time_sum_seconds", "80"),
        ("after_contact_time_mean_seconds", "40"),
        ("transferred", "1"),
        ("legs_ended", "2"),
        ("transfer_rate", "0.5"),
    ]);
    let desk = BTreeMap::from([
        ("offered", "1"),
        ("service_level_counted", "1"),
        ("service_level", "0"),
        ("waiting", "1"),
        ("longest_wait_seconds", "1620"),
    ]);
    let [nine, half_past] = ["2026-03-02 09:00-09:30", "2026-03-02 09:30-10:00"];
    let expected = [
        (format!("{nine} sales voice"), first),
        (format!("{nine} vip chat"), BTreeMap::new()),
        (format!("{half_past} desk, \"first\" voice"), desk),
        (format!("{half_past} sales voice"), second),
        (format!("{half_past} vip chat"), BTreeMap::new()),
    ];
    assert_eq!(told, expected);
}

fn place(row: &Row) -> String {
    let time = |column: &str| row[column][11..16].to_owned();
    let (start, end) = (time("interval_start"), time("interval_end"));
    assert!(row["interval_start"].ends_with(":00+01:00") && row["interval_start"].starts_with(&row["date"]));
    format!("{} {start}-{end} {} {}", row["date"], row["queue"], row["channel"])
}

/// What a row tells: neither 0 nor empty, or a ratio; the greatest, known within 1 %, is left out.
fn telling(row: &Row) -> BTreeMap<&str, &str> {
    let is_place = |name: &str| ["date", "interval_start", "interval_end", "queue", "channel"].contains(&name);
    let is_ratio = |name: &str| name.ends_with("_rate") || name == "service_level";
    row.iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, value)| !is_place(name) && !name.ends_with("_max_seconds") && !value.is_empty())
        .filter(|(name, value)| *value != "0" || is_ratio(name))
        .collect()
}

#[test]
fn a_sheet_without_intervals_or_with_broken_slots_is_bad_usage_that_tells_what_is_right() {
    for (arguments, words) in [
        (&[][..], "add --every 30m"),
        (&["--at", "2026-03-02T09:00:00Z"], "add --every 30m"),
        (&["--every", "7s"], "a multiple of 5s (windows.slot), at most 24h, such as 30m"),
        (&["--every", "2d"], "--every 2d does not go with --format csv"),
    ] {
        let (code, out, err) = run(&[&["replay", "--input", "-", "--format", "csv"], arguments].concat());
        assert_eq!((code, out.as_str()), (Some(64), ""), "{err}");
        assert!(err.contains(words) && err.lines().count() == 1, "{err}");
    }
    let (code, out, _) = run(&["replay", "--help"]);
    assert_eq!(code, Some(0));
    let header = csv::header();
    assert!(header.trim_end().split(',').all(|column| out.contains(&format!("\n  {column} "))), "{out}");
}

#[test]
fn late_events_that_a_written_row_lacks_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.jsonl");
    let lines =
        [queued("a", "2026-03-02T09:10:00Z"), queued("b", "2026-03-02T10:10:00Z"), queued("c", "2026-03-02T09:20:00Z")];
    fs::write(&log, lines.join(&b'\n')).unwrap();
    let (code, out, err) = run(&["replay", "--input", log.to_str().unwrap(), "--format", "csv", "--every", "30m"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("1 events came more than 30s (lateness) late"), "{err}");
    let offered: Vec<f64> = rows(&out).iter().map(|row| number(row, "offered")).collect();
    assert_eq!(offered, [1.0, 0.0, 1.0]);
}

#[test]
#[ignore = "needs CONTACTPULSE_DATA"]
fn the_rows_of_the_bank_are_a_recount_of_its_lines() {
    let rows = rows(&sheet(bank(), &rules("Asia/Jerusalem"), HALF_HOUR, 2));
    let offered: f64 = rows.iter().map(|row| number(row, "offered")).sum();
    assert_eq!(offered, 31_125.0);
    let (day, recount) = ("1999-02-03", recount("1999-02-03"));
    let read = |row: &Row| ["offered", "answered", "abandoned"].map(|column| number(row, column) as i64);
    let of_day = rows.iter().filter(|row| row["date"] == day && read(row) != [0, 0, 0]);
    let read: BTreeMap<_, _> =
        of_day.map(|row| ((row["interval_start"][11..16].to_owned(), row["queue"].clone()), read(row))).collect();
    assert_eq!(read, recount);
    assert!(read.len() > 50, "a busy day in {} rows", read.len());
}

/// Offered, answered and abandoned of one local day (UTC+2 in winter) by half hour and queue, from the lines themselves.
fn recount(day: &str) -> BTreeMap<(String, String), [i64; 3]> {
    let mut queues = BTreeMap::<String, String>::new();
    let mut counts = BTreeMap::<_, [i64; 3]>::new();
    for line in bank() {
        let event: Value = serde_json::from_slice(line).unwrap();
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        let kinds = ["contact.queued", "contact.answered", "contact.abandoned"];
        let Some(kind) = kinds.iter().position(|kind| *kind == text("type")) else { continue };
        if kind == 0 {
            queues.insert(text("contact_id"), text("queue"));
        }
        let local = (at(&text("time")) + Span::from_seconds(7_200)).to_string();
        if local.starts_with(day) {
            let half_hour = format!("{}:{}", &local[11..13], if &local[14..16] < "30" { "00" } else { "30" });
            counts.entry((half_hour, queues[&text("contact_id")].clone())).or_default()[kind] += 1;
        }
    }
    counts
}
