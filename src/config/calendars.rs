//! The blocks of business hours: weekly hours, holidays and special days, and the files that holidays come from.
//!
//! **Whose word holds.** What was typed for a date in `special` goes over a holiday of a file: a file is somebody else's, and a centre
//! may be open on it. A date that is typed as both is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use toml::Spanned;

use super::error::Problem;
use super::ics;
use super::raw::{self, Raw, Typed};
use super::read::Reader;
use super::value::{Wrong, name_within, wrong, zone};
use crate::calendar::{Calendar, Minutes, Plan};
use crate::limits::{CALENDARS_MAX, NAME_BYTES_MAX, SPECIAL_DAYS_MAX};

/// The names of weekdays, from Monday.
pub(super) const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const HOURS: &str = "such as hours = { mon-fri = [\"08:00-18:00\"] }";
const DAY: u16 = 24 * 60;

type Special = BTreeMap<Date, Vec<Minutes>>;

impl Reader {
    /// Every calendar by its name.
    pub(super) fn calendars(&mut self, raw: &Raw, centre: &TimeZone) -> BTreeMap<String, Arc<Calendar>> {
        if let Some(block) = raw.calendar.get(CALENDARS_MAX) {
            self.refuse::<()>(block.span(), "too many", format!("at most {CALENDARS_MAX} calendars"));
        }
        let mut calendars = BTreeMap::new();
        for block in &raw.calendar {
            let plan = self.plan(block, centre);
            let Some(name) = self.calendar_name(block) else { continue };
            if let Some(timed) = plan.timed {
                self.timed_events.insert(name.get_ref().clone(), timed);
            }
            let calendar = Arc::new(Calendar::new(plan.plan));
            if calendars.insert(name.get_ref().clone(), calendar).is_some() {
                let what = format!("calendar \"{}\" is there already", name.get_ref());
                self.refuse::<()>(name.span(), what, "each name once");
            }
        }
        calendars
    }

    /// Whether every calendar has a good name.
    pub(super) fn knows_calendars(&self, raw: &Raw) -> bool {
        let is_good = |typed: &Option<Typed>| typed.as_ref().is_some_and(|typed| !self.told(&typed.span()));
        raw.calendar.iter().all(|block| is_good(&block.get_ref().name))
    }

    fn calendar_name<'a>(&mut self, block: &'a Spanned<raw::Calendar>) -> Option<&'a Typed> {
        let Some(name) = &block.get_ref().name else {
            return self.refuse(block.span(), "no `name`", "such as name = \"office\"");
        };
        self.name(name, NAME_BYTES_MAX).map(|_| name)
    }

    fn plan(&mut self, block: &Spanned<raw::Calendar>, centre: &TimeZone) -> Read {
        let own = block.get_ref();
        let zone = self.maybe(own.time_zone.as_ref(), zone).unwrap_or_else(|| centre.clone());
        let weekly = self.weekly(block);
        let mut special = self.holidays(own.holidays.as_ref());
        self.special(&own.special, &mut special);
        let timed = own.ics.as_ref().map(|files| self.files(files, &mut special));
        if special.len() > SPECIAL_DAYS_MAX {
            let what = format!("{} holidays and special days", special.len());
            self.refuse::<()>(place_of(block), what, format!("at most {SPECIAL_DAYS_MAX}"));
        }
        Read { plan: Plan { zone, weekly, special }, timed: timed.filter(|timed| *timed > 0) }
    }

    fn weekly(&mut self, block: &Spanned<raw::Calendar>) -> [Vec<Minutes>; 7] {
        let mut weekly: [Option<Vec<Minutes>>; 7] = Default::default();
        let Some(typed) = &block.get_ref().hours else {
            self.refuse::<()>(place_of(block), "no `hours`", HOURS);
            return Default::default();
        };
        for (days, hours) in in_order(typed) {
            let hours = self.hours(hours);
            for day in self.value(days, weekdays).unwrap_or_default() {
                if weekly[day].replace(hours.clone()).is_some() && !self.told(&days.span()) {
                    let what = format!("{} has its hours already", WEEKDAYS[day]);
                    self.refuse::<()>(days.span(), what, "each day once");
                }
            }
        }
        weekly.map(Option::unwrap_or_default)
    }

    /// Hours of one day, which must not overlap.
    fn hours(&mut self, typed: &raw::Hours) -> Vec<Minutes> {
        let mut read: Vec<Minutes> = Vec::new();
        for item in typed.get_ref() {
            let Some(hours) = self.value(item, hours) else { continue };
            if read.iter().any(|other| other.start < hours.end && hours.start < other.end) {
                let what = format!("\"{}\" overlaps with hours before it", item.get_ref());
                self.refuse::<()>(item.span(), what, "hours that are apart");
            }
            read.push(hours);
        }
        read
    }

    fn holidays(&mut self, typed: Option<&Spanned<Vec<Typed>>>) -> Special {
        let days = typed.map(|typed| self.values(typed, date)).unwrap_or_default();
        days.into_iter().map(|day| (day, Vec::new())).collect()
    }

    fn special(&mut self, typed: &BTreeMap<Typed, raw::Hours>, special: &mut Special) {
        for (day, hours) in in_order(typed) {
            let hours = self.hours(hours);
            let Some(day_read) = self.value(day, date) else { continue };
            if special.insert(day_read, hours).is_some() {
                self.refuse::<()>(day.span(), format!("{day_read} is one of the `holidays`"), "one or the other");
            }
        }
    }

    /// Adds the holidays of files where nothing was typed; how many events these have that are no holidays.
    fn files(&mut self, typed: &Spanned<Vec<Typed>>, special: &mut Special) -> usize {
        let files = self.values(typed, |text| name_within(text, 4_096));
        let named: Vec<&Typed> = typed.get_ref().iter().filter(|item| files.contains(item.get_ref())).collect();
        let mut timed = 0;
        for item in named.into_iter().filter(|item| !item.get_ref().is_empty()) {
            match ics::read(&self.file(item.get_ref())) {
                Ok(read) => {
                    timed += read.timed;
                    for day in read.days {
                        special.entry(day).or_default();
                    }
                }
                Err(ics::Error::File(what)) => {
                    let right = "a file, named from the folder that this one is in";
                    self.refuse::<()>(item.span(), what, right);
                }
                Err(ics::Error::Text(mistakes)) => mistakes.into_iter().for_each(|wrong| {
                    let elsewhere = Some(Box::new((wrong.place, wrong.excerpt)));
                    self.tell(Problem { elsewhere, ..Problem::new(item.span(), wrong.what, wrong.right) });
                }),
            }
        }
        timed
    }
}

