//! `contactpulse explain`: why one contact or ticket counts as it does.

use std::fs;

use crate::intervals::run;

const CONFIG: &str = r#"
[[calendar]]
name = "office"
hours = { mon-fri = ["09:00-17:00"] }
[[queue]]
name = "billing"
channels = ["email"]
calendar = "office"
[[sla]]
name = "urgent"
priorities = ["urgent"]
targets = { resolution = "6h" }
[[sla]]
name = "gold"
queues = ["bill*"]
clock = "business"
targets = { first_reply = "2h", requester_wait = "4h" }
"#;

const LOG: [&str; 8] = [
    r#"{"id":"1","type":"ticket.created","time":"2026-03-02T09:00:00Z","ticket_id":"t-1","queue":"billing","priority":"high","customer_id":"secret-7"}"#,
    r#"{"id":"2","type":"ticket.created","time":"2026-03-02T09:05:00Z","ticket_id":"t-2","queue":"billing"}"#,
    r#"{"id":"3","type":"ticket.status_changed","time":"2026-03-02T09:30:00Z","ticket_id":"t-1","status":"pending"}"#,
    r#"{"id":"4","type":"ticket.status_changed","time":"2026-03-02T10:30:00Z","ticket_id":"t-1","status":"open"}"#,
    r#"{"id":"5","type":"ticket.replied","time":"2026-03-02T11:30:00Z","ticket_id":"t-1","author":"agent","agent":"ann"}"#,
    r#"{"id":"6","type":"ticket.updated","time":"2026-03-02T12:00:00Z","ticket_id":"t-1","priority":"urgent"}"#,
    r#"{"id":"7","type":"ticket.resolved","time":"2026-03-02T18:00:00Z","ticket_id":"t-1","agent":"ann"}"#,
    r#"{"id":"7","type":"ticket.resolved","time":"2026-03-02T18:00:00Z","ticket_id":"t-1","agent":"ann"}"#,
];

/// What is said of a contact or ticket of a log, with the exit code and what is said beside it.
fn explain(id: &str, log: &str) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let (input, config) = (folder.path().join("log.jsonl"), folder.path().join("centre.toml"));
    fs::write(&input, log).unwrap();
    fs::write(&config, CONFIG).unwrap();
    run(&["explain", id, "--input", input.to_str().unwrap(), "--config", config.to_str().unwrap()])
}

#[test]
fn a_ticket_is_explained_from_its_creation_to_what_it_counted_for() {
    let (code, said, _) = explain("t-1", &LOG.join("\n"));
    assert_eq!(code, Some(0));
    let told = [
        "ticket t-1, as of 2026-03-02 18:00:00 (UTC)",
        "2026-03-02 09:00:00      created priority=high queue=billing",
        "first_reply of gold begins, due 2026-03-02 11:00:00",
        "requester_wait of gold stands still after 30m",
        "requester_wait of gold runs again, due 2026-03-02 14:00:00",
        "2026-03-02 11:00:00        counts in billing (email): sla first_reply of gold: broken",
        "counts for ann: first_response_time 2h 30m",
        "resolution of urgent holds now, due 2026-03-02 15:00:00",
        "requester_wait of gold is promised no more",
        "resolution of urgent in billing (email): began 2026-03-02 09:00:00, due 2026-03-02 15:00:00; ran 9h (8h in business hours), \
         stood still 0s; breached",
        "(a repeat, changes nothing)",
        "urgent holds: resolution in 6h",
    ];
    let mut rest = said.as_str();
    for line in told.into_iter().filter(|line| !line.contains("repeat") && !line.contains("resolution of urgent in")) {
        let at = rest.find(line).unwrap_or_else(|| panic!("{line}\nin\n{said}"));
        rest = &rest[at..];
    }
    assert!(told.iter().all(|line| said.contains(line)), "{said}");
    assert!(!said.contains("t-2") && !said.contains("secret-7"), "nobody else's, and no customer:\n{said}");
}

#[test]
fn what_it_counted_for_is_what_a_replay_counts() {
    let log: Vec<&str> = LOG.into_iter().filter(|line| line.contains("t-1")).collect();
    let (_, said, _) = explain("t-1", &log.join("\n"));
    let counts = said.lines().filter(|line| line.contains("sla ") && line.contains("counts in")).count();
    let folder = tempfile::tempdir().unwrap();
    let (input, config) = (folder.path().join("log.jsonl"), folder.path().join("centre.toml"));
    fs::write(&input, log.join("\n")).unwrap();
    fs::write(&config, CONFIG).unwrap();
    let arguments =
        ["replay", "--input", input.to_str().unwrap(), "--config", config.to_str().unwrap(), "--format", "json"];
    let report: serde_json::Value = serde_json::from_str(&run(&arguments).1).unwrap();
    let attainment = &report["queues"]["billing"]["windows"]["all"]["sla_attainment"];
    assert_eq!((counts, &attainment["denominator"]), (2, &2.into()), "{said}");
}

#[test]
fn one_that_is_not_in_the_log_is_a_failure_that_says_so() {
    let (code, out, said) = explain("t-9", &LOG.join("\n"));
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(said.contains("is called t-9: 8 lines read"), "{said}");
}
