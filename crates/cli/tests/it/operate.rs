//! What an operator runs: replay, doctor, models, settings, the demo's shops.

use crate::harness::{Place, Server};

#[test]
fn the_log_is_read_and_the_state_verified() {
    let place = Place::with_shop();
    let items = place.write("items.jsonl", "{\"id\":\"1\",\"title\":\"绿茶\"}\n{\"id\":\"2\",\"title\":\"tea\"}\n");
    place.run(&["import", "items", &items, "--shop", "tea", "--json"]).json();
    let replay = place.run(&["replay", "--shop", "tea", "--verify", "--json"]).json();
    assert_eq!((&replay["events"], &replay["kinds"]["item-upserted"]), (&2.into(), &2.into()));
    assert_eq!(replay["differences"], serde_json::json!([]));
    let table = place.run(&["replay", "--shop", "tea", "--verify"]).out;
    assert!(table.contains("equals the replay"), "{table}");
}

#[test]
fn settings_are_put_and_shops_deleted() {
    let place = Place::with_shop();
    let file = place.write(
        "settings.json",
        "{\"encoders\": [], \"cutoff\": 0.25, \"attributes\": {\"颜色\": {\"type\": \"keywords\"}}}",
    );
    place.run(&["shop", "settings", "set", "tea", &file]).json();
    let settings = place.run(&["shop", "settings", "get", "tea"]).json();
    assert_eq!((&settings["cutoff"], &settings["attributes"]["颜色"]["type"]), (&0.25.into(), &"keywords".into()));
    assert_eq!(place.run(&["shop", "delete", "tea"]).code, 2, "deleting needs a yes");
    assert_eq!(place.run(&["shop", "list", "--json"]).json()["shops"][0]["id"], "tea");
    place.run(&["shop", "delete", "tea", "--yes", "--json"]).json();
    assert_eq!(place.run(&["shop", "list", "--json"]).json()["shops"], serde_json::json!([]));
}

#[test]
fn the_doctor_finds_damage_and_wrong_models() {
    let place = Place::with_shop();
    let items = place.write("items.jsonl", "{\"id\":\"1\",\"title\":\"绿茶\"}\n{\"id\":\"2\",\"title\":\"tea\"}\n");
    place.run(&["import", "items", &items, "--shop", "tea", "--json"]).json();
    place.write("models/broken/net.onnx", "abc");
    let manifest = "{\"id\":\"broken\",\"dims\":3,\"languages\":[\"zh\"],\"files\":[{\"name\":\"net.onnx\",\"bytes\":3,\"sha256\":\"00\"}]}";
    place.write("models/broken/model.json", manifest);
    let args = ["--models-dir", "models", "--bind", "127.0.0.1:0"];
    let ran = place.run(&[&["doctor", "--json"][..], &args].concat());
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let state = |check: &str| {
        let checks = report["checks"].as_array().unwrap();
        checks.iter().find(|found| found["check"].as_str().unwrap().starts_with(check)).unwrap()["state"].clone()
    };
    assert_eq!(
        (state("log of tea"), state("model broken"), state("address")),
        ("ok".into(), "fail".into(), "ok".into())
    );
    let models = place.run(&["models", "list", "--models-dir", "models", "--json"]).json();
    assert_eq!(models["models"][0]["bytes"], 3);
    assert_eq!(place.run(&["models", "verify", "--models-dir", "models"]).code, 1);
}

#[test]
fn health_tells_whether_a_server_is_ready() {
    let place = Place::new();
    let server = Server::start(&place, &[]);
    let url = format!("http://{}", server.address);
    let ran = place.run(&["health", "--url", &url]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "ready\n"), "{}", ran.err);
    assert_eq!(place.run(&["health", "--url", &url, "--json"]).json()["status"], "ready");
    server.kill();
    assert_eq!(place.run(&["health", "--url", &url]).code, 1);
}

