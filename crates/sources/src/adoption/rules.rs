//! What in a repository's files shows that a service uses a capability.

use globset::{Glob, GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};
use regex::Regex;

/// What stands for a service in a rule.
const SERVICE: &str = "{service}";
/// Group of a pattern that holds the version.
pub(super) const VERSION: &str = "version";

/// A rule that can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RuleError(String);

/// A capability and what shows it: each of the rules must find a file, else it is used in part.
#[derive(Debug, Clone)]
pub struct CapabilityRule {
    /// Capability.
    pub capability_id: String,
    /// Rules.
    pub files: Vec<FileRule>,
}

/// A file that shows the use of a capability.
#[derive(Debug, Clone)]
pub struct FileRule {
    /// Glob of its path from the repository's root on, `*` within and `**` across folders;
    /// `{service}` is the last part of the service's name.
    pub path: String,
    /// Regular expression that its content must match, with the version in a group of that name;
    /// `None` where its being there is enough. `{service}` as in the path.
    pub contains: Option<String>,
}

/// A service that is built from the repository, or from a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePart {
    /// Service.
    pub service_id: String,
    /// Paths that are its own; `None` for the whole repository.
    pub include: Option<Vec<String>>,
    /// Paths that are not.
    pub exclude: Vec<String>,
}

/// Rules for the services of a repository, ready to be asked.
pub struct Rules {
    identity: String,
    pub(super) capabilities: Vec<Wanted>,
    pub(super) services: Vec<Scope>,
    pub(super) instances: Vec<Instance>,
}

/// A capability with the number of its rules.
pub(super) struct Wanted {
    pub(super) capability_id: String,
    pub(super) rules: usize,
}

/// A rule, for all services or for the one that it names.
pub(super) struct Instance {
    pub(super) capability: usize,
    pub(super) rule: usize,
    pub(super) service: Option<usize>,
    path: GlobMatcher,
    folders: Folders,
    contains: Option<Regex>,
}

impl Rules {
    /// # Errors
    /// Where a glob or a regular expression is none.
    pub fn new(
        capabilities: &[CapabilityRule],
        services: &[ServicePart],
    ) -> Result<Rules, RuleError> {
        let mut instances = Vec::new();
        for (capability, one) in capabilities.iter().enumerate() {
            for (rule, file) in one.files.iter().enumerate() {
                let places = match file.names_service() {
                    true => (0..services.len()).map(Some).collect(),
                    false => vec![None],
                };
                for service in places {
                    let name = service.map(|at| services[at].service_id.as_str());
                    instances.push(Instance::new(capability, rule, service, file, name)?);
                }
            }
        }
        let wanted = |one: &CapabilityRule| Wanted {
            capability_id: one.capability_id.clone(),
            rules: one.files.len(),
        };
        Ok(Rules {
            identity: format!("{capabilities:?} {services:?}"),
            capabilities: capabilities.iter().map(wanted).collect(),
            services: services.iter().map(Scope::new).collect::<Result<_, _>>()?,
            instances,
        })
    }

    /// Differs where anything else is asked.
    pub(super) fn identity(&self) -> &str {
        &self.identity
    }

    /// True where files below the folder may show something.
    pub(super) fn may_hold(&self, folder: &str) -> bool {
        self.instances.iter().any(|instance| instance.folders.may_hold(folder))
    }

    /// True where the file may show something.
    pub(super) fn is_named(&self, path: &str) -> bool {
        self.instances.iter().any(|instance| instance.path.is_match(path))
    }

    /// True where a file at that path is shared: it is in no service's own part.
    pub(super) fn is_shared(&self, path: &str) -> bool {
        !self.services.iter().any(|service| service.owns(path))
    }
}

impl FileRule {
    fn names_service(&self) -> bool {
        self.path.contains(SERVICE)
            || self.contains.as_ref().is_some_and(|contains| contains.contains(SERVICE))
    }

    /// # Errors
    /// Where its glob or regular expression is none.
    pub fn check(&self) -> Result<(), RuleError> {
        let is_below_root = |part: &str| !matches!(part, "" | "." | "..");
        if !self.path.split('/').all(is_below_root) {
            return Err(RuleError(format!(
                "`{}` matches no file; write the path from the repository's root on, such as .github/workflows/*.yml",
                self.path
            )));
        }
        Instance::new(0, 0, None, self, Some("service")).map(|_| ())
    }
}

