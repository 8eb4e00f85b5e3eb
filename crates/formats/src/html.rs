//! HTML as pages and descriptions bring it: its scripts, and its words without the tags. Cut into tokens by html5ever, as
//! browsers do it, so that any text can be read; no tree is built.

use std::cell::RefCell;

use html5ever::TokenizerResult;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

/// Stands in words where a block ends; no token of text has it.
const BLOCK_END: char = '\0';

/// What stands in the scripts of this type.
pub(crate) fn scripts(page: &str, kind: &str) -> Vec<String> {
    let parts = tokenized(page, kind);
    parts.scripts.into_iter().filter(|script| !script.trim().is_empty()).collect()
}

/// The words of a text that may be HTML: tags gone, characters for their names, a line where a block ends. A text without
/// tags and names is given back as it is.
pub(crate) fn plain_text(text: &str) -> String {
    let has_names = text.contains('&') && text.contains(';');
    if !has_names && !text.contains('<') {
        return text.to_owned();
    }
    let words = tokenized(text, "").words;
    // Where tags end lines, the text's own line ends are mere spaces.
    let end = if words.contains(BLOCK_END) { BLOCK_END } else { '\n' };
    let lines = words.split(end).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn tokenized(text: &str, kind: &str) -> Parts {
    let sink = Sink { kind: kind.to_owned(), parts: RefCell::default(), inside: RefCell::default() };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(text));
    // It stops at scripts, to let them run.
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    tokenizer.end();
    tokenizer.sink.parts.into_inner()
}

#[derive(Default)]
struct Parts {
    words: String,
    scripts: Vec<String>,
}

#[derive(Default, PartialEq)]
enum Inside {
    #[default]
    Text,
    Wanted,
    Hidden,
}

/// Collects what tokens say.
struct Sink {
    /// The type of scripts that are wanted.
    kind: String,
    parts: RefCell<Parts>,
    inside: RefCell<Inside>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => return self.tag(&tag),
            Token::CharacterTokens(text) => match *self.inside.borrow() {
                Inside::Text => self.parts.borrow_mut().words.push_str(&text),
                Inside::Wanted => {
                    if let Some(script) = self.parts.borrow_mut().scripts.last_mut() {
                        script.push_str(&text);
                    }
                }
                Inside::Hidden => {}
            },
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Sink {
    fn tag(&self, tag: &Tag) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        let is_raw = ["script", "style"].contains(&name);
        match (tag.kind, is_raw) {
            (TagKind::StartTag, true) => {
                let is_wanted = tag.attrs.iter().any(|attribute| {
                    &*attribute.name.local == "type" && attribute.value.trim().eq_ignore_ascii_case(&self.kind)
                });
                if is_wanted {
                    self.parts.borrow_mut().scripts.push(String::new());
                }
                *self.inside.borrow_mut() = if is_wanted { Inside::Wanted } else { Inside::Hidden };
                let kind = if name == "script" { RawKind::ScriptData } else { RawKind::Rawtext };
                return TokenSinkResult::RawData(kind);
            }
            (TagKind::EndTag, true) => *self.inside.borrow_mut() = Inside::Text,
            (_, false) if is_inline(name) => {}
            (_, false) => self.parts.borrow_mut().words.push(BLOCK_END),
        }
        TokenSinkResult::Continue
    }
}

/// Tags inside a line of words; all others end one.
fn is_inline(name: &str) -> bool {
    const INLINE: [&str; 16] = [
        "a", "abbr", "b", "bdi", "code", "em", "font", "i", "img", "mark", "small", "span", "strong", "sub", "sup", "u",
    ];
    INLINE.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_without_tags() {
        for (html, text) in [
            ("plain 文字", "plain 文字"),
            ("5 < 6 & 7", "5 < 6 & 7"),
            (
                "<p>Light &amp; <b>fast</b>,\n \"mesh\".</p><ul><li>轻</li><li>快</li></ul>",
                "Light & fast, \"mesh\".\n轻\n快",
            ),
            ("a&nbsp;b<br/>c &#20013;", "a b\nc 中"),
            ("<script>alert(1)</script><style>p{}</style>x", "x"),
            ("one &amp; two\nthree", "one & two\nthree"),
            ("<p unclosed", ""),
        ] {
            assert_eq!(plain_text(html), text, "{html}");
        }
    }

    #[test]
    fn scripts_of_a_type() {
        let page = "<!doctype html><head><script>var a = '<script>';</script>\
            <script type=\"application/ld+json\">{\"a\": \"<b>1</b> &amp;\"}</script>\
            <SCRIPT TYPE='Application/LD+JSON'>[]</SCRIPT></head><body>&lt;";
        assert_eq!(scripts(page, "application/ld+json"), ["{\"a\": \"<b>1</b> &amp;\"}", "[]"]);
    }
}
