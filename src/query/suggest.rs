//! Names near to one that is not there.

/// Up to three of `names` that `wanted` may be a slip of, the nearest first.
pub fn near_names<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let allowed = (wanted.chars().count() / 3).clamp(1, 4);
    let mut ranked: Vec<(usize, &str)> = Vec::new();
    for name in names {
        let lower = name.to_lowercase();
        let distance = strsim::osa_distance(&wanted, &lower);
        let contained = wanted.len() >= 3 && lower.len() >= 3 && (lower.contains(&wanted) || wanted.contains(&lower));
        if distance <= allowed || contained {
            ranked.push((distance, name));
        }
    }
    ranked.sort_unstable();
    ranked.dedup();
    ranked.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::near_names;

    #[test]
    fn slips_are_found_nearest_first() {
        let names = ["customers", "orders", "order_items", "products"];
        assert_eq!(near_names("custmers", names), ["customers"]);
        assert_eq!(near_names("Orders", names), ["orders"]);
        assert_eq!(near_names("order", names), ["orders", "order_items"]);
        assert_eq!(near_names("invoice", names), Vec::<&str>::new());
    }
}
