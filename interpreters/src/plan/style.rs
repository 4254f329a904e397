//! Colours, or none.

/// How words are marked. Whoever prints decides; nothing here looks at the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Not at all.
    #[default]
    Plain,
    /// With the escape sequences of terminals.
    Ansi,
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Stands above others.
    Heading,
    /// New, or done.
    Added,
    /// Not as it was.
    Changed,
    /// Gone, or failed.
    Removed,
    /// Left as it is.
    Held,
    /// Beside the point.
    Faint,
}

impl Style {
    /// The text, marked.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        if self == Self::Plain || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Heading => "1",
            Tone::Added => "32",
            Tone::Changed => "33",
            Tone::Removed => "31",
            Tone::Held => "35",
            Tone::Faint => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
