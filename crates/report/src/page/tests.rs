use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{TimeZone, Utc};
use sha2::{Digest as _, Sha256};

use super::{Cell, Column, Figure, FigureKind, Page, Point, Section, Table, render};
use crate::units::Unit;

fn point(label: &str, value: Option<f64>, sample_size: i64) -> Point {
    let note = value.is_none().then(|| "no deployment in this window".to_owned());
    Point {
        label: label.to_owned(),
        value,
        sample_size: Some(sample_size),
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
    assert!(html.contains("content=\"default-src 'none'; style-src 'sha256-"));
    assert!(!html.contains(" style=\""), "a style that the policy forbids");
    for word in ["<script", "<link", "<img", "<iframe", "url(", "@import", "javascript:"] {
        assert!(!html.contains(word), "{word}");
    }
    let fetched = html.replace("http://www.w3.org/2000/svg", "");
    assert!(!fetched.contains("http://") && !fetched.contains("https://"));
}

#[test]
fn the_policy_allows_the_style_sheet_of_the_page_and_no_other() {
    let html = render(&sample()).expect("a page");
    let style = html.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next());
    let hash = STANDARD.encode(Sha256::digest(style.expect("a style sheet")));
    assert!(html.contains(&format!("style-src 'sha256-{hash}';")), "{hash}");
    assert_eq!(html.matches("<style").count(), 1);
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
    figure.points[0].sample_size = Some(1_234);
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

/// A page with everything that a page can have, each text of it as given.
fn page_of(text: &str) -> Page {
    let columns = vec![Column::text(text), Column::number("Value"), Column::text(text)];
    let row = || vec![Cell::text(text), Cell::text("5 %").with_note(text), Cell::no_data(text)];
    let table =
        Table { title: text.to_owned(), columns: columns.clone(), rows: vec![row(), row()] };
    let pair = Table {
        title: "Pair".to_owned(),
        columns: columns[..2].to_vec(),
        rows: vec![row()[..2].to_vec()],
    };
    let none = Table { title: "None".to_owned(), columns, rows: Vec::new() };
    let mut drawn = figure(Unit::Seconds, FigureKind::Line, &[Some(1.0), None, Some(3.0)]);
    drawn.title = text.to_owned();
    drawn.points[2].is_provisional = true;
    let undrawn = figure(Unit::Ratio, FigureKind::Bars, &[None]);
    let full = Section {
        name: text.to_owned(),
        text: vec![text.to_owned()],
        tables: vec![table.clone(), pair, none],
        figures: vec![drawn, undrawn],
    };
    let empty = Section { name: "Empty".to_owned(), ..Section::default() };
    Page { title: text.to_owned(), headline: table, ..page(vec![full, empty]) }
}

/// The tags of an element, from its name to before the end of the tag.
fn tags<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!("<{name}");
    let rests = html.split(start.as_str()).skip(1);
    // `<th` also begins `<thead`.
    let rests = rests.filter(|rest| rest.starts_with([' ', '>']));
    rests.filter_map(|rest| rest.split('>').next()).collect()
}

/// The value of an attribute in a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

#[test]
fn headings_go_down_one_level_at_a_time() {
    let html = render(&page_of("x")).expect("a page");
    let levels = html.split("<h").skip(1).filter_map(|rest| {
        let mut letters = rest.chars();
        let level = letters.next()?.to_digit(10)?;
        letters.next().filter(|next| matches!(next, ' ' | '>')).map(|_| level)
    });
    let levels: Vec<u32> = levels.collect();
    assert_eq!(levels.first(), Some(&1));
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    for (place, pair) in levels.windows(2).enumerate() {
        assert!(pair[1] <= pair[0] + 1, "heading {} in {levels:?}", place + 1);
    }
}

#[test]
fn every_table_is_named_and_every_header_says_what_it_heads() {
    let html = render(&page_of("x")).expect("a page");
    let tables = tags(&html, "table");
    assert_eq!(tables.len(), 6, "headline, two of three tables, two figures, the definition");
    for table in tables {
        assert!(attribute(table, "aria-labelledby").is_some(), "{table}");
    }
    for header in tags(&html, "th") {
        assert!(matches!(attribute(header, "scope"), Some("row" | "col")), "{header}");
    }
    let bodies = html.split("<tbody").skip(1).filter_map(|rest| rest.split("</tbody>").next());
    for body in bodies {
        assert_eq!(body.matches("<tr").count(), body.matches("scope=\"row\"").count());
    }
}

