//! Which service an image is of. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use super::image::{last_part, without_registry};
use crate::git::Application;

/// What is known of services before a configuration repository is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// Names of images with the service they are of: `service_aliases` of the provider `image`.
    pub aliases: BTreeMap<String, String>,
    /// Services and the repositories they are built from.
    pub services: BTreeSet<KnownService>,
    /// Digests of artifacts with their repository and commit.
    pub artifacts: BTreeMap<String, (String, String)>,
    /// Tags of repositories with their commit: repository, tag, commit.
    pub tags: BTreeSet<(String, String, String)>,
    /// How many commits of each repository are known.
    pub commits: BTreeMap<String, u64>,
    /// The same as `tags` for images, as earlier reads found it out: it still holds where a tag is
    /// not known any more.
    pub resolved: BTreeSet<(String, String, String)>,
}

/// A service that is known, and what it is built from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownService {
    /// Service.
    pub service_id: String,
    /// Repository it is built from.
    pub repository_id: String,
    /// Prefix of its tags in the repository; `None` where it has none.
    pub tag_prefix: Option<String>,
}

/// The service of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Match {
    /// It is one that is known.
    Known(KnownService),
    /// No service or repository has the name: somebody else's, by all that is known.
    Foreign,
    /// Several have the name.
    Ambiguous,
}

impl Catalogue {
    /// Takes over what a repository itself says, which counts before what was known of it.
    pub(crate) fn take(&mut self, application: &Application) {
        let Application { repository_id, services, tags, .. } = application;
        self.services.retain(|service| {
            service.repository_id != *repository_id
                || !services.iter().any(|own| own.service_id == service.service_id)
        });
        self.services.extend(services.iter().cloned());
        self.tags.retain(|(of, ..)| of != repository_id);
        self.resolved.retain(|(of, ..)| of != repository_id);
        self.commits.remove(repository_id);
        let own = |(tag, sha): &(String, String)| (repository_id.clone(), tag.clone(), sha.clone());
        self.tags.extend(tags.iter().map(own));
    }

    /// True where no service is known, so that no image can be told from somebody else's.
    pub(crate) fn is_empty(&self) -> bool {
        self.aliases.is_empty() && self.services.is_empty()
    }

    /// The service of an image: the one that an alias names, else the one whose name is most like
    /// the image's. Where nothing is known of any service, each image is one.
    pub(crate) fn service(&self, image: &str) -> Match {
        if self.is_empty() {
            return Match::Known(unknown(last_part(image), image));
        }
        let alias = self.aliases.get(image).or_else(|| self.aliases.get(without_registry(image)));
        if let Some(service_id) = alias {
            return self.aliased(service_id, image);
        }
        let mut best = 0;
        let mut found: Vec<&KnownService> = Vec::new();
        for service in &self.services {
            let likeness = likeness(without_registry(image), service);
            if likeness > best {
                best = likeness;
                found.clear();
            }
            if likeness > 0 && likeness == best {
                found.push(service);
            }
        }
        match found[..] {
            [] => Match::Foreign,
            [one] => Match::Known(one.clone()),
            _ => Match::Ambiguous,
        }
    }

    fn aliased(&self, service_id: &str, image: &str) -> Match {
        let mut of = self.services.iter().filter(|service| service.service_id == *service_id);
        match (of.next(), of.next()) {
            (Some(one), None) => Match::Known(one.clone()),
            // From which of several repositories, or which one at all, nobody says.
            _ => Match::Known(unknown(service_id, image)),
        }
    }
}

/// A service of which the repository is not known: the image's own name stands for it.
fn unknown(service_id: &str, image: &str) -> KnownService {
    KnownService {
        service_id: service_id.to_owned(),
        repository_id: image.to_owned(),
        tag_prefix: None,
    }
}

