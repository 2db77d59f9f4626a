//! Which module may name which, and that the core knows neither clock nor world.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every module with the modules it may name, in reading order: each names only what stands above it. A module that is not
/// here is an error, and so is an edge that nobody needs any more.
const EDGES: &[(&str, &[&str])] = &[
    // vocabulary
    ("time", &[]),
    ("binary", &[]),
    ("calendar", &["time"]),
    ("limits", &["time"]),
    ("budget", &["limits"]),
    ("id", &["budget"]),
    ("event", &["time"]),
    ("measure", &["event", "id", "time"]),
    ("rules", &["calendar", "event", "id", "measure", "time"]),
    ("sla", &["calendar", "id", "measure", "rules", "time"]),
    ("terms", &["budget", "id", "rules", "sla", "time"]),
    // the pure core
    ("wire", &["event", "limits", "time"]),
    ("timeline", &["event", "id", "limits", "measure", "terms", "time"]),
    ("window", &["event", "id", "measure", "rules", "time"]),
    ("feedback", &["event", "id", "measure", "terms", "time", "timeline", "window"]),
    ("contact", &["event", "feedback", "id", "limits", "measure", "rules", "sla", "terms", "time", "timeline"]),
    ("ticket", &["event", "feedback", "id", "limits", "measure", "rules", "sla", "terms", "time", "timeline"]),
    ("agent", &["id", "limits", "rules", "time", "window"]),
    ("intervals", &["rules", "time", "window"]),
    ("kpi", &["event", "id", "measure", "rules", "terms", "time", "window"]),
    ("counters", &["event", "id", "kpi", "measure", "rules", "time", "timeline", "window"]),
    ("view", &["event", "kpi", "rules", "time", "window"]),
    ("targets", &["kpi", "rules", "time", "view", "window"]),
    ("estimates", &["kpi", "rules", "time", "view", "window"]),
    (
        "shard",
        &[
            "agent", "binary", "budget", "contact", "counters", "event", "feedback", "id", "kpi", "limits", "measure",
            "rules", "sla", "terms", "ticket", "time", "timeline", "view", "window",
        ],
    ),
    ("explain", &["event", "measure", "rules", "shard", "sla", "time", "wire"]),
    ("books", &["event", "shard", "time", "wire"]),
    ("snapshot", &[]),
    ("report", &["books", "kpi", "measure", "rules", "targets", "time", "view", "window"]),
    (
        "export",
        &[
            "books",
            "budget",
            "counters",
            "estimates",
            "event",
            "id",
            "kpi",
            "limits",
            "measure",
            "rules",
            "targets",
            "terms",
            "time",
            "view",
            "window",
        ],
    ),
    (
        "replay",
        &[
            "books",
            "budget",
            "counters",
            "event",
            "id",
            "intervals",
            "kpi",
            "measure",
            "rules",
            "shard",
            "targets",
            "time",
            "view",
            "wire",
        ],
    ),
    ("alerts", &["calendar", "export", "id", "kpi", "measure", "replay", "rules", "targets", "time", "view", "window"]),
    ("simulate", &["time"]),
    // the rims
    ("clock", &["time"]),
    ("telemetry", &[]),
    ("lines", &["limits"]),
    ("config", &["calendar", "event", "export", "kpi", "limits", "measure", "rules", "targets", "time"]),
    ("scenario", &["config", "event", "id", "kpi", "measure", "replay", "report", "rules", "terms", "time", "wire"]),
    ("kafka", &["clock", "snapshot", "time", "wire"]),
    ("http", &[]),
    (
        "runtime",
        &[
            "binary",
            "books",
            "budget",
            "clock",
            "config",
            "counters",
            "estimates",
            "export",
            "http",
            "kafka",
            "limits",
            "report",
            "rules",
            "shard",
            "snapshot",
            "targets",
            "time",
            "view",
            "wire",
        ],
    ),
    (
        "cli",
        &[
            "alerts",
            "books",
            "budget",
            "clock",
            "config",
            "explain",
            "export",
            "http",
            "kafka",
            "lines",
            "replay",
            "report",
            "rules",
            "runtime",
            "scenario",
            "simulate",
            "telemetry",
            "time",
            "wire",
        ],
    ),
];

/// The first module that is a rim; everything before it is pure.
const FIRST_RIM: &str = "clock";

/// What the core may not name: the clock, the file system, the network, threads, the log, tasks.
const WORLD: &[&str] = &[
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "Zoned::now",
    "std::fs",
    "std::net",
    "std::thread",
    "std::env",
    "std::process",
    "tracing::",
    "println!",
    "eprintln!",
    "tokio::",
    "rdkafka",
    "async fn",
    ".await",
    "RandomState",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The source of each module, without its tests and comments.
fn modules() -> BTreeMap<String, String> {
    let mut modules = BTreeMap::<String, String>::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let inside = path.strip_prefix(source()).unwrap().to_owned();
            let is_test = path.file_stem().is_some_and(|name| name == "tests");
            if is_test || ["lib.rs", "main.rs"].contains(&inside.to_str().unwrap()) {
                continue;
            } else if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
                *modules.entry(module).or_default() += &code(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    modules
}

/// Source without comments and without the tests at its end.
fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = before_tests.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The modules that a source names: `crate::a` and `crate::{a, b::c}`.
fn named(code: &str) -> BTreeSet<String> {
    let word = |text: &str| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(list) => names.extend(list.split('}').next().unwrap().split(',').map(word)),
            None => drop(names.insert(word(after))),
        }
    }
    names.remove("");
    names
}

#[test]
fn a_module_names_only_what_the_table_allows_and_the_table_only_what_is_needed() {
    let allowed: BTreeMap<String, BTreeSet<String>> = EDGES
        .iter()
        .map(|(module, names)| ((*module).to_owned(), names.iter().map(|name| (*name).to_owned()).collect()))
        .collect();
    let found: BTreeMap<String, BTreeSet<String>> = modules()
        .into_iter()
        .map(|(module, code)| (module.clone(), &named(&code) - &BTreeSet::from([module])))
        .collect();
    for (module, names) in &found {
        let allowed = allowed.get(module).unwrap_or_else(|| panic!("{module} is not in the table of edges"));
        assert_eq!(names, allowed, "left: what {module} names; right: what the table allows");
    }
    assert_eq!(found.len(), allowed.len(), "the table has a module that is gone");
}

#[test]
fn every_module_stands_below_those_that_it_names() {
    for (place, (module, names)) in EDGES.iter().enumerate() {
        for name in *names {
            let stands = EDGES.iter().position(|(other, _)| other == name);
            assert!(stands.is_some_and(|stands| stands < place), "{module} names {name}, which is not above it");
        }
    }
}

/// Whether a source holds a word, and not only as the beginning of a longer one: `.awaiting` is no `.await`.
fn names(code: &str, word: &str) -> bool {
    code.split(word)
        .skip(1)
        .any(|after| !after.starts_with(|next: char| next.is_ascii_lowercase() || next == '_') || word.ends_with(':'))
}

#[test]
fn the_core_knows_no_clock_and_no_world() {
    let rim = EDGES.iter().position(|(module, _)| *module == FIRST_RIM).unwrap();
    let modules = modules();
    for (module, _) in &EDGES[..rim] {
        for word in WORLD {
            assert!(!names(&modules[*module], word), "{module} is pure, and names {word}");
        }
    }
}

#[test]
fn the_clock_is_read_in_one_file() {
    for (module, code) in modules().iter().filter(|(module, _)| *module != "clock") {
        for word in ["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now"] {
            assert!(!code.contains(word), "{module} reads the clock by {word}");
        }
    }
}
