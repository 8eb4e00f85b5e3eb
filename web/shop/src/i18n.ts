/** A text in English and Chinese; `{name}` is filled in. The two stand side by side so that neither can be forgotten. */
type Pair = readonly [en: string, zh: string];

export const TEXTS = {
  skip: ["Skip to products", "跳到商品"],
  shop: ["Shop", "店铺"],
  "search.label": ["Search the shop", "搜索本店"],
  "search.hint": ["Search in English or Chinese", "用中文或英文搜索"],
  "search.go": ["Search", "搜索"],
  language: ["中文", "English"],
  "language.label": ["Read this page in Chinese", "用英文阅读本页"],
  cart: ["Cart", "购物车"],
  "cart.count": ["Cart, {count} pieces", "购物车，{count} 件"],
  "cart.empty": ["Your cart is empty. Open a product and add it.", "购物车是空的。打开商品即可加入。"],
  "cart.add": ["Add to cart", "加入购物车"],
  "cart.added": ["{title} is in the cart", "{title} 已加入购物车"],
  "cart.remove": ["Remove {title}", "移除 {title}"],
  "cart.quantity": ["Quantity of {title}", "{title} 的数量"],
  "cart.total": ["Total", "合计"],
  "cart.buy": ["Buy", "购买"],
  "cart.bought": ["Thank you! This is a demonstration: nothing is charged or sent.", "谢谢！这是演示：不会扣款，也不会发货。"],
  "cart.with": ["Goes with your cart", "与购物车搭配"],
  "banner.open": ["Have a look", "去看看"],
  "banner.redirect": ["There is a page for what you searched for", "您搜索的内容有专门的页面"],
  "price.least": ["Lowest price", "最低价格"],
  "price.most": ["Highest price", "最高价格"],
  "picture.search": ["Search with a picture", "用图片搜索"],
  "picture.title": ["What looks like your picture", "与您的图片相似的商品"],
  "picture.waiting": ["Looking at your picture…", "正在分析您的图片…"],
  "picture.nothing": ["Nothing here has a picture that looks like yours.", "这里没有与您的图片相似的商品。"],
  "picture.failed": ["This picture cannot be searched with. Try another one: JPEG, PNG or WebP.", "无法用这张图片搜索。请换一张 JPEG、PNG 或 WebP 图片。"],
  close: ["Close", "关闭"],
  filters: ["Filters", "筛选"],
  "filters.clear": ["Clear filters", "清除筛选"],
  "filters.chosen": ["Chosen filters", "已选筛选"],
  "filters.remove": ["Remove {name}", "移除 {name}"],
  "filters.more": ["Show more", "显示更多"],
  "filters.less": ["Show fewer", "收起"],
  "filters.from": ["from", "最低"],
  "filters.to": ["to", "最高"],
  "filters.apply": ["Apply", "应用"],
  "attribute.brand": ["Brand", "品牌"],
  "attribute.category": ["Category", "类目"],
  "attribute.categories": ["Category", "类目"],
  "attribute.price": ["Price", "价格"],
  "attribute.color": ["Colour", "颜色"],
  "attribute.colour": ["Colour", "颜色"],
  "attribute.rating": ["Rating", "评分"],
  "attribute.description": ["Description", "描述"],
  "attribute.bullets": ["Good to know", "商品要点"],
  "attribute.material": ["Material", "材质"],
  "attribute.occasion": ["Occasion", "场合"],
  "attribute.size": ["Size", "尺码"],
  "attribute.gender": ["For", "适合人群"],
  "attribute.audience": ["For", "适合人群"],
  "sort.label": ["Sort by", "排序"],
  "sort.relevance": ["Best match", "最相关"],
  "sort.price.asc": ["Price, low to high", "价格从低到高"],
  "sort.price.desc": ["Price, high to low", "价格从高到低"],
  count: ["{count} products", "{count} 件商品"],
  "count.one": ["1 product", "1 件商品"],
  "count.for": ["{count} products for “{query}”", "“{query}” 共 {count} 件商品"],
  more: ["Show more products", "显示更多商品"],
  products: ["Products", "商品"],
  loading: ["Loading", "加载中"],
  understood: ["Understood as", "理解为"],
  "understood.plain": ["Searched as you typed it", "按您输入的内容搜索"],
  "understood.without": ["Search without: {says}", "搜索时不考虑：{says}"],
  "understood.again": ["Put back: {says}", "恢复：{says}"],
  "about.spelling": ["spelling", "拼写"],
  "about.price": ["price", "价格"],
  "about.category": ["category", "类目"],
  "about.not": ["not", "不要"],
  "about.brand": ["brand", "品牌"],
  "about.synonyms": ["also", "同义"],
  "about.relaxed": ["left out", "忽略"],
  "about.other": ["meaning", "含义"],
  meant: ["Did you mean", "您是不是要找"],
  "why.ask": ["Why this?", "为什么推荐？"],
  "why.label": ["Why this? {title}", "为什么推荐？{title}"],
  "why.words": ["Words match: {name}", "文字匹配：{name}"],
  "why.words.plain": ["Words match", "文字匹配"],
  "why.meaning": ["Close in meaning", "含义相近"],
  "rule.understood": ["Fits what was understood", "符合对查询的理解"],
  "rule.online": ["Clicked often of late", "近期点击较多"],
  "rule.personal": ["Fits your taste", "符合您的偏好"],
  "why.because": ["{name}", "{name}"],
  "why.none": ["It is popular here; nothing else moved it.", "本店热门商品，没有其他因素。"],
  "reason.unavailable": ["It cannot be bought now.", "目前无法购买。"],
  "reason.filtered": ["It does not fit what you asked for.", "不符合您的要求。"],
  "reason.excluded": ["It is left out here.", "此处不显示。"],
  "reason.hidden": ["The shop hides it here.", "店铺在此隐藏了它。"],
  "reason.grouped": ["Another variant stands for it.", "由同款的另一规格代表。"],
  "reason.seen": ["You have seen it already.", "您已经看过。"],
  "reason.not_found": ["This search does not find it; you came to it another way.", "本次搜索没有找到它，您从别处打开了它。"],
  "reason.beyond": ["It stands far down in the answer.", "它排在结果很靠后的位置。"],
  "why.position": ["Place {position} of {total}", "第 {position} 位，共 {total} 件"],
  "source.similar": ["Similar to what you look at", "与所看商品相似"],
  "source.bought-together": ["Others bought them together", "常被一起购买"],
  "source.popular": ["Popular here", "本店热门"],
  "source.trending": ["In fashion now", "近期流行"],
  "source.new": ["New here", "新品"],
  "source.for-you": ["Fits your taste", "符合您的偏好"],
  "source.recently-viewed": ["You looked at it", "您看过"],
  "source.feedback": ["Like the best results", "与最佳结果相似"],
  "source.online": ["Clicked by others", "他人点击"],
  "source.catalogue": ["In the catalogue", "来自商品库"],
  "row.similar": ["Similar products", "相似商品"],
  "row.together": ["Bought together", "常一起购买"],
  "row.foryou": ["For you", "为您推荐"],
  "row.popular": ["Popular now", "正在热卖"],
  "row.because": ["Because you looked at {title}", "因为您看过 {title}"],
  "row.recent": ["Recently viewed", "最近浏览"],
  "row.forget": ["Forget", "清除"],
  unavailable: ["Not available", "暂无货"],
  rating: ["{rating} of 5 stars, {count} ratings", "{rating} 分（满分 5 分），{count} 条评价"],
  "price.unknown": ["Price on request", "询价"],
  "empty.title": ["Nothing found for “{query}”", "没有找到“{query}”"],
  "empty.title.plain": ["Nothing fits these filters", "没有符合筛选条件的商品"],
  "empty.do": ["Try fewer words or another spelling, or", "试试更少的词或换一种写法，或者"],
  "empty.filters": ["clear the filters", "清除筛选"],
  "empty.all": ["show everything", "查看全部商品"],
  "error.title": ["The shop does not answer", "店铺没有响应"],
  "error.do": ["Check your connection and try again. Your cart is kept.", "请检查网络后重试，购物车已保留。"],
  "error.again": ["Try again", "重试"],
  "error.key": ["This shop needs a key. Ask whoever runs it for the address with the key in it.", "本店需要密钥，请向店主索取带密钥的地址。"],
  "error.unknown": ["There is no shop “{shop}” here.", "这里没有店铺“{shop}”。"],
  "error.none": ["There is no shop here yet. Fill one: mercato demo", "这里还没有店铺。请先运行：mercato demo"],
  "error.choose": ["Choose one:", "请选择："],
  "consent.ask": ["May this shop remember, under a random name, what you look at, so that it can suggest what fits you? Nothing goes to anybody else.", "是否允许本店以随机名称记录您的浏览，以便推荐更合适的商品？数据不会交给任何第三方。"],
  "consent.yes": ["Yes, remember", "允许"],
  "consent.no": ["No", "不允许"],
  "consent.label": ["Your choice", "您的选择"],
  "consent.on": ["What you look at is remembered under a random name.", "正以随机名称记录您的浏览。"],
  "consent.off": ["Nothing is remembered of you.", "不记录您的任何浏览。"],
  "consent.dnt": ["Your browser asks not to be tracked: nothing is remembered of you.", "您的浏览器要求不被跟踪：不记录您的任何浏览。"],
  "consent.change": ["Change", "更改"],
  "suggest.query": ["search", "搜索"],
  "suggest.category": ["category", "类目"],
  "suggest.brand": ["brand", "品牌"],
  "suggest.product": ["product", "商品"],
  "suggest.count": ["{count} suggestions; arrow keys choose", "{count} 条建议，用方向键选择"],
  "licences": ["Licences", "许可"],
} as const satisfies Record<string, Pair>;

export type Key = keyof typeof TEXTS;
export type Language = "en" | "zh";

let language: Language = "en";

export function setLanguage(to: Language): void {
  language = to;
}

export function getLanguage(): Language {
  return language;
}

/** The text in the reader's language. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return TEXTS[key][language === "en" ? 0 : 1].replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? say(values[name]!) : whole));
}

function say(value: string | number): string {
  return typeof value === "number" ? new Intl.NumberFormat(locale()).format(value) : value;
}

/** The word for a value of the API, such as `popular`; the value itself, made readable, where it is a new one. */
export function word(group: string, value: string): string {
  const key = `${group}.${value}`;
  if (key in TEXTS) return t(key as Key);
  const plain = value.replace(/[_-]+/g, " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

function locale(): string {
  return language === "en" ? "en-GB" : "zh-CN";
}

/** An amount in its currency; as a number where none is known. */
export function money(amount: number, currency: string | null): string {
  const known = currency && currency !== "XXX";
  return new Intl.NumberFormat(locale(), known ? { style: "currency", currency, currencyDisplay: "narrowSymbol" } : { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(amount);
}
