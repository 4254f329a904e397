//! `spec.pod`, without what would take the place of something of ours: that got past an older schema, or comes from a file.

use std::collections::BTreeMap;

use crate::api::{Pod, reserved};

/// Drops it, with a warning.
pub(super) fn pod(asked: Option<&Pod>, warnings: &mut Vec<String>) -> Pod {
    let mut pod = asked.cloned().unwrap_or_default();
    let mut dropped = |field: &str, name: &str| {
        warnings.push(format!("spec.pod.{field}: {name} is the operator's own; left out"));
        false
    };
    if let Some(env) = &mut pod.env {
        env.retain(|e| !reserved::ENV.contains(&e.name.as_str()) || dropped("env", &e.name));
    }
    if let Some(volumes) = &mut pod.volumes {
        volumes.retain(|v| !reserved::VOLUMES.contains(&v.name.as_str()) || dropped("volumes", &v.name));
    }
    if let Some(mounts) = &mut pod.volume_mounts {
        let is_ours = |path: &str| reserved::MOUNTS.contains(&path.trim_end_matches('/'));
        mounts.retain(|m| !is_ours(&m.mount_path) || dropped("volumeMounts", &m.mount_path));
    }
    let is_ours = |key: &str| key == "app" || key == "instance";
    keep(&mut pod.labels, |key| !is_ours(key) || dropped("labels", key));
    keep(&mut pod.annotations, |key| !key.starts_with("dittofs.io/") || dropped("annotations", key));
    pod
}

fn keep(map: &mut Option<BTreeMap<String, String>>, mut keeps: impl FnMut(&str) -> bool) {
    if let Some(map) = map {
        map.retain(|key, _| keeps(key));
    }
}
