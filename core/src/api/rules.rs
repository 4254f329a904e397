//! What makes a value of a new field valid, as the API server checks it: patterns, and rules in CEL.
//!
//! Each has its mirror in [`validate`](super::validate); one table of resources goes through both. The rules use only
//! what Kubernetes 1.28 knows, and every list and string they walk is bounded, or the API server would refuse the
//! resource definition for their estimated cost.

use serde_json::{Value, json};

/// A condition in CEL on the value where it stands, and what a value that breaks it is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) cel: &'static str,
    pub(super) message: &'static str,
}

/// The rules as they stand in a schema.
pub(super) fn json(rules: &[Rule]) -> Value {
    rules.iter().map(|rule| json!({ "rule": rule.cel, "message": rule.message })).collect()
}

/// Sizes of volumes, as v0.29 has them.
pub(super) const SIZE: &str = "^[0-9]+(Gi|Mi|Ti)$";
/// Paths of metrics, as v0.29 has them.
pub(super) const ABSOLUTE_PATH: &str = "^/.*";
/// Quantities of resources, as v0.29 has them.
pub(super) const QUANTITY: &str = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$";

/// The sanitised form of an adapter's type.
pub(super) const ADAPTER: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";
/// A Go duration without sign, and so short (16 characters, 6 digits) that it cannot overflow one.
pub(super) const GRACE_PERIOD: &str = r"^(0|([0-9]{1,6}(\.[0-9]{1,6})?(ns|us|µs|μs|ms|s|m|h))+)$";
/// A name as Kubernetes has it for labels and annotations: an optional DNS subdomain and `/`, then a word.
pub(super) const QUALIFIED_NAME: &str = r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$";
/// An IPv4 or IPv6 block. Embedded IPv4 addresses are left out: load balancers read them differently.
pub(super) const CIDR: &str = concat!(
    r"^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}/(3[0-2]|[12]?[0-9])",
    r"|(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}",
    r"|([0-9a-fA-F]{1,4}:){1,7}:",
    r"|([0-9a-fA-F]{1,4}:){1,6}:[0-9a-fA-F]{1,4}",
    r"|([0-9a-fA-F]{1,4}:){1,5}(:[0-9a-fA-F]{1,4}){2}",
    r"|([0-9a-fA-F]{1,4}:){1,4}(:[0-9a-fA-F]{1,4}){3}",
    r"|([0-9a-fA-F]{1,4}:){1,3}(:[0-9a-fA-F]{1,4}){4}",
    r"|([0-9a-fA-F]{1,4}:){1,2}(:[0-9a-fA-F]{1,4}){5}",
    r"|[0-9a-fA-F]{1,4}:(:[0-9a-fA-F]{1,4}){6}",
    r"|:(:[0-9a-fA-F]{1,4}){1,7}|::)/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$",
);

/// On each size of the storage. Claims could grow where their StorageClass lets them, and the core would let them; but as
/// long as another operator brings the workload, nobody does it.
pub(super) const SIZE_FIXED: Rule = Rule {
    cel: "self == oldSelf",
    message: "the size of an existing server's volume cannot be changed here: let its claim grow, or make another DittoServer and move the data",
};
/// On the class of the storage: claim templates cannot be changed.
pub(super) const CLASS_FIXED: Rule = Rule {
    cel: "self == oldSelf",
    message: "the storageClassName of an existing server cannot be changed: make another DittoServer with it, and move the data",
};
/// On the storage as a whole. A rule on a field does not see that the field comes or goes.
pub(super) const STORAGE: &[Rule] = &[CONTENT_STAYS, CLASS_STAYS];
pub(super) const CONTENT_STAYS: Rule = Rule {
    cel: "has(self.contentSize) == has(oldSelf.contentSize)",
    message: "contentSize can be neither added to an existing server nor taken from it: make another DittoServer, and move the data",
};
pub(super) const CLASS_STAYS: Rule = Rule {
    cel: "has(self.storageClassName) == has(oldSelf.storageClassName)",
    message: "storageClassName can be neither added to an existing server nor taken from it: make another DittoServer, and move the data",
};

/// On `nameTemplate`.
pub(super) const NAME_TEMPLATE: &[Rule] = &[TEMPLATE_TYPE, TEMPLATE_FORM, TEMPLATE_SUFFIX, TEMPLATE_LENGTH];
pub(super) const TEMPLATE_TYPE: Rule = Rule {
    cel: "self.contains('{type}')",
    message: "must contain {type}, or all adapters would share one Service",
};
pub(super) const TEMPLATE_FORM: Rule = Rule {
    cel: r"self.matches('^([a-z]|[{](name|namespace|type)[}])(([-a-z0-9]|[{](name|namespace|type)[}])*([a-z0-9]|[{](name|namespace|type)[}]))?$')",
    message: "must consist of a-z, 0-9, - and the placeholders {name}, {namespace} and {type}, with no digit or - \
              first and no - last",
};
pub(super) const TEMPLATE_SUFFIX: Rule = Rule {
    cel: "!self.endsWith('-api') && !self.endsWith('-headless') && !self.endsWith('-metrics')",
    message: "must not end with -api, -headless or -metrics: the server's own Services are named so",
};
pub(super) const TEMPLATE_LENGTH: Rule = Rule {
    cel: "self.replace('{name}', '').replace('{namespace}', '').replace('{type}', '').size() <= 63",
    message: "must not have more than 63 characters besides its placeholders",
};