#[test]
fn every_reference_leads_to_something_on_the_page() {
    let html = render(&page_of("x")).expect("a page");
    let referred: Vec<&str> = [" aria-labelledby=\"", " href=\"#"]
        .iter()
        .flat_map(|by| html.split(by).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .flat_map(str::split_whitespace)
        .collect();
    assert!(referred.len() > 10, "{referred:?}");
    for id in referred {
        assert_eq!(html.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
    }
}

#[test]
fn every_drawing_has_a_name_and_a_table_beside_it() {
    let html = render(&page_of("x")).expect("a page");
    let drawings = tags(&html, "svg");
    assert_eq!(drawings.len(), 1);
    for drawing in drawings {
        assert_eq!(attribute(drawing, "role"), Some("img"));
        assert!(attribute(drawing, "aria-labelledby").is_some());
    }
    let figures: Vec<&str> = html.split("<figure ").skip(1).collect();
    assert_eq!(figures.len(), 2);
    for figure in figures {
        let own = figure.split("</figure>").next().unwrap_or_default();
        assert_eq!(own.matches("<table").count(), 1, "{own}");
    }
}

#[test]
fn what_scrolls_sideways_can_be_reached_by_keyboard_and_has_a_name() {
    let html = render(&page_of("x")).expect("a page");
    let boxes = tags(&html, "div");
    let boxes: Vec<&&str> = boxes
        .iter()
        .filter(|tag| {
            let classes = attribute(tag, "class").unwrap_or_default();
            classes.split(' ').any(|class| matches!(class, "scroll" | "chart"))
        })
        .collect();
    assert_eq!(boxes.len(), 8, "{boxes:?}");
    for tag in boxes {
        assert_eq!(attribute(tag, "tabindex"), Some("0"), "{tag}");
        assert_eq!(attribute(tag, "role"), Some("group"), "{tag}");
        assert!(attribute(tag, "aria-labelledby").is_some(), "{tag}");
    }
}

#[test]
fn a_cell_says_its_column_where_rows_become_blocks() {
    let html = render(&page_of("a \"b\" <c>")).expect("a page");
    let labels: Vec<&str> =
        tags(&html, "td").into_iter().filter_map(|tag| attribute(tag, "data-label")).collect();
    let third = "a &quot;b&quot; &lt;c&gt;";
    let row = ["Value", third];
    assert_eq!(
        labels,
        [row, row, row, row].concat().into_iter().chain(["Value"]).collect::<Vec<_>>()
    );
    // Two columns fit on any screen.
    assert_eq!(html.matches("<table class=\"rows\"").count(), 2);
}

#[test]
fn only_a_word_too_long_for_a_column_may_break_anywhere() {
    let long = |text: &str| {
        let html = render(&page_of(text)).expect("a page");
        html.matches(" long\"").count()
    };
    assert_eq!(long("a deployment_rework_rate and other words of a usual length"), 0);
    // In two tables two titles, and in each of four rows a name and two remarks; the third table
    // has a title, a name and a remark.
    assert_eq!(long(&"W".repeat(29)), 2 * (2 + 2 * 3) + 3);
}

#[test]
fn a_table_without_rows_and_a_part_without_content_say_so() {
    let html = render(&page_of("x")).expect("a page");
    assert_eq!(html.matches("Nothing to list.").count(), 1);
    assert_eq!(html.matches("There is nothing to show here yet.").count(), 1);
}

#[test]
fn a_table_that_is_called_as_its_part_has_no_second_heading() {
    let html = render(&page_of("Remarks")).expect("a page");
    assert_eq!(html.matches("<h3 id=\"section-1-table-1\"").count(), 0);
    assert_eq!(html.matches("<h3 id=\"section-1-table-2\">Pair</h3>").count(), 1);
}

#[test]
fn the_first_text_is_a_sentence_with_the_numbers() {
    let html = render(&sample()).expect("a page");
    let body = html.split("<body>").nth(1).expect("a body");
    let first = body.split('>').find(|part| !part.trim().starts_with('<')).unwrap_or_default();
    let first = first.split('<').next().unwrap_or_default();
    assert!(
        first.starts_with(
            "Value: Change lead time 3 h 20 min; Deployment frequency 2.1 / week. Deployments were"
        ),
        "{first}"
    );
}

#[test]
fn words_between_backticks_are_code_and_stay_harmless() {
    let mut page = sample();
    page.sentences = vec!["try `milepost <b>`".to_owned(), "one ` alone <b>".to_owned()];
    let html = render(&page).expect("a page");
    assert!(html.contains("<li>try <code>milepost &lt;b&gt;</code></li>"));
    assert!(html.contains("<li>one ` alone &lt;b&gt;</li>"));
}

#[test]
fn a_percent_sign_stays_with_its_number() {
    let mut page = sample();
    page.sentences = vec!["95 % interval".to_owned()];
    assert!(render(&page).expect("a page").contains("<li>95\u{a0}% interval</li>"));
}

#[test]
fn hostile_names_are_harmless_wherever_a_page_shows_them() {
    let html = render(&page_of(&hostile_name())).expect("a page");
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(tags(&html, "script").is_empty() && !html.contains('\u{202e}'));
    // The only links are those to the page's own parts.
    for link in tags(&html, "a") {
        assert!(link.starts_with(" href=\"#section-"), "{link}");
    }
}

fn hostile_name() -> String {
    let long = "W".repeat(200);
    format!("<script>alert(1)</script> {long} \u{202e}javascript:alert(1) فريق 🚀")
}

#[test]
#[ignore = "writes pages to look at: `scripts/look` runs it, and opens them in a browser"]
fn pages_can_be_looked_at() {
    let place = std::env::var_os("MILEPOST_LOOK").map_or_else(std::env::temp_dir, Into::into);
    let pages = [
        ("sample.html", sample()),
        ("hostile.html", page_of(&hostile_name())),
        ("nothing.html", page(Vec::new())),
    ];
    for (name, page) in pages {
        std::fs::write(place.join(name), render(&page).expect("a page")).expect("a place for it");
    }
}
