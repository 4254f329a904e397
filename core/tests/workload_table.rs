//! What is built for a resource that has every field of v0.29 (COMP-02, SECU-02).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod support;

use serde_json::{Value, json};
use support::built::{built, container, of_kind};

/// A resource with every field of v0.29; what is new is in `whole_pod`.
fn every_field() -> Value {
    let mut resource = support::built::every_field();
    resource["spec"].as_object_mut().unwrap().remove("pod");
    resource
}

const CONFIG: &str = "\
logging:
    level: WARN
    format: text
    output: stderr
shutdown_timeout: 30s
database:
    type: postgres
    postgres:
        host: placeholder
        database: placeholder
        user: placeholder
        password: placeholder
controlplane:
    host: 0.0.0.0
    port: 8443
    jwt:
        access_token_duration: 10m
        refresh_token_duration: 24h
    tls:
        cert_file: /tls/tls.crt
        key_file: /tls/tls.key
        client_ca: /tls-client-ca/ca.crt
admin:
    username: root
metrics:
    enabled: true
    host: 0.0.0.0
    port: 9191
    path: /stats
    auth: token
    token_file: /metrics-token/token
ldap:
    enabled: true
    url: ldaps://dc.example.com
    base_dn: dc=example,dc=com
    bind_dn: cn=dittofs,dc=example,dc=com
    user_attr: uid
    realm: EXAMPLE.COM
    idmap: rid
    nested_groups: true
    tls:
        ca_cert_file: /etc/ssl/ldap.pem
kerberos:
    enabled: true
    keytab_path: /kerberos/dittofs.keytab
    service_principal: nfs/files.example.com@EXAMPLE.COM
    realm: EXAMPLE.COM
    netbios_domain: EXAMPLE
    dns_domain: example.com
    krb5_conf: /kerberos-krb5/krb5.conf
    machine_account:
        enabled: true
        account_name: FILES$
        keytab_path: /kerberos-machine/machine.keytab
        dc_address:
            - dc1.example.com
            - dc2.example.com:88
";

#[test]
fn secu_02_the_configuration_has_every_key_of_the_contract_and_no_adapters() {
    let config = of_kind(&built(&every_field(), "c"), "ConfigMap")["data"]["config.yaml"].clone();
    assert_eq!(config.as_str().unwrap(), CONFIG);
}

#[test]
fn comp_02_secrets_come_in_the_environment_each_by_its_reference() {
    let container = container(&built(&every_field(), "c"));
    let env = container["env"].as_array().unwrap().iter().map(|variable| {
        let from = &variable["valueFrom"]["secretKeyRef"];
        let [name, secret, key] =
            [&variable["name"], &from["name"], &from["key"]].map(|text| text.as_str().unwrap().to_owned());
        let optional = if from["optional"] == true { "?" } else { "" };
        assert_eq!(variable["value"], Value::Null);
        format!("{name}={secret}/{key}{optional}")
    });
    let expected = [
        "DITTOFS_CONTROLPLANE_SECRET=signing/jwt",
        "DITTOFS_ADMIN_INITIAL_PASSWORD=admin/password",
        "DITTOFS_LDAP_BIND_PASSWORD=ldap/password",
        "DITTOFS_KERBEROS_MACHINE_ACCOUNT_SECRET=machine/password",
        "DITTOFS_DATABASE_POSTGRES_HOST=pg/host",
        "DITTOFS_DATABASE_POSTGRES_DATABASE=pg/database",
        "DITTOFS_DATABASE_POSTGRES_USER=pg/user",
        "DITTOFS_DATABASE_POSTGRES_PASSWORD=pg/password",
        "DITTOFS_DATABASE_POSTGRES_PORT=pg/port?",
        "DITTOFS_DATABASE_POSTGRES_SSLMODE=pg/sslmode?",
    ];
    assert_eq!(env.collect::<Vec<_>>(), expected);
    let bare = json!({ "metadata": { "name": "srv" }, "apiVersion": "dittofs.dittofs.com/v1alpha1",
        "kind": "DittoServer", "spec": { "storage": { "metadataSize": "1Gi" } } });
    let container = self::container(&built(&bare, "c"));
    assert_eq!(container["env"].as_array().unwrap().len(), 2);
    let password = &container["env"][1]["valueFrom"]["secretKeyRef"];
    assert_eq!(
        *password,
        json!({ "name": "srv-admin-bootstrap-credentials", "key": "password", "optional": true })
    );
}

