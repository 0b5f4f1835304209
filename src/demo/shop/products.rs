//! The shop's products: eight categories, each with its season.

use chrono::{Days, NaiveDateTime};
use rand::RngExt;

use super::{Dice, Shop, calendar};

/// A product of the shop.
pub(super) struct Product {
    pub(super) sku: String,
    pub(super) name: String,
    /// Place in [`CATEGORIES`].
    pub(super) category: usize,
    /// Price in cents before the last raise.
    pub(super) old_price: i64,
    /// Price in cents now.
    pub(super) price: i64,
    pub(super) is_active: bool,
    pub(super) created_at: NaiveDateTime,
    /// When the price was last raised.
    pub(super) updated_at: NaiveDateTime,
    /// How well it sells within its category.
    pub(super) popularity: f64,
}

impl Product {
    /// What it costs at a moment, in cents.
    pub(super) fn price_at(&self, moment: NaiveDateTime) -> i64 {
        let list_price = if moment < self.updated_at { self.old_price } else { self.price };
        // A fifth off in the sale, to the cent.
        if calendar::is_sale(moment.date()) { list_price * 4 / 5 } else { list_price }
    }
}

/// A category of products.
pub(super) struct Category {
    pub(super) name: &'static str,
    code: &'static str,
    /// Demand beside the other categories.
    pub(super) weight: f64,
    /// Demand in each month, January first.
    pub(super) months: [f64; 12],
    /// Lowest and highest price, in whole euros.
    prices: (i64, i64),
    things: &'static [&'static str],
}

/// What sells about the same all year.
const STEADY: [f64; 12] = [1.0; 12];
/// What sells in summer.
const SUMMER: [f64; 12] = [0.4, 0.5, 0.8, 1.1, 1.5, 1.8, 1.8, 1.4, 1.0, 0.7, 0.5, 0.5];
/// What sells in winter.
const WINTER: [f64; 12] = [1.5, 1.3, 0.9, 0.7, 0.6, 0.5, 0.5, 0.6, 0.9, 1.2, 1.5, 1.7];
/// What sells in spring.
const SPRING: [f64; 12] = [0.4, 0.7, 1.6, 2.1, 1.9, 1.3, 1.0, 0.8, 0.8, 0.6, 0.3, 0.3];
/// What is given as a present.
const PRESENTS: [f64; 12] = [0.7, 0.7, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.9, 1.0, 1.7, 2.6];

/// All categories.
pub(super) const CATEGORIES: &[Category] = &[
    Category {
        name: "Outdoor",
        code: "OUT",
        weight: 1.3,
        months: SUMMER,
        prices: (19, 320),
        things: &["Tent", "Sleeping Bag", "Backpack", "Trekking Poles", "Camp Stove", "Hammock", "Headlamp"],
    },
    Category {
        name: "Clothing",
        code: "CLO",
        weight: 1.6,
        months: WINTER,
        prices: (15, 180),
        things: &["Rain Jacket", "Fleece", "Merino Shirt", "Hiking Trousers", "Beanie", "Down Vest", "Wool Socks"],
    },
    Category {
        name: "Footwear",
        code: "FOO",
        weight: 1.0,
        months: STEADY,
        prices: (45, 210),
        things: &["Trail Shoes", "Hiking Boots", "Sandals", "Winter Boots", "Sneakers", "Approach Shoes"],
    },
    Category {
        name: "Cycling",
        code: "CYC",
        weight: 0.9,
        months: SUMMER,
        prices: (9, 260),
        things: &["Helmet", "Pannier", "Bike Light", "Gloves", "Floor Pump", "Multi-Tool", "Saddle"],
    },
    Category {
        name: "Kitchen",
        code: "KIT",
        weight: 1.2,
        months: STEADY,
        prices: (8, 140),
        things: &["Cast-Iron Pan", "Chef's Knife", "Coffee Grinder", "Teapot", "Bread Tin", "Mixing Bowl", "Kettle"],
    },
    Category {
        name: "Garden",
        code: "GAR",
        weight: 0.8,
        months: SPRING,
        prices: (6, 150),
        things: &["Secateurs", "Watering Can", "Plant Pot", "Spade", "Seed Box", "Garden Hose", "Lantern"],
    },
    Category {
        name: "Home",
        code: "HOM",
        weight: 1.0,
        months: STEADY,
        prices: (12, 220),
        things: &["Wool Blanket", "Desk Lamp", "Cushion", "Rug", "Candle", "Mirror", "Shelf"],
    },
    Category {
        name: "Toys",
        code: "TOY",
        weight: 0.7,
        months: PRESENTS,
        prices: (7, 90),
        things: &["Building Blocks", "Wooden Train", "Puzzle", "Kite", "Board Game", "Plush Bear", "Marble Run"],
    },
];

const LINES: &[&str] = &[
    "Alder", "Birch", "Cedar", "Dune", "Ember", "Fjord", "Granite", "Heath", "Iris", "Juniper", "Kestrel", "Lark",
    "Moss", "Nordic", "Osprey", "Pine", "Quartz", "River", "Slate", "Tern",
];

/// All products; the categories take turns.
pub(super) fn make(shop: &Shop, dice: &mut Dice) -> Vec<Product> {
    let opening = calendar::midnight(shop.first_day) - Days::new(30);
    (0..shop.products)
        .map(|number| {
            let category = number % CATEGORIES.len();
            let of_category = number / CATEGORIES.len();
            let Category { code, prices: (low, high), things, .. } = &CATEGORIES[category];
            let thing = things[of_category % things.len()];
            // Both lists are walked at once; they meet again only after 7 * 20 products of a category.
            let line = LINES[(of_category + category * 3) % LINES.len()];
            let price = price_between(*low, *high, dice);
            let raise = if dice.random_bool(0.6) { dice.random_range(2..=8) } else { 0 };
            let raised_after = if raise == 0 { 0 } else { dice.random_range(60..660) };
            Product {
                sku: format!("{code}-{:04}", 1000 + of_category),
                name: format!("{line} {thing}"),
                category,
                old_price: price - price * raise / 100,
                price,
                is_active: dice.random_bool(0.96),
                created_at: opening,
                updated_at: opening + Days::new(raised_after),
                popularity: 1.0 / (1.0 + of_category as f64).powf(0.7) * dice.random_range(0.6..1.4),
            }
        })
        .collect()
}

/// A price in cents, low ones likelier, that ends as prices do.
fn price_between(low: i64, high: i64, dice: &mut Dice) -> i64 {
    let luck: f64 = dice.random();
    let euros = low + (luck * luck * (high - low) as f64) as i64;
    euros * 100 + [90, 95, 99, 50][dice.random_range(0..4)]
}
