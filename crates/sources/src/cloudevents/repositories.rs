//! Repositories as events name them, by the ids that git gives them.

use crate::git::id_of_url;

/// `host/owner/name` of a URL; a name as it is written, but for the end `.git` and the host's
/// case. `None` where it is blank.
pub(super) fn repository_id(text: &str) -> Option<String> {
    let text = text.trim();
    let url = text.strip_prefix("git+").unwrap_or(text);
    if let Some(id) = id_of_url(url) {
        return Some(id);
    }
    let name = text.trim_end_matches('/');
    let name = name.strip_suffix(".git").unwrap_or(name);
    let named = match name.split_once('/') {
        Some((host, path)) if host.contains('.') => format!("{}/{path}", host.to_lowercase()),
        _ => name.to_owned(),
    };
    (!named.is_empty()).then_some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_has_the_id_that_git_gives_it() {
        let id = Some("github.com/acme/shop".to_owned());
        assert_eq!(repository_id("https://GitHub.com/acme/shop.git"), id);
        assert_eq!(repository_id("git+ssh://git@github.com/acme/shop"), id);
        assert_eq!(repository_id("git@github.com:acme/shop.git"), id);
        assert_eq!(repository_id("GitHub.com/acme/shop/"), id);
        assert_eq!(repository_id(" shop "), Some("shop".to_owned()));
        assert_eq!(repository_id(" "), None);
    }
}
