//! What the product promises, each promise a predicate over a decision and the worlds that it leads through.
//!
//! Nothing here computes what *should* be written: a promise compares worlds, so it holds however the product gets there.

use crate::case::Decided;
use crate::history::Ended;

pub mod between;
mod exposure;
mod failures;
mod holds;
mod identity;
mod modes;
mod order;
mod prefix;
mod relevance;
mod rollout;
mod survival;
pub use survival::UNKNOWN as UNKNOWN_FIELD;
mod withdrawal;

/// Nothing, or in what way a promise is broken.
pub type Verdict = Result<(), String>;

/// Over what a promise is made.
#[derive(Clone, Copy, Debug)]
pub enum Over {
    /// One decision, carried out.
    Decision(fn(&Decided) -> Verdict),
    /// One decision, carried out while the writes fail that the mask names by their bits.
    Failures(fn(&Decided, u64) -> Verdict),
    /// A history, when nobody has done anything for a while.
    History(fn(&Ended) -> Verdict),
}

/// One promise.
#[derive(Clone, Copy, Debug)]
pub struct Invariant {
    /// Its id, which the tests are named after.
    pub id: &'static str,
    /// The promise.
    pub says: &'static str,
    /// The requirements that it serves.
    pub requirements: &'static [&'static str],
    /// Whether it holds.
    pub over: Over,
}

macro_rules! promises {
    ($($id:ident [$($requirement:literal)*] $over:ident $check:path: $says:literal;)*) => {
        /// Every promise.
        pub const ALL: &[Invariant] = &[$(Invariant {
            id: stringify!($id),
            says: $says,
            requirements: &[$($requirement),*],
            over: Over::$over($check),
        },)*];
    };
}

promises! {
    INV_01 ["AUTH-04" "DISC-03" "SAFE-04" "SAFE-06"] Decision withdrawal::silence_changes_nothing:
        "Without a report to act on, no Service, adapter policy or container port is created, changed or deleted.";
    INV_02 ["SRVC-01" "SRVC-03" "SECU-04"] Decision exposure::sets_are_equal:
        "After a report, adapters with a policy = adapters with a Service = exposed running adapters, but for held ones.";
    INV_03 ["SECU-03"] Decision exposure::policies_open_exactly_the_targets:
        "The policy of an exposed adapter opens the adapter's port and the companions asked for, and nothing else.";
    INV_04 ["SRVC-02" "SRVC-06" "SRVC-07" "CONF-02"] Decision exposure::services_are_as_wanted:
        "The Service of an exposed adapter has the ports, type and annotations asked for, and no other port.";
    INV_05 ["SRVC-05"] Decision exposure::container_ports_are_as_wanted:
        "The template declares the ports of exposed adapters, those of held ones as they were, and no other's.";
    INV_06 ["PLAN-01"] Decision survival::is_idempotent:
        "Deciding on what a plan leaves gives nothing but holds.";
    INV_07 ["SAFE-01"] Decision prefix::opens_nothing:
        "At every crash point no port is open that neither the world before nor the world after opens.";
    INV_08 ["SAFE-01"] Decision prefix::cuts_nobody_off:
        "At every crash point an adapter serves each port that it serves before and after; one that is held, before.";
    INV_09 ["SAFE-01"] Decision prefix::keeps_the_api_reachable:
        "The port of the API, once reachable, is reachable at every crash point.";
    INV_10 ["SAFE-02"] Decision identity::leaves_foreign_objects_alone:
        "What the server does not control is never a target, and stays byte for byte.";
    INV_11 ["SAFE-02" "SAFE-01"] Decision identity::names_what_was_seen:
        "Every update and deletion carries the identity that is in the view, and follows an earlier write by saying so.";
    INV_12 ["PLAN-02"] Decision survival::is_deterministic:
        "The same input gives the same effects, in whatever order objects and list entries come.";
    INV_13 ["DISC-03"] Decision holds::held_adapters_keep_everything:
        "An adapter that is held has all its objects byte for byte, and its container ports.";
    INV_14 ["MODE-01"] Decision modes::watching_decides_as_sync:
        "Observe and pause decide what would be decided without them, and one hold more.";
    INV_15 ["MODE-01"] Decision modes::upsert_only_takes_nothing_away:
        "UpsertOnly deletes nothing and loses no annotation, source range, LoadBalancer or port, but for a moved own port.";
    INV_16 ["COMP-01"] Decision survival::unknown_fields_survive:
        "Fields that the product does not know, and labels and annotations of others, survive every update.";
    INV_17 ["SAFE-03"] Decision rollout::ports_restart_nothing:
        "A template that is not ours changes in adapter ports alone; whatever restarts the pod was asked for, and says so.";
    INV_18 ["SAFE-01"] Decision order::closes_first_and_opens_last:
        "Policies close before Services go, and open before Services come; a baseline opens first and closes last.";
    INV_19 ["SAFE-05"] Decision withdrawal::services_are_not_replaced:
        "A Service of an adapter that is not withdrawn goes only with an approval that names its uid.";
    INV_20 ["OBSV-01"] Decision holds::one_code_each:
        "An adapter has one hold code; several only where part of it is held.";
    INV_21 ["OBSV-01" "AUTH-04"] Decision holds::nothing_is_silent:
        "Whoever runs and is not exposed, or stays and is not reported as running, has a hold that says why.";
    INV_22 ["SRVC-03" "SAFE-04"] Decision withdrawal::nobody_goes_without_cause:
        "An adapter is withdrawn only if the report says so: disabled, confirmed as stopped, absent from a complete list.";
    INV_23 ["SAFE-02"] Decision identity::leaves_the_terminating_alone:
        "What is being deleted is neither written nor deleted again.";
    INV_24 ["SRVC-04"] Decision withdrawal::a_deleted_server_only_stops:
        "A DittoServer that is being deleted gets no creation and no update; its StatefulSet goes.";
    INV_25 ["PLAN-01"] Decision identity::is_accepted:
        "The API server accepts every write that is decided on a fresh view.";
    INV_26 ["SRVC-03" "SECU-04" "PLAN-01"] History Ended::is_quiet:
        "Left alone under a good report, everything comes to rest in a bounded number of rounds.";
    INV_27 ["SAFE-03"] History Ended::restarts_are_those_asked_for:
        "Over a whole history the pod is restarted as often as somebody asked for it, and has the newest ports after.";
    INV_28 ["PLAN-02" "SAFE-01"] Decision relevance::what_does_not_matter_makes_no_difference:
        "What is decided and what is reachable is the same without the objects that count as not mattering.";
    INV_29 ["SAFE-01"] Failures failures::open_nothing_and_cut_nobody_off:
        "Whichever writes fail: nothing opens and nobody is cut off that a crash would not open or cut off either.";
}

/// Checks every promise about decisions; the first one that is broken is named.
///
/// # Errors
/// What is broken.
pub fn check(decided: &Decided) -> Verdict {
    for invariant in ALL {
        if let Over::Decision(check) = invariant.over {
            check(decided).map_err(|why| format!("{} {}\n{why}", invariant.id, invariant.says))?;
        }
    }
    Ok(())
}
