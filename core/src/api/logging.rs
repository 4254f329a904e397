//! `spec.logging`.

use super::macros::{section, words};

words! {
    /// From which level on the server logs.
    pub enum LogLevel {
        /// Everything.
        Debug = "DEBUG",
        /// What happens normally, too.
        Info = "INFO",
        /// Only what is odd.
        Warn = "WARN",
        /// Only what fails.
        Error = "ERROR",
    }

    /// The form of a log line.
    pub enum LogFormat {
        /// For people.
        Text = "text",
        /// For programs.
        Json = "json",
    }
}

section! {
    /// What the server logs, and where.
    pub struct Logging {
        /// Level. Unset: `INFO`.
        level: LogLevel,
        /// Form of a line. Unset: `json`.
        format: LogFormat,
        /// `stdout`, `stderr`, or the path of a file. Unset: `stdout`.
        output: String,
    }
}
