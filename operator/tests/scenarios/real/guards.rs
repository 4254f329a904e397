//! What the real API server answers to each write that does not fit, and what the interpreter makes of it: a mistake here
//! takes a conflict for a defect, or a defect for a conflict (SAFE-02).

use std::collections::BTreeSet;

use dittofs_adapters::stage::real::api::client;
use dittofs_core::effects::{
    AdapterType, Cause, Create, Delete, Effect, Interpreter as _, Kind, Object, ObjectRef, Outcome,
    Precondition, Reason, Seen, Uid, Update,
};
use dittofs_interpreters::kubernetes::Kubernetes;
use serde_json::{Value, json};

use crate::ground::control_plane;

scenarios_of!(real: safe_02_each_write_that_does_not_fit_is_told_from_the_others);

const NAMESPACE: &str = "guards";

fn create(name: &str, port: u16) -> Effect {
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": NAMESPACE },
        "spec": { "type": "NodePort", "selector": { "app": "x" }, "ports": [{ "name": "p", "port": port }] },
    });
    let object = Object::Service(Box::new(serde_json::from_value(service).unwrap()));
    Effect::Create(Create {
        object,
        adapter: AdapterType::sanitise("nfs").ok(),
        reason: Reason::from(Cause::Absent),
    })
}

fn target(name: &str) -> ObjectRef {
    ObjectRef { kind: Kind::Service, namespace: NAMESPACE.to_owned(), name: name.to_owned() }
}

fn update(name: &str, seen: &Seen, patch: Value) -> Effect {
    Effect::Update(Update {
        target: target(name),
        adapter: AdapterType::sanitise("nfs").ok(),
        reason: Reason::from(Cause::Absent),
        precondition: Precondition::Seen(seen.clone()),
        guards: Vec::new(),
        patch: serde_json::from_value(patch).unwrap(),
    })
}

fn port(number: u16) -> Value {
    json!([{ "op": "replace", "path": "/spec/ports/0/port", "value": number }])
}

fn delete(name: &str, seen: &Seen) -> Effect {
    let reason = Reason::from(Cause::Absent);
    Effect::Delete(Delete { target: target(name), adapter: None, reason, precondition: seen.clone() })
}

async fn safe_02_each_write_that_does_not_fit_is_told_from_the_others(_: &'static str) {
    let kubernetes = control_plane();
    kubernetes.create_namespace(NAMESPACE).unwrap();
    let client = client(&kubernetes.kubeconfig(kubernetes.admin_token())).await.unwrap();
    let does = async |effect: &Effect| Kubernetes::new(client.clone()).interpret(effect).await;

    let Outcome::Written(first) = does(&create("s", 1)).await else { panic!("not written") };
    assert_eq!(does(&create("s", 2)).await, Outcome::AlreadyExists);
    let Outcome::Written(second) = does(&update("s", &first, port(2))).await else { panic!("not written") };
    assert_eq!(second.uid, first.uid);
    assert_eq!(does(&update("s", &first, port(3))).await, Outcome::Conflict, "an old version");
    let other = Seen { uid: Uid::new("other").unwrap(), ..second.clone() };
    assert_eq!(does(&update("s", &other, port(3))).await, Outcome::Conflict, "another object");
    let past_the_end = json!([{ "op": "remove", "path": "/spec/ports/7" }]);
    assert_eq!(
        does(&update("s", &second, past_the_end)).await,
        Outcome::Conflict,
        "a patch for something else"
    );
    assert_eq!(does(&update("gone", &second, port(3))).await, Outcome::NotFound);
    let invalid = does(&update("s", &second, port(0))).await;
    assert!(matches!(&invalid, Outcome::Invalid(words) if words.contains("port")), "{invalid:?}");

    assert_eq!(does(&delete("s", &first)).await, Outcome::Conflict, "an old version");
    let by_uid = || Kubernetes::new(client.clone()).deleting_by_uid(BTreeSet::from([target("s")]));
    assert_eq!(by_uid().interpret(&delete("s", &other)).await, Outcome::Conflict, "another object");
    assert_eq!(by_uid().interpret(&delete("s", &first)).await, Outcome::Deleted);
    assert_eq!(does(&delete("s", &second)).await, Outcome::NotFound);
}
