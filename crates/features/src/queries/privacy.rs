use super::numbers::number;

/// Data of a person that a query seems to hold.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Personal {
    /// An e-mail address.
    Email,
    /// A telephone number: mobile or landline, national or international.
    Phone,
    /// The number of an identity card, or a social security number.
    IdCard,
    /// The number of a bank or credit card.
    CardNumber,
    /// Another number too long to be a size or a model: an account, an order, a parcel.
    LongNumber,
    /// The address of a page.
    Url,
    /// A postal address down to the house.
    Address,
    /// The licence plate of a car.
    Plate,
    /// A name in a messenger.
    Contact,
    /// What looks like a password or a key.
    Secret,
}

impl Personal {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::IdCard => "id-card",
            Self::CardNumber => "card-number",
            Self::LongNumber => "long-number",
            Self::Url => "url",
            Self::Address => "address",
            Self::Plate => "plate",
            Self::Contact => "contact",
            Self::Secret => "secret",
        }
    }
}

/// What personal data a query seems to hold, if any: a best effort by shape, which errs on the side of refusing. Bar codes
/// with the right check digit (GTIN) are no personal data. Names of people cannot be told from other words; that at
/// least k people must have asked a query protects those.
///
/// ```
/// use features::{Personal, personal};
///
/// assert_eq!(personal("顺丰 138-0013-8000"), Some(Personal::Phone));
/// assert_eq!(personal("wh-1000xm4 耳机"), None);
/// ```
pub fn personal(query: &str) -> Option<Personal> {
    let letters: Vec<char> = query.chars().map(plain).collect();
    let digits = letters.iter().filter(|letter| letter.is_ascii_digit()).count();
    let plain = || letters.iter().collect::<String>();
    if letters.contains(&'@') && is_email(&letters) {
        return Some(Personal::Email);
    }
    // Most queries hold none of the signs, and are done here.
    if (letters.contains(&'.') || letters.contains(&':')) && is_url(&plain()) {
        return Some(Personal::Url);
    }
    let spelled = letters.iter().filter(|letter| chinese_digit(**letter).is_some()).count();
    if digits + spelled >= SHORTEST
        && let Some(found) = number(&letters).or_else(|| number(&unspelled(&letters)))
    {
        return Some(found);
    }
    if digits + spelled > 0 { sign(&letters) } else { None }
}

/// What personal data that is no number by itself, but holds digits, a text seems to hold.
fn sign(letters: &[char]) -> Option<Personal> {
    if is_plate(letters) {
        Some(Personal::Plate)
    } else if is_address(letters) {
        Some(Personal::Address)
    } else if is_contact(letters) {
        Some(Personal::Contact)
    } else {
        is_secret(letters).then_some(Personal::Secret)
    }
}

/// No number of fewer digits is taken for personal.
const SHORTEST: usize = 7;

/// A letter as small letters and half-width forms show it; digits of other scripts as ASCII digits.
fn plain(letter: char) -> char {
    let letter = match letter {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(letter as u32 - 0xFEE0).unwrap_or(letter),
        '\u{3000}' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        // Arabic-Indic and Persian digits.
        '\u{660}'..='\u{669}' => char::from(b'0' + (letter as u32 - 0x660) as u8),
        '\u{6F0}'..='\u{6F9}' => char::from(b'0' + (letter as u32 - 0x6F0) as u8),
        '①'..='⑨' => char::from(b'1' + (letter as u32 - '①' as u32) as u8),
        other => other,
    };
    letter.to_ascii_lowercase()
}

