//! The demo worlds by name, as `connectionConfig.world` asks for them.

use std::sync::{Arc, OnceLock};

use super::{Company, CompanySize, Office};

/// A demo world. All simulators of one world tell of the same people, products and orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// The sample shop, and the company behind it.
    CustomerIntelligence,
}

/// A name that no demo world has.
#[derive(Debug, thiserror::Error)]
#[error("there is no demo world {name} (known: {known})")]
pub struct UnknownWorld {
    name: String,
    known: String,
}

impl World {
    /// Every world, the usual one first.
    pub const ALL: &'static [Self] = &[Self::CustomerIntelligence];

    /// What it is called in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::CustomerIntelligence => "customer_intelligence",
        }
    }

    /// The world of that name; the usual one where none is given.
    ///
    /// # Errors
    /// Where no world is called so; it names those that are.
    pub fn named(name: Option<&str>) -> Result<Self, UnknownWorld> {
        let Some(name) = name else { return Ok(Self::ALL[0]) };
        Self::ALL.iter().copied().find(|world| world.name() == name).ok_or_else(|| UnknownWorld {
            name: name.to_owned(),
            known: Self::ALL.iter().map(|world| world.name()).collect::<Vec<_>>().join(", "),
        })
    }

    /// The company of the world. It is made once, when it is first asked for.
    pub fn company(self) -> Arc<Company> {
        static SHOPKEEPERS: OnceLock<Arc<Company>> = OnceLock::new();
        match self {
            Self::CustomerIntelligence => {
                Arc::clone(SHOPKEEPERS.get_or_init(|| Arc::new(Company::make(&CompanySize::default()))))
            }
        }
    }

    /// The company's office. It is made once, when it is first asked for.
    pub fn office(self) -> Arc<Office> {
        static SHOPKEEPERS: OnceLock<Arc<Office>> = OnceLock::new();
        match self {
            Self::CustomerIntelligence => {
                Arc::clone(SHOPKEEPERS.get_or_init(|| Arc::new(Office::make(&self.company(), &CompanySize::default()))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_world_names_the_known_ones() {
        assert_eq!(World::named(None).unwrap(), World::CustomerIntelligence);
        assert_eq!(World::named(Some("customer_intelligence")).unwrap(), World::CustomerIntelligence);
        let error = World::named(Some("moon")).unwrap_err();
        assert_eq!(error.to_string(), "there is no demo world moon (known: customer_intelligence)");
    }
}
