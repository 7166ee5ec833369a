//! What a CODEOWNERS file says of a path, as GitHub reads it. No I/O.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// What a file says of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ownership<'a> {
    /// The last line that matches names these.
    Owned(&'a [String]),
    /// The last line that matches names nobody: it is meant to have no owner.
    Unowned,
    /// No line matches.
    Unmatched,
}

/// The lines of a file.
#[derive(Debug)]
pub(super) struct Rules {
    /// Globs of all lines, several of a line one after the other.
    globs: GlobSet,
    /// Line of each glob.
    lines: Vec<usize>,
    owners: Vec<Vec<String>>,
    /// Numbers of lines that are passed over, from 1, each with the reason.
    pub(super) invalid: Vec<(usize, String)>,
}

impl Rules {
    /// Reads a file. A line that can't be read is passed over.
    pub(super) fn parse(text: &str) -> Rules {
        let (mut lines, mut owners, mut invalid) = (Vec::new(), Vec::new(), Vec::new());
        let mut set = GlobSetBuilder::new();
        for (number, line) in (1..).zip(text.lines()) {
            let words = words(line);
            let Some((pattern, named)) = words.split_first() else { continue };
            let globs = match read(pattern, named) {
                Ok(globs) => globs,
                Err(reason) => {
                    invalid.push((number, reason));
                    continue;
                }
            };
            lines.extend(globs.iter().map(|_| owners.len()));
            for glob in globs {
                set.add(glob);
            }
            owners.push(named.to_vec());
        }
        match set.build() {
            Ok(globs) => Rules { globs, lines, owners, invalid },
            // More than can be matched at once: none of it counts.
            Err(error) => {
                invalid.push((1, error.to_string()));
                Rules { globs: GlobSet::empty(), lines: Vec::new(), owners, invalid }
            }
        }
    }

    /// Who owns a path: the last line that matches decides.
    pub(super) fn of(&self, path: &str) -> Ownership<'_> {
        let last = self.globs.matches(path).into_iter().max();
        match last.and_then(|glob| self.owners.get(self.lines[glob])) {
            None => Ownership::Unmatched,
            Some(owners) if owners.is_empty() => Ownership::Unowned,
            Some(owners) => Ownership::Owned(owners),
        }
    }
}

/// The words of a line up to a comment. A blank within a word stands behind `\`.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&' ') => {
                letters.next();
                word.push(' ');
            }
            '#' if word.is_empty() => break,
            letter if letter.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            letter => word.push(letter),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// # Errors
/// Where the pattern or an owner can't be read; the reason is a sentence.
fn read(pattern: &str, owners: &[String]) -> Result<Vec<Glob>, String> {
    if let Some(other) = owners.iter().find(|owner| !is_owner(owner)) {
        let shown = crate::files::shown(other, 60);
        return Err(format!("`{shown}` is no owner: write `@user`, `@org/team` or an address"));
    }
    if pattern.starts_with('!') || pattern.contains(['[', ']']) || pattern.starts_with("\\#") {
        let shown = crate::files::shown(pattern, 60);
        return Err(format!("`{shown}` has `!`, `[ ]` or `\\#`, which no pattern can have"));
    }
    globs(pattern).map_err(|error| error.to_string())
}

fn is_owner(text: &str) -> bool {
    match text.strip_prefix('@') {
        Some(name) => !name.is_empty() && name.split('/').all(|part| !part.is_empty()),
        None => {
            text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        }
    }
}

/// What a pattern matches: with `/` before its end it is about the root, else about any folder. A
/// folder means all that is below it; a last `*` does not.
fn globs(pattern: &str) -> Result<Vec<Glob>, globset::Error> {
    let folder = pattern.strip_suffix('/');
    let body = folder.unwrap_or(pattern);
    let is_rooted = body.contains('/');
    let body = body.strip_prefix('/').unwrap_or(body);
    let start = if is_rooted || body.starts_with("**") { "" } else { "**/" };
    let own = format!("{start}{body}");
    let below = format!("{own}/**");
    let last = body.rsplit('/').next().unwrap_or(body);
    let texts = match folder {
        Some(_) if body.is_empty() => vec!["**".to_owned()],
        Some(_) => vec![below],
        None if last.contains('*') => vec![own],
        None => vec![own, below],
    };
    texts.iter().map(|text| glob(text)).collect()
}

