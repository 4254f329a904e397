//! Why a plan is not applied.

use std::io;

use dittofs_core::effects::HoldCode;
use miette::Diagnostic;

/// Why a plan is not applied; nothing was done then.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ApplyError {
    /// It is no plan.
    #[error("{file} is not a plan: {cause}")]
    #[diagnostic(help("write one with 'dittofs-adapters plan NAME --out FILE'"))]
    NoPlan {
        /// Its name.
        file: String,
        /// What is wrong with it.
        cause: String,
    },
    /// It is a plan of a later version.
    #[error("{file} is a plan of format {found}, and this program reads 1.x")]
    #[diagnostic(help("make the plan anew with this program, or apply it with the one that made it"))]
    Format {
        /// Its name.
        file: String,
        /// Its format.
        found: String,
    },
    /// It is for another namespace.
    #[error("the plan is for namespace {plan}, not for {asked}")]
    #[diagnostic(help("leave out --namespace: a saved plan says where it belongs"))]
    OtherNamespace {
        /// The plan's.
        plan: String,
        /// The one that was asked for.
        asked: String,
    },
    /// There is no DittoServer of that name, but a file.
    #[error("namespace {namespace} has no DittoServer {name}")]
    #[diagnostic(help("there is a file of that name here: './{name}' applies the plan in it"))]
    NameOrFile {
        /// Where.
        namespace: String,
        /// What was asked for.
        name: String,
    },
    /// The resource says that nothing is to be executed.
    #[error("DittoServer {server} is not to be written ({code}): {reason}")]
    #[diagnostic(help(
        "nothing was done. To let it be done, take the annotation dittofs.io/paused off, or set \
         spec.adapterDiscovery.mode to Sync or UpsertOnly"
    ))]
    Stopped {
        /// Which.
        server: String,
        /// By what.
        code: HoldCode,
        /// In words.
        reason: String,
    },
    /// The resource is being deleted.
    #[error("DittoServer {server} is being deleted, and its end is the operator's")]
    #[diagnostic(help(
        "nothing was done. The operator removes its account at DittoFS first and the policies last; see that it runs"
    ))]
    Deleting {
        /// Which.
        server: String,
    },
    /// Nobody can confirm.
    #[error("there is no terminal on which to confirm this")]
    #[diagnostic(help(
        "nothing was done. Give --yes, or save the plan with 'plan --out FILE' and apply that: it needs no confirmation"
    ))]
    NobodyToAsk,
    /// Somebody is asked, and it cannot be known what the answer is.
    #[error("reading the answer to the question whether to do this")]
    #[diagnostic(help("nothing was done. Run it again and type yes, or give --yes"))]
    NoAnswer {
        /// Why not.
        source: io::Error,
    },
}
