//! Group by group: the model with its interval beside the baselines and the ceiling, one panel for
//! each headline metric.

use plotters::element::{DashedPathElement, PathElement};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::Plot;
use super::canvas::{
    self, BAND, BASELINE, CEILING, Drawn, GUIDE, INK, MODEL, OTHER, Sheet, failed, sheet, style,
    tick, width, write,
};
use super::label::label;
use super::range::{range, within};
use crate::outcome::{MetricInfo, Outcome};
use crate::report::number::counted;

/// The most groups that are drawn.
const MOST: usize = 40;
/// Groups up to which the baselines that are not the best are drawn too, as each mark takes space
/// in the file.
const MOST_WITH_OTHERS: usize = 25;
const WIDTH: i32 = 880;
const ROW: i32 = 22;
const TOP: i32 = 70;
const BOTTOM: i32 = 34;
const GAP: i32 = 22;

/// A line of the plot: a group, or the mean over groups.
struct PlotRow<'a> {
    label: String,
    group: Option<&'a str>,
}

impl PlotRow<'_> {
    fn value(&self, outcome: &Outcome, method: &str, metric: &MetricInfo) -> Option<f64> {
        let metric = &metric.described.name;
        match self.group {
            Some(group) => outcome.mean_in(group, method, metric),
            None => outcome.mean(method, metric),
        }
    }
}

/// The marks of one line in one panel.
struct Marks {
    model: Option<f64>,
    interval: Option<(f64, f64)>,
    baseline: Option<f64>,
    others: Vec<f64>,
    ceiling: Option<f64>,
}

/// The plot, if the model has scores.
pub(super) fn plot(outcome: &Outcome) -> Drawn<Option<Plot>> {
    let metrics: Vec<&MetricInfo> = outcome
        .headline_metrics()
        .iter()
        .filter(|metric| {
            outcome
                .mean(outcome.model(), &metric.described.name)
                .is_some()
        })
        .collect();
    if metrics.is_empty() {
        return Ok(None);
    }
    let all = outcome.groups().len();
    let rows = rows(outcome);
    let labels = rows.iter().map(|row| width(&row.label)).max().unwrap_or(0) + 14;
    let height = TOP + ROW * rows.len() as i32 + BOTTOM;
    let svg = sheet((WIDTH as u32, height as u32), |sheet| {
        legend(sheet, outcome, rows.len())?;
        names(sheet, &rows, labels)?;
        let panels = metrics.len() as i32;
        let each = (WIDTH - labels - GAP * panels) / panels;
        for (panel, metric) in metrics.iter().enumerate() {
            let left = labels + (each + GAP) * panel as i32;
            draw_panel(sheet, outcome, metric, &rows, left, each)?;
        }
        Ok(())
    })?;
    let names: Vec<&str> = metrics
        .iter()
        .map(|metric| metric.described.name.as_str())
        .collect();
    let mut caption = "*By group.* The bar around the model is the 95 % interval of its difference from the best \
                       baseline: where it does not reach the square, the two are distinguishable. An arrow at \
                       the edge: lower than the axis goes."
        .to_owned();
    if all > MOST {
        caption += &format!(
            " Of {} these {MOST}: where the model gains most and where it loses most.",
            counted(all, "group")
        );
    }
    Ok(Some(Plot {
        title: format!(
            "{} of every group: model, baselines, ceiling",
            names.join(" and ")
        ),
        file: format!("{}-groups.svg", outcome.name),
        caption,
        svg,
    }))
}

/// The groups that are drawn, then their mean.
fn rows(outcome: &Outcome) -> Vec<PlotRow<'_>> {
    let mut groups = outcome.groups();
    if groups.len() > MOST {
        groups = extremes(outcome, groups);
    }
    let several = groups.len() > 1;
    let mut rows: Vec<PlotRow<'_>> = groups
        .into_iter()
        .map(|group| PlotRow {
            label: label(group),
            group: Some(group),
        })
        .collect();
    if several {
        rows.push(PlotRow {
            label: "mean over groups".to_owned(),
            group: None,
        });
    }
    rows
}

