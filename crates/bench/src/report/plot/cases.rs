//! Sample by sample: the model against the best baseline, with the line where they are equal.

use std::collections::BTreeMap;

use plotters::element::PathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::Plot;
use super::canvas::{BASELINE, Drawn, GUIDE, INK, MODEL, Sheet, failed, sheet, style, tick, write};
use super::label::label;
use super::range::{range, within};
use crate::outcome::{MetricInfo, Outcome};
use crate::report::number::counted;

/// The metric that is shown where there is one; else the first.
const METRIC: &str = "EV";
const WIDTH: i32 = 480;
const HEIGHT: i32 = 500;
const LEFT: i32 = 64;
const TOP: i32 = 42;
const BOTTOM: i32 = 56;
const SIDE: i32 = HEIGHT - TOP - BOTTOM;
/// Samples in one square of this many pixels are one mark; of more, if the marks get too many.
const SQUARE: f64 = 7.0;
/// The most marks, for a small file.
const MOST: usize = 400;

/// The plot, if model and a baseline have scores of the same samples.
pub(super) fn plot(outcome: &Outcome) -> Drawn<Option<Plot>> {
    let metrics = &outcome.metrics;
    let metric = metrics
        .iter()
        .find(|metric| metric.described.name == METRIC);
    let Some(metric) = metric.or(metrics.first()) else {
        return Ok(None);
    };
    let Some((baseline, _)) = outcome.best_baseline(metric) else {
        return Ok(None);
    };
    let name = &metric.described.name;
    let points: Vec<(f64, f64)> = outcome
        .cases
        .iter()
        .filter_map(|case| Some((case.get(baseline, name)?, case.get(outcome.model(), name)?)))
        .collect();
    let Some(range) = range(points.iter().flat_map(|&(x, y)| [x, y])) else {
        return Ok(None);
    };
    let svg = sheet((WIDTH as u32, HEIGHT as u32), |sheet| {
        draw(sheet, metric, baseline, outcome.model(), &points, range)
    })?;
    let outside = points.iter().filter(|(x, y)| x.min(*y) < range.0).count();
    let mut caption = format!(
        "*Sample by sample.* {name} of the model against *{baseline}*; a larger mark is several samples, blue where \
         the model is better."
    );
    if outside > 0 {
        caption += &format!(
            " {} beyond the axes drawn at their edge.",
            counted(outside, "sample")
        );
    }
    Ok(Some(Plot {
        title: format!("{name} of every sample: model against {baseline}"),
        file: format!("{}-cases.svg", outcome.name),
        caption,
        svg,
    }))
}

fn draw(
    sheet: &Sheet<'_>,
    metric: &MetricInfo,
    baseline: &str,
    model: &str,
    points: &[(f64, f64)],
    range: (f64, f64),
) -> Drawn<()> {
    let name = &metric.described.name;
    let better = points
        .iter()
        .filter(|(x, y)| metric.prefers(*y, *x))
        .count();
    let text = format!(
        "{model} better in {better} of {}",
        counted(points.len(), "sample")
    );
    write(sheet, &text, (LEFT, 20), &style(HPos::Left, true))?;
    let x_title = format!("{name}, {}", label(baseline));
    write(
        sheet,
        &x_title,
        (LEFT + SIDE / 2, HEIGHT - 16),
        &style(HPos::Center, false),
    )?;
    let turned = style(HPos::Center, false).transform(FontTransform::Rotate270);
    write(
        sheet,
        &format!("{name}, {model}"),
        (14, TOP + SIDE / 2),
        &turned,
    )?;

    let (left, bottom) = (40, 28);
    let area = sheet.clone().shrink(
        (LEFT - left, TOP),
        ((SIDE + left) as u32, (SIDE + bottom) as u32),
    );
    let mut chart = ChartBuilder::on(&area)
        .x_label_area_size(bottom)
        .y_label_area_size(left)
        .build_cartesian_2d(range.0..range.1, range.0..range.1)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .x_labels(6)
        .y_labels(6)
        .max_light_lines(0)
        .bold_line_style(GUIDE)
        .axis_style(INK)
        .x_label_formatter(&|value| tick(*value))
        .y_label_formatter(&|value| tick(*value))
        .x_label_style(style(HPos::Center, false))
        .y_label_style(style(HPos::Right, false))
        .draw()
        .map_err(failed)?;
    let area = chart.plotting_area();
    let ends = [(range.0, range.0), (range.1, range.1)];
    area.draw(&PathElement::new(ends, INK)).map_err(failed)?;
    for ((x, y), n) in squares(points, range) {
        let colour = if metric.prefers(y, x) {
            MODEL
        } else {
            BASELINE
        };
        // Area by the number of samples, up to what would hide the neighbours.
        let radius = (2.5 * (n as f64).sqrt()).min(7.0).round() as i32;
        let mark =
            EmptyElement::at((x, y)) + Circle::new((0, 0), radius, colour.mix(0.75).filled());
        area.draw(&mark).map_err(failed)?;
    }
    Ok(())
}

/// The mean place and number of the samples in each square, so that a thousand samples do not make
/// a thousand marks. Each side of the line has its own.
fn squares(points: &[(f64, f64)], range: (f64, f64)) -> Vec<((f64, f64), usize)> {
    let mut size = SQUARE;
    loop {
        let squares = squares_of(size, points, range);
        // One square for all is the end, whatever the range.
        if squares.len() <= MOST || size > f64::from(SIDE) {
            return squares;
        }
        size += 1.0;
    }
}

fn squares_of(size: f64, points: &[(f64, f64)], range: (f64, f64)) -> Vec<((f64, f64), usize)> {
    let unit = (range.1 - range.0) * size / f64::from(SIDE);
    let mut squares: BTreeMap<(i64, i64, bool), (f64, f64, usize)> = BTreeMap::new();
    for &(x, y) in points {
        let above = y > x;
        let (x, y) = (within(x, range), within(y, range));
        let place = |value: f64| ((value - range.0) / unit).floor() as i64;
        let (sum_x, sum_y, n) = squares.entry((place(x), place(y), above)).or_default();
        *sum_x += x;
        *sum_y += y;
        *n += 1;
    }
    let means = squares
        .into_values()
        .map(|(x, y, n)| ((x / n as f64, y / n as f64), n));
    means.collect()
}
