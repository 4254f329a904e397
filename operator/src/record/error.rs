//! What can be wrong with a recording.

use std::io;

use miette::Diagnostic;

/// Why a recording cannot be written or read.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum RecordingError {
    /// The folder cannot be made.
    #[error("making the folder {folder} (--record)")]
    #[diagnostic(help("give a folder in which this process may write"))]
    Folder {
        /// Which.
        folder: String,
        /// Why not.
        source: io::Error,
    },
    /// The thread that writes cannot be started.
    #[error("starting the thread that writes recordings")]
    Thread(#[source] io::Error),
    /// A line is not what was written.
    #[error("{file}:{line}: this line is no recorded decision: {cause}")]
    #[diagnostic(help(
        "a line that breaks off was being written when the operator stopped; take it out and replay the rest"
    ))]
    Corrupt {
        /// The file.
        file: String,
        /// Its line, counted from 1.
        line: usize,
        /// What is wrong.
        cause: String,
    },
    /// No line is what was written.
    #[error("{file} is no recording; its first line is no decision: {cause}")]
    #[diagnostic(help("give what 'run --record DIR' wrote: DIR/*.jsonl"))]
    NoRecording {
        /// The file.
        file: String,
        /// What is wrong with its first line.
        cause: String,
    },
    /// A line of a later format.
    #[error("{file}:{line}: this line has format {found}, and this program reads 1.x")]
    #[diagnostic(help("replay it with the version of this program that recorded it, or a later one"))]
    Format {
        /// The file.
        file: String,
        /// Its line, counted from 1.
        line: usize,
        /// The format.
        found: String,
    },
    /// A recorded decision cannot be taken again.
    #[error("{file}:{line}: this decision cannot be taken again: {cause}")]
    Undecidable {
        /// The file.
        file: String,
        /// Its line, counted from 1.
        line: usize,
        /// What is in the way.
        cause: String,
    },
}
