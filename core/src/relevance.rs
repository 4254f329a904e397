//! Which objects of a namespace can make a difference to a server: a namespace may hold a thousand servers' objects, and
//! each view should cost what its own server has.

use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::name::STATIC_SUFFIXES;
use crate::ownership::{self, INSTANCE};
use crate::server::{ServerSpec, WorkloadOwner};

/// Whose an object is, and whose pod it is or selects: all that has to be known, beside its name, to tell to whom it matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affiliation {
    controller: Option<Box<str>>,
    is_of_a_server: bool,
    instance: Option<Box<str>>,
}

impl Affiliation {
    /// That of a Service.
    pub fn of_service(service: &Service) -> Self {
        Self::of(&service.metadata, None)
    }

    /// That of a policy.
    pub fn of_policy(policy: &NetworkPolicy) -> Self {
        let selector = policy.spec.as_ref().and_then(|spec| spec.pod_selector.as_ref());
        let selected = selector.and_then(|selector| selector.match_labels.as_ref()?.get(INSTANCE));
        Self::of(&policy.metadata, selected)
    }

    /// That of a pod.
    pub fn of_pod(pod: &Pod) -> Self {
        let labels = pod.metadata.labels.as_ref();
        Self::of(&pod.metadata, labels.and_then(|labels| labels.get(INSTANCE)))
    }

    fn of(metadata: &ObjectMeta, instance: Option<&String>) -> Self {
        let controller = ownership::controller(metadata);
        Self {
            controller: controller.map(|owner| owner.uid.as_str().into()),
            is_of_a_server: controller.is_some_and(|owner| owner.kind == "DittoServer"),
            instance: instance.map(|name| name.as_str().into()),
        }
    }

    fn is_ours(&self, server: &ServerSpec) -> bool {
        let uid = server.uid.as_ref();
        uid.is_some_and(|uid| self.controller.as_deref() == Some(uid.as_str()))
    }
}

/// Its own Services, and those with a name that it could want.
pub fn service_matters(name: &str, service: &Affiliation, server: &ServerSpec) -> bool {
    let is_static = |name: &str| {
        let suffix = name.strip_prefix(server.name.as_str());
        suffix.is_some_and(|suffix| STATIC_SUFFIXES.contains(&suffix))
    };
    service.is_ours(server)
        || (server.workload != WorkloadOwner::Theirs && is_static(name))
        || server.name_template.adapter_of(name).is_some()
        || server.default_template.adapter_of(name).is_some()
}

/// All policies, but for those of another DittoServer that select the pods of another server alone. One with a name that
/// the server could want for a policy of its own always does.
pub fn policy_matters(name: &str, policy: &Affiliation, server: &ServerSpec) -> bool {
    policy.is_ours(server)
        || name.starts_with(server.name.as_str())
        || !policy.is_of_a_server
        || policy.instance.as_deref().is_none_or(|instance| instance == server.name)
}

/// The pods that bear its name.
pub fn pod_matters(pod: &Affiliation, server: &ServerSpec) -> bool {
    pod.instance.as_deref() == Some(server.name.as_str())
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

    fn service(object: &Value) -> Affiliation {
        let service = serde_json::from_value(json!({ "metadata": object["metadata"] })).unwrap();
        Affiliation::of_service(&service)
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
            let service = service(&object(name, owner, None));
            assert_eq!(service_matters(name, &service, &server()), matters, "{name} {owner:?}");
        }
    }

    #[test]
    fn a_service_matters_by_the_default_name_too() {
        let mut server = server();
        server.name_template = NameTemplate::new("x-{type}", "srv", "files");
        for (name, matters) in [("x-nfs", true), ("srv-adapter-nfs", true), ("y-nfs", false)] {
            let service = service(&object(name, None, None));
            assert_eq!(service_matters(name, &service, &server), matters, "{name}");
        }
    }

    #[test]
    fn a_pod_matters_by_its_label() {
        for (instance, matters) in [(Some("srv"), true), (Some("other"), false), (None, false)] {
            let labels = instance.map(|name| json!({ "app": "dittofs-server", "instance": name }));
            let pod = serde_json::from_value(json!({ "metadata": { "labels": labels } })).unwrap();
            assert_eq!(pod_matters(&Affiliation::of_pod(&pod), &server()), matters, "{instance:?}");
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
            let policy = Affiliation::of_policy(&policy);
            assert_eq!(policy_matters(name, &policy, &server()), matters, "{name} {owner:?} {instance:?}");
        }
    }

    /// Found by INV-28: who has the name of one of the server's own Services holds its workload.
    #[test]
    fn the_names_of_a_server_s_own_services_matter_where_its_workload_is_ours() {
        let nobody = Affiliation::default();
        let theirs = ServerSpec::new("files", "srv");
        let resource = json!({
            "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
            "metadata": { "name": "srv", "namespace": "files" }, "spec": { "storage": { "metadataSize": "1Gi" } },
        });
        let (ours, _) = ServerSpec::resolve_whole(&serde_json::from_value(resource).unwrap());
        for name in ["srv-api", "srv-headless", "srv-metrics"] {
            assert!(
                service_matters(name, &nobody, &ours) && !service_matters(name, &nobody, &theirs),
                "{name}"
            );
        }
        assert!(
            !service_matters("other-api", &nobody, &ours) && !service_matters("srv-apis", &nobody, &ours)
        );
    }
}