/// On `loadBalancerClass`.
pub(super) const LOAD_BALANCER_CLASS: &[Rule] = &[CLASS_LENGTH];
pub(super) const CLASS_LENGTH: Rule = Rule {
    cel: "self.indexOf('/') <= 253 && self.size() - self.lastIndexOf('/') <= 64",
    message: "must have at most 253 characters before the / and 63 after it",
};

/// On `ipFamilies`.
pub(super) const FAMILY_TWICE: Rule =
    Rule { cel: "self.all(f, self.exists_one(g, g == f))", message: "must not name an IP family twice" };
/// On `companionPorts`.
pub(super) const COMPANION_TWICE: Rule =
    Rule { cel: "self.all(c, self.exists_one(d, d == c))", message: "must not name a companion port twice" };

/// On the annotations of an override.
pub(super) const ANNOTATIONS: &[Rule] = &[ANNOTATION_KEY, ANNOTATION_OURS];
pub(super) const ANNOTATION_KEY: Rule = Rule {
    cel: r"self.all(k, k.matches('^([A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?([.][A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$') && k.indexOf('/') <= 253 && k.size() - k.lastIndexOf('/') <= 64)",
    message: "keys must be names of at most 63 characters, with an optional DNS subdomain and / before them",
};
pub(super) const ANNOTATION_OURS: Rule = Rule {
    cel: "self.all(k, !k.startsWith('dittofs.io/managed-'))",
    message: "dittofs.io/managed-… annotations are written by the operator",
};

/// On one override.
pub(super) const OVERRIDE: &[Rule] =
    &[NFS_COMPANION, SMB_COMPANION, PORTMAPPER_PORT, DISCOVERY_PORT, ONE_FAMILY];
pub(super) const NFS_COMPANION: Rule = Rule {
    cel: "!has(self.companionPorts) || self.adapter == 'nfs' || !self.companionPorts.exists(c, c == 'Portmapper' || c == 'UDP')",
    message: "the companion ports Portmapper and UDP are for the adapter nfs only",
};
pub(super) const SMB_COMPANION: Rule = Rule {
    cel: "!has(self.companionPorts) || self.adapter == 'smb' || !self.companionPorts.exists(c, c == 'WSDiscovery')",
    message: "the companion port WSDiscovery is for the adapter smb only",
};
pub(super) const PORTMAPPER_PORT: Rule = Rule {
    cel: "!has(self.companionPorts) || !has(self.port) || self.port != 111 || !self.companionPorts.exists(c, c == 'Portmapper')",
    message: "port 111 is the Portmapper's; a Service cannot have it twice",
};
pub(super) const DISCOVERY_PORT: Rule = Rule {
    cel: "!has(self.companionPorts) || !has(self.port) || self.port != 5357 || !self.companionPorts.exists(c, c == 'WSDiscovery')",
    message: "port 5357 is WSDiscovery's; a Service cannot have it twice",
};
pub(super) const ONE_FAMILY: Rule = Rule {
    cel: "!has(self.ipFamilies) || !has(self.ipFamilyPolicy) || self.ipFamilyPolicy != 'SingleStack' || self.ipFamilies.size() < 2",
    message: "ipFamilyPolicy SingleStack allows one IP family only",
};

/// The type of an adapter's Service, in CEL on `adapterServices` with the override `o`.
macro_rules! service_type {
    () => {
        "(has(o.type) ? o.type : (has(self.type) ? self.type : 'LoadBalancer'))"
    };
}

/// A rule on `adapterServices`: an override may have this field only with the types named.
macro_rules! needs_type {
    ($field:literal, LoadBalancer) => {
        Rule {
            cel: concat!(
                "!has(self.overrides) || self.overrides.all(o, !has(o.",
                $field,
                ") || ",
                service_type!(),
                " == 'LoadBalancer')"
            ),
            message: concat!($field, " needs a Service of type LoadBalancer"),
        }
    };
    ($field:literal, External) => {
        Rule {
            cel: concat!(
                "!has(self.overrides) || self.overrides.all(o, !has(o.",
                $field,
                ") || ",
                service_type!(),
                " != 'ClusterIP')"
            ),
            message: concat!($field, " needs a Service of type NodePort or LoadBalancer"),
        }
    };
}

