//! Effects, Secrets and statuses on an API server: what is sent, and what each answer means.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::collections::BTreeSet;

use dittofs_core::session::credentials::{Credentials, Read, Stored};
use dittofs_effects::{
    AdapterType, Cause, Create, Delete, Effect, Guard, Interpreter as _, Kind, Object, ObjectRef, Outcome,
    Precondition, Progress, Reason, ResourceVersion, Seen, Uid, Update,
};
use dittofs_interpreters::kubernetes::{CREDENTIALS_LABEL, FIELD_MANAGER, Kubernetes, Secrets, carry_out};
use embedded_kubernetes::{Access, Cluster, Fault, Kind as Served, Options, Verb, What};
use kube::Client;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

const NAMESPACE: &str = "default";

fn cluster() -> (Cluster, Client) {
    let cluster = Cluster::new(Options::default());
    let client = Client::new(cluster.service(), NAMESPACE);
    (cluster, client)
}

fn reason() -> Reason {
    Reason::from(Cause::Absent)
}

fn target(kind: Kind, name: &str) -> ObjectRef {
    ObjectRef { kind, namespace: NAMESPACE.to_owned(), name: name.to_owned() }
}

fn service(name: &str, port: u16) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": NAMESPACE },
        "spec": { "type": "NodePort", "selector": { "app": "x" }, "ports": [{ "name": "p", "port": port }] },
    })
}

fn create(name: &str, port: u16) -> Effect {
    let object = Object::Service(Box::new(serde_json::from_value(service(name, port)).unwrap()));
    Effect::Create(Create { object, adapter: AdapterType::sanitise("nfs").ok(), reason: reason() })
}

fn update(name: &str, precondition: Precondition, patch: Value) -> Update {
    Update {
        target: target(Kind::Service, name),
        adapter: AdapterType::sanitise("nfs").ok(),
        reason: reason(),
        precondition,
        guards: Vec::new(),
        patch: serde_json::from_value(patch).unwrap(),
    }
}

fn set_port(name: &str, seen: &Seen, port: u16) -> Effect {
    let patch = json!([{ "op": "replace", "path": "/spec/ports/0/port", "value": port }]);
    Effect::Update(update(name, Precondition::Seen(seen.clone()), patch))
}

fn delete(name: &str, seen: &Seen) -> Effect {
    let target = target(Kind::Service, name);
    Effect::Delete(Delete { target, adapter: None, reason: reason(), precondition: seen.clone() })
}

fn seen(object: &Value) -> Seen {
    let text = |pointer: &str| object.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    Seen {
        uid: Uid::new(&text("/metadata/uid")).unwrap(),
        resource_version: ResourceVersion::new(&text("/metadata/resourceVersion")).unwrap(),
    }
}

fn port(cluster: &Cluster, name: &str) -> Value {
    cluster.get(Served::Service, NAMESPACE, name).unwrap()["spec"]["ports"][0]["port"].clone()
}

async fn does(client: &Client, effect: &Effect) -> Outcome {
    Kubernetes::new(client.clone()).interpret(effect).await
}

#[tokio::test(start_paused = true)]
async fn safe_02_a_creation_is_a_post_and_never_overwrites() {
    let (cluster, client) = cluster();
    let Outcome::Written(written) = does(&client, &create("s", 1)).await else { panic!("not written") };
    assert_eq!(written, seen(&cluster.get(Served::Service, NAMESPACE, "s").unwrap()));
    let asked = cluster.requests().pop().unwrap();
    assert_eq!((asked.verb, asked.field_manager.as_deref()), (Verb::Create, Some(FIELD_MANAGER)));
    assert_eq!(does(&client, &create("s", 2)).await, Outcome::AlreadyExists);
    assert_eq!(port(&cluster, "s"), 1);
}

#[tokio::test(start_paused = true)]
async fn safe_02_an_update_reaches_the_version_that_was_seen_and_no_other() {
    let (cluster, client) = cluster();
    let first = seen(&cluster.create(service("s", 1)).unwrap());
    let Outcome::Written(second) = does(&client, &set_port("s", &first, 2)).await else { panic!() };
    assert_eq!(does(&client, &set_port("s", &first, 3)).await, Outcome::Conflict, "an old version");
    let other = Seen { uid: Uid::new("other").unwrap(), ..second.clone() };
    assert_eq!(does(&client, &set_port("s", &other, 3)).await, Outcome::Conflict, "another object");
    let past_the_end = json!([{ "op": "remove", "path": "/spec/ports/7" }]);
    let misfit = Effect::Update(update("s", Precondition::Seen(second.clone()), past_the_end));
    assert_eq!(does(&client, &misfit).await, Outcome::Conflict, "a patch for something else");
    assert_eq!(does(&client, &set_port("gone", &second, 3)).await, Outcome::NotFound);
    assert_eq!(port(&cluster, "s"), 2);
    let invalid = does(&client, &set_port("s", &second, 0)).await;
    assert!(matches!(&invalid, Outcome::Invalid(words) if words.contains("port")), "{invalid:?}");
}

