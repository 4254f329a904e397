//! Lets things happen.

use embedded_kubernetes::{Failure, Fault, Kind, Verb, What};
use serde_json::{Value, json};

use super::act::{Account, Act, Administrator, ApiServer, People, Resource, Server};
use super::scene::{NAME, NAMESPACE};
use super::theatre::Theatre;

const ACCOUNT: &str = "k8s-operator";
pub const ADMIN_SECRET: &str = "srv-admin-bootstrap-credentials";

impl Theatre {
    /// Lets one thing happen. What is not there to be done is not done.
    pub fn perform(&self, act: &Act) {
        match act {
            Act::Administrator(act) => self.administrator(act),
            Act::Server(act) => self.server(act),
            Act::Account(act) => self.account(act),
            Act::ApiServer(act) => self.api_server(act),
            Act::People(act) => self.people(act),
            Act::Resource(act) => self.resource(act),
            Act::Crash { after_writes: Some(writes), down_for } => {
                self.operator.will_be_down_for(*down_for);
                self.monitor.dies_in(Some(*writes));
            }
            Act::Crash { after_writes: None, down_for } => {
                self.operator.will_be_down_for(*down_for);
                self.operator.kill();
            }
        }
    }

    fn administrator(&self, act: &Administrator) {
        let dittofs = &self.dittofs;
        // There may be no such adapter.
        let _ = match act {
            Administrator::Start(adapter) => dittofs.start_adapter(adapter),
            Administrator::Stop(adapter) => dittofs.stop_adapter(adapter),
            Administrator::Port(adapter, port) => dittofs.set_port(adapter, *port),
            Administrator::SwapPorts => {
                dittofs.set_port("nfs", 12445).and_then(|()| dittofs.set_port("smb", 12049))
            }
            Administrator::Delete(adapter) => dittofs.delete_adapter(adapter),
            Administrator::Create(adapter, port) => {
                dittofs.create_adapter(adapter, *port);
                Ok(())
            }
            Administrator::NotRunning(adapter, withheld) => {
                dittofs.not_running(adapter, *withheld);
                Ok(())
            }
            Administrator::Reverse => {
                dittofs.reverse_adapters();
                Ok(())
            }
        };
    }

    fn server(&self, act: &Server) {
        let dittofs = &self.dittofs;
        match act {
            Server::Fault(rule) => dittofs.inject(rule.clone()),
            Server::Heals => dittofs.heal(),
            Server::GoesDown => dittofs.go_down(),
            Server::ShutsDown(after) => dittofs.shut_down(*after),
            Server::Restarts => dittofs.restart(),
            Server::Database { down } => dittofs.database_down(*down),
            Server::DatabaseReset => dittofs.reset_database(),
            Server::SecretRotated => dittofs.rotate_secret(),
            Server::Replaced => dittofs.replace(embedded_dittofs::Options {
                secret: b"the-secret-of-quite-another-server".to_vec(),
                ..self.dittofs_options.clone()
            }),
        }
    }

    fn account(&self, act: &Account) {
        let dittofs = &self.dittofs;
        // There may be no account yet.
        let _ = match act {
            Account::Role(role) => dittofs.set_role(ACCOUNT, *role),
            Account::Enabled(enabled) => dittofs.set_user_enabled(ACCOUNT, *enabled),
            Account::Deleted => dittofs.delete_user(ACCOUNT),
            Account::PasswordReset => dittofs.reset_password(ACCOUNT, "somebody-elses-1"),
            Account::MustChange => dittofs.must_change(ACCOUNT, true),
        };
    }

