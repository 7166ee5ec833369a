//! Rules that stand after those of the configuration: what words of trackers and paths usually mean.

use super::categories::Category::{
    self, DeveloperProductivity, Improvement, Infrastructure, Ktlo, Maintenance, NewValue,
    Overhead, Roadmap, Support, Unplanned,
};
use super::rules::{Condition, Rule};

/// Kinds of work that tickets say themselves, in the words of `work_items.work_type`.
const WORK_TYPES: [(&str, &[Category]); 25] = [
    ("incident", &[Ktlo, Unplanned]),
    ("on_call", &[Ktlo, Unplanned]),
    ("support", &[Ktlo, Support]),
    ("maintenance", &[Ktlo, Maintenance]),
    ("bug_post_release", &[Ktlo, Maintenance]),
    ("security_patch", &[Ktlo, Maintenance]),
    ("refactor_no_new_function", &[Improvement, Maintenance]),
    ("performance_no_new_function", &[Improvement, Maintenance]),
    ("minor_enhancement_inseparable", &[Improvement, Maintenance]),
    ("infrastructure", &[Ktlo, Infrastructure]),
    ("tooling", &[DeveloperProductivity, Infrastructure]),
    ("new_functionality", &[NewValue, Roadmap]),
    ("enhancement_new_functionality", &[Improvement, Roadmap]),
    ("testing_pre_release", &[NewValue, Roadmap]),
    ("code_review", &[NewValue, Roadmap]),
    ("bug_pre_release", &[NewValue, Roadmap]),
    ("conversion_software", &[NewValue, Roadmap]),
    ("planning", &[NewValue, Roadmap]),
    ("research_spike", &[NewValue, Roadmap]),
    ("requirements", &[NewValue, Roadmap]),
    ("vendor_selection", &[NewValue, Roadmap]),
    ("training", &[Ktlo, Overhead]),
    ("admin", &[Ktlo, Overhead]),
    ("meeting_general", &[Ktlo, Overhead]),
    ("hiring", &[Ktlo, Overhead]),
];

/// Labels of tickets and pull requests.
const LABELS: [(&str, &[Category]); 18] = [
    ("incident", &[Ktlo, Unplanned]),
    ("hotfix", &[Ktlo, Unplanned]),
    ("expedite", &[Ktlo, Unplanned]),
    ("unplanned", &[Ktlo, Unplanned]),
    ("support", &[Ktlo, Support]),
    ("infra", &[Ktlo, Infrastructure]),
    ("infrastructure", &[Ktlo, Infrastructure]),
    ("devops", &[Ktlo, Infrastructure]),
    ("ci", &[DeveloperProductivity, Infrastructure]),
    ("tooling", &[DeveloperProductivity, Infrastructure]),
    ("developer-experience", &[DeveloperProductivity, Infrastructure]),
    ("tech-debt", &[Ktlo, Maintenance]),
    ("maintenance", &[Ktlo, Maintenance]),
    ("chore", &[Ktlo, Maintenance]),
    ("dependencies", &[Ktlo, Maintenance]),
    ("security", &[Ktlo, Maintenance]),
    ("bug", &[Ktlo, Maintenance]),
    ("enhancement", &[Improvement, Roadmap]),
];

/// Issue types.
const KINDS: [(&str, &[Category]); 12] = [
    ("Incident", &[Ktlo, Unplanned]),
    ("Service Request", &[Ktlo, Support]),
    ("Support", &[Ktlo, Support]),
    ("Bug", &[Ktlo, Maintenance]),
    ("Defect", &[Ktlo, Maintenance]),
    ("Maintenance", &[Ktlo, Maintenance]),
    ("Story", &[NewValue, Roadmap]),
    ("Feature", &[NewValue, Roadmap]),
    ("New Feature", &[NewValue, Roadmap]),
    ("Epic", &[NewValue, Roadmap]),
    ("Spike", &[NewValue, Roadmap]),
    ("Improvement", &[Improvement, Roadmap]),
];

/// Paths, where all that the commits of a work item touch lie in one of them.
const PATHS: [(&str, &[Category]); 7] = [
    (".github/workflows/**", &[DeveloperProductivity, Infrastructure]),
    (".circleci/**", &[DeveloperProductivity, Infrastructure]),
    (".gitlab-ci.yml", &[DeveloperProductivity, Infrastructure]),
    ("**/*.tf", &[Ktlo, Infrastructure]),
    ("terraform/**", &[Ktlo, Infrastructure]),
    ("{helm,charts,k8s,kubernetes,deploy,infra,infrastructure}/**", &[Ktlo, Infrastructure]),
    ("**/Dockerfile*", &[Ktlo, Infrastructure]),
];

/// The rules, in their order: what a ticket says of itself, its labels, its issue type, and what its
/// commits touch.
pub fn default_rules() -> Vec<Rule> {
    let field =
        |value: &str| Condition::Field { name: "work_type".to_owned(), value: value.to_owned() };
    let rules =
        |looked_at: &str, table: &[(&str, &[Category])], condition: &dyn Fn(&str) -> Condition| {
            let rule = |(word, categories): &(&str, &[Category])| Rule {
                rule_id: format!("default:{looked_at}:{word}"),
                condition: condition(word),
                categories: categories.to_vec(),
            };
            table.iter().map(rule).collect::<Vec<_>>()
        };
    [
        rules("work_type", &WORK_TYPES, &field),
        rules("label", &LABELS, &|word| Condition::Label(word.to_owned())),
        rules("kind", &KINDS, &|word| Condition::Kind(word.to_owned())),
        rules("path", &PATHS, &|glob| Condition::Path(glob.to_owned())),
    ]
    .concat()
}
