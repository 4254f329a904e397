//! A cluster and DittoFS servers in this very process, for the demo, simulations and benchmarks.
//!
//! The loop runs on it as it is: kube's client talks to the embedded API, the DittoFS client's answers are parsed by the
//! real parser. Only the sockets are missing, so that under a paused clock a day takes seconds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use dittofs_interpreters::dittofs::Address;
use embedded_dittofs::DittoFs;
use embedded_kubernetes::{Cluster, Failure};
use kube::Client;
use serde_json::Value;

mod in_process;
pub mod objects;
pub mod real;

use crate::run::cache::Scope;
use crate::run::clock::Clock;
use crate::run::{Options, World};

/// The domain of the cluster: not the usual one, so that nothing relies on that.
const CLUSTER_DOMAIN: &str = "stage.example";

/// A cluster with DittoFS servers.
#[derive(Clone)]
pub struct Stage {
    /// The cluster.
    pub kubernetes: Cluster,
    /// By the host part of their URL.
    servers: Arc<Mutex<HashMap<String, DittoFs>>>,
}

impl Stage {
    /// An empty cluster.
    pub fn new(options: embedded_kubernetes::Options) -> Self {
        Self { kubernetes: Cluster::new(options), servers: Arc::default() }
    }

    /// A client of the cluster.
    pub fn client(&self) -> Client {
        Client::new(self.kubernetes.service(), "default")
    }

    /// What an operator runs on here; its dice are thrown by this seed.
    pub fn world(&self, seed: u64) -> World {
        let cluster = self.kubernetes.clone();
        World {
            client: self.client(),
            connect: Arc::new(in_process::InProcess::new(self.servers.clone())),
            clock: Clock::new(Arc::new(move || cluster.now()), fastrand::Rng::with_seed(seed)),
            entropy: getrandom::fill,
        }
    }

    /// Where the servers are.
    pub fn address() -> Address {
        Address::Service { cluster_domain: CLUSTER_DOMAIN.to_owned() }
    }

    /// What an operator is told here: to look after all that is there.
    pub fn options() -> Options {
        Options {
            sight: Arc::default(),
            scope: Scope::default(),
            workers: 16,
            address: Self::address(),
            dry_run: false,
            witness: None,
            instance: None,
        }
    }

    /// Adds a DittoServer with this `spec`, what the Go operator would have made for it (StatefulSet, API Service,
    /// administrator's Secret), and a server.
    ///
    /// # Errors
    /// What the API server says of one of the objects.
    pub fn add(
        &self,
        namespace: &str,
        name: &str,
        spec: &Value,
        options: embedded_dittofs::Options,
    ) -> Result<DittoFs, Failure> {
        self.kubernetes.put(objects::namespace(namespace))?;
        let server = self.kubernetes.create(objects::ditto_server(namespace, name, spec))?;
        for object in objects::left_by_go_operator(&server, &options.admin_password) {
            self.kubernetes.create(object)?;
        }
        let dittofs = DittoFs::new(options);
        self.install(namespace, name, dittofs.clone());
        Ok(dittofs)
    }

    /// Puts a server behind the URL of a DittoServer, in place of the one that was there.
    pub fn install(&self, namespace: &str, name: &str, server: DittoFs) {
        let host = format!("{name}-api.{namespace}.svc.{CLUSTER_DOMAIN}");
        self.servers.lock().unwrap_or_else(PoisonError::into_inner).insert(host, server);
    }
}