    fn api_server(&self, act: &ApiServer) {
        let cluster = &self.stage.kubernetes;
        match act {
            ApiServer::Fault(fault) => drop(cluster.inject(fault.clone())),
            ApiServer::Heals => {
                cluster.heal_all();
                self.monitor.sees_again();
            }
            ApiServer::Down(time) => {
                let down = cluster.go_down();
                let (cluster, time) = (cluster.clone(), *time);
                tokio::spawn(async move {
                    tokio::time::sleep(time).await;
                    cluster.heal(down);
                });
            }
            ApiServer::CutWatches(kind) => cluster.cut_watches(*kind),
            ApiServer::Blind(kind, time) => {
                let refused = |verb| Fault::new(What::InternalError).on_kind(*kind).on_verb(verb).always();
                let faults = [Verb::Watch, Verb::List].map(|verb| cluster.inject(refused(verb)));
                cluster.cut_watches(*kind);
                if *kind != Kind::Secret {
                    self.monitor.is_blind_for(*time);
                }
                let (cluster, time) = (cluster.clone(), *time);
                tokio::spawn(async move {
                    tokio::time::sleep(time).await;
                    for fault in faults {
                        cluster.heal(fault);
                    }
                });
            }
            ApiServer::Late(kind, time) => {
                let late = Fault::new(What::Slow(*time)).on_kind(*kind).on_verb(Verb::Watch);
                cluster.inject(late.times(1));
                self.monitor.is_late_for(*time);
                cluster.cut_watches(*kind);
            }
            ApiServer::Compacted => {
                cluster.compact();
                cluster.inject(Fault::new(What::Cut(0)).times(6));
            }
            ApiServer::NodePortsRunOut => cluster.limit_node_ports(30_000..=30_000),
        }
    }

