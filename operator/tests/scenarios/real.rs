//! What can be played on the real servers alone; why is said in `main.rs`.

mod definition;
mod guards;
mod installed;
mod plan;
mod printed;
mod rights;

pub fn trials() -> Vec<libtest_mimic::Trial> {
    let trials = [
        rights::trials(),
        definition::trials(),
        guards::trials(),
        installed::trials(),
        plan::trials(),
        printed::trials(),
    ];
    trials.into_iter().flatten().collect()
}
