//! Who wrote first, who answered, and whether in time.

use crate::model::telling::{gives, gives_under};
use crate::model::{HOUR, Settings};

#[test]
fn the_first_public_reply_of_an_agent_is_the_first_response_and_later_ones_are_replies() {
    let events = "
        00:00 t1 ticket.created queue=help
        01:00 t1 ticket.replied author=bot
        02:00 t1 ticket.replied author=agent agent=ann public=false
        03:00 t1 ticket.replied author=customer
        05:00 t1 ticket.replied author=agent agent=ann
        06:00 t1 ticket.replied author=agent agent=ann
        10:00 t1 ticket.replied author=customer public=false
        11:00 t1 ticket.replied author=customer
        12:00 t1 ticket.replied author=customer
        20:00 t1 ticket.replied author=agent agent=bob
        21:00 t1 ticket.replied author=customer";
    gives(events, "04:00", "help now awaiting_reply 1\nhelp now oldest_awaiting 240");
    gives(events, "08:00", "help now awaiting_reply 0\nhelp now oldest_awaiting null");
    gives(events, "13:00", "help now oldest_awaiting 120");
    gives(
        events,
        "22:00",
        "
        help all first_response_time.count 1
        help all first_response_time.sum 300
        help all reply_time.count 1
        help all reply_time.sum 540
        help all response_rate.numerator 1
        help now awaiting_reply 1
        help now oldest_awaiting 60
        @ann all first_response_time.sum 300
        @bob all first_response_time.count null",
    );
}

#[test]
fn the_reply_of_nobody_named_is_that_of_whoever_has_the_ticket() {
    let events = "
        00:00 t1 ticket.created queue=help
        01:00 t1 ticket.assigned agent=ann
        03:00 t1 ticket.replied author=agent";
    gives(events, "04:00", "@ann all first_response_time.sum 180");
}

#[test]
fn a_reply_at_the_limit_is_in_time_and_one_later_is_not_though_it_is_a_first_response() {
    let settings = Settings { response_within: HOUR, ..Settings::default() };
    let created = "00:00 t1 ticket.created queue=help\n00:00 t2 ticket.created queue=help";
    let events = format!("{created}\n60:00 t1 ticket.replied author=agent\n60:01 t2 ticket.replied author=agent");
    gives_under(&settings, &events, "60:00", "help all response_rate.denominator 1");
    gives_under(
        &settings,
        &events,
        "61:00",
        "
        help all response_rate.numerator 1
        help all response_rate.denominator 2
        help all first_response_time.sum 7201",
    );
}

#[test]
fn a_resolve_without_a_reply_ends_the_first_response_and_leaves_the_promise_to_reply() {
    let settings = Settings { response_within: HOUR, ..Settings::default() };
    let events = "
        00:00 t1 ticket.created queue=help
        00:00 t2 ticket.created queue=help
        10:00 t1 ticket.resolved
        10:00 t2 ticket.resolved
        20:00 t1 ticket.replied author=agent
        25:00 t1 ticket.replied author=customer
        30:00 t1 ticket.replied author=agent";
    gives_under(
        &settings,
        events,
        "2:00:00",
        "
        help all resolved_unreplied 2
        help all first_response_time.count 0
        help all response_rate.numerator 1
        help all response_rate.denominator 2
        help all reply_time.count 1
        help all reply_time.sum 300",
    );
}

#[test]
fn of_a_ticket_that_an_agent_created_it_starts_with_the_customer() {
    let events = "
        00:00 t1 ticket.created queue=help by=agent
        05:00 t1 ticket.replied author=agent
        06:00 t1 ticket.resolved
        10:00 t1 ticket.replied author=customer
        14:00 t1 ticket.replied author=agent";
    gives(events, "09:00", "help all resolved_unreplied 0\nhelp all response_rate.denominator 0");
    gives(
        events,
        "15:00",
        "
        help all first_response_time.sum 240
        help all reply_time.count 0
        help all response_rate.ratio 1
        help all replies_per_resolution.numerator 1",
    );
    gives(events, "1d01:00:00", "help all response_rate.denominator 1");
}

#[test]
fn where_a_bot_hands_over_the_config_says_from_when_it_counts() {
    let handed_over = Settings { first_response_from_handover: true, response_within: HOUR, ..Settings::default() };
    let events = "
        00:00 t1 ticket.created queue=bots
        20:00 t1 ticket.handed_over queue=help
        50:00 t1 ticket.handed_over
        70:00 t1 ticket.replied author=agent";
    gives_under(&handed_over, events, "75:00", "help all first_response_time.sum 3000\nhelp all response_rate.ratio 1");
    let created = Settings { response_within: HOUR, ..Settings::default() };
    gives_under(&created, events, "75:00", "help all first_response_time.sum 4200\nhelp all response_rate.ratio 0");
    let early = "
        00:00 t1 ticket.created queue=bots
        10:00 t1 ticket.replied author=agent
        20:00 t1 ticket.handed_over queue=help";
    gives_under(&handed_over, early, "75:00", "bots all first_response_time.sum 600\nbots all moved_out 1");
}
