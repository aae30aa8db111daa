//! Draws from distributions, each from the uniform draws of its own key.

use std::f64::consts::PI;

use super::Draws;

/// Below this mean a Poisson draw sums its probabilities; above, it rejects.
const POISSON_BY_SUMMING: f64 = 10.0;
/// Below this mean a binomial draw sums its probabilities; above, it rejects.
const BINOMIAL_BY_SUMMING: f64 = 10.0;

impl Draws {
    /// A uniform draw in (0, 1), never 0 or 1.
    pub fn uniform(&mut self) -> f64 {
        self.uniform_pair()[0]
    }

    /// A draw from the standard normal distribution (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let [radius, angle] = self.uniform_pair();
        (-2.0 * libm::log(radius)).sqrt() * libm::cos(2.0 * PI * angle)
    }

    /// A draw from the Poisson distribution. 0 where `mean` is not positive or not finite.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if !(mean > 0.0 && mean.is_finite()) {
            0
        } else if mean < POISSON_BY_SUMMING {
            self.poisson_by_summing(mean)
        } else {
            self.poisson_by_rejection(mean)
        }
    }

    fn poisson_by_summing(&mut self, mean: f64) -> u64 {
        let mut left = self.uniform();
        let mut probability = libm::exp(-mean);
        let mut count = 0u64;
        // The probability underflows long before the count is large: the loop ends.
        while left > probability && probability > 0.0 {
            left -= probability;
            count += 1;
            probability *= mean / count as f64;
        }
        count
    }

    /// PTRS of Hörmann, "The transformed rejection method for generating Poisson random
    /// variables", Insurance: Mathematics and Economics 12 (1993) 39–45.
    fn poisson_by_rejection(&mut self, mean: f64) -> u64 {
        let b = 0.931 + 2.53 * mean.sqrt();
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let v_r = 0.9277 - 3.6224 / (b - 2.0);
        let log_mean = libm::log(mean);
        loop {
            let [first, v] = self.uniform_pair();
            let u = first - 0.5;
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
            if us >= 0.07 && v <= v_r {
                return k as u64;
            }
            if k < 0.0 || (us < 0.013 && v > us) {
                continue;
            }
            let bound = libm::log(v * inverse_alpha / (a / (us * us) + b));
            if bound <= k * log_mean - mean - libm::lgamma(k + 1.0) {
                return k as u64;
            }
        }
    }

    /// A draw from the gamma distribution of scale 1 (Marsaglia and Tsang, "A simple method for
    /// generating gamma variables", ACM Transactions on Mathematical Software 26 (2000) 363–372).
    /// 0 where `shape` is not positive or not finite.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if !(shape > 0.0 && shape.is_finite()) {
            return 0.0;
        }
        if shape < 1.0 {
            let boosted = self.gamma(shape + 1.0);
            return boosted * libm::pow(self.uniform(), 1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            let v = root * root * root;
            if v <= 0.0 {
                continue;
            }
            if libm::log(self.uniform()) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }

    /// A draw from the binomial distribution of `n` trials with probability `p`, which is taken to
    /// lie from 0 to 1; 0 where it is not a number.
    pub fn binomial(&mut self, n: u64, p: f64) -> u64 {
        if n == 0 || p.is_nan() || p <= 0.0 {
            0
        } else if p >= 1.0 {
            n
        } else if p > 0.5 {
            n - self.binomial(n, 1.0 - p)
        } else if n as f64 * p < BINOMIAL_BY_SUMMING {
            self.binomial_by_summing(n, p)
        } else {
            self.binomial_by_rejection(n, p)
        }
    }

    fn binomial_by_summing(&mut self, n: u64, p: f64) -> u64 {
        let odds = p / (1.0 - p);
        let mut left = self.uniform();
        let mut probability = libm::exp(n as f64 * libm::log1p(-p));
        let mut count = 0u64;
        while left > probability && count < n {
            left -= probability;
            probability *= odds * (n - count) as f64 / (count + 1) as f64;
            count += 1;
        }
        count
    }

    /// BTRS of Hörmann, "The generation of binomial random variates", Journal of Statistical
    /// Computation and Simulation 46 (1993) 101–110.
    fn binomial_by_rejection(&mut self, n: u64, p: f64) -> u64 {
        let trials = n as f64;
        let spread = (trials * p * (1.0 - p)).sqrt();
        let b = 1.15 + 2.53 * spread;
        let a = -0.0873 + 0.0248 * b + 0.01 * p;
        let c = trials * p + 0.5;
        let alpha = (2.83 + 5.1 / b) * spread;
        let v_r = 0.92 - 4.2 / b;
        let log_odds = libm::log(p / (1.0 - p));
        let mode = ((trials + 1.0) * p).floor();
        let log_of = |k: f64| libm::lgamma(k + 1.0) + libm::lgamma(trials - k + 1.0);
        let at_mode = log_of(mode);
        loop {
            let [first, v] = self.uniform_pair();
            let u = first - 0.5;
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + c).floor();
            if us >= 0.07 && v <= v_r {
                return k as u64;
            }
            if k < 0.0 || k > trials {
                continue;
            }
            let bound = libm::log(v * alpha / (a / (us * us) + b));
            if bound <= at_mode - log_of(k) + (k - mode) * log_odds {
                return k as u64;
            }
        }
    }

    /// A draw from the negative binomial distribution with variance mean + dispersion · mean²;
    /// Poisson where `dispersion` is not positive.
    pub fn negative_binomial(&mut self, mean: f64, dispersion: f64) -> u64 {
        if dispersion.is_nan() || dispersion <= 0.0 {
            return self.poisson(mean);
        }
        let rate = self.gamma(1.0 / dispersion) * dispersion * mean;
        self.poisson(rate)
    }
}
