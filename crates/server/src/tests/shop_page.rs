//! The shop page's files over HTTP.

use super::harness::Server;
use crate::routes::shop_page::FILES;

#[tokio::test]
async fn the_shop_page_is_served_to_anybody_and_guards_itself() {
    let server = Server::with_keys();
    let moved = server.get("/shop").await;
    assert_eq!((moved.status.as_u16(), moved.header("location")), (308, "/shop/"));
    for file in FILES.files() {
        let path = format!("/shop/{}", file.path().display());
        let answer = server.get(&path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(answer.header("etag").starts_with("W/\""), "{path}");
    }
}

#[tokio::test]
async fn a_shops_name_stands_for_the_page_and_nothing_else_does() {
    let server = Server::open();
    let page = server.get("/shop/").await.text;
    assert_eq!(server.get("/shop/gifts").await.text, page);
    for path in ["/shop/nothing.js", "/shop/gifts/more", "/shop/../Cargo.toml", "/shop/%2e%2e/Cargo.toml"] {
        assert_eq!(server.get(path).await.outcome(), "404 unknown_route", "{path}");
    }
}

#[tokio::test]
async fn the_page_holds_no_script_and_names_no_other_host() {
    let page = Server::open().get("/shop/").await.text;
    for script in page.split("<script").skip(1) {
        let (head, body) = script.split_once('>').unwrap();
        assert!(head.contains("src=\"./") && body.starts_with("</script>"), "{script}");
    }
    assert!(page.contains("<script") && !page.contains("//"), "{page}");
    assert!(!page.contains("style=") && !page.contains("onload="), "{page}");
}
