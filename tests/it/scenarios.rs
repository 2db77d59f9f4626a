//! Scenarios from the outside: those that specify the program, and what is said about those that are wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use contactpulse::scenario::{Problem, Scenario};

use crate::support::contactpulse;

/// Every scenario of the specification, with the name of its file.
fn specification() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "pulse")).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n\n")
}

/// What is said about a scenario `bad.pulse`: its problems, else its wrong figures.
fn said(text: &str) -> String {
    match Scenario::parse("bad.pulse", text) {
        Ok(scenario) => scenario.run().to_string().trim_end().to_owned(),
        Err(problems) => told(&problems),
    }
}

/// Runs `contactpulse test` in a folder; gives exit code, output and errors.
fn test(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = contactpulse().arg("test").args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

const RIGHT: &str = "# Somebody waits.\n00:00  c1  queued sales\nat 00:30\n  sales  waiting 1\n";
const WRONG: &str = "# Somebody waits.\n00:00  c1  queued sales\nat 00:30\n  sales  waiting 2  # one\n";
const TYPO: &str = "# Somebody waits.\n00:00  c1  queud sales\nat 00:30\n  total  waiting 0\n";

#[test]
fn the_program_is_as_the_specification_says() {
    let scenarios = specification();
    assert!(scenarios.len() >= 12, "only {} scenarios were found", scenarios.len());
    for (path, text) in &scenarios {
        let scenario =
            Scenario::parse(&path.display().to_string(), text).unwrap_or_else(|all| panic!("{}", told(&all)));
        let outcome = scenario.run();
        assert!(outcome.passed(), "\n{outcome}");
    }
}

#[test]
fn the_guides_own_example_holds() {
    let guide = fs::read_to_string("tests/scenarios/README.md").unwrap();
    let example = guide.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let scenario = Scenario::parse("README.md", example).unwrap_or_else(|all| panic!("{}", told(&all)));
    assert_eq!(scenario.claims().count(), 6);
    assert!(scenario.run().passed());
}

#[test]
fn every_scenario_is_named_by_what_it_proves_and_each_proves_something_else() {
    let mut sentences = Vec::new();
    for (path, text) in specification() {
        let scenario = Scenario::parse("a.pulse", &text).unwrap_or_else(|all| panic!("{}", told(&all)));
        let sentence = scenario.sentence().to_owned();
        assert!(sentence.ends_with('.') && sentence.contains(' '), "{}: {sentence}", path.display());
        assert!(!sentences.contains(&sentence), "{}: {sentence}", path.display());
        sentences.push(sentence);
    }
}

#[test]
fn what_is_wrong_with_a_scenario_is_told_with_its_place_and_the_way_out() {
    let script = fs::read_to_string("tests/it/scenarios_refused.txt").unwrap();
    let cases: Vec<&str> = script.split("\n=== ").skip(1).collect();
    assert!(cases.len() >= 40, "only {} cases were read", cases.len());
    for case in cases {
        let (title, rest) = case.split_once('\n').unwrap();
        let (text, expected) = rest.split_once("--- says\n").unwrap();
        assert_eq!(said(text), expected.trim_end(), "{title}");
    }
}

#[test]
fn scenarios_that_hold_are_counted_and_exit_code_0() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("odd")).unwrap();
    for name in ["a.pulse", "odd/b.pulse"] {
        fs::write(folder.path().join(name), RIGHT).unwrap();
    }
    fs::write(folder.path().join("README.md"), "no scenario").unwrap();
    assert_eq!(test(folder.path(), &["."]), (Some(0), "2 scenarios, 2 passed\n".to_owned(), String::new()));
    assert_eq!(test(folder.path(), &["a.pulse"]), (Some(0), "1 scenario, 1 passed\n".to_owned(), String::new()));
}

#[test]
fn a_wrong_figure_and_a_typo_are_told_where_they_stand_and_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("a.pulse", WRONG), ("b.pulse", TYPO), ("c.pulse", RIGHT)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let expected = "\
a.pulse:4  Somebody waits.
  at 00:30, sales
    waiting  expected 2, got 1

b.pulse:2:12: nothing that happens is called `queud`
  |
2 | 00:00  c1  queud sales
  |            ^^^^^ did you mean `queued`?

3 scenarios, 1 passed, 2 failed
";
    let (code, out, err) = test(folder.path(), &["a.pulse", "b.pulse", "c.pulse"]);
    assert_eq!((code, out.as_str(), err.as_str()), (Some(1), expected, ""));
}

#[test]
fn an_update_puts_the_figures_in_place_and_leaves_all_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.pulse");
    fs::write(&file, WRONG).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let (code, out, err) = test(folder.path(), &["--update", "a.pulse"]);
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (Some(0), "a.pulse: 1 value updated\n1 scenario, 0 passed, 1 updated\n", "")
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), WRONG.replace("waiting 2", "waiting 1"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    assert_eq!(test(folder.path(), &["a.pulse"]).0, Some(0));
}

#[test]
fn an_update_leaves_a_scenario_that_cannot_be_read_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.pulse");
    fs::write(&file, TYPO).unwrap();
    assert_eq!(test(folder.path(), &["--update", "b.pulse"]).0, Some(1));
    assert_eq!(fs::read_to_string(&file).unwrap(), TYPO);
}

#[test]
fn a_path_without_scenarios_is_one_message_and_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    for (path, message) in [
        ("no-such.pulse", "contactpulse: cannot read no-such.pulse: "),
        ("empty", "contactpulse: no scenarios in empty: their names end in .pulse\n"),
    ] {
        let (code, out, err) = test(folder.path(), &[path]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
        assert!(err.starts_with(message) && err.lines().count() == 1, "{err}");
    }
    assert_eq!(test(folder.path(), &[]).0, Some(64));
}
