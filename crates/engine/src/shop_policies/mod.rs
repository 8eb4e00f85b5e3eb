//! What a shop says of itself, so that shoppers can be answered: returns, shipping, warranty, frequent questions. (What
//! decides a slate is a policy, too, and another thing: [`crate::Policy`].)

mod passages;

use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use store::Store;
use types::{FieldError, Language};

use crate::{Result, Shop};
use passages::Passages;

const DOCUMENT: &str = "policies";
/// Texts of a shop, at most.
const POLICIES_MAX: usize = 200;
/// Characters of an id, a title, a text and an address, at most.
const ID_CHARS_MAX: usize = 64;
const TITLE_CHARS_MAX: usize = 200;
const TEXT_CHARS_MAX: usize = 20_000;
const URL_CHARS_MAX: usize = 2_000;

/// A text of the shop about itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShopPolicy {
    /// Its name, such as `returns`.
    pub id: String,
    /// What it is about, or the question it answers.
    pub title: String,
    /// What it says; parts are parted by empty lines.
    pub text: String,
    /// Its language.
    pub language: Language,
    /// Where shoppers read it.
    pub url: Option<String>,
}

/// A part of a text that answers a question.
#[derive(Clone, PartialEq, Debug)]
pub struct FoundPolicy {
    /// The text it stands in.
    pub policy: ShopPolicy,
    /// The part.
    pub passage: String,
    /// How well it fits, by BM25; only to be compared with others of the same answer.
    pub score: f32,
}

/// A shop's texts with what finds their passages.
#[derive(Default)]
pub(crate) struct ShopPolicies {
    all: Arc<[ShopPolicy]>,
    /// Made when it is first needed: a shop that nobody asks opens no slower for its texts.
    passages: OnceLock<Passages>,
}

impl ShopPolicies {
    fn new(all: Vec<ShopPolicy>) -> Self {
        Self { all: all.into(), passages: OnceLock::new() }
    }

    fn passages(&self) -> &Passages {
        self.passages.get_or_init(|| Passages::new(&self.all))
    }
}

impl Shop {
    /// What the shop says of itself, in its order.
    pub fn policies(&self) -> Vec<ShopPolicy> {
        self.core.shop_policies.load().all.to_vec()
    }

    /// Puts other texts in place of all there were; the next question is answered from them. Nothing is changed where they
    /// are refused.
    ///
    /// # Errors
    /// A text that is refused, or a document that cannot be written.
    pub fn set_policies(&self, policies: Vec<ShopPolicy>) -> Result<()> {
        let policies = checked_policies(policies)?;
        let _one_at_a_time = self.core.deciding.lock();
        self.core.store.documents().put(DOCUMENT, &to_bytes(&policies))?;
        let policies = ShopPolicies::new(policies);
        policies.passages();
        self.core.shop_policies.store(Arc::new(policies));
        Ok(())
    }

    /// Passages of the shop's texts that have words of a question, the best first, at most one of each text.
    pub fn find_policies(&self, question: &str, limit: usize) -> Vec<FoundPolicy> {
        let policies = self.core.shop_policies.load();
        let found = policies.passages().search(question, limit).into_iter();
        let found = found.filter_map(|(place, passage, score)| {
            Some(FoundPolicy { policy: policies.all.get(place)?.clone(), passage, score })
        });
        found.collect()
    }
}

