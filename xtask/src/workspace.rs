//! Where the workspace lies on the disk it was cloned to.
//!
//! Must not guess it from the current directory: chores work from any folder of the clone.

use std::path::PathBuf;

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    // At run time cargo tells the truth even when the clone was moved after the build.
    let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest_dir.parent().map_or(manifest_dir.clone(), |parent| parent.to_path_buf())
}
