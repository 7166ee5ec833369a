use chrono::{TimeZone, Utc};

use super::{Cell, Column, Figure, FigureKind, Page, Point, Section, Table, render};
use crate::units::Unit;

fn point(label: &str, value: Option<f64>, sample_size: i64) -> Point {
    let note = value.is_none().then(|| "no deployment in this window".to_owned());
    Point {
        label: label.to_owned(),
        value,
        sample_size,
        is_provisional: false,
        note,
        measured: None,
    }
}

fn figure(unit: Unit, kind: FigureKind, values: &[Option<f64>]) -> Figure {
    let months = ["2025-11", "2025-12"].into_iter().map(str::to_owned);
    let months = months.chain((1..).map(|month| format!("2026-{month:02}")));
    let points = months.zip(values).map(|(month, value)| point(&month, *value, 12));
    Figure {
        title: "Deployment frequency".to_owned(),
        question: "How often does it reach production?".to_owned(),
        unit,
        summary: "About twice a week, steady over the year.".to_owned(),
        kind,
        points: points.collect(),
    }
}

fn page(sections: Vec<Section>) -> Page {
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    Page {
        title: "acme/payments".to_owned(),
        subtitle: "Five DORA metrics from plain git history, November 2025 to November 2026"
            .to_owned(),
        as_of: Utc.with_ymd_and_hms(2026, 11, 23, 10, 0, 0).single().expect("an instant"),
        timezone: "UTC".to_owned(),
        definition: pairs(&[("preset", "milepost"), ("change_unit", "pull_request")]),
        definition_id: "9f2c41d07a".to_owned(),
        version: "0.1.0".to_owned(),
        sources: pairs(&[
            ("Repository", "github.com/acme/payments"),
            ("Head", "4be1c0ffee"),
            ("Commits", "12,345"),
            ("Tags", "214, of which 187 name a version"),
        ]),
        sentences: vec![
            "Deployments were inferred from 187 version tags.".to_owned(),
            "No source of failures is connected, so the change fail rate is not known.".to_owned(),
        ],
        headline: headline(),
        sections,
        commands: vec![
            "milepost metric change_lead_time --window week --lake ~/.cache/milepost/acme"
                .to_owned(),
            "milepost sql 'select * from metrics.all limit 10' --lake ~/.cache/milepost/acme"
                .to_owned(),
        ],
    }
}

fn headline() -> Table {
    let metric =
        |name: &str, value: Cell, sample: &str| vec![Cell::text(name), value, Cell::text(sample)];
    Table {
        title: "The last twelve months".to_owned(),
        columns: vec![
            Column::text("Metric"),
            Column::number("Value"),
            Column::number("Sample size"),
        ],
        rows: vec![
            metric("Change lead time", Cell::text("3 h 20 min").with_note("median"), "1,204"),
            metric("Deployment frequency", Cell::text("2.1 / week"), "112"),
            metric("Change fail rate", Cell::no_data("no source of failures"), "0"),
        ],
    }
}

fn service(name: &str, figures: Vec<Figure>) -> Section {
    Section { name: name.to_owned(), figures, ..Section::default() }
}

/// A year of two services: gaps, zeros, a provisional last month, hostile and long names.
fn sample() -> Page {
    let frequency = [0.29, 0.31, 0.0, 0.26, 0.35, 0.42, 0.33, 0.29, 0.39, 0.45, 0.42, 0.48, 0.3];
    let frequency: Vec<Option<f64>> = frequency.into_iter().map(Some).collect();
    let mut bars = figure(Unit::CountPerDay, FigureKind::Bars, &frequency);
    bars.points[12].is_provisional = true;
    let days = [
        Some(5.2),
        Some(4.1),
        None,
        Some(3.3),
        None,
        None,
        Some(4.8),
        Some(6.1),
        Some(3.9),
        Some(2.2),
        Some(1.6),
        Some(2.4),
        Some(1.1),
    ];
    let seconds = days.map(|value| value.map(|days: f64| days * 86_400.0));
    let mut line = figure(Unit::Seconds, FigureKind::Line, &seconds);
    line.title = "Change lead time".to_owned();
    line.question = "How long does a change take from its first commit to production?".to_owned();
    line.summary = "The median fell from 5.2 d to 2.4 d.".to_owned();
    line.points[12].is_provisional = true;
    let mut none = figure(Unit::Ratio, FigureKind::Line, &[None; 13]);
    none.title = "Change fail rate".to_owned();
    none.summary = "Nothing is known about failures.".to_owned();
    for point in &mut none.points {
        point.note = Some("no_failure_source".to_owned());
    }
    page(vec![
        service("acme/payments", vec![bars.clone(), line.clone(), none]),
        service("acme/payments/<b>api</b> & \"worker\"", vec![line, bars]),
    ])
}

