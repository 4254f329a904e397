//! What becomes of a Service, transition by transition (as measured on kube-apiserver 1.35).

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod given;

use dittofs_effects::{
    Cause, Effect, Kind, ObjectRef, Outcome, Precondition, Reason, ResourceVersion, Seen, Uid, Update,
};
use dittofs_interpreters::memory::World;
use given::key;
use serde_json::{Value, json};

/// A world with one Service of this spec.
struct One(World);

impl One {
    fn new(spec: &Value) -> Self {
        let mut world = World::default();
        let posted = world.post(service("srv", spec));
        assert!(matches!(posted, Outcome::Written(_)), "{posted:?}");
        Self(world)
    }

    fn get(&self) -> &Value {
        self.0.get(&key("Service", "srv")).unwrap()
    }

    fn spec(&self) -> &Value {
        &self.get()["spec"]
    }

    fn patch(&mut self, patch: Value) -> Outcome {
        let metadata = &self.get()["metadata"];
        let seen = Seen {
            uid: Uid::new(metadata["uid"].as_str().unwrap()).unwrap(),
            resource_version: ResourceVersion::new(metadata["resourceVersion"].as_str().unwrap()).unwrap(),
        };
        self.0.apply(&Effect::Update(Update {
            target: ObjectRef {
                kind: Kind::Service,
                namespace: "dittofs".to_owned(),
                name: "srv".to_owned(),
            },
            adapter: None,
            reason: Reason::from(Cause::Absent),
            precondition: Precondition::Seen(seen),
            guards: Vec::new(),
            patch: serde_json::from_value(patch).unwrap(),
        }))
    }

    /// Replaces or adds fields of the spec.
    fn set(&mut self, fields: Value) -> Outcome {
        let Value::Object(fields) = fields else { panic!("no fields") };
        let patch = fields
            .into_iter()
            .map(|(field, value)| json!({"op": "add", "path": format!("/spec/{field}"), "value": value}));
        self.patch(patch.collect())
    }

    fn must_set(&mut self, fields: Value) {
        let outcome = self.set(fields);
        assert!(matches!(outcome, Outcome::Written(_)), "{outcome:?}");
    }

    fn refuses(&mut self, fields: Value) {
        let before = self.get().clone();
        let outcome = self.set(fields);
        assert!(matches!(outcome, Outcome::Invalid(_)), "{outcome:?}");
        assert_eq!(*self.get(), before);
    }

    fn node_port(&self) -> Option<i64> {
        self.spec()["ports"][0].get("nodePort")?.as_i64()
    }
}

fn service(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "dittofs"}, "spec": spec})
}

fn balanced() -> One {
    One::new(&json!({"type": "LoadBalancer", "ports": [{"name": "nfs", "port": 12049}]}))
}

#[test]
fn a_new_load_balancer_gets_what_the_api_gives() {
    let one = balanced();
    let expected = json!({
        "type": "LoadBalancer", "allocateLoadBalancerNodePorts": true, "externalTrafficPolicy": "Cluster",
        "internalTrafficPolicy": "Cluster", "sessionAffinity": "None", "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack", "clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"],
        "ports": [{"name": "nfs", "port": 12049, "targetPort": 12049, "protocol": "TCP", "nodePort": 30000}],
    });
    assert_eq!(*one.spec(), expected);
    assert_eq!(one.get()["status"], json!({"loadBalancer": {}}));
    assert_eq!(one.get()["metadata"].get("generation"), None, "Services have none");
}

#[test]
fn a_cluster_ip_gets_no_node_port_and_a_port_over_two_transports_one() {
    let one = One::new(&json!({"ports": [{"port": 1}]}));
    assert_eq!((one.spec()["type"].as_str(), one.node_port()), (Some("ClusterIP"), None));
    let ports = json!([{"name": "t", "port": 111}, {"name": "u", "port": 111, "protocol": "UDP"}]);
    let two = One::new(&json!({"type": "NodePort", "ports": ports}));
    assert_eq!(two.spec()["ports"][0]["nodePort"], two.spec()["ports"][1]["nodePort"]);
}

#[test]
fn a_port_number_changes_in_place_and_keeps_its_node_port() {
    let mut one = balanced();
    let node_port = one.node_port();
    one.must_set(json!({"ports": [{"name": "nfs", "port": 2049}]}));
    assert_eq!((one.node_port(), &one.spec()["ports"][0]["targetPort"]), (node_port, &json!(2049)));
}

#[test]
fn name_and_number_together_lose_the_node_port() {
    let mut one = balanced();
    let before = one.node_port();
    one.must_set(json!({"ports": [{"name": "new", "port": 2049}]}));
    assert!(one.node_port().is_some());
    assert_ne!(one.node_port(), before);
}

#[test]
fn load_balancer_and_node_port_change_in_place_and_keep_the_node_port() {
    let mut one = balanced();
    let node_port = one.node_port();
    one.must_set(json!({"type": "NodePort"}));
    assert_eq!(one.node_port(), node_port);
    assert_eq!(one.spec().get("allocateLoadBalancerNodePorts"), None);
    one.must_set(json!({"type": "LoadBalancer"}));
    assert_eq!(one.node_port(), node_port);
}

