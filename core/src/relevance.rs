//! Which objects of a namespace can make a difference to a server: a namespace may hold a thousand servers' objects, and
//! each view should cost what its own server has.

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::ownership::{self, INSTANCE};
use crate::server::ServerSpec;

/// Its own Services, and those with a name that it could want.
pub fn service_matters(service: &Service, server: &ServerSpec) -> bool {
    let metadata = &service.metadata;
    let name = metadata.name.as_deref().unwrap_or_default();
    ownership::is_ours(metadata, server)
        || server.name_template.adapter_of(name).is_some()
        || server.default_template.adapter_of(name).is_some()
}

/// All policies, but for those of another DittoServer that select the pods of another server alone.
pub fn policy_matters(policy: &NetworkPolicy, server: &ServerSpec) -> bool {
    if ownership::is_ours(&policy.metadata, server) || has_its_prefix(&policy.metadata, server) {
        return true;
    }
    let is_another_server_s =
        ownership::controller(&policy.metadata).is_some_and(|owner| owner.kind == "DittoServer");
    let selector = policy.spec.as_ref().and_then(|spec| spec.pod_selector.as_ref());
    let selected = selector.and_then(|selector| selector.match_labels.as_ref()?.get(INSTANCE));
    !is_another_server_s || selected.is_none_or(|instance| *instance == server.name)
}

/// It has a name that the server could want for a policy of its own.
fn has_its_prefix(metadata: &ObjectMeta, server: &ServerSpec) -> bool {
    metadata.name.as_deref().is_some_and(|name| name.starts_with(server.name.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::name::NameTemplate;
    use dittofs_effects::Uid;

    fn server() -> ServerSpec {
        let mut server = ServerSpec::new("files", "srv");
        server.uid = Uid::new("u-1");
        server
    }

    fn object(name: &str, owner: Option<(&str, &str)>, instance: Option<&str>) -> Value {
        let owners: Vec<Value> = owner
            .iter()
            .map(|(kind, uid)| {
                json!({ "apiVersion": "v1", "kind": kind, "name": "o", "uid": uid, "controller": true })
            })
            .collect();
        let labels = instance.map(|instance| json!({ "app": "dittofs-server", "instance": instance }));
        json!({
            "metadata": { "name": name, "namespace": "files", "ownerReferences": owners },
            "spec": { "podSelector": { "matchLabels": labels } },
        })
    }

    #[test]
    fn a_service_matters_by_its_owner_or_by_a_name_that_could_be_wanted() {
        for (name, owner, matters) in [
            ("whatever", Some(("DittoServer", "u-1")), true),
            ("srv-adapter-nfs", None, true),
            ("srv-adapter-nfs", Some(("DittoServer", "u-2")), true),
            ("other-adapter-nfs", Some(("DittoServer", "u-2")), false),
            ("database", None, false),
        ] {
            let service =
                serde_json::from_value(json!({ "metadata": object(name, owner, None)["metadata"] })).unwrap();
            assert_eq!(service_matters(&service, &server()), matters, "{name} {owner:?}");
        }
    }

    #[test]
    fn a_service_matters_by_the_default_name_too() {
        let mut server = server();
        server.name_template = NameTemplate::new("x-{type}", "srv", "files");
        for (name, matters) in [("x-nfs", true), ("srv-adapter-nfs", true), ("y-nfs", false)] {
            let metadata = object(name, None, None)["metadata"].clone();
            let service = serde_json::from_value(json!({ "metadata": metadata })).unwrap();
            assert_eq!(service_matters(&service, &server), matters, "{name}");
        }
    }

    #[test]
    fn a_policy_matters_unless_it_is_for_another_server_s_pods_alone() {
        for (name, owner, instance, matters) in [
            ("p", Some(("DittoServer", "u-1")), Some("srv"), true),
            ("p", Some(("DittoServer", "u-2")), Some("other"), false),
            ("srv-adapter-nfs", Some(("DittoServer", "u-2")), Some("other"), true),
            ("p", Some(("DittoServer", "u-2")), Some("srv"), true),
            ("p", Some(("DittoServer", "u-2")), None, true),
            ("p", None, Some("other"), true),
        ] {
            let policy = serde_json::from_value(object(name, owner, instance)).unwrap();
            assert_eq!(policy_matters(&policy, &server()), matters, "{name} {owner:?} {instance:?}");
        }
    }
}