#[test]
fn comp_02_everything_is_mounted_in_the_order_of_the_contract() {
    let objects = built(&every_field(), "c");
    let container = container(&objects);
    let mounts = container["volumeMounts"].as_array().unwrap().iter().map(|mount| {
        let read_only = if mount["readOnly"] == true { " ro" } else { "" };
        format!("{}→{}{read_only}", mount["name"].as_str().unwrap(), mount["mountPath"].as_str().unwrap())
    });
    let expected = [
        "controlplane→/data/controlplane",
        "metadata→/data/store/metadata",
        "config→/config",
        "content→/data/store/block",
        "tls-cert→/tls ro",
        "tls-client-ca→/tls-client-ca ro",
        "metrics-token→/metrics-token ro",
        "kerberos-keytab→/kerberos ro",
        "kerberos-krb5→/kerberos-krb5 ro",
        "kerberos-machine-keytab→/kerberos-machine ro",
    ];
    assert_eq!(mounts.collect::<Vec<_>>(), expected);
    let key = |name: &str, key: &str, file: &str, mode: Option<i32>| {
        let mut item = json!({ "key": key, "path": file });
        if let Some(mode) = mode {
            item["mode"] = json!(mode);
        }
        json!({ "secretName": name, "items": [item] })
    };
    let set = of_kind(&objects, "StatefulSet");
    let volumes: Vec<Value> = set["spec"]["template"]["spec"]["volumes"].as_array().unwrap().clone();
    assert_eq!(
        volumes,
        [
            json!({ "name": "config", "configMap": { "name": "everything-config" } }),
            json!({ "name": "tls-cert", "secret": { "secretName": "files-tls", "defaultMode": 0o440 } }),
            json!({ "name": "tls-client-ca", "secret": { "secretName": "files-clients" } }),
            json!({ "name": "metrics-token", "secret": key("metrics", "token", "token", None) }),
            json!({ "name": "kerberos-keytab", "secret": key("keytab", "files", "dittofs.keytab", Some(0o440)) }),
            json!({ "name": "kerberos-krb5", "secret": key("krb5", "conf", "krb5.conf", None) }),
            json!({ "name": "kerberos-machine-keytab",
                    "secret": key("machine", "keytab", "machine.keytab", Some(0o440)) }),
        ]
    );
}

#[test]
fn comp_02_probes_follow_how_the_api_is_served() {
    let with = |control_plane: Value| {
        let mut resource = every_field();
        resource["spec"]["controlPlane"] = control_plane;
        container(&built(&resource, "c"))
    };
    let plain = with(json!({}));
    assert_eq!(
        plain["livenessProbe"]["httpGet"],
        json!({ "path": "/health", "port": 8080, "scheme": "HTTP" })
    );
    let tls = with(json!({ "certSecretName": "tls", "port": 8443 }));
    let ready = json!({ "path": "/health/ready", "port": 8443, "scheme": "HTTPS" });
    assert_eq!(tls["readinessProbe"]["httpGet"], ready);
    let mutual = container(&built(&every_field(), "c"));
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        assert_eq!(mutual[probe]["tcpSocket"], json!({ "port": 8443 }), "{probe}");
        assert_eq!(mutual[probe]["httpGet"], Value::Null, "{probe}");
    }
    assert_eq!(mutual["startupProbe"]["failureThreshold"], 30);
}

#[test]
fn comp_02_what_the_resource_says_of_pod_and_container_is_taken() {
    let objects = built(&every_field(), "c");
    let set = of_kind(&objects, "StatefulSet");
    let pod = &set["spec"]["template"]["spec"];
    assert_eq!(pod["securityContext"], json!({ "fsGroup": 1000, "fsGroupChangePolicy": "OnRootMismatch" }));
    assert_eq!((&pod["terminationGracePeriodSeconds"], &set["spec"]["replicas"]), (&json!(120), &json!(0)));
    let container = container(&objects);
    assert_eq!(container["image"], "registry.example.com/dittofs:1.2.3");
    assert_eq!(container["resources"]["requests"], json!({ "cpu": "500m", "memory": "1Gi" }));
    assert_eq!(set["spec"]["template"]["metadata"]["annotations"], json!({ "dittofs.io/config-hash": "c" }));
    for claim in set["spec"]["volumeClaimTemplates"].as_array().unwrap() {
        assert_eq!(claim["spec"]["storageClassName"], "fast");
    }
}

#[test]
fn comp_02_the_service_monitor_is_what_the_contract_says() {
    let monitor = of_kind(&built(&every_field(), "c"), "ServiceMonitor");
    let own =
        json!({ "app": "dittofs-server", "instance": "everything", "dittofs.io/metrics-service": "true" });
    let mut labels = own.clone();
    labels["release"] = json!("prometheus");
    assert_eq!(monitor["metadata"]["labels"], labels);
    let endpoint = json!({ "port": "metrics", "path": "/stats", "interval": "15s",
        "bearerTokenSecret": { "name": "metrics", "key": "token" } });
    let spec = json!({ "selector": { "matchLabels": own }, "namespaceSelector": { "matchNames": ["storage"] },
        "endpoints": [endpoint] });
    assert_eq!(monitor["spec"], spec);
    assert_eq!(monitor["metadata"]["ownerReferences"][0]["uid"], "u-1");
}
