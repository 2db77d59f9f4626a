//! Buckets of durations, in the layout of HdrHistogram at two significant digits: every value is known within 0.8 %.
//!
//! **Why the layout and not the structure.** A dense histogram is 10 kB; one per queue and slot does not fit. A tally keeps only
//! the buckets that hold something, and a sample can be withdrawn. The layout is the same, so a distribution converts to and
//! from an `hdrhistogram` without loss; a test holds the two together.

use crate::time::Span;

/// Values below 2^8 ms have a bucket each; above, every doubling has 2^7 buckets.
const UNIT_BITS: u32 = 8;
const HALF_BITS: u32 = UNIT_BITS - 1;
const HALF: u64 = 1 << HALF_BITS;
/// The longest duration that is told apart, 2^42 ms (139 years); event times span 131.
const VALUE_MAX: u64 = (1 << 42) - 1;

/// The bucket of a duration; negative ones count as none.
pub fn bucket(duration: Span) -> u16 {
    let value = u64::try_from(duration.as_millis()).unwrap_or(0).min(VALUE_MAX);
    let shift = shift_of(value);
    let index = u64::from(shift) * HALF + (value >> shift);
    u16::try_from(index).expect("35 doublings of 128 buckets")
}

/// The middle of a bucket: off by at most 0.4 % of any value in it.
pub fn middle(bucket: u16) -> Span {
    let (low, width) = bounds(bucket);
    Span::from_millis(i64::try_from(low + (width - 1) / 2).expect("at most 2^42"))
}

/// The least value of a bucket in milliseconds, and how many values it holds.
fn bounds(bucket: u16) -> (u64, u64) {
    let bucket = u64::from(bucket);
    let shift = (bucket / HALF).saturating_sub(1);
    ((bucket - shift * HALF) << shift, 1 << shift)
}

fn shift_of(value: u64) -> u32 {
    (u64::BITS - value.leading_zeros()).saturating_sub(UNIT_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdrhistogram::Histogram;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn buckets_are_those_of_hdrhistogram(value in prop_oneof![0u64..70_000, 0u64..VALUE_MAX]) {
            let hdr = Histogram::<u64>::new_with_bounds(1, VALUE_MAX, 2).unwrap();
            let (low, width) = bounds(bucket(Span::from_millis(value as i64)));
            prop_assert_eq!(low, hdr.lowest_equivalent(value));
            prop_assert_eq!(low + width - 1, hdr.highest_equivalent(value));
        }

        #[test]
        fn the_middle_is_within_a_percent(value in 0i64..1 << 42) {
            let middle = middle(bucket(Span::from_millis(value))).as_millis();
            prop_assert!((middle - value).abs() * 100 <= value);
        }

        #[test]
        fn longer_is_never_in_a_lower_bucket(value in 0i64..1 << 42, more in 0i64..1 << 30) {
            let (short, long) = (Span::from_millis(value), Span::from_millis(value + more));
            prop_assert!(bucket(short) <= bucket(long));
        }
    }
}
