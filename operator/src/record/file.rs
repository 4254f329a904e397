//! Files of recorded decisions: one a DittoServer, bounded by one older file beside it.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::RecordingError;
use super::entry::Entry;

/// A file that would grow beyond this becomes the older one, in place of that which was: so a DittoServer has at most
/// twice as many bytes.
const LIMIT: u64 = 8 * 1024 * 1024;

/// The files of one folder.
pub(super) struct Files {
    folder: PathBuf,
    limit: u64,
    /// Of the last line written to each file, what makes it another decision.
    last: HashMap<PathBuf, u64>,
}

impl Files {
    pub fn open(folder: &Path) -> Result<Self, RecordingError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|source| RecordingError::Folder { folder: folder.display().to_string(), source })?;
        Ok(Self { folder: folder.to_owned(), limit: LIMIT, last: HashMap::new() })
    }

    /// Writes a decision down, unless it is the last one of its server again.
    pub fn append(&mut self, entry: Entry) -> Result<(), String> {
        // A namespace has no underscore, so no two servers share a file.
        let name = format!("{}_{}.jsonl", entry.server.namespace, entry.server.name);
        let path = self.folder.join(name);
        let line = serde_json::to_string(&entry).map_err(|error| error.to_string())? + "\n";
        let digest = digest(&entry.essence().map_err(|error| error.to_string())?);
        let before = self.last.get(&path).copied();
        if before == Some(digest) {
            return Ok(());
        }
        let is_first = before.is_none();
        self.write(&path, &line, is_first).map_err(|error| format!("{}: {error}", path.display()))?;
        self.last.insert(path, digest);
        Ok(())
    }

    fn write(&self, path: &Path, line: &str, is_first: bool) -> io::Result<()> {
        let mut file = open(path)?;
        let length = file.metadata()?.len();
        if length > 0 && length.saturating_add(line.len() as u64) > self.limit {
            fs::rename(path, older(path))?;
            file = open(path)?;
        } else if is_first && breaks_off(&mut file, length)? {
            // What was written when the process ended must not take this line with it.
            file.write_all(b"\n")?;
        }
        file.write_all(line.as_bytes())
    }
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(path)
}

/// `x.jsonl.1`: no server has a file that ends so.
fn older(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

fn breaks_off(file: &mut File, length: u64) -> io::Result<bool> {
    if length == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    Ok(last != [b'\n'])
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn files(name: &str) -> (Files, PathBuf) {
        let folder = std::env::temp_dir().join(format!("dittofs-record-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let mut files = Files::open(&folder).unwrap();
        files.limit = 20;
        (files, folder.join("n_s.jsonl"))
    }

    #[test]
    fn a_full_file_becomes_the_older_one_and_both_are_for_their_owner_alone() {
        let (files, path) = files("rotation");
        for line in ["0123456789\n", "1123456789\n", "2123456789\n"] {
            files.write(&path, line, false).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "2123456789\n");
        assert_eq!(fs::read_to_string(older(&path)).unwrap(), "1123456789\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&files.folder).unwrap().permissions().mode() & 0o777, 0o700);
        fs::remove_dir_all(&files.folder).unwrap();
    }

    #[test]
    fn a_line_that_breaks_off_takes_no_other_with_it() {
        let (files, path) = files("torn");
        files.write(&path, "torn", true).unwrap();
        files.write(&path, "next\n", true).unwrap();
        files.write(&path, "more\n", false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "torn\nnext\nmore\n");
        fs::remove_dir_all(&files.folder).unwrap();
    }
}
