//! The Secrets that we make: the key that signs tokens, and the administrator's first password.
//!
//! Each is made once and never changed. One of that name that is not ours is read, if it has the key, and never written:
//! people put it there so that a server comes back with the password that its volume knows.

use std::collections::{BTreeMap, BTreeSet};

use dittofs_effects::{
    Cause, Create, Delete, Effect, Hold, HoldCode, Kind, NewSecret, Object, Reason, SecretText, Seen,
};

use super::{content, own};
use crate::api::Mode;
use crate::cluster_view::{ClusterView, FoundSecret, SecretView};
use crate::desired::{self, PASSWORD_KEY, SIGNING_KEY, USERNAME_KEY};
use crate::name;
use crate::order::{Stage, Steps};
use crate::server::{Credential, ServerSpec, WorkloadOwner, WorkloadSpec};

type Values = BTreeMap<String, Option<SecretText>>;

/// The names of the Secrets that decisions on this server read; none where its workload is not ours.
pub fn secrets_to_read(server: &ServerSpec) -> BTreeSet<String> {
    let WorkloadOwner::Ours(workload) = &server.workload else { return BTreeSet::new() };
    let mut names: BTreeSet<String> =
        content::needed(server, workload).into_iter().map(|(key, _)| key.secret).collect();
    if workload.admin_password == Credential::Managed {
        names.extend([name::admin_secret(&server.name), name::legacy_admin_secret(&server.name)]);
    }
    names
}

/// Makes what is missing; false when something that a pod needs cannot be made.
pub(super) fn bring(
    cluster: &ClusterView,
    server: &ServerSpec,
    workload: &WorkloadSpec,
    steps: &mut Steps,
) -> bool {
    let fresh = &cluster.own.fresh;
    let mut making = Making { cluster, server, steps };
    let mut holds = true;
    if workload.signing_key == Credential::Managed {
        let values = || Values::from([(SIGNING_KEY.to_owned(), fresh.signing_key.clone())]);
        holds &= making.bring(&name::signing_key_secret(&server.name), SIGNING_KEY, values, &Cause::Wanted);
    }
    if workload.admin_password == Credential::Managed {
        let legacy = fresh.legacy_admin.as_ref();
        let cause = if legacy.is_some() { Cause::LegacySecret } else { Cause::Wanted };
        let values = || {
            let username = legacy.map(|l| l.username.clone()).or_else(|| SecretText::new("admin".to_owned()));
            let password = legacy.map(|l| l.password.clone()).or_else(|| fresh.admin_password.clone());
            Values::from([(USERNAME_KEY.to_owned(), username), (PASSWORD_KEY.to_owned(), password)])
        };
        let name = name::admin_secret(&server.name);
        holds &= making.bring(&name, PASSWORD_KEY, values, &cause);
        making.drop_legacy(&name);
    }
    holds
}

/// Says what the pod waits for, but for what is made in the same plan.
pub(super) fn report(
    missing: &[String],
    server: &ServerSpec,
    workload: &WorkloadSpec,
    cluster: &ClusterView,
    steps: &mut Steps,
) {
    let key = content::signing_key(server, workload);
    let is_made = workload.signing_key == Credential::Managed
        && cluster.own.secrets.get(&key.secret) == Some(&SecretView::Missing);
    let own = format!("there is no Secret {}", key.secret);
    let missing: Vec<&str> =
        missing.iter().map(String::as_str).filter(|text| !(is_made && *text == own)).collect();
    if !missing.is_empty() {
        let reason = format!("the pod cannot start, or not anew, until it is there: {}", missing.join("; "));
        steps.hold(Hold { adapter: None, code: HoldCode::SecretMissing, reason });
    }
}

struct Making<'a> {
    cluster: &'a ClusterView,
    server: &'a ServerSpec,
    steps: &'a mut Steps,
}

impl Making<'_> {
    /// True when the pod can rely on the Secret, once the plan is carried out.
    fn bring(&mut self, name: &str, key: &str, values: impl FnOnce() -> Values, cause: &Cause) -> bool {
        let found = match self.cluster.own.secrets.get(name) {
            // Not read: what is there is not touched, and what is not there may be.
            None => return true,
            Some(SecretView::Missing) => {
                if own::is_refused(self.cluster, Kind::Secret, name) {
                    self.steps.hold(own::taken(Kind::Secret, name, "the API server says that it exists"));
                    return false;
                }
                self.create(name, values(), cause);
                return true;
            }
            Some(SecretView::Found(found)) => found,
        };
        match (found.values.contains_key(key), &found.ours) {
            (true, _) => true,
            (false, Some(seen)) => self.replace(name, key, found, seen, values(), cause),
            (false, None) => {
                let reason = format!("Secret {name} has no key {key}, and is not this server's to write");
                self.steps.hold(Hold { adapter: None, code: HoldCode::SecretMissing, reason });
                false
            }
        }
    }

    /// A Secret of ours that lost its value is made anew, as a whole: a patch would carry the value.
    fn replace(
        &mut self,
        name: &str,
        key: &str,
        found: &FoundSecret,
        seen: &Seen,
        values: Values,
        cause: &Cause,
    ) -> bool {
        let (code, reason) = if found.terminating {
            (
                HoldCode::Terminating,
                format!("Secret {name} is being deleted; it is made again once it is gone"),
            )
        } else if self.server.mode == Mode::UpsertOnly {
            let reason = format!("Secret {name} has no key {key}, and the mode never removes anything");
            (HoldCode::UpsertOnly, reason)
        } else {
            self.delete(name, seen, Stage::Ground);
            self.create(name, values, cause);
            return true;
        };
        self.steps.hold(Hold { adapter: None, code, reason });
        false
    }

    fn create(&mut self, name: &str, values: Values, cause: &Cause) {
        let secret = NewSecret { metadata: desired::secret_metadata(self.server, name), values };
        let object = Object::Secret(Box::new(secret));
        let effect = Create { object, adapter: None, reason: Reason::from(cause.clone()) };
        self.steps.add(Stage::Ground, Effect::Create(effect));
    }

    /// The Secret of the older name goes once its content is in the one of the newer.
    fn drop_legacy(&mut self, name: &str) {
        let legacy = name::legacy_admin_secret(&self.server.name);
        let secrets = &self.cluster.own.secrets;
        let has_password = |view: &SecretView| match view {
            SecretView::Missing => false,
            SecretView::Found(found) => found.values.contains_key(PASSWORD_KEY),
        };
        let kept = secrets.get(name).is_some_and(has_password);
        let Some(SecretView::Found(FoundSecret { ours: Some(seen), terminating: false, .. })) =
            secrets.get(&legacy)
        else {
            return;
        };
        if kept && self.server.mode != Mode::UpsertOnly {
            self.delete(&legacy, seen, Stage::Last);
        }
    }

    fn delete(&mut self, name: &str, seen: &Seen, stage: Stage) {
        let delete = Delete {
            target: own::target(Kind::Secret, name, self.server),
            adapter: None,
            reason: Reason::from(Cause::NotWanted),
            precondition: seen.clone(),
        };
        self.steps.add(stage, Effect::Delete(delete));
    }
}
