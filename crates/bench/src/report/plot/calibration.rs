//! Calibration: whether intervals cover what they say, and whether support goes with accuracy.
//!
//! Drawn where the model has these metrics: `covered N %`, the fraction of genes whose true change
//! lies in the central N % interval, and `support`, the score from 0 to 1. Groups are the levels of
//! evidence.

use plotters::element::PathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::Plot;
use super::canvas::{
    Drawn, GUIDE, INK, LEVELS, MODEL, Sheet, failed, sheet, style, tick, width, write,
};
use super::label::label;
use super::range::{range, within};
use crate::outcome::Outcome;

/// Beginning and end of the metrics of coverage, around the per cent.
const COVERED: (&str, &str) = ("covered ", " %");
/// The metric of the score of support.
const SUPPORT: &str = "support";
/// What support is held against.
const ACCURACY: &str = "EV";
/// The most levels that colours tell apart.
const MOST_LEVELS: usize = LEVELS.len();
/// Parts of the score of support, each with as many samples.
const BINS: usize = 8;
const WIDTH: i32 = 880;
const HEIGHT: i32 = 430;
const TOP: i32 = 44;
const SIDE: i32 = 310;

/// Nominal and found coverage of one level of evidence.
struct PlotLine<'a> {
    level: &'a str,
    points: Vec<(f64, f64)>,
}

/// The plot, if the model has metrics of coverage.
pub(super) fn plot(outcome: &Outcome) -> Drawn<Option<Plot>> {
    let lines = lines(outcome);
    if lines.is_empty() {
        return Ok(None);
    }
    let supports = supports(outcome);
    let svg = sheet((WIDTH as u32, HEIGHT as u32), |sheet| {
        coverage(sheet, &lines)?;
        match range(supports.iter().map(|&(_, accuracy)| accuracy)) {
            Some(range) => support(sheet, &supports, range),
            None => Ok(()),
        }
    })?;
    let mut caption = "*Calibration.* Left: how many of the true changes lie in an interval, by what it promises; \
                       on the line it keeps its promise, below it is too narrow."
        .to_owned();
    if !supports.is_empty() {
        caption += " Right: score of support and EV of every sample; the line joins the means of eighths of the \
                    samples.";
    }
    Ok(Some(Plot {
        title: "Coverage of the intervals, and support against accuracy".to_owned(),
        file: format!("{}-calibration.svg", outcome.name),
        caption,
        svg,
    }))
}

/// A line for each level of evidence, or one for all where there are too many groups for that.
fn lines(outcome: &Outcome) -> Vec<PlotLine<'_>> {
    let mut nominal: Vec<(f64, &str)> = outcome
        .metrics
        .iter()
        .filter_map(|metric| {
            let name = metric.described.name.as_str();
            let percent = name.strip_prefix(COVERED.0)?.strip_suffix(COVERED.1)?;
            Some((percent.parse::<f64>().ok()? / 100.0, name))
        })
        .collect();
    nominal.sort_by(|a, b| a.0.total_cmp(&b.0));
    let line = |level, found: &dyn Fn(&str) -> Option<f64>| {
        let points = nominal
            .iter()
            .filter_map(|&(nominal, metric)| Some((nominal, found(metric)?)));
        PlotLine {
            level,
            points: points.collect(),
        }
    };
    let groups = outcome.groups();
    let mut lines: Vec<PlotLine<'_>> = if groups.len() > MOST_LEVELS {
        vec![line("mean over groups", &|metric| {
            outcome.mean(outcome.model(), metric)
        })]
    } else {
        let by_group = groups.into_iter().map(|group| {
            line(group, &|metric| {
                outcome.mean_in(group, outcome.model(), metric)
            })
        });
        by_group.collect()
    };
    lines.retain(|line| !line.points.is_empty());
    lines
}

/// Score of support and accuracy of every sample that has both.
fn supports(outcome: &Outcome) -> Vec<(f64, f64)> {
    let model = outcome.model();
    let cases = outcome.cases.iter();
    cases
        .filter_map(|case| Some((case.get(model, SUPPORT)?, case.get(model, ACCURACY)?)))
        .collect()
}

/// One of the two square panels.
struct PlotPanel<'a> {
    left: i32,
    title: &'a str,
    x: &'a str,
    y: &'a str,
}