/// Texts with blanks put right.
///
/// # Errors
/// A [`FieldError`] naming the first that is wrong.
pub fn checked_policies(mut policies: Vec<ShopPolicy>) -> std::result::Result<Vec<ShopPolicy>, FieldError> {
    let wrong = |field: String, expected: String, got: String| FieldError::new("value_invalid", field, expected, got);
    if policies.len() > POLICIES_MAX {
        return Err(wrong("policies".into(), format!("at most {POLICIES_MAX}"), policies.len().to_string()));
    }
    for at in 0..policies.len() {
        let (before, rest) = policies.split_at_mut(at);
        let Some(policy) = rest.first_mut() else { break };
        let field = |name: &str| format!("policies[{at}].{name}");
        let is_name = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
        if !fits(&policy.id, ID_CHARS_MAX) || !policy.id.chars().all(is_name) {
            let expected = format!("1 to {ID_CHARS_MAX} letters, digits, - and _");
            return Err(wrong(field("id"), expected, policy.id.clone()));
        }
        if before.iter().any(|other| other.id == policy.id) {
            return Err(wrong(field("id"), "each id once".into(), policy.id.clone()));
        }
        for (name, text, most) in
            [("title", &mut policy.title, TITLE_CHARS_MAX), ("text", &mut policy.text, TEXT_CHARS_MAX)]
        {
            *text = text.trim().to_owned();
            if !fits(text, most) {
                let expected = format!("1 to {most} characters, with letters");
                return Err(wrong(field(name), expected, format!("{} characters", text.chars().count())));
            }
        }
        let is_url = |url: &String| {
            let begins = url.starts_with("https://") || url.starts_with("http://");
            begins && url.chars().count() <= URL_CHARS_MAX && !url.chars().any(|c| c.is_whitespace() || c.is_control())
        };
        if let Some(url) = policy.url.as_ref().filter(|url| !is_url(url)) {
            let expected = format!("an address that begins with https://, of at most {URL_CHARS_MAX} characters");
            return Err(wrong(field("url"), expected, url.clone()));
        }
    }
    Ok(policies)
}

/// Whether a text says something, and not too much.
fn fits(text: &str, chars_max: usize) -> bool {
    text.chars().any(char::is_alphanumeric) && text.chars().count() <= chars_max
}

/// The texts on disk. A document of another version is no reason not to open the shop.
pub(crate) fn read(store: &Store) -> Result<ShopPolicies> {
    let Some(bytes) = store.documents().get(DOCUMENT)? else { return Ok(ShopPolicies::default()) };
    let policies = from_bytes(&bytes).unwrap_or_else(|| {
        tracing::error!("the shop's policies cannot be read");
        Vec::new()
    });
    Ok(ShopPolicies::new(policies))
}

fn to_bytes(policies: &[ShopPolicy]) -> Vec<u8> {
    let one = |policy: &ShopPolicy| {
        let language = policy.language.code();
        json!({ "id": policy.id, "title": policy.title, "text": policy.text, "language": language, "url": policy.url })
    };
    Value::Array(policies.iter().map(one).collect()).to_string().into_bytes()
}

fn from_bytes(bytes: &[u8]) -> Option<Vec<ShopPolicy>> {
    let document: Value = serde_json::from_slice(bytes).ok()?;
    let one = |policy: &Value| {
        let text = |name: &str| policy[name].as_str().map(str::to_owned);
        let language = Language::from_code(policy["language"].as_str()?);
        Some(ShopPolicy { id: text("id")?, title: text("title")?, text: text("text")?, language, url: text("url") })
    };
    document.as_array()?.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(id: &str, title: &str, text: &str) -> ShopPolicy {
        let (id, title, text) = (id.to_owned(), title.to_owned(), text.to_owned());
        ShopPolicy { id, title, text, language: Language::English, url: None }
    }

    #[test]
    fn what_is_refused_is_named() {
        let check =
            |policies: Vec<ShopPolicy>| checked_policies(policies).map_or_else(|error| error.field, |_| "fine".into());
        assert_eq!(check(vec![policy("退货", " 退货 ", "七天无理由退货")]), "fine");
        assert_eq!(check(vec![policy("a b", "t", "x")]), "policies[0].id");
        assert_eq!(check(vec![policy("a", "t", "x"), policy("a", "t", "x")]), "policies[1].id");
        assert_eq!(check(vec![policy("a", "?!", "x")]), "policies[0].title");
        assert_eq!(check(vec![policy("a", "t", &"长".repeat(20_001))]), "policies[0].text");
        let url = Some("javascript:alert(1)".to_owned());
        assert_eq!(check(vec![ShopPolicy { url, ..policy("a", "t", "x") }]), "policies[0].url");
        assert_eq!(check((0..201).map(|n| policy(&format!("p{n}"), "t", "x")).collect()), "policies");
    }

    #[test]
    fn the_document_gives_back_what_was_put_in() {
        let mut policies =
            vec![policy("returns", "Returns", "Within 30 days.\n\nUnworn."), policy("发货", "发货", "当天发货")];
        policies[1].url = Some("https://shop.example/发货".to_owned());
        policies[1].language = Language::Chinese;
        assert_eq!(from_bytes(&to_bytes(&policies)), Some(policies));
        assert_eq!(from_bytes(b"{}"), None);
    }
}
