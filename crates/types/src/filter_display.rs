use std::fmt;
use std::sync::Arc;

use crate::{Comparison, Filter, Literal};

/// Words the filter language reads as its own; as names or bare words they must be quoted.
const KEYWORDS: [&str; 10] = ["and", "or", "not", "in", "exists", "between", "under", "inside", "true", "false"];

/// Prints an expression that [`Filter::parse`] reads back as an equivalent filter (as the same one where every `And`
/// and `Or` has at least two parts).
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Every item has an id, so these two say "always" and "never".
            Self::And(parts) if parts.is_empty() => f.write_str("id exists"),
            Self::Or(parts) if parts.is_empty() => f.write_str("not id exists"),
            Self::And(parts) => write_joined(f, parts, " and "),
            Self::Or(parts) => write_joined(f, parts, " or "),
            Self::Not(part) => {
                f.write_str("not ")?;
                write_operand(f, part)
            }
            Self::Compare { attribute, comparison, value } => {
                write_name(f, attribute)?;
                write!(f, " {} {value}", comparison.symbol())
            }
            Self::In { attribute, values } => {
                write_name(f, attribute)?;
                f.write_str(" in [")?;
                write_list(f, values)?;
                f.write_str("]")
            }
            Self::Exists { attribute } => {
                write_name(f, attribute)?;
                f.write_str(" exists")
            }
            Self::Under { attribute, path } => {
                write_name(f, attribute)?;
                f.write_str(" under ")?;
                write_path(f, path)
            }
            Self::Inside { latitude, longitude, corners } => {
                write_name(f, latitude)?;
                f.write_str(" inside ")?;
                write_name(f, longitude)?;
                let numbers = corners.iter().flat_map(|(north, east)| [format!("{north:?}"), format!("{east:?}")]);
                write!(f, " [{}]", numbers.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write_quoted(f, text, '"'),
            // `Debug` prints the shortest digits that read back the same, with an exponent where it is shorter.
            Self::Number(number) => write!(f, "{number:?}"),
            Self::Boolean(yes) => write!(f, "{yes}"),
        }
    }
}

impl Comparison {
    /// The sign of the comparison in the filter language.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

fn write_joined(f: &mut fmt::Formatter<'_>, parts: &[Filter], joint: &str) -> fmt::Result {
    if let [only] = parts {
        return write!(f, "{only}");
    }
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(joint)?;
        }
        write_operand(f, part)?;
    }
    Ok(())
}

/// Writes a part of a larger condition, in parentheses where it joins parts itself.
fn write_operand(f: &mut fmt::Formatter<'_>, part: &Filter) -> fmt::Result {
    match part {
        Filter::And(parts) | Filter::Or(parts) if parts.len() > 1 => write!(f, "({part})"),
        Filter::And(parts) | Filter::Or(parts) if parts.len() == 1 => write_operand(f, &parts[0]),
        other => write!(f, "{other}"),
    }
}

fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let is_keyword = KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(name));
    // A name that begins with a digit or a sign could be read as a number.
    let begins_well = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if begins_well && name.chars().all(plain) && !is_keyword { f.write_str(name) } else { write_quoted(f, name, '`') }
}

fn write_path(f: &mut fmt::Formatter<'_>, path: &[Arc<str>]) -> fmt::Result {
    let plain = |part: &Arc<str>| !part.is_empty() && part.trim() == &**part && !part.contains('>');
    if !path.is_empty() && path.iter().all(plain) {
        return write_quoted(f, &path.join(" > "), '"');
    }
    let parts: Vec<Literal> = path.iter().map(|part| Literal::Text(Arc::clone(part))).collect();
    f.write_str("[")?;
    write_list(f, &parts)?;
    f.write_str("]")
}

fn write_list(f: &mut fmt::Formatter<'_>, values: &[Literal]) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{value}")?;
    }
    Ok(())
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str, quote: char) -> fmt::Result {
    use fmt::Write;
    f.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c == quote || c == '\\' => write!(f, "\\{c}")?,
            c if c.is_control() => write!(f, "\\u{{{:x}}}", c as u32)?,
            c => f.write_char(c)?,
        }
    }
    f.write_char(quote)
}