#[tokio::test(start_paused = true)]
async fn safe_02_a_deletion_reaches_the_version_that_was_seen_or_by_request_the_object() {
    let (cluster, client) = cluster();
    let old = seen(&cluster.create(service("s", 1)).unwrap());
    cluster.edit(Served::Service, NAMESPACE, "s", |s| s["spec"]["ports"][0]["port"] = json!(2)).unwrap();
    assert_eq!(does(&client, &delete("s", &old)).await, Outcome::Conflict);
    let by_uid =
        || Kubernetes::new(client.clone()).deleting_by_uid(BTreeSet::from([target(Kind::Service, "s")]));
    let stranger = Seen { uid: Uid::new("other").unwrap(), ..old.clone() };
    assert_eq!(by_uid().interpret(&delete("s", &stranger)).await, Outcome::Conflict);
    assert!(cluster.get(Served::Service, NAMESPACE, "s").is_some());
    assert_eq!(by_uid().interpret(&delete("s", &old)).await, Outcome::Deleted);
    assert_eq!(does(&client, &delete("s", &old)).await, Outcome::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_second_write_builds_on_what_the_first_returned() {
    let (cluster, client) = cluster();
    let first = seen(&cluster.create(service("s", 1)).unwrap());
    let patch = json!([{ "op": "replace", "path": "/spec/ports/0/port", "value": 3 }]);
    let second = Effect::Update(update("s", Precondition::AfterEarlierWrite, patch));
    assert_eq!(does(&client, &second).await, Outcome::Conflict, "nothing was written before");
    let effects = vec![set_port("s", &first, 2), second];
    let executed = carry_out(effects, &mut Kubernetes::new(client), || true).await;
    assert!(executed.iter().all(|executed| executed.progress() == Progress::Done), "{executed:?}");
    assert_eq!(port(&cluster, "s"), 3);
}

#[tokio::test(start_paused = true)]
async fn safe_03_a_guard_on_the_pod_is_looked_at_before_the_write() {
    let (cluster, client) = cluster();
    let old = seen(&cluster.create(service("s", 1)).unwrap());
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "p", "namespace": NAMESPACE, "labels": { "controller-revision-hash": "r1" } },
        "spec": { "containers": [{ "name": "c", "image": "i" }] },
    });
    let pod = cluster.put(pod).unwrap();
    let guard = |uid: &str, revision: &str| Guard {
        name: "p".to_owned(),
        uid: Uid::new(uid).unwrap(),
        revision: revision.to_owned(),
    };
    let uid = pod["metadata"]["uid"].as_str().unwrap();
    let patch = json!([{ "op": "replace", "path": "/spec/ports/0/port", "value": 2 }]);
    let guarded = |guards: Vec<Guard>| {
        Effect::Update(Update { guards, ..update("s", Precondition::Seen(old.clone()), patch.clone()) })
    };
    for (wrong, why) in [(guard("other", "r1"), "another pod"), (guard(uid, "r0"), "another revision")] {
        assert_eq!(does(&client, &guarded(vec![wrong])).await, Outcome::Conflict, "{why}");
    }
    let missing = Guard { name: "q".to_owned(), ..guard(uid, "r1") };
    assert_eq!(does(&client, &guarded(vec![missing])).await, Outcome::Conflict);
    assert_eq!(port(&cluster, "s"), 1);
    assert!(matches!(does(&client, &guarded(vec![guard(uid, "r1")])).await, Outcome::Written(_)));
}

