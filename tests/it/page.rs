//! The page of the queues in a real Chromium: what a reader sees, in which order, and what a queue's name cannot do.

use std::process::Command;

use crate::http_site::{FakeSite, Served, queue, sources};
use contactpulse::http::ReportError;
use serde_json::{Value, json};

const PAGE: [&str; 4] = [
    include_str!("../../src/http/page.html"),
    include_str!("../../src/http/page.css"),
    include_str!("../../src/http/page.js"),
    include_str!("../../src/http/tickets.js"),
];

/// The page as Chromium has it after `seconds` of its own, virtual time, and what it complained about meanwhile.
fn look(served: &Served, path: &str, seconds: u32) -> (String, Vec<String>) {
    look_at(&served.url(path), seconds)
}

/// The same of any address. Times of day are shown in UTC.
pub fn look_at(url: &str, seconds: u32) -> (String, Vec<String>) {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
        .args(["--dump-dom", "--enable-logging=stderr", "--window-size=1920,1080"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--virtual-time-budget={}", seconds * 1_000))
        .arg(url)
        .env("TZ", "UTC")
        .output()
        .expect("chromium can be run; on Debian: apt-get install chromium");
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "chromium: {}\n{complaints}", output.status);
    let complaints = complaints.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    (String::from_utf8(output.stdout).unwrap(), complaints)
}

/// The time beside "data as of", and the age beside that.
pub fn as_of(dom: &str) -> (&str, &str) {
    (texts(dom, "id=\"as-of\"")[0], texts(dom, "id=\"age\"")[0])
}

/// A page of one queue under these facts about its sources.
fn see_under(facts: &Value) -> String {
    let mut site = FakeSite::new(&[("nw", queue("", 9, 10, 3, Some(75.0)))]);
    for (fact, value) in facts.as_object().unwrap() {
        site.report["sources"][fact] = value.clone();
    }
    if facts["as_of"].is_null() {
        for place in ["/queues/nw", "/total"] {
            let figures = site.report.pointer_mut(place).unwrap();
            figures["now"] = json!({});
            figures["windows"] = json!({ "5m": {}, "30m": {}, "today": {}, "all": {} });
        }
    }
    see(site, "/")
}

/// The page after it has drawn some reports without a complaint.
pub fn see(site: FakeSite, path: &str) -> String {
    let (dom, complaints) = look(&Served::new(site), path, 3);
    assert_eq!(complaints, Vec::<String>::new());
    dom
}

/// The text of every element with this mark, in the order of the page; the template is not part of it.
pub fn texts<'a>(dom: &'a str, mark: &str) -> Vec<&'a str> {
    let dom = dom.split("<template").next().unwrap();
    let parts = dom.split(mark).skip(1);
    parts.map(|part| &part[part.find('>').unwrap() + 1..part.find("</").unwrap()]).collect()
}

pub fn cells<'a>(dom: &'a str, is: &str) -> Vec<&'a str> {
    texts(dom, &format!("data-is=\"{is}\""))
}

pub fn notice(dom: &str) -> &str {
    texts(dom, "id=\"notice\"")[0]
}

pub fn is_greyed(dom: &str) -> bool {
    dom.contains("<body class=\"old\">")
}

#[test]
fn queues_stand_worst_first_with_their_state_against_the_target() {
    let site = FakeSite::new(&[
        ("at", queue("", 80, 100, 0, None)),
        ("above", queue("", 99, 100, 0, None)),
        ("empty", queue("", 0, 0, 0, None)),
        ("hair below", queue("", 7_999, 10_000, 0, None)),
        ("five below", queue("", 75, 100, 0, None)),
        ("far below", queue("", 749, 1_000, 0, None)),
        ("far below too", queue("", 749, 1_000, 2, Some(61.0))),
    ]);
    let dom = see(site, "/");
    let expected = ["far below too", "far below", "five below", "hair below", "at", "above", "empty", "Total"];
    assert_eq!(cells(&dom, "name"), expected);
    assert_eq!(cells(&dom, "word")[..7], ["BREACH", "BREACH", "AT RISK", "AT RISK", "OK", "OK", "NO DATA"]);
    assert_eq!(cells(&dom, "icon")[..7], ["✕", "✕", "▲", "▲", "✓", "✓", "○"]);
    let level = ["74 %", "74 %", "75 %", "79 %", "80 %", "99 %", "–"];
    assert_eq!(cells(&dom, "level")[..7], level);
    assert_eq!(notice(&dom), "✕ 2 BREACH   ▲ 2 AT RISK   ✓ 2 OK   ○ 1 NO DATA");
    assert!(!is_greyed(&dom));
}

