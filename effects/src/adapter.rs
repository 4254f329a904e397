//! The name of an adapter, in the one form that Kubernetes names and labels can carry.

use std::fmt;
use std::fmt::Write as _;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Port names of the API are `IANA_SVC_NAME`s: at most 15 characters (RFC 6335 §5.1).
const PORT_NAME_LIMIT: usize = 15;
/// Of a port name that is too long this much is kept, before the hash that keeps it apart.
const PORT_NAME_KEPT: usize = 10;

/// A sanitised adapter type such as `nfs`: lower case, `a-z0-9-` only, no dash at either end, never empty.
///
/// Two types that DittoFS spells differently may have one sanitised form; whoever builds a report has to notice.
/// The name of the adapter's port is computed once, here, since every decision compares it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AdapterType {
    name: Box<str>,
    port_name: Box<str>,
}

/// A type of which sanitising leaves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("adapter type {0:?} has no letter or digit")]
pub struct UnusableType(pub String);

impl AdapterType {
    /// Sanitises a type as DittoFS spells it: lower case; what is not `a-z0-9-` becomes `-`; runs of `-` become
    /// one; none is left at the ends.
    ///
    /// # Errors
    /// [`UnusableType`] when nothing is left.
    pub fn sanitise(written: &str) -> Result<Self, UnusableType> {
        let mut name = String::with_capacity(written.len());
        for c in written.chars().flat_map(char::to_lowercase) {
            let c = if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
            if c != '-' || !(name.is_empty() || name.ends_with('-')) {
                name.push(c);
            }
        }
        let name = name.trim_end_matches('-');
        if name.is_empty() {
            return Err(UnusableType(written.to_owned()));
        }
        Ok(Self { name: name.into(), port_name: port_name(name).into() })
    }

    /// The sanitised type.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// `adapter-<type>`; a longer one keeps 10 characters and gets the first 4 hex digits of the type's SHA-256,
    /// as the Go operator names it, so that existing ports are recognised (and keep their node port).
    pub fn port_name(&self) -> &str {
        &self.port_name
    }
}

fn port_name(name: &str) -> String {
    let mut full = format!("adapter-{name}");
    if full.len() <= PORT_NAME_LIMIT {
        return full;
    }
    full.truncate(PORT_NAME_KEPT);
    full.truncate(full.trim_end_matches('-').len());
    full.push('-');
    for byte in Sha256::digest(name.as_bytes()).iter().take(2) {
        // Writing to a String cannot fail.
        let _ = write!(full, "{byte:02x}");
    }
    full
}

impl fmt::Display for AdapterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

impl fmt::Debug for AdapterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AdapterType({})", self.name)
    }
}

impl Serialize for AdapterType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sanitising_and_port_names_are_those_of_the_go_operator() {
        for (written, name, port) in [
            ("nfs", "nfs", "adapter-nfs"),
            ("NFS", "nfs", "adapter-nfs"),
            ("webdavs", "webdavs", "adapter-webdavs"),
            ("web_dav", "web-dav", "adapter-web-dav"),
            ("--web..dav--", "web-dav", "adapter-web-dav"),
            ("custom-adapter-a", "custom-adapter-a", "adapter-cu-1e31"),
            ("custom-adapter-b", "custom-adapter-b", "adapter-cu-c0bd"),
            ("s3gatewayx", "s3gatewayx", "adapter-s3-5f86"),
            ("nfs\u{e9}4", "nfs-4", "adapter-nfs-4"),
            // Kept whole at exactly 15 characters; a dash at the cut is trimmed.
            ("abcdefg", "abcdefg", "adapter-abcdefg"),
            ("a-bcdefgh", "a-bcdefgh", "adapter-a-65bc"),
        ] {
            let adapter = AdapterType::sanitise(written).unwrap();
            assert_eq!(adapter.as_str(), name, "{written}");
            assert_eq!(adapter.port_name(), port, "{written}");
        }
    }

    #[test]
    fn a_type_is_shown_by_its_name() {
        let nfs = AdapterType::sanitise("NFS").unwrap();
        assert_eq!(
            (format!("{nfs:>5}"), format!("{nfs:?}")),
            ("  nfs".to_owned(), "AdapterType(nfs)".to_owned())
        );
    }

    #[test]
    fn a_type_without_letter_or_digit_is_unusable() {
        for written in ["", "__", "-", "\u{1F4C1}", " \t"] {
            assert_eq!(AdapterType::sanitise(written), Err(UnusableType(written.to_owned())));
        }
    }
}
