//! Business hours, walked over day by day, in UTC.

use super::{DAY, MINUTE};

/// When it is open: minutes of the day, in order and apart; the last may end on the next day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hours {
    pub name: &'static str,
    pub weekdays: &'static [(i64, i64)],
    pub weekend: &'static [(i64, i64)],
}

/// From Monday to Friday, from nine to five.
pub const OFFICE: Hours = Hours { name: "office", weekdays: &[(540, 1_020)], weekend: &[] };

/// Every night, with two pauses, and past midnight.
pub const NIGHTS: Hours = Hours {
    name: "nights",
    weekdays: &[(30, 120), (1_320, 1_390), (1_400, 1_455)],
    weekend: &[(30, 120), (1_320, 1_390), (1_400, 1_455)],
};

/// All that a policy may have.
pub const CALENDARS: [Hours; 2] = [OFFICE, NIGHTS];

impl Hours {
    /// Open time in [from, to).
    pub fn between(&self, from: i64, to: i64) -> i64 {
        let openings = self.openings(from).take_while(|(open, _)| *open < to);
        openings.map(|(open, close)| (close.min(to) - open.max(from)).max(0)).sum()
    }

    /// The first moment by which it was open for so long.
    pub fn after(&self, from: i64, length: i64) -> i64 {
        let mut left = length;
        let mut at = from;
        for (open, close) in self.openings(from).filter(|(_, close)| *close > from) {
            if left == 0 {
                break;
            }
            let open = open.max(from);
            let taken = left.min(close - open);
            (at, left) = (open + taken, left - taken);
        }
        at
    }

    /// Every opening from the day before on, for ever.
    fn openings(&self, from: i64) -> impl Iterator<Item = (i64, i64)> {
        (from.div_euclid(DAY) - 1..).flat_map(|day| {
            let of_day = self.of_day(day).iter();
            of_day.map(move |(open, close)| (day * DAY + open * MINUTE, day * DAY + close * MINUTE))
        })
    }

    /// The hours that begin on a day; day 0 was a Thursday.
    fn of_day(&self, day: i64) -> &'static [(i64, i64)] {
        if (day + 3).rem_euclid(7) < 5 { self.weekdays } else { self.weekend }
    }
}

#[test]
fn open_time_leaves_nights_and_weekends_out() {
    let nine = super::telling::NINE;
    let hour = super::HOUR;
    assert_eq!(OFFICE.between(nine - hour, nine + hour), hour);
    assert_eq!(OFFICE.between(nine, nine + 7 * DAY), 40 * hour);
    assert_eq!(OFFICE.between(nine + 4 * DAY + 8 * hour, nine + 7 * DAY), 0);
    assert_eq!(OFFICE.after(nine, 8 * hour), nine + 8 * hour);
    assert_eq!(OFFICE.after(nine, 9 * hour), nine + DAY + hour);
    assert_eq!(OFFICE.after(nine + 4 * DAY, 8 * hour + 1), nine + 7 * DAY + 1);
    assert_eq!(OFFICE.after(nine - 5 * hour, 0), nine - 5 * hour);
}

#[test]
fn hours_past_midnight_go_on_after_it() {
    let midnight = super::telling::NINE - 9 * super::HOUR;
    assert_eq!(NIGHTS.between(midnight, midnight + 20 * MINUTE), 15 * MINUTE);
    assert_eq!(NIGHTS.between(midnight - 20 * MINUTE, midnight + 31 * MINUTE), 36 * MINUTE);
    assert_eq!(NIGHTS.after(midnight, 16 * MINUTE), midnight + 31 * MINUTE);
}