#[test]
fn a_row_shows_the_figures_of_its_queue_and_the_last_row_the_total() {
    let dom = see(FakeSite::new(&[("nw", queue("North West", 1_640, 2_000, 3, Some(75.0)))]), "/");
    let row = |is| cells(&dom, is);
    assert_eq!(row("name"), ["North West", "Total"]);
    assert_eq!(row("level"), ["82 %", "82 %"]);
    assert_eq!(row("goal"), ["of 80 % in 20 s", ""]);
    assert_eq!(row("waiting"), ["3", "22"]);
    assert_eq!(row("answered"), ["2,000", "15,000"]);
    assert_eq!(row("abandoned"), ["100", "750"]);
    assert_eq!(row("rate"), ["4.8 %", "4.8 %"]);
    assert_eq!((row("asa")[0], row("aht")[0], row("service")[0]), ("0:18", "4:12", "7"));
}

#[test]
fn the_longest_wait_ticks_on_between_reports() {
    let dom = see(FakeSite::new(&[("nw", queue("", 1, 2, 3, Some(3_599.0)))]), "/");
    let shown = cells(&dom, "longest")[0];
    assert!(shown.starts_with("1:00:0"), "3,599 s at the report, three seconds later: {shown}");
}

#[test]
fn a_queue_named_like_markup_is_only_text() {
    let name = "<script>alert(1)</script><img src=x onerror=alert(2)>";
    let dom = see(FakeSite::new(&[(name, queue("", 1, 2, 0, None)), ("__proto__", queue(name, 1, 1, 0, None))]), "/");
    let shown = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt;";
    assert_eq!(cells(&dom, "name"), [shown, shown, "Total"]);
    assert!(!dom.contains("<img") && !dom.contains("<script>"), "{dom}");
}

#[test]
fn the_window_is_chosen_in_the_address_and_offered_but_for_all() {
    for (path, chosen) in [("/", "5m"), ("/?window=30m", "30m"), ("/#today", "today"), ("/?window=gone", "5m")] {
        let served = Served::new(FakeSite::new(&[("nw", queue("", 1, 2, 0, None))]));
        let (dom, complaints) = look(&served, path, 5);
        assert_eq!(complaints, Vec::<String>::new(), "{path}");
        assert_eq!(texts(&dom, "<a href=\"#"), ["5m", "30m", "today"], "{path}");
        assert_eq!(texts(&dom, "aria-current=\"true\""), [chosen], "{path}");
        let asked = served.site.asked.lock().unwrap();
        assert!(asked.iter().all(|filter| filter.without_agents), "{asked:?}");
        assert_eq!(asked[0].windows, Vec::<String>::new(), "the first question is which windows there are");
        let wanted: &[&str] = if chosen == "today" { &["today"] } else { &[chosen, "today"] };
        assert_eq!(asked[1].windows, wanted, "{path}: tickets are shown of today");
    }
}

#[test]
fn a_page_of_some_queues_asks_for_these_only() {
    let site = FakeSite::new(&[("a", queue("", 1, 2, 0, None)), ("b", queue("", 1, 2, 0, None))]);
    assert_eq!(cells(&see(site, "/?queue=b"), "name"), ["b", "Total"]);
}

#[test]
fn when_the_service_fails_the_last_figures_stay_greyed_under_a_banner() {
    let site = FakeSite::new(&[("nw", queue("", 9, 10, 0, None))]);
    site.mishaps.lock().unwrap().extend([None, Some(ReportError::Unavailable("the shards are stopping".into()))]);
    let (dom, _) = look(&Served::new(site), "/", 5);
    assert_eq!(cells(&dom, "name"), ["nw", "Total"]);
    assert!(is_greyed(&dom));
    assert!(notice(&dom).starts_with("✕ OLD FIGURES, of "), "{}", notice(&dom));
    assert!(notice(&dom).ends_with(": there is no report now: the shards are stopping"), "{}", notice(&dom));
}

