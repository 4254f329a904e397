//! `spec.storage`.

use super::macros::section;
use super::rules;

section! {
    /// The volumes of the server. They are claim templates of a StatefulSet, which Kubernetes does not let anyone
    /// change: neither may the fields here once the resource exists.
    #[schemars(extend("x-kubernetes-validations" = rules::json(rules::STORAGE)))]
    pub struct Storage {
        /// Size of the volume for metadata, such as `10Gi` (units Mi, Gi, Ti).
        #[schemars(required, regex(pattern = rules::SIZE), extend("example" = "10Gi"))]
        #[schemars(extend("x-kubernetes-validations" = rules::json(&[rules::SIZE_FIXED])))]
        metadata_size: String,
        /// Size of the volume for content. Unset: no such volume.
        #[schemars(regex(pattern = rules::SIZE), extend("example" = "50Gi"))]
        #[schemars(extend("x-kubernetes-validations" = rules::json(&[rules::SIZE_FIXED])))]
        content_size: String,
        /// Size of the volume for the control plane's database.
        #[schemars(regex(pattern = rules::SIZE), extend("example" = "1Gi", "default" = "1Gi"))]
        #[schemars(extend("x-kubernetes-validations" = rules::json(&[rules::SIZE_FIXED])))]
        control_plane_size: String,
        /// StorageClass of all volumes. Unset: the default of the cluster; empty: no dynamic provisioning.
        #[schemars(extend("x-kubernetes-validations" = rules::json(&[rules::CLASS_FIXED])))]
        storage_class_name: String,
    }
}
