//! After the last fault: everything heals, comes to rest in a bounded time, and stays so.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use dittofs_core::api::EmptyList;
use dittofs_core::effects::{Effect, Executed};
use dittofs_core::grace::Suspects;
use dittofs_core::status::{Cycle, patch, status};
use dittofs_core::{EmptyKind, Observation, ServerSpec, decide, wire};
use embedded_dittofs::{Outcome, Requests, Role};
use embedded_kubernetes::{Kind, Verb};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant};
use tower::ServiceExt as _;

use super::act::{ADAPTERS, WATCHED};
use super::perform::ADMIN_SECRET;
use super::scene::{NAME, NAMESPACE, Scene};
use super::schedule::Schedule;
use super::theatre::Theatre;

/// The longest wait of any kind: backoff of polls, of the session, of a write, a refusal, a stuck session.
const LONGEST: Duration = Duration::from_secs(300);
/// Who made an account three times in ten minutes makes no other for as long, and looks every five.
const CONTESTED: Duration = Duration::from_secs(900);
/// A watch that failed is opened again within 30 s, and then lists.
const WATCH: Duration = Duration::from_secs(60);
/// A pod needs 2 s to stop and 2 s to start.
const POD: Duration = Duration::from_secs(5);
/// A token's, and the time to be stuck once afterwards.
pub const LIFETIME: Duration = Duration::from_secs(20 * 60);
/// The proof of least privilege (AUTH-01).
const PROBE: &str = "/api/v1/adapters/dittofs-adapters-privilege-probe";
/// 80 % of a token's 15 min, less a tenth of them.
const EARLIEST_RENEWAL: u64 = 630;
/// Services, policies, StatefulSets, pods, DittoServers, and credentials.
const WATCHES: usize = 6;
/// Polls that are counted.
const CYCLES: u32 = 100;

/// What is broken at the end.
pub type Verdict = Result<(), String>;

impl Theatre {
    /// Nothing goes wrong any more. What people wanted stays as they wanted it.
    pub async fn heal(&self) {
        self.note(&"everything heals");
        let (dittofs, cluster) = (&self.dittofs, &self.stage.kubernetes);
        self.monitor.dies_in(None);
        if self.operator.starts_at().is_some() {
            self.start_operator();
        }
        cluster.heal_all();
        self.monitor.sees_again();
        // Who has missed something hears of it now, and not at the next bookmark.
        for kind in WATCHED {
            cluster.cut_watches(kind);
        }
        cluster.limit_node_ports(30_000..=32_767);
        dittofs.heal();
        dittofs.database_down(false);
        dittofs.restart();
        if self.list().await.is_err() {
            for (adapter, port) in ADAPTERS.into_iter().zip(9001..) {
                // Not all of them are there.
                let _ = dittofs.set_port(adapter, port);
            }
            dittofs.restart();
        }
        let account = "k8s-operator";
        // There may be no account.
        let _ = dittofs.set_role(account, Role::Operator);
        let _ = dittofs.set_user_enabled(account, true);
        let _ = dittofs.must_change(account, false);
        cluster.set_pod_ready(NAMESPACE, &format!("{NAME}-0"), true);
        self.restore_admin_secret();
        // It may be gone.
        let _ = self.edit_resource(&|server| {
            server["metadata"]["annotations"]["dittofs.io/paused"] = json!("false");
            let mode = &mut server["spec"]["adapterDiscovery"]["mode"];
            if *mode == "Observe" {
                *mode = json!("Sync");
            }
        });
        if self.seed.is_multiple_of(2) {
            self.remove_foreign();
        }
    }

