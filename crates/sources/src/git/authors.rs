//! Who or what wrote a commit: people, bots and AI agents, told apart by name and address.

use std::sync::LazyLock;

use milepost_events::tables::PersonKind;
use regex::Regex;

/// AI tools by the address they commit or co-author with.
const AI_ADDRESSES: [(&str, &str); 8] = [
    ("noreply@anthropic.com", "claude"),
    ("cursoragent@cursor.com", "cursor"),
    ("copilot@github.com", "copilot"),
    ("noreply@openai.com", "codex"),
    ("noreply@aider.chat", "aider"),
    ("amp@ampcode.com", "amp"),
    ("noreply@opencode.ai", "opencode"),
    ("openhands@all-hands.dev", "openhands"),
];

/// AI tools by their account on GitHub, as it stands in `<digits>+<account>@users.noreply.github.com`.
const AI_ACCOUNTS: [(&str, &str); 8] = [
    ("copilot", "copilot"),
    ("copilot-swe-agent[bot]", "copilot"),
    ("chatgpt-codex-connector[bot]", "codex"),
    ("devin-ai-integration[bot]", "devin"),
    ("google-labs-jules[bot]", "jules"),
    ("cursoragent[bot]", "cursor"),
    ("claude[bot]", "claude"),
    ("zencoder-ai[bot]", "zencoder"),
];

/// AI tools by a mark they leave in the message, lower case.
const AI_MARKS: [(&str, &str); 5] = [
    ("generated with [claude code]", "claude"),
    ("generated with claude code", "claude"),
    ("claude-session:", "claude"),
    ("agent-logs-url:", "copilot"),
    ("generated with opencode", "opencode"),
];

/// Automations that do not carry `[bot]` in their name.
const BOT_NAMES: [&str; 26] = [
    "bors",
    "homu",
    "dependabot",
    "dependabot-preview",
    "dependabot-support",
    "renovate",
    "renovate-bot",
    "renovate bot",
    "greenkeeper",
    "greenkeeperio-bot",
    "pyup-bot",
    "pyup.io bot",
    "snyk-bot",
    "github-actions",
    "github actions",
    "github-action",
    "mergify",
    "imgbot",
    "weblate",
    "hosted weblate",
    "semantic-release-bot",
    "allcontributors",
    "k8s-ci-robot",
    "copybara-service",
    "release-please",
    "pre-commit-ci",
];

/// The AI tool behind a name and address, or `None`. Only exact marks count: a name that merely
/// contains a tool's name is somebody else.
pub(crate) fn ai_tool(name: &str, email: &str) -> Option<&'static str> {
    let email = email.trim().to_lowercase();
    let by_address = AI_ADDRESSES.iter().find(|(address, _)| *address == email);
    let by_account = || {
        let account = github_account(&email)?;
        AI_ACCOUNTS.iter().find(|(known, _)| *known == account)
    };
    let by_name = || name.trim().ends_with("(aider)").then_some(&("", "aider"));
    by_address.or_else(by_account).or_else(by_name).map(|(_, tool)| *tool)
}

/// The AI tools that left a mark in the message, in any case.
pub(crate) fn ai_tools_of_marks(message: &str) -> Vec<&'static str> {
    static MARKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let marks: Vec<String> = AI_MARKS.iter().map(|(mark, _)| regex::escape(mark)).collect();
        Regex::new(&format!("(?i:{})", marks.join("|"))).ok()
    });
    let Some(marks) = MARKS.as_ref() else {
        return Vec::new();
    };
    let tool = |mark: &str| {
        AI_MARKS.iter().find(|(known, _)| known.eq_ignore_ascii_case(mark)).map(|(_, tool)| *tool)
    };
    marks.find_iter(message).filter_map(|found| tool(found.as_str())).collect()
}

/// Person, bot or AI agent.
pub(crate) fn kind(name: &str, email: &str) -> PersonKind {
    if ai_tool(name, email).is_some() {
        return PersonKind::AiAgent;
    }
    let name = name.trim().to_lowercase();
    let email = email.trim().to_lowercase();
    let account = email.split('@').next().unwrap_or("");
    let is_marked = name.ends_with("[bot]") || account.ends_with("[bot]");
    if is_marked || BOT_NAMES.contains(&name.as_str()) {
        PersonKind::Bot
    } else {
        PersonKind::Human
    }
}

/// Account in a private address of GitHub, with or without the number before it.
fn github_account(email: &str) -> Option<&str> {
    let account = email.strip_suffix("@users.noreply.github.com")?;
    Some(match account.split_once('+') {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => account,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_ai_tools_are_exact() {
        assert_eq!(ai_tool("Claude Opus 4", "NOREPLY@ANTHROPIC.COM"), Some("claude"));
        assert_eq!(ai_tool("", "198982749+Copilot@users.noreply.github.com"), Some("copilot"));
        assert_eq!(ai_tool("Ann (aider)", "ann@x.org"), Some("aider"));
        assert_eq!(ai_tool("", "1+notclaude[bot]@users.noreply.github.com"), None);
        assert_eq!(ai_tool("Claude Monet", "claude@monet.fr"), None);
    }

    #[test]
    fn bots_are_no_people_and_ai_agents_are_no_bots() {
        let dependabot = "49699333+dependabot[bot]@users.noreply.github.com";
        assert_eq!(kind("dependabot[bot]", dependabot), PersonKind::Bot);
        assert_eq!(kind("bors", "bors@rust-lang.org"), PersonKind::Bot);
        assert_eq!(kind("Abbot", "abbot@x.org"), PersonKind::Human);
        assert_eq!(
            kind(
                "devin-ai-integration[bot]",
                "1+devin-ai-integration[bot]@users.noreply.github.com"
            ),
            PersonKind::AiAgent
        );
    }

    #[test]
    fn marks_of_ai_tools_are_found_in_any_case() {
        assert_eq!(ai_tools_of_marks("x\n\nGenerated with [Claude Code](u)"), ["claude"]);
        assert!(ai_tools_of_marks("we regenerated with care").is_empty());
    }
}
