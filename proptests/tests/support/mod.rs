//! Files, and what is decided on them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::fs;
use std::path::{Path, PathBuf};

use dittofs_proptests::case::{Answer, Case, Decided};
use dittofs_proptests::invariants;
use serde_json::Value;

/// A file or folder of the fixtures.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)
}

/// A file or folder that may lie beside the workspace.
pub fn beside(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/facts").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no {name} beside the workspace");
    None
}

/// The files of a folder with this ending, in the order of names.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == ending));
    files.sort();
    files
}

/// A recorded exchange: its case, its request, and its response.
pub struct Recorded {
    /// Its name.
    pub case: String,
    /// Method and path.
    pub request: (String, String),
    /// The response.
    pub answer: Answer,
}

/// Reads a recorded exchange.
pub fn recorded(path: &Path) -> Recorded {
    let value: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let status = u16::try_from(value["response"]["status"].as_u64().unwrap()).unwrap();
    let body = text("/response/body").unwrap_or_default().into_bytes();
    Recorded {
        case: text("/case").unwrap(),
        request: (text("/request/method").unwrap(), text("/request/path").unwrap()),
        answer: Answer::Http(status, text("/response/headers/content-type"), body),
    }
}

/// The objects of a file of YAML.
pub fn objects(path: &Path) -> Vec<Value> {
    let list: Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    list["items"].as_array().unwrap().clone()
}

/// What is decided, a line each.
pub fn lines(decided: &Decided) -> Vec<String> {
    dittofs_proptests::history::lines(decided)
}

/// Decides, and holds the decision against every promise.
pub fn decided(case: &Case) -> Decided {
    let decided = case.decided();
    if let Err(why) = invariants::check(&decided) {
        panic!("{why}\n{:#?}", lines(&decided));
    }
    decided
}
