use super::*;

#[test]
fn instants_take_any_offset_and_become_utc() {
    for (written, expected) in [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00"),
        ("2026-01-31T12:00:00+05:30", "2026-01-31T06:30:00+00:00"),
        ("2026-01-31t12:00:00.123456789z", "2026-01-31T12:00:00.123456+00:00"),
        ("1969-12-31T23:59:59.9999999-00:00", "1969-12-31T23:59:59.999999+00:00"),
    ] {
        let file = taken("teams.csv", format!("team_id,deleted_at\nt,{written}\n"));
        assert_eq!(instant(&file, "deleted_at").as_deref(), Some(expected));
    }
    for written in ["2026-01-31T12:00:00", "2026-01-31", "1769860800", "yesterday"] {
        let file = taken("teams.csv", format!("team_id,deleted_at\nt,{written}\n"));
        assert_eq!(
            only_rejected(&file).reason,
            format!(
                "`deleted_at` is `{written}`, but an RFC 3339 instant with its zone, such as \
                 `2026-01-31T12:00:00Z`, is expected"
            )
        );
    }
}

#[test]
fn dates_are_written_in_full() {
    let file = taken("people.csv", "person_id,hired_on\np,2026-01-31\n");
    let days = file.rows.column_by_name("hired_on").expect("the column");
    assert_eq!(days.as_primitive::<arrow::datatypes::Date32Type>().value(0), 20_484);
    for written in ["2026-1-31", "31.01.2026", "2026-02-30", "2026-01-31T00:00:00Z"] {
        let file = taken("people.csv", format!("person_id,hired_on\np,{written}\n"));
        assert_eq!(
            only_rejected(&file).reason,
            format!("`hired_on` is `{written}`, but a date such as `2026-01-31` is expected")
        );
    }
}

#[test]
fn whole_numbers_are_exact() {
    let head = "pull_request_id,number";
    for (written, expected) in
        [("9007199254740993", 9_007_199_254_740_993), ("5.0", 5), ("-3", -3), ("007", 7)]
    {
        let file = taken("pull_requests.csv", format!("{head}\np,{written}\n"));
        assert_eq!(whole(&file, "number"), Some(expected));
    }
    for written in ["5.5", "5.", "1e3", "9223372036854775808", "five", " 5"] {
        let file = taken("pull_requests.csv", format!("{head}\np,{written}\n"));
        assert_eq!(
            only_rejected(&file).reason,
            format!("`number` is `{written}`, but a whole number such as `12` is expected")
        );
    }
}

#[test]
fn booleans_are_true_or_false() {
    let head = "pull_request_id,is_draft";
    let file = taken("pull_requests.csv", format!("{head}\na,true\nb,false\nc,TRUE\nd,\n"));
    let flags = file.rows.column_by_name("is_draft").expect("the column").as_boolean();
    let flags: Vec<Option<bool>> = flags.iter().collect();
    assert_eq!(flags, [Some(true), Some(false), Some(true), None]);
    for written in ["1", "yes", "t"] {
        let file = taken("pull_requests.csv", format!("{head}\np,{written}\n"));
        assert_eq!(
            only_rejected(&file).reason,
            format!("`is_draft` is `{written}`, but `true` or `false` is expected")
        );
    }
}

