//! Container ports follow without a restart, and whatever restarts the pod brings them (SAFE-03).

use dittofs_testbed::dittofs;
use serde_json::{Value, json};

use crate::cluster::until;
use crate::site::{NAME, Site};

/// The pod's and the template's ports of adapters.
async fn adapter_ports(site: &Site) -> (Vec<u64>, Vec<u64>) {
    let of = |object: &serde_json::Value| {
        let ports = Site::container_ports(object).into_iter();
        ports.filter(|(name, _)| name.starts_with("adapter-")).map(|(_, port)| port).collect()
    };
    let pod = site.get("pods", &format!("{NAME}-0")).await.unwrap_or_default();
    let set = site.get("statefulsets", NAME).await.unwrap_or_default();
    (of(&pod), of(&set["spec"]["template"]))
}

async fn until_template(site: &Site, ports: &[u64]) {
    until(&format!("the template with {ports:?}"), async || {
        (adapter_ports(site).await.1 == ports).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn safe_03_churn_keeps_the_pod_a_death_brings_the_ports_and_a_requested_restart_restarts_once() {
    let Some(mut site) = Site::open("rollout", dittofs::Options::default()).await else { return };
    site.operator.start();
    site.until_condition("Ready", "True").await;
    until_template(&site, &[12_049, 1445]).await;
    let first = site.pod().await;
    for port in [14_001_u16, 14_002, 14_003] {
        site.administrator.adapter("nfs", &json!({ "port": port })).await;
        until_template(&site, &[port.into(), 1445]).await;
        assert_eq!(site.pod().await, first);
    }
    assert_eq!(adapter_ports(&site).await.0, [] as [u64; 0], "what runs is from before");

    let pod = site.uri("pods", &format!("{NAME}-0"));
    site.cluster.delete(&pod, &Value::Null).await;
    let second = until("another pod", async || Some(site.pod().await).filter(|pod| *pod != first)).await;
    assert_eq!(adapter_ports(&site).await.0, [14_003, 1445], "it came back with the ports");

    site.administrator.stop("smb").await;
    until_template(&site, &[14_003]).await;
    assert_eq!(site.pod().await, second);
    site.kubernetes.kubectl(&["rollout", "restart", "statefulset", NAME, "-n", &site.namespace]).unwrap();
    let third =
        until("the requested restart", async || Some(site.pod().await).filter(|pod| *pod != second)).await;
    assert_eq!(adapter_ports(&site).await.0, [14_003]);
    // Once: what comes after it is churn as before.
    site.administrator.start("smb", 14_500).await;
    until_template(&site, &[14_003, 14_500]).await;
    site.until_port("smb", Some(14_500)).await;
    site.until_condition("Ready", "True").await;
    assert_eq!(site.pod().await, third);
}
