//! Chance: one stream of random numbers, and the distributions that a contact centre needs.
//!
//! **Why own arithmetic.** The same seed gives the same bytes on every machine. The logarithm and the exponential of the
//! standard library are the platform's and may differ in the last bit; these use only `+ - * /` and `sqrt`, which IEEE 754 fixes.
//! SplitMix64 (Steele, Lea, Flood 2014) is the generator: small, fast, and good for simulation; not for secrets.
//!
//! **Invariant.** The n-th number of a stream depends on its seed and name alone.

use crate::time::Span;

/// One stream of random numbers.
#[derive(Clone, Debug)]
pub struct Chance(u64);

/// What a stream is for. Streams of one seed are independent, so that what is drawn of one never shifts another.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    /// When contacts arrive.
    Arrivals,
    /// How busy a queue is at a knot of its curve.
    Surge { queue: usize, knot: i64 },
    /// What customers and agents do.
    Conduct,
    /// How events are sent.
    Delivery,
    /// When tickets arrive.
    Post,
    /// What becomes of tickets.
    Tickets,
    /// How agents are told of.
    Presence,
    /// What customers and reviewers say.
    Opinions,
}

impl Chance {
    /// The stream of this seed and name.
    pub fn new(seed: u64, stream: Stream) -> Self {
        let (kind, part) = match stream {
            Stream::Arrivals => (1, 0),
            Stream::Surge { queue, knot } => (2 + ((queue as u64) << 8), knot.cast_unsigned()),
            Stream::Conduct => (3, 0),
            Stream::Delivery => (4, 0),
            Stream::Post => (5, 0),
            Stream::Tickets => (6, 0),
            Stream::Presence => (7, 0),
            Stream::Opinions => (8, 0),
        };
        Self(scramble(scramble(scramble(seed) ^ kind) ^ part))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scramble(self.0)
    }

    /// Uniform in [0, 1).
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with this probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// Uniform in [0, n).
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// One of these.
    pub fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// Uniform in [least, most], in whole milliseconds.
    pub fn between(&mut self, least: Span, most: Span) -> Span {
        let width = (most.as_millis() - least.as_millis()).max(0).cast_unsigned() + 1;
        least + Span::from_millis(self.below(width).cast_signed())
    }

    /// Exponential with mean 1: the gap between events that know nothing of each other.
    pub fn exponential(&mut self) -> f64 {
        -ln(1.0 - self.share())
    }

    /// Weibull with shape 4/3 and scale 1: the longer somebody has waited, the sooner they give up. Its mean is 0.919.
    pub fn patience(&mut self) -> f64 {
        let gap = self.exponential();
        gap.sqrt() * gap.sqrt().sqrt()
    }

    /// Log-normal with median 1: most are short, some are very long. Its mean is exp(sigma² / 2).
    pub fn long_tailed(&mut self, sigma: f64) -> f64 {
        exp(sigma * self.normal())
    }

    /// Nearly standard normal: the sum of twelve uniforms less six, so never beyond six.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}

/// The output function of SplitMix64: every bit of the input stirs every bit of the output.
fn scramble(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The natural logarithm of a normal positive number, within 1e-12: the exponent's part exactly, the rest as the series of artanh.
fn ln(x: f64) -> f64 {
    const TERMS: u32 = 12;
    let exponent = ((x.to_bits() >> 52) & 0x7ff) as f64 - 1_023.0;
    let mantissa = f64::from_bits((x.to_bits() & ((1 << 52) - 1)) | (1_023 << 52));
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let series = (0..TERMS).rev().fold(0.0, |sum, k| sum * s * s + 1.0 / f64::from(2 * k + 1));
    exponent * std::f64::consts::LN_2 + 2.0 * s * series
}

/// The exponential of a number within ±10, to a relative 1e-12: a short series, squared eight times.
pub fn exp(x: f64) -> f64 {
    const TERMS: u32 = 8;
    let small = x / 256.0;
    let series = (1..TERMS).rev().fold(1.0, |sum, k| 1.0 + sum * small / f64::from(k));
    (0..8).fold(series, |power, _| power * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: u32 = 100_000;

    fn mean(mut draw: impl FnMut(&mut Chance) -> f64) -> f64 {
        let mut chance = Chance::new(7, Stream::Conduct);
        (0..DRAWS).map(|_| draw(&mut chance)).sum::<f64>() / f64::from(DRAWS)
    }

    #[test]
    fn logarithm_and_exponential_are_those_of_the_textbook() {
        for x in [1e-16, 0.003, 0.5, 0.999_999, 1.0, 1.7, 40.0] {
            assert!((ln(x) - x.ln()).abs() < 1e-11 * x.ln().abs().max(1.0), "ln {x}");
        }
        for x in [-9.5, -1.0, -1e-9, 0.0, 0.4, 3.0, 9.5_f64] {
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-11, "exp {x}");
        }
    }

    #[test]
    fn the_distributions_have_the_means_that_they_promise() {
        let near = |mean: f64, promised: f64| (mean / promised - 1.0).abs() < 0.02;
        assert!(near(mean(Chance::share), 0.5));
        assert!(near(mean(Chance::exponential), 1.0));
        assert!(near(mean(Chance::patience), 0.919));
        assert!(near(mean(|chance| chance.long_tailed(0.7)), exp(0.7 * 0.7 / 2.0)));
        assert!(near(mean(|chance| chance.below(11) as f64), 5.0));
    }

    #[test]
    fn between_reaches_both_its_ends_and_nothing_else() {
        let mut chance = Chance::new(1, Stream::Delivery);
        let mut seen: Vec<i64> =
            (0..200).map(|_| chance.between(Span::from_millis(3), Span::from_millis(5)).as_millis()).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [3, 4, 5]);
    }

    #[test]
    fn streams_of_one_seed_differ_and_the_numbers_of_a_stream_never_change() {
        let first = |seed, stream| Chance::new(seed, stream).next();
        assert_ne!(first(1, Stream::Arrivals), first(1, Stream::Conduct));
        assert_ne!(first(1, Stream::Surge { queue: 0, knot: 1 }), first(1, Stream::Surge { queue: 1, knot: 1 }));
        assert_ne!(first(1, Stream::Surge { queue: 0, knot: 1 }), first(1, Stream::Surge { queue: 0, knot: 2 }));
        assert_ne!(first(1, Stream::Arrivals), first(2, Stream::Arrivals));
        assert_eq!(scramble(0x9e37_79b9_7f4a_7c15), 0xe220_a839_7b1d_cdaf, "the published first number of seed 0");
    }
}
