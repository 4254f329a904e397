//! The operator may crash between any two effects (SAFE-01).

use dittofs_effects::Protocol;

use super::{Verdict, between};
use crate::case::Decided;
use crate::open::Openness;

pub(super) fn opens_nothing(d: &Decided) -> Verdict {
    between::opens_nothing(d, d.views.iter())
}

pub(super) fn cuts_nobody_off(d: &Decided) -> Verdict {
    between::cuts_nobody_off(d, d.worlds.iter().zip(&d.views))
}

pub(super) fn keeps_the_api_reachable(d: &Decided) -> Verdict {
    let admits = |view| Openness::of(view, &d.server).admits(Protocol::Tcp, d.server.api_port.get());
    if admits(d.seen()) {
        let lost = d.views.iter().position(|view| !admits(view));
        ensure!(lost.is_none(), "the API is cut off after {} effects", lost.unwrap());
    }
    Ok(())
}
