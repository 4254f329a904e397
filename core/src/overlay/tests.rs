//! What is created needs no update: `desired` and `overlay` agree for all settings.

use dittofs_effects::{AdapterType, Port, Protocol};

use super::*;
use crate::api::{
    CompanionPort, ExternalTrafficPolicy, IpFamily, IpFamilyPolicy, ServiceType, SessionAffinity,
};
use crate::cluster_view::Owned;
use crate::server::{AdapterSettings, ServerSpec, ServiceFields};

fn settings() -> Vec<AdapterSettings> {
    let fields = ServiceFields {
        load_balancer_class: Some("internal".to_owned()),
        load_balancer_ip: Some("192.0.2.1".to_owned()),
        source_ranges: ["10.0.0.0/8", "192.0.2.0/24"].map(str::to_owned).into(),
        external_traffic_policy: Some(ExternalTrafficPolicy::Local),
        allocate_node_ports: Some(false),
        session_affinity: Some(SessionAffinity::ClientIP),
        ip_family_policy: Some(IpFamilyPolicy::PreferDualStack),
        ip_families: vec![IpFamily::IPv4, IpFamily::IPv6],
    };
    let annotations = BTreeMap::from([("a/b~c".to_owned(), "1".to_owned()), ("d".to_owned(), String::new())]);
    let mut all = vec![AdapterSettings::default()];
    for service_type in [ServiceType::ClusterIP, ServiceType::NodePort, ServiceType::LoadBalancer] {
        let node_port = Some(Port::literal::<30049>());
        let plain = AdapterSettings::default().with_service(service_type, None, ServiceFields::default());
        let mut full = AdapterSettings::default().with_annotations(annotations.clone()).with_service(
            service_type,
            node_port,
            fields.clone(),
        );
        full.companions = CompanionPort::ALL.iter().copied().collect();
        full.port = Some(Port::literal::<2049>());
        all.extend([plain, full]);
    }
    all
}

fn owned<T>(object: T) -> Owned<T> {
    let seen = dittofs_effects::Seen {
        uid: dittofs_effects::Uid::new("u").unwrap(),
        resource_version: dittofs_effects::ResourceVersion::new("1").unwrap(),
    };
    Owned { object, seen, terminating: false, in_shape: false }
}

#[test]
fn what_is_created_needs_no_update() {
    let server = ServerSpec::new("files", "srv");
    for adapter in ["nfs", "smb", "webdav"].map(|a| AdapterType::sanitise(a).unwrap()) {
        for settings in settings() {
            let mut ports = Vec::new();
            service_ports_of(&adapter, Port::literal::<12049>(), &settings, &mut ports);
            let wanted =
                WantedService { server: "srv", adapter: &adapter, settings: &settings, ports: &ports };
            let created = owned(crate::desired::service(&server, "srv-adapter-nfs", &wanted));
            for removal in [Removal::Allowed, Removal::Forbidden] {
                let difference = service(&created, &wanted, removal);
                assert!(difference.is_empty(), "{adapter} {settings:?}: {difference:?}");
                assert!(difference.withheld.is_empty() && difference.replace.is_empty(), "{difference:?}");
            }
            assert!(service_in_shape(&created.object, "srv", &adapter));
            policy_needs_no_update(&server, &adapter, &settings, &ports);
        }
    }
}

fn policy_needs_no_update(
    server: &ServerSpec,
    adapter: &AdapterType,
    settings: &AdapterSettings,
    ports: &[WantedServicePort<'_>],
) {
    let open: Vec<(Protocol, Port)> = ports.iter().map(|p| (p.protocol, p.target)).collect();
    let labels = adapter_policy_labels("srv", adapter);
    let sources = settings.policy_sources();
    let wanted = WantedPolicy {
        server: "srv",
        labels: &labels,
        ports: &open,
        sources,
        source_book: sources.map_or("", |_| settings.managed_source_ranges()),
        keep_sources: false,
        own: Some(OwnPort { now: None }),
        why_closed: "",
    };
    let created = crate::desired::network_policy(server, "srv-adapter-nfs".to_owned(), &wanted);
    assert!(policy_in_shape(&created, "srv", &labels));
    for removal in [Removal::Allowed, Removal::Forbidden] {
        let difference = network_policy(&created, false, &wanted, removal);
        assert!(difference.is_empty() && difference.withheld.is_empty(), "{difference:?}");
    }
}

#[test]
fn the_shape_is_that_of_the_server_and_the_adapter() {
    let server = ServerSpec::new("files", "srv");
    let [nfs, smb] = ["nfs", "smb"].map(|a| AdapterType::sanitise(a).unwrap());
    let settings = AdapterSettings::default();
    let mut ports = Vec::new();
    service_ports_of(&nfs, Port::literal::<12049>(), &settings, &mut ports);
    let wanted = WantedService { server: "srv", adapter: &nfs, settings: &settings, ports: &ports };
    let service = crate::desired::service(&server, "x", &wanted);
    assert!(service_in_shape(&service, "srv", &nfs));
    assert!(!service_in_shape(&service, "srv", &smb));
    assert!(!service_in_shape(&service, "other", &nfs));
}