/// A panel's place for marks, with axes and names.
fn panel<'a>(
    sheet: &Sheet<'a>,
    names: &PlotPanel<'_>,
    y_range: (f64, f64),
) -> Drawn<DrawingArea<SVGBackend<'a>, Cartesian2d<RangedF, RangedF>>> {
    let &PlotPanel { left, title, x, y } = names;
    let (bottom, labels) = (28, 40);
    write(sheet, title, (left, 20), &style(HPos::Left, true))?;
    write(
        sheet,
        x,
        (left + SIDE / 2, TOP + SIDE + 44),
        &style(HPos::Center, false),
    )?;
    let turned = style(HPos::Center, false).transform(FontTransform::Rotate270);
    write(sheet, y, (left - 52, TOP + SIDE / 2), &turned)?;
    let size = ((SIDE + labels) as u32, (SIDE + bottom) as u32);
    let area = sheet.clone().shrink((left - labels, TOP), size);
    let mut chart = ChartBuilder::on(&area)
        .x_label_area_size(bottom)
        .y_label_area_size(labels)
        .build_cartesian_2d(0.0..1.0, y_range.0..y_range.1)
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
    Ok(chart.plotting_area().clone())
}

type RangedF = plotters::coord::types::RangedCoordf64;

fn coverage(sheet: &Sheet<'_>, lines: &[PlotLine<'_>]) -> Drawn<()> {
    let names = PlotPanel {
        left: 70,
        title: "Coverage of the intervals",
        x: "promised",
        y: "found",
    };
    let area = panel(sheet, &names, (0.0, 1.0))?;
    area.draw(&PathElement::new([(0.0, 0.0), (1.0, 1.0)], INK))
        .map_err(failed)?;
    // The lower right is free where intervals are not far too narrow.
    let widest = lines
        .iter()
        .map(|line| width(&label(line.level)))
        .max()
        .unwrap_or(0);
    let key = (
        names.left + SIDE - widest - 30,
        TOP + SIDE - 12 - 20 * lines.len() as i32,
    );
    for (place, (line, colour)) in lines.iter().zip(LEVELS).enumerate() {
        area.draw(&PathElement::new(
            line.points.clone(),
            colour.stroke_width(2),
        ))
        .map_err(failed)?;
        for &point in &line.points {
            area.draw(&Circle::new(point, 4, colour.filled()))
                .map_err(failed)?;
        }
        let y = key.1 + 20 * place as i32 + 10;
        sheet
            .draw(&Circle::new((key.0, y), 4, colour.filled()))
            .map_err(failed)?;
        write(
            sheet,
            &label(line.level),
            (key.0 + 12, y),
            &style(HPos::Left, false),
        )?;
    }
    Ok(())
}

fn support(sheet: &Sheet<'_>, supports: &[(f64, f64)], range: (f64, f64)) -> Drawn<()> {
    let names = PlotPanel {
        left: 520,
        title: "Support and accuracy",
        x: "score of support",
        y: "EV",
    };
    let area = panel(sheet, &names, range)?;
    for &(x, y) in thinned(supports).iter() {
        let mark = EmptyElement::at((x, within(y, range)))
            + Circle::new((0, 0), 2, MODEL.mix(0.4).filled());
        area.draw(&mark).map_err(failed)?;
    }
    let means = means(supports, range);
    area.draw(&PathElement::new(means.clone(), INK.stroke_width(2)))
        .map_err(failed)?;
    for point in means {
        area.draw(&Circle::new(point, 4, INK.filled()))
            .map_err(failed)?;
    }
    Ok(())
}

/// Every n-th sample in the order of support, where there are too many for a small file.
fn thinned(supports: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut sorted = supports.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let step = sorted.len().div_ceil(400).max(1);
    sorted.into_iter().step_by(step).collect()
}

/// The means of as many samples each, from little support to much; accuracy as far as the axis.
fn means(supports: &[(f64, f64)], range: (f64, f64)) -> Vec<(f64, f64)> {
    let mut sorted = supports.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let each = sorted.len().div_ceil(BINS).max(1);
    let mean = |bin: &[(f64, f64)]| {
        let n = bin.len() as f64;
        let (x, y) = bin.iter().fold((0.0, 0.0), |(x, y), point| {
            (x + point.0, y + within(point.1, range))
        });
        (x / n, y / n)
    };
    sorted.chunks(each).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::calibration;

    #[test]
    fn coverage_is_by_level_and_in_the_order_of_the_promise() {
        let outcome = calibration();
        let lines = lines(&outcome);
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0].level, "strong");
        let promised: Vec<f64> = lines[0].points.iter().map(|point| point.0).collect();
        assert_eq!(promised, [0.5, 0.8, 0.9, 0.95]);
    }

    #[test]
    fn means_are_of_equally_many_samples() {
        let supports: Vec<(f64, f64)> = (0..80).map(|n| (f64::from(n) / 80.0, 0.5)).collect();
        let means = means(&supports, (0.0, 1.0));
        assert_eq!(means.len(), BINS);
        assert!(means.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn without_coverage_there_is_no_plot() {
        let mut outcome = calibration();
        outcome
            .metrics
            .retain(|metric| !metric.described.name.starts_with("covered"));
        assert!(plot(&outcome).unwrap().is_none());
    }
}