/// The groups with the largest and the smallest gain over the best baseline, in their order.
fn extremes<'a>(outcome: &Outcome, groups: Vec<&'a str>) -> Vec<&'a str> {
    let Some(metric) = outcome.headline_metrics().last() else {
        return groups;
    };
    let name = &metric.described.name;
    let baseline = outcome.best_baseline(metric).map(|(baseline, _)| baseline);
    let gain = |group: &str| {
        let model = outcome.mean_in(group, outcome.model(), name).unwrap_or(0.0);
        let base = baseline.and_then(|baseline| outcome.mean_in(group, baseline, name));
        model - base.unwrap_or(0.0)
    };
    let mut places: Vec<(usize, f64)> =
        groups.iter().map(|group| gain(group)).enumerate().collect();
    places.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut kept: Vec<usize> = places[..MOST / 2]
        .iter()
        .chain(&places[places.len() - MOST / 2..])
        .map(|(place, _)| *place)
        .collect();
    kept.sort_unstable();
    kept.into_iter().map(|place| groups[place]).collect()
}

fn legend(sheet: &Sheet<'_>, outcome: &Outcome, rows: usize) -> Drawn<()> {
    let (mut x, y) = (20, 16);
    let baselines = outcome.baselines().count();
    type Mark = fn(&Sheet<'_>, (i32, i32)) -> Drawn<()>;
    let entries: [(bool, &str, Mark); 4] = [
        (true, "model", |sheet, at| {
            sheet
                .draw(&PathElement::new(
                    [(at.0 - 10, at.1), (at.0 + 10, at.1)],
                    MODEL.stroke_width(2),
                ))
                .map_err(failed)?;
            sheet
                .draw(&Circle::new(at, 5, MODEL.filled()))
                .map_err(failed)
        }),
        (baselines > 0, "best baseline", |sheet, at| {
            let corners = [(at.0 - 4, at.1 - 4), (at.0 + 4, at.1 + 4)];
            sheet
                .draw(&Rectangle::new(corners, BASELINE.filled()))
                .map_err(failed)
        }),
        (
            baselines > 1 && rows <= MOST_WITH_OTHERS,
            "other baselines",
            |sheet, at| {
                sheet
                    .draw(&Circle::new(at, 3, OTHER.filled()))
                    .map_err(failed)
            },
        ),
        (
            outcome.ceiling().is_some(),
            outcome.ceiling().unwrap_or_default(),
            |sheet, at| {
                sheet
                    .draw(&Polygon::new(diamond(at), CEILING.filled()))
                    .map_err(failed)
            },
        ),
    ];
    for (there, text, mark) in entries {
        if there {
            mark(sheet, (x, y))?;
            write(sheet, text, (x + 16, y), &style(HPos::Left, false))?;
            x += 16 + width(text) + 26;
        }
    }
    Ok(())
}

fn diamond((x, y): (i32, i32)) -> Vec<(i32, i32)> {
    vec![(x - 5, y), (x, y - 5), (x + 5, y), (x, y + 5)]
}

fn middle(row: usize) -> i32 {
    TOP + ROW * row as i32 + ROW / 2
}

/// Bands and names of the lines.
fn names(sheet: &Sheet<'_>, rows: &[PlotRow<'_>], labels: i32) -> Drawn<()> {
    for (place, row) in rows.iter().enumerate() {
        let y = middle(place);
        if place % 2 == 0 {
            let corners = [(0, y - ROW / 2), (WIDTH, y + ROW / 2)];
            sheet
                .draw(&Rectangle::new(corners, BAND.filled()))
                .map_err(failed)?;
        }
        write(
            sheet,
            &row.label,
            (labels - 10, y),
            &style(HPos::Right, row.group.is_none()),
        )?;
    }
    Ok(())
}