    fn restore_admin_secret(&self) {
        let (cluster, password) = (&self.stage.kubernetes, &self.dittofs_options.admin_password);
        // It is there, or its owner is gone.
        let _ = cluster.create(json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": { "name": ADMIN_SECRET, "namespace": NAMESPACE },
            "stringData": { "username": "admin", "password": password },
        }));
    }

    fn remove_foreign(&self) {
        let Some(scene) = Scene::now(&self.stage.kubernetes) else { return };
        for ((kind, name), _) in scene.foreign() {
            self.stage.kubernetes.delete(*kind, NAMESPACE, name);
        }
    }

    /// The adapters as they are, asked for as administrator.
    async fn list(&self) -> Result<Observation, String> {
        let tokens = self.dittofs.tokens("admin").map_err(|error| error.to_string())?;
        let request =
            Request::get("/api/v1/adapters").header("authorization", format!("Bearer {}", tokens.access));
        let request = request.body(Body::empty()).map_err(|error| error.to_string())?;
        let answer = self.dittofs.service().oneshot(request).await.map_err(|error| error.to_string())?;
        let media = answer.headers().get("content-type").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), usize::MAX).await.map_err(|error| error.to_string())?;
        match wire::observe(status, media.as_deref(), &body) {
            Observation::Reported(report) => {
                // Who does not run now has not run for long enough.
                let (suspects, report) = Suspects::default().fold(report, Duration::ZERO, Duration::ZERO);
                let (_, report) = suspects.fold(report, Duration::from_secs(1), Duration::ZERO);
                Ok(Observation::Reported(report))
            }
            Observation::Unavailable(why) => Err(why.to_string()),
            empty @ (Observation::Empty(_) | Observation::NotYetPolled) => Ok(empty),
        }
    }

    /// The operator can know how things are: it has asked since, and has its watches.
    fn knows(&self, before: &Requests) -> Verdict {
        let asked = self.dittofs.requests().since(before);
        if asked.count_with("GET", "/api/v1/adapters", Outcome::Status(200)) == 0 {
            return Err("no poll was answered".to_owned());
        }
        let watches = self.stage.kubernetes.open_watches();
        if watches < WATCHES { Err(format!("{watches} watches are open")) } else { Ok(()) }
    }

    /// What is still to be done, if anything.
    fn wanted(&self, truth: &Observation) -> Verdict {
        let Some(scene) = Scene::now(&self.stage.kubernetes) else {
            return Err("the DittoServer is gone".to_owned());
        };
        let spec = scene.spec();
        let effects = effects_of(truth, &scene, &spec);
        let effects: Vec<_> = effects
            .iter()
            .filter(|effect| !matches!(effect, Effect::Hold(_)))
            .map(|effect| format!("{:?} {:?}", effect.target(), effect.reason()))
            .collect();
        if !effects.is_empty() {
            return Err(format!("still to be done: {effects:?}"));
        }
        let trusted = spec.empty_list == EmptyList::Trust && *truth == Observation::Empty(EmptyKind::List);
        let discovered = trusted || matches!(truth, Observation::Reported(_));
        condition(&scene.server, "Authenticated", true)?;
        condition(&scene.server, "AdaptersDiscovered", discovered)?;
        self.is_said(&scene, &spec, truth, &effects_of(truth, &scene, &spec))
    }

    /// The status says what there is to say.
    fn is_said(&self, scene: &Scene, spec: &ServerSpec, truth: &Observation, effects: &[Effect]) -> Verdict {
        let resource = scene.resource();
        let after = status(&Cycle {
            resource: &resource,
            server: spec,
            cluster: &scene.view(spec),
            observed: truth,
            executed: &Executed::nothing(effects.to_vec()),
            session: None,
            now: &Time(self.stage.kubernetes.now()),
        });
        match patch(&resource, &after) {
            Some(patch) => Err(format!("the status still lacks {patch}")),
            None => Ok(()),
        }
    }

    /// Comes to rest within one polling cycle, and the longest wait that may have been running.
    ///
    /// # Errors
    /// What is not as it should be.
    pub async fn converges(&self, schedule: &Schedule) -> Result<Duration, String> {
        let truth = self.list().await?;
        let spec = Scene::now(&self.stage.kubernetes).ok_or("the DittoServer is gone")?.spec();
        let cycle = spec.polling_interval.max(spec.not_running_grace_period) + spec.polling_interval;
        let contested = if schedule.contests_the_account() { CONTESTED } else { Duration::ZERO };
        let bound = LONGEST + cycle + WATCH + POD + contested;
        let (healed, before) = (Instant::now(), self.dittofs.requests());
        loop {
            self.pass(Duration::from_secs(1)).await;
            match self.knows(&before).and_then(|()| self.wanted(&truth)) {
                Ok(()) => return Ok(healed.elapsed()),
                Err(_) if !self.monitor.violations().is_empty() => return Ok(healed.elapsed()),
                Err(why) if healed.elapsed() > bound => return Err(format!("after {bound:?}: {why}")),
                Err(_) => {}
            }
        }
    }

    /// A watch that turns out to be too old is opened anew, with a list and after kube's own wait, which may be long after
    /// everything else is well.
    async fn watches_settle(&self) -> Verdict {
        for _ in 0..10 {
            self.stage.kubernetes.forget_requests();
            self.pass(WATCH).await;
            let counts = self.stage.kubernetes.request_counts();
            if !counts.keys().any(|(verb, ..)| *verb == Verb::List) {
                return Ok(());
            }
        }
        Err("watches are opened again and again".to_owned())
    }

    /// An idle cycle costs one GET at DittoFS, and nothing at the API server but open watches.
    pub async fn stays_idle(&self) -> Verdict {
        // The status that says so, and what a load balancer answers.
        self.pass(Duration::from_secs(5)).await;
        self.watches_settle().await?;
        let Some(scene) = Scene::now(&self.stage.kubernetes) else { return Ok(()) };
        let interval = scene.spec().polling_interval;
        self.stage.kubernetes.forget_requests();
        let before = self.dittofs.requests();
        self.pass(interval * CYCLES).await;
        let asked = self.dittofs.requests().since(&before);
        let polls = asked.count("GET", "/api/v1/adapters");
        if polls.abs_diff(u64::from(CYCLES)) > 1 {
            return Err(format!("{polls} polls in {CYCLES} cycles: {asked:?}"));
        }
        let renewals =
            asked.count("POST", "/api/v1/auth/refresh") + asked.count("POST", "/api/v1/auth/login");
        // One that failed waits, and then follows.
        let probes = asked.count("DELETE", PROBE).min(1);
        let others = asked.total() - polls - renewals - probes;
        let lifetimes = (interval * CYCLES).as_secs() / EARLIEST_RENEWAL + 1;
        if renewals > lifetimes || others > 0 {
            return Err(format!("more than {lifetimes} renewals: {asked:?}"));
        }
        let (mut secrets, mut rest) = (0, Vec::new());
        for ((verb, kind, part), count) in self.stage.kubernetes.request_counts() {
            match (verb, kind) {
                (Verb::Watch, _) => {}
                (Verb::Patch, Kind::Secret) => secrets += count,
                (Verb::Get, Kind::Secret) if count <= renewals => {}
                _ => rest.push((verb, kind, part, count)),
            }
        }
        if !rest.is_empty() || secrets != renewals {
            for request in self.stage.kubernetes.requests().iter().filter(|r| r.verb != Verb::Watch) {
                self.note(&format!("{request:?}"));
            }
            return Err(format!("not idle: {secrets} Secrets for {renewals} renewals, and {rest:?}"));
        }
        Ok(())
    }

    /// A DittoServer that was deleted goes, with all that it owns, though DittoFS may be down for ever.
    pub async fn goes(&self) -> Verdict {
        self.note(&"the API server heals");
        let cluster = &self.stage.kubernetes;
        self.monitor.dies_in(None);
        cluster.heal_all();
        self.monitor.sees_again();
        // It may be gone already.
        let _ = self.edit_resource(&|server| {
            server["metadata"]["annotations"]["dittofs.io/paused"] = json!("false");
            server["spec"]["adapterDiscovery"]["mode"] = json!("Sync");
        });
        let bound = LONGEST + Duration::from_secs(60) + WATCH + POD;
        let healed = Instant::now();
        while cluster.get(Kind::DittoServer, NAMESPACE, NAME).is_some() {
            if healed.elapsed() > bound {
                return Err(format!("the DittoServer is still there after {bound:?}"));
            }
            self.pass(Duration::from_secs(1)).await;
        }
        self.pass(POD).await;
        self.watches_settle().await?;
        cluster.forget_requests();
        let before = self.dittofs.requests();
        self.pass(Duration::from_secs(1000)).await;
        let owned = [Kind::Service, Kind::NetworkPolicy, Kind::StatefulSet, Kind::Pod];
        let owned = owned.into_iter().flat_map(|kind| cluster.list(kind, Some(NAMESPACE)));
        let left: Vec<_> = owned.filter(|object| !object["metadata"]["ownerReferences"].is_null()).collect();
        if !left.is_empty() {
            return Err(format!("SRVC-04: left behind: {left:?}"));
        }
        let asked = self.dittofs.requests().since(&before).total();
        let counts = cluster.request_counts();
        if asked > 0 || counts.keys().any(|(verb, ..)| *verb != Verb::Watch) {
            return Err(format!("not at rest: {asked} requests to DittoFS, {counts:?}"));
        }
        Ok(())
    }
}

