use super::*;

fn names(files: &[TableFile]) -> Vec<&str> {
    files.iter().filter_map(|file| file.path.file_name()?.to_str()).collect()
}

#[test]
fn a_folder_gives_its_tables_by_name_and_lets_other_files_alone() {
    let folder = Folder::new();
    folder.write("teams.csv", "team_id\nt\n");
    folder.write("people.ndjson", "{\"person_id\":\"p\"}\n");
    folder.write("services.JSONL", "{\"service_id\":\"s\"}\n");
    folder.write("README.md", "# Read me\n");
    folder.write("notes", "none\n");
    std::fs::create_dir(folder.path().join("old.csv")).expect("a folder");
    let files = read(&[folder.path().to_owned()], &context()).expect("taken");
    assert_eq!(names(&files), ["people.ndjson", "services.JSONL", "teams.csv"]);
    assert_eq!(files[0].table.name, "people");
}

#[test]
fn files_come_in_the_order_given_and_only_once() {
    let folder = Folder::new();
    let teams = folder.write("teams.csv", "team_id\nt\n");
    let people = folder.write("people.csv", "person_id\np\n");
    let repositories = folder.write("service_repositories.csv", "service_id,repository_id\ns,r\n");
    let paths = [teams.clone(), repositories, people, teams, folder.path().to_owned()];
    let files = read(&paths, &context()).expect("taken");
    assert_eq!(names(&files), ["teams.csv", "service_repositories.csv", "people.csv"]);
}

#[test]
fn a_name_of_no_table_refuses_the_call_and_lists_the_nearest() {
    let folder = Folder::new();
    folder.write("teams.csv", "team_id\nt\n");
    folder.write("deploys.csv", "deployment_id\nd\n");
    assert_eq!(
        sentence(&folder, read(&[folder.path().to_owned()], &context())),
        "deploys.csv is named after no table, for there is no `deploys`; nearest: \
         `deployments`"
    );
}

#[test]
fn tables_that_milepost_writes_cannot_be_given() {
    for name in ["ingest_runs", "rejected_records", "deployed_changes", "classified_deployments"] {
        assert_eq!(
            refused(&format!("{name}.csv"), "x\n"),
            format!(
                "{name}.csv is named after `{name}`, which Milepost writes itself; rename it, or \
                 leave it out"
            )
        );
    }
}

#[test]
fn another_kind_of_file_is_refused_where_it_is_named() {
    assert_eq!(
        refused("teams.xlsx", ""),
        "failed to read teams.xlsx: its name does not end in `.csv`, `.ndjson`, `.jsonl` or \
         `.parquet`"
    );
}

#[test]
fn a_folder_without_tables_is_refused() {
    let folder = Folder::new();
    folder.write("README.md", "# Read me\n");
    let error = read(&[folder.path().to_owned()], &context()).expect_err("refused").to_string();
    assert!(error.contains("no file in it ends in `.csv`"), "{error}");
}

#[test]
fn what_is_not_there_is_named() {
    for name in ["nowhere", "teams.csv", "teams.ndjson", "teams.parquet"] {
        let folder = Folder::new();
        let error = sentence(&folder, read(&[folder.path().join(name)], &context()));
        assert!(error.starts_with(&format!("failed to read {name}: ")), "{error}");
    }
}

#[test]
fn one_bad_file_refuses_the_good_ones_too() {
    let folder = Folder::new();
    let teams = folder.write("teams.csv", "team_id\nt\n");
    let people = folder.write("people.csv", "person_id,nmae\np,P\n");
    let error = read(&[teams, people], &context()).expect_err("refused");
    assert!(matches!(error, FilesError::UnknownColumn { table: "people", .. }), "{error}");
}

#[test]
fn deployments_take_the_repository_that_the_same_call_gives_their_service() {
    let folder = Folder::new();
    folder.write(
        "deployments.csv",
        "deployment_id,service_id,outcome,finished_at\n\
         1,web,ok,2026-01-31T12:00:00Z\n\
         2,api,ok,2026-01-31T12:00:00Z\n\
         3,two,ok,2026-01-31T12:00:00Z\n\
         4,old,ok,2026-01-31T12:00:00Z\n",
    );
    folder.write(
        "service_repositories.csv",
        "service_id,repository_id,deleted_at\n\
         web,w,\n\
         two,a,\n\
         two,b,\n\
         api,other,\n\
         old,o,2026-01-01T00:00:00Z\n",
    );
    let files = read(&[folder.path().to_owned()], &context()).expect("taken");
    assert_eq!(texts(&files[0], "repository_id"), [Some("w".to_owned())]);
    let reasons: Vec<&str> = files[0].rejected.iter().map(|r| r.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "`repository_id` is empty, but the service `api` has several repositories; name one",
            "`repository_id` is empty, but the service `two` has several repositories; name one",
            "`repository_id` is empty, and the service `old` is not known to have exactly one \
             repository; name it, or give it in `service_repositories`",
        ]
    );
}

#[test]
fn a_service_known_to_have_several_repositories_has_no_only_one() {
    let folder = Folder::new();
    folder.write("service_repositories.csv", "service_id,repository_id\nweb,w\n");
    folder.write(
        "deployments.csv",
        "deployment_id,service_id,outcome,finished_at\n1,web,ok,2026-01-31T12:00:00Z\n",
    );
    let mut context = context();
    context.only_repository.insert("web".to_owned(), String::new());
    let files = read(&[folder.path().to_owned()], &context).expect("taken");
    assert!(only_rejected(&files[0]).reason.contains("several repositories"));
}
