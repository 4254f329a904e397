//! What is known about the terminal, and how errors look on it.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::os::fd::AsFd;

use dittofs_interpreters::plan::{Style, clean};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use crate::cli::When;
use crate::input::InputError;

/// Without a terminal, and at most on one.
const WIDTH: u16 = 80;
const WIDEST: u16 = 100;

/// Colours on standard output.
pub fn style(when: When) -> Style {
    if colourful(when, io::stdout().is_terminal()) { Style::Ansi } else { Style::Plain }
}

/// Columns of standard output.
pub fn width(asked: Option<u16>) -> usize {
    asked.or_else(|| columns(io::stdout())).unwrap_or(WIDTH).into()
}

fn columns(stream: impl AsFd) -> Option<u16> {
    terminal_size::terminal_size_of(stream).map(|(width, _)| width.0.clamp(40, WIDEST))
}

fn colourful(when: When, terminal: bool) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}

/// Writes to standard output. Whoever closed it early has read enough.
///
/// # Errors
/// Those of writing.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Warnings go to standard error, so that the plan can be piped.
pub fn warn(warning: &str) {
    // Nobody is left to be told when this fails.
    let _ = writeln!(io::stderr(), "warning: {}", clean(warning));
}

/// An error: drawn with its source on a terminal, plain in a pipe or a log.
pub fn report(error: &InputError, when: When) {
    let terminal = io::stderr().is_terminal();
    let mut text = String::new();
    if terminal {
        let theme =
            if colourful(when, true) { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(columns(io::stderr()).unwrap_or(WIDTH).into());
        if handler.render_report(&mut text, error).is_err() {
            text.clear();
        }
    }
    if text.is_empty() {
        plain(error, &mut text);
    }
    let _ = io::stderr().write_all(text.as_bytes());
}

fn plain(error: &InputError, text: &mut String) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "error: {}", clean(&error.to_string()));
    if let Some(place) = error.place() {
        let _ = writeln!(text, "  --> {}", clean(&place));
    }
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = writeln!(text, "  because: {}", clean(&cause.to_string()));
        source = cause.source();
    }
    if let Some(help) = error.help() {
        let _ = writeln!(text, "  help: {}", clean(&help.to_string()));
    }
    for other in error.others() {
        plain(other, text);
    }
}
