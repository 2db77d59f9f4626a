//! Agents as the running service shows them: by name, by pseudonym, or not at all.

use serde_json::{Value, json};

use crate::kafka::{await_read, config};
use crate::support::{KafkaBroker, Service};

const CHANGES: [&str; 2] = [
    r#"{"id":"1","type":"agent.state_changed","time":"2026-03-02T09:00:00Z","agent":"ann","state":"available","queues":["sales"]}"#,
    r#"{"id":"2","type":"agent.state_changed","time":"2026-03-02T09:01:00Z","agent":"bob","state":"break","queues":["sales"]}"#,
];
const KEY: &str = "export.pseudonym_key=0123456789abcdef";

/// A service that has read the changes, with agents shown so, and its report.
fn served(topic: &str, shown: &str) -> (Service, Value) {
    let broker = KafkaBroker::shared();
    broker.create_topic(topic, 2);
    broker.produce(topic, ["ann", "bob"].into_iter().zip(CHANGES));
    let service = Service::start(&config(&broker.bootstrap(), topic), &["--set", shown, "--set", KEY]);
    let report = await_read(&[&service], CHANGES.len()).remove(0);
    (service, report)
}

fn agents(report: &Value) -> Vec<&str> {
    report["agents"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn agents_are_shown_as_the_config_says_and_counted_in_any_case() {
    for (topic, shown) in [("agents-off", "off"), ("agents-on", "on"), ("agents-pseudonym", "pseudonym")] {
        let (service, report) = served(topic, &format!("export.agents={shown}"));
        let reply = service.get("/metrics/agents");
        let names = agents(&report);
        match shown {
            "off" => {
                assert_eq!((reply.status, names.len()), (404, 0), "{}", reply.body);
                assert!(reply.body.contains("export.agents"), "{}", reply.body);
            }
            "on" => {
                assert_eq!((reply.status, names), (200, vec!["ann", "bob"]));
                assert!(reply.body.contains(r#"contactpulse_agent_state{agent="bob""#), "{}", reply.body);
            }
            _ => {
                assert_eq!((reply.status, names.len()), (200, 2));
                assert!(!reply.body.contains("bob") && !report.to_string().contains("bob"), "{}", reply.body);
                assert!(names.iter().all(|name| reply.body.contains(name)), "{}", reply.body);
            }
        }
        assert_eq!(report["total"]["now"]["agents"], json!({ "offline": 2 }), "nothing was told for agent_ttl");
        assert!(service.get("/metrics").body.contains(r#"contactpulse_centre_agents{state="offline"} 2"#));
        assert!(!service.stderr().contains("0123456789abcdef"));
    }
}
