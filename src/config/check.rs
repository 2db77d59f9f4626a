//! What one setting demands of another. Every value is good by itself by now.
//!
//! **Whose fault.** Of two settings that do not go together, the one typed over or below the other is shown: it met a
//! configuration that was right.

use std::ops::Range;

use toml::Spanned;

use super::Config;
use super::error::Problem;
use super::raw::{self, Raw, Typed};
use super::value::{DAY, HOUR, MINUTE};
use crate::rules::{Rules, ServiceLevel, Window, Windows};
use crate::time::Span;

/// Tells every pair of settings that do not go together.
pub(super) fn relations(raw: &Raw, config: &Config) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    windows(&raw.windows, &config.rules.windows, &mut problems);
    contact_ttl(raw, &config.rules, &mut problems);
    short_abandon(raw, &config.rules, &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn windows(raw: &raw::Windows, windows: &Windows, problems: &mut Vec<Problem>) {
    let slot = windows.slot;
    if !divides(slot, MINUTE) {
        problems.push(Problem::new(
            raw.slot.span(),
            format!("{slot} does not divide a minute"),
            "such as 1s, 5s, 10s, 15s or 30s",
        ));
        return;
    }
    let typed = raw.sizes.get_ref().iter().chain(raw.intervals.get_ref());
    for (typed, window) in typed.zip(windows.kept.iter().filter(|window| !matches!(window, Window::Last(_)))) {
        problems.extend(window_problem(typed, *window, slot, &raw.slot));
    }
}

fn window_problem(typed: &Typed, window: Window, slot: Span, slot_typed: &Typed) -> Option<Problem> {
    let (Window::Sliding(span) | Window::This(span)) = window else { return None };
    if !divides(slot, span) {
        let what = format!("a window of {span} is not a whole number of slots of {slot}");
        return Some(Problem::new(later(typed, slot_typed), what, format!("a multiple of windows.slot, {slot}")));
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

fn contact_ttl(raw: &Raw, rules: &Rules, problems: &mut Vec<Problem>) {
    let spans = match raw.contact_ttl.get_ref() {
        raw::ByChannel::One(_) => vec![(raw.contact_ttl.span(), rules.contact_ttl.default)],
        raw::ByChannel::Each(typed) => {
            typed.iter().map(|(channel, span)| (span.span(), rules.contact_ttl.of(channel.get_ref()))).collect()
        }
    };
    for (at, ttl) in spans {
        problems.extend(ttl_problem(raw, rules, at, ttl));
    }
}

fn ttl_problem(raw: &Raw, rules: &Rules, at: Range<usize>, ttl: Span) -> Option<Problem> {
    let (lateness, after) = (rules.lateness, rules.after_contact_max);
    if ttl <= lateness {
        let what = format!("a contact_ttl of {ttl} is not more than the lateness of {lateness}");
        return Some(Problem::new(
            later_of(at, raw.lateness.span()),
            what,
            "a contact is closed only once its events are final",
        ));
    }
    (ttl < after).then(|| {
        let what = format!("a contact_ttl of {ttl} is less than the after_contact_max of {after}");
        let right = "a contact is closed only once its after-contact work may be over";
        Problem::new(later_of(at, raw.after_contact_max.span()), what, right)
    })
}

fn short_abandon(raw: &Raw, rules: &Rules, problems: &mut Vec<Problem>) {
    let centre = &raw.service_level;
    let whole = short_abandon_problem(centre, centre, &rules.service_level, "");
    let centre_is_wrong = whole.is_some();
    problems.extend(whole);
    for queue in &raw.queue {
        let own = &queue.service_level;
        let inherits = own.threshold.is_none() && own.short_abandon.is_none();
        if inherits && centre_is_wrong {
            continue;
        }
        let name = queue.name.get_ref();
        problems.extend(short_abandon_problem(
            own,
            centre,
            rules.service_level(name),
            &format!(" of queue \"{name}\""),
        ));
    }
}

fn short_abandon_problem(
    own: &raw::ServiceLevel,
    centre: &raw::ServiceLevel,
    meant: &ServiceLevel,
    whose: &str,
) -> Option<Problem> {
    let (short, threshold) = (meant.short_abandon, meant.threshold);
    (short > threshold).then(|| {
        let place =
            |own: &Option<Typed>, centre: &Option<Typed>| own.as_ref().or(centre.as_ref()).map_or(0..0, Spanned::span);
        let shorts = place(&own.short_abandon, &centre.short_abandon);
        let at = later_of(shorts, place(&own.threshold, &centre.threshold));
        let what = format!("the short_abandon{whose}, {short}, is more than its threshold, {threshold}");
        Problem::new(
            at,
            what,
            format!("make short_abandon at most {threshold} (0s: off), or threshold at least {short}"),
        )
    })
}

fn later(one: &Typed, other: &Typed) -> Range<usize> {
    later_of(one.span(), other.span())
}

fn later_of(one: Range<usize>, other: Range<usize>) -> Range<usize> {
    if one.start >= other.start { one } else { other }
}
