//! What people call the fields of our documents.

use types::{check_name, well_known_kind};

/// Fields of an item with the names their columns go by, the surest first.
pub(super) const ITEM: [(&str, &[&str]); 14] = [
    (
        "id",
        &[
            "id",
            "itemid",
            "productid",
            "asin",
            "sku",
            "stockcode",
            "articleid",
            "articlenumber",
            "gtin",
            "ean",
            "_id",
            "编号",
            "商品编号",
            "商品id",
            "货号",
        ],
    ),
    ("group", &["group", "groupid", "itemgroupid", "parentid", "parentasin", "parentsku", "spu", "spuid"]),
    (
        "title",
        &[
            "title",
            "name",
            "productname",
            "producttitle",
            "itemname",
            "itemtitle",
            "productdisplayname",
            "标题",
            "名称",
            "品名",
            "商品名称",
            "商品标题",
        ],
    ),
    (
        "description",
        &["description", "desc", "productdescription", "longdescription", "描述", "详情", "商品描述", "商品详情"],
    ),
    ("brand", &["brand", "brandname", "manufacturer", "vendor", "品牌"]),
    (
        "category",
        &[
            "category",
            "categories",
            "categorypath",
            "categoryname",
            "googleproductcategory",
            "类目",
            "分类",
            "类别",
            "品类",
        ],
    ),
    ("price", &["price", "saleprice", "unitprice", "currentprice", "价格", "售价", "单价"]),
    ("price.currency", &["currency", "pricecurrency", "currencycode", "币种", "货币"]),
    ("image", &["image", "imageurl", "imagelink", "img", "picture", "thumbnail", "图片", "主图", "图片链接"]),
    ("tags", &["tags", "labels", "标签"]),
    ("rating", &["rating", "averagerating", "stars", "评分"]),
    ("rating_count", &["ratingcount", "ratingscount", "numratings", "reviewcount", "numreviews", "评论数", "评价数"]),
    ("available", &["available", "isavailable", "availability", "instock", "有货", "是否上架"]),
    ("stock", &["stock", "inventory", "stockquantity", "inventoryquantity", "quantity", "库存", "库存数量"]),
];

/// Fields of an event with the names their columns go by, the surest first.
pub(super) const EVENT: [(&str, &[&str]); 17] = [
    ("event_id", &["eventid"]),
    (
        "type",
        &[
            "type",
            "eventtype",
            "event",
            "eventname",
            "action",
            "behavior",
            "behaviour",
            "behaviortype",
            "行为",
            "行为类型",
        ],
    ),
    (
        "time",
        &[
            "time",
            "timestamp",
            "eventtime",
            "datetime",
            "date",
            "createdat",
            "ts",
            "invoicedate",
            "unixtime",
            "reviewtime",
            "unixreviewtime",
            "reviewdate",
            "时间",
            "日期",
            "评论时间",
            "评价时间",
        ],
    ),
    (
        "user",
        &[
            "user",
            "userid",
            "customerid",
            "customer",
            "memberid",
            "buyerid",
            "uid",
            "reviewerid",
            "authorid",
            "reviewer",
            "author",
            "用户",
            "用户id",
            "用户名",
            "买家",
        ],
    ),
    ("anonymous", &["anonymous", "anonymousid", "visitorid", "cookieid", "deviceid", "clientid"]),
    ("session", &["session", "sessionid", "visitid", "orderid", "invoice", "invoiceno", "basketid", "会话"]),
    ("item", &["item", "itemid", "productid", "asin", "sku", "stockcode", "objectid", "商品", "商品id", "商品编号"]),
    (
        "text",
        &[
            "text",
            "review",
            "reviewtext",
            "reviewbody",
            "reviewcontent",
            "comment",
            "commenttext",
            "content",
            "评论",
            "评价",
            "评论内容",
            "评价内容",
            "评语",
        ],
    ),
    ("query", &["query", "userquery", "searchquery", "searchterm", "搜索词", "查询"]),
    ("query_id", &["queryid"]),
    ("quantity", &["quantity", "qty", "units", "数量"]),
    ("value", &["value", "price", "amount", "revenue", "金额", "价格"]),
    ("value.currency", &["currency", "currencycode", "币种", "货币"]),
    ("rating", &["rating", "stars", "starrating", "reviewscore", "score", "overall", "评分", "星级", "打分"]),
    ("position", &["position", "rank", "位置"]),
    ("weight", &["weight"]),
    ("surface", &["surface"]),
];

/// Words for the kinds of interaction, beside their own names.
pub(super) const KINDS: [(&str, &str); 27] = [
    ("pv", "view"),
    ("page_view", "view"),
    ("pageview", "view"),
    ("product_view", "view"),
    ("view_item", "view"),
    ("浏览", "view"),
    ("item_click", "click"),
    ("点击", "click"),
    ("cart", "add-to-cart"),
    ("addtocart", "add-to-cart"),
    ("add_to_basket", "add-to-cart"),
    ("加购", "add-to-cart"),
    ("buy", "purchase"),
    ("order", "purchase"),
    ("transaction", "purchase"),
    ("购买", "purchase"),
    ("fav", "like"),
    ("favorite", "like"),
    ("favourite", "like"),
    ("wishlist", "like"),
    ("收藏", "like"),
    ("return", "refund"),
    ("comment", "review"),
    ("评论", "review"),
    ("评价", "review"),
    ("query", "search"),
    ("搜索", "search"),
];

/// The kind of interaction that a common word means, however it is written.
pub(crate) fn kind_of_word(word: &str) -> Option<&'static str> {
    let word = comparable(word);
    KINDS.iter().find(|(known, _)| comparable(known) == word).map(|(_, kind)| *kind)
}

/// A column's name for comparison: small letters and digits only; a leading `_` stays.
pub(crate) fn comparable(column: &str) -> String {
    let name: String = column.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if column.starts_with('_') { format!("_{name}") } else { name }
}

/// A column's name as an attribute's: other characters become `_`, and what has a field of its own gets a suffix.
pub(crate) fn attribute_name(column: &str) -> String {
    let allowed = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let mut name = String::new();
    for c in column.trim().chars().map(|c| if allowed(c) { c } else { '_' }) {
        if name.len() + c.len_utf8() > 56 {
            break;
        }
        name.push(c);
    }
    if name.is_empty() {
        name.push_str("column");
    }
    if check_name(&name).is_err() || well_known_kind(&name).is_some() {
        name.push_str("_column");
    }
    name
}
