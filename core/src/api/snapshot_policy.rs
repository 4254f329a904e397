//! `spec.snapshotPolicies`.

use super::macros::section;

section! {
    /// When snapshots of a share are made, and how long they are kept. Policies taken out of the list stay on the
    /// server.
    pub struct SnapshotPolicy {
        /// Name of the share, such as `/archive`.
        #[schemars(required)]
        share: String,
        /// Time between two snapshots: a Go duration, `@hourly`, `@daily` or `@weekly`.
        #[schemars(required)]
        interval: String,
        /// How many are kept. Unset or 0: any number.
        #[schemars(range(min = 0))]
        keep_last: i32,
        /// How long one is kept, as a Go duration. Unset: for ever.
        ttl: String,
        /// Whether snapshots are made. Unset: yes.
        enabled: bool,
        /// How their names begin. Unset: `scheduled`.
        name_prefix: String,
    }
}
