//! Which repository a component is built from, and which folder of it.

use super::entity::Entity;
use crate::git::id_of_url;

/// Annotations that name a repository, with the host that is meant where none is named.
const SLUGS: [(&str, &str); 3] = [
    ("github.com/project-slug", "github.com"),
    ("gitlab.com/project-slug", "gitlab.com"),
    ("bitbucket.org/project-slug", "bitbucket.org"),
];
const SOURCE_LOCATION: &str = "backstage.io/source-location";
const GITLAB_INSTANCE: &str = "gitlab.com/instance";

/// A repository, and the folder of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// `host/owner/name`.
    pub(super) repository_id: String,
    /// Folder without `/` at its ends; `None` for the whole repository.
    pub(super) folder: Option<String>,
}

/// Where a component is built from, or `None` where nothing says so. Of two that differ the
/// repository's own annotation counts.
pub(super) fn place(entity: &Entity) -> Option<Place> {
    let location = entity.annotation(SOURCE_LOCATION).and_then(location);
    let slug = SLUGS.iter().find_map(|(name, host)| Some((entity.annotation(name)?, *host)));
    let Some((slug, host)) = slug else {
        return location;
    };
    let slug = slug.trim_matches('/');
    // The same owner and name on another host: an installation of one's own.
    let is_same = |place: &Place| {
        let path = place.repository_id.split_once('/').map_or("", |(_, path)| path);
        path.eq_ignore_ascii_case(slug)
    };
    if let Some(place) = location.filter(is_same) {
        return Some(place);
    }
    let host = entity.annotation(GITLAB_INSTANCE).filter(|_| host == "gitlab.com").unwrap_or(host);
    let is_whole = slug.split('/').count() > 1 && slug.split('/').all(|part| !part.is_empty());
    let repository_id = format!("{}/{slug}", host.to_lowercase());
    is_whole.then_some(Place { repository_id, folder: None })
}

/// `url:https://github.com/acme/shop/tree/main/services/api/`, as a repository and its folder.
fn location(text: &str) -> Option<Place> {
    let url = text.trim().strip_prefix("url:").unwrap_or(text.trim());
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return None;
    }
    let url = url.split(['?', '#']).next().unwrap_or(url);
    let (repository, rest) = ["/-/tree/", "/-/blob/", "/tree/", "/blob/", "/src/"]
        .iter()
        .find_map(|marker| {
            url.split_once(marker).map(|(start, rest)| (start, Some((*marker, rest))))
        })
        .unwrap_or((url, None));
    let repository_id = id_of_url(repository)?;
    // A host alone is no repository.
    if repository_id.split('/').count() < 3 {
        return None;
    }
    let folder = rest.and_then(|(marker, rest)| {
        // The name of a branch with `/` can't be told from a folder; such are rare here.
        let (_, path) = rest.split_once('/')?;
        let folder = match path.rsplit_once('/') {
            // Of a file only the folder it stands in.
            Some((folder, file)) if !file.is_empty() && marker.contains("blob") => folder,
            None if marker.contains("blob") => "",
            _ => path,
        };
        Some(folder.trim_matches('/')).filter(|folder| !folder.is_empty()).map(str::to_owned)
    });
    Some(Place { repository_id, folder })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::documents;

    /// Repository and folder that the annotations give.
    fn placed(annotations: &[(&str, &str)]) -> String {
        let lines: String =
            annotations.iter().map(|(name, value)| format!("    {name}: '{value}'\n")).collect();
        let text = format!(
            "apiVersion: x\nkind: Component\nmetadata:\n  name: a\n  annotations:\n{lines}"
        );
        let entity = Entity::read(&documents(&text).expect("YAML")[0]).expect("an entity");
        match place(&entity) {
            Some(place) => format!("{} {}", place.repository_id, place.folder.unwrap_or_default()),
            None => "-".to_owned(),
        }
    }

    #[test]
    fn a_slug_names_the_repository_and_the_location_its_host_and_folder() {
        let slug = ("github.com/project-slug", "acme/shop");
        let at = |url| (SOURCE_LOCATION, url);
        assert_eq!(placed(&[slug]), "github.com/acme/shop ");
        let folder = at("url:https://github.com/acme/shop/tree/main/services/api/");
        assert_eq!(placed(&[slug, folder]), "github.com/acme/shop services/api");
        assert_eq!(placed(&[folder]), "github.com/acme/shop services/api");
        let own = at("url:https://git.acme.test/Acme/shop/tree/main/");
        assert_eq!(placed(&[slug, own]), "git.acme.test/Acme/shop ");
        let other = at("url:https://github.com/acme/catalog/tree/main/shop/");
        assert_eq!(placed(&[slug, other]), "github.com/acme/shop ");
    }

    #[test]
    fn other_hosts_and_forms_of_addresses_are_understood() {
        let at = |url| placed(&[(SOURCE_LOCATION, url)]);
        assert_eq!(at("url:https://gitlab.com/a/b/c/-/tree/main/x/y/"), "gitlab.com/a/b/c x/y");
        assert_eq!(at("url:https://bitbucket.org/a/b/src/main/x/"), "bitbucket.org/a/b x");
        assert_eq!(
            at("url:https://github.com/a/b/blob/main/x/catalog-info.yaml"),
            "github.com/a/b x"
        );
        assert_eq!(at("url:https://github.com/a/b/blob/main/catalog-info.yaml"), "github.com/a/b ");
        assert_eq!(at("url:https://github.com/a/b"), "github.com/a/b ");
        assert_eq!(at("url:https://github.com/a/b/tree/main"), "github.com/a/b ");
        assert_eq!(at("dir:/srv/b"), "-");
        assert_eq!(at("url:https://github.com/a"), "-");
        let lab = ("gitlab.com/project-slug", "a/b/c");
        assert_eq!(placed(&[lab]), "gitlab.com/a/b/c ");
        assert_eq!(placed(&[lab, (GITLAB_INSTANCE, "git.acme.test")]), "git.acme.test/a/b/c ");
        assert_eq!(placed(&[("github.com/project-slug", "shop")]), "-");
        assert_eq!(placed(&[("other", "x")]), "-");
    }
}
