//! Search, recommendation and explanation in the terminal, from the data folder and over HTTP.

use crate::harness::{Place, Server};

fn filled() -> Place {
    let place = Place::with_shop();
    let items = "id,title,brand,price,currency\n1,西湖龙井绿茶,西湖,88,CNY\n2,Jasmine green tea,Northwall,5,GBP\n3,Black tea,Northwall,4,GBP\n";
    let items = place.write("items.csv", items);
    place.run(&["import", "items", &items, "--shop", "tea", "--json"]).json();
    let mut events = String::from("type,user,session,item\n");
    for buyer in 0..6 {
        events += &format!("purchase,u{buyer},s{buyer},1\npurchase,u{buyer},s{buyer},2\n");
    }
    let events = place.write("events.csv", events);
    place.run(&["import", "events", &events, "--shop", "tea", "--json"]).json();
    place
}

#[test]
fn a_shop_answers_from_the_data_folder() {
    let place = filled();
    let found = place.run(&["search", "green tea", "--shop", "tea", "--json", "--explain", "--facet", "brand"]).json();
    assert_eq!(found["items"][0]["id"], "2", "{found}");
    assert!(found["items"][0]["explanation"]["terms"].as_array().is_some_and(|terms| !terms.is_empty()));
    assert_eq!(found["facets"][0]["attribute"], "brand");
    let table = place.run(&["search", "绿茶", "--shop", "tea"]).out;
    assert!(table.contains("西湖龙井绿茶") && table.contains("88.00 CNY") && table.contains("words #1"), "{table}");

    let liked = place.run(&["recommend", "--shop", "tea", "--kind", "popular", "--json"]).json();
    assert_eq!(liked["items"].as_array().unwrap().len(), 3, "{liked}");
    let together =
        place.run(&["recommend", "--shop", "tea", "--kind", "bought-together", "--item", "1", "--json"]).json();
    assert_eq!(together["items"][0]["id"], "2", "{together}");

    let why = place.run(&["explain", "2", "--shop", "tea", "--query", "green tea", "--json"]).json();
    assert_eq!(why["position"], 1, "{why}");
    let why = place.run(&["explain", "3", "--shop", "tea", "--query", "tea", "--filter", "brand = \"西湖\""]).out;
    assert!(why.contains("is not among"), "{why}");
    assert_eq!(place.run(&["shop", "stats", "tea", "--json"]).json()["events"], 15, "nothing asked here is logged");
}

#[test]
#[cfg(unix)]
fn a_server_is_asked_with_its_key_and_holds_the_data_folder() {
    let place = filled();
    let server = Server::start(&place, &[]);
    let url = format!("http://{}", server.address);
    let key = server.admin_key.clone().unwrap();
    let ran = place.run(&["search", "绿茶", "--shop", "tea", "--url", &url, "--key", &key, "--json"]);
    assert_eq!(ran.json()["items"][0]["id"], "1");
    let refused = place.run(&["search", "绿茶", "--shop", "tea", "--url", &url]);
    assert!(refused.code == 2 && refused.err.contains("key_missing"), "{}", refused.err);
    let held = place.run(&["search", "绿茶", "--shop", "tea"]);
    assert!(held.code == 2 && held.err.contains(&url) && held.err.contains("--url"), "{}", held.err);
    let settings = place.run(&["shop", "settings", "get", "tea", "--url", &url, "--key", &key]).json();
    assert_eq!(settings["encoders"], serde_json::json!([]));
    assert_eq!(server.stop(), 0, "a termination signal is a graceful end");

    let again = Server::start(&place, &[]);
    assert!(again.admin_key.is_none(), "the key is shown once");
    let mut connection = again.connect();
    connection.key = Some(key);
    assert_eq!(connection.ask("GET", "/v1/shops", "").unwrap().1["shops"][0]["id"], "tea");
}
