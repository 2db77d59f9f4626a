//! Whether `short_abandon` is at most the threshold, wherever the two of them meet.
//!
//! **Where they meet.** In the centre, in every named queue and, for queues that nobody named, in every pattern; each on all
//! channels and on each that has settings of its own. A pattern's own text is a name that it matches, and stands for the
//! queues that it is for: so a pattern is looked at under all that are more general, and never under what holds for others.
//! Where two patterns meet that are neither, the rules cut `short_abandon`.

use std::collections::BTreeSet;

use super::check::later_of;
use super::error::Problem;
use super::raw::{self, Raw, Typed};
use super::read::Reader;
use super::value::{DAY, SECOND, span_within};
use crate::rules::{Pattern, QueueSettings};
use crate::time::Span;

/// Blocks for many queues, in the order of the file.
type Patterns<'a> = [(Pattern, &'a raw::Queue)];

/// Settings that meet, the lower first, and whose they are.
struct Meeting<'a> {
    whose: String,
    layers: Vec<&'a raw::ServiceLevel>,
}

/// Tells every `short_abandon` that is more than its threshold; two settings that do not go together once.
pub(super) fn short_abandons(raw: &Raw, reader: &mut Reader) {
    let mut told = BTreeSet::new();
    for meeting in meetings(raw, reader) {
        let Some((short, threshold)) = meeting.typed() else { continue };
        if let Some(problem) = problem(&meeting.whose, short, threshold, reader)
            && told.insert((short.span().start, threshold.span().start))
        {
            reader.tell(problem);
        }
    }
}

fn meetings<'a>(raw: &'a Raw, reader: &Reader) -> Vec<Meeting<'a>> {
    let good = |typed: &'a Option<Typed>| typed.as_ref().filter(|typed| !reader.told(&typed.span()));
    let blocks = || raw.queue.iter().map(|block| block.get_ref());
    let matching = blocks().filter_map(|block| Some((good(&block.pattern)?, block)));
    let patterns: Vec<(Pattern, &raw::Queue)> =
        matching.map(|(text, block)| (Pattern::new(text.get_ref(), QueueSettings::default()), block)).collect();
    let named = blocks().filter_map(|block| Some((good(&block.name)?.get_ref(), block)));
    let centre = Meeting { whose: String::new(), layers: vec![&raw.service_level] };
    let of_patterns = patterns.iter().flat_map(|(pattern, _)| {
        let whose = format!(" of queues that match \"{}\"", pattern.text());
        met(&whose, blocks_of(pattern.text(), &patterns), raw)
    });
    let of_queues = named.flat_map(|(name, own)| {
        let blocks = blocks_of(name, &patterns).into_iter().chain([own]).collect();
        met(&format!(" of queue \"{name}\""), blocks, raw)
    });
    [centre].into_iter().chain(of_patterns).chain(of_queues).collect()
}

fn blocks_of<'a>(queue: &str, patterns: &Patterns<'a>) -> Vec<&'a raw::Queue> {
    patterns.iter().filter(|(pattern, _)| pattern.matches(queue)).map(|(_, block)| *block).collect()
}

/// What meets where these blocks lie over the centre: on all channels, and on each that one of them speaks of.
fn met<'a>(whose: &str, blocks: Vec<&'a raw::Queue>, raw: &'a Raw) -> Vec<Meeting<'a>> {
    let own = blocks.iter().map(|block| &block.service_level);
    let common: Vec<&raw::ServiceLevel> = [&raw.service_level].into_iter().chain(own).collect();
    let channels: BTreeSet<&Typed> = blocks.iter().flat_map(|block| block.channel.keys()).collect();
    let on_one = channels.into_iter().map(|channel| {
        let own = blocks.iter().filter_map(|block| block.channel.get(channel)).map(|own| &own.service_level);
        let layers = common.iter().copied().chain(own).collect();
        Meeting { whose: format!("{whose} on {channel}"), layers }
    });
    let on_all = Meeting { whose: whose.to_owned(), layers: common.clone() };
    [on_all].into_iter().chain(on_one).collect()
}

impl<'a> Meeting<'a> {
    /// The `short_abandon` and the threshold that hold.
    fn typed(&self) -> Option<(&'a Typed, &'a Typed)> {
        let top = self.layers.iter().rev();
        let short = top.clone().find_map(|level| level.short_abandon.as_ref());
        Some((short?, top.clone().find_map(|level| level.threshold.as_ref())?))
    }
}

fn problem(whose: &str, short_typed: &Typed, threshold_typed: &Typed, reader: &Reader) -> Option<Problem> {
    let (at_short, at_threshold) = (short_typed.span(), threshold_typed.span());
    let short = span_within(short_typed.get_ref(), Span::ZERO..=DAY).ok()?;
    let threshold = span_within(threshold_typed.get_ref(), SECOND..=DAY).ok()?;
    let good = !reader.told(&at_short) && !reader.told(&at_threshold);
    (good && short > threshold).then(|| {
        let what = format!("the short_abandon{whose}, {short}, is more than its threshold, {threshold}");
        let right = format!("make short_abandon at most {threshold} (0s: off), or threshold at least {short}");
        Problem::new(later_of(at_short, at_threshold), what, right)
    })
}
