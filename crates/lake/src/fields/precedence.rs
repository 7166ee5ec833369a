//! Whose word counts where sources describe the same thing.

/// Sources with a rank of their own, first the one that counts most. What comes before them all is
/// what somebody gives by hand: files, events of their own types, exports that a mapping reads.
const BELOW_GIVEN: [&[&str]; 4] =
    [&["backstage"], &["github", "jira"], &["codeowners"], &["git", "gitops"]];

/// How much a source's word counts; more is greater. What is inferred counts least of all.
pub(super) fn rank(source: &str, is_recorded: bool) -> usize {
    if !is_recorded {
        return 0;
    }
    let kind = source.split(':').next().unwrap_or(source);
    let below = BELOW_GIVEN.iter().position(|names| names.contains(&kind));
    below.map_or(BELOW_GIVEN.len() + 1, |at| BELOW_GIVEN.len() - at)
}

/// True where an empty value of the source means that there is none. With others it means that
/// they do not know.
pub(super) fn is_given_by_hand(source: &str, is_recorded: bool) -> bool {
    rank(source, is_recorded) > BELOW_GIVEN.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_before_the_catalogue_the_host_code_owners_git_and_what_is_inferred() {
        let order = [
            ("files", true),
            ("backstage", true),
            ("github", true),
            ("codeowners", true),
            ("git", true),
            ("git", false),
        ];
        for pair in order.windows(2) {
            let [more, less] = [pair[0], pair[1]].map(|(source, basis)| rank(source, basis));
            assert!(more > less, "{pair:?}");
        }
        assert_eq!(rank("files", true), rank("our-own-export", true));
        assert!(is_given_by_hand("files", true) && !is_given_by_hand("backstage", true));
    }
}
