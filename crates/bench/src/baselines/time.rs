//! Effects between the times that were seen.

use super::{Baseline, BaselineTraining, Question};

/// Hours, and the mean effect at them.
type Point = (f64, Vec<f64>);

/// The hours that are asked for, and the effect at each time of training, by time: same study,
/// perturbation and cells.
fn series(training: &BaselineTraining<'_>, question: &Question<'_>) -> Option<(f64, Vec<Point>)> {
    let own = training
        .same_perturbation(question)
        .into_iter()
        .filter(|contrast| {
            training.study(contrast) == question.study
                && training.cells(contrast) == question.cells
                && contrast.treatment.background == question.treatment.background
        });
    let mut times: Vec<(f64, Vec<_>)> = Vec::new();
    for contrast in own {
        let Some(time) = contrast.treatment.time else {
            continue;
        };
        match times.iter_mut().find(|(known, _)| *known == time.hours()) {
            Some((_, at)) => at.push(contrast),
            None => times.push((time.hours(), vec![contrast])),
        }
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let means = times
        .into_iter()
        .map(|(time, contrasts)| (time, training.mean(&contrasts, question.genes)));
    let means: Vec<_> = means.collect();
    (!means.is_empty()).then_some((question.treatment.time?.hours(), means))
}

/// The effect at the seen time that is nearest by ratio.
pub struct NearestTime;

impl Baseline for NearestTime {
    fn name(&self) -> &'static str {
        "nearest time"
    }

    fn definition(&self) -> &'static str {
        "Mean Δ at the training time with the least |ln(t / t')|, same study, perturbation and cells."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let (time, series) = series(training, question)?;
        let distance = |other: f64| (time / other).ln().abs();
        let nearest = series
            .into_iter()
            .min_by(|a, b| distance(a.0).total_cmp(&distance(b.0)))?;
        Some(nearest.1)
    }
}

/// Straight lines between the seen times.
pub struct LinearTime;

impl Baseline for LinearTime {
    fn name(&self) -> &'static str {
        "linear in time"
    }

    fn definition(&self) -> &'static str {
        "Linear interpolation in time between the mean Δ of the training times before and after, same study, perturbation and cells; beyond the ends the nearest time."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let (time, series) = series(training, question)?;
        Some(interpolated(time, &series, &|hours| hours, false))
    }
}

/// Straight lines over log time.
pub struct LogTime;

impl Baseline for LogTime {
    fn name(&self) -> &'static str {
        "linear in log time"
    }

    fn definition(&self) -> &'static str {
        "Linear interpolation in ln time between the mean Δ of the training times before and after, same study, perturbation and cells; beyond the ends the nearest time."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let (time, series) = series(training, question)?;
        Some(interpolated(time, &series, &f64::ln, false))
    }
}

/// Straight lines over log time, drawn on beyond the ends.
pub struct ExtrapolatedTime;

impl Baseline for ExtrapolatedTime {
    fn name(&self) -> &'static str {
        "extrapolated in log time"
    }

    fn definition(&self) -> &'static str {
        "As linear in ln time; beyond the ends, the straight line through the two nearest training times goes on."
    }

    fn predict(
        &self,
        training: &BaselineTraining<'_>,
        question: &Question<'_>,
    ) -> Option<Vec<f64>> {
        let (time, series) = series(training, question)?;
        Some(interpolated(time, &series, &f64::ln, true))
    }
}

/// The line through the two points about a time; beyond the ends the last point, or the line.
fn interpolated(time: f64, series: &[Point], scale: &dyn Fn(f64) -> f64, beyond: bool) -> Vec<f64> {
    let after = series.partition_point(|(seen, _)| *seen < time);
    let last = series.len() - 1;
    let (low, high) = match after {
        0 if beyond && last > 0 => (0, 1),
        0 => return series[0].1.clone(),
        at if at > last && beyond && last > 0 => (last - 1, last),
        at if at > last => return series[last].1.clone(),
        at => (at - 1, at),
    };
    let (from, to) = (scale(series[low].0), scale(series[high].0));
    let share = (scale(time) - from) / (to - from);
    let pairs = series[low].1.iter().zip(&series[high].1);
    pairs.map(|(a, b)| a + share * (b - a)).collect()
}