#[tokio::test(start_paused = true)]
async fn every_refusal_has_its_outcome() {
    let options = Options { node_ports: 30_000..=30_000, ..Options::default() };
    let cluster = Cluster::new(options);
    let client = Client::new(cluster.service(), NAMESPACE);
    assert!(matches!(does(&client, &create("a", 1)).await, Outcome::Written(_)));
    assert_eq!(does(&client, &create("b", 1)).await, Outcome::NodePortsExhausted);
    let access = Access { user: "nobody".to_owned(), rules: Some(Vec::new()) };
    let nobody = Client::new(cluster.service_as(access), NAMESPACE);
    let forbidden = does(&nobody, &create("c", 1)).await;
    assert!(matches!(&forbidden, Outcome::Forbidden(words) if words.contains("nobody")), "{forbidden:?}");
    for what in [What::TooManyRequests(1), What::InternalError, What::Down] {
        cluster.inject(Fault::new(what));
        let outcome = does(&client, &create("d", 1)).await;
        assert!(matches!(outcome, Outcome::Unavailable(_)), "{what:?}: {outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_effect_stops_those_that_depend_on_it_and_no_others() {
    let (cluster, client) = cluster();
    let nfs = seen(&cluster.create(service("nfs", 1)).unwrap());
    let smb = seen(&cluster.create(service("smb", 1)).unwrap());
    let stale = Seen { resource_version: ResourceVersion::new("1").unwrap(), ..nfs };
    let patch = json!([{ "op": "replace", "path": "/spec/ports/0/port", "value": 3 }]);
    let later = Effect::Update(update("nfs", Precondition::AfterEarlierWrite, patch));
    let mut other = update(
        "smb",
        Precondition::Seen(smb),
        json!([{ "op": "replace", "path": "/spec/ports/0/port", "value": 5 }]),
    );
    other.adapter = AdapterType::sanitise("smb").ok();
    let effects = vec![set_port("nfs", &stale, 2), later, Effect::Update(other)];
    let executed = carry_out(effects, &mut Kubernetes::new(client.clone()), || true).await;
    assert_eq!(executed[0].outcome, Some(Outcome::Conflict));
    assert_eq!(executed[1].outcome, None, "not tried");
    assert!(matches!(executed[2].outcome, Some(Outcome::Written(_))));
    let stopped =
        carry_out(vec![create("x", 1), create("y", 1)], &mut Kubernetes::new(client), || false).await;
    assert!(stopped.iter().all(|executed| executed.outcome.is_none()), "told to stop: nothing is begun");
}

fn stored(token: &str) -> Stored {
    Stored {
        credentials: Credentials::of_account("a-password".to_owned().into()),
        access_token: token.to_owned().into(),
        refresh_token: "refresh".to_owned().into(),
        server_url: "http://srv".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn auth_03_credentials_are_stored_owned_and_labelled_and_read_back() {
    let (cluster, client) = cluster();
    let secrets = Secrets::new(client, NAMESPACE);
    // What nobody owns is collected as garbage.
    let server = json!({
        "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
        "metadata": { "name": "srv", "namespace": NAMESPACE, "uid": "u-1" },
    });
    cluster.put(server).unwrap();
    let owner = serde_json::from_value(json!({
        "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer", "name": "srv", "uid": "u-1", "controller": true,
    }))
    .unwrap();
    let uid = Uid::new("u-1").unwrap();
    assert!(matches!(secrets.credentials("c", &uid).await, Read::Missing));
    let first = secrets.store("c", &owner, &stored("one")).await.unwrap();
    let object = cluster.get(Served::Secret, NAMESPACE, "c").unwrap();
    assert_eq!(object["metadata"]["labels"][CREDENTIALS_LABEL.0], CREDENTIALS_LABEL.1);
    assert_eq!(object["metadata"]["ownerReferences"][0]["uid"], "u-1");
    cluster
        .edit(Served::Secret, NAMESPACE, "c", |s| s["metadata"]["labels"]["team"] = json!("storage"))
        .unwrap();
    let second = secrets.store("c", &owner, &stored("two")).await.unwrap();
    assert_ne!(first, second);
    let Read::Found((read, version)) = secrets.credentials("c", &uid).await else { panic!("not found") };
    assert_eq!((read.access_token.expose_secret(), &version), ("two", &second));
    let labels = &cluster.get(Served::Secret, NAMESPACE, "c").unwrap()["metadata"]["labels"];
    assert_eq!(labels["team"], "storage", "other people's labels stay");
}

#[tokio::test(start_paused = true)]
async fn safe_02_somebody_else_s_secret_is_neither_read_nor_written() {
    let (cluster, client) = cluster();
    let foreign = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "c", "namespace": NAMESPACE },
        "stringData": { "username": "k8s-operator", "password": "theirs" },
    });
    let before = cluster.create(foreign).unwrap();
    let secrets = Secrets::new(client, NAMESPACE);
    let uid = Uid::new("u-1").unwrap();
    let read = secrets.credentials("c", &uid).await;
    assert!(
        matches!(&read, Read::Failed(why) if why.contains("is not controlled by this DittoServer")),
        "{read:?}"
    );
    let owner = serde_json::from_value(json!({ "apiVersion": "v1", "kind": "X", "name": "x", "uid": "u-1" }))
        .unwrap();
    let refused = secrets.store("c", &owner, &stored("one")).await.unwrap_err();
    assert!(refused.contains("is not controlled by this DittoServer"), "{refused}");
    assert_eq!(cluster.get(Served::Secret, NAMESPACE, "c").unwrap(), before);
    // One that goes with this server, but is controlled by somebody else.
    let server = json!({
        "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer",
        "metadata": { "name": "srv", "namespace": NAMESPACE, "uid": "u-1" },
    });
    cluster.put(server).unwrap();
    let owned = json!({
        "apiVersion": "dittofs.dittofs.com/v1alpha1", "kind": "DittoServer", "name": "srv", "uid": "u-1",
    });
    cluster
        .edit(Served::Secret, NAMESPACE, "c", |s| s["metadata"]["ownerReferences"] = json!([owned]))
        .unwrap();
    let before = cluster.get(Served::Secret, NAMESPACE, "c").unwrap();
    secrets.store("c", &owner, &stored("one")).await.unwrap_err();
    assert_eq!(cluster.get(Served::Secret, NAMESPACE, "c").unwrap(), before);
    cluster.inject(Fault::new(What::InternalError).on_kind(Served::Secret));
    assert!(matches!(secrets.read("c").await, Read::Failed(_)), "no answer is no absence");
}
