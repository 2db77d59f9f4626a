//! Tickets, complaints and surveys in the report: the shapes that others rely on, the table for people, and the hash.

use contactpulse::replay::{Replay, When};
use contactpulse::report::{report, table};
use contactpulse::rules::Rules;
use contactpulse::time::EventTime;
use serde_json::{Value, json};

use crate::mutants::{TICKET_STORY, lines};

/// The report of a story, read on the evening of its day.
fn read(story: &str) -> Value {
    let at = EventTime::parse("2026-03-02T20:00:00Z").unwrap();
    let mut replay = Replay::new(Rules::default().into(), 1, When::At(vec![at]));
    for line in lines(story) {
        replay.line(&line, &mut |_| {}).unwrap();
    }
    let mut read = Value::Null;
    replay.finish(&mut |reading| read = report(&reading.view, reading.books, reading.rules, reading.at));
    read
}

fn all(report: &Value) -> &Value {
    &report["queues"]["help"]["windows"]["all"]
}

#[test]
fn scores_have_a_mean_a_share_and_an_interval_where_they_have_one() {
    let report = read(TICKET_STORY);
    let all = all(&report);
    let csat = json!({
        "count": 1, "sum": 5.0, "mean": 5.0, "numerator": 1, "denominator": 1, "ratio": 1.0,
        "low": all["csat"]["low"], "high": 1.0,
    });
    assert_eq!(all["csat"], csat);
    assert!((all["csat"]["low"].as_f64().unwrap() - 0.206_55).abs() < 1e-5, "1 / (1 + z^2): {csat}");
    let cx = json!({
        "count": 1, "sum": 3.5, "mean": 3.5, "numerator": null, "denominator": null, "ratio": null, "low": null,
        "high": null,
    });
    assert_eq!(all["cx_rating"], cx);
    let quality = json!({
        "count": 1, "sum": 40.0, "mean": 40.0, "numerator": 40.0, "denominator": 50.0, "ratio": 0.8, "low": null,
        "high": null,
    });
    assert_eq!(all["quality_score"], quality);
    let nps = json!({ "promoters": 1, "passives": 0, "detractors": 0, "count": 1, "score": 100.0 });
    assert_eq!(all["nps"], nps);
    assert_eq!(report["agents"]["ann"]["windows"]["all"]["nps"], nps, "ann closed the ticket");
}

#[test]
fn what_nobody_answered_has_no_value() {
    let report = read(TICKET_STORY);
    let tech = &report["queues"]["tech"]["windows"]["all"];
    let nothing = json!({
        "count": 0, "sum": 0.0, "mean": null, "numerator": 0, "denominator": 0, "ratio": null, "low": null, "high": null,
    });
    assert_eq!(tech["ces"], nothing);
    let nps = json!({ "promoters": 0, "passives": 0, "detractors": 0, "count": 0, "score": null });
    assert_eq!(tech["nps"], nps);
    assert_eq!((&tech["csat_by"], &tech["complaints_by"]), (&Value::Null, &Value::Null));
}

#[test]
fn break_downs_stand_beside_their_figures() {
    let report = read(TICKET_STORY);
    let (now, all) = (&report["queues"]["help"]["now"], all(&report));
    assert_eq!(all["resolved_by"]["attempt"], json!({ "first": 2, "again": 1 }));
    assert_eq!(all["deleted_by"]["cause"], json!({ "spam": 1 }));
    assert_eq!(all["resolution_time"]["sum"], (20 + 22 + 23) as f64 * 60.0);
    let by = &all["resolution_time_by"];
    assert_eq!(by["attempt"]["again"]["sum"], 22.0 * 60.0, "from the creation");
    assert_eq!(by["clock"]["active"]["count"], 3);
    assert_eq!(by["channel"]["email"]["count"], 3);
    let sent = json!({ "numerator": 1, "denominator": 1, "ratio": 1.0 });
    assert_eq!(all["survey_response_rate_by"]["kind"]["csat"], sent);
    assert_eq!(all["surveys_sent_by"]["kind"], json!({ "csat": 1 }));
    assert_eq!(
        now["backlog_by"],
        json!({
            "age": { "4h_to_1d": 2, "7d_to_30d": 1 }, "priority": { "normal": 3 }, "status": { "open": 3 },
        })
    );
    assert_eq!(now["awaiting_reply_by"]["priority"], json!({ "normal": 2 }));
}

#[test]
fn complaints_hold_the_ticket_figures_again() {
    let report = read(TICKET_STORY);
    let complaints = &all(&report)["complaints"];
    assert_eq!((&complaints["created"], &complaints["resolved"]), (&2.into(), &2.into()));
    assert_eq!(complaints["overdue_rate"], json!({ "numerator": 1, "denominator": 2, "ratio": 0.5 }));
    assert_eq!(complaints["first_response_time"]["sum"], 600.0);
    assert_eq!(all(&report)["complaints_by"]["channel"]["email"]["created"], 2);
    assert_eq!(complaints["opened_before"], Value::Null, "the books need no complaints");
}

#[test]
fn the_hash_tells_priorities_and_complaints_apart() {
    let plain = r#"{"id":"1","type":"ticket.created","time":"2026-03-02T09:00:00Z","ticket_id":"t","queue":"help"}"#;
    let with = |own: &str| plain.replace("}", &format!(",{own}}}"));
    let stories = [plain.to_owned(), with(r#""priority":"high""#), with(r#""reason":"complaint""#)];
    let hashes = stories.map(|story| read(&story)["state_hash"].clone());
    assert!(hashes[0] != hashes[1] && hashes[1] != hashes[2] && hashes[0] != hashes[2], "{hashes:?}");
    assert_eq!(read(&with(r#""priority":"normal""#))["state_hash"], hashes[0], "which it has without a word");
}

#[test]
fn people_see_queues_with_tickets_in_a_table_of_their_own() {
    let text = table(&read(TICKET_STORY), "all");
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[1][..3], ["queue", "waiting", "longest"]);
    assert_eq!(rows[2][0], "total", "no queue here has contacts");
    assert_eq!(
        rows[3].join(" "),
        "queue backlog unassigned awaiting oldest created resolved reopened first response resolution"
    );
    assert_eq!(rows[4].join(" "), "help 3 3 2 707.0 h 6 3 2 0.2 h 0.4 h");
    assert_eq!((&rows[5][..2], &rows[6][..2]), (&["tech", "1"][..], &["total", "4"][..]));
}
