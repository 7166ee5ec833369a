use super::{Unit, count, duration, number, per_day, ratio};

#[test]
fn a_duration_is_told_in_its_two_largest_units() {
    let told = [
        (0.0, "0 s"),
        (0.2, "<1 s"),
        (45.0, "45 s"),
        (60.0, "1 min"),
        (150.0, "2 min 30 s"),
        (2_700.0, "45 min"),
        (3_600.0, "1 h"),
        (12_000.0, "3 h 20 min"),
        (86_400.0, "1 d"),
        (449_280.0, "5.2 d"),
        (31_557_600.0, "365 d"),
        (-12_000.0, "-3 h 20 min"),
    ];
    for (seconds, text) in told {
        assert_eq!(duration(seconds), text, "{seconds}");
    }
}

#[test]
fn a_duration_carries_when_it_rounds_up() {
    let told = [(59.6, "1 min"), (599.7, "10 min"), (3_599.0, "1 h"), (86_399.0, "1 d")];
    for (seconds, text) in told {
        assert_eq!(duration(seconds), text, "{seconds}");
    }
}

#[test]
fn a_ratio_is_told_in_percent() {
    for (value, text) in [(0.125, "12.5 %"), (0.0, "0 %"), (1.0, "100 %"), (0.2, "20 %")] {
        assert_eq!(ratio(value), text);
    }
}

#[test]
fn rounding_claims_neither_none_nor_all() {
    assert_eq!(ratio(0.0001), "<0.1 %");
    assert_eq!(ratio(0.9999), ">99.9 %");
    assert_eq!(number(0.001), "<0.01");
}

#[test]
fn a_rate_is_told_in_the_span_a_person_would_use() {
    let told = [
        (0.0, "0 / day"),
        (0.71, "0.71 / day"),
        (12.34, "12.3 / day"),
        (1_234.6, "1,235 / day"),
        (0.3, "2.1 / week"),
        (0.0427, "1.3 / month"),
        (0.01, "3.7 / year"),
        (1.0 / 7.0, "1 / week"),
    ];
    for (rate, text) in told {
        assert_eq!(per_day(rate), text, "{rate}");
    }
}

#[test]
fn a_count_marks_its_thousands() {
    let told = [
        (0, "0"),
        (999, "999"),
        (1_000, "1,000"),
        (12_345, "12,345"),
        (-1_234_567, "-1,234,567"),
        (i64::MIN, "-9,223,372,036,854,775,808"),
    ];
    for (value, text) in told {
        assert_eq!(count(value), text);
    }
}

#[test]
fn what_is_no_number_reads_no_data() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for unit in Unit::ALL {
            assert_eq!(unit.text(value), "no data", "{unit}");
        }
    }
}

#[test]
fn no_finite_number_is_too_large_to_tell() {
    for unit in Unit::ALL {
        for value in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, 1e15, 1e18] {
            assert!(!unit.text(value).is_empty());
        }
    }
}

#[test]
fn every_unit_reads_back_from_its_name() {
    for unit in Unit::ALL {
        assert_eq!(unit.name().parse::<Unit>().ok(), Some(unit));
    }
    let error = "hours".parse::<Unit>().expect_err("no such unit").to_string();
    assert_eq!(
        error,
        "failed to read \"hours\" as a unit; \
         choose one of seconds, ratio, count, count_per_day, score, cost"
    );
}

#[test]
fn an_axis_uses_the_span_its_largest_value_is_told_in() {
    assert_eq!(Unit::Seconds.scale(449_280.0).label, "days");
    assert_eq!(Unit::Seconds.scale(7_200.0).label, "hours");
    assert_eq!(Unit::CountPerDay.scale(0.3).label, "per week");
    assert_eq!(Unit::CountPerDay.scale(0.3).applied(0.3), 0.3 * 7.0);
}

#[test]
fn rates_in_one_column_keep_to_one_span() {
    let scale = Unit::CountPerDay.scale(0.35);
    let told = [(0.35, "2.4 / week"), (0.0427, "0.3 / week"), (0.0, "0 / week")];
    for (rate, text) in told {
        assert_eq!(Unit::CountPerDay.text_on(scale, rate), text, "{rate}");
    }
    assert_eq!(Unit::Seconds.text_on(Unit::Seconds.scale(1e6), 45.0), "45 s");
}

#[test]
fn a_value_is_drawn_as_it_is_told() {
    let scale = Unit::CountPerDay.scale(0.45);
    for rate in [0.35, 0.45, 0.1, 0.1499] {
        let drawn = Unit::CountPerDay.rounded_on(scale, rate);
        let told = Unit::CountPerDay.text_on(scale, rate);
        assert_eq!(told, format!("{drawn} / week"));
    }
}

#[test]
fn a_value_is_neither_drawn_as_none_nor_as_all_by_rounding() {
    let percent = |ratio| Unit::Ratio.rounded_on(Unit::Ratio.scale(1.0), ratio);
    assert_eq!([0.0, 0.0001, 0.125, 0.9999, 1.0].map(percent), [0.0, 0.1, 12.5, 99.9, 100.0]);
    assert_eq!(Unit::Score.rounded_on(Unit::Score.scale(1.0), -0.0001), -0.01);
}
