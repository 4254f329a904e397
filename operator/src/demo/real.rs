//! The tour on a real control plane and a real DittoFS, in real time.

use std::error::Error;
use std::sync::Arc;

use dittofs_interpreters::dittofs::{Address, UrlTemplate};
use dittofs_testbed::{Tools, dittofs, kubernetes};
use kube::Client;
use tokio::signal::ctrl_c;

mod heard;
mod installed;
mod site;

use heard::Heard;
use site::Real;

use super::guide::Guide;
use super::page::Page;
use super::tour::Tour;
use super::{DemoError, Settings, no_runtime, options, serve};
use crate::run::clock::Clock;
use crate::run::{World, run};
use crate::stage::real::api;

/// For an error of the real servers.
fn failed<E: Into<Box<dyn Error + Send + Sync>>>(what: &'static str) -> impl Fn(E) -> DemoError {
    move |error| DemoError::Real { what, source: error.into() }
}

/// Starts the servers, runs the tour, and ends them.
///
/// # Errors
/// [`DemoError`].
pub fn demo(settings: &Settings, stays: bool) -> Result<(), DemoError> {
    let tools = Tools::find().map_err(|missing| DemoError::NotBuilt(missing.to_string()))?;
    let page = Page::new(settings.style, settings.width);
    page.paragraph("Starting etcd, kube-apiserver, kube-controller-manager and DittoFS.")?;
    page.print("")?;
    let kubernetes = installed::start(&tools)?;
    let dittofs =
        dittofs::DittoFs::start(&tools, dittofs::Options::default()).map_err(failed("starting DittoFS"))?;
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().map_err(no_runtime)?;
    runtime.block_on(async {
        let heard = Heard::default();
        let world = World {
            client: operator_s(&kubernetes).await?,
            connect: Arc::new(heard.clone()),
            clock: Clock::system(),
            entropy: getrandom::fill,
        };
        let site = Real::open(kubernetes, dittofs, heard).await?;
        let template = UrlTemplate::parse(&site.dittofs.url()).map_err(failed("the URL of DittoFS"))?;
        let guide = Arc::new(Guide::default());
        let options = options(&guide, Address::Template(template));
        let operator = tokio::spawn(run(world, options, std::future::pending()));
        let mut tour = Tour { site, guide, page, pace: settings.pace };
        let outcome = if stays { stay(&mut tour).await } else { tour.whole().await };
        operator.abort();
        outcome
    })
}

/// With the rights of `deploy/rbac`, and no others.
async fn operator_s(kubernetes: &kubernetes::Kubernetes) -> Result<Client, DemoError> {
    let (namespace, name) = crate::stage::real::ACCOUNT;
    let token = kubernetes
        .service_account_token(namespace, name)
        .map_err(failed("a token for the operator's service account"))?;
    api::client(&kubernetes.kubeconfig(&token)).await.map_err(failed("connecting the operator"))
}

async fn stay(tour: &mut Tour<Real>) -> Result<(), DemoError> {
    tour.open().await?;
    let kubernetes = &tour.site.kubernetes;
    // In the servers' own folder, which only this user can read, and with which it goes.
    let kubeconfig = kubernetes.folder().path().join("demo.kubeconfig");
    let text = kubernetes.kubeconfig(kubernetes.admin_token());
    std::fs::write(&kubeconfig, &text)
        .map_err(|source| DemoError::Io { what: "writing a kubeconfig", source })?;
    let dittofs = &tour.site.dittofs;
    serve::say(&tour.page, &kubeconfig, &dittofs.url(), dittofs.admin_password())?;
    ctrl_c().await.map_err(|source| DemoError::Io { what: "waiting for Ctrl-C", source })
}
