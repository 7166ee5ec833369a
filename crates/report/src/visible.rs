//! Text from repositories made safe to look at.
//!
//! A name or a commit subject may hold an escape sequence that rewrites a terminal, or a
//! character that reverses the text after it. What cannot be seen is written out instead.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text on one line: whatever is invisible, reverses text or ends the line is written out,
/// such as `\n` or `\u{1b}`.
pub fn one_line(text: &str) -> Cow<'_, str> {
    written_out(text, |c| is_hidden(c) || matches!(c, '\n' | '\t'))
}

/// The text with its line ends and tabs kept, and everything else invisible written out.
pub fn lines(text: &str) -> Cow<'_, str> {
    written_out(text, is_hidden)
}

fn written_out(text: &str, is_unwanted: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_unwanted) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' if is_unwanted(c) => out.push_str("\\n"),
            '\t' if is_unwanted(c) => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_unwanted(c) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// True for controls, for what changes the direction of text, and for what has no width but
/// shapes no letter. The joiners stay: Persian, Hindi and family emoji are spelled with them.
fn is_hidden(c: char) -> bool {
    if matches!(c, '\n' | '\t') {
        return false;
    }
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{lines, one_line};

    #[test]
    fn an_escape_sequence_is_written_out() {
        assert_eq!(one_line("\u{1b}[31mred\u{7}"), "\\u{1b}[31mred\\u{7}");
        assert_eq!(one_line("a\0b"), "a\\u{0}b");
    }

    #[test]
    fn text_cannot_be_reversed() {
        assert_eq!(one_line("a\u{202e}txt.exe\u{2066}"), "a\\u{202e}txt.exe\\u{2066}");
    }

    #[test]
    fn line_ends_are_written_out_on_one_line_only() {
        assert_eq!(one_line("a\r\n\tb"), "a\\r\\n\\tb");
        assert_eq!(lines("a\r\n\tb"), "a\\r\n\tb");
    }

    #[test]
    fn letters_of_every_script_stay() {
        let text = "José 山田太郎 می‌خواهم 👩‍👩‍👧 e\u{301}";
        assert_eq!(one_line(text), text);
    }
}
