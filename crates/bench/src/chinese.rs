//! Chinese products put together from words, for the fixture has none: lengths and word order as in Chinese shops.

use types::Rng;

use crate::catalogue::pick;

const BRANDS: [&str; 16] = [
    "花田",
    "山野",
    "朵朵",
    "北极星",
    "云上",
    "青禾",
    "木木家",
    "小熊",
    "飞鹿",
    "海蓝",
    "晨光坊",
    "拾光",
    "悦己",
    "大力",
    "优居",
    "竹语",
];
const QUALITIES: [&str; 24] = [
    "新款",
    "夏季",
    "冬季",
    "加厚",
    "轻便",
    "防水",
    "宽松",
    "修身",
    "大容量",
    "便携",
    "复古",
    "简约",
    "高级感",
    "耐磨",
    "透气",
    "家用",
    "儿童",
    "女士",
    "男士",
    "户外",
    "静音",
    "可折叠",
    "不锈钢",
    "智能",
];
const MATERIALS: [&str; 12] =
    ["纯棉", "真丝", "雪纺", "牛皮", "实木", "竹纤维", "陶瓷", "玻璃", "羊毛", "硅胶", "铝合金", "亚麻"];
const COLOURS: [&str; 8] = ["红色", "黑色", "白色", "蓝色", "绿色", "米色", "灰色", "粉色"];
/// What is sold, under which shelf.
const PRODUCTS: [(&str, &[&str]); 8] = [
    ("女装", &["连衣裙", "半身裙", "针织衫", "衬衫", "风衣", "阔腿裤"]),
    ("男装", &["夹克", "牛仔裤", "卫衣", "羽绒服", "短袖"]),
    ("鞋靴", &["登山鞋", "运动鞋", "凉鞋", "雪地靴", "帆布鞋"]),
    ("家居", &["四件套", "毛巾", "台灯", "收纳箱", "窗帘", "地毯"]),
    ("厨房", &["炒锅", "保温杯", "餐具套装", "电饭煲", "茶壶"]),
    ("数码", &["蓝牙耳机", "充电宝", "机械键盘", "手机壳", "显示器支架"]),
    ("母婴", &["婴儿推车", "奶瓶", "积木玩具", "儿童书包"]),
    ("运动", &["瑜伽垫", "帐篷", "跑步机", "羽毛球拍", "骑行头盔"]),
];
const SENTENCES: [&str; 8] = [
    "面料柔软亲肤，四季都能用，洗后不易变形。",
    "做工细致，走线均匀，细节处处用心。",
    "适合日常通勤、旅行和送礼。",
    "简单易清洁，不占地方，小户型也放得下。",
    "多种颜色和尺码可选，请按身高体重参考尺码表。",
    "经过严格质检，七天无理由退换，一年质保。",
    "久用不累，老人孩子都喜欢。",
    "设计灵感来自自然，线条流畅大方。",
];

/// The texts of a product.
pub(crate) struct Texts {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) brand: &'static str,
    pub(crate) colour: &'static str,
    pub(crate) path: [&'static str; 3],
}

/// A product.
pub(crate) fn product(rng: &mut Rng) -> Texts {
    let (shelf, kinds) = *pick(rng, &PRODUCTS);
    let (kind, brand, colour) = (*pick(rng, kinds), *pick(rng, &BRANDS), *pick(rng, &COLOURS));
    let mut title = brand.to_owned();
    for _ in 0..2 + rng.below(4) {
        title.push_str(QUALITIES[rng.below(QUALITIES.len())]);
    }
    title.push_str(MATERIALS[rng.below(MATERIALS.len())]);
    title.push_str(kind);
    title.push(' ');
    title.push_str(colour);
    if rng.unit() < 0.3 {
        title.push_str(&format!(" {}cm", 10 + rng.below(190)));
    }
    let description = (0..2 + rng.below(3)).map(|_| *pick(rng, &SENTENCES)).collect();
    Texts { title, description, brand, colour, path: ["中文馆", shelf, kind] }
}

/// What a shopper types.
pub(crate) fn query(rng: &mut Rng) -> String {
    let (_, kinds) = *pick(rng, &PRODUCTS);
    let kind = *pick(rng, kinds);
    match rng.below(4) {
        0 => kind.to_owned(),
        1 => format!("{}{kind}", pick(rng, &COLOURS)),
        2 => format!("{}{}{kind}", pick(rng, &QUALITIES), pick(rng, &MATERIALS)),
        _ => format!("{} {}{kind} {}", pick(rng, &BRANDS), pick(rng, &QUALITIES), 10 + rng.below(190)),
    }
}
