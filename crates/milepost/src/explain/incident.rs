//! An incident in sentences.

use milepost_analytics::diagnosis::explain::{IncidentPart, IncidentStory, Unlinked};
use milepost_analytics::diagnosis::words;

use super::{Section, cut, flags, instant, named, seconds};

pub(crate) fn sections(story: &IncidentStory) -> Vec<Section> {
    let mut sections = Vec::new();
    for part in &story.parts {
        let title = part.title.as_deref().or(story.title.as_deref());
        sections.push(itself(&story.incident_id, title, part));
        sections.push(link(part));
    }
    sections
}

fn itself(id: &str, title: Option<&str>, part: &IncidentPart) -> Section {
    let title = title.map_or_else(String::new, |title| format!(": {title}"));
    let mut section = Section::new(format!("Incident {id} of {}{title}", part.service_id));
    section.say(match &part.exclusion_reason {
        None if part.is_counted => "counted".to_owned(),
        None => "not counted".to_owned(),
        Some(reason) => format!("not counted: {}", words::exclusion(reason)),
    });
    let word = |word: &Option<String>, none: &str| word.clone().unwrap_or_else(|| none.to_owned());
    section.say(format!(
        "environment {}, severity {}, cause {}",
        word(&part.environment, "production"),
        word(&part.severity, "unknown"),
        word(&part.cause, "unknown")
    ));
    let times = [
        ("impact began", part.impact_started_at),
        ("detected", part.detected_at),
        ("opened", part.created_at),
        ("mitigated", part.mitigated_at),
        ("resolved", part.resolved_at),
    ];
    section.list(
        times.iter().filter_map(|(name, at)| at.map(|at| format!("{}  {name}", instant(at)))),
    );
    section.say(match (part.began_at, part.resolved_at, part.time_to_restore_seconds) {
        (Some(began), Some(resolved), Some(time)) => {
            format!(
                "time to restore: {} − {} = {}",
                instant(resolved),
                instant(began),
                seconds(time)
            )
        }
        (_, None, _) => "time to restore: none yet, it is open".to_owned(),
        _ => "time to restore: none, its times can't be right".to_owned(),
    });
    section.list(part.source_url.clone());
    flags(&mut section, &part.quality_flags, "incidents");
    section
}

fn link(part: &IncidentPart) -> Section {
    if let Some(id) = &part.linked_deployment_id {
        let mut section = Section::new("Deployment that it shows to have failed");
        section.say(part.linked.as_ref().map_or_else(|| id.clone(), named));
        if let Some(method) = &part.link_method {
            section.say(match method.as_str() {
                "explicit" => "the incident names it, or the fix that ended it does".to_owned(),
                method => words::link(method).to_owned(),
            });
        }
        return section;
    }
    let mut section = Section::new("It is linked to no deployment");
    if let Some(unlinked) = &part.unlinked {
        unlinked_because(&mut section, part, unlinked);
    }
    section
}

fn unlinked_because(section: &mut Section, part: &IncidentPart, why: &Unlinked) {
    let service = &part.service_id;
    let named_id = part.caused_by_deployment_id.as_deref().unwrap_or_default();
    let near = |names: &[String]| match names.is_empty() {
        true => String::new(),
        false => format!("; near is {}", cut(names, 3)),
    };
    match why {
        Unlinked::External => section.say("its cause is external, and such an incident never is"),
        Unlinked::NotCounted => section.say("because it is not counted"),
        Unlinked::UnknownService(names) => section.say(format!(
            "the service `{service}` was never deployed, and no catalogue knows it{}",
            near(names)
        )),
        Unlinked::UnknownDeployment(ids) => {
            section.say(format!(
                "it names `{named_id}`, and no such deployment is known{}",
                near(ids)
            ));
        }
        Unlinked::OtherService(services) => section.say(format!(
            "it names `{named_id}`, which is of {}, not of `{service}`",
            cut(services, 3)
        )),
        Unlinked::NoDeployment(reason) => section.say(match reason {
            Some(reason) => {
                format!(
                    "it names `{named_id}`, which was no deployment: {}",
                    words::exclusion(reason)
                )
            }
            None => format!("it names `{named_id}`, which was no deployment to production"),
        }),
        Unlinked::Unexplained => section.say(format!(
            "it names `{named_id}`, a deployment of its service, and is not linked all the same"
        )),
        Unlinked::NothingBefore => section
            .say(format!("it names none, and no change of `{service}` was deployed before it")),
        Unlinked::NothingNamed { latest, is_heuristic_on } => {
            let before = match (latest.finished_at, part.began_at) {
                (Some(finished), Some(began)) => {
                    format!(", {} before it", seconds((began - finished).num_seconds()))
                }
                _ => String::new(),
            };
            section.say(format!("it names none; the latest change was {}{before}", named(latest)));
            section.say(match is_heuristic_on {
                true => "that is longer than `heuristic_window` allows",
                false => "`link_heuristic` is off, so time alone links nothing; `caused_by_deployment_id` names the one",
            });
        }
    }
}
