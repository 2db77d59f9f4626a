//! What the page shows of tickets and agents, in a real Chromium.

use serde_json::json;

use crate::http_site::{FakeSite, desk, queue};
use crate::page::{cells, notice, see, texts};

#[test]
fn queues_of_tickets_have_a_table_of_their_own_with_the_longest_awaiting_first() {
    let mut site = FakeSite::new(&[
        ("phones", queue("", 9, 10, 0, None)),
        ("mail", desk(queue("Mail", 0, 0, 0, None), 1_234, Some(7_500.0))),
        ("both", desk(queue("", 99, 100, 0, None), 7, Some(266_400.0))),
        ("quiet mail", desk(queue("", 0, 0, 0, None), 3, None)),
    ]);
    site.report["total"] = desk(site.report["total"].take(), 1_244, Some(266_400.0));
    let dom = see(site, "/");
    let (contacts, tickets) = dom.split_once("id=\"tickets\"").unwrap();
    assert_eq!(cells(contacts, "name"), ["phones", "both", "Total"]);
    assert_eq!(cells(tickets, "name"), ["both", "Mail", "quiet mail", "Total"]);
    assert_eq!(cells(tickets, "backlog"), ["7", "1,234", "3", "1,244"]);
    assert_eq!(cells(tickets, "awaiting"), ["2", "2", "2", "2"]);
    assert_eq!(cells(tickets, "oldest"), ["3 d 2 h", "2 h 5 min", "–", "3 d 2 h"]);
    assert_eq!((cells(tickets, "p50")[0], cells(tickets, "p90")[0]), ("27:20", "1 h 15 min"));
    assert_eq!(cells(tickets, "resolved")[0], "1,412");
    assert_eq!(texts(&dom, "id=\"open\""), ["1,244 tickets open, 2 awaiting reply"]);
    assert_eq!(notice(&dom), "✓ 2 OK", "a queue of tickets alone has no service level");
}

#[test]
fn agents_are_available_busy_or_away_in_their_queues_and_in_the_head_line() {
    let mut site = FakeSite::new(&[("nw", queue("", 9, 10, 0, None)), ("se", queue("", 9, 10, 0, None))]);
    let states = |available: u64| {
        json!({ "offline": 40, "available": available, "on_contact": 9, "after_contact": 2, "break": 1, "away": 1,
                "training": 1 })
    };
    site.report["queues"]["nw"]["now"]["agents"] = states(4);
    site.report["queues"]["se"]["now"]["agents"] = json!({});
    site.report["total"]["now"]["agents"] = states(1_004);
    let dom = see(site, "/");
    assert_eq!(cells(&dom, "agents")[..2], ["4", ""]);
    assert_eq!(cells(&dom, "others")[..2], ["11 busy · 3 away", ""]);
    assert_eq!(texts(&dom, "id=\"agents\""), ["1,004 agents available, 11 busy, 3 away"]);
}

#[test]
fn a_centre_without_tickets_and_agents_shows_nothing_of_them() {
    let dom = see(FakeSite::new(&[("nw", queue("", 9, 10, 0, None))]), "/");
    assert!(dom.contains("<section id=\"tickets\" hidden=\"\">") && dom.contains("class=\"no-agents\""), "{dom}");
    assert_eq!((texts(&dom, "id=\"open\""), texts(&dom, "id=\"agents\"")), (vec![""], vec![""]));
}
