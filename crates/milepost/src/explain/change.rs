//! A change in sentences.

use milepost_analytics::diagnosis::explain::{ChangeStory, Deployed, DeploymentName, Fate, Later};
use milepost_analytics::diagnosis::words;

use super::{Section, cut, flags, instant, named, seconds, short};

/// Commits that are listed.
const SHOWN: usize = 10;

/// `start` is what the definition says of when a change begins.
pub(crate) fn sections(story: &ChangeStory, start: &str) -> Vec<Section> {
    let mut sections = vec![itself(story)];
    sections.extend(story.services.iter().map(|fate| of_service(fate, start)));
    if story.services.is_empty() {
        let mut section = Section::new("Production");
        section.say(match &story.pull_request {
            Some(pull_request) if pull_request.merge_sha.is_none() => {
                "it is not merged, so no deployment can contain it".to_owned()
            }
            _ => format!("no service is connected with `{}`", story.repository_id),
        });
        sections.push(section);
    }
    sections
}

fn itself(story: &ChangeStory) -> Section {
    let Some(pull_request) = &story.pull_request else {
        let subject = story.commits.last().and_then(|commit| commit.subject.as_deref());
        let mut section = Section::new(format!(
            "Commit {} of {}: {}",
            short(&story.change_id),
            story.repository_id,
            subject.unwrap_or("without a subject")
        ));
        section.say("it belongs to no pull request that is known, so it counts by itself");
        commits(&mut section, story);
        return section;
    };
    let title = pull_request.title.as_deref().unwrap_or("without a title");
    let mut section =
        Section::new(format!("Pull request {}: {title}", pull_request.pull_request_id));
    if story.name != pull_request.pull_request_id && !story.name.contains('#') {
        section.say(format!(
            "the commit {} is part of it, and a pull request is what counts (change_unit = pull_request)",
            short(&story.name)
        ));
    }
    let state = pull_request.state.as_deref().unwrap_or("of unknown state");
    let how = pull_request.merge_method.as_deref().map_or_else(String::new, |how| match how {
        "merge" => " with a merge commit".to_owned(),
        how => format!(" by {how}"),
    });
    section.say(match (pull_request.merged_at, &pull_request.merge_sha) {
        (Some(at), Some(sha)) => format!("merged{how} at {} as {}", instant(at), short(sha)),
        (Some(at), None) => format!("merged{how} at {}; the commit is not known", instant(at)),
        _ => state.to_owned(),
    });
    section.say(match pull_request.basis.as_str() {
        "inferred" => "inferred from git: when it was opened or reviewed is not known".to_owned(),
        _ => match pull_request.created_at {
            Some(at) => format!("recorded; opened at {}", instant(at)),
            None => "recorded; when it was opened is not".to_owned(),
        },
    });
    section.list(pull_request.source_url.clone());
    commits(&mut section, story);
    section
}

fn commits(section: &mut Section, story: &ChangeStory) {
    for commit in story.commits.iter().take(SHOWN) {
        let at = commit.authored_at.map_or_else(|| "at an unknown time".to_owned(), instant);
        section.list([format!(
            "{at}  {}  {}",
            short(&commit.sha),
            commit.subject.as_deref().unwrap_or("without a subject")
        )]);
        if let Some(picked) = &commit.cherry_picked_from_sha {
            let at = commit.committed_at.map_or_else(|| "an unknown time".to_owned(), instant);
            section.say(format!("picked from {} at {at}: that is when it began", short(picked)));
        }
        if let Some(reverts) = &commit.reverts_sha {
            section.say(format!("it undoes {}", short(reverts)));
        }
    }
    if story.commits.len() > SHOWN {
        section.say(format!("… and {} commits more", story.commits.len() - SHOWN));
    }
}

