use engine::ShopPolicy;
use serde::{Deserialize, Serialize};
use types::{FieldError, Language};
use utoipa::ToSchema;

/// What a shop says of itself.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"policies": [
    {"id": "returns", "title": "Can I return what I bought?", "language": "en", "url": "https://shop.example/returns",
        "text": "Within 30 days, unworn.\n\nSale items cannot be returned."},
    {"id": "tuihuo", "title": "退货政策", "text": "七天无理由退货，运费由买家承担。"}]}))]
pub(crate) struct PoliciesBody {
    /// All texts, at most 200; they take the place of those there were. An empty list takes all away.
    pub(crate) policies: Vec<PolicyBody>,
}

/// A text of a shop about itself: a policy, or the answer to a question.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyBody {
    /// Its name: letters, digits, - and _, at most 64.
    #[schema(example = "returns")]
    id: String,
    /// What it is about, or the question it answers; at most 200 characters.
    #[schema(example = "Can I return what I bought?")]
    title: String,
    /// What it says, at most 20,000 characters. Answers quote a passage: what stands between empty lines, or some sentences.
    #[schema(example = "Within 30 days, unworn.\n\nSale items cannot be returned.")]
    text: String,
    /// `en` or `zh`; guessed by the script where not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "en")]
    language: Option<String>,
    /// Where shoppers read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://shop.example/returns")]
    url: Option<String>,
}

impl PoliciesBody {
    /// Reads languages; the engine checks the rest.
    ///
    /// # Errors
    /// A [`FieldError`] naming the first that is wrong.
    pub(crate) fn read(self) -> Result<Vec<ShopPolicy>, FieldError> {
        let read = |(at, body): (usize, PolicyBody)| {
            let language = match body.language.as_deref() {
                None => Language::guess(&body.text),
                Some(code) => match Language::from_code(code) {
                    Language::Other if code != Language::Other.code() => {
                        let field = format!("policies[{at}].language");
                        return Err(FieldError::new("value_invalid", field, "en, zh or und", code));
                    }
                    known => known,
                },
            };
            Ok(ShopPolicy { id: body.id, title: body.title, text: body.text, language, url: body.url })
        };
        self.policies.into_iter().enumerate().map(read).collect()
    }
}

impl From<Vec<ShopPolicy>> for PoliciesBody {
    fn from(policies: Vec<ShopPolicy>) -> Self {
        let body = |policy: ShopPolicy| PolicyBody {
            id: policy.id,
            title: policy.title,
            text: policy.text,
            language: Some(policy.language.code().to_owned()),
            url: policy.url,
        };
        Self { policies: policies.into_iter().map(body).collect() }
    }
}
