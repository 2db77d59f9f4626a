//! What one setting demands of another.
//!
//! **Whose fault.** Of two settings that do not go together, the one typed over or below the other is shown: it met a
//! configuration that was right. A setting that is wrong by itself is told already, and nothing is demanded of it.

use std::ops::Range;

use super::error::Problem;
use super::layers;
use super::raw::{self, Raw, Typed};
use super::read::Reader;
use super::value::{DAY, HOUR, MINUTE, SECOND, TTL, size, span_within};
use crate::rules::{Rules, Window};
use crate::time::Span;

/// Tells every pair of settings that do not go together.
pub(super) fn relations(raw: &Raw, rules: &Rules, reader: &mut Reader) {
    windows(&raw.windows, rules.windows.slot, reader);
    contact_ttl(raw, rules, reader);
    ticket_ttl(raw, rules, reader);
    layers::short_abandons(raw, reader);
}

fn windows(raw: &raw::Windows, slot: Span, reader: &mut Reader) {
    if reader.told(&raw.slot.span()) {
        return;
    }
    if !divides(slot, MINUTE) {
        let what = format!("{slot} does not divide a minute");
        reader.refuse::<()>(raw.slot.span(), what, "such as 1s, 5s, 10s, 15s or 30s");
        return;
    }
    let sizes = raw.sizes.get_ref().iter().map(|typed| (typed, size(typed.get_ref()).ok()));
    let intervals = raw.intervals.get_ref().iter();
    let intervals = intervals.map(|typed| (typed, span_within(typed.get_ref(), SECOND..=DAY).ok().map(Window::This)));
    for (typed, window) in sizes.chain(intervals) {
        let problem = window.and_then(|window| window_problem(typed, window, slot, &raw.slot));
        problem.into_iter().for_each(|problem| reader.tell(problem));
    }
}

fn window_problem(typed: &Typed, window: Window, slot: Span, slot_typed: &Typed) -> Option<Problem> {
    let (Window::Sliding(span) | Window::This(span)) = window else { return None };
    if !divides(slot, span) {
        let what = format!("a window of {span} is not a whole number of slots of {slot}");
        let at = later_of(typed.span(), slot_typed.span());
        return Some(Problem::new(at, what, format!("a multiple of windows.slot, {slot}")));
    }
    let aligned = divides(span, HOUR) || divides(HOUR, span) && divides(span, DAY);
    (matches!(window, Window::This(_)) && !aligned).then(|| {
        let what = format!("intervals of {span} do not fit the clock");
        Problem::new(typed.span(), what, "divide an hour, such as 15m, or a day into whole hours, such as 2h")
    })
}

fn divides(part: Span, whole: Span) -> bool {
    whole.as_millis() % part.as_millis() == 0
}

fn contact_ttl(raw: &Raw, rules: &Rules, reader: &mut Reader) {
    let spans: Vec<(&str, Range<usize>)> = match raw.contact_ttl.get_ref() {
        raw::ByChannel::One(text) => vec![(text, raw.contact_ttl.span())],
        raw::ByChannel::Each(typed) => typed.values().map(|span| (span.get_ref().as_str(), span.span())).collect(),
    };
    for (text, at) in spans {
        let Ok(ttl) = span_within(text, TTL) else { continue };
        if !reader.told(&at) {
            ttl_problem(raw, rules, at, ttl, reader);
        }
    }
}

fn ttl_problem(raw: &Raw, rules: &Rules, at: Range<usize>, ttl: Span, reader: &mut Reader) {
    let (lateness, after) = (rules.lateness, rules.after_contact_max);
    if ttl <= lateness && !reader.told(&raw.lateness.span()) {
        let what = format!("a contact_ttl of {ttl} is not more than the lateness of {lateness}");
        let right = "a contact is closed only once its events are final";
        reader.tell(Problem::new(later_of(at, raw.lateness.span()), what, right));
    } else if ttl < after && !reader.told(&raw.after_contact_max.span()) {
        let what = format!("a contact_ttl of {ttl} is less than the after_contact_max of {after}");
        let right = "a contact is closed only once its after-contact work may be over";
        reader.tell(Problem::new(later_of(at, raw.after_contact_max.span()), what, right));
    }
}

fn ticket_ttl(raw: &Raw, rules: &Rules, reader: &mut Reader) {
    let (at, ttl) = (raw.ticket_ttl.span(), rules.tickets.ttl);
    if ttl <= rules.lateness && !reader.told(&at) && !reader.told(&raw.lateness.span()) {
        let what = format!("a ticket_ttl of {ttl} is not more than the lateness of {}", rules.lateness);
        let right = "a ticket is given up only once its events are final";
        reader.tell(Problem::new(later_of(at, raw.lateness.span()), what, right));
    }
}

/// The place of what was typed over or below the other.
pub(super) fn later_of(one: Range<usize>, other: Range<usize>) -> Range<usize> {
    if one.start >= other.start { one } else { other }
}
