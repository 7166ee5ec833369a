//! Texts of several SQL statements.

/// The statements of a text, each without its semicolon; what is after the last one counts as one
/// where it is no mere comment. The second value is true where that one is not ended.
pub(crate) fn split(text: &str) -> (Vec<&str>, bool) {
    let mut all = Vec::new();
    let (mut begin, mut has_words) = (0, false);
    let mut rest = Tokens { text, at: 0 };
    while let Some(token) = rest.next() {
        match token {
            Token::End(at) => {
                if has_words {
                    all.push(text[begin..at].trim());
                }
                (begin, has_words) = (at + 1, false);
            }
            Token::Word => has_words = true,
            Token::Nothing => {}
        }
    }
    if has_words {
        all.push(text[begin..].trim());
    }
    (all, has_words)
}

enum Token {
    /// A semicolon, and where.
    End(usize),
    /// Something that a statement is made of.
    Word,
    /// Space or a comment.
    Nothing,
}

/// Reads a text piece by piece, quoted texts and comments as one.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl Tokens<'_> {
    fn next(&mut self) -> Option<Token> {
        let rest = &self.text[self.at..];
        let first = rest.chars().next()?;
        let begin = self.at;
        let (length, token) = match first {
            ';' => (1, Token::End(begin)),
            '\'' | '"' => (quoted(rest, first), Token::Word),
            '-' if rest.starts_with("--") => {
                (rest.find('\n').map_or(rest.len(), |end| end + 1), Token::Nothing)
            }
            '/' if rest.starts_with("/*") => {
                (rest.find("*/").map_or(rest.len(), |end| end + 2), Token::Nothing)
            }
            first if first.is_whitespace() => (first.len_utf8(), Token::Nothing),
            first => (first.len_utf8(), Token::Word),
        };
        self.at += length;
        Some(token)
    }
}

/// Length of a text from its opening to its closing quote, both included; a doubled quote is two
/// texts side by side, which comes to the same.
fn quoted(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn semicolons_end_statements_but_not_within_quotes_and_comments() {
        let (all, is_open) = split("select ';', \"a;b\"; -- one; two\nselect /* ; */ 2;\n");
        assert_eq!(all, ["select ';', \"a;b\"", "-- one; two\nselect /* ; */ 2"]);
        assert!(!is_open);
    }

    #[test]
    fn what_is_not_ended_is_the_last_one() {
        assert_eq!(split("select 1; select 'it''s"), (vec!["select 1", "select 'it''s"], true));
        assert_eq!(split("select 1; -- nothing more"), (vec!["select 1"], false));
        assert_eq!(split(" ;; "), (Vec::new(), false));
        assert_eq!(split("select 'ü;"), (vec!["select 'ü;"], true));
    }
}
