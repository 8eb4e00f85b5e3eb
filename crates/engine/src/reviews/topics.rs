use types::FieldError;

/// What texts of another domain speak of, and what is praise and blame there.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TextTopics {
    /// Each topic with the words that name it.
    pub topics: Vec<(String, Vec<String>)>,
    /// Words that are praise (above 0) or blame (below 0) in this domain.
    pub opinions: Vec<(f32, String)>,
}

/// Topics at most.
const TOPICS_MAX: usize = 200;
/// What an own word of praise or blame counts: as much as "good" and "bad".
const OPINION: f32 = 1.0;

impl TextTopics {
    /// Reads topics, one a line: a name, a colon, and the words that name it, separated by commas. Lines that begin with
    /// `+:` or `-:` list words of praise and blame; `#` begins a comment.
    ///
    /// ```
    /// let topics = engine::TextTopics::parse("利率: 加息, 降息, interest rate\nearnings: profit, 利润\n-: plunge, 暴跌").unwrap();
    /// assert_eq!((topics.topics.len(), topics.opinions.len()), (2, 2));
    /// ```
    ///
    /// # Errors
    /// A [`FieldError`] naming the line.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let mut read = Self::default();
        for (number, line) in (1..).zip(text.trim_start_matches('\u{FEFF}').lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |expected: &str| FieldError::new("topic_invalid", format!("line {number}"), expected, line);
            let expected = "a name, a colon, and words separated by commas, such as `rates: interest rate, 加息`";
            let (name, words) = line.split_once([':', '：']).ok_or_else(|| wrong(expected))?;
            let words = words.split([',', '，', '、']).map(str::trim).filter(|word| !word.is_empty());
            let words: Vec<String> = words.map(str::to_owned).collect();
            let name = name.trim();
            if words.is_empty() || name.is_empty() || name.chars().count() > 64 {
                return Err(wrong(expected));
            }
            match name {
                "+" => read.opinions.extend(words.into_iter().map(|word| (OPINION, word))),
                "-" => read.opinions.extend(words.into_iter().map(|word| (-OPINION, word))),
                _ if read.topics.iter().any(|(known, _)| known == name) => {
                    return Err(wrong("a name that no other topic has"));
                }
                _ if read.topics.len() >= TOPICS_MAX => return Err(wrong("at most 200 topics")),
                _ => read.topics.push((name.to_owned(), words)),
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_lines_are_named() {
        let wrong = |text: &str| TextTopics::parse(text).unwrap_err().field;
        assert_eq!(wrong("rates: a\nnothing"), "line 2");
        assert_eq!(
            (wrong("rates:"), wrong(": a"), wrong("a: b\n\na: c")),
            ("line 1".into(), "line 1".into(), "line 3".into())
        );
        let many: String = (0..201).map(|n| format!("t{n}: w{n}\n")).collect();
        assert_eq!(wrong(&many), "line 201");
        let read = TextTopics::parse("\u{FEFF}# finance\n利率：加息，降息\n+: 上涨、盈利").unwrap();
        assert_eq!(read.topics, [("利率".to_owned(), vec!["加息".to_owned(), "降息".to_owned()])]);
        assert_eq!(read.opinions.len(), 2);
    }
}