#[test]
fn leaving_for_cluster_ip_gives_node_port_and_external_address_up_and_keeps_the_cluster_ip() {
    let mut one = balanced();
    let ip = one.spec()["clusterIP"].clone();
    one.0.edit(&key("Service", "srv"), |s| {
        s["status"]["loadBalancer"]["ingress"] = json!([{"ip": "203.0.113.7"}]);
    });
    one.must_set(json!({"type": "ClusterIP"}));
    assert_eq!((one.node_port(), &one.spec()["clusterIP"]), (None, &ip));
    assert_eq!(one.spec().get("externalTrafficPolicy"), None);
    assert_eq!(one.get()["status"]["loadBalancer"], json!({}));
    one.must_set(json!({"type": "LoadBalancer"}));
    assert!(one.node_port().is_some());
    assert_eq!(one.spec()["clusterIP"], ip);
}

#[test]
fn local_and_cluster_change_in_place_with_a_health_check_port_for_local() {
    let mut one = balanced();
    one.must_set(json!({"externalTrafficPolicy": "Local"}));
    assert!(one.spec()["healthCheckNodePort"].is_u64());
    one.must_set(json!({"externalTrafficPolicy": "Cluster"}));
    assert_eq!(one.spec().get("healthCheckNodePort"), None);
}

#[test]
fn fields_of_another_type_are_dropped_from_an_update_and_refused_in_a_creation() {
    let mut one = One::new(&json!({"ports": [{"port": 1}]}));
    let fields = json!({
        "externalTrafficPolicy": "Local", "loadBalancerClass": "example.com/x", "allocateLoadBalancerNodePorts": false,
    });
    let before = one.spec().clone();
    one.must_set(fields.clone());
    assert_eq!(*one.spec(), before, "a difference that never ends");
    for (field, value) in fields.as_object().unwrap() {
        let posted = World::default().post(service("srv", &json!({"ports": [{"port": 1}], field: value})));
        assert!(matches!(posted, Outcome::Invalid(_)), "{field}");
    }
}

#[test]
fn node_ports_that_are_no_longer_allocated_stay_until_ports_are_sent_without() {
    let mut one = balanced();
    one.must_set(json!({"allocateLoadBalancerNodePorts": false}));
    assert!(one.node_port().is_some());
    one.must_set(json!({"ports": [{"name": "other", "port": 12049}]}));
    assert_eq!(one.node_port(), None);
    let fresh =
        json!({"type": "LoadBalancer", "allocateLoadBalancerNodePorts": false, "ports": [{"port": 1}]});
    assert_eq!(One::new(&fresh).node_port(), None);
}

#[test]
fn safe_05_a_class_cannot_change_while_it_is_a_load_balancer() {
    let mut one = balanced();
    one.refuses(json!({"loadBalancerClass": "example.com/x"}));
    let spec = json!({"type": "LoadBalancer", "loadBalancerClass": "example.com/x", "ports": [{"port": 1}]});
    let mut classed = One::new(&spec);
    classed.refuses(json!({"loadBalancerClass": "example.com/y"}));
    let removed = classed.patch(json!([{"op": "remove", "path": "/spec/loadBalancerClass"}]));
    assert!(matches!(removed, Outcome::Invalid(_)));
    classed.must_set(json!({"type": "NodePort"}));
    assert_eq!(classed.spec().get("loadBalancerClass"), None);
}

#[test]
fn source_ranges_must_go_in_the_write_that_leaves_load_balancer() {
    let mut one = balanced();
    one.must_set(json!({"loadBalancerSourceRanges": ["10.0.0.0/8"]}));
    one.refuses(json!({"type": "NodePort"}));
    one.must_set(json!({"type": "NodePort", "loadBalancerSourceRanges": []}));
}

#[test]
fn safe_05_a_second_family_comes_and_goes_and_the_first_stays() {
    let mut one = balanced();
    one.must_set(json!({"ipFamilyPolicy": "RequireDualStack"}));
    assert_eq!(one.spec()["ipFamilies"], json!(["IPv4", "IPv6"]));
    assert_eq!(one.spec()["clusterIPs"].as_array().map(Vec::len), Some(2));
    one.refuses(json!({"ipFamilies": ["IPv6", "IPv4"]}));
    let omitted = one.patch(json!([{"op": "remove", "path": "/spec/ipFamilyPolicy"}]));
    assert!(matches!(omitted, Outcome::Written(_)));
    assert_eq!(one.spec()["ipFamilyPolicy"], "RequireDualStack", "omitting it keeps it");
    one.must_set(json!({"ipFamilyPolicy": "SingleStack"}));
    assert_eq!(one.spec()["ipFamilies"], json!(["IPv4"]));
    assert_eq!(one.spec()["clusterIPs"].as_array().map(Vec::len), Some(1));
    one.refuses(json!({"ipFamilies": ["IPv6"]}));
}

#[test]
fn node_ports_run_out() {
    let mut world = World::default();
    world.limit_node_ports(30_000..=30_001);
    let spec = json!({"type": "NodePort", "ports": [{"port": 1}]});
    for name in ["a", "b"] {
        assert!(matches!(world.post(service(name, &spec)), Outcome::Written(_)));
    }
    assert_eq!(world.post(service("c", &spec)), Outcome::NodePortsExhausted);
    assert_eq!(world.get(&key("Service", "c")), None);
    let taken = json!({"type": "NodePort", "ports": [{"port": 1, "nodePort": 30_000}]});
    assert!(matches!(world.post(service("c", &taken)), Outcome::Invalid(_)));
}

#[test]
fn ports_need_names_and_numbers_of_their_own() {
    for ports in [
        json!([]),
        json!([{"port": 0}]),
        json!([{"name": "a", "port": 1}, {"name": "a", "port": 2}]),
        json!([{"name": "a", "port": 1}, {"name": "b", "port": 1}]),
    ] {
        let posted = World::default().post(service("srv", &json!({"ports": ports})));
        assert!(matches!(posted, Outcome::Invalid(_)), "{ports}");
    }
}
