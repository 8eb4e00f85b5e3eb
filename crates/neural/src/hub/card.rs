use serde_json::Value;

/// What a model's card says in its head: the part that people may rely on, licence and languages, and the prose to look
/// for hints in.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Card {
    pub(super) licence: Option<String>,
    pub(super) languages: Vec<String>,
    prose: String,
}

/// Words put before texts by models in wide use. Where a card has one of them, the model likely wants it.
const KNOWN_PREFIXES: &[&str] = &[
    "query: ",
    "passage: ",
    "search_query: ",
    "search_document: ",
    "Represent this sentence for searching relevant passages: ",
    "为这个句子生成表示以用于检索相关文章：",
];

impl Card {
    /// Reads a card (`README.md`), and what the hub made of its head, which goes before.
    pub(super) fn read(readme: Option<&[u8]>, data: Option<&Value>) -> Self {
        let text = readme.map(String::from_utf8_lossy).unwrap_or_default();
        let (head, prose) = split(&text);
        let mut card = Self {
            licence: values(head, "license").first().map(|id| named(id, &values(head, "license_name"))),
            languages: values(head, "language"),
            prose: prose.to_owned(),
        };
        if let Some(data) = data {
            let names = listed(&data["license_name"]);
            card.licence = listed(&data["license"]).first().map(|id| named(id, &names)).or(card.licence);
            let languages = listed(&data["language"]);
            card.languages = if languages.is_empty() { card.languages } else { languages };
        }
        card.languages = codes(&card.languages);
        card
    }

    /// The usual prefixes that the card mentions.
    pub(super) fn prefixes(&self) -> Vec<&'static str> {
        KNOWN_PREFIXES.iter().copied().filter(|prefix| self.prose.contains(prefix)).collect()
    }
}

/// The head between two lines of `---`, and what follows.
fn split(text: &str) -> (&str, &str) {
    let Some(rest) = text.trim_start_matches('\u{FEFF}').trim_start().strip_prefix("---") else { return ("", text) };
    rest.split_once("\n---").unwrap_or(("", text))
}

/// The values of a key at the top level of a head in YAML: `key: value`, `key: [a, b]`, or lines of `- a` below it.
/// Cards use no more of YAML than that for the keys that matter here, so a parser of the whole is not needed.
fn values(head: &str, key: &str) -> Vec<String> {
    let mut lines = head.lines();
    let value = lines.by_ref().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    let Some(value) = value.map(str::trim) else { return Vec::new() };
    let plain = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    let mut values: Vec<String> = if value.is_empty() {
        lines.map_while(|line| line.trim().strip_prefix("- ")).map(plain).collect()
    } else {
        value.trim_start_matches('[').trim_end_matches(']').split(',').map(plain).collect()
    };
    values.retain(|value| !value.is_empty());
    values
}

/// One string or a list of them.
fn listed(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The licence as SPDX names it, where the hub's lower-case name is one of the common ones. Licences of other kinds
/// have a name beside.
fn named(id: &str, names: &[String]) -> String {
    let spdx = [
        "MIT",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "CC-BY-4.0",
        "CC-BY-SA-4.0",
        "CC-BY-NC-4.0",
        "CC-BY-NC-SA-4.0",
        "CC-BY-NC-ND-4.0",
        "GPL-3.0",
        "LGPL-3.0",
        "AGPL-3.0",
        "MPL-2.0",
        "Unlicense",
    ];
    match spdx.iter().find(|spdx| spdx.eq_ignore_ascii_case(id)) {
        Some(spdx) => (*spdx).to_owned(),
        None => names.first().filter(|_| id == "other").cloned().unwrap_or_else(|| id.to_owned()),
    }
}

/// Codes as settings know them. `multilingual` promises the two languages that are told apart here.
fn codes(languages: &[String]) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for language in languages {
        let language = language.to_lowercase();
        let found: &[&str] = match language.split(['-', '_']).next().unwrap_or_default() {
            "multilingual" => &["zh", "en"],
            "chinese" | "cmn" | "zho" => &["zh"],
            "english" | "eng" => &["en"],
            code => &[code],
        };
        codes.extend(found.iter().map(|code| (*code).to_owned()));
    }
    codes.retain(|code| (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase()));
    let mut seen = Vec::new();
    codes.retain(|code| {
        let fresh = !seen.contains(code);
        seen.push(code.clone());
        fresh
    });
    codes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn heads_are_read_in_the_forms_cards_use() {
        let card = |text: &str| Card::read(Some(text.as_bytes()), None);
        let list =
            card("---\ntags:\n- mteb\nlanguage:\n- multilingual\n- zh\n- \"en\"\nlicense: mit\n---\nUse query: first");
        assert_eq!(list.licence.as_deref(), Some("MIT"));
        assert_eq!(list.languages, ["zh", "en"]);
        assert_eq!(list.prefixes(), ["query: "]);
        let inline = card("---\nlicense: 'cc-by-nc-4.0'\nlanguage: [en, zh-CN]\n---\n# 模型");
        assert_eq!((inline.licence.as_deref(), inline.languages.len()), (Some("CC-BY-NC-4.0"), 2));
        let other = card("---\nlicense: other\nlicense_name: tongyi-qianwen\nlanguage: zh\n---\n");
        assert_eq!((other.licence.as_deref(), other.languages), (Some("tongyi-qianwen"), vec!["zh".to_owned()]));
        for bare in ["", "# no head", "---\nlicense: mit\nno end", "\u{FFFD}---"] {
            assert_eq!(card(bare).licence, None, "{bare}");
        }
    }

    #[test]
    fn what_the_hub_made_of_it_goes_before() {
        let data = json!({"license": "apache-2.0", "language": "en"});
        let card = Card::read(Some(b"---\nlicense: mit\nlanguage: zh\n---\n"), Some(&data));
        assert_eq!((card.licence.as_deref(), card.languages), (Some("Apache-2.0"), vec!["en".to_owned()]));
        assert_eq!(Card::read(None, Some(&json!({"license": ["mit"]}))).licence.as_deref(), Some("MIT"));
    }
}
