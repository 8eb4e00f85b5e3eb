//! Every stable code the server itself gives out, with what it means; the page `/errors` is made of this list.

/// Code, status, meaning. Codes of refused values come from the checks of items, events, settings and requests and all
/// answer 422; they are described by the error's own `field` and `expected`.
pub(crate) const CODES: &[(&str, u16, &str)] = &[
    ("invalid_json", 400, "The body is not JSON; the message tells line and column."),
    ("body_missing", 400, "The route needs a body and got none."),
    ("body_interrupted", 400, "The connection broke while the body was sent."),
    ("invalid_utf8", 400, "The body or the path is not UTF-8; the message tells the byte."),
    ("gzip_invalid", 400, "The body says it is gzip but does not decompress."),
    ("query_string_invalid", 400, "The part of the address after `?` cannot be read, or names an unknown parameter."),
    ("path_invalid", 400, "A part of the path cannot be read."),
    ("header_invalid", 400, "A header cannot be read."),
    ("key_missing", 401, "Send a key as `Authorization: Bearer mk_...` or `X-Api-Key: mk_...`."),
    ("key_unknown", 401, "No such key; it may have been deleted."),
    ("key_expired", 401, "The key's time has passed."),
    ("key_wrong_page", 403, "The key may be sent by other pages only."),
    ("key_wrong_shop", 403, "The key belongs to another shop."),
    ("key_scope", 403, "The key's scope does not cover this route."),
    ("unknown_route", 404, "There is no such route; `/docs` lists all."),
    ("unknown_shop", 404, "There is no shop of this name."),
    ("unknown_item", 404, "The shop has no item with this id."),
    ("unknown_key", 404, "The shop has no key with this id."),
    ("unknown_curation", 404, "The shop has no curation with this id."),
    ("unknown_change", 404, "No change of this number is remembered."),
    ("unknown_recommender", 404, "The shop has no such version of a trained recommender."),
    ("unknown_ranker", 404, "The shop has no such version of a trained ranker."),
    ("unknown_cart", 404, "There is no such cart; it may have expired or been cancelled."),
    ("unknown_experiment", 404, "The shop has no experiment of this name."),
    ("training_off", 404, "This server was built without training."),
    ("training_unknown", 404, "No training is under way in this shop."),
    ("method_not_allowed", 405, "The route exists, but not with this method."),
    ("body_timeout", 408, "The body took too long to arrive."),
    ("change_final", 409, "What was before this change is not known any more, so it cannot be taken back."),
    ("changed_since", 409, "What is to be taken back was changed again since; take the later changes back first."),
    ("shop_exists", 409, "A shop of this name exists already."),
    (
        "training_running",
        409,
        "A training is under way; one at a time. Follow or stop it at `/v1/{shop}/recommenders/train` or \
         `/v1/{shop}/rankers/{kind}/train`.",
    ),
    ("recommender_unfit", 409, "The version is damaged, or was trained for another catalogue; train anew."),
    ("ranker_unfit", 409, "The version is damaged, or reads features that this server computes otherwise; train anew."),
    ("stale_cursor", 410, "The cursor is of a state that is gone; start again without it."),
    ("body_too_large", 413, "The body is larger than this route takes, after decompression."),
    (
        "media_type_unsupported",
        415,
        "Send `Content-Type: application/json`, `application/x-ndjson` where lines are taken, `image/…` where a picture is.",
    ),
    ("encoding_unsupported", 415, "Send the body plain or with `Content-Encoding: gzip`."),
    ("unknown_field", 422, "The document has a field that means nothing here."),
    ("field_missing", 422, "The document lacks a field."),
    ("type_mismatch", 422, "A value has another type than expected."),
    ("value_invalid", 422, "A value is none of those allowed."),
    ("unknown_attribute", 422, "A filter, facet or sort names an attribute no item has."),
    ("limit_out_of_range", 422, "A page has 1 to 1000 items."),
    ("page_too_deep", 422, "Pages by offset end at 10,000 items; go on with the cursor in `next`."),
    ("query_too_long", 422, "A query has at most 2,048 bytes."),
    ("too_many_values", 422, "A list in the request is longer than allowed."),
    ("number_out_of_range", 422, "A number is outside its range, or not finite."),
    ("seeds_missing", 422, "This kind of recommendation starts from items; name them in `items`."),
    ("actor_missing", 422, "This kind of recommendation is about a shopper; name a user, guest or session."),
    ("kind_missing", 422, "Name the `kind` of recommendation, or the `surface` it is for."),
    ("experiment_exists", 422, "The name was used before; the log tells experiments apart by their names."),
    ("experiment_running", 422, "A running experiment is not forgotten; stop it first."),
    ("experiment_ended", 422, "The experiment has ended; nothing of it changes any more."),
    ("layer_full", 422, "Running experiments have the layer's visitors; ask for a smaller slice or stop one."),
    ("arm_fixed", 422, "The control and the last arm beside it cannot be taken out; stop the experiment."),
    ("rows_refused", 422, "Rows of a batch were refused, so nothing of it was taken; `rows` lists them."),
    ("duplicate_id", 422, "Two rows of one batch have the same id."),
    ("item_too_large", 422, "One item is larger than 1 MiB."),
    ("encoder_unknown", 422, "The settings name an encoder that this server does not have."),
    ("picture_format", 422, "The picture is no JPEG, PNG or WebP, or not in base64 where it should be."),
    ("picture_too_large", 422, "A picture has at most 20 MiB, 40 million pixels, and 16,384 pixels a side."),
    ("picture_damaged", 422, "The picture is cut off or cannot be decoded."),
    ("pictures_off", 422, "The shop's settings name no model for pictures, or one that this server does not have."),
    ("id_mismatch", 422, "The id in the body is not the id in the path."),
    ("unknown_model", 422, "There is no method of this name; the error lists them."),
    ("unknown_parameter", 422, "The method has no hyper-parameter of this name; the error lists them."),
    ("parameter_out_of_range", 422, "A hyper-parameter is outside its range; the error tells it."),
    (
        "address_rate_limited",
        429,
        "This address sends more requests a second than it may; `Retry-After` tells when to come again.",
    ),
    ("carts_full", 429, "The shop keeps as many carts as it may; old ones are removed after 30 days."),
    ("too_many_requests", 429, "This key has as many requests in flight as it may have; try again shortly."),
    ("internal", 500, "A fault of the server; its log has the trace id."),
    ("store_failed", 500, "The store failed; the server's log has the trace id."),
    ("index_failed", 500, "The index failed; the server's log has the trace id."),
    ("encoder_failed", 500, "An encoder failed; the server's log has the trace id."),
    ("overloaded", 503, "The server has as much work as it takes on; try again shortly."),
    ("timeout", 503, "The request took too long. An append may still happen: repeat it with the same event ids."),
    ("closing", 503, "The server is shutting down."),
    ("not_ready", 503, "Not all shops are open yet."),
];

/// Where a code is described.
pub(crate) fn docs(code: &str) -> String {
    let listed = CODES.iter().any(|(known, ..)| *known == code);
    format!("/errors#{}", if listed { code } else { "refused_values" })
}

/// The page `/errors`. Nothing in it comes from data.
pub(crate) fn page() -> String {
    let mut rows = String::new();
    for (code, status, meaning) in CODES {
        let meaning = meaning.replace('&', "&amp;").replace('<', "&lt;");
        rows.push_str(&format!("<tr id=\"{code}\"><td><code>{code}</code><td>{status}<td>{meaning}\n"));
    }
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Mercato: error codes</title>\
         <style>body{{font:16px system-ui;max-width:60em;margin:2em auto}}td{{padding:.2em .8em;vertical-align:top}}\
         tr:target{{background:#fe9}}</style><h1>Error codes</h1><p>Every error is \
         <code>{{\"error\":{{\"code\",\"message\",\"field\",\"expected\",...}},\"trace_id\"}}</code>. Codes never change \
         their meaning.<table>{rows}</table><h2 id=refused_values>Refused values</h2><p>All other codes answer 422 and \
         name the <code>field</code> that was refused and what was <code>expected</code>.</html>"
    )
}
