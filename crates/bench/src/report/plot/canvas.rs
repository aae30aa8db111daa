//! What the plots share: a white sheet, a colour-blind-safe palette (Okabe and Ito's), text.

use std::fmt::Debug;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle};

/// The model.
pub(super) const MODEL: RGBColor = RGBColor(0, 114, 178);
/// The best baseline.
pub(super) const BASELINE: RGBColor = RGBColor(213, 94, 0);
/// The other baselines.
pub(super) const OTHER: RGBColor = RGBColor(175, 175, 175);
/// The ceiling.
pub(super) const CEILING: RGBColor = RGBColor(40, 40, 40);
/// Levels, in an order of their own: the palette less the colours that are hard to see on white.
pub(super) const LEVELS: [RGBColor; 5] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
];
/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(40, 40, 40);
/// Lines that only guide the eye.
pub(super) const GUIDE: RGBColor = RGBColor(225, 225, 225);
/// Every second row.
pub(super) const BAND: RGBColor = RGBColor(246, 246, 246);

/// A part of the sheet, in pixels.
pub(super) type Sheet<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Why a plot is not drawn.
pub(super) type Drawn<T> = Result<T, String>;

/// Whatever the library says, as text.
pub(super) fn failed(error: impl Debug) -> String {
    format!("{error:?}")
}

/// Lets `draw` fill a white sheet, and returns it as SVG.
pub(super) fn sheet(size: (u32, u32), draw: impl FnOnce(&Sheet<'_>) -> Drawn<()>) -> Drawn<String> {
    let mut svg = String::new();
    {
        let sheet = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        // White on dark pages too: the marks are chosen for it.
        sheet.fill(&WHITE).map_err(failed)?;
        draw(&sheet)?;
        sheet.present().map_err(failed)?;
    }
    Ok(lean(&svg))
}

/// Pixels of a line of text.
pub(super) const TEXT: f64 = 12.0;

/// The style of text, by the point that is given: the left, the middle or the right of its line.
pub(super) fn style(at: HPos, bold: bool) -> TextStyle<'static> {
    let weight = if bold {
        FontStyle::Bold
    } else {
        FontStyle::Normal
    };
    // The library divides by 1.24 to get the size that SVG means.
    FontDesc::new(FontFamily::SansSerif, TEXT * 1.24, weight)
        .color(&INK)
        .pos(Pos::new(at, VPos::Center))
}

/// Writes text at a point of the sheet.
pub(super) fn write(
    sheet: &Sheet<'_>,
    text: &str,
    at: (i32, i32),
    style: &TextStyle<'_>,
) -> Drawn<()> {
    sheet
        .draw(&Text::new(text.to_owned(), at, style))
        .map_err(failed)
}

/// Pixels that a text takes, in the widest of the usual fonts: there is none here to ask.
pub(super) fn width(text: &str) -> i32 {
    (text.chars().count() as f64 * TEXT * 0.61).ceil() as i32
}

/// A number on an axis: two decimals, or one where that says it.
pub(super) fn tick(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.strip_suffix('0').unwrap_or(&text);
    // The step before zero may be −0.
    if text == "-0.0" {
        "0.0".to_owned()
    } else {
        text.replace('-', "−")
    }
}

/// SVG without what it means anyway, and without line ends inside texts, where they are spaces.
fn lean(svg: &str) -> String {
    let svg = svg.replace(" opacity=\"1\"", "");
    let svg = svg
        .replace(" stroke=\"none\" stroke-width=\"1\"", "")
        .replace(" stroke=\"none\"", "");
    let mut lean = String::with_capacity(svg.len());
    let mut in_text = false;
    for line in svg.lines() {
        in_text |= line.starts_with("<text");
        in_text &= !line.ends_with("</text>");
        lean.push_str(line);
        if !in_text {
            lean.push('\n');
        }
    }
    lean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_have_one_or_two_decimals_and_a_real_minus() {
        assert_eq!(
            [0.5, -0.25, 1.0, -1e-12].map(tick),
            ["0.5", "−0.25", "1.0", "0.0"]
        );
    }

    #[test]
    fn lean_markup_keeps_what_is_drawn() {
        let svg = "<circle r=\"3\" opacity=\"1\" fill=\"#FFF\" stroke=\"none\" stroke-width=\"1\"/>\n\
                   <text x=\"1\" opacity=\"1\">\nairway\n</text>\n</svg>\n";
        assert_eq!(
            lean(svg),
            "<circle r=\"3\" fill=\"#FFF\"/>\n<text x=\"1\">airway</text>\n</svg>\n"
        );
    }
}
