//! Calendars: named days on which clocks or hours are odd, and random ones against a count.

mod cases;
mod counted;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Calendar, Minutes, Plan};
use crate::time::EventTime;

fn at(text: &str) -> EventTime {
    EventTime::parse(text).unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn minutes(text: &str) -> Minutes {
    let (from, to) = text.split_once('-').unwrap();
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':').unwrap();
        hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap()
    };
    minute(from)..minute(to)
}

/// A plan with the same hours on every day, and some special days.
fn every_day(zone: &str, hours: &[&str], special: &[(&str, &[&str])]) -> Plan {
    let read = |hours: &[&str]| hours.iter().map(|text| minutes(text)).collect::<Vec<_>>();
    let special: BTreeMap<_, _> = special.iter().map(|(day, hours)| (date(day), read(hours))).collect();
    Plan { zone: TimeZone::get(zone).unwrap(), weekly: std::array::from_fn(|_| read(hours)), special }
}

fn calendar(zone: &str, hours: &[&str], special: &[(&str, &[&str])]) -> Calendar {
    Calendar::new(every_day(zone, hours, special))
}