/// What a block says.
struct Read {
    plan: Plan,
    timed: Option<usize>,
}

/// In the order of the file.
fn in_order(typed: &BTreeMap<Typed, raw::Hours>) -> Vec<(&Typed, &raw::Hours)> {
    let mut typed: Vec<_> = typed.iter().collect();
    typed.sort_by_key(|(key, _)| key.span().start);
    typed
}

/// Where a block is pointed at as a whole: its name, else its beginning.
fn place_of(block: &Spanned<raw::Calendar>) -> std::ops::Range<usize> {
    block.get_ref().name.as_ref().map_or_else(|| block.span(), Spanned::span)
}

/// `sat` or `mon-fri`, as places in the week.
fn weekdays(text: &str) -> Result<Vec<usize>, Wrong> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let place = |text: &str| WEEKDAYS.iter().position(|name| *name == text);
    match (place(first), place(last)) {
        (Some(first), Some(last)) if first <= last => Ok((first..=last).collect()),
        (Some(first), Some(last)) => Ok((first..7).chain(0..=last).collect()),
        _ => Err(wrong(
            format!("\"{text}\" is no day of the week"),
            format!("one of {}, or the first and the last of several, such as mon-fri", WEEKDAYS.join(", ")),
        )),
    }
}

/// `08:00-18:00`; what ends by the clock before it begins ends the next day.
fn hours(text: &str) -> Result<Minutes, Wrong> {
    const RIGHT: &str = "such as \"08:00-18:00\", or \"22:00-06:00\" to the morning of the next day";
    let read = text.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
    match read {
        Some((from, to)) if from < DAY && from < to => Ok(from..to),
        Some((from, to)) if from < DAY && to < from => Ok(from..to + DAY),
        Some((from, to)) if from < DAY && from == to => {
            Err(wrong(format!("\"{text}\" is no time, or a whole day"), "for a whole day \"00:00-24:00\""))
        }
        _ => Err(wrong(format!("\"{text}\" are no hours of a day"), RIGHT)),
    }
}

/// `HH:MM` as minutes, up to 48:00.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| digits)
    };
    let (hour, minute) = (two_digits(hour)?, two_digits(minute).filter(|minute| *minute < 60)?);
    Some(hour * 60 + minute).filter(|minutes| *minutes <= 2 * DAY)
}

fn date(text: &str) -> Result<Date, Wrong> {
    let read = Date::strptime("%Y-%m-%d", text).ok().filter(|_| text.len() == 10);
    read.filter(|date| (1970..=2110).contains(&date.year()))
        .ok_or_else(|| wrong(format!("\"{text}\" is not a date"), "such as \"2026-12-25\", from 1970 to 2110"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_end_on_their_day_or_on_the_next() {
        assert_eq!(hours("08:00-18:00"), Ok(480..1_080));
        assert_eq!(hours("00:00-24:00"), Ok(0..1_440));
        assert_eq!(hours("22:00-06:00"), Ok(1_320..1_800));
        assert_eq!(hours("22:00-30:00"), Ok(1_320..1_800));
        assert_eq!(hours("12:00-48:00"), Ok(720..2_880));
        for text in
            ["08:00", "8:00-18:00", "08:00-08:00", "24:00-25:00", "08:00-48:01", "08:60-18:00", "08:00-18:00-20:00"]
        {
            assert!(hours(text).is_err(), "{text}");
        }
    }

    #[test]
    fn days_of_the_week_go_on_over_its_end() {
        assert_eq!(weekdays("sat"), Ok(vec![5]));
        assert_eq!(weekdays("mon-fri"), Ok(vec![0, 1, 2, 3, 4]));
        assert_eq!(weekdays("sat-mon"), Ok(vec![5, 6, 0]));
        assert!(weekdays("mon-").is_err() && weekdays("monday").is_err());
    }

    #[test]
    fn a_date_is_written_in_one_way() {
        assert!(date("2026-02-28").is_ok());
        for text in
            ["2026-02-29", "20260228", "2026-2-28", "1969-12-31", "2111-01-01", "2026-02-28T10:00", "+002026-02-28"]
        {
            assert!(date(text).is_err(), "{text}");
        }
    }
}
