//! The program as its users meet it: exit codes, one clear message, data on standard output and the rest on standard error.

use std::fs;
use std::process::Output;

use crate::support::contactpulse;

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = contactpulse().args(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_missing_file_is_one_message_and_exit_code_1() {
    for arguments in [["replay", "--input", "no-such.jsonl"], ["validate", "--config", "no-such.toml"]] {
        let (code, out, err) = run(&arguments);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
        assert!(err.contains(arguments[2]) && err.lines().count() == 1, "{err}");
    }
}

#[test]
fn a_bad_config_names_file_line_and_key_and_is_exit_code_78() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.toml");
    fs::write(&file, "[service_level]\ntarget = 80\n").unwrap();
    let path = file.to_str().unwrap();
    for command in [vec!["validate"], vec!["run"], vec!["replay", "--input", "-"]] {
        let (code, out, err) = run(&[&command[..], &["--config", path]].concat());
        assert_eq!((code, out.as_str()), (Some(78), ""), "{err}");
        assert!(err.contains("bad.toml:2:10: service_level.target"), "{err}");
        assert!(err.contains("write 0.8 for 80 %"), "{err}");
    }
}

#[test]
fn an_unknown_key_is_an_error() {
    let (code, _, err) = run(&["validate", "--set", "service_level.treshold=20s"]);
    assert_eq!(code, Some(78), "{err}");
    assert!(err.contains("threshold"), "it tells what was meant: {err}");
}

#[test]
fn bad_usage_is_exit_code_64_and_help_is_0() {
    for arguments in
        [&["fly"][..], &["replay"], &["replay", "--input", "-", "--at", "noon"], &["simulate", "--to", "kafka"]]
    {
        assert_eq!(run(arguments).0, Some(64), "{arguments:?}");
    }
    let (code, out, err) = run(&["--help"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("replay"));
}

#[test]
fn the_defaults_are_valid_and_told_with_ticks() {
    let (code, out, err) = run(&["validate"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.lines().count() > 3 && out.lines().all(|line| line.starts_with("\u{2713} ")), "{out}");
}

#[test]
fn a_rejected_line_is_told_with_its_file_and_number_and_the_replay_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.jsonl");
    let good = r#"{"id":"1","type":"contact.queued","time":"2026-03-02T09:00:00Z","contact_id":"c","queue":"sales"}"#;
    fs::write(&file, format!("{{\"id\"\n{good}\n")).unwrap();
    let (code, out, err) = run(&["replay", "--input", file.to_str().unwrap(), "--format", "json"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("log.jsonl:1: "), "{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["queues"]["sales"]["now"]["waiting"], 1);
    assert_eq!(report["events"]["rejected"]["not_json"], 1);
}

#[test]
fn a_replay_shows_figures_at_every_half_hour() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.jsonl");
    let path = file.to_str().unwrap();
    assert_eq!(run(&["simulate", "--seconds", "7000", "--output", path]).0, Some(0));
    let (code, out, err) = run(&["replay", "--input", path, "--format", "json", "--every", "30m"]);
    assert_eq!(code, Some(0), "{err}");
    let at = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["at"].as_str().unwrap().to_owned();
    let times: Vec<String> = out.lines().map(at).collect();
    assert_eq!(times, ["08:30", "09:00", "09:30", "10:00"].map(|time| format!("2026-03-02T{time}:00Z")));
}

#[test]
fn an_address_that_is_taken_is_told_and_is_exit_code_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("http.listen=\"{}\"", taken.local_addr().unwrap());
    let (code, _, err) = run(&["demo", "--seconds", "1", "--set", &listen]);
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("cannot listen on") && err.contains("http.listen"), "{err}");
}
