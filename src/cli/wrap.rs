//! Text that fits the terminal it goes to.

use console::{Term, measure_text_width};

/// The columns of the terminal that stderr is; `None` where it is none.
pub(super) fn width_of_stderr() -> Option<usize> {
    width_of(&Term::stderr())
}

/// The columns of the terminal that stdout is; `None` where it is none.
pub(super) fn width_of_stdout() -> Option<usize> {
    width_of(&Term::stdout())
}

fn width_of(terminal: &Term) -> Option<usize> {
    terminal.is_term().then(|| usize::from(terminal.size().1))
}

/// One line of text as lines of at most `width` columns; those behind the first begin with `indent` blanks. A word that is
/// wider stays whole, so that it can be copied. Without a width nothing is broken.
pub(super) fn wrapped(text: &str, width: Option<usize>, indent: usize) -> String {
    let Some(width) = width else { return text.to_owned() };
    let mut lines = String::with_capacity(text.len());
    let (mut column, mut has_word) = (0, false);
    for (place, word) in text.split(' ').enumerate() {
        let wide = measure_text_width(word);
        if has_word && column + 1 + wide > width {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            column = indent;
        } else if place > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += wide;
        has_word |= wide > 0;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_and_go_on_below() {
        let text = "error: the folder /a/rather/long/path is gone";
        assert_eq!(wrapped(text, Some(20), 2), "error: the folder\n  /a/rather/long/path\n  is gone");
        assert_eq!(wrapped(text, None, 2), text);
        assert_eq!(wrapped("  a b", Some(3), 4), "  a\n    b", "what it begins with stays");
        assert_eq!(
            wrapped("\u{1b}[31merror:\u{1b}[0m no", Some(9), 2),
            "\u{1b}[31merror:\u{1b}[0m no",
            "colours take no room"
        );
    }
}
