//! Reading one's own writes: no decision is taken on a view that is older than the last write.
//!
//! Without this a Service that was just created would be created again, be refused, and look like somebody else's. The
//! preconditions of every write would stop it anyway; this saves the requests, and the doubt.

use std::collections::BTreeMap;
use std::time::Duration;

use dittofs_core::effects::{ObjectRef, ResourceVersion, Seen, Uid};

use super::cache::Cache;

/// A watch that lags more than this is as good as cut; decisions then go on, guarded by their preconditions.
const PATIENCE: Duration = Duration::from_secs(5);

/// Writes that the caches have not shown yet.
#[derive(Debug, Default)]
pub struct Pending {
    writes: BTreeMap<ObjectRef, (Expected, Duration)>,
}

#[derive(Debug)]
enum Expected {
    Written(Seen),
    Deleted(Uid),
}

impl Pending {
    /// An object was written.
    pub fn written(&mut self, target: ObjectRef, seen: Seen, now: Duration) {
        self.writes.insert(target, (Expected::Written(seen), now));
    }

    /// An object was deleted, or is being deleted.
    pub fn deleted(&mut self, target: ObjectRef, uid: Uid, now: Duration) {
        self.writes.insert(target, (Expected::Deleted(uid), now));
    }

    /// Until when to wait for the caches, if they lag behind. A write that was shown is kept in mind for as long: a list
    /// that is older than it can come after it.
    pub fn wait_until(&mut self, cache: &Cache, now: Duration) -> Option<Duration> {
        self.writes.retain(|_, (_, since)| now < since.saturating_add(PATIENCE));
        if self.writes.is_empty() {
            // An emptied map keeps a node, which takes as much as all that is remembered of a server at rest.
            self.writes = BTreeMap::new();
        }
        let is_hidden =
            |target: &ObjectRef, expected: &Expected| !expected.is_shown(cache.identity(target).as_ref());
        let hidden = self.writes.iter().filter(|(target, (expected, _))| is_hidden(target, expected));
        hidden.map(|(_, (_, since))| since.saturating_add(PATIENCE)).max()
    }

    /// When the last write need not be kept in mind any more, if there is one.
    pub fn due(&self) -> Option<Duration> {
        self.writes.values().map(|(_, since)| since.saturating_add(PATIENCE)).max()
    }
}

impl Expected {
    fn is_shown(&self, found: Option<&(Seen, bool)>) -> bool {
        match (self, found) {
            (Self::Written(seen), Some((found, _))) => {
                found.uid == seen.uid && is_at_least(&found.resource_version, &seen.resource_version)
            }
            (Self::Written(_), None) => false,
            (Self::Deleted(uid), Some((found, is_terminating))) => found.uid != *uid || *is_terminating,
            (Self::Deleted(_), None) => true,
        }
    }
}

/// Versions of one kind are numbers that grow, where the API server says so (KEP-5504); elsewhere only equality counts.
pub fn is_at_least(found: &ResourceVersion, expected: &ResourceVersion) -> bool {
    let number = |version: &ResourceVersion| version.as_str().parse::<u64>().ok();
    found == expected || number(found).zip(number(expected)).is_some_and(|(found, expected)| found > expected)
}

#[cfg(test)]
mod tests {
    use dittofs_core::effects::Kind;

    use super::*;

    fn seen(uid: &str, version: &str) -> Seen {
        Seen { uid: Uid::new(uid).unwrap(), resource_version: ResourceVersion::new(version).unwrap() }
    }

    #[test]
    fn a_write_is_shown_by_its_version_or_a_later_one_of_the_same_object() {
        let written = Expected::Written(seen("u", "10"));
        assert!(!written.is_shown(None));
        assert!(!written.is_shown(Some(&(seen("u", "9"), false))));
        assert!(written.is_shown(Some(&(seen("u", "10"), false))));
        assert!(written.is_shown(Some(&(seen("u", "11"), true))));
        assert!(!written.is_shown(Some(&(seen("other", "11"), false))));
        assert!(
            !Expected::Written(seen("u", "b")).is_shown(Some(&(seen("u", "c"), false))),
            "opaque versions"
        );
    }

    #[test]
    fn a_deletion_is_shown_by_absence_by_another_object_or_by_its_timestamp() {
        let deleted = Expected::Deleted(Uid::new("u").unwrap());
        assert!(deleted.is_shown(None));
        assert!(deleted.is_shown(Some(&(seen("v", "1"), false))));
        assert!(deleted.is_shown(Some(&(seen("u", "1"), true))));
        assert!(!deleted.is_shown(Some(&(seen("u", "1"), false))));
    }

    #[test]
    fn patience_ends() {
        let mut pending = Pending::default();
        let target = ObjectRef { kind: Kind::Service, namespace: "n".to_owned(), name: "s".to_owned() };
        pending.written(target, seen("u", "1"), Duration::from_secs(100));
        let cache = Cache::default();
        assert_eq!(pending.wait_until(&cache, Duration::from_secs(104)), Some(Duration::from_secs(105)));
        assert_eq!(pending.due(), Some(Duration::from_secs(105)));
        assert_eq!(pending.wait_until(&cache, Duration::from_secs(105)), None);
        assert_eq!(pending.due(), None);
    }
}
