//! How grave an incident is, in any tool's words.

/// Rank of a severity, 1 the gravest, or `None` for a word that no tool is known to use. A digit
/// counts as it stands (`SEV-2`, `P1`), words as most tools order them.
pub(crate) fn rank(severity: &str) -> Option<u32> {
    let digits: String = severity.chars().filter(char::is_ascii_digit).collect();
    if !digits.is_empty() {
        return digits.parse().ok();
    }
    let word = severity.trim().to_lowercase();
    match word.as_str() {
        "critical" | "blocker" | "emergency" | "urgent" => Some(1),
        "high" | "major" | "error" => Some(2),
        "medium" | "moderate" | "normal" | "warning" => Some(3),
        "low" | "minor" => Some(4),
        "info" | "informational" | "trivial" | "lowest" => Some(5),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_of_all_tools_are_on_one_scale() {
        assert_eq!(rank("SEV-2"), Some(2));
        assert_eq!(rank("P0"), Some(0));
        assert_eq!(rank(" Critical "), Some(1));
        assert_eq!(rank("weird"), None);
    }
}
