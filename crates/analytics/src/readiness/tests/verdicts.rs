//! Verdicts, directions and trends.

use super::super::{Colour, Direction, Rules, Standing, Trend, Verdict, phase};

/// `G`, `Y` and `R`; anything else is not assessed.
fn colours(letters: &str) -> Vec<Option<Colour>> {
    let colour = |letter| match letter {
        'G' => Some(Colour::Green),
        'Y' => Some(Colour::Yellow),
        'R' => Some(Colour::Red),
        _ => None,
    };
    letters.chars().map(colour).collect()
}

fn verdict(letters: &str) -> &'static str {
    Verdict::of(&colours(letters), &Rules::default()).name()
}

#[test]
fn a_verdict_follows_from_the_counts_of_colours() {
    for (letters, expected) in [
        ("GGGGYYR", "mostly_green"),
        ("GGGGRRR", "mixed"),
        ("RRRRYYG", "mostly_red"),
        ("RRRRYGG", "mixed"),
        ("YYYYGGR", "mostly_yellow"),
        ("GGGYYYR", "mixed"),
        ("GGGYY--", "mostly_green"),
        ("GGYY---", "insufficient_evidence"),
        ("GGGGGGG", "mostly_green"),
        ("GGGYYR-", "mixed"),
        ("-------", "insufficient_evidence"),
    ] {
        assert_eq!(verdict(letters), expected, "{letters}");
    }
}

#[test]
fn ten_percent_more_engineers_or_fifteen_percent_more_services_is_growing() {
    let rules = Rules::default();
    let direction = |engineers, services| Direction::of(engineers, services, &rules).name();
    // 55 of 50, 23 of 20.
    assert_eq!(direction(Some(55.0 / 50.0 - 1.0), None), "growing");
    assert_eq!(direction(None, Some(23.0 / 20.0 - 1.0)), "growing");
    assert_eq!(direction(Some(0.09), Some(0.14)), "steady");
    assert_eq!(direction(Some(0.09), None), "unknown");
    assert_eq!(direction(None, None), "unknown");
}

#[test]
fn mixed_says_where_you_are_headed_and_a_platform_that_works_is_never_told_to_wait() {
    let mixed = |direction| Verdict::Mixed.words(direction);
    assert!(mixed(Direction::Growing).contains("start sooner"));
    assert!(mixed(Direction::Steady).contains("can wait"));
    assert!(mixed(Direction::Unknown).contains("not known"));
    assert!(Verdict::MostlyRed.words(Direction::Steady).starts_with("Wait"));
    let residual = Verdict::MostlyRed.residual_words();
    assert!(residual.contains("success") && !residual.to_lowercase().contains("wait"));
}

#[test]
fn the_phase_follows_the_months_since_the_start_or_the_verdict_without_one() {
    let named = |verdict, months| phase(verdict, Direction::Steady, months).unwrap_or("none");
    assert!(named(Verdict::MostlyRed, Some(5)).starts_with("Phase 1"));
    assert!(named(Verdict::MostlyRed, Some(6)).starts_with("Phase 2"));
    assert!(named(Verdict::MostlyRed, Some(12)).starts_with("Phase 3"));
    assert!(named(Verdict::MostlyGreen, None).starts_with("Phase 0"));
    assert_eq!(named(Verdict::MostlyRed, None), "none");
}

#[test]
fn a_trend_is_of_need_and_two_borderline_colours_are_about_the_same() {
    let standing = |colour, is_borderline| Some(Standing { colour, is_borderline });
    let sign = |before, now| Trend::between(before, now).map(Trend::sign);
    let (red, yellow) = (Colour::Red, Colour::Yellow);
    assert_eq!(sign(standing(red, true), standing(yellow, false)), Some("▲ more need"));
    assert_eq!(sign(standing(yellow, false), standing(red, true)), Some("▼ less need"));
    assert_eq!(sign(standing(red, false), standing(red, true)), Some("="));
    assert_eq!(sign(standing(red, true), standing(yellow, true)), Some("≈"));
    assert_eq!(sign(None, standing(yellow, true)), None);
}
