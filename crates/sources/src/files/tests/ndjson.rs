use super::*;

#[test]
fn a_long_line_is_refused_in_few_words() {
    let long = format!("{{\"team_id\":\"a\"}}\n\"{}\"\n", "\\u001b".repeat(9_000));
    let file = taken("teams.ndjson", long);
    let rejected = only_rejected(&file);
    assert!(rejected.reason.len() < 1_500 && !rejected.reason.contains('\u{1b}'), "{rejected:?}");
}

fn teams(lines: &str) -> TableFile {
    taken("teams.ndjson", lines)
}

fn names_of(rejected: &[Rejected]) -> Vec<&str> {
    rejected.iter().map(|rejected| rejected.reason.as_str()).collect()
}

#[test]
fn text_takes_integers_exactly() {
    let file = teams(
        "{\"team_id\": 9007199254740993}\n{\"team_id\": -1}\n{\"team_id\": 18446744073709551615}\n",
    );
    let ids: Vec<String> = texts(&file, "team_id").into_iter().flatten().collect();
    assert_eq!(ids, ["9007199254740993", "-1", "18446744073709551615"]);
}

#[test]
fn text_takes_nothing_that_could_be_written_in_two_ways() {
    let file = teams(
        "{\"team_id\": 1.5}\n{\"team_id\": true}\n{\"team_id\": {\"id\":1}}\n\
         {\"team_id\": 36893488147419103232}\n",
    );
    assert_eq!(file.rows.num_rows(), 0);
    assert_eq!(
        names_of(&file.rejected)[..3],
        [
            "`team_id` is `1.5`, but text is expected",
            "`team_id` is `true`, but text is expected",
            "`team_id` is `{\"id\":1}`, but text is expected",
        ]
    );
    assert_eq!(file.rejected.len(), 4);
}

#[test]
fn numbers_booleans_and_lists_are_not_texts() {
    for (name, value, expected) in [
        ("number", "\"12\"", "a whole number such as `12`"),
        ("number", "1.5", "a whole number such as `12`"),
        ("is_draft", "\"true\"", "`true` or `false`"),
        ("is_draft", "1", "`true` or `false`"),
        ("labels", "\"a\"", "an array of texts such as `[\"a\",\"b\"]`"),
        ("labels", "[true]", "an array of texts such as `[\"a\",\"b\"]`"),
        (
            "merged_at",
            "1769860800",
            "an RFC 3339 instant with its zone, such as `2026-01-31T12:00:00Z`,",
        ),
    ] {
        let line = format!("{{\"pull_request_id\":\"p\",\"{name}\":{value}}}");
        let file = taken("pull_requests.ndjson", &line);
        let rejected = only_rejected(&file);
        assert_eq!(rejected.reason, format!("`{name}` is `{value}`, but {expected} is expected"));
        assert_eq!(rejected.record, line);
    }
    let file = taken(
        "pull_requests.jsonl",
        "{\"pull_request_id\":\"p\",\"number\":5.0,\"labels\":[],\"is_draft\":false}",
    );
    assert_eq!(whole(&file, "number"), Some(5));
    assert_eq!(list(&file, "labels"), Some(Vec::new()));
}

#[test]
fn an_integer_that_a_float_cannot_hold_is_kept_or_refused() {
    let line = |number: &str| format!("{{\"pull_request_id\":\"p\",\"number\":{number}}}");
    let file = taken("pull_requests.ndjson", line("9007199254740993"));
    assert_eq!(whole(&file, "number"), Some(9_007_199_254_740_993));
    let file = taken("pull_requests.ndjson", line("9007199254740993.0"));
    assert_eq!(file.rejected.len(), 1);
}

#[test]
fn an_unknown_key_in_any_line_refuses_the_call() {
    assert_eq!(
        refused("teams.ndjson", "{\"team_id\":\"a\"}\n{\"team_id\":\"b\",\"nmae\":null}\n"),
        "teams.ndjson has columns that `teams` does not: `nmae` (nearest: `name`)"
    );
}

