//! What a real control plane and a real DittoFS need beside themselves: kubelets, a cloud, and people. For the tests and the
//! demo on them; nothing here starts them.

pub mod administrator;
pub mod api;
pub mod played;

/// Our resource definition, as it is installed.
pub const DEFINITION: &str = include_str!("../../../deploy/crd/dittoservers.yaml");

/// The operator's service account with its rights, in the order in which they are made.
pub const RIGHTS: [&str; 3] = [
    include_str!("../../../deploy/rbac/service-account.yaml"),
    include_str!("../../../deploy/rbac/cluster-role.yaml"),
    include_str!("../../../deploy/rbac/cluster-role-binding.yaml"),
];

/// Namespace and name of that service account.
pub const ACCOUNT: (&str, &str) = ("dittofs-system", "dittofs-adapters");

/// The admission plugin for which the rights have a rule: who makes an object that blocks the deletion of its owner must have
/// the right to.
pub const ADMISSION: &str = "--enable-admission-plugins=OwnerReferencesPermissionEnforcement";