/// On `adapterServices`, since the type of an override's Service may stand there.
pub(super) const ADAPTER_SERVICES: &[Rule] = &[
    NODE_PORT_TYPE,
    NODE_PORT_TWICE,
    TRAFFIC_POLICY_TYPE,
    CLASS_TYPE,
    ADDRESS_TYPE,
    RANGES_TYPE,
    ALLOCATE_TYPE,
];
pub(super) const NODE_PORT_TYPE: Rule = needs_type!("nodePort", External);
pub(super) const NODE_PORT_TWICE: Rule = Rule {
    cel: "!has(self.overrides) || self.overrides.all(o, !has(o.nodePort) || self.overrides.exists_one(p, has(p.nodePort) && p.nodePort == o.nodePort))",
    message: "two overrides ask for one nodePort",
};
pub(super) const TRAFFIC_POLICY_TYPE: Rule = needs_type!("externalTrafficPolicy", External);
pub(super) const CLASS_TYPE: Rule = needs_type!("loadBalancerClass", LoadBalancer);
pub(super) const ADDRESS_TYPE: Rule = needs_type!("loadBalancerIP", LoadBalancer);
pub(super) const RANGES_TYPE: Rule = needs_type!("loadBalancerSourceRanges", LoadBalancer);
pub(super) const ALLOCATE_TYPE: Rule = needs_type!("allocateLoadBalancerNodePorts", LoadBalancer);

/// Variables, volumes and mounts that the operator itself puts into the pod, as CEL lists.
macro_rules! reserved {
    ($name:ident, $cel:ident: $($word:literal,)*) => {
        /// Names of the operator's own.
        pub(crate) const $name: &[&str] = &[$($word),*];
        macro_rules! $cel {
            () => { concat!("['", reserved!(@join $($word,)*), "']") };
        }
    };
    (@join $last:literal,) => { $last };
    (@join $first:literal, $($more:literal,)+) => { concat!($first, "', '", reserved!(@join $($more,)+)) };
}
reserved! { ENV, env_words:
    "DITTOFS_CONTROLPLANE_SECRET", "DITTOFS_ADMIN_INITIAL_PASSWORD", "DITTOFS_LDAP_BIND_PASSWORD",
    "DITTOFS_KERBEROS_MACHINE_ACCOUNT_SECRET", "DITTOFS_DATABASE_POSTGRES_HOST",
    "DITTOFS_DATABASE_POSTGRES_DATABASE", "DITTOFS_DATABASE_POSTGRES_USER", "DITTOFS_DATABASE_POSTGRES_PASSWORD",
    "DITTOFS_DATABASE_POSTGRES_PORT", "DITTOFS_DATABASE_POSTGRES_SSLMODE",
}
reserved! { VOLUMES, volume_words:
    "metadata", "content", "controlplane", "config", "tls-cert", "tls-client-ca", "metrics-token", "kerberos-keytab",
    "kerberos-krb5", "kerberos-machine-keytab",
}
reserved! { MOUNTS, mount_words:
    "/data/controlplane", "/data/store/metadata", "/data/store/block", "/config", "/tls", "/tls-client-ca",
    "/metrics-token", "/kerberos", "/kerberos-krb5", "/kerberos-machine",
}

/// On `pod`.
pub(super) const POD: &[Rule] = &[POD_LABELS, POD_ANNOTATIONS, POD_ENV, POD_VOLUMES, POD_MOUNTS];
pub(super) const POD_LABELS: Rule = Rule {
    cel: "!has(self.labels) || self.labels.all(k, k != 'app' && k != 'instance')",
    message: "labels app and instance are the operator's: Services and policies select by them",
};
pub(super) const POD_ANNOTATIONS: Rule = Rule {
    cel: "!has(self.annotations) || self.annotations.all(k, !k.startsWith('dittofs.io/'))",
    message: "annotations dittofs.io/… of the pod are written by the operator",
};
pub(super) const POD_ENV: Rule = Rule {
    cel: concat!("!has(self.env) || self.env.all(e, !(e.name in ", env_words!(), "))"),
    message: "a variable of this name is the operator's: the resource has a field for it",
};
pub(super) const POD_VOLUMES: Rule = Rule {
    cel: concat!("!has(self.volumes) || self.volumes.all(v, !(v.name in ", volume_words!(), "))"),
    message: "a volume of this name is the operator's",
};
pub(super) const POD_MOUNTS: Rule = Rule {
    cel: concat!(
        "!has(self.volumeMounts) || self.volumeMounts.all(m, !(m.mountPath in ",
        mount_words!(),
        "))"
    ),
    message: "something of the operator's is mounted at this path",
};
