//! Policies from the outside: what may be promised, of what, and what is refused.

use contactpulse::config::{Config, ConfigError};
use contactpulse::limits::{POLICIES_MAX, SLA_TAGS_MAX};
use contactpulse::measure::SlaTarget;
use contactpulse::rules::{Clock, Promise, Rules};
use contactpulse::time::Span;

fn load(text: &str) -> Result<Config, ConfigError> {
    Config::parse("centre", text, &[])
}

fn rules(text: &str) -> Rules {
    load(text).unwrap_or_else(|error| panic!("{error}\n{text}")).rules
}

/// What a policy of these lines promises of a resolution.
fn resolution(lines: &str) -> Promise {
    let rules = rules(&format!("[[sla]]\nname = \"gold\"\n{lines}"));
    let promise = rules.policies[0].promises.iter().find(|(target, _)| *target == SlaTarget::Resolution);
    promise.unwrap().1
}

fn hours(hours: i64) -> Span {
    Span::from_seconds(3_600 * hours)
}

#[test]
fn every_mistake_in_a_policy_is_told_with_its_place_and_the_way_out() {
    crate::config::assert_refused("tests/it/config_sla_refused.txt", 15);
}

#[test]
fn what_a_target_says_of_itself_goes_before_what_its_policy_says() {
    let of_policy = "clock = \"business\"\nwarn_before = \"1h\"\n";
    let promise = |clock, warn_before| Promise { within: hours(10), clock, warn_before };
    assert_eq!(resolution("targets.resolution = \"10h\""), promise(Clock::Calendar, hours(2)));
    assert_eq!(resolution(&format!("{of_policy}targets.resolution = \"10h\"")), promise(Clock::Business, hours(1)));
    let own = "targets.resolution = { within = \"10h\", clock = \"calendar\", warn_before = \"3h\" }";
    assert_eq!(resolution(&format!("{of_policy}{own}")), promise(Clock::Calendar, hours(3)));
}

#[test]
fn each_target_may_be_promised() {
    for target in SlaTarget::ALL {
        let rules = rules(&format!("[[sla]]\nname = \"gold\"\ntargets.{} = \"1h\"\n", target.name()));
        assert_eq!(rules.policies[0].promises.iter().map(|(own, _)| *own).collect::<Vec<_>>(), [target]);
    }
}

#[test]
fn what_may_be_promised_in_a_queue_follows_from_queues_and_channels_of_the_policies() {
    let rules = rules(
        "[[sla]]\nname = \"uk\"\nqueues = [\"uk-*\"]\nchannels = [\"email\"]\ntargets.resolution = \"1h\"\n\
         [[sla]]\nname = \"rest\"\ntargets.answer = \"1m\"\n",
    );
    let names = |queue: &str, channel: &str| -> Vec<String> {
        let own = rules.promises_of(queue, channel);
        own.map(|(policy, target)| format!("{} {}", rules.policy_name(policy), target.name())).collect()
    };
    assert_eq!(names("uk-mail", "email"), ["uk resolution", "rest answer"]);
    assert_eq!(names("uk-mail", "voice"), ["rest answer"]);
    assert_eq!(names("sales", "email"), ["rest answer"]);
}

#[test]
fn more_policies_or_tags_than_the_bounds_are_refused() {
    let blocks = |count: usize, line: fn(usize) -> String| -> String {
        let block =
            |number: usize| format!("[[sla]]\nname = \"p{number}\"\ntargets.resolution = \"1h\"\n{}\n", line(number));
        (0..count).map(block).collect()
    };
    assert!(load(&blocks(POLICIES_MAX, |_| String::new())).is_ok());
    let said = load(&blocks(POLICIES_MAX + 1, |_| String::new())).unwrap_err().to_string();
    assert!(said.contains(&format!("at most {POLICIES_MAX} policies")), "{said}");
    let two = |number: usize| format!("tags = [\"a{number}\", \"b{number}\"]");
    assert!(load(&blocks(SLA_TAGS_MAX / 2, two)).is_ok());
    let said = load(&blocks(SLA_TAGS_MAX / 2 + 1, two)).unwrap_err().to_string();
    assert!(said.contains(&format!("at most {SLA_TAGS_MAX} over all policies")), "{said}");
}

#[test]
fn times_filters_and_hours_of_a_policy_leave_the_meaning_of_state_and_what_it_is_called_does_not() {
    let meaning = |text: &str| rules(text).meaning();
    let gold = "[[sla]]\nname = \"gold\"\n";
    let plain = meaning(&format!("{gold}targets.resolution = \"1h\"\n"));
    for same in [
        "targets.resolution = \"2h\"",
        "targets.resolution = { within = \"1h\", clock = \"business\" }",
        "queues = [\"uk-*\"]\npriorities = [\"high\"]\nchannels = [\"email\"]\ntargets.resolution = \"1h\"",
    ] {
        assert_eq!(meaning(&format!("{gold}{same}\n")), plain, "{same}");
    }
    for other in [
        "targets.resolution = \"1h\"\ntargets.first_reply = \"1h\"",
        "tags = [\"gold\"]\ntargets.resolution = \"1h\"",
        "targets.resolution = \"1h\"\n[[sla]]\nname = \"rest\"\ntargets.resolution = \"1h\"",
    ] {
        assert_ne!(meaning(&format!("{gold}{other}\n")), plain, "{other}");
    }
    assert_ne!(meaning("[[sla]]\nname = \"silver\"\ntargets.resolution = \"1h\"\n"), plain);
}

#[test]
fn the_example_of_a_help_desk_promises_the_dearest_first() {
    let config = Config::load(Some(std::path::Path::new("config/examples/promises.toml")), &[]).unwrap();
    let rules = config.rules;
    let names: Vec<&str> = rules.policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(names, ["around-the-clock", "urgent", "standard"]);
    assert!(rules.calendar_of("support").is_some());
    assert_eq!(rules.promises_of("support", "email").count(), 10);
    assert_eq!(rules.promises_of("sales", "email").count(), 0);
}