fn glob(text: &str) -> Result<Glob, globset::Error> {
    // Braces mean nothing here.
    let text = text.replace('{', "\\{").replace('}', "\\}");
    GlobBuilder::new(&text).literal_separator(true).backslash_escape(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Owners of a path, `nobody` for one without on purpose, `-` where no line matches.
    fn owner(text: &str, path: &str) -> String {
        match Rules::parse(text).of(path) {
            Ownership::Owned(owners) => owners.join(" "),
            Ownership::Unowned => "nobody".to_owned(),
            Ownership::Unmatched => "-".to_owned(),
        }
    }

    #[test]
    fn the_last_line_that_matches_decides() {
        let text = "* @all\n*.js @js\n/build/ @ops\n";
        assert_eq!(owner(text, "a/b.txt"), "@all");
        assert_eq!(owner(text, "a/b.js"), "@js");
        assert_eq!(owner(text, "build/b.js"), "@ops");
        assert_eq!(owner("*.js @js\n* @all\n", "b.js"), "@all");
    }

    #[test]
    fn owned_without_an_owner_and_unmatched_are_three_things() {
        let text = "/apps/ @acme/apps\n/apps/github\n";
        assert_eq!(owner(text, "apps/x/y"), "@acme/apps");
        assert_eq!(owner(text, "apps/github/y"), "nobody");
        assert_eq!(owner(text, "other"), "-");
    }

    // The examples of GitHub's documentation.
    #[test]
    fn patterns_match_what_github_says_they_do() {
        for (pattern, matched, not) in [
            ("*", vec!["a", "a/b/c"], vec![]),
            ("*.js", vec!["a.js", "x/y/a.js"], vec!["a.jsx"]),
            ("/build/logs/", vec!["build/logs/a", "build/logs/x/a"], vec!["x/build/logs/a"]),
            (
                "docs/*",
                vec!["docs/getting-started.md"],
                vec!["docs/build-app/troubleshooting.md", "x/docs/a"],
            ),
            ("apps/", vec!["apps/a", "x/apps/y/a"], vec!["apps"]),
            ("/docs/", vec!["docs/a", "docs/b/c"], vec!["x/docs/a"]),
            ("/scripts/", vec!["scripts/a/b"], vec!["x/scripts/a"]),
            ("**/logs", vec!["build/logs/a", "logs", "deeply/nested/logs/x/y"], vec!["mylogs/a"]),
            ("/apps/github", vec!["apps/github", "apps/github/x"], vec!["apps/githubs"]),
            ("Makefile", vec!["Makefile", "x/Makefile", "Makefile/x"], vec!["makefile"]),
            ("src/a?.rs", vec!["src/ab.rs"], vec!["src/a/.rs", "x/src/ab.rs"]),
            ("a/**/b", vec!["a/b", "a/x/y/b/c"], vec!["x/a/b"]),
            ("a{b}", vec!["a{b}"], vec!["ab"]),
        ] {
            let text = format!("{pattern} @x\n");
            for path in matched {
                assert_eq!(owner(&text, path), "@x", "{pattern} should match {path}");
            }
            for path in not {
                assert_eq!(owner(&text, path), "-", "{pattern} should not match {path}");
            }
        }
    }

    #[test]
    fn comments_blanks_and_several_owners_are_read() {
        let text = "# top\n\n  a\\ b/c  @x  ann@acme.test # why\n/d @y#z\n";
        assert_eq!(owner(text, "a b/c"), "@x ann@acme.test");
        assert_eq!(owner(text, "d"), "@y#z");
    }

    #[test]
    fn a_line_that_is_none_is_passed_over_by_its_number() {
        let text = "* @all\n!a @x\n[ab] @x\n\\#a @x\n/b x\n/c @\n/d @x/\n/e @x\n";
        let rules = Rules::parse(text);
        let numbers: Vec<usize> = rules.invalid.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [2, 3, 4, 5, 6, 7]);
        assert!(rules.invalid[3].1.contains("`x` is no owner"), "{:?}", rules.invalid);
        assert_eq!(owner(text, "b"), "@all");
        assert_eq!(owner(text, "e"), "@x");
    }
}
