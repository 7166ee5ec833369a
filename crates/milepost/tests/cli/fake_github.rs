//! A GitHub small enough to be read: repositories with pull requests, deployments, issues and
//! runs, told through REST and GraphQL as the real one does, and faults on demand.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use crate::server::{Answer, Asked, Server};

/// A repository as GitHub has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hosted {
    pub(crate) number: i64,
    /// As GraphQL tells of them.
    pub(crate) pulls: Vec<Value>,
    /// As GraphQL tells of them.
    pub(crate) deployments: Vec<Value>,
    /// As GraphQL tells of them.
    pub(crate) releases: Vec<Value>,
    /// As REST tells of them.
    pub(crate) issues: Vec<Value>,
    /// As REST tells of them.
    pub(crate) runs: Vec<Value>,
    /// A bare repository to clone.
    pub(crate) git: Option<PathBuf>,
}

type Fault = Box<dyn FnMut(&Asked) -> Option<Answer> + Send>;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) repositories: BTreeMap<String, Hosted>,
    /// Old names and the new ones.
    pub(crate) renamed: BTreeMap<String, String>,
    /// False for a server that knows no GraphQL.
    pub(crate) speaks_graphql: bool,
    pub(crate) token: Option<String>,
    /// Teams of the organization `acme`, parents and logins.
    pub(crate) teams: BTreeMap<String, (Option<String>, Vec<String>)>,
    /// Links to the files of the organization `acme`'s Copilot reports, by day.
    pub(crate) reports: BTreeMap<String, Vec<String>>,
    faults: Vec<Fault>,
}

/// The server and what it tells of.
pub(crate) struct FakeGithub {
    pub(crate) server: Server,
    state: Arc<Mutex<State>>,
}

