//! Traditional characters and the simplified ones they are matched as.

use std::sync::LazyLock;

/// The simplified form of a traditional character; any other character is returned as it is. The result takes as many
/// bytes of UTF-8 as the character.
///
/// One character stands for one: where a traditional character has several simplified forms the commonest is taken,
/// which is enough for matching, because both sides are treated alike.
pub fn simplified(character: char) -> char {
    let Some(offset) = u32::from(character).checked_sub(FIRST) else { return character };
    match SIMPLIFIED.get(offset as usize) {
        Some(0) | None => character,
        Some(code) => char::from_u32(u32::from(*code)).unwrap_or(character),
    }
}

/// A text with its traditional characters simplified, all others as they were.
pub fn simplify(text: &str) -> String {
    text.chars().map(simplified).collect()
}

/// The first character of the table, and how many it spans: the blocks of common Chinese characters.
const FIRST: u32 = 0x3400;
const COUNT: usize = 0xA000 - 0x3400;

/// By character from [`FIRST`] on: the simplified form, 0 for itself.
static SIMPLIFIED: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let mut table = vec![0; COUNT];
    for line in include_str!("../data/simplified.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut chars = line.chars();
        let Some(simplified) = chars.next().and_then(|form| u16::try_from(u32::from(form)).ok()) else { continue };
        for traditional in chars {
            let offset = u32::from(traditional).wrapping_sub(FIRST) as usize;
            if let Some(entry) = table.get_mut(offset) {
                *entry = simplified;
            }
        }
    }
    table
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traditional_becomes_simplified() {
        for (traditional, expected) in [
            ("連衣裙", "连衣裙"),
            ("無線耳機", "无线耳机"),
            ("麵包機 乾燥劑", "面包机 干燥剂"),
            ("後背包 皮鞋", "后背包 皮鞋"),
            ("枱燈 化粧品", "台灯 化妆品"),
            ("髮飾 頭髮", "发饰 头发"),
            ("红色 dress ｶ 💡", "红色 dress ｶ 💡"),
        ] {
            assert_eq!(simplify(traditional), expected);
        }
    }

    #[test]
    fn the_table_is_sound() {
        let mut changed = 0;
        for character in (FIRST..FIRST + COUNT as u32).filter_map(char::from_u32) {
            let form = simplified(character);
            assert_eq!(form.len_utf8(), character.len_utf8(), "{character}");
            assert_eq!(simplified(form), form, "{character} becomes {form}, which changes again");
            changed += usize::from(form != character);
        }
        assert!(changed > 2_900, "{changed}");
    }
}
