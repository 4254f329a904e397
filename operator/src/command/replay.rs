//! `replay`: decide again what was decided, and show where the answer differs.

use dittofs_interpreters::plan::{Difference, PlanDocument};
use serde::Serialize;
use serde_json::Value;

use crate::cli::{ReplayArgs, ReplayFormat, When};
use crate::input::{InputError, Reader};
use crate::record::{Entry, FORMAT_VERSION, RecordingError};
use crate::terminal;

mod show;

/// Lines of a file of which it is said why they cannot be replayed; more are counted.
const LISTED: usize = 5;
/// A decision differs.
const DIFFERS: u8 = 2;

/// All files, replayed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replay {
    format_version: &'static str,
    files: Vec<Replayed>,
}

/// A file, replayed.
#[derive(Serialize)]
struct Replayed {
    file: String,
    /// Decisions that could be taken again.
    decisions: usize,
    differing: Vec<Differing>,
    /// Lines that could not be read.
    #[serde(skip)]
    errors: Vec<RecordingError>,
}

/// A decision that is not taken again as it was.
#[derive(Serialize)]
struct Differing {
    line: usize,
    at: String,
    namespace: String,
    name: String,
    differences: Vec<Difference>,
    #[serde(skip)]
    recorded: Box<PlanDocument>,
    #[serde(skip)]
    decided: Box<PlanDocument>,
}

/// Replays the files and gives the exit code.
pub fn run(args: &ReplayArgs) -> Result<u8, InputError> {
    let mut reader = Reader::default();
    let mut files = Vec::new();
    for path in &args.files {
        let text = reader.text("replay", path)?;
        files.push(file(text.name.clone(), &text.text));
    }
    let replay = Replay { format_version: FORMAT_VERSION, files };
    let text = match args.output {
        ReplayFormat::Text => show::text(&replay, terminal::style(args.color)),
        ReplayFormat::Json => serde_json::to_string_pretty(&replay).map_err(InputError::Json)? + "\n",
    };
    terminal::print(&text).map_err(InputError::Print)?;
    let differs = replay.files.iter().any(|file| !file.differing.is_empty());
    let failed = replay.files.iter().any(|file| !file.errors.is_empty());
    for file in replay.files {
        report(file, args.color);
    }
    Ok(match (failed, differs) {
        (true, _) => super::FAILED,
        (false, true) => DIFFERS,
        (false, false) => 0,
    })
}

/// Says why lines cannot be replayed: of many, why the first ones cannot.
fn report(file: Replayed, color: When) {
    let Replayed { file, decisions, errors, differing: _ } = file;
    let is_corrupt = |error: &RecordingError| matches!(error, RecordingError::Corrupt { .. });
    // One line may have been written when the operator stopped; several are something else.
    let is_recording = decisions > 0 || errors.len() < 2 || !errors.iter().all(is_corrupt);
    if !is_recording && let Some(RecordingError::Corrupt { cause, .. }) = errors.first() {
        let error = RecordingError::NoRecording { file, cause: cause.clone() };
        return terminal::report(&error.into(), color);
    }
    let unlisted = errors.len().saturating_sub(LISTED);
    for error in errors.into_iter().take(LISTED) {
        terminal::report(&error.into(), color);
    }
    if unlisted > 0 {
        terminal::warn(&format!("{file}: {unlisted} more lines cannot be replayed"));
    }
}

fn file(name: String, text: &str) -> Replayed {
    let mut replayed = Replayed { file: name, decisions: 0, differing: Vec::new(), errors: Vec::new() };
    for (index, text) in text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        match line(&replayed.file, index + 1, text) {
            Ok(differing) => {
                replayed.decisions += 1;
                replayed.differing.extend(differing);
            }
            Err(error) => replayed.errors.push(error),
        }
    }
    replayed
}

fn line(file: &str, line: usize, text: &str) -> Result<Option<Differing>, RecordingError> {
    let entry = read(file, line, text)?;
    let decided = entry.decide().map_err(|cause| {
        let file = file.to_owned();
        RecordingError::Undecidable { file, line, cause }
    })?;
    let recorded = entry.plan;
    let mut differences = decided.effects_unlike(&recorded);
    differences.extend(decided.holds_unlike(&recorded));
    if differences.is_empty() {
        return Ok(None);
    }
    Ok(Some(Differing {
        line,
        at: entry.at,
        namespace: entry.server.namespace,
        name: entry.server.name,
        differences,
        recorded: Box::new(recorded),
        decided: Box::new(decided),
    }))
}

fn read(file: &str, line: usize, text: &str) -> Result<Entry, RecordingError> {
    let corrupt = |cause: String| RecordingError::Corrupt { file: file.to_owned(), line, cause };
    let json: Value = serde_json::from_str(text).map_err(|error| corrupt(error.to_string()))?;
    let Some(found) = json.get("formatVersion").and_then(Value::as_str) else {
        return Err(corrupt("it has no formatVersion".to_owned()));
    };
    if found.split('.').next() != FORMAT_VERSION.split('.').next() {
        return Err(RecordingError::Format { file: file.to_owned(), line, found: found.to_owned() });
    }
    serde_path_to_error::deserialize(json)
        .map_err(|error| corrupt(format!("{}: {}", error.path(), error.inner())))
}