fn of_service(fate: &Fate, start: &str) -> Section {
    let service = fate.service_id();
    let mut section = Section::new(String::new());
    match fate {
        Fate::Deployed(deployed) => return of_deployed(deployed, start),
        Fate::InBaseline { deployment, .. } => {
            section.title = format!("{service}: in its first known deployment");
            section.say(format!("{} at {} contains it", named(deployment), finish(deployment)));
            section.say(words::kind("baseline"));
        }
        Fate::Untouched { paths, touches, .. } => {
            section.title = format!("{service}: not touched");
            section.say(format!("the service is {paths}"));
            section.say(match touches.is_empty() {
                true => "no path of the change is known".to_owned(),
                false => format!("the change touches {}", cut(touches, 10)),
            });
        }
        Fate::NeverDeployed { .. } => {
            section.title = format!("{service}: never deployed to production");
            section.say("so nobody can tell how long anything waits for it");
        }
        Fate::Waiting { landed_at, later, .. } => {
            section.title = format!("{service}: in no production deployment yet");
            if let Some(at) = landed_at {
                section.say(format!("it landed at {}", instant(*at)));
            }
            if later.is_empty() {
                section.say("nothing was deployed after that");
            }
            for one in later {
                section.say(why_not(one));
            }
        }
    }
    section
}

fn finish(deployment: &DeploymentName) -> String {
    deployment.finished_at.map_or_else(|| "an unknown time".to_owned(), instant)
}

fn why_not(later: &Later) -> String {
    let deployment = &later.deployment;
    let why = match later.why {
        "not_deployed" => match &deployment.exclusion_reason {
            Some(reason) => format!("was no deployment: {}", words::exclusion(reason)),
            None => "was no deployment to production".to_owned(),
        },
        "commit_unknown" => {
            "does not say which commit it deployed, or none that was read".to_owned()
        }
        "contains" => "contains it, but ships no change by this name".to_owned(),
        _ => "does not contain it: its commit does not descend from this one".to_owned(),
    };
    format!("{} at {} {why}", named(deployment), finish(deployment))
}

fn of_deployed(deployed: &Deployed, start: &str) -> Section {
    let service = &deployed.service_id;
    let mut section =
        Section::new(format!("{service}: deployed at {}", instant(deployed.deployed_at)));
    let name = deployed.deployment.as_ref().map_or_else(|| deployed.deployment_id.clone(), named);
    section.say(format!("{name} is the first production deployment that contains it"));
    if let Some(at) = deployed.change_started_at {
        let with = deployed.started_with_sha.as_deref();
        let with = with.map_or_else(String::new, |sha| format!(", with {}", short(sha)));
        section.say(format!("work began at {}{with}: {start}", instant(at)));
    }
    section.say(match (deployed.change_started_at, deployed.lead_time_seconds) {
        (Some(at), Some(time)) => format!(
            "lead time: {} − {} = {}",
            instant(deployed.deployed_at),
            instant(at),
            seconds(time)
        ),
        _ => "lead time: none, see the flags below".to_owned(),
    });
    section.say(match (deployed.merged_at, deployed.merge_to_deploy_seconds) {
        (Some(at), Some(time)) => format!(
            "merge to deploy: {} − {} = {}",
            instant(deployed.deployed_at),
            instant(at),
            seconds(time)
        ),
        (Some(at), None) => format!("merge to deploy: none; merged at {}", instant(at)),
        (None, _) => "merge to deploy: none, it was pushed directly".to_owned(),
    });
    section.say(counts(deployed));
    if let Some(original) = &deployed.duplicate_of {
        section.say(format!("the same work was deployed before, as {}", short(original)));
    }
    flags(&mut section, &deployed.quality_flags, "changes");
    section
}

fn counts(deployed: &Deployed) -> String {
    let reason = match &deployed.exclusion_reason {
        Some(reason) => Some(words::exclusion(reason)),
        None if deployed.is_excluded && deployed.is_bot => Some(words::exclusion("bot")),
        None if deployed.is_excluded && deployed.is_revert => Some(words::exclusion("revert")),
        None if deployed.is_excluded => Some("the definition leaves it out".to_owned()),
        None if deployed.lead_time_seconds.is_none() => {
            Some("without a lead time there is nothing to count".to_owned())
        }
        None => None,
    };
    match reason {
        Some(reason) => format!("left out of change lead time: {reason}"),
        None => "counted in change lead time".to_owned(),
    }
}
