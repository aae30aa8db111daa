//! Deviations as bytes, on a logarithmic scale: 18 steps to a doubling, each 3.9 % more than the one
//! below, so that a deviation is kept to 2 %, which is far less than is known of it.

use std::sync::LazyLock;

/// The smallest deviation that is told from 0: 2⁻¹¹.
const LEAST: f64 = 1.0 / 2048.0;
/// Steps to a doubling.
const PER_DOUBLING: usize = 18;

/// The deviation that each byte stands for: 0, then up to 8.6. Powers of two are kept exactly.
static DEVIATIONS: LazyLock<[f32; 256]> = LazyLock::new(|| {
    let mut deviations = [0.0; 256];
    for (at, own) in deviations[1..].iter_mut().enumerate() {
        let doublings = LEAST * (1_u64 << (at / PER_DOUBLING)) as f64;
        let part = (at % PER_DOUBLING) as f64 / PER_DOUBLING as f64;
        *own = (doublings * libm::exp2(part)) as f32;
    }
    deviations
});

/// The deviation that a byte stands for.
pub fn deviation(step: u8) -> f32 {
    DEVIATIONS[usize::from(step)]
}

/// The byte whose deviation is nearest.
pub fn step(deviation: f32) -> u8 {
    let table = &*DEVIATIONS;
    let above = table.partition_point(|own| *own < deviation).min(255);
    let below = above.saturating_sub(1);
    let nearer_below = deviation - table[below] < table[above] - deviation;
    // Places of a table of 256.
    (if nearer_below { below } else { above }) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deviation_is_kept_to_two_percent() {
        for given in [6e-4_f32, 0.02, 0.125, 0.5, 1.0, 3.7, 8.5] {
            let kept = deviation(step(given));
            assert!((kept / given - 1.0).abs() <= 0.02, "{given} became {kept}");
        }
        assert_eq!(deviation(step(0.0)), 0.0);
        assert_eq!(step(1e9), 255);
    }

    #[test]
    fn what_was_kept_is_kept_as_it_is() {
        for byte in 0..=255 {
            assert_eq!(step(deviation(byte)), byte);
        }
    }
}
