//! The script for pages.

use super::harness::Server;
use crate::routes::tracker::SCRIPT;

#[tokio::test]
async fn the_tracker_is_served_to_anybody_and_is_small() {
    let answer = Server::with_keys().get("/m.js").await;
    assert_eq!((answer.outcome().as_str(), answer.text.as_str()), ("200", SCRIPT));
    assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
    assert!(SCRIPT.len() <= 3000, "{} bytes", SCRIPT.len());
}