impl Instance {
    fn new(
        capability: usize,
        rule: usize,
        service: Option<usize>,
        file: &FileRule,
        name: Option<&str>,
    ) -> Result<Instance, RuleError> {
        let name = name.map(last_part);
        let path = match name {
            Some(name) => file.path.replace(SERVICE, &globset::escape(name)),
            None => file.path.clone(),
        };
        let contains = file.contains.as_ref().map(|contains| match name {
            Some(name) => contains.replace(SERVICE, &regex::escape(name)),
            None => contains.clone(),
        });
        let contains = contains.map(|contains| {
            Regex::new(&contains).map_err(|error| {
                // The library draws a picture of several lines; its last says what is wrong.
                let text = error.to_string();
                let what = text.lines().last().unwrap_or_default().trim();
                RuleError(format!("`{contains}` is no regular expression: {what}"))
            })
        });
        Ok(Instance {
            capability,
            rule,
            service,
            folders: Folders::of(&path)?,
            path: glob(&path)?.compile_matcher(),
            contains: contains.transpose()?,
        })
    }

    pub(super) fn names(&self, path: &str) -> bool {
        self.path.is_match(path)
    }

    /// What a file's content shows: `None` for nothing, else the version where it names one.
    pub(super) fn shown(&self, content: &str) -> Option<Option<String>> {
        let Some(contains) = &self.contains else { return Some(None) };
        let found = contains.captures_iter(content);
        let versions =
            found.map(|groups| groups.name(VERSION).map(|group| group.as_str().to_owned()));
        // A file that names several versions uses the oldest of them as well.
        versions.min_by(|one, other| version_order(one.as_deref(), other.as_deref()))
    }
}

fn last_part(service_id: &str) -> &str {
    service_id.rsplit('/').next().unwrap_or(service_id)
}

fn glob(text: &str) -> Result<Glob, RuleError> {
    GlobBuilder::new(text)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .map_err(|error| RuleError(format!("`{text}` is no glob of paths: {}", error.kind())))
}

/// Which folders may hold files that a glob names.
struct Folders {
    parts: Vec<GlobMatcher>,
    /// True where folders below these may hold them too.
    is_open: bool,
}

impl Folders {
    fn of(path: &str) -> Result<Folders, RuleError> {
        let mut parts: Vec<&str> = path.split('/').collect();
        parts.pop();
        // Alternatives may hold a `/`, so what comes after them can't be told part by part.
        let open = parts.iter().position(|part| part.contains("**") || part.contains('{'));
        let is_open = open.is_some() || path.contains('{');
        let whole = &parts[..open.unwrap_or(parts.len())];
        let parts = whole.iter().map(|part| Ok(glob(part)?.compile_matcher()));
        Ok(Folders { parts: parts.collect::<Result<_, RuleError>>()?, is_open })
    }

    fn may_hold(&self, folder: &str) -> bool {
        let parts: Vec<&str> = folder.split('/').collect();
        (self.is_open || parts.len() <= self.parts.len())
            && parts.iter().zip(&self.parts).all(|(part, glob)| glob.is_match(part))
    }
}

