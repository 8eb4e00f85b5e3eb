//! The console's files over HTTP.

use axum::body::Body;

use super::harness::{Server, request};
use crate::routes::console::FILES;

#[tokio::test]
async fn the_console_is_served_to_anybody_and_guards_itself() {
    let server = Server::with_keys();
    let moved = server.get("/console").await;
    assert_eq!((moved.status.as_u16(), moved.header("location")), (308, "/console/"));
    for path in ["/console/", "/console/index.html", "/console/console.js", "/console/console.css"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
    }
}

#[tokio::test]
async fn every_file_has_its_type_and_is_sent_again_only_where_it_changed() {
    let server = Server::open();
    let mut kinds = Vec::new();
    for file in FILES.files() {
        let path = format!("/console/{}", file.path().display());
        let answer = server.get(&path).await;
        kinds.push(answer.header("content-type").to_owned());
        let (tag, cache) = (answer.header("etag").to_owned(), answer.header("cache-control"));
        assert!(tag.starts_with("W/\"") && cache == "no-cache", "{path}: {tag} {cache}");
        let again = server.send(request("GET", &path, &[("if-none-match", &tag)], Body::empty())).await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""), "{path}");
        let other = server.send(request("GET", &path, &[("if-none-match", "W/\"0\"")], Body::empty())).await;
        assert_eq!(other.status.as_u16(), 200, "{path}");
    }
    kinds.sort();
    assert_eq!(
        kinds,
        [
            "image/svg+xml",
            "text/css; charset=utf-8",
            "text/html; charset=utf-8",
            "text/javascript; charset=utf-8",
            "text/plain; charset=utf-8"
        ]
    );
}

#[tokio::test]
async fn what_the_console_does_not_have_is_refused() {
    let server = Server::open();
    for path in ["/console/nothing.js", "/console/../Cargo.toml", "/console/%2e%2e/Cargo.toml", "/console//etc/passwd"]
    {
        assert_eq!(server.get(path).await.outcome(), "404 unknown_route", "{path}");
    }
}

#[tokio::test]
async fn the_page_holds_no_script_and_names_no_other_host() {
    let page = Server::open().get("/console/").await.text;
    for script in page.split("<script").skip(1) {
        let (head, body) = script.split_once('>').unwrap();
        assert!(head.contains("src=\"./") && body.starts_with("</script>"), "{script}");
    }
    assert!(page.contains("<script") && !page.contains("//"), "{page}");
    assert!(!page.contains("style=") && !page.contains("onload="), "{page}");
}
