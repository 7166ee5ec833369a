//! A figure as inline SVG.
//!
//! The colours are those of the page by day. By night its style sheet replaces them, so each
//! one stands for one role and the template names the same five.

use charts_rs::{
    BarChart, Color, Margin, Series, SeriesCategory, Symbol, TextConfig, YAxisConfig,
    measure_text_width_family,
};

use super::{Figure, FigureKind, Point};
use crate::units::{Scale, Unit};
use crate::{ReportError, visible};

/// A complete window.
const SERIES: &str = "#2563EB";
/// A window that is not complete.
const PROVISIONAL: &str = "#678CE2";
/// Text at the axes and at the values.
const TEXT: &str = "#475569";
/// The axes.
const AXIS: &str = "#94A3B8";
/// The lines across.
const GRID: &str = "#E2E8F0";

const WIDTH: f32 = 920.0;
const HEIGHT: f32 = 250.0;
/// At the top there is room for the label of a value that reaches the end of the axis.
const MARGIN: Margin = Margin { left: 0.0, top: 20.0, right: 8.0, bottom: 0.0 };
/// What the value axis takes: its title, and labels of a fixed width so that gaps can be placed.
const Y_TITLE_WIDTH: f32 = FONT_SIZE + 6.0;
const Y_AXIS_WIDTH: f32 = 44.0;
const X_AXIS_HEIGHT: f32 = 26.0;
const FONT_SIZE: f32 = 12.0;
const GAP_FONT_SIZE: f32 = 10.5;
const LONGEST_LABEL: usize = 24;
/// Two years of months; with more points their values run into one another.
const MOST_LABELLED: usize = 26;

/// The drawing of a figure, cut where the template puts the title and the description.
pub(super) struct Drawing {
    /// The attributes of the `svg` element.
    pub(super) attributes: String,
    /// Everything inside the element, its end tag included.
    pub(super) content: String,
}

/// Draws the figure with its values divided by the scale.
pub(super) fn draw(figure: &Figure, scale: Scale) -> Result<Drawing, ReportError> {
    let fail = |reason: String| ReportError::Figure { title: figure.title.clone(), reason };
    let svg = chart(figure, scale).svg().map_err(|error| fail(error.to_string()))?;
    svg.strip_prefix("<svg ")
        .and_then(|rest| rest.split_once('>'))
        .map(|(attributes, content)| Drawing {
            attributes: attributes.to_owned(),
            content: content.to_owned(),
        })
        .ok_or_else(|| fail("the drawing is no SVG".to_owned()))
}

fn chart(figure: &Figure, scale: Scale) -> BarChart {
    let series = match figure.kind {
        FigureKind::Bars => vec![bars(figure, scale)],
        FigureKind::Line => lines(figure, scale),
    };
    // Also for lines: the library gives both the same axis, and lines a colour of their own.
    let mut chart = BarChart::new(series, figure.points.iter().map(axis_label).collect());
    chart.y_axis_configs = vec![y_axis(figure, scale, chart.y_axis_configs.pop())];
    chart.radius = Some(2.0);
    let base = &mut chart.base;
    base.width = WIDTH;
    base.height = HEIGHT;
    base.margin = MARGIN;
    base.background_color = Color::transparent();
    base.compact = true;
    base.legend.show = Some(false);
    base.texts = gap_labels(figure);
    base.x_axis.height = X_AXIS_HEIGHT;
    base.x_axis.font.size = FONT_SIZE;
    base.x_axis.font.color = TEXT.into();
    base.x_axis.stroke_color = AXIS.into();
    base.grid.stroke_color = GRID.into();
    base.series.colors = vec![PROVISIONAL.into(), SERIES.into()];
    base.series.stroke_width = 2.5;
    base.series.label.font.size = FONT_SIZE;
    base.series.label.font.color = TEXT.into();
    base.series.label.hide_overlap = true;
    if figure.unit == Unit::Count {
        base.series.label.formatter = "{t}".to_owned();
    }
    chart
}

fn bars(figure: &Figure, scale: Scale) -> Series {
    let colors = figure.points.iter().map(|point| {
        let color = if point.is_provisional { PROVISIONAL } else { SERIES };
        Some(Color::from(color))
    });
    Series {
        name: scale.label.to_owned(),
        data: values(figure, scale, |_| true),
        colors: Some(colors.collect()),
        label_show: figure.points.len() <= MOST_LABELLED,
        ..Default::default()
    }
}