fn draw_panel(
    sheet: &Sheet<'_>,
    outcome: &Outcome,
    metric: &MetricInfo,
    rows: &[PlotRow<'_>],
    left: i32,
    wide: i32,
) -> Drawn<()> {
    let baseline = outcome.best_baseline(metric).map(|(baseline, _)| baseline);
    let marks: Vec<Marks> = rows
        .iter()
        .map(|row| marks(outcome, metric, baseline, row, rows.len()))
        .collect();
    let shown = marks.iter().flat_map(|marks| {
        let interval = marks
            .interval
            .map(|(low, high)| [low, high])
            .into_iter()
            .flatten();
        interval
            .chain(marks.model)
            .chain(marks.baseline)
            .chain(marks.ceiling)
    });
    let Some(range) = range(shown) else {
        return Ok(());
    };
    let name = &metric.described.name;
    write(sheet, name, (left, 38), &style(HPos::Left, true))?;
    if let Some(baseline) = baseline {
        let text = format!("best baseline: {}", label(baseline));
        write(sheet, &text, (left, 55), &style(HPos::Left, false))?;
    }
    let bottom = TOP + ROW * rows.len() as i32;
    let mut chart = ChartBuilder::on(
        &sheet
            .clone()
            .shrink((left, TOP), (wide as u32, (bottom - TOP + BOTTOM) as u32)),
    )
    .x_label_area_size(BOTTOM)
    .build_cartesian_2d(range.0..range.1, f64::from(bottom)..f64::from(TOP))
    .map_err(failed)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_labels(6)
        .max_light_lines(0)
        .bold_line_style(GUIDE)
        .axis_style(INK)
        .x_label_formatter(&|value| tick(*value))
        .x_label_style(canvas::style(HPos::Center, false))
        .draw()
        .map_err(failed)?;
    let area = chart.plotting_area();
    if range.0 < 0.0 && range.1 > 0.0 {
        let zero = [(0.0, f64::from(TOP)), (0.0, f64::from(bottom))];
        area.draw(&DashedPathElement::new(zero, 3, 3, INK))
            .map_err(failed)?;
    }
    for (place, marks) in marks.iter().enumerate() {
        let y = f64::from(middle(place));
        let at = |value: f64| EmptyElement::at((within(value, range), y));
        // Beyond the axis: an arrow at its edge.
        let beyond = |value: f64, colour: RGBColor| {
            at(value) + Polygon::new(vec![(-4, 0), (3, -4), (3, 4)], colour.filled())
        };
        for &other in &marks.others {
            if other < range.0 {
                area.draw(&beyond(other, OTHER)).map_err(failed)?;
            } else {
                area.draw(&(at(other) + Circle::new((0, 0), 3, OTHER.filled())))
                    .map_err(failed)?;
            }
        }
        if let Some((low, high)) = marks.interval {
            let ends = [(within(low, range), y), (within(high, range), y)];
            area.draw(&PathElement::new(ends, MODEL.stroke_width(2)))
                .map_err(failed)?;
        }
        if let Some(value) = marks.ceiling {
            area.draw(&(at(value) + Polygon::new(diamond((0, 0)), CEILING.filled())))
                .map_err(failed)?;
        }
        match marks.baseline {
            Some(value) if value < range.0 => {
                area.draw(&beyond(value, BASELINE)).map_err(failed)?
            }
            Some(value) => area
                .draw(&(at(value) + Rectangle::new([(-4, -4), (4, 4)], BASELINE.filled())))
                .map_err(failed)?,
            None => {}
        }
        if let Some(value) = marks.model {
            area.draw(&(at(value) + Circle::new((0, 0), 5, MODEL.filled())))
                .map_err(failed)?;
        }
    }
    Ok(())
}

fn marks(
    outcome: &Outcome,
    metric: &MetricInfo,
    baseline: Option<&str>,
    row: &PlotRow<'_>,
    rows: usize,
) -> Marks {
    let value = |method: &str| row.value(outcome, method, metric);
    let best = baseline.and_then(value);
    let comparison = baseline
        .and_then(|baseline| outcome.comparison(&metric.described.name, baseline, row.group));
    // Of the difference: brought to the axis by the baseline that it is the difference from.
    let interval = best.zip(comparison).map(|(best, comparison)| {
        let (low, high) = comparison.strict_interval();
        (best + low, best + high)
    });
    let others = outcome
        .baselines()
        .filter(|method| Some(*method) != baseline && rows <= MOST_WITH_OTHERS)
        .filter_map(value);
    Marks {
        model: value(outcome.model()),
        interval,
        baseline: best,
        others: others.collect(),
        ceiling: outcome.ceiling().and_then(value),
    }
}
