//! The server's container.

use dittofs_effects::Port;
use k8s_openapi::api::core::v1::{
    Container, ContainerPort, ExecAction, Lifecycle, LifecycleHandler, VolumeMount,
};

use super::volumes::Mounted;
use super::{env, probes, security};
use crate::desired::own_service::{API_PORT, METRICS_PORT};
use crate::server::{ServerSpec, WorkloadSpec};

/// The name of the server's container.
const NAME: &str = "dittofs";

/// Builds the container. The image's pull policy is left to Kubernetes, which derives it from the tag.
pub(super) fn container(server: &ServerSpec, workload: &WorkloadSpec, mounted: &[Mounted]) -> Container {
    let texts = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect());
    let probes = probes::probes(server, workload);
    let asked = &workload.pod;
    let mut mounts: Vec<VolumeMount> = mounted.iter().map(Mounted::mount).collect();
    mounts.extend(asked.volume_mounts.iter().flatten().cloned());
    let mut env = env::env(server, workload);
    env.extend(asked.env.iter().flatten().cloned());
    let mut ports = vec![port(API_PORT, server.api_port)];
    ports.extend(workload.metrics.as_ref().map(|metrics| port(METRICS_PORT, metrics.port)));
    Container {
        name: NAME.to_owned(),
        image: Some(workload.image.clone()),
        command: texts(&["/app/dfs"]),
        args: texts(&["start", "--foreground", "--config", "/config/config.yaml"]),
        ports: Some(ports),
        env: Some(env),
        resources: Some(workload.resources.clone()),
        volume_mounts: Some(mounts),
        liveness_probe: Some(probes.liveness),
        readiness_probe: Some(probes.readiness),
        startup_probe: Some(probes.startup),
        // Until the endpoints are gone everywhere, connections still come.
        lifecycle: Some(Lifecycle {
            pre_stop: Some(LifecycleHandler {
                exec: Some(ExecAction { command: texts(&["/bin/sh", "-c", "sleep 5"]) }),
                ..LifecycleHandler::default()
            }),
            ..Lifecycle::default()
        }),
        security_context: Some(security::hardened(&workload.security_context)),
        ..Container::default()
    }
}

fn port(name: &str, port: Port) -> ContainerPort {
    ContainerPort {
        name: Some(name.to_owned()),
        container_port: i32::from(port.get()),
        protocol: Some("TCP".to_owned()),
        ..ContainerPort::default()
    }
}