/// How many parts at the end of the image's name are those of the service's, case aside; a part
/// `shop-api` is `shop/api`. 0 where the last one differs.
fn likeness(image: &str, service: &KnownService) -> usize {
    let parts =
        |name: &str| -> Vec<String> { name.to_lowercase().split('/').map(str::to_owned).collect() };
    let (image, service) = (parts(image), parts(&service.service_id));
    let same = |image: &[String]| {
        image.iter().rev().zip(service.iter().rev()).take_while(|(a, b)| a == b).count()
    };
    let direct = same(&image);
    let joined = match (image.split_last(), &service[..]) {
        (Some((last, rest)), [.., folder, name]) if *last == format!("{folder}-{name}") => {
            let whole: Vec<String> =
                rest.iter().cloned().chain([folder.clone(), name.clone()]).collect();
            same(&whole)
        }
        _ => 0,
    };
    direct.max(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(services: &[(&str, &str)], aliases: &[(&str, &str)]) -> Catalogue {
        let own = |text: &&str| (*text).to_owned();
        Catalogue {
            aliases: aliases.iter().map(|(alias, id)| (own(alias), own(id))).collect(),
            services: services
                .iter()
                .map(|(service_id, repository_id)| KnownService {
                    service_id: own(service_id),
                    repository_id: own(repository_id),
                    tag_prefix: None,
                })
                .collect(),
            ..Catalogue::default()
        }
    }

    fn service(catalogue: &Catalogue, image: &str) -> (String, String) {
        match catalogue.service(image) {
            Match::Known(found) => (found.service_id, found.repository_id),
            other => (format!("{other:?}"), String::new()),
        }
    }

    fn pair(a: &str, b: &str) -> (String, String) {
        (a.to_owned(), b.to_owned())
    }

    #[test]
    fn an_image_named_like_the_repository_is_its_service() {
        let shop = "github.com/acme/shop";
        let known = catalogue(&[(shop, shop)], &[]);
        for image in ["shop", "acme/shop", "ghcr.io/acme/Shop", "registry:5000/x/y/shop"] {
            assert_eq!(service(&known, image), pair(shop, shop), "{image}");
        }
        for image in ["nginx", "shop/nginx", "acme/shopper", "acme/shop-web"] {
            assert_eq!(known.service(image), Match::Foreign, "{image}");
        }
    }

    #[test]
    fn a_part_of_a_repository_is_named_by_its_folder_with_or_without_the_repository() {
        let shop = "github.com/acme/shop";
        let api = "github.com/acme/shop/api";
        let known = catalogue(&[(shop, shop), (api, shop)], &[]);
        for image in ["api", "acme/shop/api", "acme/shop-api", "ghcr.io/shop-api"] {
            assert_eq!(service(&known, image), pair(api, shop), "{image}");
        }
        assert_eq!(service(&known, "ghcr.io/acme/shop"), pair(shop, shop));
    }

    #[test]
    fn the_longest_likeness_wins_and_none_is_guessed() {
        let known = catalogue(&[("h/acme/api", "h/acme/api"), ("h/bolt/api", "h/bolt/api")], &[]);
        assert_eq!(service(&known, "bolt/api").0, "h/bolt/api");
        assert_eq!(known.service("ghcr.io/other/api"), Match::Ambiguous);
    }

    #[test]
    fn an_alias_decides_with_or_without_the_registry() {
        let known = catalogue(
            &[("checkout", "acme/shop"), ("a", "r1"), ("a", "r2")],
            &[("acme/shop-web", "checkout"), ("quay.io/acme/b", "b"), ("acme/c", "a")],
        );
        assert_eq!(service(&known, "ghcr.io/acme/shop-web"), pair("checkout", "acme/shop"));
        assert_eq!(service(&known, "acme/shop-web"), pair("checkout", "acme/shop"));
        assert_eq!(service(&known, "quay.io/acme/b"), pair("b", "quay.io/acme/b"));
        assert_eq!(known.service("ghcr.io/acme/b"), Match::Foreign);
        // Two repositories: which one the image is from is not known.
        assert_eq!(service(&known, "acme/c"), pair("a", "acme/c"));
    }

    #[test]
    fn where_nothing_is_known_each_image_is_a_service() {
        let known = Catalogue::default();
        assert_eq!(service(&known, "ghcr.io/acme/shop"), pair("shop", "ghcr.io/acme/shop"));
        assert_eq!(service(&known, "nginx"), pair("nginx", "nginx"));
    }
}
