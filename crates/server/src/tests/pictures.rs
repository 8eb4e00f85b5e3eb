//! Pictures over HTTP.

use super::harness::{Server, request};

#[tokio::test]
async fn what_is_no_picture_is_refused_with_a_reason() {
    let server = Server::open();
    for (headers, body, expected) in [
        (&[("content-type", "application/json")][..], b"{}".to_vec(), "415 media_type_unsupported Content-Type"),
        (&[("content-type", "image/png")][..], Vec::new(), "400 body_missing"),
        (&[("content-type", "image/png")][..], vec![0; (12 << 20) + 1], "413 body_too_large"),
        (&[("content-type", "image/png")][..], b"picture".to_vec(), "404 unknown_shop"),
    ] {
        let answer = server.send(request("POST", "/v1/nowhere/items/a/picture", headers, body)).await;
        assert_eq!(answer.outcome(), expected);
    }
    for (body, expected) in [
        (r#"{"picture": "not base64!"}"#, "422 picture_format picture"),
        (r#"{"picture": "AAAA", "picture_weight": 2}"#, "422 number_out_of_range picture_weight"),
    ] {
        assert_eq!(server.json("POST", "/v1/gifts/pictures/search", body.to_owned()).await.outcome(), expected);
    }
    let far = server.get("/v1/gifts/pictures/duplicates?cosine=0.1").await;
    assert_eq!(far.outcome(), "422 number_out_of_range cosine");
}
