//! Terms of stretches of Chinese, and of other scripts without blanks between words.

use std::sync::LazyLock;

use jieba_rs::Jieba;

/// Receives a term, the bytes of the stretch it stands for, and its place counted from the stretch's first character.
pub(crate) type Emit<'a> = dyn FnMut(&str, usize, usize, u32) + 'a;

/// The dictionary; takes some .1 s when first asked for.
pub(crate) fn dictionary() -> &'static Jieba {
    static DICTIONARY: LazyLock<Jieba> = LazyLock::new(Jieba::new);
    &DICTIONARY
}

/// What is indexed of a Chinese stretch: characters, bigrams, and the dictionary's words of three characters and more
/// (shorter ones are among the others). Returns how many places it takes.
pub(crate) fn item_terms(stretch: &str, emit: &mut Emit<'_>) -> u32 {
    // In order of position, as the index wants them: all words that begin at a character follow its bigram.
    let mut words: Vec<(usize, usize)> = Vec::new();
    for token in dictionary().cut_for_search(stretch, false) {
        if token.word.chars().nth(2).is_some() {
            words.push((token.byte_start, token.byte_end));
        }
    }
    words.sort_unstable();
    words.dedup();
    let mut words = words.into_iter().peekable();
    each_gram(stretch, emit, &mut |start, place, emit| {
        while let Some((from, to)) = words.next_if(|(from, _)| *from == start) {
            emit(&stretch[from..to], from, to, place);
        }
    })
}

/// What is looked for of a Chinese stretch in a query.
pub(crate) fn query_terms(stretch: &str, emit: &mut Emit<'_>) -> u32 {
    grams(stretch, emit)
}

/// Characters and bigrams of a stretch. Returns how many places it takes.
pub(crate) fn grams(stretch: &str, emit: &mut Emit<'_>) -> u32 {
    each_gram(stretch, emit, &mut |_, _, _| {})
}

/// Emits each character and the bigram it begins, then lets `also` emit what else begins there.
fn each_gram(stretch: &str, emit: &mut Emit<'_>, also: &mut dyn FnMut(usize, u32, &mut Emit<'_>)) -> u32 {
    let mut place = 0;
    let mut chars = stretch.char_indices().peekable();
    while let Some((start, character)) = chars.next() {
        let end = start + character.len_utf8();
        emit(&stretch[start..end], start, end, place);
        if let Some((_, next)) = chars.peek() {
            let end = end + next.len_utf8();
            emit(&stretch[start..end], start, end, place);
        }
        also(start, place, emit);
        place += 1;
    }
    place
}
