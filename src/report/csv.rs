//! The interval report: a CSV row for each queue and channel in each interval, as workforce planners load it.
//!
//! **Why sums beside means.** Half hours are added up to hours and days; counts and sums add, means and ratios do not. So each
//! duration has its count and its sum beside its mean, and the two sides of a ratio are columns or sums of columns.
//!
//! **Words.** *Row*: what was booked in one interval for a queue on a channel, and what was so just before the interval's end. A
//! pair has a row, be it of zeros, in every interval if it is configured, else from the one on in which it was first seen.
//! **Invariant.** In each row, `offered` and `adopted` less `answered`, `abandoned`, `flowed_out` and expired waits is what `waiting` rose by
//! since the row before, events that were late aside.
//!
//! **Format.** RFC 4180. Each column is a line of `COLUMNS`, in this order; `contactpulse replay --help` prints them. What is
//! absent (the mean of nothing, a ratio over nothing) is empty, never 0. Seconds are rounded to milliseconds and ratios to six
//! places; the greatest of a duration is within 1 %. Times are those of the centre's clock, with their offset.

use std::fmt::Write as _;
use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::kpi::{self, Figure, Now, Score, Share};
use crate::time::{EventTime, Span};
use crate::view::View;
use crate::window::Tally;

/// What one row is read from.
struct Row<'a> {
    interval: &'a Range<EventTime>,
    zone: &'a TimeZone,
    queue: &'a str,
    channel: &'a str,
    tally: &'a Tally,
    now: &'a Now,
}