#[test]
fn a_report_that_stands_still_is_old_after_ten_seconds() {
    let served = Served::new(FakeSite::new(&[("nw", queue("", 9, 10, 0, None))]));
    let (dom, _) = look(&served, "/", 20);
    assert!(served.site.asked.lock().unwrap().len() > 4, "it goes on asking");
    assert!(is_greyed(&dom));
    assert!(notice(&dom).starts_with("✕ OLD FIGURES: nothing new since "), "{}", notice(&dom));
}

#[test]
fn while_kafka_is_away_the_last_figures_stand_still_under_a_banner_that_says_since_when() {
    let away = json!({
        "ready": false, "brokers_reachable": false, "brokers_away_since": "2026-03-02T08:55:01.5Z",
        "as_of": "2026-03-02T08:54:59Z", "lagging": ["t/0"],
        "notes": ["kafka: no broker can be reached since 2026-03-02T08:55:01.5Z"],
    });
    let dom = see_under(&away);
    assert!(is_greyed(&dom));
    assert_eq!((cells(&dom, "waiting"), cells(&dom, "longest")[0]), (vec!["3", "22"], "1:15"), "no wait goes on");
    assert_eq!(as_of(&dom), ("08:54:59", "5 minutes ago"));
    let banner = "✕ KAFKA IS OUT OF REACH since 08:55:01. \
                  Frozen: the last known figures, as of 08:54:59, 5 minutes ago.";
    assert_eq!(notice(&dom), banner);
    assert!(dom.contains("<title>✕ KAFKA IS OUT OF REACH since 08:55:01 · ContactPulse</title>"), "{dom}");

    let mut partly = away;
    partly["rebuilding"] = json!(["t/1"]);
    partly["as_of"] = json!("2026-03-01T07:00:00Z");
    let banner = "✕ KAFKA IS OUT OF REACH since 08:55:01. Frozen: the last known figures, of a part of the partitions only, \
                  as of 2026-03-01 07:00:00, 1 day ago.";
    assert_eq!(notice(&see_under(&partly)), banner);
}

#[test]
fn what_was_lost_or_never_read_is_no_figure_and_no_zero() {
    let since = "2026-03-02T08:55:01Z";
    let lost =
        json!({ "ready": false, "as_of": null, "partitions_lost_at": "2026-03-02T08:55:11Z", "partitions_owned": 0 });
    let dom = see_under(&lost);
    for figure in ["waiting", "longest", "answered", "abandoned", "service", "level", "asa", "aht"] {
        assert_eq!(cells(&dom, figure), ["–", "–"], "{figure}");
    }
    assert_eq!(as_of(&dom), ("--:--:--", ""));
    let why = "the session of this instance in the consumer group ran out at 08:55:11, and its partitions with it; \
               another instance may count them now.";
    assert_eq!(notice(&dom), format!("✕ NO FIGURES: {why} It is joining the group again."));

    let mut lost_in_outage = lost;
    lost_in_outage["brokers_away_since"] = json!(since);
    let banner = format!("✕ KAFKA IS OUT OF REACH since 08:55:01. No figures: {why}");
    assert_eq!(notice(&see_under(&lost_in_outage)), banner);

    let never_there = json!({ "ready": false, "as_of": null, "brokers_away_since": since, "partitions_owned": 0 });
    let dom = see_under(&never_there);
    assert_eq!((cells(&dom, "waiting"), is_greyed(&dom)), (vec!["–", "–"], true));
    let banner = "✕ KAFKA IS OUT OF REACH since 08:55:01. \
                  No figures yet: nothing complete was read since this instance started.";
    assert_eq!(notice(&dom), banner);

    let elsewhere = json!({ "as_of": null, "partitions_owned": 0, "notes": ["ready, but no partition"] });
    let dom = see_under(&elsewhere);
    assert_eq!((cells(&dom, "waiting"), notice(&dom)), (vec!["–", "–"], "▲ NO FIGURES: ready, but no partition"));
}

#[test]
fn data_is_as_of_the_time_that_was_read_and_not_of_the_clock() {
    let dom = see_under(&json!({ "as_of": "2026-03-02T06:30:00Z", "lagging": ["t/3"] }));
    assert_eq!(as_of(&dom), ("06:30:00", "2 hours ago"));
    assert_eq!(notice(&dom), "▲ CATCHING UP: t/3");
    assert_eq!(as_of(&see_under(&sources())), ("09:00:06", ""), "what is of now needs no age");
}