fn html(figures: Vec<Figure>) -> String {
    render(&page(vec![service("api", figures)])).expect("a page")
}

#[test]
fn the_same_page_gives_the_same_bytes() {
    assert_eq!(render(&sample()).expect("a page"), render(&sample()).expect("a page"));
}

#[test]
fn a_page_runs_and_fetches_nothing() {
    let html = render(&sample()).expect("a page");
    assert!(
        html.contains("content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"")
    );
    for word in ["<script", "<link", "<img", "<iframe", "url(", "@import", "javascript:"] {
        assert!(!html.contains(word), "{word}");
    }
    let fetched = html.replace("http://www.w3.org/2000/svg", "");
    assert!(!fetched.contains("http://") && !fetched.contains("https://"));
}

#[test]
fn text_from_a_repository_is_escaped_everywhere() {
    let hostile = "</title><script>alert(1)</script>\"'&<img src=x>\u{1b}\u{202e}";
    let mut page = sample();
    for text in [&mut page.title, &mut page.subtitle, &mut page.timezone, &mut page.version] {
        *text = hostile.to_owned();
    }
    page.definition_id = hostile.to_owned();
    page.sentences = vec![hostile.to_owned()];
    page.commands = vec![hostile.to_owned()];
    page.sources = vec![(hostile.to_owned(), hostile.to_owned())];
    page.definition = vec![(hostile.to_owned(), hostile.to_owned())];
    page.headline.title = hostile.to_owned();
    page.headline.columns = vec![Column::text(hostile)];
    page.headline.rows = vec![vec![Cell::text(hostile).with_note(hostile)]];
    for service in &mut page.sections {
        service.name = hostile.to_owned();
        for figure in &mut service.figures {
            figure.title = hostile.to_owned();
            figure.question = hostile.to_owned();
            figure.summary = hostile.to_owned();
            for point in &mut figure.points {
                point.label = hostile.to_owned();
                point.note = Some(hostile.to_owned());
            }
        }
    }
    let html = render(&page).expect("a page");
    for word in ["<script", "<img", "\u{1b}", "\u{202e}"] {
        assert!(!html.contains(word), "{word:?}");
    }
    assert_eq!(html.matches("</title>").count(), 1 + html.matches("<svg").count());
}

#[test]
fn a_label_in_a_drawing_is_escaped() {
    let mut figure = figure(Unit::Count, FigureKind::Bars, &[Some(1.0), None]);
    figure.points[0].label = "<b>x</b>&\"".to_owned();
    let html = html(vec![figure]);
    let svg = html.split("<svg").nth(1).expect("a drawing");
    assert!(svg.contains("&lt;b&gt;x&lt;/b&gt;&amp;"), "{svg}");
    assert!(!svg.contains("<b>"), "{svg}");
}

#[test]
fn a_missing_value_is_a_gap_and_never_a_zero() {
    let values = [Some(3.0), None, Some(f64::NAN), Some(4.0)];
    let html = html(vec![figure(Unit::Count, FigureKind::Bars, &values)]);
    assert_eq!(html.matches("data-value=").count(), 2);
    assert!(!html.contains("data-value=\"0\""));
    assert_eq!(html.matches(">no data</text>").count(), 2);
    assert!(!html.contains("NaN"));
}

#[test]
fn a_line_is_broken_where_a_value_is_missing() {
    let drawn = |values: &[Option<f64>]| {
        html(vec![figure(Unit::Ratio, FigureKind::Line, values)]).matches("<path").count()
    };
    let whole = drawn(&[Some(0.1), Some(0.2), Some(0.3), Some(0.2)]);
    let broken = drawn(&[Some(0.1), Some(0.2), None, Some(0.3), Some(0.2)]);
    assert_eq!(broken, whole + 1);
}

#[test]
fn a_figure_without_values_gives_its_reason_instead_of_a_drawing() {
    let html = html(vec![figure(Unit::Seconds, FigureKind::Line, &[None, None])]);
    assert!(html.contains("No data: no deployment in this window"));
    assert!(!html.contains("<svg"));
    assert_eq!(html.matches("<td class=\"number missing\">no data</td>").count(), 2);
}

#[test]
fn a_figure_without_points_is_no_error() {
    assert!(html(vec![figure(Unit::Seconds, FigureKind::Bars, &[])]).contains("No data"));
}

#[test]
fn a_zero_is_drawn_and_told_as_one() {
    let html = html(vec![figure(Unit::CountPerDay, FigureKind::Bars, &[Some(0.0), Some(0.0)])]);
    assert_eq!(html.matches("data-value=\"0\"").count(), 2);
    assert_eq!(html.matches("<td class=\"number\">0 / day</td>").count(), 2);
}

#[test]
fn the_data_beside_a_drawing_names_value_sample_size_and_remark() {
    let mut figure = figure(Unit::Seconds, FigureKind::Line, &[Some(12_000.0), None]);
    figure.points[0].is_provisional = true;
    figure.points[0].sample_size = 1_234;
    let html = html(vec![figure]);
    assert!(html.contains(
        "<tr><th scope=\"row\">2025-11</th><td class=\"number\">3 h 20 min</td>\
         <td class=\"number\">1,234</td><td>provisional</td></tr>"
    ));
    assert!(html.contains("no data</td><td class=\"number\">12</td>"));
    assert!(html.contains("* a window that is not complete"));
}

#[test]
fn a_drawing_is_named_and_described() {
    let html = html(vec![figure(Unit::Count, FigureKind::Bars, &[Some(1.0)])]);
    assert!(html.contains(
        "<svg role=\"img\" aria-labelledby=\"section-1-figure-1-title section-1-figure-1-desc\""
    ));
    assert!(html.contains("<title id=\"section-1-figure-1-title\">Deployment frequency</title>"));
    assert!(html.contains("<desc id=\"section-1-figure-1-desc\">About twice a week"));
}

#[test]
fn every_identifier_is_used_once() {
    let html = render(&sample()).expect("a page");
    let mut ids: Vec<&str> =
        html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn every_colour_of_a_drawing_is_known_to_the_style_sheet() {
    let html = render(&sample()).expect("a page");
    let (style, body) = html.split_once("</style>").expect("a style sheet");
    for attribute in ["fill=\"#", "stroke=\"#"] {
        for rest in body.split(attribute).skip(1) {
            let color = rest.split('"').next().unwrap_or_default();
            let selector = format!(".chart [{attribute}{color}\"]");
            assert!(style.contains(&selector), "{selector}");
        }
    }
}

#[test]
fn years_of_windows_and_values_of_any_size_can_be_drawn() {
    let many: Vec<Option<f64>> = (0..120).map(|month| Some(f64::from(month))).collect();
    for unit in Unit::ALL {
        for kind in [FigureKind::Bars, FigureKind::Line] {
            let huge = [Some(f64::MAX), Some(1e-300), Some(-5.0), Some(1e12)];
            let html = html(vec![figure(unit, kind, &many), figure(unit, kind, &huge)]);
            assert!(!html.contains("NaN") && !html.contains("inf\""), "{unit}");
        }
    }
}

#[test]
fn values_are_written_into_a_drawing_only_while_there_is_room() {
    let labels = |count: usize| {
        let figure = figure(Unit::Count, FigureKind::Bars, &vec![Some(7_777.0); count]);
        html(vec![figure]).matches(">7,777</text>").count()
    };
    assert_eq!(labels(13), 13);
    assert_eq!(labels(60), 0);
}

#[test]
#[ignore = "writes a page to look at, for whoever changes the template or the drawings"]
fn a_sample_page_can_be_looked_at() {
    let path = std::env::temp_dir().join("milepost-quickstart-sample.html");
    std::fs::write(path, render(&sample()).expect("a page")).expect("a place for it");
}
