//! The rules of the contact centre: what it promised its customers.

use super::expr::Expr;
use super::figure::{Agents, Figure, KNOWN, Limit, WATCHED};
use super::prose::{self, PLACE};
use super::{Alert, Condition, Gate, Group, Half, LeftOut, Recording, Rule, promises, targets};
use crate::kpi::{NOW, NowKpi};
use crate::rules::{Rules, Window};
use crate::targets::{Subject, Unit};
use crate::time::Span;

pub(super) const ABOUT: &str = "\
What the contact centre promised its customers. Whoever gets these alerts can call more agents to the queue.

Figures are summed over all instances before any ratio is made; a promise is the same from every instance, so its maximum is taken. \
No target is copied here: all come from ContactPulse's own config, as metrics. All rules are one group, so that each sees what those \
above it say of the same moment.

Why burn rates are capped. With a target of 80 % a fifth may be missed: the *budget*. The burn rate is the share that was missed over \
that budget, so it is 5 at the very most, and the 14.4 and 6 of the books on SLOs would never be reached. A page needs 3, or 60 % \
missed where the target is so low that 3 is out of reach; a ticket needs 1.5. Both need the same over a longer window, so that one \
bad minute wakes nobody, and a *minimum volume*: 5 missed in the shorter window and 30 contacts in the longer, so that a night with \
two callers wakes nobody either.";

/// The windows that alerts look at.
const FAST: Window = Window::Sliding(minutes(5));
pub(super) const SLOW: Window = Window::Sliding(minutes(30));
const DAY: Window = Window::Today;

/// Missed in the shorter window, for an alert.
const MISSED_MIN: f64 = 5.0;
/// Counted in the longer window, for an alert.
const COUNTED_MIN: f64 = 30.0;
/// Missed of those counted, for a page, where the target is so low that a burn rate of 3 is out of reach.
const MISSED_SHARE: f64 = 0.6;
/// Offered in the same half-hour a week ago, so that none at all is no chance.
const BUSY_MIN: f64 = 20.0;
const WEEK: Span = Span::from_seconds(7 * 86_400);

const SERVICE_LEVEL: &str = "service_level";
const RATIO: &str = "queue_channel_window:contactpulse_service_level:ratio";
const BURN: &str = "queue_channel_window:contactpulse_service_level:burn_rate";
const MISSED: &str = "queue_channel_window:contactpulse_service_level_missed:sum";
const COUNTED: &str = "queue_channel_window:contactpulse_service_level_counted:sum";
const GROWTH: &str = "queue_channel:contactpulse_backlog_growth:today";
const LOST: &str = "queue_channel:contactpulse_service_level_lost:ratio5m";

/// The condition of a source that has gone silent; also that of the alert about it. One that was silent at this time a week ago, too,
/// has closed for the day.
pub(super) const SILENT: &str = "\
time() - max by (source) (contactpulse_source_last_event_timestamp_seconds) > 600
and on (source) max by (source) (changes(contactpulse_source_last_event_timestamp_seconds[6h])) > 600
unless on (source) max by (source) (changes(contactpulse_source_last_event_timestamp_seconds[10m] offset 1w)) == 0
and on () sum(contactpulse_contacts_in_service) + sum(contactpulse_contacts_waiting) > 0";

const fn minutes(count: i64) -> Span {
    Span::from_seconds(60 * count)
}

/// The rules of a config that exports these windows; what it has no figures for is told.
pub(super) fn group(rules: &Rules, exported: &[Window], left_out: &mut Vec<LeftOut>) -> Group {
    let mut all: Vec<Rule> = gates().map(Rule::Recording).into();
    let levels = exported.iter().filter(|window| **window != Window::All);
    all.extend(levels.flat_map(|window| levels_of(*window)).map(Rule::Recording));
    if [FAST, SLOW].iter().all(|window| exported.contains(window)) {
        all.push(Rule::Recording(lost_recording()));
    }
    if exported.contains(&DAY) {
        all.push(Rule::Recording(growth_recording()));
    }
    let alerts = alerts().into_iter().chain(promises::alerts());
    all.extend(alerts.filter(|alert| is_shown(alert, exported, left_out)).map(Rule::from));
    all.extend(targets::alerts(rules, exported).into_iter().map(Rule::from));
    Group { name: "contact-centre", half: Half::ContactCentre, rules: all }
}

/// Whether every window that an alert looks at is exported.
fn is_shown(alert: &Alert, exported: &[Window], left_out: &mut Vec<LeftOut>) -> bool {
    let mut windows = Vec::new();
    alert.figures(&mut |figure| {
        let missing = figure.window().filter(|window| !exported.contains(window)).map(Window::name);
        windows.extend(missing.filter(|name| !windows.contains(name)));
    });
    let is_shown = windows.is_empty();
    if !is_shown {
        left_out.push(LeftOut { alert: alert.name, windows });
    }
    is_shown
}

