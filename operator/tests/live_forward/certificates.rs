//! A DittoFS with TLS behind the port-forward: whom we trust there, and whom it trusts (mTLS).

use embedded_kubernetes::Kind;
use serde_json::{Value, json};

use crate::flowing;
use crate::loopback::{Loopback, NAMESPACE};
use crate::pod::forwarded;
use crate::tls::{Authority, secret, serve};

/// As the certificate of the server has it.
const HOST: &str = "srv-api.files.svc.corp.example";
const PLAN: [&str; 3] = ["plan", "--cluster-domain", "corp.example"];

/// A server with TLS, and a resource that says so.
async fn with_tls(test: &str, clients: Option<&Authority>) -> Loopback {
    signed_by(&Authority::new("servers"), test, clients).await
}

async fn signed_by(servers: &Authority, test: &str, clients: Option<&Authority>) -> Loopback {
    let (loopback, pod) = forwarded(test).await;
    let shown = servers.issue(HOST);
    pod.set(serve(&loopback.dittofs, &shown, clients).await).unwrap();
    let data = json!({ "ca.crt": servers.pem(), "tls.crt": shown.certificate, "tls.key": shown.key });
    secret(&loopback, "srv-tls", &data);
    edit(&loopback, |spec| spec["controlPlane"]["certSecretName"] = "srv-tls".into());
    loopback
}

fn edit(loopback: &Loopback, change: impl Fn(&mut Value)) {
    let kubernetes = &loopback.stage.kubernetes;
    kubernetes.edit(Kind::DittoServer, NAMESPACE, "srv", |server| change(&mut server["spec"])).unwrap();
}

/// The resource says that the server demands a certificate, and which one is shown.
fn demands(loopback: &Loopback) {
    edit(loopback, |spec| {
        spec["controlPlane"]["clientCASecretName"] = "srv-clients".into();
        spec["adapterDiscovery"]["clientCertSecretName"] = "srv-operator".into();
    });
}

/// What DittoFS said, as far as the plan goes; and all that is said about it.
async fn planned(loopback: &Loopback) -> (Value, String) {
    let (code, json, error) = loopback.run(&[&PLAN[..], &["-o", "json"]].concat()).await;
    assert_eq!(code, 0, "{error}");
    let json: Value = serde_json::from_str(&json).unwrap();
    let (_, out, _) = loopback.run(&PLAN).await;
    (json["observation"].clone(), flowing(&out))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_tls_is_asked_under_its_own_name() {
    let loopback = with_tls("forward_tls", None).await;
    assert_eq!(planned(&loopback).await.0, "reported");
    let (_, out, _) = loopback.run(&["plan"]).await;
    let said = flowing(&out);
    assert!(said.contains("expected a certificate for srv-api.files.svc.cluster.local"), "{out}");
    assert!(said.contains("--cluster-domain"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_demands_a_certificate_is_shown_that_of_the_named_secret() {
    let clients = Authority::new("clients");
    let loopback = with_tls("forward_mtls", Some(&clients)).await;
    demands(&loopback);
    let ours = clients.issue("operator");
    secret(&loopback, "srv-operator", &json!({ "tls.crt": ours.certificate, "tls.key": ours.key }));
    let (observation, said) = planned(&loopback).await;
    assert_eq!(observation, "reported", "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_certificate_is_named_the_server_s_own_is_shown() {
    let both = Authority::new("both");
    let loopback = signed_by(&both, "forward_mtls_own", Some(&both)).await;
    edit(&loopback, |spec| spec["controlPlane"]["clientCASecretName"] = "srv-tls".into());
    let (observation, said) = planned(&loopback).await;
    assert_eq!(observation, "reported", "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_secret_to_show_it_is_said_which_one_is_missing_and_who_names_it() {
    let loopback = with_tls("forward_mtls_missing", Some(&Authority::new("clients"))).await;
    demands(&loopback);
    let (observation, said) = planned(&loopback).await;
    assert_eq!(observation, "unavailable", "{said}");
    assert!(said.contains("there is no Secret srv-operator"), "{said}");
    assert!(said.contains("spec.adapterDiscovery.clientCertSecretName"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_without_a_key_is_said_to_lack_it_and_not_what_it_has() {
    let clients = Authority::new("clients");
    let loopback = with_tls("forward_mtls_keyless", Some(&clients)).await;
    demands(&loopback);
    let ours = clients.issue("operator");
    secret(&loopback, "srv-operator", &json!({ "tls.crt": ours.certificate }));
    let (observation, said) = planned(&loopback).await;
    assert_eq!(observation, "unavailable", "{said}");
    assert!(said.contains("Secret srv-operator lacks tls.key"), "{said}");
    assert!(!said.contains("tls.crt"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demand_that_the_resource_does_not_know_of_is_said_with_the_field_that_tells_it() {
    let loopback = with_tls("forward_mtls_unsaid", Some(&Authority::new("clients"))).await;
    let (observation, said) = planned(&loopback).await;
    assert_eq!(observation, "unavailable", "{said}");
    assert!(said.contains("spec.controlPlane.clientCASecretName"), "{said}");
    assert!(!said.contains("--cluster-domain"), "the name in the certificate was right: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_another_authority_is_said_to_be_refused() {
    let loopback = with_tls("forward_mtls_other", Some(&Authority::new("clients"))).await;
    demands(&loopback);
    let others = Authority::new("others").issue("operator");
    secret(&loopback, "srv-operator", &json!({ "tls.crt": others.certificate, "tls.key": others.key }));
    let (observation, said) = planned(&loopback).await;
    assert_eq!(observation, "unavailable", "{said}");
    assert!(said.contains("refuses the certificate of Secret srv-operator"), "{said}");
}
