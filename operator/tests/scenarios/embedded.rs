//! What can be played on the embedded servers alone; why is said in `main.rs`.

mod api;
mod costs;
mod rights;
mod sight;
mod waits;

pub fn trials() -> Vec<libtest_mimic::Trial> {
    let trials = [rights::trials(), api::trials(), costs::trials(), sight::trials(), waits::trials()];
    trials.into_iter().flatten().collect()
}
