//! The container's security context: what the resource leaves out is hardened.

use k8s_openapi::api::core::v1::{Capabilities, SeccompProfile, SecurityContext};

/// What the resource says stays, each field of it; the rest gets no more than the server needs.
pub(super) fn hardened(asked: &SecurityContext) -> SecurityContext {
    let mut context = asked.clone();
    context.allow_privilege_escalation.get_or_insert(false);
    context.run_as_non_root.get_or_insert(true);
    let capabilities = context.capabilities.get_or_insert_with(Capabilities::default);
    if capabilities.drop.as_ref().is_none_or(Vec::is_empty) {
        capabilities.drop = Some(vec!["ALL".to_owned()]);
    }
    context.seccomp_profile.get_or_insert_with(|| SeccompProfile {
        type_: "RuntimeDefault".to_owned(),
        ..SeccompProfile::default()
    });
    context
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_the_rest_is_hardened() {
        let hardest = hardened(&SecurityContext::default());
        assert_eq!(hardest.allow_privilege_escalation, Some(false));
        assert_eq!(hardest.run_as_non_root, Some(true));
        assert_eq!(hardest.capabilities.as_ref().unwrap().drop, Some(vec!["ALL".to_owned()]));
        assert_eq!(hardest.seccomp_profile.as_ref().unwrap().type_, "RuntimeDefault");
        assert_eq!(hardest.read_only_root_filesystem, None, "the server writes temporary files");
        let add = Some(vec!["NET_BIND_SERVICE".to_owned()]);
        let asked = SecurityContext {
            allow_privilege_escalation: Some(true),
            run_as_non_root: Some(false),
            run_as_user: Some(0),
            capabilities: Some(Capabilities { add: add.clone(), drop: Some(Vec::new()) }),
            seccomp_profile: Some(SeccompProfile {
                type_: "Unconfined".to_owned(),
                ..SeccompProfile::default()
            }),
            ..SecurityContext::default()
        };
        let kept = hardened(&asked);
        let capabilities = kept.capabilities.clone().unwrap();
        assert_eq!((capabilities.add, capabilities.drop), (add, Some(vec!["ALL".to_owned()])));
        let changed = SecurityContext { capabilities: kept.capabilities.clone(), ..asked };
        assert_eq!(kept, changed, "nothing else differs from what was asked for");
    }
}
