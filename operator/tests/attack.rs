//! Attacks on the loop: what goes wrong at the seams between watches, links and reconciles.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dittofs_adapters::run::cache::Scope;
use dittofs_adapters::run::witness::{Decision, Witness};
use dittofs_adapters::run::{Options, World, run};
use dittofs_adapters::stage::Stage;
use dittofs_core::session::answer::Outcome;
use dittofs_interpreters::dittofs::{Connect, Request, Transport, Trust, TrustError};
use embedded_dittofs::DittoFs;
use embedded_kubernetes::{Cluster, Fault, Kind, Verb, What};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::time::sleep;

const SECOND: Duration = Duration::from_secs(1);

fn options() -> Options {
    Options { instance: Some("test".to_owned()), ..Stage::options() }
}

fn spec() -> Value {
    json!({
        "storage": { "metadataSize": "1Gi", "controlPlaneSize": "1Gi" },
        "adapterDiscovery": { "pollingInterval": "5s" },
    })
}

fn stage() -> (Stage, DittoFs) {
    let stage = Stage::new(embedded_kubernetes::Options { requests: 20_000, ..Default::default() });
    let dittofs = stage.add("files", "srv", &spec(), embedded_dittofs::Options::default()).unwrap();
    (stage, dittofs)
}

fn start(world: World, options: Options) -> tokio::task::JoinHandle<()> {
    tokio::spawn(run(world, options, std::future::pending()))
}

fn uid(cluster: &Cluster, kind: Kind, name: &str) -> Option<String> {
    let object = cluster.get(kind, "files", name)?;
    object["metadata"]["uid"].as_str().map(str::to_owned)
}

/// Writes of this kind: method and name.
fn writes(cluster: &Cluster, kind: Kind) -> Vec<(Verb, String)> {
    let requests = cluster.requests().into_iter();
    let writes =
        requests.filter(|r| r.kind == kind && !matches!(r.verb, Verb::Get | Verb::List | Verb::Watch));
    writes.map(|request| (request.verb, request.name.unwrap_or_default())).collect()
}

#[derive(Default)]
struct Counted(AtomicU64);

