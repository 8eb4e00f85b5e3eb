//! Whether what looks like a number with a unit is one: units that are also other words, networks, years, brands.

use std::cell::OnceCell;

use crate::chinese;

use super::number::{Number, Style, chinese_digit};
use super::unit::{Dimension, Found, Unit};

/// What begins like a numeral with a unit and is a name.
const NAMES: &[&str] = &[
    "千斤顶",
    "三只松鼠",
    "六个核桃",
    "七个核桃",
    "七匹狼",
    "八匹马",
    "三元催化",
    "三元乙丙",
    "三元坊",
    "三元材料",
    "二元一次",
    "二次元",
    "一元一次",
    "两面针",
    "三顿半",
    "一条龙",
    "三分裤",
    "十块板",
    "五瓶装水",
    "三人行",
    "六人行",
    "四件套件",
    "百人百色",
    "三块石",
    "八度空间",
    "百度",
    "万孔",
    "三本松",
    "十度",
    "两人三足",
];

/// Words beside which `g` after a power of two is memory.
const MEMORY: &[&str] = &[
    "内存",
    "手机",
    "u盘",
    "优盘",
    "硬盘",
    "固态",
    "平板",
    "电脑",
    "笔记本",
    "存储",
    "显卡",
    "显存",
    "运存",
    "闪存",
    "sd卡",
    "tf卡",
    "ssd",
    "ram",
    "ddr",
    "memory",
    "storage",
    "phone",
    "ipad",
    "tablet",
    "laptop",
    "usb",
    "flash",
    "iphone",
    "gtx",
    "rtx",
];
/// Words beside which any small number of `g` is memory.
const CHIPS: &[&str] = &["内存", "显卡", "显存", "运存", "ddr", "ram", "gtx", "rtx"];
/// Words beside which `3g` to `5g` is a network.
const NETWORK: &[&str] = &[
    "手机", "网络", "上网", "路由", "流量", "随身", "无线", "移动", "联通", "电信", "wifi", "phone", "router", "modem",
    "sim", "cellular", "lte", "hotspot",
];

/// A unit in its place: the unit meant and how sure that is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Meant {
    pub(super) unit: Unit,
    pub(super) confidence: f32,
}

/// A text as surroundings of its amounts.
pub(super) struct Context<'a> {
    text: &'a str,
    is_about_memory: OnceCell<bool>,
    is_about_chips: OnceCell<bool>,
    is_about_networks: OnceCell<bool>,
}

impl<'a> Context<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            is_about_memory: OnceCell::new(),
            is_about_chips: OnceCell::new(),
            is_about_networks: OnceCell::new(),
        }
    }

    fn is_about_memory(&self) -> bool {
        *self.is_about_memory.get_or_init(|| MEMORY.iter().any(|word| self.text.contains(word)))
    }

    fn is_about_chips(&self) -> bool {
        *self.is_about_chips.get_or_init(|| CHIPS.iter().any(|word| self.text.contains(word)))
    }

    fn is_about_networks(&self) -> bool {
        *self.is_about_networks.get_or_init(|| NETWORK.iter().any(|word| self.text.contains(word)))
    }
}

/// Whether a unit of one letter goes on as part of a name: `2678v3`, and not `12v6a`.
fn is_name(rest: &str) -> bool {
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    digits > 0 && super::unit::unit_after(&rest[digits..]).is_none_or(|found| !found.touches)
}

/// What the unit `found` after `number` means in its text, where the number begins at `start` and the unit ends at
/// `end`; nothing where it is no unit at all.
pub(super) fn meant(context: &Context<'_>, start: usize, end: usize, number: &Number, found: &Found) -> Option<Meant> {
    let text = context.text;
    let rest = &text[end..];
    if number.style != Style::Digits && NAMES.iter().any(|name| text[start..].starts_with(name)) {
        return None;
    }
    let unit_start = start.max(end - (found.length.min(end)));
    let spelling = text[unit_start..end].trim_start_matches([' ', '-']);
    if splits_a_word(spelling, rest) {
        return None;
    }
    let latin = spelling.is_ascii() && spelling.starts_with(|first: char| first.is_ascii_alphabetic());
    if number.style != Style::Digits && number.style != Style::English && latin && found.touches {
        return None;
    }
    let is_money = matches!(found.unit, Unit::Money { .. });
    if number.max == 0.0 && !is_money {
        return None;
    }
    let confidence = match found.unit {
        Unit::Money { .. } => match money(spelling, rest, number) {
            Some(confidence) => confidence,
            // 块 also counts pieces of soap and chocolate: few of them, with their noun after it.
            None if spelling == "块" && number.min > 1.0 => {
                let unit = Unit::Measure { dimension: Dimension::Count, factor: 1.0 };
                return Some(Meant { unit, confidence: 0.6 });
            }
            None => return None,
        },
        Unit::Measure { dimension, .. } => {
            if let Some(unit) = as_memory(context, spelling, number) {
                return Some(Meant { unit, confidence: 0.8 });
            }
            measure(context, spelling, rest, number, dimension)?
        }
    };
    let letter = match found.is_letter {
        _ if latin && found.touches && is_name(rest) => 0.4,
        true if !found.touches => 0.85,
        _ => 1.0,
    };
    let style = match number.style {
        Style::Digits => 1.0,
        Style::Chinese | Style::ChineseRound => 0.9,
        Style::English => 0.85,
    };
    Some(Meant { unit: found.unit, confidence: confidence * letter * style })
}

