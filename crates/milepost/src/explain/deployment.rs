//! A deployment in sentences.

use milepost_analytics::diagnosis::explain::{
    DeploymentPart, DeploymentStory, Failure, Shipped, Unresolved,
};
use milepost_analytics::diagnosis::words;

use super::{Section, counted, flags, instant, named, seconds, short};

/// Changes that are listed.
const SHOWN: usize = 10;

pub(crate) fn sections(story: &DeploymentStory, shows_all: bool) -> Vec<Section> {
    let mut sections = Vec::new();
    for part in &story.parts {
        sections.push(itself(&story.deployment_id, part));
        if part.kind.is_some() {
            sections.push(shipped(part, shows_all));
        }
        sections.push(counts(part));
    }
    sections
}

fn itself(id: &str, part: &DeploymentPart) -> Section {
    let name = part.r#ref.as_deref().filter(|name| *name != id);
    let name = name.map_or_else(|| id.to_owned(), |name| format!("{name} ({id})"));
    let mut section = Section::new(format!("Deployment {name} of {}", part.service_id));
    let own = |word: &Option<String>, own: &Option<String>| match (word, own) {
        (Some(word), Some(own)) if word != own => format!("{word} (`{own}` in the tool's words)"),
        (Some(word), _) => word.clone(),
        (None, _) => "unknown".to_owned(),
    };
    let at = part.finished_at.map_or_else(|| "not finished".to_owned(), instant);
    section.say(format!("outcome {}, {at}", own(&part.outcome, &part.source_outcome)));
    section.say(format!(
        "environment {}, which is {}production (production_environments)",
        own(&part.environment, &part.source_environment),
        if part.is_production { "" } else { "not " }
    ));
    section.say(commit(part));
    if let Some(kind) = &part.kind {
        section.say(format!("kind {kind}: {}", words::kind(kind)));
        section.say(match &part.before {
            Some(before) => format!("before it {} was deployed", named(before)),
            None => "before it nothing was deployed that is known".to_owned(),
        });
    }
    if let Some(declared) = &part.declared_kind {
        section.say(format!("the deploy tool declared it a {declared}"));
    }
    section.say(match part.basis.as_str() {
        "inferred" => {
            "inferred, not recorded: a tag says when a version was made, not when it reached users"
        }
        _ => "recorded",
    });
    section.list(part.source_url.clone());
    flags(&mut section, &part.quality_flags, "deployments");
    section
}

