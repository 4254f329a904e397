//! A life: account, exposure, churn, outage, restarts of either side, and the end.

use std::time::Duration;

use dittofs_testbed::dittofs;
use serde_json::{Value, json};

use crate::cluster::{path, until};
use crate::judged::is_open;
use crate::site::{NAME, Site};

/// Ports that adapters are moved to.
const OTHER: u16 = 13_445;

/// Nothing was refused by RBAC, and no secret was logged.
fn has_a_clean_log(site: &Site) {
    let log = site.operator.log();
    assert!(!log.contains("forbidden"), "{log}");
    assert!(!log.contains("eyJ") && !log.contains(site.dittofs.admin_password()), "a secret in {log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn srvc_01_srvc_03_auth_02_from_a_fresh_server_to_nothing_left() {
    let Some(mut site) = Site::open("life", dittofs::Options::default()).await else { return };
    site.operator.start();
    site.until_condition("Ready", "True").await;
    assert!(site.administrator.has_account().await);
    let (first, pod) = (site.services().await, site.pod().await);
    assert_eq!(first.keys().collect::<Vec<_>>(), ["srv-adapter-nfs", "srv-adapter-smb"]);

    let printed = site.kubernetes.kubectl(&["get", "dittoservers", "-n", &site.namespace]).unwrap();
    assert!(
        printed.contains("nfs,smb") && printed.contains("198.51.100.1,198.51.100."),
        "OBSV-01: {printed}"
    );
    let api = site.dittofs.port();
    is_open(&site, &sorted([api, 12_049, 1445])).await;

    site.administrator.stop("smb").await;
    site.until_port("smb", None).await;
    is_open(&site, &sorted([api, 12_049])).await;
    site.administrator.start("smb", OTHER).await;
    site.until_port("smb", Some(OTHER.into())).await;
    is_open(&site, &sorted([api, 12_049, OTHER])).await;
    site.administrator.adapter("nfs", &json!({ "port": 13_049 })).await;
    site.until_port("nfs", Some(13_049)).await;
    // The old port is closed before the new one opens, and both before the Service moves.
    is_open(&site, &sorted([api, 13_049, OTHER])).await;
    assert_eq!(site.services().await["srv-adapter-nfs"], first["srv-adapter-nfs"], "moved in place");
    assert_eq!(site.pod().await, pod, "SAFE-03");

    outage(&mut site).await;
    site.cluster.delete(&site.uri("dittoservers", NAME), &Value::Null).await;
    until("the end", async || site.server().await.is_none().then_some(())).await;
    for plural in ["services", "networkpolicies", "statefulsets", "pods", "secrets"] {
        let left = async || site.cluster.list(&path(plural, &site.namespace)).await.is_empty().then_some(());
        until(&format!("an end of all {plural}"), left).await;
    }
    assert!(!site.administrator.has_account().await, "the account is removed");
    has_a_clean_log(&site);
}

fn sorted<const N: usize>(mut ports: [u16; N]) -> [u16; N] {
    ports.sort_unstable();
    ports
}

/// A server that hangs, and one that is gone, take nothing away.
async fn outage(site: &mut Site) {
    use dittofs_testbed::Signal;
    let promised = site.promised().await;
    site.dittofs.signal(Signal::Stop);
    site.until_condition("AdaptersDiscovered", "False").await;
    assert_eq!(site.promised().await, promised, "while it hangs");
    is_open(site, &sorted([site.dittofs.port(), 13_049, OTHER])).await;
    site.dittofs.signal(Signal::Cont);
    site.until_condition("AdaptersDiscovered", "True").await;
    site.dittofs.kill();
    site.until_condition("AdaptersDiscovered", "False").await;
    assert_eq!(site.promised().await, promised, "while it is gone");
    site.dittofs.start_again().unwrap();
    site.until_condition("AdaptersDiscovered", "True").await;
    assert_eq!(site.promised().await, promised, "afterwards");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn safe_06_restarts_of_the_server_under_polls_change_nothing() {
    // An account that is gone is noticed when its token has to be renewed.
    let options = dittofs::Options { access_token: Duration::from_secs(20), ..dittofs::Options::default() };
    let Some(mut site) = Site::open("restarts", options).await else { return };
    site.operator.start();
    site.until_condition("Ready", "True").await;
    let promised = site.promised().await;
    for round in 0..6 {
        if round % 2 == 0 {
            site.dittofs.restart().unwrap();
        } else {
            site.dittofs.kill();
            site.dittofs.start_again().unwrap();
        }
        assert_eq!(site.promised().await, promised, "restart {round}");
    }
    site.until_condition("Ready", "True").await;
    site.dittofs.terminate();
    site.dittofs.start_afresh().unwrap();
    until("an account on the empty server", async || site.administrator.has_account().await.then_some(()))
        .await;
    site.until_condition("Authenticated", "True").await;
    assert_eq!(site.promised().await, promised, "with an empty database");
    has_a_clean_log(&site);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn auth_05_an_operator_that_is_killed_at_any_point_converges_when_it_is_started_again() {
    let Some(mut site) = Site::open("killed", dittofs::Options::default()).await else { return };
    let mut dice = fastrand::Rng::with_seed(7);
    site.operator.start();
    site.until_condition("Ready", "True").await;
    let (nfs, pod) = (site.services().await["srv-adapter-nfs"].clone(), site.pod().await);
    for round in 0..10_u16 {
        site.operator.start();
        let port = 13_500 + round;
        site.administrator.adapter("nfs", &json!({ "port": port })).await;
        if round % 2 == 0 {
            site.administrator.stop("smb").await;
        } else {
            site.administrator.start("smb", port + 100).await;
        }
        // Anywhere between before its first watch and after its last write.
        tokio::time::sleep(Duration::from_millis(dice.u64(0..2500))).await;
        site.operator.kill();
    }
    site.operator.start();
    site.until_port("nfs", Some(13_509)).await;
    site.until_port("smb", Some(13_609)).await;
    site.until_condition("Ready", "True").await;
    assert_eq!(site.services().await["srv-adapter-nfs"], nfs, "never recreated");
    assert_eq!(site.pod().await, pod, "never restarted");
    has_a_clean_log(&site);
}