#[test]
fn the_demo_loads_once_and_goes_on_where_it_was() {
    let place = Place::new();
    let args = ["demo", "--no-serve", "--words-only", "--shop", "amazon", "--json"];
    let first = place.run(&args);
    assert_eq!(first.json()["shops"][0]["items"], 6764);
    assert!(first.err.contains("amazon: catalogue"), "{}", first.err);
    let second = place.run(&args);
    assert_eq!(second.json()["shops"][0]["events"], 6764);
    assert!(!second.err.contains("amazon: catalogue"), "{}", second.err);
    // A first start that was interrupted before it was noted down as done.
    fs_err::remove_file(place.path("data/demo/documents/demo")).unwrap();
    let again = place.run(&args);
    assert_eq!(again.json()["shops"][0]["events"], 6764);
    assert!(again.err.contains("amazon: catalogue"), "{}", again.err);
}

/// Certificate and key of the server's own tests.
fn pair(place: &Place, name: &str) -> [String; 2] {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/src/tests/tls");
    ["cert", "key"].map(|part| {
        let path = place
            .write(&format!("{name}.{part}.pem"), fs_err::read(folder.join(format!("{name}.{part}.pem"))).unwrap());
        #[cfg(unix)]
        fs_err::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path
    })
}

#[test]
fn https_is_served_asked_and_checked() {
    let place = Place::with_shop();
    let [cert, key] = pair(&place, "first");
    let tls = ["--tls-cert", cert.as_str(), "--tls-key", key.as_str()];
    let server = Server::start(&place, &tls);
    let port = server.address.rsplit(':').next().unwrap().to_owned();
    let file =
        place.write("m.toml", format!("bind = \"127.0.0.1:{port}\"\ntls_cert = \"{cert}\"\ntls_key = \"{key}\"\n"));
    assert_eq!(place.run(&["health", "--config", &file]).out.trim(), "ready");
    // The certificate is for `localhost`, and trusted where the configuration names it; nowhere else.
    let url = format!("https://localhost:{port}");
    let admin = server.admin_key.clone().unwrap();
    let list = ["shop", "list", "--url", &url, "--key", &admin, "--json"];
    let listed = place.run(&[&list[..], &["--config", &file]].concat());
    assert_eq!(listed.json()["shops"][0]["id"], "tea");
    assert_ne!(place.run(&list).code, 0);
    drop(server);
    let check = |tls: &[String; 2], state: &str, found: &str| {
        let ran = place.run(&["doctor", "--json", "--tls-cert", &tls[0], "--tls-key", &tls[1]]);
        let checks: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let all = checks["checks"].as_array().unwrap();
        let one = all.iter().find(|check| check["check"].as_str().unwrap().starts_with("certificate")).unwrap();
        assert!(one["state"] == state && one["found"].as_str().unwrap().contains(found), "{one}");
    };
    check(&[cert.clone(), key.clone()], "ok", "belongs to it");
    check(&pair(&place, "over"), "fail", "expired");
    check(&[cert.clone(), pair(&place, "second")[1].clone()], "fail", "second.key.pem");
    check(&[place.path("none.pem").display().to_string(), key], "fail", "none.pem");
    let half = place.run(&["serve", "--tls-cert", &cert]);
    assert!(half.code == 2 && half.err.contains("expected tls_key"), "{}", half.err);
}

#[test]
fn weak_keys_and_addresses_without_encryption_are_told() {
    let place = Place::with_shop();
    let env = [("MERCATO_ADMIN_KEY", "secret")];
    let table = place.run_with(&["doctor", "--bind", "0.0.0.0:0"], &env).out;
    assert!(table.contains("can be guessed") && table.contains("in the clear") && !table.contains("secret"), "{table}");
}

#[test]
fn completions_and_manual_pages_are_made_of_the_commands() {
    let place = Place::new();
    for (shell, says) in [("bash", "_mercato()"), ("zsh", "#compdef mercato"), ("fish", "complete -c mercato")] {
        let script = place.run(&["completions", shell]);
        assert!(script.code == 0 && script.out.contains(says) && script.out.contains("policies"), "{shell}");
    }
    assert_eq!(place.run(&["man", "pages"]).code, 0);
    assert!(place.read("pages/mercato-serve.1").contains("tls\\-cert"));
    assert!(place.path("pages/mercato.1").is_file());
}