    fn people(&self, act: &People) {
        let cluster = &self.stage.kubernetes;
        let name = |adapter: &str| format!("{NAME}-adapter-{adapter}");
        let edit = |kind, name: &str, change: &dyn Fn(&mut Value)| {
            // There may be none, or the API server may refuse it.
            let _ = cluster.edit(kind, NAMESPACE, name, change);
        };
        match act {
            People::DeleteService(adapter) => {
                cluster.delete(Kind::Service, NAMESPACE, &name(adapter));
            }
            People::DeletePolicy(adapter) => {
                cluster.delete(Kind::NetworkPolicy, NAMESPACE, &name(adapter));
            }
            People::DeleteBaseline => {
                cluster.delete(Kind::NetworkPolicy, NAMESPACE, &format!("{NAME}-baseline"));
            }
            People::EditService(adapter) => edit(Kind::Service, &name(adapter), &|service| {
                service["metadata"]["annotations"]["example.com/theirs"] = json!("kept");
                service["spec"]["ports"][0]["port"] = json!(4711);
            }),
            People::EditPolicy(adapter) => edit(Kind::NetworkPolicy, &name(adapter), &|policy| {
                policy["spec"]["ingress"][0]["ports"][0]["port"] = json!(4711);
            }),
            People::EditPorts => {
                // Under rolling updates that is a restart, of this person's doing.
                self.restarts.set(self.restarts.get() + 1);
                edit(Kind::StatefulSet, NAME, &|set| {
                    set["spec"]["template"]["spec"]["containers"][0]["ports"] =
                        json!([{ "name": "api", "containerPort": 8080, "protocol": "TCP" }]);
                });
            }
            People::TakeServiceName(adapter) => self.take(&foreign_service(&name(adapter))),
            People::TakePolicyName(adapter) => self.take(&foreign_policy(&name(adapter), 4712)),
            People::ForeignPolicy => self.take(&foreign_policy("somebody-elses", 4713)),
            People::DeleteCredentials => {
                cluster.delete(Kind::Secret, NAMESPACE, &format!("{NAME}-operator-credentials"));
            }
            People::EditCredentials => {
                edit(Kind::Secret, &format!("{NAME}-operator-credentials"), &|secret| {
                    secret["data"]["password"] = json!("bm90LXRoZS1wYXNzd29yZA==");
                    secret["data"]["access-token"] = json!("bm90LWEtdG9rZW4=");
                });
            }
            People::DeleteAdminSecret => drop(cluster.delete(Kind::Secret, NAMESPACE, ADMIN_SECRET)),
            People::RolloutRestart => {
                self.restarts.set(self.restarts.get() + 1);
                let _ = cluster.rollout_restart(NAMESPACE, NAME);
            }
            People::NewImage => {
                self.restarts.set(self.restarts.get() + 1);
                let image = format!("dittofs:{}", self.restarts.get());
                edit(Kind::StatefulSet, NAME, &|set| {
                    set["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
                });
            }
            People::PodCrashes => drop(cluster.crash_pod(NAMESPACE, &format!("{NAME}-0"))),
            People::PodReady(ready) => drop(cluster.set_pod_ready(NAMESPACE, &format!("{NAME}-0"), *ready)),
        }
    }

    /// Puts a foreign object where ours is, or would be.
    fn take(&self, object: &Value) {
        let cluster = &self.stage.kubernetes;
        let kind = if object["kind"] == "Service" { Kind::Service } else { Kind::NetworkPolicy };
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        cluster.delete(kind, NAMESPACE, name);
        // The name may be that of another foreign object, or still be terminating.
        let _ = cluster.create(object.clone());
    }

    fn resource(&self, act: &Resource) {
        let change = |change: &dyn Fn(&mut Value)| self.edit_resource(change).map(drop);
        // Gone, or refused.
        let _ = match act {
            Resource::Interval(seconds) => change(&|server| {
                server["spec"]["adapterDiscovery"]["pollingInterval"] = json!(format!("{seconds}s"));
            }),
            Resource::ServiceType(kind) => {
                change(&|server| server["spec"]["adapterServices"]["type"] = json!(kind))
            }
            Resource::Mode(mode) => {
                change(&|server| server["spec"]["adapterDiscovery"]["mode"] = json!(mode))
            }
            Resource::Paused(paused) => change(&|server| {
                server["metadata"]["annotations"]["dittofs.io/paused"] = json!(paused.to_string());
            }),
            Resource::Template(Some(template)) => {
                change(&|server| server["spec"]["adapterServices"]["nameTemplate"] = json!(template))
            }
            Resource::Template(None) => change(&|server| {
                remove(&mut server["spec"]["adapterServices"], "nameTemplate");
            }),
            Resource::EmptyList(word) => {
                change(&|server| server["spec"]["adapterDiscovery"]["emptyList"] = json!(word))
            }
            Resource::Hide(Some(adapter)) => change(&|server| {
                server["spec"]["adapterServices"]["overrides"] =
                    json!([{ "adapter": adapter, "expose": false }]);
            }),
            Resource::Hide(None) => change(&|server| {
                remove(&mut server["spec"]["adapterServices"], "overrides");
            }),
            Resource::Annotation(true) => change(&|server| {
                server["spec"]["adapterServices"]["annotations"] = json!({ "example.com/ours": "yes" });
            }),
            Resource::Annotation(false) => change(&|server| {
                remove(&mut server["spec"]["adapterServices"], "annotations");
            }),
            Resource::Deleted => {
                self.stage.kubernetes.delete(Kind::DittoServer, NAMESPACE, NAME);
                Ok(())
            }
        };
    }

    /// Changes the resource, and tells the monitor.
    pub fn edit_resource(&self, change: &dyn Fn(&mut Value)) -> Result<Value, Failure> {
        let changed = self.stage.kubernetes.edit(Kind::DittoServer, NAMESPACE, NAME, change)?;
        self.monitor.heard(&changed);
        Ok(changed)
    }
}

fn remove(object: &mut Value, key: &str) {
    if let Some(fields) = object.as_object_mut() {
        fields.remove(key);
    }
}

fn foreign_service(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": name, "namespace": NAMESPACE, "labels": { "app": "foreign" } },
        "spec": { "type": "ClusterIP", "selector": { "app": "foreign" }, "ports": [{ "port": 80 }] },
    })
}

fn foreign_policy(name: &str, port: u16) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": { "name": name, "namespace": NAMESPACE },
        "spec": {
            "podSelector": { "matchLabels": { "app": "dittofs-server" } }, "policyTypes": ["Ingress"],
            "ingress": [{ "ports": [{ "port": port, "protocol": "TCP" }] }],
        },
    })
}