fn gates() -> [Recording; 2] {
    let known = format!(
        "(\n  max by (queue, channel) (contactpulse_queue_configured) == 1\n  \
         and on () sum(max by (topic) (contactpulse_topic_partitions))\n    \
         == count(count by (topic, partition) (contactpulse_partition_owner == 1))\n  \
         unless on () min(contactpulse_partition_ready) == 0\n  \
         unless on () max(contactpulse_consumer_lag_seconds) > 120\n  \
         unless on () {}\n)\n\
         * on (queue) group_left (owner) topk by (queue) (1, max by (queue, owner) (contactpulse_queue_info))",
        super::expr::bracketed(SILENT).replace('\n', "\n  "),
    );
    let watched = format!("{KNOWN}\nunless on (queue, channel) {} == 0", super::figure::open());
    [
        Recording {
            record: KNOWN,
            window: None,
            promql: known,
            why: "1 for each queue and channel of the config, with whose it is, while its figures can be believed: every partition of \
                  every topic is read and rebuilt, nothing is read more than two minutes late, and no source has gone silent. Alerts of \
                  queues hold only where this is there: what the config does not know pages nobody.",
        },
        Recording {
            record: WATCHED,
            window: None,
            promql: watched,
            why: "The same of those that are open: what no calendar and nobody closed.",
        },
    ]
}

/// How the service level of a window stands, in the whole fleet.
fn levels_of(window: Window) -> [Recording; 4] {
    let recording =
        |record, expr: Expr, why| Recording { record, window: Some(window.name()), promql: expr.promql(), why };
    let body = |expr| match expr {
        Expr::Recorded { body, .. } => *body,
        other => other,
    };
    [
        recording(COUNTED, body(counted(window)), ""),
        recording(MISSED, body(missed(window)), ""),
        recording(RATIO, body(ratio(window)), ""),
        recording(BURN, body(burn(window)), ""),
    ]
}

fn lost_recording() -> Recording {
    let why =
        "Whether it burns: the service level where so much was missed over 5 and over 30 minutes that it is a page.";
    Recording { record: LOST, window: None, promql: lost().promql(), why }
}

fn growth_recording() -> Recording {
    let why =
        "Tickets that came today less those that went, by the law that the books keep: by how many the backlog grew.";
    Recording { record: GROWTH, window: None, promql: growth().promql(), why }
}

/// A number of a KPI of windows.
pub(super) fn booked(kpi: &'static str, part: usize, window: Window) -> Expr {
    let subject = Subject::named(kpi).expect("the KPI exists");
    Figure::Booked { subject, part, window }.into()
}

fn now(kpi: &str) -> Expr {
    let of_name = |own: &&NowKpi| own.name == kpi;
    Figure::Now(NOW.iter().find(of_name).expect("the KPI exists")).into()
}

fn limit(limit: Limit, kpi: &str, window: Window) -> Expr {
    Figure::Limit { limit, kpi: kpi.to_owned(), window: window.name(), direction: None }.into()
}

fn recorded(expr: Expr, record: &'static str, window: Window) -> Expr {
    expr.recorded(record, Some(window.name()))
}

fn counted(window: Window) -> Expr {
    recorded(booked(SERVICE_LEVEL, 1, window), COUNTED, window)
}

fn missed(window: Window) -> Expr {
    recorded(counted(window) - booked(SERVICE_LEVEL, 0, window), MISSED, window)
}

fn ratio(window: Window) -> Expr {
    recorded(booked(SERVICE_LEVEL, 0, window) / counted(window).above(0.0), RATIO, window)
}

/// The share that may be missed.
fn budget(window: Window) -> Expr {
    Expr::Number(1.0) - limit(Limit::Target, SERVICE_LEVEL, window)
}

fn burn(window: Window) -> Expr {
    recorded((Expr::Number(1.0) - ratio(window)) / budget(window), BURN, window)
}

/// A burn rate, or the most of it that the target leaves room for.
fn reachable(rate: f64, window: Window) -> Expr {
    (Expr::Number(MISSED_SHARE) / budget(window)).clamp(1.0, rate)
}

/// The service level of the shorter window where both burn at a rate, and enough contacts say so.
fn burning(rate: f64, short: Window, long: Window) -> Expr {
    ratio(short)
        .and(burn(short).above(reachable(rate, short)))
        .and(burn(long).above(reachable(rate, long)))
        .and(missed(short).at_least(MISSED_MIN))
        .and(counted(long).at_least(COUNTED_MIN))
}

fn lost() -> Expr {
    burning(3.0, FAST, SLOW)
}