/// One column.
struct Column {
    name: &'static str,
    help: &'static str,
    /// `None`: there is no value.
    read: fn(&Row<'_>) -> Option<String>,
}

/// A number that a KPI is made of.
enum Part {
    Count,
    Numerator,
    Denominator,
    Ratio,
    Samples,
    Sum,
    Mean,
    Max,
    Promoters,
    Detractors,
    Score,
}

use Part::{Count, Denominator, Max, Mean, Numerator, Samples, Sum};

/// Every column, in order.
const COLUMNS: &[Column] = &[
    column("date", "local date on which the interval begins", |row| {
        Some(row.local(row.interval.start)[..10].to_owned())
    }),
    column("interval_start", "local time with its offset; inclusive", |row| Some(row.local(row.interval.start))),
    column("interval_end", "local time with its offset; exclusive", |row| Some(row.local(row.interval.end))),
    column("queue", "name of the queue", |row| Some(row.queue.to_owned())),
    column("channel", "name of the channel", |row| Some(row.channel.to_owned())),
    column("offered", "contacts that began to wait", |row| row.part("offered", Count)),
    column("answered", "waits that ended with an answer", |row| row.part("answered", Count)),
    column("abandoned", "waits that ended with a hang-up", |row| row.part("abandoned", Count)),
    column("short_abandoned", "of these, within short_abandon", |row| row.part("short_abandoned", Count)),
    column("flowed_out", "waits that ended otherwise", |row| row.part("flowed_out", Count)),
    column("blocked", "contacts refused before they could wait", |row| row.part("blocked", Count)),
    column("expired", "waits and talks that never ended", |row| row.part("expired", Count)),
    column("volume", "contacts that continue no other, where they began to wait; and tickets created", |row| {
        row.part("volume", Count)
    }),
    column("service_level_met", "contacts that met the threshold", |row| row.part("service_level", Numerator)),
    column("service_level_counted", "contacts that count for it", |row| row.part("service_level", Denominator)),
    column("service_level", "met / counted", |row| row.part("service_level", Part::Ratio)),
    column("abandonment_rate", "abandoned of the waits that ended, short ones left out", |row| {
        row.part("abandonment_rate", Part::Ratio)
    }),
    column("speed_of_answer_count", "waits measured at an answer", |row| row.part("speed_of_answer", Samples)),
    column("speed_of_answer_sum_seconds", "their sum", |row| row.part("speed_of_answer", Sum)),
    column("speed_of_answer_mean_seconds", "their mean, the ASA", |row| row.part("speed_of_answer", Mean)),
    column("speed_of_answer_max_seconds", "the longest of them", |row| row.part("speed_of_answer", Max)),
    column("time_to_abandon_count", "waits measured at a hang-up", |row| row.part("time_to_abandon", Samples)),
    column("time_to_abandon_sum_seconds", "their sum", |row| row.part("time_to_abandon", Sum)),
    column("time_to_abandon_mean_seconds", "their mean", |row| row.part("time_to_abandon", Mean)),
    column("time_to_abandon_max_seconds", "the longest of them", |row| row.part("time_to_abandon", Max)),
    column("customer_wait_count", "customers answered for the first time", |row| row.part("customer_wait", Samples)),
    column("customer_wait_sum_seconds", "their waits since they first queued anywhere", |row| {
        row.part("customer_wait", Sum)
    }),
    column("customer_wait_mean_seconds", "the mean of these waits", |row| row.part("customer_wait", Mean)),
    column("handle_time_count", "legs handled to the end of after-contact work", |row| {
        row.part("handle_time", Samples)
    }),
    column("handle_time_sum_seconds", "their talk, hold and after-contact work", |row| row.part("handle_time", Sum)),
    column("handle_time_mean_seconds", "the mean of these, the AHT", |row| row.part("handle_time", Mean)),
    column("talk_time_count", "legs whose talk ended", |row| row.part("talk_time", Samples)),
    column("talk_time_sum_seconds", "their talk, hold excluded", |row| row.part("talk_time", Sum)),
    column("talk_time_mean_seconds", "the mean talk of a leg", |row| row.part("talk_time", Mean)),
    column("hold_time_count", "of the legs whose talk ended, those that were held", |row| {
        row.part("hold_time", Samples)
    }),
    column("hold_time_sum_seconds", "their hold", |row| row.part("hold_time", Sum)),
    column("hold_time_mean_seconds", "the mean hold of a leg that was held", |row| row.part("hold_time", Mean)),
    column("after_contact_time_count", "legs whose after-contact work was told", |row| {
        row.part("after_contact_time", Samples)
    }),
    column("after_contact_time_sum_seconds", "their after-contact work", |row| row.part("after_contact_time", Sum)),
    column("after_contact_time_mean_seconds", "the mean after-contact work", |row| {
        row.part("after_contact_time", Mean)
    }),
    column("transferred", "legs that ended in a transfer", |row| row.part("transfer_rate", Numerator)),
    column("legs_ended", "legs that ended", |row| row.part("transfer_rate", Denominator)),
    column("transfer_rate", "transferred / legs_ended", |row| row.part("transfer_rate", Part::Ratio)),
    column("waiting", "contacts that wait at the interval's end", |row| Some(row.now.waiting.to_string())),
    column("longest_wait_seconds", "the longest of these waits until then", |row| row.now.longest_wait.map(exact)),
    column("in_service", "contacts that an agent talks to or holds at the interval's end", |row| {
        Some(row.now.in_service.to_string())
    }),
    column("in_after_contact", "legs in after-contact work at the interval's end", |row| {
        Some(row.now.in_after_contact.to_string())
    }),
    column("adopted", "waits that a snapshot told of, less those that one took away", |row| row.part("adopted", Count)),
    column("missed_alerts", "alerts that an agent let ring or refused", |row| row.part("missed_alerts", Count)),
    column("chat_first_response_time_count", "chats with a first message of an agent", |row| {
        row.part("chat_first_response_time", Samples)
    }),
    column("chat_first_response_time_sum_seconds", "from queueing to that message", |row| {
        row.part("chat_first_response_time", Sum)
    }),
    column("chat_first_response_time_mean_seconds", "the mean of these", |row| {
        row.part("chat_first_response_time", Mean)
    }),
    column("chat_reply_time_count", "questions of customers that an agent answered", |row| {
        row.part("chat_reply_time", Samples)
    }),
    column("chat_reply_time_sum_seconds", "from each question to its answer", |row| row.part("chat_reply_time", Sum)),
    column("chat_reply_time_mean_seconds", "the mean of these", |row| row.part("chat_reply_time", Mean)),
    column("callbacks_requested", "calls back that customers asked for", |row| row.part("callbacks_requested", Count)),
    column("callbacks_attempted", "attempts to call back", |row| row.part("callbacks_attempted", Count)),
    column("callbacks_reached", "attempts that reached the customer", |row| row.part("callback_success", Numerator)),
    column("callbacks_closed", "callbacks that reached the customer or were given up", |row| {
        row.part("callback_success", Denominator)
    }),
    column("callback_wait_count", "callbacks whose wait is told", |row| row.part("callback_wait", Samples)),
    column("callback_wait_sum_seconds", "from the request to the customer", |row| row.part("callback_wait", Sum)),
    column("callback_wait_mean_seconds", "the mean of these", |row| row.part("callback_wait", Mean)),
    column("callbacks_waiting", "calls back that are owed at the interval's end", |row| {
        Some(row.now.callbacks_waiting.to_string())
    }),
    column("created", "tickets that began", |row| row.part("created", Count)),
    column("resolved", "resolves of tickets", |row| row.part("resolved", Count)),
    column("reopened", "resolved tickets that came back", |row| row.part("reopened", Count)),
    column("backlog", "tickets that are not resolved at the interval's end", |row| {
        Some(row.now.tickets.sum(|own| own.backlog).to_string())
    }),
    column("first_response_time_count", "tickets with a first public reply of an agent", |row| {
        row.part("first_response_time", Samples)
    }),
    column("first_response_time_sum_seconds", "from each ticket's start to that reply", |row| {
        row.part("first_response_time", Sum)
    }),
    column("first_response_time_mean_seconds", "the mean of these", |row| row.part("first_response_time", Mean)),
    column("resolution_time_count", "resolves of tickets whose creation is known", |row| {
        row.part("resolution_time", Samples)
    }),
    column("resolution_time_sum_seconds", "from each creation to the resolve", |row| row.part("resolution_time", Sum)),
    column("resolution_time_mean_seconds", "the mean of these", |row| row.part("resolution_time", Mean)),
    column("surveys_sent", "customers asked by a survey", |row| row.part("surveys_sent", Count)),
    column("surveys_answered", "answers to surveys", |row| row.part("survey_response_rate", Numerator)),
    column("csat_satisfied", "satisfied answers", |row| row.part("csat", Numerator)),
    column("csat_answers", "answers on satisfaction", |row| row.part("csat", Denominator)),
    column("csat", "csat_satisfied / csat_answers", |row| row.part("csat", Part::Ratio)),
    column("nps_promoters", "answers 9 and 10 of 10", |row| row.part("nps", Part::Promoters)),
    column("nps_detractors", "answers 0 to 6 of 10", |row| row.part("nps", Part::Detractors)),
    column("nps_answers", "answers of 0 to 10", |row| row.part("nps", Denominator)),
    column("nps", "100 x (nps_promoters - nps_detractors) / nps_answers", |row| row.part("nps", Part::Score)),
];

const fn column(name: &'static str, help: &'static str, read: fn(&Row<'_>) -> Option<String>) -> Column {
    Column { name, help, read }
}

/// The first line.
pub fn header() -> String {
    lines([COLUMNS.iter().map(|column| column.name.to_owned()).collect()].into_iter())
}

/// The rows of one interval: one for each queue and channel of the view, whose first window is that interval.
pub fn rows(interval: &Range<EventTime>, view: &View, zone: &TimeZone) -> String {
    let pairs = view.queues.iter().flat_map(|(queue, channels)| channels.iter().map(move |pair| (queue, pair)));
    lines(pairs.map(|(queue, (channel, series))| {
        let row = Row { interval, zone, queue, channel, tally: &series.tallies[0], now: &series.now };
        COLUMNS.iter().map(|column| (column.read)(&row).unwrap_or_default()).collect()
    }))
}

/// What the columns mean, one a line.
pub fn help() -> String {
    let width = COLUMNS.iter().map(|column| column.name.len()).max().unwrap_or_default();
    let mut text = String::from("Columns of --format csv:\n");
    for Column { name, help, .. } in COLUMNS {
        writeln!(text, "  {name:width$}  {help}").expect("writing to a string");
    }
    text + "What is absent, such as the mean of nothing, is empty."
}

fn lines(records: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    for record in records {
        writer.write_record(record).expect("every record has a field for each column, and memory takes it");
    }
    let bytes = writer.into_inner().expect("memory takes it");
    String::from_utf8(bytes).expect("every field is text")
}

impl Row<'_> {
    /// A part of a KPI, over what was booked in the interval.
    fn part(&self, name: &str, part: Part) -> Option<String> {
        let kpi = kpi::QUEUE.iter().find(|kpi| kpi.name == name).expect("columns name KPIs of the catalogue");
        match ((kpi.read)(self.tally), part) {
            (Figure::Count(count), Count) => Some(count.to_string()),
            (Figure::CountBy { values, .. }, Count) => Some(values.total().to_string()),
            (Figure::Ratio(sides) | Figure::RatioBy { whole: sides, .. }, part)
            | (Figure::ServiceLevel { configured: sides, .. }, part) => match part {
                Numerator => Some(sides.numerator.to_string()),
                Denominator => Some(sides.denominator.to_string()),
                _ => sides.value().map(|ratio| rounded(ratio, 1e6)),
            },
            (Figure::Distribution(durations) | Figure::DistributionBy { whole: durations, .. }, part) => match part {
                Samples => Some(durations.count.to_string()),
                Sum => Some(exact(durations.sum)),
                Max => durations.max().map(exact),
                _ => durations.mean().map(|mean| rounded(mean, 1e3)),
            },
            (Figure::Score(score), Part::Ratio) => score.ratio().map(|ratio| rounded(ratio, 1e6)),
            (Figure::Score(score), Denominator) => Some(score.count.to_string()),
            (Figure::Score(Score { share: Share::Good(good), .. }), Numerator) => Some(good.to_string()),
            (Figure::Nps(nps), Part::Promoters) => Some(nps.promoters.to_string()),
            (Figure::Nps(nps), Part::Detractors) => Some(nps.detractors.to_string()),
            (Figure::Nps(nps), Denominator) => Some(nps.count().to_string()),
            (Figure::Nps(nps), Part::Score) => nps.score().map(|score| rounded(score, 1e3)),
            (figure, _) => unreachable!("{name} has no such part: {figure:?}"),
        }
    }

    /// RFC 3339, as the centre's clock reads.
    fn local(&self, at: EventTime) -> String {
        match Timestamp::from_millisecond(at.as_millis()) {
            Ok(time) => time.display_with_offset(self.zone.to_offset(time)).to_string(),
            Err(_) => at.to_string(),
        }
    }
}

/// Seconds, with milliseconds as their fraction.
fn exact(span: Span) -> String {
    span.as_seconds().to_string()
}

/// To the nearest part of one; `parts` in a whole.
fn rounded(value: f64, parts: f64) -> String {
    ((value * parts).round() / parts).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Rules, Window};
    use std::collections::BTreeSet;