/// A dashed line to, from and between provisional windows, and over it a solid one.
fn lines(figure: &Figure, scale: Scale) -> Vec<Series> {
    let points = &figure.points;
    let is_provisional = |place: usize| points.get(place).is_some_and(|point| point.is_provisional);
    let touches_provisional = |place: usize| {
        is_provisional(place)
            || is_provisional(place + 1)
            || place.checked_sub(1).is_some_and(is_provisional)
    };
    let line = |index: usize, color: &str, data, dashes: Option<&str>| Series {
        name: scale.label.to_owned(),
        index: Some(index),
        category: Some(SeriesCategory::Line),
        symbol: Some(Symbol::Circle(3.5, Some(color.into()))),
        data,
        stroke_dash_array: dashes.map(str::to_owned),
        label_show: figure.points.len() <= MOST_LABELLED,
        ..Default::default()
    };
    vec![
        line(0, PROVISIONAL, values(figure, scale, touches_provisional), Some("5,4")),
        line(1, SERIES, values(figure, scale, |place| !is_provisional(place)), None),
    ]
}

/// The values to draw; a missing one, or one left out, is a gap.
fn values(figure: &Figure, scale: Scale, is_drawn: impl Fn(usize) -> bool) -> Vec<Option<f32>> {
    let points = figure.points.iter().enumerate();
    points
        .map(|(place, point)| {
            let value = point.measured().filter(|_| is_drawn(place))?;
            // Rounded as it is told elsewhere: the library labels what it draws, and its own
            // rounding would make the drawing and the table disagree.
            Some(figure.unit.rounded_on(scale, value) as f32)
        })
        .collect()
}

fn axis_label(point: &Point) -> String {
    let label = visible::one_line(&point.label);
    let mut short: String = label.chars().take(LONGEST_LABEL).collect();
    if short.len() < label.len() {
        short.push('…');
    }
    if point.is_provisional {
        short.push('*');
    }
    short
}

fn y_axis(figure: &Figure, scale: Scale, theme: Option<YAxisConfig>) -> YAxisConfig {
    let mut axis = theme.unwrap_or_default();
    axis.font.size = FONT_SIZE;
    axis.font.color = TEXT.into();
    axis.stroke_color = Color::transparent();
    axis.width = Some(Y_AXIS_WIDTH);
    axis.title = Some(scale.label.to_owned());
    let values = || figure.points.iter().filter_map(Point::measured);
    // Below zero the library's own choice has zero among its steps; above, ours is rounder.
    if values().all(|value| value >= 0.0) {
        let largest = scale.applied(values().fold(0.0, f64::max));
        let (step, steps) = steps(largest, figure.unit == Unit::Count);
        axis.min = Some(0.0);
        axis.max = Some((step * f64::from(steps)) as f32);
        axis.split_number = usize::from(steps);
    }
    axis
}

/// The size and number of steps of an axis from zero that ends just above the largest value:
/// three to five steps of 1, 2 or 5 times a power of ten.
fn steps(largest: f64, is_whole: bool) -> (f64, u8) {
    if !(largest > 0.0 && largest.is_finite()) {
        return (1.0, 1);
    }
    let least = largest / 5.0;
    let power = 10_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power).find(|step| *step >= least);
    let step = step.unwrap_or(10.0 * power);
    let step = if is_whole { step.max(1.0) } else { step };
    let needed = (largest / step).ceil().clamp(1.0, 5.0);
    (step, needed as u8)
}

/// Says "no data" where a value is missing, so that a gap is told from a value of zero.
fn gap_labels(figure: &Figure) -> Vec<TextConfig> {
    let left = MARGIN.left + Y_TITLE_WIDTH + Y_AXIS_WIDTH;
    let slot = (WIDTH - MARGIN.right - left) / figure.points.len().max(1) as f32;
    let width = |text: &str| {
        let measured = measure_text_width_family("Roboto", GAP_FONT_SIZE, text);
        measured.map(|text| text.width()).unwrap_or_default()
    };
    let Some(text) = ["no data", "–"].into_iter().find(|text| width(text) + 4.0 <= slot) else {
        return Vec::new();
    };
    let gaps = figure.points.iter().enumerate().filter(|(_, point)| point.measured().is_none());
    gaps.map(|(place, _)| {
        let mut label = TextConfig {
            text: text.to_owned(),
            left: Some(left + slot * (place as f32 + 0.5) - width(text) / 2.0),
            bottom: Some(MARGIN.bottom + X_AXIS_HEIGHT + 6.0),
            ..Default::default()
        };
        label.font.size = GAP_FONT_SIZE;
        label.font.color = TEXT.into();
        label
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::steps;

    #[test]
    fn an_axis_ends_just_above_its_largest_value() {
        let ends = [
            (5.2, (2.0, 3)),
            (10.0, (2.0, 5)),
            (10.1, (5.0, 3)),
            (98.0, (20.0, 5)),
            (1_000_000.0, (200_000.0, 5)),
        ];
        for (largest, end) in ends {
            assert_eq!(steps(largest, false), end, "{largest}");
        }
    }

    #[test]
    fn an_axis_of_things_has_whole_steps() {
        assert_eq!(steps(2.0, true), (1.0, 2));
    }

    #[test]
    fn an_axis_of_zeros_has_a_length() {
        assert_eq!(steps(0.0, false), (1.0, 1));
    }
}