fn chinese_digit(letter: char) -> Option<char> {
    let digits = ["零〇洞", "一壹幺", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒拐", "八捌", "九玖勾"];
    digits.iter().zip('0'..='9').find(|(written, _)| written.contains(letter)).map(|(_, digit)| digit)
}

/// The letters with digits that are spelled out as characters (一三八...) as digits, where there are many in a row: a
/// single 一 is a word, or stands for a dash.
fn unspelled(letters: &[char]) -> Vec<char> {
    let mut plain = letters.to_vec();
    let mut at = 0;
    while at < letters.len() {
        let run = letters[at..].iter().take_while(|letter| chinese_digit(**letter).is_some()).count();
        if run >= SHORTEST {
            let digits = letters[at..at + run].iter().filter_map(|letter| chinese_digit(*letter));
            plain[at..at + run].iter_mut().zip(digits).for_each(|(letter, digit)| *letter = digit);
        }
        at += run.max(1);
    }
    plain
}

fn is_email(letters: &[char]) -> bool {
    let ats = letters.iter().enumerate().filter(|(_, letter)| **letter == '@').map(|(at, _)| at);
    ats.into_iter().any(|at| {
        let name = letters[..at].last().is_some_and(|last| last.is_alphanumeric() || "._%+-".contains(*last));
        let host: String = letters[at + 1..].iter().take_while(|c| c.is_alphanumeric() || ".-".contains(**c)).collect();
        let labels: Vec<&str> = host.split('.').collect();
        name && labels.len() > 1 && labels[..2].iter().all(|label| !label.is_empty())
    })
}

fn is_url(text: &str) -> bool {
    let with_path = |token: &str| {
        let Some((host, path)) = token.split_once('/') else { return false };
        let known = ["com", "cn", "net", "org", "io", "co", "uk", "de", "fr", "jp", "hk", "tw", "app", "shop", "me"];
        let end = host.rsplit_once('.').map(|(_, end)| end);
        end.is_some_and(|end| known.contains(&end)) && !path.is_empty()
    };
    ["://", "www."].iter().any(|sign| text.contains(sign)) || text.split_whitespace().any(with_path)
}

/// A province, a letter, and five or six letters and digits: 京A12345, with or without a point.
fn is_plate(letters: &[char]) -> bool {
    const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
    letters.windows(2).enumerate().any(|(at, pair)| {
        let rest = letters[at + 2..].iter().skip_while(|letter| "·.- ".contains(**letter));
        let rest: Vec<char> = rest.copied().take_while(char::is_ascii_alphanumeric).collect();
        let digits = rest.iter().filter(|letter| letter.is_ascii_digit()).count();
        PROVINCES.contains(pair[0])
            && pair[1].is_ascii_lowercase()
            && matches!(rest.len(), 5 | 6)
            && digits + 2 >= rest.len()
    })
}

fn is_address(letters: &[char]) -> bool {
    chinese_address(letters) || english_address(&letters.iter().collect::<String>())
}

/// A road or estate followed within some characters by the number of a house, a block or a flat: 中山路12号.
fn chinese_address(letters: &[char]) -> bool {
    const PLACES: &str = "路街道巷弄村镇区苑里园城屯";
    const NUMBERED: &str = "号號弄栋幢座室楼";
    const BETWEEN: usize = 10;
    let numbered = |rest: &[char]| {
        let rest = &rest[..rest.len().min(BETWEEN)];
        let is_number = |letter: char| letter.is_ascii_digit() || chinese_digit(letter).is_some() || letter == '十';
        (1..rest.len()).any(|at| NUMBERED.contains(rest[at]) && is_number(rest[at - 1]))
            || rest.windows(3).any(|three| is_number(three[0]) && three[1..] == ['单', '元'])
    };
    (1..letters.len()).any(|at| PLACES.contains(letters[at]) && numbered(&letters[at + 1..]))
}

/// A number, one to three words and a word for a street: 221b baker street, london.
fn english_address(text: &str) -> bool {
    const STREETS: &str = " street avenue ave road rd lane boulevard blvd ";
    const UNITS: &str = " inch in ft cm mm m tb gb mb piece pcs pack player volt v w watt speed off on a the of for ";
    let words: Vec<&str> = text.split([' ', ',', '.']).filter(|word| !word.is_empty()).collect();
    let within = |list: &str, word: &str| list.contains(&format!(" {word} "));
    words.iter().enumerate().any(|(at, word)| {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let is_house = (1..=5).contains(&digits) && word.len() - digits <= 1;
        let street = (at + 2..words.len().min(at + 5)).find(|street| within(STREETS, words[*street]));
        let named = |street: usize| {
            let between = &words[at + 1..street];
            between.iter().all(|word| word.bytes().all(|letter| letter.is_ascii_alphabetic()) && !within(UNITS, word))
        };
        is_house && street.is_some_and(named)
    })
}

/// A messenger's name followed by what may be somebody's name there, with digits: 微信 abc123.
fn is_contact(letters: &[char]) -> bool {
    const MESSENGERS: [&str; 9] = ["微信", "vx", "weixin", "wechat", "qq", "whatsapp", "telegram", "加v", "line id"];
    let text: String = letters.iter().collect();
    MESSENGERS.iter().any(|messenger| {
        text.match_indices(messenger).any(|(at, _)| {
            let starts_word = !text[..at].ends_with(|before: char| before.is_ascii_alphanumeric());
            let behind = &text[at + messenger.len()..];
            let rest = behind.trim_start_matches([' ', ':', '：', '号', '群', '=']);
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).collect();
            let digits = name.bytes().filter(u8::is_ascii_digit).count();
            // Joined to a Latin name, letters and digits are a model's: vx5-591g.
            let apart = rest.len() < behind.len() || !messenger.is_ascii() || digits == name.len();
            starts_word && apart && name.len() >= 6 && digits >= 3
        })
    })
}

/// Twenty letters and digits or more in one, changing often from one to the other.
fn is_secret(letters: &[char]) -> bool {
    letters.split(|letter| !letter.is_ascii_alphanumeric()).any(|token| {
        let digits = token.iter().filter(|letter| letter.is_ascii_digit()).count();
        let changes = token.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
        token.len() >= 20 && digits >= 5 && changes >= 6
    })
}
