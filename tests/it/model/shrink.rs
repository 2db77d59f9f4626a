//! Makes a failing stream small: what can go without the failure going, goes. First everybody else, then single events.

use std::collections::BTreeSet;

use serde_json::Value;

use super::event::{Subject, subject};

/// The smallest lines found that still fail, and how they fail. `fails` must fail on `lines`.
pub fn shrink(lines: &[Value], fails: impl Fn(&[Value]) -> Option<String>) -> (Vec<Value>, String) {
    let told = fails(lines).expect("the whole stream fails");
    let subjects: BTreeSet<Subject> = lines.iter().map(subject).collect();
    let alone = |whose: &Subject| lines.iter().filter(|line| subject(line) == *whose).cloned().collect();
    let alone = subjects.iter().map(alone).find_map(|lines: Vec<Value>| fails(&lines).map(|told| (lines, told)));
    let (mut lines, mut told) = alone.unwrap_or((lines.to_vec(), told));
    while let Some(less) = without_one(&lines, &fails) {
        (lines, told) = less;
    }
    (lines, told)
}

fn without_one(lines: &[Value], fails: impl Fn(&[Value]) -> Option<String>) -> Option<(Vec<Value>, String)> {
    (0..lines.len()).find_map(|left_out| {
        let mut fewer = lines.to_vec();
        fewer.remove(left_out);
        fails(&fewer).map(|told| (fewer, told))
    })
}

#[test]
fn a_failure_shrinks_to_the_events_that_make_it() {
    let line =
        |id: u32, contact: &str| serde_json::json!({ "id": id, "type": "contact.updated", "contact_id": contact });
    let lines: Vec<Value> = (0..9).map(|id| line(id, if id % 2 == 0 { "even" } else { "odd" })).collect();
    let has = |lines: &[Value], id: u32| lines.iter().any(|line| line["id"] == id);
    let (left, told) = shrink(&lines, |lines| (has(lines, 3) && has(lines, 7)).then(|| lines.len().to_string()));
    assert_eq!(left, [line(3, "odd"), line(7, "odd")]);
    assert_eq!(told, "2");
}
