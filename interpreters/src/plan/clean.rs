//! Foreign text on a terminal.

/// Leaves out what a terminal would obey, or what makes text read otherwise than it is: control characters and
/// those that change the direction of writing. A tab becomes a space.
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !obeyed(*c)).collect()
}

/// Whether a terminal would obey it, or show what follows otherwise than it is.
pub(super) fn obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
