//! What labels, annotations and tags say of a component: tier, language, clouds, compliance.

use super::entity::Entity;

/// Tags that name a language, with its name.
const LANGUAGES: [(&str, &str); 24] = [
    ("c", "c"),
    ("c#", "csharp"),
    ("c++", "cpp"),
    ("clojure", "clojure"),
    ("cpp", "cpp"),
    ("csharp", "csharp"),
    ("dart", "dart"),
    ("dotnet", "csharp"),
    ("elixir", "elixir"),
    ("erlang", "erlang"),
    ("go", "go"),
    ("golang", "go"),
    ("haskell", "haskell"),
    ("java", "java"),
    ("javascript", "javascript"),
    ("kotlin", "kotlin"),
    ("nodejs", "javascript"),
    ("php", "php"),
    ("python", "python"),
    ("ruby", "ruby"),
    ("rust", "rust"),
    ("scala", "scala"),
    ("swift", "swift"),
    ("typescript", "typescript"),
];

const CLOUDS: [&str; 8] =
    ["alibaba-cloud", "aws", "azure", "gcp", "hetzner", "ibm-cloud", "oci", "ovh"];

const COMPLIANCE: [&str; 12] = [
    "dora", "fedramp", "ferpa", "gdpr", "hipaa", "hitrust", "iso27001", "nis2", "pci", "pci-dss",
    "soc2", "sox",
];

/// What is said of a component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) tier: Option<String>,
    pub(super) language: Option<String>,
    pub(super) clouds: Option<Vec<String>>,
    pub(super) compliance_tags: Option<Vec<String>>,
}

impl Marks {
    pub(super) fn of(entity: &Entity) -> Marks {
        let tagged = |known: &[&str]| -> Vec<String> {
            entity.tags.iter().filter(|tag| known.contains(&tag.as_str())).cloned().collect()
        };
        let language = || {
            let is = |tag: &String| LANGUAGES.iter().find(|(name, _)| name == tag);
            entity.tags.iter().find_map(is).map(|(_, name)| (*name).to_owned())
        };
        let tier = || {
            let tier = |tag: &String| Some(tag.strip_prefix("tier-")?.to_owned());
            entity.tags.iter().find_map(tier)
        };
        let list = |names: &[&str], known: &[&str]| {
            let said = said(entity, names).map(|text| words(&text));
            Some(said.unwrap_or_else(|| tagged(known))).filter(|words| !words.is_empty())
        };
        Marks {
            tier: said(entity, &["tier"]).or_else(tier),
            language: said(entity, &["language"]).or_else(language),
            clouds: list(&["cloud", "clouds"], &CLOUDS),
            compliance_tags: list(&["compliance"], &COMPLIANCE),
        }
    }
}

/// The value of the label, else the annotation, of one of these names, whatever stands before `/`.
fn said(entity: &Entity, names: &[&str]) -> Option<String> {
    let is_named = |key: &String| {
        let last = key.rsplit('/').next().unwrap_or(key);
        names.iter().any(|name| last.eq_ignore_ascii_case(name))
    };
    let both = entity.labels.iter().chain(&entity.annotations);
    let mut values = both.filter(|(key, _)| is_named(key)).map(|(_, value)| value.trim());
    values.find(|value| !value.is_empty()).map(str::to_owned)
}

/// Words with commas, blanks or, as labels allow no others, `_` between.
fn words(text: &str) -> Vec<String> {
    let words = text.split([',', ' ', '_', ';']).map(|word| word.trim().to_lowercase());
    words.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::documents;

    fn marks(metadata: &str) -> Marks {
        let text = format!("apiVersion: x\nkind: Component\nmetadata: {{name: a, {metadata}}}\n");
        Marks::of(&Entity::read(&documents(&text).expect("YAML")[0]).expect("an entity"))
    }

    fn some(texts: &[&str]) -> Option<Vec<String>> {
        Some(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn labels_come_before_annotations_and_both_before_tags() {
        let said = marks(
            "labels: {acme.test/tier: '1', clouds: aws_gcp}, annotations: {tier: '9', language: go}, \
             tags: [tier-3, java, azure, PCI, gdpr, other]",
        );
        let expected = Marks {
            tier: Some("1".to_owned()),
            language: Some("go".to_owned()),
            clouds: some(&["aws", "gcp"]),
            compliance_tags: some(&["pci", "gdpr"]),
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn tags_alone_will_do_and_what_is_not_said_is_none() {
        let said = marks("tags: [payments, golang, tier-2, aws]");
        assert_eq!((said.tier.as_deref(), said.language.as_deref()), (Some("2"), Some("go")));
        assert_eq!((said.clouds, said.compliance_tags), (some(&["aws"]), None));
        assert_eq!(marks("tags: [payments]"), Marks::default());
    }
}
