use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::api::Api;
use crate::failure::user;
use crate::progress::Steps;

/// How often a server is asked how a training stands.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// Has a server train, and follows it; Ctrl-C stops it there.
pub(super) fn at_server(api: &Api, path: &str, order: &Value, steps: &mut Steps) -> Result<Value> {
    api.call("POST", path, Some(order))?;
    let mut is_told = false;
    loop {
        let state = api.call("GET", path, None)?;
        let step = state["step"].as_str().unwrap_or_default();
        match state["state"].as_str().unwrap_or_default() {
            "running" | "cancelling" => {
                if !steps.show(step, state["done"].as_f64().unwrap_or(0.0)) && !is_told {
                    api.call("DELETE", path, None)?;
                    is_told = true;
                }
                std::thread::sleep(ASK_EVERY);
            }
            "finished" => {
                steps.end();
                return Ok(state["report"].clone());
            }
            "cancelled" => {
                steps.end();
                return Err(user("the training was cancelled"));
            }
            _ => {
                steps.end();
                bail!("{}", state["error"].as_str().unwrap_or("the server forgot the training"));
            }
        }
    }
}
