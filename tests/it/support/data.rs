//! The shared data: recorded days of real centres with the figures they must give. They are not part of the repository.
//!
//! A test that reads them is `#[ignore = "needs CONTACTPULSE_DATA"]`: `make test` runs it where that variable names their directory,
//! and elsewhere names it among those not run.

use std::env;
use std::path::PathBuf;

/// Where a file of the shared data is.
pub fn shared_data(file: &str) -> PathBuf {
    let directory = env::var_os("CONTACTPULSE_DATA").expect("CONTACTPULSE_DATA names the directory of the shared data");
    let path = PathBuf::from(directory).join(file);
    assert!(path.is_file(), "{} is not there", path.display());
    path
}