#[test]
fn lists_are_json_arrays() {
    let head = "pull_request_id,labels";
    for (written, expected) in [
        (r#""[""a"",""b, c""]""#, Some(vec!["a".to_owned(), "b, c".to_owned()])),
        ("[7]", Some(vec!["7".to_owned()])),
        ("[]", Some(Vec::new())),
        ("", None),
    ] {
        let file = taken("pull_requests.csv", format!("{head}\np,{written}\n"));
        assert_eq!(list(&file, "labels"), expected);
    }
    for (written, shown) in
        [("a;b", "a;b"), ("[a]", "[a]"), ("[null]", "[null]"), ("[1.5]", "[1.5]")]
    {
        let file = taken("pull_requests.csv", format!("{head}\np,{written}\n"));
        assert_eq!(
            only_rejected(&file).reason,
            format!(
                "`labels` is `{shown}`, but an array of texts such as `[\"a\",\"b\"]` is expected"
            )
        );
    }
}

#[test]
fn byte_order_marks_and_windows_line_ends_are_taken() {
    let file = taken("teams.csv", "\u{feff}team_id,name\r\na,\"A\r\nB\"\r\nb,\r\n");
    assert_eq!(texts(&file, "team_id"), [Some("a".to_owned()), Some("b".to_owned())]);
    assert_eq!(texts(&file, "name"), [Some("A\r\nB".to_owned()), None]);
}

#[test]
fn a_rejected_record_has_its_own_line_and_text() {
    for end in ["\n", "\r\n", "\r"] {
        let lines = [
            "",
            "person_id,kind,name",
            "a,robot,",
            "b,human,\"two",
            "lines\"",
            "",
            "",
            "c,robot,\"three",
            "",
            "lines\"",
            "d,robot,x",
        ];
        let file = taken("people.csv", lines.join(end));
        assert_eq!(texts(&file, "name"), [Some(format!("two{end}lines"))]);
        let found: Vec<(u64, String)> =
            file.rejected.iter().map(|r| (r.line, r.record.clone())).collect();
        assert_eq!(
            found,
            [
                (3, "a,robot,".to_owned()),
                (8, format!("c,robot,\"three{end}{end}lines\"")),
                (11, "d,robot,x".to_owned()),
            ]
        );
    }
}

#[test]
fn a_wrong_number_of_fields_refuses_the_row_only() {
    let file = taken("teams.csv", "team_id,name\na,A,more\nb\nc,C\n");
    assert_eq!(texts(&file, "team_id"), [Some("c".to_owned())]);
    assert_eq!(file.rejected.len(), 2);
    assert_eq!(
        file.rejected[0].reason,
        "it has 3 fields where the header has 2; quote a field that holds a comma"
    );
    assert_eq!(file.rejected[1].record, "b");
}

#[test]
fn a_quote_that_is_never_closed_does_not_swallow_the_file_unseen() {
    let file = taken("teams.csv", "team_id,name\na,5\" rack\nb,\"B\nc,C\nd,D\n");
    assert_eq!(texts(&file, "name"), [Some("5\" rack".to_owned())]);
    let rejected = only_rejected(&file);
    assert_eq!(rejected.reason, "a quote is opened and never closed; close it, or double it");
    assert_eq!((rejected.line, rejected.record.as_str()), (3, "b,\"B\nc,C\nd,D"));
    let file = taken("teams.csv", "team_id,name\na,5\" rack\n");
    assert_eq!(file.rejected, []);
}

#[test]
fn text_that_is_not_utf_8_refuses_the_row_only() {
    let file = taken("teams.csv", b"team_id,name\na,\xff\nb,B\n");
    assert_eq!(text(&file, "team_id").as_deref(), Some("b"));
    let rejected = only_rejected(&file);
    assert_eq!(rejected.reason, "`name` is not UTF-8; save the file as that");
    assert_eq!(rejected.record, "a,\u{fffd}");
}

#[test]
fn what_is_no_csv_is_refused_with_the_reason() {
    assert_eq!(
        refused("teams.csv", ""),
        "failed to read teams.csv: it is empty; begin it with a line of column names"
    );
    assert_eq!(
        refused("teams.csv", "team_id;name\na;A\n"),
        "failed to read teams.csv: its columns are set apart by \";\"; use commas"
    );
    assert_eq!(
        refused("teams.csv", b"\xff\xfet\0e\0"),
        "failed to read teams.csv: its header is not UTF-8; save it as that"
    );
    assert_eq!(
        refused("teams.csv", "team_id,name,\na,A,\n"),
        "teams.csv has columns that `teams` does not: number 3 has no name; name it or take it out"
    );
}

#[test]
fn years_that_can_t_be_shown_refuse_the_row() {
    // The first and the last are in the years 0 and 10000 in UTC.
    for written in
        ["0001-01-01T00:00:00+00:01", "0000-06-01T00:00:00Z", "9999-12-31T23:59:59-14:00"]
    {
        let file = taken("teams.csv", format!("team_id,deleted_at\nt,{written}\n"));
        assert!(only_rejected(&file).reason.starts_with("`deleted_at` is"), "{written}");
    }
    for written in ["0000-01-01", "-001-01-01"] {
        let file = taken("people.csv", format!("person_id,hired_on\np,{written}\n"));
        assert!(only_rejected(&file).reason.starts_with("`hired_on` is"), "{written}");
    }
}

#[test]
fn what_a_file_says_stays_on_one_short_line() {
    let file = taken("people.csv", "person_id,kind\na,\"x\n\u{1b}[31m\u{202e}\"\n");
    assert!(
        only_rejected(&file).reason.starts_with("`kind` is `x\\n\\u{1b}[31m\\u{202e}`, but"),
        "{}",
        only_rejected(&file).reason
    );
    let error = refused("teams.csv", format!("team_id,\"a\nb\"{}\n", ",x".repeat(1_000)));
    assert!(error.contains("`a\\nb`") && error.ends_with("; and 996 more"), "{error}");
    let error = refused("teams.csv", format!("team_id,{}\n", "x".repeat(100_000)));
    assert!(error.len() < 300, "{} letters", error.len());
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    let file = taken("teams.csv", "team_id,name");
    assert_eq!(file.rows.num_rows(), 0);
    assert_eq!(column_names(&file.rows), ["team_id", "name", "source", "observed_at", "basis"]);
}
