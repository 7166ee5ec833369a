//! June 2026 of some people who all leave the same traces, in the files of the tables: the worked
//! example of the effort model, 21 working days with a holiday and two days off.
//!
//! Each person has tickets of their own. Of the 21 days PAY-1 has 2399/440 from the third of June on
//! and 2 before, PAY-2 9/4, OPS-7 1099/440, DISC-3 14/5; 4 show nothing, 2 are days off.

use std::fmt::Write;

use crate::small_lake::sha;
use crate::world::{Run, World};

/// Puts the facts into files and reads them in.
pub(crate) struct WorkedMonth {
    /// Person and team.
    pub(crate) people: Vec<(String, &'static str)>,
    /// Files that tests add, or put in place of those: name and content.
    pub(crate) files: Vec<(&'static str, String)>,
}

impl WorkedMonth {
    pub(crate) fn of(team: &'static str, count: usize) -> WorkedMonth {
        let people = (1..=count).map(|number| (format!("p{number}"), team)).collect();
        WorkedMonth { people, files: Vec::new() }
    }

    pub(crate) fn and(mut self, name: &'static str, content: &str) -> WorkedMonth {
        self.files.push((name, content.to_owned()));
        self
    }

    pub(crate) fn ingest(&self, world: &World, lake: &str) -> Run {
        let mut files = vec![
            ("people.csv", self.table("person_id,name,kind,role", |p, _| format!("{p},Name of {p},human,engineer\n"))),
            ("identities.csv", self.table("provider,identifier,person_id", |p, _| {
                format!("git,{p}@acme.example,{p}\ngithub,{p}-login,{p}\n")
            })),
            ("team_members.csv", self.table("team_id,person_id,valid_from", |p, team| {
                format!("{team},{p},2026-01-01T00:00:00Z\n")
            })),
            ("employments.csv", self.table(
                "person_id,valid_from,employee_id,employment_type,entity,country,fte_ratio,cost_center",
                |p, _| format!("{p},2026-01-01T00:00:00Z,E-{p},employee,Acme Inc,US,1,CC1\n"),
            )),
            ("absences.csv", self.table("person_id,absent_on,fraction", |p, _| {
                format!("{p},2026-06-11,1\n{p},2026-06-12,1\n")
            })),
            ("calendars.csv", "country,holiday_on,name\nUS,2026-06-19,Juneteenth\n".to_owned()),
            ("work_items.csv", self.table(
                "work_item_id,key,kind,title,project_id,assignee_id,status,status_category,work_type",
                |p, _| tickets(p),
            )),
            ("work_item_transitions.csv", self.table(
                "work_item_id,transitioned_at,field,from_value,to_value",
                |p, _| transitions(p),
            )),
            ("commits.csv", self.table(
                "repository_id,sha,author_email,authored_at,committed_at,is_merge,work_item_keys",
                |p, _| commits(p),
            )),
            ("pull_requests.csv", self.table(
                "pull_request_id,repository_id,number,author_login,created_at,merged_at,work_item_keys",
                |p, _| format!(
                    "shop#{p}1,shop,1,{p}-login,2026-06-10T12:00:00Z,2026-06-15T12:00:00Z,\"[\"\"{p}-PAY-1\"\"]\"\n\
                     shop#{p}2,shop,2,somebody,2026-03-01T12:00:00Z,,\"[\"\"{p}-OPS-7\"\"]\"\n"
                ),
            )),
            ("reviews.csv", self.table(
                "review_id,pull_request_id,reviewer_login,state,submitted_at",
                |p, _| format!(
                    "{p}r1,shop#{p}2,{p}-login,commented,2026-06-04T10:00:00Z\n\
                     {p}r2,shop#{p}2,{p}-login,approved,2026-06-04T15:00:00Z\n"
                ),
            )),
        ];
        files.retain(|(name, _)| self.files.iter().all(|(given, _)| given != name));
        files.extend(self.files.iter().cloned());
        let folder = format!("{lake}-files");
        for (name, content) in &files {
            if !content.is_empty() {
                world.file(&format!("{folder}/{name}"), content);
            }
        }
        world.milepost(&["ingest", "files", &world.place(&folder), "--lake", &world.place(lake)])
    }

    fn table(&self, head: &str, rows: impl Fn(&str, &str) -> String) -> String {
        let rows: String = self.people.iter().map(|(person, team)| rows(person, team)).collect();
        format!("{head}\n{rows}")
    }
}

fn tickets(p: &str) -> String {
    format!(
        "{p}-PAY-1,{p}-PAY-1,Story,Pay,PAY,{p},Done,done,new_functionality\n\
         {p}-PAY-2,{p}-PAY-2,Story,Refund,PAY,{p},Done,done,new_functionality\n\
         {p}-DISC-3,{p}-DISC-3,Task,Find out,DISC,{p},Done,done,planning\n\
         {p}-OPS-7,{p}-OPS-7,Task,Upkeep,OPS,,In Progress,in_progress,maintenance\n"
    )
}

/// PAY-1 in progress on 1 to 5 and 8 to 10 June, DISC-3 on 15 to 18, PAY-2 on 22 to 24.
fn transitions(p: &str) -> String {
    let mut rows = String::new();
    for (ticket, from, to) in [
        ("PAY-1", "01", "05"),
        ("PAY-1", "08", "10"),
        ("DISC-3", "15", "18"),
        ("PAY-2", "22", "24"),
    ] {
        let _ = writeln!(rows, "{p}-{ticket},2026-06-{from}T09:00:00Z,status,To Do,In Progress");
        let _ = writeln!(rows, "{p}-{ticket},2026-06-{to}T17:00:00Z,status,In Progress,Done");
    }
    rows
}

/// PAY-1 on 2 (twice), 3, 5 (three times) and 9 (twice), OPS-7 on 3, 9, 16 and 24 (twice), PAY-2 on 23
/// (twice).
fn commits(p: &str) -> String {
    let days = [
        ("PAY-1", "02"),
        ("PAY-1", "02"),
        ("PAY-1", "03"),
        ("PAY-1", "05"),
        ("PAY-1", "05"),
        ("PAY-1", "05"),
        ("PAY-1", "09"),
        ("PAY-1", "09"),
        ("OPS-7", "03"),
        ("OPS-7", "09"),
        ("OPS-7", "16"),
        ("PAY-2", "23"),
        ("PAY-2", "23"),
        ("OPS-7", "24"),
        ("OPS-7", "24"),
    ];
    let row = |(number, (ticket, day)): (usize, &(&str, &str))| {
        let at = format!("2026-06-{day}T11:00:{number:02}Z");
        let sha = sha(&format!("{p}{number}"));
        format!("shop,{sha},{p}@acme.example,{at},{at},false,\"[\"\"{p}-{ticket}\"\"]\"\n")
    };
    days.iter().enumerate().map(row).collect()
}