/// Whether a Chinese unit is the beginning of a longer word (`125本田`, `5米色`), as the dictionary cuts it.
fn splits_a_word(spelling: &str, rest: &str) -> bool {
    const LOOK_AHEAD: usize = 5;
    let mut characters = spelling.chars();
    let is_one = characters.next().is_some_and(|first| !first.is_ascii()) && characters.next().is_none();
    let ahead: String = spelling.chars().chain(rest.chars()).take(LOOK_AHEAD).take_while(|c| !c.is_ascii()).collect();
    if !is_one || ahead.len() == spelling.len() {
        return false;
    }
    const FREE: &[&str] = &["以", "之", "左", "上", "内", "钱", "的", "装", "多", "半", "大", "长", "宽", "高"];
    if FREE.iter().any(|word| rest.starts_with(word)) {
        return false;
    }
    chinese::dictionary().cut(&ahead, false).first().is_some_and(|first| first.word.len() > spelling.len())
}

/// How sure it is that `spelling` after `number` is money.
fn money(spelling: &str, rest: &str, number: &Number) -> Option<f32> {
    let next = rest.trim_start_matches(' ').chars().next();
    let ends = next.is_none_or(|c| !c.is_alphanumeric() || rest.starts_with(' '));
    let limits = super::bound::after(rest).is_some();
    let said = ends || limits || matches!(next, Some('的' | '买' | '钱' | '多' | '包' | '一' | '/'));
    // `9块9`
    let said_in_part = next.is_some_and(|c| c.is_ascii_digit());
    match spelling {
        "块" if said || said_in_part => Some(0.95),
        "块" if number.min >= 50.0 => Some(0.6),
        "块" => None,
        // The sign of the next amount: `100 $20`.
        "$" | "¥" | "€" | "£" | "₹" if next.is_some_and(|c| c.is_ascii_digit()) => None,
        "刀" | "欧" | "圆" => said.then_some(0.6),
        "rs" | "rs." | "rm" => rest.is_empty().then_some(0.6),
        // 三元 and 二元 also begin terms of chemistry and mathematics.
        "元" if number.style == Style::Chinese && number.max < 10.0 && !limits => Some(0.5),
        _ => Some(0.97),
    }
}

/// How sure it is that `spelling` after `number` is a unit of `dimension`.
fn measure(context: &Context<'_>, spelling: &str, rest: &str, number: &Number, dimension: Dimension) -> Option<f32> {
    let value = number.min;
    let is_one = value == 1.0 && number.style != Style::Digits;
    let counts = matches!(dimension, Dimension::Count | Dimension::Parts | Dimension::Persons);
    let next = rest.trim_start_matches([' ', '-']).chars().next();
    match spelling {
        // `3 in 1`
        "in" if next.is_some_and(|c| c.is_ascii_digit()) || rest.trim_start_matches([' ', '-']).starts_with("one") => {
            None
        }
        "年" if (1900.0..2100.0).contains(&value) => None,
        // `18年` is more often a year than a duration, and `08年` always.
        "年" if value >= 10.0 && number.style == Style::Digits => Some(0.4),
        "年" if number.style == Style::Digits && number.length > 1 && value.fract() == 0.0 => None,
        "year" | "years" if (1900.0..2100.0).contains(&value) => None,
        "年" if rest.starts_with(['款', '产', '版', '级', '新']) => None,
        "p" => [240.0, 360.0, 480.0, 720.0, 1080.0, 1440.0, 2160.0, 4320.0].contains(&value).then_some(0.95),
        "g" if (2.0..=5.0).contains(&value) && value.fract() == 0.0 => (!context.is_about_networks()).then_some(0.5),
        "人" if rest.starts_with(['体', '民', '工', '参', '形', '造']) => None,
        "'" | "′" if next.is_some_and(|c| c.is_ascii_lowercase()) => None,
        "h" if value > 100.0 => None,
        "a" | "安" => Some(0.7),
        "转" => (!next.is_some_and(|c| c.is_ascii_alphanumeric())).then_some(0.7),
        // One to one, and a set as a noun.
        "对" if next.is_some_and(|c| c.is_ascii_digit() || chinese_digit(c).is_some()) => None,
        "套" if next == Some('装') => None,
        _ if counts && (is_one || value < 1.0) => None,
        "set" | "sets" | "unit" | "can" | "bar" | "in" if value == 1.0 => Some(0.5),
        _ if dimension == Dimension::Parts => Some(0.7),
        _ if counts && spelling.chars().count() == 1 => Some(0.8),
        _ => Some(0.95),
    }
}

/// The unit of memory, where `g` after a power of two stands beside words of electronics.
fn as_memory(context: &Context<'_>, spelling: &str, number: &Number) -> Option<Unit> {
    let is_power = [8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0].contains(&number.min);
    let is_small = [1.0, 2.0, 3.0, 4.0, 6.0, 12.0, 24.0].contains(&number.min);
    let is_memory = spelling == "g" && (is_power && context.is_about_memory() || is_small && context.is_about_chips());
    is_memory.then_some(Unit::Measure { dimension: Dimension::Memory, factor: 1.0 })
}
