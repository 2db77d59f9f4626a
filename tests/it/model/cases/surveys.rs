//! What was answered, where it counts, and what replaces what.

use crate::model::telling::{gives, gives_under};
use crate::model::{HOUR, Settings};

const SERVED: &str = "
    00:00 c1 queued queue=sales
    00:10 c1 answered agent=ann
    05:00 c1 transferred agent=ann to_queue=tech
    05:00 c1 queued queue=tech
    06:00 c1 answered agent=bob
    06:00 c1 answered agent=cem role=consult\n";

#[test]
fn a_survey_counts_for_the_last_primary_leg_that_had_begun_unless_it_says_otherwise() {
    let events = format!(
        "{SERVED}
        05:30 c1 survey.answered kind=csat score=2
        07:00 c1 survey.answered kind=nps score=10
        07:00 c1 survey.answered kind=ces score=6 queue=help
        07:00 c1 survey.answered kind=cx score=2.5 agent=dora
        00:05 c1 survey.answered kind=csat score=1"
    );
    gives(
        &events,
        "08:00",
        "
        sales all csat.count 1
        sales all csat.ratio 0
        @ann all csat.sum 2
        tech all nps.promoters 1
        tech all nps.score 100
        @bob all nps.count 1
        help all ces.numerator 1
        @bob all ces.mean 6
        tech all cx_rating.mean 2.5
        tech all cx_rating.ratio null
        @dora all cx_rating.count 1
        @cem all csat.count null",
    );
    gives(&events, "05:20", "sales all csat.sum 1");
}

#[test]
fn a_ticket_answers_for_its_queue_and_for_who_resolved_it_else_who_has_it() {
    let events = "
        00:00 t1 ticket.created queue=help
        01:00 t1 ticket.assigned agent=ann
        02:00 t1 survey.answered kind=csat score=4
        03:00 t1 ticket.resolved agent=bob
        04:00 t1 ticket.reopened
        05:00 t1 ticket.assigned queue=tech agent=cem
        06:00 t1 survey.answered kind=nps score=6";
    gives(
        events,
        "07:00",
        "
        help all csat.numerator 1
        @ann all csat.count 1
        tech all nps.detractors 1
        tech all nps_by.channel.email.score -100
        @bob all nps.score -100",
    );
}

#[test]
fn a_later_answer_of_a_kind_replaces_the_earlier_and_one_off_the_scale_counts_nothing() {
    let events = "
        00:00 t1 ticket.created queue=help
        01:00 t1 survey.sent kind=csat
        01:00 t1 survey.sent kind=csat
        01:00 t1 survey.sent
        02:00 t1 survey.answered kind=csat score=5
        03:00 t1 survey.answered kind=nps score=7
        20:00 t1 survey.answered kind=csat score=3.5
        21:00 t1 survey.answered kind=csat score=6";
    gives(events, "10:00", "help all csat.ratio 1\nhelp all csat.low 0.2065493\nhelp all csat.high 1");
    gives(
        events,
        "22:00",
        "
        help all csat.count 1
        help all csat.sum 3.5
        help all csat.ratio 0
        help all nps.passives 1
        help all nps.score 0
        help all surveys_sent 2
        help all surveys_sent_by.kind.csat 1
        help all survey_response_rate.ratio 1
        help all survey_response_rate_by.kind.csat.ratio 1
        help all survey_response_rate_by.kind.nps.denominator 0
        help 5m csat.count 1
        odd all score_out_of_scale 1",
    );
}

#[test]
fn the_interval_of_seven_satisfied_in_ten_is_wilsons() {
    let told =
        |n: usize| format!("00:00 c{n} survey.answered kind=csat score={} queue=help\n", if n < 7 { 4 } else { 3 });
    let events: String = (0..10).map(told).collect();
    gives(&events, "01:00", "help all csat.ratio 0.7\nhelp all csat.low 0.3967781\nhelp all csat.high 0.8922087");
}

#[test]
fn who_served_is_remembered_for_the_time_of_surveys_where_the_config_has_them() {
    let events = "
        00:00 c1 queued queue=sales
        00:10 c1 answered agent=ann
        01:00 c1 ended
        01:30 c1 wrapped
        02:00 c1 survey.answered kind=csat score=4
        1:02:00 c1 survey.answered kind=nps score=9
        2:02:01 c1 survey.answered kind=ces score=7";
    gives(
        events,
        "3:00:00",
        "sales all csat.count 1\n__unattributed__ all nps.count 1\n__unattributed__ all ces.count 1",
    );
    let settings = Settings { remembers_served: true, survey_ttl: HOUR, ..Settings::default() };
    gives_under(
        &settings,
        events,
        "3:00:00",
        "sales all csat.count 1\nsales all nps.count 1\n__unattributed__ all ces.count 1\n@ann all nps.count 1",
    );
}

#[test]
fn reviews_add_points_and_each_counts_but_a_contact_is_reviewed_once() {
    let events = format!(
        "{SERVED}
        07:00 c1 quality.scored points=8 max_points=10
        08:00 c1 quality.scored points=9 max_points=10 critical_fail=true
        09:00 c1 ended
        09:10 c1 wrapped agent=bob"
    );
    gives(
        &events,
        "10:00",
        "
        tech all quality_score.count 2
        tech all quality_score.sum 8
        tech all quality_score.mean 4
        tech all quality_score.numerator 8
        tech all quality_score.denominator 20
        tech all quality_score.ratio 0.4
        tech all review_coverage.numerator 1
        tech all review_coverage.denominator 1
        @bob all quality_score.ratio 0.4",
    );
}