#[test]
fn a_key_that_one_line_lacks_is_null_there() {
    let file = teams("{\"team_id\":\"a\"}\n\n{\"name\":\"B\",\"team_id\":\"b\"}\r\n");
    assert_eq!(texts(&file, "name"), [None, Some("B".to_owned())]);
    assert_eq!(column_names(&file.rows), ["team_id", "name", "source", "observed_at", "basis"]);
    let file = teams("{\"team_id\":\"a\"}\n{\"name\":\"B\"}\n");
    assert_eq!(only_rejected(&file).line, 2);
}

#[test]
fn no_line_with_the_key_refuses_the_call() {
    assert_eq!(
        refused("teams.ndjson", "{\"name\":\"A\"}\n"),
        "teams.ndjson lacks `team_id`; every row of `teams` needs `team_id`"
    );
}

#[test]
fn a_malformed_line_is_refused_alone() {
    let file = teams(
        "\u{feff}{\"team_id\":\"a\"}\n{\"team_id\":\n[1]\n{\"team_id\":\"b\"} {}\n\
         {\"team_id\":\"c\",\"team_id\":\"d\"}\n{\"team_id\":\"e\"}\n",
    );
    let ids: Vec<String> = texts(&file, "team_id").into_iter().flatten().collect();
    assert_eq!(ids, ["a", "e"]);
    let lines: Vec<u64> = file.rejected.iter().map(|rejected| rejected.line).collect();
    assert_eq!(lines, [2, 3, 4, 5]);
    assert_eq!(
        names_of(&file.rejected),
        [
            "it is no JSON object: EOF while parsing a value at character 11",
            "it is no JSON object: invalid type: sequence, expected an object",
            "it is no JSON object: trailing characters at character 17",
            "`team_id` is given twice; keep one",
        ]
    );
    assert_eq!(file.rejected[1].record, "[1]");
}

#[test]
fn bytes_that_are_not_utf_8_refuse_the_line_only() {
    let file = taken("teams.ndjson", b"{\"team_id\":\"\xff\"}\n{\"team_id\":\"b\"}\n");
    assert_eq!(text(&file, "team_id").as_deref(), Some("b"));
    assert_eq!(only_rejected(&file).record, "{\"team_id\":\"\u{fffd}\"}");
}

#[test]
fn what_is_no_ndjson_is_refused() {
    for content in ["[{\"team_id\":\"a\"}]", "[\n  {\n    \"team_id\": \"a\"\n  }\n]", "a,b\n1,2\n"]
    {
        assert_eq!(
            refused("teams.ndjson", content),
            "failed to read teams.ndjson: no line of it is a JSON object; write one object a line"
        );
    }
}

#[test]
fn a_file_without_lines_is_a_table_without_rows() {
    let file = teams("\n");
    assert_eq!(file.rows.num_rows(), 0);
    assert_eq!(column_names(&file.rows), ["team_id", "source", "observed_at", "basis"]);
}

#[test]
fn deployments_follow_the_same_rules() {
    let file = taken(
        "deployments.ndjson",
        "{\"deployment_id\":7,\"service_id\":\"api\",\"outcome\":\"success\",\
         \"environment\":\"PROD\",\"finished_at\":\"2026-01-31T12:00:00+01:00\"}\n",
    );
    assert_eq!(text(&file, "deployment_id").as_deref(), Some("7"));
    assert_eq!(text(&file, "repository_id").as_deref(), Some("r"));
    assert_eq!(text(&file, "environment").as_deref(), Some("production"));
    assert_eq!(text(&file, "source_environment").as_deref(), Some("PROD"));
    assert_eq!(text(&file, "source_outcome").as_deref(), Some("success"));
    assert_eq!(instant(&file, "finished_at").as_deref(), Some("2026-01-31T11:00:00+00:00"));
}