#[test]
fn a_rebalance_is_told_as_such() {
    let dom = see_under(&json!({
        "ready": false, "rebalancing": true, "as_of": "2026-03-02T09:00:06Z", "notes": ["kafka: the group shares out"],
    }));
    assert!(is_greyed(&dom));
    assert_eq!(notice(&dom), "▲ REBALANCING, figures may not be complete. kafka: the group shares out");
}

#[test]
fn figures_are_greyed_while_warming_up() {
    let mut site = FakeSite::new(&[("nw", queue("", 9, 10, 0, None))]);
    site.report["sources"] = json!({ "ready": false, "notes": ["6 partitions to go"], "lagging": [] });
    let dom = see(site, "/");
    assert!(is_greyed(&dom));
    assert_eq!(notice(&dom), "▲ WARMING UP, figures are not complete. 6 partitions to go");
}

#[test]
fn lagging_partitions_are_named() {
    let mut site = FakeSite::new(&[("nw", queue("", 9, 10, 0, None))]);
    site.report["sources"] = json!({ "ready": true, "notes": [], "lagging": ["contact-events/3"] });
    let dom = see(site, "/");
    assert!(!is_greyed(&dom));
    assert_eq!(notice(&dom), "▲ CATCHING UP: contact-events/3");
}

#[test]
fn the_page_is_small_and_brings_everything_itself() {
    let bytes: usize = PAGE.iter().map(|file| file.len()).sum();
    assert!(bytes < 34_000, "{bytes} bytes");
    for file in PAGE.map(|file| file.replace("http://www.w3.org/2000/svg", "")) {
        for foreign in ["http:", "https:", "url(", "@import", "innerHTML", " style=", "eval("] {
            assert!(!file.contains(foreign), "{foreign}");
        }
    }
}

#[test]
fn targets_that_are_missed_stand_under_the_queue_in_plain_words_the_worst_first() {
    let kpi = |kpi: &str, unit: &str, state: &str, value: f64, target: f64| {
        json!({
            "kpi": kpi, "stat": (unit == "seconds").then_some("p90"), "channel": "voice", "window": "30m", "unit": unit,
            "state": state, "value": value, "target": target, "why": null, "runbook": "Call <b>Pat</b>", "owner": null,
        })
    };
    let mut site = FakeSite::new(&[("nw", queue("", 9, 10, 3, Some(75.0)))]);
    site.report["queues"]["nw"]["kpis"] = json!([
        kpi("abandonment_rate", "share", "warning", 0.062, 0.05),
        kpi("speed_of_answer", "seconds", "critical", 95.4, 30.0),
        kpi("customer_wait", "seconds", "ok", 5.0, 30.0),
        kpi("blocked", "count", "no_data", 0.0, 0.0),
    ]);
    let dom = see(site, "/");
    let lines = ["✕ CRITICAL speed of answer p90 on voice, in 30m: 1:35, target 0:30"];
    assert_eq!(texts(&dom, "<span class=\"breach\" title")[..], lines);
    let lines = ["▲ WARNING abandonment rate on voice, in 30m: 6.2 %, target 5.0 %"];
    assert_eq!(texts(&dom, "<span class=\"risk\" title")[..], lines);
    assert!(!dom.contains("customer wait"), "what keeps its target says nothing");
}

/// WCAG 2.2, contrast (minimum): 4.5 to 1.
#[test]
fn every_text_can_be_read_on_its_ground_in_both_themes() {
    let css = PAGE[1];
    for theme in [":root {", ":root[data-theme=\"light\"] {"] {
        let block = css.split_once(theme).unwrap().1.split_once('}').unwrap().0;
        let colour = |name: &str| luminance(block.split_once(&format!("--{name}: #")).expect(name).1);
        let states = ["ok", "risk", "breach", "none"];
        let on_state = states.map(|state| (state.to_owned(), format!("{state}-ground")));
        let on_plain = ["text", "quiet", "stale", "link", "ok", "risk", "breach", "none"]
            .into_iter()
            .flat_map(|text| ["ground", "raised"].map(|ground| (text.to_owned(), ground.to_owned())));
        for (text, ground) in on_state.into_iter().chain(on_plain) {
            let (text_light, ground_light) = (colour(&text), colour(&ground));
            let contrast = (text_light.max(ground_light) + 0.05) / (text_light.min(ground_light) + 0.05);
            assert!(contrast >= 4.5, "{theme} --{text} on --{ground}: {contrast:.2}");
        }
    }
}

/// Relative luminance of `rrggbb`, as WCAG defines it.
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}