fn lost_recorded() -> Expr {
    lost().recorded(LOST, None)
}

fn alerts() -> Vec<Alert> {
    vec![
        centre_lost(),
        level_lost(),
        level_slipping(),
        longest_wait(),
        nobody_available(),
        nobody_logged_in(),
        closed_with_callers(),
        many_abandon(),
        backlog_grows(),
        queue_silent(),
    ]
}

pub(super) fn watched(expr: Expr) -> Condition {
    Condition::Queues(Gate::Watched, expr)
}

fn centre_lost() -> Alert {
    let failing = || lost_recorded().and(Figure::Watched).count();
    let busy = counted(SLOW).at_least(COUNTED_MIN).and(Figure::Watched).count();
    let most = (failing() / busy).above(0.5).and(failing().at_least(3.0));
    Alert::page("ContactPulseCentreLost", Condition::Centre(most))
        .because(
            "Most queues that have contacts fail at once: a cause that they share, and one page. Alertmanager holds back the pages of \
             single queues while it fires.",
        )
        .lasting(Span::from_seconds(30), minutes(5))
        .labelled("scope", "centre")
        .labelled("kpi", SERVICE_LEVEL)
        .saying(
            "{{ $value | humanizePercentage }} of the busy queues lose their service level at once, half is the limit: look for what \
             they share",
            "Queues that fail together have a cause in common: the platform, an outage that customers ask about, a whole site without \
             agents. The pages of single queues are held back meanwhile.",
        )
}

fn level_lost() -> Alert {
    let target = prose::limit("target", SERVICE_LEVEL, "5m", Unit::Share);
    Alert::page("ContactPulseServiceLevelLost", watched(lost_recorded()))
        .lasting(Span::from_seconds(30), minutes(2))
        .labelled("kpi", SERVICE_LEVEL)
        .saying(
            format!(
                "{PLACE} lost its service level: {} in 5 minutes, target {target}: move agents here, or offer callbacks",
                prose::figure(Unit::Share)
            ),
            "Contacts are missed so fast, over 5 and over 30 minutes, that the day is lost within hours.",
        )
}

fn level_slipping() -> Alert {
    let target = prose::limit("target", SERVICE_LEVEL, "today", Unit::Share);
    Alert::ticket("ContactPulseServiceLevelSlipping", watched(burning(1.5, SLOW, DAY)))
        .lasting(minutes(5), minutes(5))
        .labelled("kpi", SERVICE_LEVEL)
        .saying(
            format!(
                "{PLACE} will miss its service level today: {} in 30 minutes, target {target}: plan more agents for the hours left",
                prose::figure(Unit::Share)
            ),
            "The half-hour and the day so far are both clearly under the target.",
        )
}

fn longest_wait() -> Alert {
    let limit = prose::asked("contactpulse_service_level_threshold_seconds", "", "6 * ", Unit::Seconds);
    let (kpi, window) = ("longest_wait".to_owned(), "now".to_owned());
    let own = Figure::Limit { limit: Limit::Target, kpi, window, direction: None };
    let waits = now("longest_wait").above(Expr::from(Figure::Threshold) * 6.0).unless(own);
    Alert::page("ContactPulseLongestWait", watched(waits))
        .because(
            "Six times the threshold of the queue's service level: who has waited so long has been forgotten, not merely delayed. A queue \
             whose longest wait has a target of its own is left to that.",
        )
        .lasting(minutes(1), minutes(2))
        .labelled("kpi", "longest_wait")
        .saying(
            format!(
                "{PLACE}: somebody has waited {}, the limit is {limit}: find out who answers this queue",
                prose::figure(Unit::Seconds)
            ),
            "For a minute now, somebody in this queue has waited more than six times what its service level promises.",
        )
}

fn nobody_available() -> Alert {
    let nobody = Expr::from(Figure::Agents(Agents::Serving)).equal(0.0);
    Alert::page("ContactPulseNobodyAvailable", watched(now("waiting").above(0.0).and(nobody)))
        .because("Only where states of agents are told of the queue at all.")
        .lasting(minutes(1), minutes(2))
        .labelled("kpi", "waiting")
        .saying(
            format!(
                "{PLACE}: {} waiting, and 0 of its agents serve contacts, at least 1 has to: log agents in, or let the queue overflow",
                prose::figure(Unit::Count)
            ),
            "Every agent of this queue is offline, on a break or away. Nobody who waits can be answered.",
        )
}

fn nobody_logged_in() -> Alert {
    let logged_in = Expr::from(Figure::Watched) * Figure::Agents(Agents::LoggedIn);
    Alert::page("ContactPulseNobodyLoggedIn", watched(logged_in.equal(0.0)))
        .lasting(minutes(5), minutes(5))
        .labelled("kpi", "agents")
        .saying(
            format!(
                "{PLACE} is open with {} agents logged in, at least 1 has to be: call the shift, or close the queue",
                prose::figure(Unit::Count)
            ),
            "For five minutes nobody who works in this queue has been logged in, though it is open.",
        )
}

