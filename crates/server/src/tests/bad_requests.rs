//! Bad input that is refused before any shop is asked: each gets a 4xx with a stable code and the field.

use super::harness::{Server, gzip, request};

const SEARCH: &str = "/v1/gifts/search";
const JSON: (&str, &str) = ("content-type", "application/json");

async fn check(server: &Server, path: &str, body: &str, expected: &str) {
    let answer = server.json("POST", path, body.to_owned()).await;
    assert_eq!(answer.outcome(), expected, "{}", body.chars().take(200).collect::<String>());
}

#[tokio::test]
async fn search_bodies() {
    let server = Server::open();
    for (body, expected) in [
        (r#"{"qeury": "boots"}"#, "422 unknown_field qeury"),
        (r#"{"query": 42}"#, "422 type_mismatch query"),
        (r#"{"query": "boots", "limit": "10"}"#, "422 type_mismatch limit"),
        (r#"{"limit": 0}"#, "422 limit_out_of_range limit"),
        (r#"{"limit": 1000000000}"#, "422 limit_out_of_range limit"),
        (r#"{"limit": -1}"#, "422 value_invalid limit"),
        (r#"{"offset": 9990}"#, "422 page_too_deep offset"),
        (r#"{"offset": 18446744073709551615}"#, "422 page_too_deep offset"),
        (r#"{"offset": 20, "cursor": "x"}"#, "422 value_invalid offset"),
        (r#"{"filter": "price <"}"#, "422 filter_syntax filter"),
        (r#"{"filter": "颜色 = '红"}"#, "422 filter_syntax filter"),
        (r#"{"cutoff": 1.5}"#, "422 number_out_of_range cutoff"),
        (r#"{"diversity": -0.1}"#, "422 number_out_of_range diversity"),
        (r#"{"reranking": {"dpp": 2}}"#, "422 out_of_range reranking.dpp"),
        (r#"{"reranking": {"caps": [{"by": "x", "most": 1}]}}"#, "422 value_invalid reranking.caps.[0].by"),
        (r#"{"weights": {"words": 1e300}}"#, "422 number_out_of_range weights.words"),
        (r#"{"cutoff": 1e999}"#, "400 invalid_json"),
        (r#"{"cutoff": NaN}"#, "400 invalid_json"),
        (r#"{"cutoff": Infinity}"#, "400 invalid_json"),
        (r#"{"query": "boots""#, "400 invalid_json"),
        (r#"{"query": "boots"} x"#, "400 invalid_json"),
        ("[]", "422 type_mismatch"),
        ("", "400 body_missing"),
        (r#"{"method": "magic"}"#, "422 value_invalid method"),
        (r#"{"surface": "cellar"}"#, "422 value_invalid surface"),
        (r#"{"facets": [{"attribute": "brand", "limit": 0}]}"#, "422 limit_out_of_range facets[0].limit"),
        (r#"{"facets": ["brand", 3]}"#, "422 value_invalid facets[1]"),
        (r#"{"sort": ["price:up"]}"#, "422 value_invalid sort[0].order"),
        (r#"{"depth": 0}"#, "422 number_out_of_range depth"),
        (r#"{"user": ""}"#, "422 id_empty user"),
        (r#"{"session": "a\u0000b"}"#, "422 id_control_character session"),
        (
            r#"{"rules": [{"boost": {"filter": "brand = Sony", "factor": 0}}]}"#,
            "422 out_of_range rules[0].boost.factor",
        ),
        (r#"{"rules": [{"hide": {"filter": "brand ="}}]}"#, "422 filter_syntax rules[0].hide.filter"),
    ] {
        check(&server, SEARCH, body, expected).await;
    }
}

#[tokio::test]
async fn sizes_of_values() {
    let server = Server::open();
    let long = "é".repeat(257);
    check(&server, SEARCH, &format!(r#"{{"exclude": ["ok", "{long}"]}}"#), "422 id_too_long exclude[1]").await;
    check(&server, SEARCH, &format!(r#"{{"query": "{}"}}"#, "红".repeat(34_000)), "422 query_too_long query").await;
    let many = vec![r#""x""#; 51].join(",");
    check(&server, SEARCH, &format!(r#"{{"facets": [{many}]}}"#), "422 too_many_values facets").await;
    check(&server, SEARCH, &format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)), "422 type_mismatch").await;
    check(&server, SEARCH, &" ".repeat(300_000), "413 body_too_large").await;
    let path = format!("/v1/gifts/items/{}", "a".repeat(513));
    assert_eq!(server.get(&path).await.outcome(), "422 id_too_long id");
}

#[tokio::test]
async fn recommendations() {
    let server = Server::open();
    for (body, expected) in [
        ("{}", "422 kind_missing kind"),
        (r#"{"kind": "best"}"#, "422 value_invalid kind"),
        (r#"{"kind": "new", "objectives": {"novelty": 2}}"#, "422 out_of_range objectives.novelty"),
        (r#"{"kind": "new", "objectives": {"novelty": 0.8, "margin": 0.8}}"#, "422 number_out_of_range objectives"),
        (r#"{"kind": "similar"}"#, "422 seeds_missing items"),
        (r#"{"surface": "cart"}"#, "422 seeds_missing items"),
        (r#"{"kind": "recently-viewed"}"#, "422 actor_missing user"),
        (r#"{"kind": "popular", "limit": 0}"#, "422 limit_out_of_range limit"),
        (r#"{"kind": "similar", "items": [""]}"#, "422 id_empty items[0]"),
        (r#"{"kind": "popular", "sort": ["price"]}"#, "422 unknown_field sort"),
    ] {
        check(&server, "/v1/gifts/recommend", body, expected).await;
    }
}

#[tokio::test]
async fn explanations() {
    let server = Server::open();
    for (body, expected) in [
        (r#"{"search": {"query": "x"}}"#, "422 field_missing item"),
        (r#"{"item": "a"}"#, "422 value_invalid search"),
        (r#"{"item": "a", "search": {}, "recommend": {"kind": "new"}}"#, "422 value_invalid search"),
        (r#"{"item": "a", "search": {"limit": 0}}"#, "422 limit_out_of_range search.limit"),
        (r#"{"item": "a", "search": {"limits": 0}}"#, "422 unknown_field search.limits"),
    ] {
        check(&server, "/v1/gifts/explain", body, expected).await;
    }
}

#[tokio::test]
async fn addresses() {
    let server = Server::open();
    for (path, expected) in [
        ("/v1/gifts/search?q=boots&size=3", "400 query_string_invalid"),
        ("/v1/gifts/search?limit=ten", "400 query_string_invalid"),
        ("/v1/gifts/search?q=x&limit=0", "422 limit_out_of_range limit"),
        ("/v1/gifts/search?q=x&sort=price:up", "422 value_invalid sort[0].order"),
        ("/v1/gifts/recommend", "422 kind_missing kind"),
        ("/v1/gifts/items?limit=0", "422 limit_out_of_range limit"),
        ("/v1/gifts/items/%FF", "400 path_invalid"),
        ("/v1/G%C3%BCte/search?q=x", "422 shop_name_invalid shop"),
        ("/v1/..%2Fetc/search?q=x", "422 shop_name_invalid shop"),
        // Only trackers post there.
        ("/v1/gifts", "405 method_not_allowed"),
        ("/v1/gifts/nothing", "404 unknown_route"),
        ("/nowhere", "404 unknown_route"),
    ] {
        assert_eq!(server.get(path).await.outcome(), expected, "{path}");
    }
    let answer = server.json("PUT", "/v1/gifts/search", "{}").await;
    assert_eq!((answer.outcome().as_str(), answer.header("allow")), ("405 method_not_allowed", "POST,GET,HEAD"));
}

#[tokio::test]
async fn bytes_that_are_no_text() {
    let server = Server::open();
    let bomb = gzip(&vec![b' '; 8 << 20]);
    assert!(bomb.len() < 16_000);
    type Case<'a> = (&'a [(&'a str, &'a str)], Vec<u8>, &'a str);
    let cases: [Case<'_>; 8] = [
        (&[JSON], b"{\"query\": \"\xFF\"}".to_vec(), "400 invalid_utf8"),
        (&[JSON, ("content-encoding", "gzip")], b"not gzip".to_vec(), "400 gzip_invalid"),
        (&[JSON, ("content-encoding", "gzip")], gzip(b"{\"limit\": 0}")[..20].to_vec(), "400 gzip_invalid"),
        (&[JSON, ("content-encoding", "gzip")], bomb, "413 body_too_large"),
        (&[JSON, ("content-encoding", "gzip")], gzip(b"{\"limit\": 0}"), "422 limit_out_of_range limit"),
        (&[JSON, ("content-encoding", "br")], b"{}".to_vec(), "415 encoding_unsupported Content-Encoding"),
        (&[("content-type", "text/plain")], b"{}".to_vec(), "415 media_type_unsupported Content-Type"),
        (&[], b"{}".to_vec(), "415 media_type_unsupported Content-Type"),
    ];
    for (headers, body, expected) in cases {
        let answer = server.send(request("POST", "/v1/gifts/search", headers, body)).await;
        assert_eq!(answer.outcome(), expected, "{headers:?}");
    }
}

#[tokio::test]
async fn syntax_errors_name_line_and_column() {
    let answer = Server::open().json("POST", "/v1/gifts/search", "{\n  \"query\": oops\n}").await;
    let message = answer.json()["error"]["message"].to_string();
    assert!(message.contains("line 2 column 12"), "{message}");
}

#[tokio::test]
async fn new_shops_and_keys() {
    let server = Server::open();
    for (path, body, expected) in [
        ("/v1/shops", r#"{"id": "Läden"}"#, "422 shop_name_invalid id"),
        ("/v1/shops", r#"{"id": "shops"}"#, "422 shop_name_invalid id"),
        ("/v1/shops", r#"{"id": "a", "settings": {"cutof": 1}}"#, "422 unknown_field settings.cutof"),
        ("/v1/shops", r#"{"name": "a"}"#, "422 unknown_field name"),
        ("/v1/gifts/keys", r#"{"name": "x", "scope": "root"}"#, "422 value_invalid scope"),
        ("/v1/gifts/keys", r#"{"name": "", "scope": "search"}"#, "422 value_invalid name"),
        ("/v1/gifts/keys", r#"{"scope": "search"}"#, "422 field_missing name"),
    ] {
        assert_eq!(server.json("POST", path, body).await.outcome(), expected, "{body}");
    }
}
