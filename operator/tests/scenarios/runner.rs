//! How a scenario becomes a test, or two.

use dittofs_testbed::Tools;
use libtest_mimic::Trial;
use tokio::runtime::Builder;

/// On the embedded servers, under a stopped clock.
pub fn embedded<F: Future<Output = ()>>(
    module: &str,
    name: &str,
    scenario: impl FnOnce() -> F + Send + 'static,
) -> Trial {
    Trial::test(full("embedded", module, name), move || {
        let mut runtime = Builder::new_current_thread();
        runtime.enable_all().start_paused(true).build()?.block_on(scenario());
        Ok(())
    })
}

/// On the real servers, which are ignored where they are not built.
pub fn real<F: Future<Output = ()>>(
    module: &str,
    name: &str,
    scenario: impl FnOnce() -> F + Send + 'static,
) -> Trial {
    let trial = Trial::test(full("real", module, name), move || {
        // One thread for what is played beside the scenario, which has this one.
        Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(scenario());
        Ok(())
    });
    trial.with_ignored_flag(Tools::find().is_err())
}

fn full(ground: &str, module: &str, name: &str) -> String {
    let module = module.rsplit("::").next().unwrap_or_default();
    format!("{ground}::{module}::{name}")
}

/// Registers scenarios that are generic over their ground, to be played on the embedded servers and on the real ones.
macro_rules! scenarios {
    ($($name:ident),+ $(,)?) => {
        pub fn trials() -> Vec<libtest_mimic::Trial> {
            use crate::ground::{Embedded, Real};
            let mut trials = Vec::new();
            $(
                trials.push($crate::runner::embedded(module_path!(), stringify!($name), || {
                    $name::<Embedded>(stringify!($name))
                }));
                trials.push($crate::runner::real(module_path!(), stringify!($name), || {
                    $name::<Real>(stringify!($name))
                }));
            )+
            trials
        }
    };
}

/// Registers scenarios of one ground alone.
macro_rules! scenarios_of {
    ($ground:ident: $($name:ident),+ $(,)?) => {
        pub fn trials() -> Vec<libtest_mimic::Trial> {
            vec![$($crate::runner::$ground(module_path!(), stringify!($name), || $name(stringify!($name)))),+]
        }
    };
}
