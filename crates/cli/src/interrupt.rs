//! Ctrl-C while something long is under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;

/// Sets the flag at the first Ctrl-C and ends the program at the second.
pub(crate) fn set_on_interrupt(flag: Arc<AtomicBool>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let wait = async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        }
    };
    std::thread::Builder::new().name("interrupt".to_owned()).spawn(move || runtime.block_on(wait))?;
    Ok(())
}
