//! `plan` of a live cluster.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use embedded_dittofs::Fault;
use embedded_kubernetes::{Access, Kind};
use k8s_openapi::api::rbac::v1::PolicyRule;
use loopback::{Loopback, NAMESPACE};
use serde_json::{Value, json};

mod loopback;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_01_a_live_plan_is_the_plan_of_what_is_dumped_and_writes_nothing() {
    let loopback = Loopback::start("plan_live").await;
    loopback.operate().await;
    loopback.dittofs.set_port("nfs", 12050).unwrap();
    loopback.dittofs.stop_adapter("smb").unwrap();
    loopback.stage.kubernetes.forget_requests();
    let (code, live, error) = loopback.asking(&["plan", "-o", "json", "--detailed-exitcode"]).await;
    assert_eq!((code, error.as_str()), (3, ""));
    let requests = loopback.stage.kubernetes.requests();
    let wrote = requests.iter().any(|request| request.verb.is_write());
    assert!(!wrote && !requests.is_empty(), "a plan writes nothing");
    std::fs::write(loopback.path("cluster.json"), loopback.dump().to_string()).unwrap();
    let adapters = json!([
        { "type": "nfs", "enabled": true, "running": true, "port": 12050 },
        { "type": "smb", "enabled": false, "running": false, "port": 12445 },
    ]);
    std::fs::write(loopback.path("adapters.json"), adapters.to_string()).unwrap();
    let (cluster, adapters) = (loopback.file("cluster.json"), loopback.file("adapters.json"));
    let (_, of_files, error) =
        loopback.run(&["plan", "--cluster", &cluster, "--adapters", &adapters, "-o", "json"]).await;
    assert_eq!(error, "");
    assert_eq!(live, of_files);
    assert!(parsed(&live)["summary"]["delete"].as_u64().unwrap() >= 2, "{live}");
    let (_, text, _) = loopback.asking(&["plan", "srv", "-n", NAMESPACE]).await;
    assert!(text.lines().all(|line| line.chars().count() <= 80 || line.starts_with("    ")), "{text}");
    for canary in loopback.canaries() {
        assert!(!live.contains(&canary) && !text.contains(&canary));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_operator_s_account_dittofs_is_not_asked_and_that_is_said() {
    let loopback = Loopback::start("plan_no_account").await;
    let (code, text, error) = loopback.asking(&["plan"]).await;
    assert_eq!((code, error.as_str()), (0, ""));
    let flowing = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flowing.contains("there is no Secret srv-operator-credentials"), "{text}");
    assert!(text.contains("NotYetPolled"), "{text}");
    assert_eq!(loopback.dittofs.requests(), embedded_dittofs::Requests::default(), "not even a login");
    let (_, json, error) = loopback.asking(&["plan", "-o", "json"]).await;
    assert_eq!(parsed(&json)["observation"], "notPolled");
    assert!(error.contains("was not asked"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_is_replaced_for_this_once_and_stored_nowhere() {
    let loopback = Loopback::start("plan_refused_token").await;
    loopback.operate().await;
    let kubernetes = &loopback.stage.kubernetes;
    let before = kubernetes.get(Kind::Secret, NAMESPACE, "srv-operator-credentials").unwrap();
    let edited = kubernetes.edit(Kind::Secret, NAMESPACE, "srv-operator-credentials", |secret| {
        secret["data"]["access-token"] = "bm90IGEgdG9rZW4=".into();
    });
    let edited = edited.unwrap();
    let (code, json, error) = loopback.asking(&["plan", "-o", "json"]).await;
    assert_eq!((code, error.as_str()), (0, ""));
    assert_eq!(parsed(&json)["observation"], "reported");
    assert_eq!(kubernetes.get(Kind::Secret, NAMESPACE, "srv-operator-credentials").unwrap(), edited);
    assert_ne!(before, edited);
}

#[tokio::test(flavor = "multi_thread")]
async fn safe_04_one_look_does_not_confirm_that_an_adapter_has_stopped() {
    let loopback = Loopback::start("plan_one_look").await;
    loopback.operate().await;
    loopback.dittofs.not_running("smb", true);
    let (code, text, _) = loopback.asking(&["plan", "--detailed-exitcode"]).await;
    assert_eq!(code, 4, "{text}");
    assert!(text.contains("NotRunning") && text.contains("One look does not tell"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn safe_04_a_server_that_is_not_ready_is_not_asked_and_held() {
    let loopback = Loopback::start("plan_not_ready").await;
    loopback.operate().await;
    assert!(loopback.stage.kubernetes.set_pod_ready(NAMESPACE, "srv-0", false));
    let before = loopback.dittofs.requests();
    let (code, text, _) = loopback.asking(&["plan", "--detailed-exitcode"]).await;
    assert_eq!(code, 4, "{text}");
    assert!(text.contains("PodNotReady") && text.contains("it has no pod that is ready"), "{text}");
    assert_eq!(loopback.dittofs.requests(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn disc_03_an_outage_holds_everything_and_is_an_answer() {
    let loopback = Loopback::start("plan_outage").await;
    loopback.operate().await;
    loopback.dittofs.inject(Fault::ServerError(503).on("/api/v1/adapters"));
    let (code, text, _) = loopback.asking(&["plan", "--detailed-exitcode"]).await;
    assert_eq!(code, 4, "{text}");
    assert!(text.contains("status 503") && text.contains("ApiUnavailable"), "{text}");
    let (_, text, _) = loopback.run(&["plan", "--api-url", "http://127.0.0.1:9"]).await;
    assert!(text.contains("the connection was refused"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_with_what_to_do() {
    let loopback = Loopback::start("plan_not_there").await;
    let (code, out, error) = loopback.run(&["plan", "nobody"]).await;
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(error.contains("no DittoServer nobody, it has srv") && error.contains("help:"), "{error}");
    let (_, _, error) = loopback.run(&["plan", "-n", "elsewhere"]).await;
    assert!(error.contains("namespace elsewhere has no DittoServer"), "{error}");
    let mut other = loopback.stage.kubernetes.get(Kind::DittoServer, NAMESPACE, "srv").unwrap();
    other["metadata"] = json!({ "name": "other", "namespace": NAMESPACE });
    loopback.stage.kubernetes.create(other).unwrap();
    let (code, _, error) = loopback.run(&["plan"]).await;
    assert!(code == 1 && error.contains("several DittoServers: other, srv"), "{error}");
    let (_, _, error) = loopback.run(&["plan", "--context", "nowhere"]).await;
    assert!(error.contains("no context nowhere") && error.contains("kubectl config get-contexts"), "{error}");
    let (_, _, error) = loopback.run(&["plan", "--kubeconfig", "/nonexistent"]).await;
    assert!(error.contains("reading /nonexistent: No such file") && error.contains("KUBECONFIG"), "{error}");
    let (_, _, error) = loopback.run(&["plan", "--cluster", "x.yaml", "--context", "c"]).await;
    assert!(error.contains("--context is about a live cluster"), "{error}");
    std::fs::write(&loopback.kubeconfig, loopback::kubeconfig("http://127.0.0.1:9").to_string()).unwrap();
    let (code, _, error) = loopback.run(&["plan"]).await;
    assert!(code == 1 && error.contains("127.0.0.1:9") && error.contains("refused"), "{error}");
}

fn reader(resources: &[&str]) -> Access {
    let rule = PolicyRule {
        api_groups: Some(vec!["*".to_owned()]),
        resources: Some(resources.iter().map(|r| (*r).to_owned()).collect()),
        verbs: vec!["get".to_owned(), "list".to_owned()],
        ..PolicyRule::default()
    };
    Access { user: "reader".to_owned(), rules: Some(vec![rule]) }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_read_is_named_with_what_is_needed() {
    let access = reader(&["dittoservers", "services", "statefulsets", "pods"]);
    let loopback = Loopback::with("plan_forbidden", access, |api| api).await;
    let (code, out, error) = loopback.run(&["plan"]).await;
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(error.contains("networkpolicies.networking.k8s.io in namespace files is not allowed"), "{error}");
    assert!(error.contains("reader") && error.contains("help:"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_read_the_account_there_is_a_plan_without_a_report() {
    let access = reader(&["dittoservers", "services", "networkpolicies", "statefulsets", "pods"]);
    let loopback = Loopback::with("plan_no_secrets", access, |api| api).await;
    let (code, text, error) = loopback.asking(&["plan"]).await;
    assert_eq!((code, error.as_str()), (0, ""), "{text}");
    let flowing = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flowing.contains("Secret srv-operator-credentials with the operator's account cannot be read"),
        "{text}"
    );
    assert!(flowing.contains("reader") && text.contains("NotYetPolled"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_read_to_its_end() {
    let loopback = Loopback::start("plan_pages").await;
    loopback.operate().await;
    for index in 0..600 {
        let service = json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": format!("foreign-{index}"), "namespace": NAMESPACE },
            "spec": { "ports": [{ "port": 80 }], "clusterIP": "None" },
        });
        loopback.stage.kubernetes.create(service).unwrap();
    }
    loopback.stage.kubernetes.forget_requests();
    let (code, out, error) = loopback.asking(&["plan", "--detailed-exitcode"]).await;
    assert_eq!((code, error.as_str()), (0, ""), "ours are on the last page: {out}");
    let requests = loopback.stage.kubernetes.requests();
    let pages = requests.iter().filter(|request| request.kind == Kind::Service).count();
    assert_eq!(pages, 2);
}
