//! Claim templates, which nobody can change once they are there.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, PersistentVolumeClaimSpec, VolumeResourceRequirements,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::server::StorageSpec;

/// Where the volume for metadata is.
pub(crate) const METADATA_PATH: &str = "/data/store/metadata";
/// Where the volume for content is, if there is one.
pub(crate) const CONTENT_PATH: &str = "/data/store/block";
/// Where the volume of the control plane is.
pub(crate) const CONTROL_PLANE_PATH: &str = "/data/controlplane";

pub(super) const METADATA: &str = "metadata";
pub(super) const CONTENT: &str = "content";
pub(super) const CONTROL_PLANE: &str = "controlplane";

/// The templates, by name and size.
pub(crate) fn claim_templates(storage: &StorageSpec) -> Vec<PersistentVolumeClaim> {
    let wanted = [
        (METADATA, Some(&storage.metadata)),
        (CONTENT, storage.content.as_ref()),
        (CONTROL_PLANE, Some(&storage.control_plane)),
    ];
    let wanted = wanted.into_iter().filter_map(|(name, size)| Some((name, size?)));
    wanted.map(|(name, size)| template(name, size, storage.class.as_ref())).collect()
}

fn template(name: &str, size: &str, class: Option<&String>) -> PersistentVolumeClaim {
    PersistentVolumeClaim {
        metadata: ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() },
        spec: Some(PersistentVolumeClaimSpec {
            access_modes: Some(vec!["ReadWriteOnce".to_owned()]),
            storage_class_name: class.cloned(),
            resources: Some(VolumeResourceRequirements {
                requests: Some(BTreeMap::from([("storage".to_owned(), Quantity(size.to_owned()))])),
                limits: None,
            }),
            ..PersistentVolumeClaimSpec::default()
        }),
        status: None,
    }
}