fn closed_with_callers() -> Alert {
    let stranded = now("waiting").above(0.0).and(Expr::from(Figure::Open).equal(0.0));
    Alert::ticket("ContactPulseClosedQueueWaiting", Condition::Queues(Gate::Known, stranded))
        .because(
            "Who came before the queue closed may still be served, so it takes ten minutes. A ticket: outside opening hours nothing \
             pages.",
        )
        .lasting(minutes(10), minutes(5))
        .labelled("kpi", "waiting")
        .saying(
            format!(
                "{PLACE} is closed and {} still wait in it, 0 should: close its entry in the platform, and call them back",
                prose::figure(Unit::Count)
            ),
            "The queue takes contacts, or keeps them, while it is closed. Nobody will answer them.",
        )
}

fn many_abandon() -> Alert {
    let (abandoned, left) = (booked("abandonment_rate", 0, SLOW), booked("abandonment_rate", 1, SLOW));
    let rate = abandoned.clone() / left.clone().above(0.0);
    let limit_share = (budget(SLOW) * 0.5).clamp(0.05, 0.2);
    let many = rate
        .above(limit_share)
        .and(abandoned.at_least(MISSED_MIN))
        .and(left.at_least(COUNTED_MIN))
        .unless(limit(Limit::Target, "abandonment_rate", SLOW));
    let target = "{{ with printf \"clamp((1 - max(contactpulse_kpi_target{kpi='service_level',window='30m',queue=%q,channel=%q})) / 2, \
                  0.05, 0.2)\" $labels.queue $labels.channel | query }}{{ . | first | value | humanizePercentage }}{{ end }}";
    Alert::ticket("ContactPulseManyAbandon", watched(many))
        .because(
            "Half of the share that the service level may miss, between 5 and 20 %: then it is not that answers come late, but that \
             customers do not wait for them. A queue whose abandonment rate over 30 minutes has a target of its own is left to that.",
        )
        .lasting(minutes(5), minutes(5))
        .labelled("kpi", "abandonment_rate")
        .saying(
            format!(
                "{PLACE}: {} hung up in 30 minutes, the limit is {target}: shorten the wait, or offer callbacks",
                prose::figure(Unit::Share)
            ),
            "Customers hang up before anybody answers. Who hung up within the first seconds is not among them.",
        )
}

/// By how much the backlog grew since the day began, as it was booked.
fn growth() -> Expr {
    let today = |kpi| booked(kpi, 0, DAY);
    today("created") + today("reopened") + today("moved_in")
        - today("resolved")
        - today("moved_out")
        - today("deleted_open")
        - today("tickets_expired")
}

fn backlog_grows() -> Alert {
    let growth = || growth().recorded(GROWTH, None);
    let before = now("backlog") - growth();
    let still_grows = booked("created", 0, SLOW).above(booked("resolved", 0, SLOW));
    let grows = growth().at_least(20.0).and(growth().above(before * 0.25)).and(still_grows);
    Alert::ticket("ContactPulseBacklogGrows", watched(grows))
        .because(
            "Against what was open when the day began: a team carries some backlog, and a quarter more in one day is more than it works off tomorrow. With at least 20, and only \
             while more still come than go; half an hour of it, so that what came in over night is not yet a reason.",
        )
        .lasting(minutes(30), minutes(15))
        .labelled("kpi", "backlog")
        .saying(
            format!(
                "{PLACE}: {} more tickets are open than when the day began, the limit is 20 and a quarter of those then: move people to it",
                prose::figure(Unit::Count)
            ),
            "More tickets come than are resolved, today and in the last half-hour.",
        )
}

fn queue_silent() -> Alert {
    let subject = Subject::named("offered").expect("the KPI exists");
    let before = Expr::from(Figure::Ago { subject, part: 0, window: SLOW, ago: WEEK });
    let silent = booked("offered", 0, SLOW).equal(0.0).and(before.at_least(BUSY_MIN));
    Alert::page("ContactPulseQueueSilent", watched(silent))
        .because(
            "Twenty contacts in the same half-hour a week ago and none today is no chance: by Poisson once in half a billion half-hours. \
             It is a line that is down, or a holiday that the calendar lacks.",
        )
        .lasting(minutes(5), minutes(5))
        .labelled("kpi", "offered")
        .saying(
            format!("{PLACE} is open and had {{{{ $value }}}} contacts in 30 minutes, 20 or more a week ago: call the number yourself"),
            "No contact reaches this queue. Its number, its menu or the platform's feed may be down.",
        )
}
