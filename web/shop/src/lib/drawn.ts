/** A picture for what has none, drawn from its words: the same words always give the same picture. */
export interface Drawn {
  /** Which of the page's tints. */
  tint: number;
  glyph: Glyph;
  /** Where the disc behind it stands, and how large it is. */
  disc: { x: number; y: number; r: number };
  turn: number;
}

export const TINTS = 8;

/** Lines in a field of 64 by 64. */
export const GLYPHS = {
  bag: "M16 24h32l3 30H13zM24 24v-4a8 8 0 0 1 16 0v4",
  cup: "M14 20h28v20a12 12 0 0 1-12 12h-4a12 12 0 0 1-12-12zM42 26h5a6 6 0 0 1 0 14h-5",
  candle: "M25 28h14v26H25zM32 28v-5M32 10c6 6 5 12 0 12s-6-6 0-12zM20 54h24",
  lamp: "M24 12h16l8 20H16zM32 32v18M22 52h20",
  clock: "M32 12a20 20 0 1 1 0 40 20 20 0 0 1 0-40zM32 20v12l8 6",
  book: "M32 18c-6-5-14-5-20-4v34c6-1 14-1 20 4 6-5 14-5 20-4V14c-6-1-14-1-20 4zM32 18v34",
  shirt: "M24 12l-14 8 5 12 6-3v25h22V29l6 3 5-12-14-8c-2 6-14 6-16 0z",
  shoe: "M10 22l6-2c4 8 10 8 14 6l8 8c6 4 16 2 16 12H10zM10 46v6h44v-6M30 32l4-4M35 36l4-4",
  hat: "M20 36c0-28 24-28 24 0M8 38c8 10 40 10 48 0-4-2-8-2-12-2-6 4-18 4-24 0-4 0-8 0-12 2z",
  heart: "M32 52C14 38 10 30 12 22c3-9 15-10 20 0 5-10 17-9 20 0 2 8-2 16-20 30z",
  star: "M32 10l6 15 16 1-12 10 4 16-14-9-14 9 4-16-12-10 16-1z",
  flower: "M32 28a6 6 0 1 1 0 12 6 6 0 0 1 0-12zM32 28c-8-16 8-16 0 0zM38 34c16-8 16 8 0 0zM32 40c8 16-8 16 0 0zM26 34c-16 8-16-8 0 0z",
  bottle: "M27 10h10v10c6 4 8 8 8 14v20H19V34c0-6 2-10 8-14zM19 38h26",
  plate: "M32 14a18 18 0 1 1 0 36 18 18 0 0 1 0-36zM32 23a9 9 0 1 1 0 18 9 9 0 0 1 0-18z",
  card: "M10 18h44v28H10zM10 18l22 17 22-17",
  bed: "M8 20v30M8 42h48v8M56 42c0-10-6-12-34-12v12M14 30h8v6h-8z",
  device: "M20 8h24v48H20zM28 49h8M20 14h24M20 44h24",
  tool: "M40 10a12 12 0 0 0-11 17L10 46l8 8 19-19a12 12 0 0 0 16-14l-8 7-8-8 7-8c-1-1-3-2-4-2z",
  toy: "M22 14a5 5 0 1 0-7 7M42 14a5 5 0 1 1 7 7M32 12a16 16 0 1 1 0 32 16 16 0 0 1 0-32zM26 26v2M38 26v2M27 36c3 3 7 3 10 0M20 42l-4 12M44 42l4 12",
  box: "M32 10l20 10v24L32 54 12 44V20zM12 20l20 10 20-10M32 30v24",
} as const;

export type Glyph = keyof typeof GLYPHS;

/** Words that call for a drawing, the first that fits; whole words in English, anywhere in Chinese. */
const CALLS: [Glyph, RegExp][] = [
  ["shoe", /\b(shoes?|boots?|sneakers?|sandals?|slippers?)\b|鞋|靴/],
  ["hat", /\b(hats?|caps?|beanies?)\b|帽/],
  ["shirt", /\b(shirts?|t-shirts?|jackets?|dress|dresses|coats?|sweaters?|hoodies?|aprons?|clothing|jeans|pants|bra)\b|衣|裙|裤|衫/],
  ["bag", /\b(bags?|shopper|backpacks?|purses?|totes?|basket|luggage)\b|包|袋/],
  ["cup", /\b(mugs?|cups?|teacups?|coffee|tea|teapot)\b|杯|茶|咖啡/],
  ["candle", /\b(candles?|t-lights?|candlesticks?|incense)\b|蜡烛|香薰/],
  ["lamp", /\b(lamps?|lights?|lantern|lampshade|bulbs?)\b|灯/],
  ["clock", /\b(clocks?|watch|watches)\b|钟|表/],
  ["book", /\b(books?|novel|notebook|journal|diary|kindle|paperback)\b|书|本子|日记/],
  ["bottle", /\b(bottles?|shampoo|lotion|perfume|serum|jars?|oil|cleaner|cream)\b|瓶|洗发|面霜/],
  ["plate", /\b(plates?|bowls?|dishes|dish|pan|pans|kitchen|cake|trays?|tins?)\b|盘|碗|锅|厨/],
  ["card", /\b(cards?|envelopes?|letters?|postcards?|gift wrap|paper|wrap)\b|卡片|信|贺卡|纸/],
  ["flower", /\b(flowers?|garden|plants?|roses?|floral|herb)\b|花|园|植物/],
  ["bed", /\b(beds?|mattress|mattresses|pillows?|cushions?|blankets?|sheets?|sofa|furniture|chairs?)\b|床|枕|被|沙发|椅/],
  ["device", /\b(phones?|tablets?|iphone|ipad|charger|camera|headphones?|speaker|laptop|tv|electronics|case)\b|手机|电脑|耳机|相机/],
  ["tool", /\b(tools?|drill|wrench|screws?|fitting|pipes?|automotive|industrial|hardware)\b|工具|螺丝|汽车/],
  ["toy", /\b(toys?|games?|dolls?|teddy|puzzle|lego|kids|baby|children)\b|玩具|娃娃|儿童|婴儿/],
  ["heart", /\b(hearts?|love|wedding|valentine)\b|爱心|情人|婚/],
  ["star", /\b(stars?|christmas|party|decoration|xmas)\b|星|圣诞|派对|装饰/],
];

export function drawn(title: string, category: string | null): Drawn {
  const called = (text: string) => CALLS.find(([, words]) => words.test(text.toLowerCase()))?.[0];
  const glyph = called(title) ?? called((category ?? "").split(" > ").reverse().join(" ")) ?? "box";
  const [of, other] = [hash(category ?? title), hash(title)];
  const disc = { x: 14 + (other % 37), y: 14 + ((other >>> 6) % 37), r: 16 + ((other >>> 12) % 13) };
  // Neighbours of one category are of one family, and yet not all the same.
  const tint = ((of % TINTS) + ((other >>> 20) % 3)) % TINTS;
  return { tint, glyph, disc, turn: ((other >>> 16) % 13) - 6 };
}

/** FNV-1a over the text's UTF-16 units (Fowler, Noll, Vo): the offset basis, and for each unit exclusive or and a product. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  return sum >>> 0;
}
