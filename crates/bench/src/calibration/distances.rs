//! Errors in units of the deviation that was predicted for them.

/// |truth − prediction| / deviation of a set of genes, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct Distances(Vec<f32>);

impl Distances {
    /// Of errors and their deviations. An error of nothing is no distance, whatever its deviation.
    pub fn of(errors: impl Iterator<Item = (f64, f64)>) -> Self {
        let distance = |(error, deviation): (f64, f64)| {
            if error == 0.0 {
                0.0
            } else {
                (error.abs() / deviation) as f32
            }
        };
        let mut distances: Vec<f32> = errors.map(distance).collect();
        distances.sort_by(f32::total_cmp);
        Self(distances)
    }

    /// The share of the genes whose error is at most `factor` deviations; none of no gene.
    pub fn within(&self, factor: f64) -> Option<f64> {
        let inside = self
            .0
            .partition_point(|&distance| f64::from(distance) <= factor);
        (!self.0.is_empty()).then(|| inside as f64 / self.0.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_covers_the_errors_that_are_at_most_its_half_width() {
        let distances =
            Distances::of([(-1.0, 1.0), (3.0, 1.0), (0.5, 0.25), (0.0, 0.0)].into_iter());
        assert_eq!(distances.within(0.9), Some(0.25));
        assert_eq!(distances.within(1.0), Some(0.5));
        assert_eq!(distances.within(2.0), Some(0.75));
        assert_eq!(distances.within(3.0), Some(1.0));
        assert_eq!(Distances::of([].into_iter()).within(1.0), None);
    }
}