fn commit(part: &DeploymentPart) -> String {
    let subject =
        part.subject.as_deref().map_or_else(String::new, |subject| format!(": {subject}"));
    if let Some(unresolved) = &part.unresolved {
        let named = part
            .sha
            .as_deref()
            .or(part.artifact_digest.as_deref())
            .or(part.r#ref.as_deref())
            .unwrap_or("");
        return match unresolved {
            Unresolved::NothingNamed => {
                "commit unknown: it names neither a commit, a tag nor an artifact".to_owned()
            }
            Unresolved::RepositoryNotRead => {
                format!("commit unknown: no commit of {} was read", part.repository_id)
            }
            Unresolved::NotAmongCommits(count) => format!(
                "commit unknown: it names {}, which leads to none of the {count} commits of {}",
                short(named),
                part.repository_id
            ),
        };
    }
    match (&part.resolved_sha, &part.sha) {
        (Some(resolved), Some(sha)) if resolved.eq_ignore_ascii_case(sha) => {
            format!("commit {}{subject}", short(resolved))
        }
        (Some(resolved), _) => {
            let how = match (&part.artifact_digest, &part.r#ref) {
                (Some(_), _) => "through its artifact",
                (None, Some(_)) => "through its tag",
                (None, None) => "through other facts",
            };
            format!("commit {}, found {how}{subject}", short(resolved))
        }
        (None, Some(sha)) => format!("commit {}{subject}", short(sha)),
        (None, None) => "no commit is named".to_owned(),
    }
}

fn shipped(part: &DeploymentPart, shows_all: bool) -> Section {
    let mut section = Section::new(match part.new_commits_count {
        Some(commits) => {
            format!(
                "What it shipped first: {} ({})",
                counted(part.shipped.len() as i64, "changes"),
                counted(commits, "commits")
            )
        }
        None => {
            format!("What it shipped first: {}", counted(part.shipped.len() as i64, "changes"))
        }
    });
    match part.kind.as_deref() {
        Some("baseline") => {
            section
                .say("everything in it is of unknown age, so nothing is counted as shipped by it");
        }
        Some("unresolved") => section.say("without its commit nobody can tell"),
        _ if part.shipped.is_empty() => section.say("nothing new of this service"),
        _ => {}
    }
    let most = if shows_all { usize::MAX } else { SHOWN };
    let (left_out, in_lead_times): (Vec<&Shipped>, Vec<&Shipped>) =
        part.shipped.iter().partition(|change| change.exclusion_reason.is_some());
    for changes in [in_lead_times, left_out] {
        section.list(changes.iter().take(most).map(|change| of_change(change)));
        if changes.len() > most {
            section.say(format!("… and {} more (--all)", changes.len() - most));
        }
    }
    section
}

fn of_change(change: &Shipped) -> String {
    let time = match (&change.exclusion_reason, change.lead_time_seconds) {
        (Some(reason), _) => format!("left out ({})", reason.replace('_', " ")),
        (None, Some(time)) => seconds(time),
        (None, None) => format!("no lead time: {}", change.quality_flags.join(", ")),
    };
    format!(
        "{}  {time}  {}",
        short(&change.change_id),
        change.title.as_deref().unwrap_or("without a title")
    )
}

fn counts(part: &DeploymentPart) -> Section {
    let mut section = Section::new("What is made of it");
    section.say(match (part.is_counted, &part.exclusion_reason) {
        (true, _) => "counted in deployment frequency".to_owned(),
        (false, Some(reason)) => {
            format!("not counted in deployment frequency: {}", words::exclusion(reason))
        }
        (false, None) => "not counted in deployment frequency".to_owned(),
    });
    section.say(match part.is_change_to_production {
        true => "a change to production, which change fail rate is a share of",
        false => "no change to production, so change fail rate leaves it out",
    });
    match &part.failed {
        Some(failure) => failed(&mut section, failure),
        None if part.kind.is_some() => section.say("nothing shows that it failed"),
        None => {}
    }
    if part.is_rework {
        section.say(rework(part));
    }
    section
}

fn failed(section: &mut Section, failure: &Failure) {
    let incident = failure.incident_id.as_deref();
    let incident = incident.map_or_else(String::new, |id| format!(" (incident {id})"));
    section.say(format!("it failed: {}{incident}", words::link(&failure.link_method)));
    let Some(recovered) = failure.recovered_at else {
        section.say("not recovered yet");
        return;
    };
    let by = failure.remediated_by_deployment_id.as_deref();
    let by = by.map_or_else(String::new, |id| format!(" by {id}"));
    section.say(match failure.recovery_seconds {
        Some(time) if (recovered - failure.failed_at).num_seconds() == time => format!(
            "recovered{by}: {} − {} = {}",
            instant(recovered),
            instant(failure.failed_at),
            seconds(time)
        ),
        Some(time) => format!(
            "recovered{by} at {}, {} after the incident's impact (recovery_start)",
            instant(recovered),
            seconds(time)
        ),
        None => format!("recovered{by} at {}, before it failed: left out", instant(recovered)),
    });
}

fn rework(part: &DeploymentPart) -> String {
    let mut why = Vec::new();
    if part.kind.as_deref() == Some("rollback") {
        why.push("it rolls back".to_owned());
    }
    if let Some(fixed) = &part.fixes_deployment_id {
        why.push(format!("it says that it fixes {fixed}"));
    }
    if part.shipped.iter().any(|change| change.is_revert) {
        why.push("it ships a revert".to_owned());
    }
    if !part.repaired.is_empty() {
        why.push(format!("it repaired {}", part.repaired.join(", ")));
    }
    let planned = match part.is_planned {
        Some(false) => "declared unplanned",
        _ => "nobody declared it planned",
    };
    match why.is_empty() {
        true => format!("rework: {planned}, and made because of a failure"),
        false => format!("rework: {planned}, and {}", why.join(", ")),
    }
}