fn effects_of(truth: &Observation, scene: &Scene, spec: &ServerSpec) -> Vec<Effect> {
    decide(truth, &scene.view(spec), spec)
}

fn condition(server: &Value, name: &str, wanted: bool) -> Verdict {
    let conditions = server["status"]["conditions"].as_array();
    let found = conditions.into_iter().flatten().find(|condition| condition["type"] == name);
    let is = found.is_some_and(|condition| condition["status"] == "True");
    if is == wanted { Ok(()) } else { Err(format!("{name} is {found:?}")) }
}

impl Theatre {
    /// The pod is restarted as often as somebody asked for it, at most (SAFE-03).
    pub fn restarts_are_those_asked_for(&self) -> Verdict {
        let (rolled, asked) = (self.stage.kubernetes.rolled_pods(NAMESPACE, NAME), self.restarts.get());
        if rolled > asked { Err(format!("SAFE-03: {rolled} restarts, {asked} asked for")) } else { Ok(()) }
    }

    /// No password and no token anywhere but in Secrets.
    pub fn secrets_are_where_they_belong(&self) -> Verdict {
        let cluster = &self.stage.kubernetes;
        let kinds = [
            Kind::Service,
            Kind::NetworkPolicy,
            Kind::StatefulSet,
            Kind::Pod,
            Kind::Event,
            Kind::DittoServer,
        ];
        let objects = kinds.into_iter().flat_map(|kind| cluster.list(kind, None)).map(|o| o.to_string());
        let bodies = cluster.requests().into_iter().filter_map(|request| request.body);
        let texts: Vec<_> = objects.chain(bodies).chain([self.log.text()]).collect();
        for secret in self.monitor.secrets() {
            if let Some(text) = texts.iter().find(|text| text.contains(&secret)) {
                return Err(format!("a secret is in: {text}"));
            }
        }
        Ok(())
    }
}
