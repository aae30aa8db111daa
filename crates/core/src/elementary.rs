//! Exponential and logarithm of many numbers at once.
//!
//! Plain arithmetic in one fixed order, which the compiler lays out for several numbers at a time:
//! the bits do not depend on the processor, nor on how many numbers it takes together. The
//! logarithm divides and expands as fdlibm's does (Sun Microsystems, `e_log.c`); both agree with
//! the exact value to about one unit in the last place.

use pulp::{Arch, NullaryFnOnce};

const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Added to a double below 2⁵¹ it rounds it to a whole number, which then stands in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// Beyond these the exponential is not a normal double.
const LEAST_EXPONENT: f64 = -708.0;
const MOST_EXPONENT: f64 = 709.0;

/// exp(x) − 1 of each; x is taken as 709 where it is above that.
pub fn exp_m1(values: &mut [f64]) {
    Arch::new().dispatch(Each(values, exponential_less_one));
}

/// exp(x) of each; x is taken as −708 where it is below that, as 709 where it is above.
pub fn exp(values: &mut [f64]) {
    Arch::new().dispatch(Each(values, exponential));
}

/// ln(1 + x) of each x from 0.
pub fn ln_1p(values: &mut [f64]) {
    Arch::new().dispatch(Each(values, logarithm_of_one_and));
}

/// A function of each number. A type rather than a closure: only so is it compiled once for each
/// kind of processor.
struct Each<'a, F>(&'a mut [f64], F);

impl<F: Fn(f64) -> f64> NullaryFnOnce for Each<'_, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self(values, of) = self;
        for value in values {
            *value = of(*value);
        }
    }
}

#[inline(always)]
fn exponential(x: f64) -> f64 {
    let (scale, rest) = power_and_rest(x);
    scale * rest + scale
}

#[inline(always)]
fn exponential_less_one(x: f64) -> f64 {
    let (scale, rest) = power_and_rest(x);
    scale * rest + (scale - 1.0)
}

/// 2ⁿ and exp(r) − 1 with x = n·ln 2 + r, |r| ≤ ½ ln 2.
#[inline(always)]
fn power_and_rest(x: f64) -> (f64, f64) {
    let x = x.clamp(LEAST_EXPONENT, MOST_EXPONENT);
    let shifted = x * std::f64::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    // The exponential series: the first term left out is below 2⁻⁵⁸ of the sum.
    let mut sum = 1.0 / 6_227_020_800.0;
    for factorial in [
        479_001_600.0,
        39_916_800.0,
        3_628_800.0,
        362_880.0,
        40_320.0,
        5_040.0,
        720.0,
        120.0,
        24.0,
        6.0,
        2.0,
    ] {
        sum = sum * r + 1.0 / factorial;
    }
    let rest = r + r * r * sum;
    let exponent = shifted.to_bits().wrapping_sub(ROUNDER.to_bits());
    let scale = f64::from_bits(exponent.wrapping_add(1023) << 52);
    (scale, rest)
}

#[inline(always)]
fn logarithm_of_one_and(x: f64) -> f64 {
    const ROOT_OF_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const FRACTION: u64 = (1 << 52) - 1;
    const TWO_TO_52: u64 = 0x4330_0000_0000_0000;
    let u = 1.0 + x;
    // What was lost in rounding 1 + x, on the scale of the logarithm.
    let lost = (x - (u - 1.0)) / u;
    // u = 2ᵏ·m with m from √½ to √2.
    let above = u.to_bits().wrapping_sub(ROOT_OF_HALF);
    let k = f64::from_bits((above >> 52) | TWO_TO_52) - f64::from_bits(TWO_TO_52);
    let m = f64::from_bits((above & FRACTION).wrapping_add(ROOT_OF_HALF));
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let mut series = 1.479_819_860_511_658_6e-1;
    for coefficient in [
        1.531_383_769_920_937_3e-1,
        1.818_357_216_161_805e-1,
        2.222_219_843_214_978_4e-1,
        2.857_142_874_366_239e-1,
        3.999_999_999_940_942e-1,
        6.666_666_666_666_735e-1,
    ] {
        series = series * z + coefficient;
    }
    let half_square = 0.5 * f * f;
    let curved = s * (half_square + series * z) + (k * LN2_LOW + lost);
    k * LN2_HIGH - ((half_square - curved) - f)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units_apart(got: f64, expected: f64) -> u64 {
        got.to_bits().abs_diff(expected.to_bits())
    }

    /// Numbers from 2⁻⁶⁰ to 2⁴⁰ in steps of about a thousandth.
    fn positive() -> Vec<f64> {
        (-60_000..40_000)
            .map(|at| libm::exp2(f64::from(at) / 1000.0))
            .collect()
    }

    #[test]
    fn the_logarithm_is_that_of_libm() {
        let given = positive();
        let mut got = given.clone();
        ln_1p(&mut got);
        for (x, got) in given.iter().zip(got) {
            assert!(
                units_apart(got, libm::log1p(*x)) <= 2,
                "ln(1 + {x}) = {got}"
            );
        }
    }

    #[test]
    fn the_exponential_is_that_of_libm() {
        let given: Vec<f64> = (-70_000..70_000).map(|at| f64::from(at) * 0.01).collect();
        let (mut got, mut less_one) = (given.clone(), given.clone());
        exp(&mut got);
        exp_m1(&mut less_one);
        for ((x, got), less_one) in given.iter().zip(got).zip(less_one) {
            assert!(units_apart(got, libm::exp(*x)) <= 2, "exp({x}) = {got}");
            assert!(
                units_apart(less_one, libm::expm1(*x)) <= 4,
                "exp({x}) - 1 = {less_one}"
            );
        }
        let mut small = positive();
        small.retain(|x| *x < 0.5);
        for x in small {
            let mut got = [x, -x];
            exp_m1(&mut got);
            assert!(units_apart(got[0], libm::expm1(x)) <= 2, "{x}");
            assert!(units_apart(got[1], libm::expm1(-x)) <= 2, "{x}");
        }
    }

    #[test]
    fn the_ends_are_exact_and_finite() {
        let mut values = [0.0, -0.0];
        exp_m1(&mut values);
        assert_eq!(values, [0.0, 0.0]);
        let mut values = [0.0];
        ln_1p(&mut values);
        assert_eq!(values, [0.0]);
        let mut values = [-1e9, 1e9];
        exp(&mut values);
        assert!(values[0] < 1e-300 && values[1].is_finite());
    }

    #[test]
    fn a_number_does_not_depend_on_those_beside_it() {
        let given = positive();
        let mut together = given.clone();
        ln_1p(&mut together);
        for (x, together) in given.iter().zip(together).step_by(97) {
            let mut alone = [*x];
            ln_1p(&mut alone);
            assert_eq!(alone[0].to_bits(), together.to_bits());
        }
    }
}
