// Three related CSV files of a small chain: fourteen weeks and the days up to yesterday. In
// the last complete week one store sells each order at a third of its price.

const day = 86_400_000;
const weeks = 14;

/** The same numbers in every run. */
function dice(seed) {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const words = {
  en: {
    files: ["orders.csv", "stores.csv", "products.csv"],
    orders: ["order_id", "ordered_on", "store_id", "product_id", "amount"],
    stores: ["store_id", "store_name", "city"],
    products: ["product_id", "product_name", "category"],
    names: ["Harbour", "Old Town", "Station", "Riverside", "Hillside"],
    cities: ["Northport", "Northport", "Lakewood", "Lakewood", "Lakewood"],
    goods: ["Green tea", "Black tea", "Espresso", "Filter coffee", "Croissant", "Rye bread"],
    kinds: ["Tea", "Tea", "Coffee", "Coffee", "Bakery", "Bakery"],
  },
  "zh-CN": {
    files: ["订单.csv", "门店.csv", "商品.csv"],
    orders: ["订单编号", "下单日期", "门店编号", "商品编号", "金额"],
    stores: ["门店编号", "门店名称", "城市"],
    products: ["商品编号", "商品名称", "品类"],
    names: ["海港店", "老城店", "车站店", "江畔店", "山前店"],
    cities: ["宁波", "宁波", "绍兴", "绍兴", "绍兴"],
    goods: ["绿茶", "红茶", "浓缩咖啡", "手冲咖啡", "可颂", "黑麦面包"],
    kinds: ["茶饮", "茶饮", "咖啡", "咖啡", "烘焙", "烘焙"],
  },
};

/** The Monday of the last complete week, in the zone of the workspace. */
export function lastWeek(now, zone) {
  const today = Date.parse(`${new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(now)}T00:00:00Z`);
  const monday = today - ((new Date(today).getUTCDay() + 6) % 7) * day;
  return { today, from: monday - 7 * day, to: monday };
}

const iso = (time) => new Date(time).toISOString().slice(0, 10);
const csv = (header, rows) => Buffer.from(`${[header, ...rows].map((row) => row.join(",")).join("\n")}\n`);

/** The files as Playwright takes them, what they hold, and what was planted. */
export function shop(lang, now, zone) {
  const w = words[lang];
  const week = lastWeek(now, zone);
  const roll = dice(7);
  const price = [18, 16, 22, 26, 12, 15];
  const orders = [];
  for (let at = week.to - weeks * 7 * day; at < week.today; at += day) {
    for (let store = 0; store < 5; store++) {
      const count = 12 + Math.floor(roll() * 5);
      for (let i = 0; i < count; i++) {
        const product = Math.floor(roll() * 6);
        const fallen = store === 0 && at >= week.from && at < week.to;
        const amount = price[product] * (0.8 + 0.4 * roll()) * (fallen ? 1 / 3 : 1);
        orders.push([`A${String(orders.length + 1).padStart(6, "0")}`, iso(at), `S${store + 1}`, `P${product + 1}`, amount.toFixed(2)]);
      }
    }
  }
  const stores = w.names.map((name, i) => [`S${i + 1}`, name, w.cities[i]]);
  const products = w.goods.map((name, i) => [`P${i + 1}`, name, w.kinds[i]]);
  const [ordersFile, storesFile, productsFile] = w.files;
  const file = (name, buffer) => ({ name, mimeType: "text/csv", buffer });
  return {
    files: { orders: file(ordersFile, csv(w.orders, orders)), stores: file(storesFile, csv(w.stores, stores)), products: file(productsFile, csv(w.products, products)) },
    rows: { orders: orders.length, stores: stores.length, products: products.length },
    headers: { order: w.orders[0], amount: w.orders[4], store: w.stores[1] },
    stores: w.names,
    planted: w.names[0],
    week: iso(week.from),
  };
}
