//! Use of AI, toil and what people say, asked of a lake in files.

use crate::small_lake::SmallLake;

/// Five engineers of the red team. No file names teams themselves.
fn lake() -> SmallLake {
    let lake = SmallLake::new(&[("a", "", "01-01 09:00")]);
    let mut people = "person_id,kind,role,hired_on\n".to_owned();
    let mut members = "team_id,person_id,valid_from\n".to_owned();
    let mut usage = "person_id,used_on,tool,is_active,cost,currency\n".to_owned();
    let mut answers =
        "survey_id,wave,respondent_hash,question_id,team_id,scale,score,answered_at\n".to_owned();
    let mut tickets = "ticket_id,team_id,category,created_at,resolved_at\n".to_owned();
    for at in 0..5 {
        people += &format!("p{at},human,engineer,2020-01-01\n");
        members += &format!("red,p{at},<01-01 00:00>\n");
        usage += &format!("p{at},2026-01-12,cursor,true,3.5,USD\n");
        answers += &format!("s,w,0123456789abcdef{at},csat,red,csat_1_5,4,<01-13 09:00>\n");
        tickets += &format!("T{at},red,access,<01-1{at} 09:00>,<01-1{at} 10:00>\n");
    }
    lake.file("people", &people).file("team_members", &members).file("ai_usage", &usage);
    lake.file("survey_responses", &answers).file("support_tickets", &tickets);
    lake.ingest();
    lake
}

#[test]
fn use_of_ai_toil_and_answers_are_told_of_a_lake_without_a_table_of_teams() {
    let lake = lake();
    let january = "where window_kind = 'month' and window_start = '2026-01-01T00:00:00Z'";
    let asked = |columns: &str, from: &str, and: &str| {
        lake.lines(&format!("select {columns} from {from} {january}{and} order by 1"))
    };
    assert_eq!(
        asked(
            "subject_id, value, sample_size",
            "metrics.ai_active_share",
            " and subject_kind <> 'service' and subject_id <> 'unowned'"
        ),
        ["organization | 1.0 | 5", "red | 1.0 | 5"]
    );
    assert_eq!(
        asked("band, developers_count, reason", "windowed.ai_bands", ""),
        [
            "heavy | 0 | no_developers",
            "light | 5 | no_merged_pull_requests",
            "moderate | 0 | no_developers",
            "none | 0 | no_developers"
        ]
    );
    assert_eq!(
        asked("template, pieces_count, cost_seconds", "windowed.automation_candidates", ""),
        ["access | 5 | 18000.0"]
    );
    assert_eq!(
        asked(
            "subject_id, satisfaction, answers_count, lead_time_reason",
            "windowed.satisfaction_beside_delivery",
            " and subject_id = 'red'"
        ),
        ["red | 4.0 | 5 | no_services"]
    );
}
