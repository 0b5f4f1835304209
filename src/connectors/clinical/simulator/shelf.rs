//! The resources that the FHIR server holds, found by type and id.

use std::collections::HashMap;

use serde_json::Value;

/// All resources, in their order.
#[derive(Clone, Default)]
pub(super) struct Shelf {
    all: Vec<Value>,
    /// Where each stands, by type and id.
    places: HashMap<String, usize>,
}

impl Shelf {
    pub(super) fn of(all: Vec<Value>) -> Self {
        let mut shelf = Self { all, places: HashMap::new() };
        shelf.look();
        shelf
    }

    pub(super) fn all(&self) -> &[Value] {
        &self.all
    }

    pub(super) fn get(&self, name: &str, id: &str) -> Option<&Value> {
        self.places.get(&format!("{name}/{id}")).map(|place| &self.all[*place])
    }

    pub(super) fn change(&mut self, change: impl FnOnce(&mut Vec<Value>)) {
        change(&mut self.all);
        self.look();
    }

    fn look(&mut self) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        // Of two that are called the same, the first is found.
        let names = self.all.iter().enumerate().rev();
        self.places =
            names.map(|(place, one)| (format!("{}/{}", text(&one["resourceType"]), text(&one["id"])), place)).collect();
    }
}
