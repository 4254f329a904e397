//! One thing to do, with the identity that it needs.

use std::fmt;

use json_patch::Patch;
use serde::Serialize;

use crate::{AdapterType, Hold, Kind, Object, ObjectRef, Reason, Restart};

/// A uid, never empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Uid(String);

/// A resource version, never empty. Opaque: only equality means something (Kubernetes API conventions).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceVersion(String);

macro_rules! not_empty {
    ($name:ident) => {
        impl $name {
            /// `None` when the text is empty: an empty identity would match anything.
            pub fn new(text: &str) -> Option<Self> {
                (!text.is_empty()).then(|| Self(text.to_owned()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}
not_empty!(Uid);
not_empty!(ResourceVersion);

/// The identity of an object as it was seen when the decision was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// Which object: a name can be given away, a uid cannot.
    pub uid: Uid,
    /// Which version of it: a stale cache gets a conflict, not a victim.
    pub resource_version: ResourceVersion,
}

/// What must hold when an update arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// The object is as it was seen.
    Seen(Seen),
    /// The object is as an earlier effect of the same list left it; whoever executes knows that version.
    AfterEarlierWrite,
}

/// Another object that must still be as it was seen, when an update relies on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Guard {
    /// The name of the pod.
    pub name: String,
    /// Its uid.
    pub uid: Uid,
    /// Its `controller-revision-hash`.
    pub revision: String,
}

/// Posts an object. A name that is taken is refused by the API server and never overwritten (SAFE-02).
#[derive(Clone, Debug, PartialEq)]
pub struct Create {
    /// What is posted.
    pub object: Object,
    /// The adapter it serves; `None` for the baseline policy.
    pub adapter: Option<AdapterType>,
    /// Why.
    pub reason: Reason,
}

/// Changes an object by exactly the difference between what was seen and what is wanted (RFC 6902).
///
/// The patch touches owned fields only, so that whatever else the object has survives.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// Which object.
    pub target: ObjectRef,
    /// The adapter it serves; `None` for the baseline policy and the StatefulSet.
    pub adapter: Option<AdapterType>,
    /// Why.
    pub reason: Reason,
    /// What must hold of the object.
    pub precondition: Precondition,
    /// What must hold of others.
    pub guards: Vec<Guard>,
    /// The difference. Guards for uid and resource version are added by whoever sends it.
    pub patch: Patch,
}

/// Deletes an object. There is no deletion without the identity that was seen:
///
/// ```compile_fail
/// # use dittofs_effects::{Delete, Kind, ObjectRef, Reason, Cause};
/// let target = ObjectRef { kind: Kind::Service, namespace: "n".into(), name: "s".into() };
/// let blind = Delete { target, adapter: None, reason: Reason::from(Cause::Absent) };
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    /// Which object.
    pub target: ObjectRef,
    /// The adapter it served.
    pub adapter: Option<AdapterType>,
    /// Why.
    pub reason: Reason,
    /// The identity that was seen.
    pub precondition: Seen,
}

/// One thing to do, or deliberately not to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Post an object.
    Create(Create),
    /// Change an object.
    Update(Update),
    /// Delete an object.
    Delete(Delete),
    /// Leave something as it is, and say so.
    Hold(Hold),
}

impl Effect {
    /// The object that is written, if any.
    pub fn target(&self) -> Option<ObjectRef> {
        match self {
            Self::Create(create) => Some(create.object.reference()),
            Self::Update(update) => Some(update.target.clone()),
            Self::Delete(delete) => Some(delete.target.clone()),
            Self::Hold(_) => None,
        }
    }

    /// The adapter that the effect is about, if it is about one.
    pub const fn adapter(&self) -> Option<&AdapterType> {
        match self {
            Self::Create(create) => create.adapter.as_ref(),
            Self::Update(update) => update.adapter.as_ref(),
            Self::Delete(delete) => delete.adapter.as_ref(),
            Self::Hold(hold) => hold.adapter.as_ref(),
        }
    }

    /// What a write does to the pod: said of a StatefulSet that is changed, and of a pod that is deleted.
    pub fn restart(&self) -> Option<Restart> {
        let cause = &self.reason()?.cause;
        match self {
            Self::Update(update) if update.target.kind == Kind::StatefulSet => Some(cause.restart()),
            Self::Delete(delete) if delete.target.kind == Kind::Pod => Some(cause.restart()),
            Self::Create(_) | Self::Update(_) | Self::Delete(_) | Self::Hold(_) => None,
        }
    }

    /// Why a write is done; a hold has a code and a sentence instead.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Create(create) => Some(&create.reason),
            Self::Update(update) => Some(&update.reason),
            Self::Delete(delete) => Some(&delete.reason),
            Self::Hold(_) => None,
        }
    }
}
