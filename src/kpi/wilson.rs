//! The Wilson score interval of a share: between which values the true share lies, at 95 %.
//!
//! **Why Wilson's.** The textbook interval p ± z √(p(1 - p)/n) has no width where everybody is satisfied and leaves [0, 1] where
//! few answered, which is when people ask for an interval. Wilson's keeps its promise from a handful of answers on (Wilson 1927;
//! Brown, Cai and DasGupta 2001 recommend it for small samples).
//!
//! (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n), with z the 97.5 % point of the normal distribution.

/// The 97.5 % point of the normal distribution.
const Z: f64 = 1.959_964;

/// Least and greatest share that go with `good` of `all`, in [0, 1]; `None` of nothing. `good` is in [0, all].
pub(super) fn interval(good: i64, all: i64) -> Option<(f64, f64)> {
    if all <= 0 {
        return None;
    }
    let n = all as f64;
    let p = good as f64 / n;
    let z2 = Z * Z;
    let middle = p + z2 / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).max(0.0).sqrt();
    let whole = 1.0 + z2 / n;
    Some((((middle - half) / whole).clamp(0.0, 1.0), ((middle + half) / whole).clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_that_newcombe_published() {
        // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        let published = [
            ((81, 263), (0.2553, 0.3662)),
            ((15, 148), (0.0624, 0.1605)),
            ((0, 20), (0.0, 0.1611)),
            ((1, 29), (0.0061, 0.1718)),
        ];
        for ((good, all), (low, high)) in published {
            let own = interval(good, all).unwrap();
            let near = |a: f64, b: f64| (a - b).abs() < 0.5e-4 + 1e-9;
            assert!(near(own.0, low) && near(own.1, high), "{good} of {all}: {own:?}");
        }
    }

    #[test]
    fn nothing_has_no_interval_and_everybody_satisfied_is_not_certain() {
        assert_eq!(interval(0, 0), None);
        let (low, high) = interval(3, 3).unwrap();
        assert!(low < 0.5 && high == 1.0, "{low} {high}");
    }
}
