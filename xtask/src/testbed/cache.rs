//! The folder of all builds: a folder a key, and what is being built.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use super::Failed;

/// Builds that are not finished.
pub(super) const UNFINISHED: &str = ".building-";

/// Held while something is built or removed. The system lets go of it when the process ends.
pub(super) struct Lock(#[expect(dead_code, reason = "the lock is the open file")] File);

/// Waits until nobody else builds.
pub(super) fn lock(cache: &Path) -> Result<Lock, Failed> {
    fs::create_dir_all(cache).map_err(Failed::to(format!("make {}", cache.display())))?;
    let path = cache.join("lock");
    let file = File::create(&path).map_err(Failed::to(format!("open {}", path.display())))?;
    match file.try_lock() {
        Ok(()) => return Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => println!("another process builds the testbed; waiting for it"),
        Err(TryLockError::Error(error)) => return Err(Failed::to(format!("lock {}", path.display()))(error)),
    }
    file.lock().map_err(Failed::to(format!("lock {}", path.display())))?;
    Ok(Lock(file))
}

/// Removes all builds but the one to keep, and what is left of builds that were broken off.
pub(super) fn clean(cache: &Path, keep: &Path) -> Result<(), Failed> {
    let _lock = lock(cache)?;
    let mut removed = 0;
    for folder in folders(cache)? {
        if folder != keep {
            fs::remove_dir_all(&folder).map_err(Failed::to(format!("remove {}", folder.display())))?;
            println!("removed {}", folder.display());
            removed += 1;
        }
    }
    println!("{removed} old builds removed from {}", cache.display());
    Ok(())
}

/// Removes what is left of builds that were broken off; whoever holds the lock is the only one who builds.
pub(super) fn clean_unfinished(cache: &Path, _lock: &Lock) -> Result<(), Failed> {
    for folder in folders(cache)? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(UNFINISHED) {
            fs::remove_dir_all(&folder).map_err(Failed::to(format!("remove {}", folder.display())))?;
        }
    }
    Ok(())
}

/// Builds, finished and not. Anything else that somebody keeps there is left alone.
fn folders(cache: &Path) -> Result<Vec<std::path::PathBuf>, Failed> {
    let entries = fs::read_dir(cache)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(Failed::to(format!("list {}", cache.display())))?;
    let is_key = |name: &str| name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_build = |name: &str| is_key(name.strip_prefix(UNFINISHED).unwrap_or(name));
    Ok(entries
        .into_iter()
        .filter(|entry| entry.file_name().to_str().is_some_and(is_build))
        .map(|entry| entry.path())
        .collect())
}

#[cfg(test)]
mod tests {
    use dittofs_testbed::Folder;

    use super::*;

    #[test]
    fn cleaning_leaves_the_build_of_this_checkout_and_what_is_no_build() {
        let cache = Folder::new().unwrap();
        let key = |digit: &str| digit.repeat(32);
        let names = [key("a"), key("b"), format!("{UNFINISHED}{}", key("a")), "mine".to_owned()];
        for name in &names {
            fs::create_dir(cache.path().join(name)).unwrap();
        }
        clean(cache.path(), &cache.path().join(key("a"))).unwrap();
        let left = names.iter().filter(|name| cache.path().join(name).exists()).collect::<Vec<_>>();
        assert_eq!(left, [&names[0], &names[3]]);
    }
}