impl Witness for Counted {
    fn decided(&self, _: &Decision<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// An administrator who may not make accounts is asked for every five minutes, and when its Secret changes: that the
/// Secret is there when its watch begins is no change.
#[tokio::test(start_paused = true)]
async fn auth_04_an_administrator_who_is_not_privileged_is_not_asked_again_and_again() {
    let (stage, dittofs) = stage();
    dittofs.set_role("admin", embedded_dittofs::Role::Operator).unwrap();
    // A loop without a pause would not let the clock go on.
    dittofs.inject(embedded_dittofs::Fault::Slow(Duration::from_millis(100)));
    let _operator = start(stage.world(1), options());
    let logins = || dittofs.requests().count("POST", "/api/v1/auth/login");
    sleep(60 * SECOND).await;
    assert!((1..=3).contains(&logins()), "{} logins in a minute", logins());
    // What helps is noticed at once.
    dittofs.set_role("admin", embedded_dittofs::Role::Admin).unwrap();
    let touch = |secret: &mut Value| secret["metadata"]["labels"]["touched"] = json!("yes");
    stage.kubernetes.edit(Kind::Secret, "files", "srv-admin-bootstrap-credentials", touch).unwrap();
    sleep(20 * SECOND).await;
    assert!(dittofs.has_user("k8s-operator"));
}

/// SAFE-06: what was said before the pod was ready again is not acted on, not even in the reconcile that sees it ready.
#[tokio::test(start_paused = true)]
async fn safe_06_what_was_said_before_the_pod_became_ready_is_not_acted_on() {
    let (stage, dittofs) = stage();
    let cluster = &stage.kubernetes;
    let _operator = start(stage.world(1), options());
    sleep(30 * SECOND).await;
    assert!(uid(cluster, Kind::Service, "srv-adapter-nfs").is_some());
    cluster.set_pod_ready("files", "srv-0", false);
    sleep(10 * SECOND).await;
    // Held: nothing is written for somebody who takes a Service away. The administrator disables the adapter meanwhile.
    cluster.delete(Kind::Service, "files", "srv-adapter-nfs");
    cluster.delete(Kind::NetworkPolicy, "files", "srv-adapter-nfs");
    dittofs.stop_adapter("nfs").unwrap();
    sleep(10 * SECOND).await;
    cluster.forget_requests();
    cluster.set_pod_ready("files", "srv-0", true);
    sleep(30 * SECOND).await;
    let written = [writes(cluster, Kind::NetworkPolicy), writes(cluster, Kind::Service)].concat();
    assert_eq!(written, [], "a port was opened for an adapter that is disabled");
}

/// A write that failed and that nobody executes any more does not keep the loop busy.
#[tokio::test(start_paused = true)]
async fn mode_01_a_server_that_is_paused_after_a_failure_is_left_in_peace() {
    let (stage, _dittofs) = stage();
    let cluster = &stage.kubernetes;
    let fault = Fault::new(What::Forbidden).always().on_verb(Verb::Create).on_kind(Kind::Service);
    cluster.inject(fault);
    let counted = Arc::new(Counted::default());
    let _operator = start(stage.world(1), Options { witness: Some(counted.clone()), ..options() });
    sleep(30 * SECOND).await;
    let pause = |server: &mut Value| server["metadata"]["annotations"]["dittofs.io/paused"] = json!("true");
    cluster.edit(Kind::DittoServer, "files", "srv", pause).unwrap();
    sleep(400 * SECOND).await;
    let before = counted.0.load(Ordering::Relaxed);
    sleep(60 * SECOND).await;
    let decided = counted.0.load(Ordering::Relaxed) - before;
    assert!(decided <= 5, "{decided} decisions in a minute in which nothing happened");
}

/// What waits for something else that fails does not keep the loop busy either.
#[tokio::test(start_paused = true)]
async fn a_failed_write_that_waits_for_another_one_keeps_nobody_busy() {
    let (stage, _dittofs) = stage();
    let cluster = &stage.kubernetes;
    let fault = |kind, name: &str| {
        cluster.inject(Fault::new(What::Forbidden).always().on_verb(Verb::Patch).on_kind(kind).on_name(name))
    };
    let counted = Arc::new(Counted::default());
    let _operator = start(stage.world(1), Options { witness: Some(counted.clone()), ..options() });
    sleep(30 * SECOND).await;
    fault(Kind::Service, "srv-adapter-nfs");
    fault(Kind::NetworkPolicy, "srv-adapter-nfs");
    let port = |object: &mut Value| object["spec"]["ports"][0]["port"] = json!(4711);
    cluster.edit(Kind::Service, "files", "srv-adapter-nfs", port).unwrap();
    sleep(SECOND).await;
    // From now on the policy fails too, and with it the Service is not tried any more.
    let port = |object: &mut Value| object["spec"]["ingress"][0]["ports"][0]["port"] = json!(4711);
    cluster.edit(Kind::NetworkPolicy, "files", "srv-adapter-nfs", port).unwrap();
    sleep(300 * SECOND).await;
    let before = counted.0.load(Ordering::Relaxed);
    sleep(300 * SECOND).await;
    let decided = counted.0.load(Ordering::Relaxed) - before;
    assert!(decided <= 20, "{decided} decisions in five minutes in which nothing happened");
}

/// A name that another DittoServer gives up is free.
#[tokio::test(start_paused = true)]
async fn srvc_01_a_name_that_another_server_gives_up_is_taken() {
    let stage = Stage::new(embedded_kubernetes::Options::default());
    let cluster = &stage.kubernetes;
    let mut spec = spec();
    spec["adapterServices"] = json!({ "nameTemplate": "shared-{type}" });
    for name in ["one", "two"] {
        stage.add("files", name, &spec, embedded_dittofs::Options::default()).unwrap();
        if name == "one" {
            // The first one is first.
            let operator = start(stage.world(1), options());
            sleep(30 * SECOND).await;
            operator.abort();
        }
    }
    let _operator = start(stage.world(2), options());
    sleep(30 * SECOND).await;
    let owner = || {
        let service = cluster.get(Kind::Service, "files", "shared-nfs").unwrap_or_default();
        service["metadata"]["ownerReferences"][0]["name"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(owner(), "one");
    cluster.delete(Kind::DittoServer, "files", "one");
    sleep(400 * SECOND).await;
    assert_eq!(owner(), "two");
}

/// Panics once, at the n-th list.
struct Panicking {
    inner: Arc<dyn Connect>,
    polls: Arc<AtomicU64>,
}

struct Line {
    inner: Arc<dyn Transport>,
    polls: Arc<AtomicU64>,
}

impl Connect for Panicking {
    fn connect(&self, trust: &Trust) -> Result<Arc<dyn Transport>, TrustError> {
        Ok(Arc::new(Line { inner: self.inner.connect(trust)?, polls: self.polls.clone() }))
    }
}

impl Transport for Line {
    fn send(&self, request: Request) -> BoxFuture<'static, Outcome> {
        if request.method == "GET" && request.url.ends_with("/adapters") {
            assert_ne!(self.polls.fetch_add(1, Ordering::Relaxed), 3, "a defect in the client");
        }
        self.inner.send(request)
    }
}

/// A link that panics does not leave its last facts behind for ever: it begins anew.
#[tokio::test(start_paused = true)]
async fn disc_03_a_link_that_panics_is_started_anew() {
    let (stage, dittofs) = stage();
    let polls = Arc::new(AtomicU64::new(0));
    let world = stage.world(1);
    let connect = Arc::new(Panicking { inner: world.connect.clone(), polls: polls.clone() });
    let _operator = start(World { connect, ..world }, options());
    sleep(120 * SECOND).await;
    assert!(polls.load(Ordering::Relaxed) > 5, "{} polls", polls.load(Ordering::Relaxed));
    dittofs.stop_adapter("nfs").unwrap();
    sleep(30 * SECOND).await;
    assert!(uid(&stage.kubernetes, Kind::Service, "srv-adapter-nfs").is_none());
}

/// A finalizer that may not be written is tried with a growing pause.
#[tokio::test(start_paused = true)]
async fn a_finalizer_that_is_refused_is_no_storm() {
    let (stage, _dittofs) = stage();
    let cluster = &stage.kubernetes;
    let fault =
        Fault::new(What::Forbidden).always().on_verb(Verb::Patch).on_kind(Kind::DittoServer).on_main();
    let id = cluster.inject(fault);
    let _operator = start(stage.world(1), options());
    sleep(1200 * SECOND).await;
    assert!(cluster.hits(id) <= 20, "{} tries in 20 minutes", cluster.hits(id));
}

/// An object whose deletion keeps losing goes by uid alone only once it was read again.
#[tokio::test(start_paused = true)]
async fn safe_05_nothing_is_deleted_by_uid_that_could_not_be_read_again() {
    let (stage, dittofs) = stage();
    let cluster = &stage.kubernetes;
    let _operator = start(stage.world(1), options());
    sleep(30 * SECOND).await;
    let on = |fault: Fault| fault.on_kind(Kind::Service).on_name("srv-adapter-nfs");
    cluster.inject(on(Fault::new(What::Conflict).times(3).on_verb(Verb::Delete)));
    let reading = cluster.inject(on(Fault::new(What::InternalError).always().on_verb(Verb::Get)));
    // The cache does not see what follows.
    let service = uid(cluster, Kind::Service, "srv-adapter-nfs");
    dittofs.stop_adapter("nfs").unwrap();
    sleep(6 * SECOND).await;
    cluster.forget_requests();
    sleep(60 * SECOND).await;
    assert!(cluster.hits(reading) > 0, "it was to be read");
    let deletions =
        cluster.requests().into_iter().filter(|r| r.verb == Verb::Delete && r.kind == Kind::Service);
    for deletion in deletions {
        let body = deletion.body.unwrap_or_default();
        assert!(body.contains("resourceVersion"), "{service:?} {body}");
    }
}

/// A dry run writes nothing anywhere.
#[tokio::test(start_paused = true)]
async fn plan_01_a_dry_run_writes_nothing_anywhere() {
    let (stage, dittofs) = stage();
    let cluster = &stage.kubernetes;
    let _operator = start(stage.world(1), Options { dry_run: true, ..options() });
    sleep(60 * SECOND).await;
    assert!(!dittofs.has_user("k8s-operator"));
    let touch = |secret: &mut Value| secret["metadata"]["labels"]["touched"] = json!("yes");
    cluster.edit(Kind::Secret, "files", "srv-admin-bootstrap-credentials", touch).unwrap();
    sleep(60 * SECOND).await;
    cluster.delete(Kind::DittoServer, "files", "srv");
    sleep(60 * SECOND).await;
    let writes =
        cluster.requests().into_iter().filter(|r| r.user_agent.contains("rust") || r.field_manager.is_some());
    let writes: Vec<_> = writes.filter(|r| !matches!(r.verb, Verb::Get | Verb::List | Verb::Watch)).collect();
    assert!(writes.is_empty(), "{writes:?}");
    assert_eq!(dittofs.requests().total(), 0);
}

/// A DittoServer that another shard looks after keeps all that it has, and is left alone.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_selected_no_more_keeps_what_it_has_and_is_left_alone() {
    let (stage, dittofs) = stage();
    let cluster = &stage.kubernetes;
    let shard =
        |shard: &'static str| move |server: &mut Value| server["metadata"]["labels"]["shard"] = json!(shard);
    cluster.edit(Kind::DittoServer, "files", "srv", shard("a")).unwrap();
    let scope = Scope { selector: Some("shard=a".to_owned()), ..Scope::default() };
    let _operator = start(stage.world(1), Options { scope, ..options() });
    sleep(30 * SECOND).await;
    let service = uid(cluster, Kind::Service, "srv-adapter-nfs");
    assert!(service.is_some());
    cluster.edit(Kind::DittoServer, "files", "srv", shard("b")).unwrap();
    sleep(2 * SECOND).await;
    cluster.forget_requests();
    let before = dittofs.requests();
    dittofs.stop_adapter("nfs").unwrap();
    sleep(1200 * SECOND).await;
    assert_eq!(uid(cluster, Kind::Service, "srv-adapter-nfs"), service);
    assert_eq!(dittofs.requests().since(&before).total(), 0, "its link has ended");
    assert_eq!(writes(cluster, Kind::Service), []);
    // And back.
    cluster.edit(Kind::DittoServer, "files", "srv", shard("a")).unwrap();
    sleep(30 * SECOND).await;
    assert_eq!(uid(cluster, Kind::Service, "srv-adapter-nfs"), None);
}

/// MODE-01: whoever paused a server while the operator could not see it finds nothing written once it can write again.
#[tokio::test(start_paused = true)]
async fn mode_01_a_pause_that_could_not_be_seen_counts() {
    let (stage, dittofs) = stage();
    let cluster = &stage.kubernetes;
    let _operator = start(stage.world(1), options());
    sleep(30 * SECOND).await;
    // Watches of DittoServers do not come back for a while, everything else works.
    let broken = |verb| Fault::new(What::InternalError).always().on_kind(Kind::DittoServer).on_verb(verb);
    let (list, watch) = (cluster.inject(broken(Verb::List)), cluster.inject(broken(Verb::Watch)));
    cluster.cut_watches(Kind::DittoServer);
    sleep(SECOND).await;
    let pause = |server: &mut Value| server["metadata"]["annotations"]["dittofs.io/paused"] = json!("true");
    cluster.edit(Kind::DittoServer, "files", "srv", pause).unwrap();
    dittofs.stop_adapter("nfs").unwrap();
    sleep(60 * SECOND).await;
    assert!(uid(cluster, Kind::Service, "srv-adapter-nfs").is_some());
    cluster.heal(list);
    cluster.heal(watch);
    sleep(120 * SECOND).await;
    assert!(uid(cluster, Kind::Service, "srv-adapter-nfs").is_some());
    let go_on = |server: &mut Value| server["metadata"]["annotations"]["dittofs.io/paused"] = json!("false");
    cluster.edit(Kind::DittoServer, "files", "srv", go_on).unwrap();
    sleep(10 * SECOND).await;
    assert!(uid(cluster, Kind::Service, "srv-adapter-nfs").is_none());
}

/// MODE-01: a deletion that is paused while it waits for DittoFS leaves the account where it is.
#[tokio::test(start_paused = true)]
async fn mode_01_a_deletion_that_is_paused_does_not_take_the_account_away() {
    let (stage, dittofs) = stage();
    let cluster = &stage.kubernetes;
    let _operator = start(stage.world(1), options());
    sleep(30 * SECOND).await;
    assert!(dittofs.has_user("k8s-operator"));
    dittofs.inject(embedded_dittofs::Fault::ServerError(503));
    cluster.delete(Kind::DittoServer, "files", "srv");
    sleep(Duration::from_millis(500)).await;
    let pause = |server: &mut Value| server["metadata"]["annotations"]["dittofs.io/paused"] = json!("true");
    cluster.edit(Kind::DittoServer, "files", "srv", pause).unwrap();
    dittofs.heal();
    sleep(60 * SECOND).await;
    assert!(dittofs.has_user("k8s-operator"));
    let go_on = |server: &mut Value| server["metadata"]["annotations"]["dittofs.io/paused"] = json!("false");
    cluster.edit(Kind::DittoServer, "files", "srv", go_on).unwrap();
    sleep(300 * SECOND).await;
    assert!(!dittofs.has_user("k8s-operator"));
    assert!(cluster.get(Kind::DittoServer, "files", "srv").is_none());
}
