//! What the shop sells, for what is said about it elsewhere in a demo world.

use rand::SeedableRng;

use super::products::CATEGORIES;
use super::{Dice, Shop, products};

/// One product of the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueItem {
    /// Its number, as in the shop's table of products.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// The category that it is in.
    pub category: &'static str,
    /// What it costs now, in cents.
    pub price: i64,
}

impl Shop {
    /// All products, in the order of their ids: the same as [`write`](Self::write) puts into the file.
    pub fn catalogue(&self) -> Vec<CatalogueItem> {
        let products = products::make(self, &mut Dice::seed_from_u64(self.seed));
        let item = |product: products::Product| CatalogueItem {
            category: CATEGORIES[product.category].name,
            sku: product.sku,
            name: product.name,
            price: product.price,
        };
        products.into_iter().map(item).collect()
    }

    /// The names of the categories, in the order of the shop's own list.
    pub fn categories() -> Vec<&'static str> {
        CATEGORIES.iter().map(|category| category.name).collect()
    }
}
