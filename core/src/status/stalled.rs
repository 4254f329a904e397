//! Whether somebody has to do something (kstatus): waiting does not help.

use dittofs_effects::HoldCode;

use super::condition::Conditions;
use super::{Cycle, ready, told};
use crate::api;
use crate::session::condition::{CONDITION as AUTHENTICATED, Reason, Status};

pub(super) const STALLED: &str = "Stalled";

pub(super) fn condition(cycle: &Cycle<'_>, conditions: &mut Conditions<'_>) {
    let kept = || ready::kept(cycle).map(|(reason, message)| (reason.to_owned(), message));
    let session = || session(conditions);
    let found = kept().or_else(|| invalid(cycle)).or_else(session);
    match found.or_else(|| refused(cycle)).or_else(|| held(cycle)) {
        Some((reason, message)) => conditions.set(STALLED, Status::True, &reason, &message),
        None => conditions.set(STALLED, Status::False, "NotStalled", "nothing waits for anybody"),
    }
}

fn invalid(cycle: &Cycle<'_>) -> Option<(String, String)> {
    let violations = api::validate(cycle.resource);
    let all: Vec<String> = violations.iter().map(ToString::to_string).collect();
    let message = format!("correct the resource, of which this is not followed: {}", all.join("; "));
    (!all.is_empty()).then(|| ("InvalidSpec".to_owned(), message))
}

fn session(conditions: &Conditions<'_>) -> Option<(String, String)> {
    let condition = conditions.get(AUTHENTICATED)?;
    let reason = Reason::parse(&condition.reason)?;
    needs_somebody(reason).then(|| (condition.reason.clone(), condition.message.clone()))
}

const fn needs_somebody(reason: Reason) -> bool {
    match reason {
        Reason::Authenticated | Reason::TooMuchPrivilege | Reason::Provisioning | Reason::ApiUnreachable => {
            false
        }
        Reason::NoCredentials
        | Reason::AdminSecretMissing
        | Reason::AdminCredentialsRejected
        | Reason::AdminDisabled
        | Reason::AdminMustChangePassword
        | Reason::AdminNotPrivileged
        | Reason::AccountRoleWrong
        | Reason::AccountDisabled
        | Reason::AccountContested
        | Reason::MustChangePassword
        | Reason::TlsVerificationFailed
        | Reason::SecretUnavailable => true,
    }
}

fn refused(cycle: &Cycle<'_>) -> Option<(String, String)> {
    let failed = cycle.undone().filter_map(|(effect, failure)| Some((effect, failure?)));
    let (effect, failure) = failed.into_iter().find(|(_, failure)| failure.needs_somebody)?;
    Some((failure.reason.to_owned(), told(effect, &failure)))
}

fn held(cycle: &Cycle<'_>) -> Option<(String, String)> {
    let hold = cycle.holds().find(|hold| waits_for_somebody(hold.code))?;
    let adapter = hold.adapter.as_ref().map_or_else(String::new, |adapter| format!("{adapter}: "));
    Some((hold.code.as_str().to_owned(), format!("{adapter}{}", hold.reason)))
}

/// Whether a hold lasts until somebody changes the resource, the server or the cluster.
const fn waits_for_somebody(code: HoldCode) -> bool {
    match code {
        HoldCode::InvalidPort
        | HoldCode::InvalidEntry
        | HoldCode::UnnamedEntry
        | HoldCode::PortClash
        | HoldCode::NameClash
        | HoldCode::ReservedPort
        | HoldCode::NameTaken
        | HoldCode::NameTooLong
        | HoldCode::ReplaceRequired
        | HoldCode::NodePortsExhausted
        | HoldCode::SecretMissing
        | HoldCode::StorageFixed => true,
        // An empty list may be a server that starts; a mode is what somebody wants.
        HoldCode::ApiUnavailable
        | HoldCode::Unauthorized
        | HoldCode::EmptyList
        | HoldCode::NotYetPolled
        | HoldCode::NotRunning
        | HoldCode::Terminating
        | HoldCode::RolloutInProgress
        | HoldCode::PodNotReady
        | HoldCode::ScaledToZero
        | HoldCode::Deleting
        | HoldCode::UpsertOnly
        | HoldCode::Observe
        | HoldCode::Paused => false,
    }
}