/// A service with the paths that are its own.
pub(super) struct Scope {
    pub(super) service_id: String,
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Scope {
    fn new(part: &ServicePart) -> Result<Scope, RuleError> {
        let include = part.include.as_ref().filter(|globs| !globs.is_empty());
        Ok(Scope {
            service_id: part.service_id.clone(),
            include: include.map(|globs| set(globs)).transpose()?,
            exclude: set(&part.exclude)?,
        })
    }

    /// True where the path is this service's and not the repository's.
    fn owns(&self, path: &str) -> bool {
        self.include.as_ref().is_some_and(|include| include.is_match(path))
            && !self.exclude.is_match(path)
    }

    /// True where a file at that path counts for the service: in its part, or shared by all.
    pub(super) fn has(&self, path: &str, is_shared: bool) -> bool {
        match &self.include {
            Some(_) => is_shared || self.owns(path),
            None => !self.exclude.is_match(path),
        }
    }
}

fn set(globs: &[String]) -> Result<GlobSet, RuleError> {
    let mut set = GlobSetBuilder::new();
    for text in globs {
        set.add(glob(text)?);
    }
    set.build().map_err(|error| RuleError(format!("paths of a service: {error}")))
}

/// The order of versions: number by number where they have some, none before any.
pub(super) fn version_order(one: Option<&str>, other: Option<&str>) -> std::cmp::Ordering {
    let key = |text: Option<&str>| text.map(|text| (numbers(text), text.to_owned()));
    key(one).cmp(&key(other))
}

fn numbers(version: &str) -> Vec<u64> {
    let parts = version.split(|letter: char| !letter.is_ascii_digit());
    parts.filter_map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(path: &str, contains: Option<&str>) -> CapabilityRule {
        let file = FileRule { path: path.to_owned(), contains: contains.map(str::to_owned) };
        CapabilityRule { capability_id: "ci".to_owned(), files: vec![file] }
    }

    fn part(service_id: &str, include: Option<&str>) -> ServicePart {
        ServicePart {
            service_id: service_id.to_owned(),
            include: include.map(|glob| vec![glob.to_owned()]),
            exclude: Vec::new(),
        }
    }

    fn rules(path: &str, contains: Option<&str>) -> Rules {
        Rules::new(&[rule(path, contains)], &[part("shop", None)]).expect("rules")
    }

    #[test]
    fn only_folders_that_may_hold_a_named_file_are_looked_into() {
        let held = |path: &str, folder: &str| rules(path, None).may_hold(folder);
        let workflows = ".github/workflows/*.yml";
        assert!(held(workflows, ".github") && held(workflows, ".github/workflows"));
        assert!(!held(workflows, "src") && !held(workflows, ".github/actions"));
        assert!(!held(workflows, ".github/workflows/old"));
        assert!(!held("Dockerfile", "src"));
        assert!(held("**/Dockerfile", "a/b/c"));
        assert!(held("services/*/Dockerfile", "services/api"));
        assert!(!held("services/*/Dockerfile", "services/api/src"));
        assert!(held("{a,b/c}/x.yml", "b/c"));
        assert!(held("a/{b,c}/x.yml", "a/b") && !held("a/{b,c}/x.yml", "d"));
    }

    #[test]
    fn a_file_that_names_several_versions_uses_the_oldest() {
        let uses = rules("*", Some(r"deploy\.yml@(?<version>\S+)"));
        let shown = |content: &str| uses.instances[0].shown(content);
        assert_eq!(
            shown("uses: acme/deploy.yml@v10\nuses: acme/deploy.yml@v9\n"),
            Some(Some("v9".into()))
        );
        assert_eq!(shown("uses: acme/build.yml@v1"), None);
        assert_eq!(rules("*", Some("deploy")).instances[0].shown("deploy"), Some(None));
        assert_eq!(rules("*", None).instances[0].shown(""), Some(None));
    }

    #[test]
    fn a_rule_that_names_the_service_is_one_for_each() {
        let services = [part("acme/api", None), part("acme/a.b", None)];
        let rules =
            Rules::new(&[rule("deploy/{service}.yml", Some("name: {service}$"))], &services)
                .expect("rules");
        let [api, other] = &rules.instances[..] else { panic!("two") };
        assert!(api.names("deploy/api.yml") && !api.names("deploy/a.b.yml"));
        assert!(other.names("deploy/a.b.yml") && !other.names("deploy/axb.yml"));
        assert!(other.shown("name: a.b").is_some() && other.shown("name: axb").is_none());
    }

    #[test]
    fn files_of_a_part_are_its_own_and_others_are_shared() {
        let services =
            [part("api", Some("api/**")), part("web", Some("web/**")), part("all", None)];
        let rules = Rules::new(&[rule("**", None)], &services).expect("rules");
        let of = |path: &str| -> Vec<&str> {
            let is_shared = rules.is_shared(path);
            let services = rules.services.iter().filter(|service| service.has(path, is_shared));
            services.map(|service| service.service_id.as_str()).collect()
        };
        assert_eq!(of("api/Dockerfile"), ["api", "all"]);
        assert_eq!(of(".github/workflows/ci.yml"), ["api", "web", "all"]);
    }

    #[test]
    fn what_is_no_pattern_is_named() {
        let fault = |path: &str, contains: Option<&str>| {
            let file = FileRule { path: path.to_owned(), contains: contains.map(str::to_owned) };
            file.check().expect_err("a fault").to_string()
        };
        assert!(fault("a[", None).starts_with("`a[` is no glob of paths: "));
        assert_eq!(fault("a", Some("(")).lines().count(), 1);
        assert!(fault("a", Some("(")).starts_with("`(` is no regular expression: "));
    }
}
