//! `crd`: what to install.

use crate::input::InputError;

pub fn run() -> Result<u8, InputError> {
    let yaml = serde_yaml::to_string(&dittofs_core::api::crd()).map_err(InputError::Yaml)?;
    super::print(&yaml)
}