impl FakeGithub {
    pub(crate) fn new() -> FakeGithub {
        let state = State { speaks_graphql: true, ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let own = state.clone();
        let url = Arc::new(Mutex::new(String::new()));
        let own_url = url.clone();
        let server = Server::start(move |asked| {
            let url = own_url.lock().expect("the address").clone();
            answer(&mut own.lock().expect("the state"), asked, &url)
        });
        url.lock().expect("the address").clone_from(&server.url);
        FakeGithub { server, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the state")
    }

    pub(crate) fn host(&self, full_name: &str, repository: Hosted) {
        self.state().repositories.insert(full_name.to_owned(), repository);
    }

    /// Answers like this wherever the fault gives an answer.
    pub(crate) fn fault(&self, fault: impl FnMut(&Asked) -> Option<Answer> + Send + 'static) {
        self.state().faults.push(Box::new(fault));
    }

    /// Answers like this, the first `times` times that the request contains `part` in its target
    /// or body.
    pub(crate) fn fails(&self, part: &'static str, mut times: usize, answer: Answer) {
        self.fault(move |asked| {
            let body = String::from_utf8_lossy(&asked.body).into_owned();
            if times == 0 || !(asked.target.contains(part) || body.contains(part)) {
                return None;
            }
            times -= 1;
            Some(answer.clone())
        });
    }

    pub(crate) fn heal(&self) {
        self.state().faults.clear();
    }
}

/// A pull request as GraphQL tells of it: merged on the day after it was opened, reviewed in
/// between.
pub(crate) fn pull(number: i64, opened: &str, merged: Option<&str>) -> Value {
    json!({
        "id": format!("PR_{number}"), "databaseId": 9_007_199_254_740_993_i64 + number,
        "number": number, "title": format!("PAY-{number} Change {number}"),
        "url": format!("https://github.test/acme/shop/pull/{number}"),
        "isDraft": false, "createdAt": opened, "updatedAt": merged.unwrap_or(opened),
        "mergedAt": merged, "closedAt": merged,
        "author": {"__typename": "User", "login": "ann"},
        "baseRefName": "main", "headRefName": format!("change-{number}"),
        "additions": 10, "deletions": 2, "labels": {"nodes": [{"name": "b"}, {"name": "a"}]},
        "mergeCommit": merged.map(|_| json!({"oid": sha(number, "m"), "messageHeadline": "Merge",
            "parents": {"totalCount": 2}})),
        "timelineItems": {"nodes": []},
        "commits": {"totalCount": 1, "pageInfo": {"hasNextPage": false, "endCursor": null},
            "nodes": [{"commit": {"oid": sha(number, "c"), "authoredDate": opened,
                "messageHeadline": "Change", "author": {"email": "ann@acme.test",
                "user": {"login": "ann"}}}}]},
        "reviews": {"totalCount": 1, "pageInfo": {"hasNextPage": false, "endCursor": null},
            "nodes": [{"databaseId": 100 + number, "state": "APPROVED",
                "submittedAt": merged.unwrap_or(opened),
                "author": {"__typename": "User", "login": "bo"}, "comments": {"totalCount": 0}}]},
    })
}

/// A deployment as GraphQL tells of it, with states and their times.
pub(crate) fn deployment(id: i64, created: &str, states: &[(&str, &str)]) -> Value {
    let states: Vec<Value> = states
        .iter()
        .map(|(state, at)| json!({"state": state, "createdAt": at, "environment": null}))
        .collect();
    json!({
        "id": format!("DE_{id}"), "databaseId": id, "commitOid": sha(id, "d"),
        "ref": {"name": "main"}, "task": "deploy", "environment": "Prod-EU",
        "originalEnvironment": "Prod-EU", "payload": null, "createdAt": created,
        "creator": {"__typename": "Bot", "login": "github-actions"},
        "statuses": {"totalCount": states.len(),
            "pageInfo": {"hasNextPage": false, "endCursor": null}, "nodes": states},
    })
}

/// A release as GraphQL tells of it, with the commit of its tag.
pub(crate) fn release(id: i64, tag: &str, published: &str, sha: &str) -> Value {
    json!({
        "databaseId": id, "tagName": tag, "tagCommit": {"oid": sha}, "isDraft": false,
        "isPrerelease": false, "publishedAt": published, "createdAt": published,
        "url": format!("https://github.test/acme/shop/releases/tag/{tag}"),
        "author": {"__typename": "User", "login": "ann"},
    })
}

pub(crate) fn sha(number: i64, kind: &str) -> String {
    let kind = kind.bytes().next().unwrap_or_default();
    format!("{kind:02x}{number:0>38x}")
}

fn answer(state: &mut State, asked: &Asked, url: &str) -> Answer {
    if let Some(answer) = state.faults.iter_mut().find_map(|fault| fault(asked)) {
        return answer;
    }
    let is_git = asked.path().contains(".git/");
    if let Some(token) = &state.token {
        let given = asked.header("authorization").unwrap_or_default();
        if given != format!("Bearer {token}") && given != format!("token {token}") && !is_git {
            return Answer::text(401, r#"{"message":"Bad credentials"}"#);
        }
    }
    if is_git {
        return git(state, asked);
    }
    if asked.path().ends_with("/graphql") {
        return match state.speaks_graphql {
            true => graphql(state, asked),
            false => missing(),
        };
    }
    rest(state, asked, url)
}

fn missing() -> Answer {
    Answer::text(404, r#"{"message":"Not Found"}"#)
}

fn graphql(state: &State, asked: &Asked) -> Answer {
    let asked: Value = serde_json::from_slice(&asked.body).expect("a question");
    let (query, variables) = (asked["query"].as_str().expect("a query"), &asked["variables"]);
    if query.contains("nodes(ids") {
        let wanted = variables["ids"].as_array().expect("ids");
        let all = state.repositories.values().flat_map(|hosted| &hosted.deployments);
        let found: Vec<&Value> = all.filter(|one| wanted.contains(&one["id"])).collect();
        return Answer::json(&json!({"data": {"nodes": found}}));
    }
    let name = format!(
        "{}/{}",
        variables["owner"].as_str().unwrap_or_default(),
        variables["name"].as_str().unwrap_or_default()
    );
    let Some(hosted) = state.repositories.get(&name) else {
        return Answer::json(&json!({"data": {"repository": null},
            "errors": [{"type": "NOT_FOUND", "message": "Could not resolve"}]}));
    };
    if query.contains("pullRequests{totalCount}") {
        let count = |list: &[Value]| json!({"totalCount": list.len()});
        return Answer::json(&json!({"data": {"repository": {
            "pullRequests": count(&hosted.pulls), "deployments": count(&hosted.deployments),
            "releases": count(&hosted.releases)}}}));
    }
    let (part, list, by) = if query.contains("pullRequests(") {
        ("pullRequests", &hosted.pulls, "updatedAt")
    } else if query.contains("releases(") {
        ("releases", &hosted.releases, "createdAt")
    } else {
        ("deployments", &hosted.deployments, "createdAt")
    };
    let mut list: Vec<&Value> = list.iter().collect();
    list.sort_by_key(|one| std::cmp::Reverse(one[by].as_str().map(str::to_owned)));
    let after: usize =
        variables["after"].as_str().map_or(0, |after| after.parse().expect("a place"));
    let first = variables["first"].as_u64().expect("a number") as usize;
    let page: Vec<&Value> = list.iter().skip(after).take(first).copied().collect();
    let end = after + page.len();
    Answer::json(&json!({"data": {"repository": {part: {"totalCount": list.len(),
        "pageInfo": {"hasNextPage": end < list.len(), "endCursor": end.to_string()},
        "nodes": page}}}}))
}

fn rest(state: &State, asked: &Asked, url: &str) -> Answer {
    let parts: Vec<&str> = asked.path().trim_matches('/').split('/').collect();
    let page: usize = asked.parameter("page").map_or(1, |page| page.parse().expect("a page"));
    let per_page: usize =
        asked.parameter("per_page").map_or(30, |size| size.parse().expect("a size"));
    let list = |list: Vec<Value>, within: Option<&str>| {
        let total = list.len();
        let some: Vec<Value> =
            list.into_iter().skip((page - 1) * per_page).take(per_page).collect();
        let body = match within {
            Some(name) => json!({"total_count": total, name: some}),
            None => Value::Array(some),
        };
        let answer = Answer::json(&body);
        if page * per_page >= total {
            return answer;
        }
        let query: Vec<&str> =
            asked.query().split('&').filter(|pair| !pair.starts_with("page=")).collect();
        let at = |page: usize| format!("<{url}{}?{}&page={page}>", asked.path(), query.join("&"));
        let last = total.div_ceil(per_page);
        answer.with("link", format!("{}; rel=\"next\", {}; rel=\"last\"", at(page + 1), at(last)))
    };
    let repository = |name: &str, hosted: &Hosted| {
        json!({"id": hosted.number, "full_name": name, "html_url": format!("https://github.test/{name}"),
            "clone_url": hosted.git.as_ref().map(|_| format!("{url}/{name}.git")),
            "default_branch": "main", "size": 12, "created_at": "2026-01-01T00:00:00Z",
            "fork": false})
    };
    if let ["orgs", owner, "repos"] = parts[..] {
        let own =
            state.repositories.iter().filter(|(name, _)| name.split('/').next() == Some(owner));
        return list(own.map(|(name, hosted)| repository(name, hosted)).collect(), None);
    }
    if let ["orgs", "acme", "teams"] = parts[..] {
        let team = |(slug, (parent, _)): (&String, &(Option<String>, Vec<String>))| {
            json!({"id": slug.len(), "slug": slug, "name": slug.to_uppercase(),
                "parent": parent.as_ref().map(|slug| json!({"slug": slug}))})
        };
        return list(state.teams.iter().map(team).collect(), None);
    }
    if let ["orgs", "acme", "teams", slug, "members"] = parts[..] {
        let members = state.teams[slug].1.iter();
        return list(members.map(|login| json!({"login": login, "type": "User"})).collect(), None);
    }
    if parts[..] == ["orgs", "acme", "copilot", "metrics", "reports", "users-1-day"] {
        let day = asked.parameter("day").expect("a day");
        let report = |links| json!({"download_links": links, "report_day": day});
        return state.reports.get(day).map_or_else(missing, |links| Answer::json(&report(links)));
    }
    let (name, rest) = match &parts[..] {
        ["repositories", number, rest @ ..] => {
            let found =
                state.repositories.iter().find(|(_, hosted)| hosted.number.to_string() == **number);
            match found {
                Some((name, _)) => (name.clone(), rest),
                None => return missing(),
            }
        }
        ["repos", owner, name, rest @ ..] => (format!("{owner}/{name}"), rest),
        _ => return missing(),
    };
    if let Some(new) = state.renamed.get(&name) {
        let number = state.repositories[new].number;
        let rest = rest.iter().map(|part| format!("/{part}")).collect::<String>();
        let query =
            if asked.query().is_empty() { String::new() } else { format!("?{}", asked.query()) };
        return Answer::text(301, r#"{"message":"Moved Permanently"}"#)
            .with("location", format!("{url}/repositories/{number}{rest}{query}"));
    }
    let Some(hosted) = state.repositories.get(&name) else { return missing() };
    let pull = |number: &str| {
        hosted.pulls.iter().find(|pull| pull["number"].as_i64() == number.parse().ok())
    };
    match rest {
        [] => Answer::json(&repository(&name, hosted)),
        ["pulls"] => {
            let mut pulls: Vec<Value> = hosted.pulls.iter().map(rest_pull).collect();
            pulls.sort_by_key(|pull| {
                std::cmp::Reverse(pull["updated_at"].as_str().map(str::to_owned))
            });
            list(pulls, None)
        }
        ["pulls", number] => {
            pull(number).map_or_else(missing, |pull| Answer::json(&rest_pull(pull)))
        }
        ["pulls", number, "commits"] => list(rest_commits(pull(number).expect("a pull")), None),
        ["pulls", number, "reviews"] => list(rest_reviews(pull(number).expect("a pull")), None),
        ["deployments"] => {
            let mut all: Vec<Value> = hosted.deployments.iter().map(rest_deployment).collect();
            all.sort_by_key(|one| std::cmp::Reverse(one["created_at"].as_str().map(str::to_owned)));
            list(all, None)
        }
        ["deployments", id] => {
            let found =
                hosted.deployments.iter().find(|one| one["databaseId"].as_i64() == id.parse().ok());
            found.map_or_else(missing, |one| Answer::json(&rest_deployment(one)))
        }
        ["deployments", id, "statuses"] => {
            let found =
                hosted.deployments.iter().find(|one| one["databaseId"].as_i64() == id.parse().ok());
            let states =
                found.expect("a deployment")["statuses"]["nodes"].as_array().expect("states");
            let states = states.iter().rev().map(|state| {
                json!({
                    "state": state["state"].as_str().expect("a word").to_lowercase(),
                    "created_at": state["createdAt"], "environment": state["environment"],
                })
            });
            list(states.collect(), None)
        }
        ["releases"] => {
            let mut all: Vec<&Value> = hosted.releases.iter().collect();
            all.sort_by_key(|one| std::cmp::Reverse(one["createdAt"].as_str().map(str::to_owned)));
            list(all.into_iter().map(rest_release).collect(), None)
        }
        ["tags"] => {
            let tag = |one: &Value| json!({"name": one["tagName"], "commit": {"sha": one["tagCommit"]["oid"]}});
            list(
                hosted.releases.iter().filter(|one| !one["tagCommit"].is_null()).map(tag).collect(),
                None,
            )
        }
        ["issues"] => {
            let label = asked.parameter("labels").expect("a label");
            let has = |issue: &&Value| {
                let labels = issue["labels"].as_array().expect("labels");
                labels.iter().any(|own| own["name"] == label)
            };
            list(hosted.issues.iter().filter(has).cloned().collect(), None)
        }
        ["actions", "runs"] => {
            let window = asked.parameter("created").expect("a window");
            let (from, to) = window.split_once("..").expect("a window");
            let within = hosted.runs.iter().filter(|run| {
                let at = run["created_at"].as_str().expect("a time");
                from <= at && at <= to
            });
            // No more than a thousand are ever given.
            let within: Vec<Value> = within.cloned().collect();
            let total = within.len();
            let given = within.into_iter().take(1000).collect();
            let mut answer = list(given, Some("workflow_runs"));
            let mut body: Value = serde_json::from_slice(&answer.body).expect("a body");
            body["total_count"] = json!(total);
            answer.body = body.to_string().into_bytes();
            answer
        }
        ["actions", "runs", id] => {
            let found = hosted.runs.iter().find(|run| run["id"].as_i64() == id.parse().ok());
            found.map_or_else(missing, Answer::json)
        }
        _ => missing(),
    }
}

/// The same account as REST writes it.
fn account(account: &Value) -> Value {
    match (account["login"].as_str(), account["__typename"].as_str()) {
        (Some(login), Some("Bot")) => json!({"login": format!("{login}[bot]"), "type": "Bot"}),
        (Some(login), _) => json!({"login": login, "type": "User"}),
        (None, _) => json!({"login": "ghost", "type": "User"}),
    }
}

fn rest_pull(pull: &Value) -> Value {
    json!({
        "id": pull["databaseId"], "number": pull["number"], "title": pull["title"],
        "html_url": pull["url"], "user": account(&pull["author"]), "draft": pull["isDraft"],
        "created_at": pull["createdAt"], "updated_at": pull["updatedAt"],
        "merged_at": pull["mergedAt"], "closed_at": pull["closedAt"],
        "merge_commit_sha": pull["mergeCommit"]["oid"], "base": {"ref": pull["baseRefName"]},
        "head": {"ref": pull["headRefName"]}, "labels": pull["labels"]["nodes"],
        "additions": pull["additions"], "deletions": pull["deletions"],
        "commits": pull["commits"]["totalCount"],
    })
}

fn rest_commits(pull: &Value) -> Vec<Value> {
    let nodes = pull["commits"]["nodes"].as_array().expect("commits");
    let commit = |node: &Value| {
        let commit = &node["commit"];
        json!({"sha": commit["oid"], "author": commit["author"]["user"],
            "commit": {"message": commit["messageHeadline"],
                "author": {"date": commit["authoredDate"], "email": commit["author"]["email"]}}})
    };
    nodes.iter().map(commit).collect()
}

fn rest_reviews(pull: &Value) -> Vec<Value> {
    let nodes = pull["reviews"]["nodes"].as_array().expect("reviews");
    let review = |node: &Value| {
        json!({"id": node["databaseId"], "state": node["state"], "user": account(&node["author"]),
            "submitted_at": node["submittedAt"]})
    };
    nodes.iter().map(review).collect()
}

fn rest_deployment(deployment: &Value) -> Value {
    json!({
        "id": deployment["databaseId"], "sha": deployment["commitOid"],
        "ref": deployment["ref"]["name"], "task": deployment["task"],
        "environment": deployment["environment"],
        "original_environment": deployment["originalEnvironment"],
        "payload": deployment["payload"].as_str()
            .and_then(|text| serde_json::from_str::<Value>(text).ok()).unwrap_or(json!({})),
        "created_at": deployment["createdAt"], "updated_at": "2026-12-31T00:00:00Z",
        "creator": account(&deployment["creator"]),
    })
}

fn rest_release(release: &Value) -> Value {
    json!({
        "id": release["databaseId"], "tag_name": release["tagName"], "draft": release["isDraft"],
        "prerelease": release["isPrerelease"], "published_at": release["publishedAt"],
        "created_at": release["createdAt"], "html_url": release["url"],
        "author": account(&release["author"]), "body": "What is new", "assets": [],
    })
}

/// What git fetches, through git's own server.
fn git(state: &State, asked: &Asked) -> Answer {
    let (name, rest) = asked.path().trim_start_matches('/').split_once(".git/").expect("a path");
    let Some(folder) = state.repositories.get(name).and_then(|hosted| hosted.git.clone()) else {
        return missing();
    };
    if let Some(token) = &state.token {
        let expected = format!("Basic {}", base64(&format!("x-access-token:{token}")));
        if asked.header("authorization") != Some(&expected) {
            return Answer::text(401, "").with("www-authenticate", "Basic realm=\"GitHub\"");
        }
    }
    let mut process = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", &folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*")
        .env("PATH_INFO", format!("/{rest}"))
        .env("REQUEST_METHOD", &asked.method)
        .env("QUERY_STRING", asked.query())
        .env("CONTENT_TYPE", asked.header("content-type").unwrap_or_default())
        .env("CONTENT_LENGTH", asked.body.len().to_string())
        .env("GIT_PROTOCOL", asked.header("git-protocol").unwrap_or_default())
        .env("HTTP_CONTENT_ENCODING", asked.header("content-encoding").unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git's server");
    process.stdin.take().expect("its input").write_all(&asked.body).expect("it reads");
    let output = process.wait_with_output().expect("its output").stdout;
    let split = output.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let mut answer = Answer::text(200, "");
    for line in String::from_utf8_lossy(&output[..split]).lines() {
        let (name, value) = line.split_once(':').expect("a header");
        match name.to_lowercase().as_str() {
            "status" => answer.status = value.trim()[..3].parse().expect("a status"),
            name => answer = answer.with(name, value.trim()),
        }
    }
    answer.body = output[split + 4..].to_vec();
    answer
}

pub(crate) fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for three in text.as_bytes().chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            match at <= three.len() {
                true => encoded.push(DIGITS[(bits >> (18 - 6 * at) & 63) as usize] as char),
                false => encoded.push('='),
            }
        }
    }
    encoded
}