    fn interval() -> Range<EventTime> {
        let start = EventTime::parse("2026-03-02T09:00:00Z").unwrap();
        start..start + Span::from_seconds(1_800)
    }

    #[test]
    fn a_row_of_nothing_has_zeros_for_counts_and_nothing_for_means_and_ratios() {
        let mut view = View::new(&Rules::default(), &[Window::All]);
        view.series("a, \"b\"", "voice").now.in_service = 1;
        let row = rows(&interval(), &view, &TimeZone::UTC);
        let (start, rest) = row.split_once("voice,").unwrap();
        assert_eq!(start, "2026-03-02,2026-03-02T09:00:00+00:00,2026-03-02T09:30:00+00:00,\"a, \"\"b\"\"\",");
        let duration = "0,0,";
        let expected = [
            "0,0,0,0,0,0,0,0,0,0,,,",
            &format!("{duration},,{duration},,{duration},"),
            &format!("{duration},").repeat(4),
            "0,0,,0,,1,0,",
            "0,0,0,0,,0,0,,0,0,0,0,0,0,,0,",
            "0,0,0,0,0,0,,0,0,,0,0,0,0,,0,0,0,\r\n",
        ];
        assert_eq!(rest, expected.concat());
    }

    #[test]
    fn every_column_has_a_name_of_its_own_and_a_line_of_help() {
        let names: BTreeSet<_> = COLUMNS.iter().map(|column| column.name).collect();
        assert_eq!(names.len(), COLUMNS.len());
        assert_eq!(header().trim_end().split(',').count(), COLUMNS.len());
        assert_eq!(help().lines().count(), COLUMNS.len() + 2);
        assert!(COLUMNS.iter().all(|column| !column.help.is_empty()));
    }
}
