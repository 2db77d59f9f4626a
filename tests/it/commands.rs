//! What `simulate` writes, and what the commands say of numbers and logs that give nothing.

use std::fs;

use contactpulse::lines::{Line, Lines};

use crate::intervals::run;

#[test]
fn a_log_without_an_event_is_a_failure_that_shows_no_figures() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.jsonl");
    let path = log.to_str().unwrap();
    for (text, counts) in [
        ("", "0 lines, 0 of them rejected and 0 of types that are not handled"),
        (
            "nonsense\n{\"id\":\"1\",\"type\":\"tea.made\",\"time\":\"2026-03-02T09:00:00Z\"}\n",
            "2 lines, 1 of them rejected and 1 of",
        ),
    ] {
        fs::write(&log, text).unwrap();
        for format in [&["--format", "json"][..], &["--format", "table"], &["--format", "csv", "--every", "30m"]] {
            let (code, out, err) = run(&[&["replay", "--input", path], format].concat());
            assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
            assert!(err.contains(&format!("no event in {path}: {counts}")), "{err}");
        }
    }
}

#[test]
fn a_simulation_is_packed_as_the_name_of_its_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let path = folder.path().join(name);
        let (code, _, err) = run(&["simulate", "--contacts", "200", "--output", path.to_str().unwrap()]);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{name}");
        path
    };
    let plain = fs::read(write("log.jsonl")).unwrap();
    for (name, magic) in [("log.jsonl.gz", &[0x1f, 0x8b][..]), ("log.jsonl.zst", &[0x28, 0xb5, 0x2f, 0xfd])] {
        let path = write(name);
        let packed = fs::read(&path).unwrap();
        assert!(packed.starts_with(magic) && packed.len() * 3 < plain.len(), "{name}");
        let mut lines = Lines::open(&path, |source, _| source).unwrap();
        let mut read = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            let Line::Whole(line) = line else { panic!("a line that is too long") };
            read.extend_from_slice(line);
            read.push(b'\n');
        }
        assert!(read == plain, "{name}");
    }
}

#[test]
fn a_number_below_its_bounds_is_refused_with_what_is_right() {
    for (arguments, words) in [
        (["simulate", "--rate", "-1"], "expected a number above 0: from 0.001 to 1000"),
        (["simulate", "--contacts", "-5"], "expected a whole number above 0"),
        (["simulate", "--contacts", "0"], "expected a whole number above 0"),
        (["simulate", "--seconds", "-60"], "expected a whole number of seconds above 0"),
        (["simulate", "--speed", "-2"], "expected a number above 0, or max"),
        (["replay", "--speed", "-2"], "expected a number above 0, or max"),
        (["replay", "--shards", "-1"], "-1 is not in 1..=1024"),
    ] {
        let (code, out, err) = run(&arguments);
        assert_eq!((code, out.as_str()), (Some(64), ""), "{arguments:?}: {err}");
        assert!(err.contains(arguments[1]) && err.contains(words), "{arguments:?}: {err}");
    }
}
