//! The demo worlds by name, as `connectionConfig.world` asks for them.
//!
//! A world has parts (a company, a desk, a laboratory), of which each is made once for a size factor, when it is first asked
//! for. `parts.rs` says which world has which.

mod parts;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::clinic::Clinic;
use super::cohort::Cohort;
use super::hospital::Hospital;
use super::lab::Lab;
use super::literature::Library;
use super::{Company, Desk, Office, Shop, Story};

pub use parts::Part;

/// The largest size factor.
const LARGEST: f64 = 100.;
/// The smallest: less than a hundredth of a world has nothing to tell.
const SMALLEST: f64 = 0.01;

/// A demo world of some size. All simulators of one world tell of the same people, products and orders.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct World {
    name: WorldName,
    size_factor: f64,
}

/// Which world it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorldName {
    /// The sample shop, the company behind it, and its business customers.
    CustomerIntelligence,
    /// A company with fifty projects.
    ProjectManagement,
    /// A group whose books are to be put together.
    FinancialConsolidation,
    /// A laboratory, and what is known of its subject elsewhere.
    BiotechResearch,
    /// A clinic.
    Healthcare,
    /// A plant.
    Manufacturing,
    /// The sample shop and the company behind it.
    Retail,
    /// A bank.
    FinancialServices,
}

/// A world that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum UnknownWorld {
    /// A name that no demo world has.
    #[error("there is no demo world {name} (known: {known})")]
    Name {
        /// What was asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A world without what is wanted.
    #[error("{name} has no {part} (known: {known})")]
    Part {
        /// What was asked for.
        name: &'static str,
        /// What is wanted.
        part: &'static str,
        /// Those that have it.
        known: String,
    },
    /// A size that no world has.
    #[error("{size_factor} is no size factor: it must be at least {SMALLEST} and at most {LARGEST}")]
    Size {
        /// What was asked for.
        size_factor: f64,
    },
}

impl UnknownWorld {
    /// The setting that is wrong.
    pub fn setting(&self) -> &'static str {
        match self {
            Self::Name { .. } | Self::Part { .. } => "world",
            Self::Size { .. } => "size_factor",
        }
    }
}

/// A part that a world has. It is made when it is first asked for.
pub struct Told<T> {
    world: World,
    make: fn(World) -> T,
}

impl WorldName {
    /// Every world, the usual one first.
    pub const ALL: &'static [Self] = &[
        Self::CustomerIntelligence,
        Self::ProjectManagement,
        Self::FinancialConsolidation,
        Self::BiotechResearch,
        Self::Healthcare,
        Self::Manufacturing,
        Self::Retail,
        Self::FinancialServices,
    ];

    /// What it is called in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CustomerIntelligence => "customer_intelligence",
            Self::ProjectManagement => "project_management",
            Self::FinancialConsolidation => "financial_consolidation",
            Self::BiotechResearch => "biotech_research",
            Self::Healthcare => "healthcare",
            Self::Manufacturing => "manufacturing",
            Self::Retail => "retail",
            Self::FinancialServices => "financial_services",
        }
    }

    fn listed(worlds: &[Self]) -> String {
        worlds.iter().map(|world| world.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl World {
    /// The world of that name, so many times as large as usual; the usual one where no name is given.
    ///
    /// # Errors
    /// Where no world is called so, naming those that are; or where none can be so large.
    pub fn named(name: Option<&str>, size_factor: f64) -> Result<Self, UnknownWorld> {
        Self::among(WorldName::ALL, name, size_factor)
    }

    /// A part of the world of that name; of the first world that has it where no name is given.
    ///
    /// # Errors
    /// As [`named`](Self::named), and where the world has no such part.
    pub fn telling<T: Part>(name: Option<&str>, size_factor: f64) -> Result<Told<T>, UnknownWorld> {
        let having: Vec<WorldName> =
            WorldName::ALL.iter().copied().filter(|world| T::maker(*world).is_some()).collect();
        let lacking = WorldName::ALL.iter().copied().find(|world| name == Some(world.as_str()));
        if let Some(world) = lacking.filter(|world| !having.contains(world)) {
            let known = WorldName::listed(&having);
            return Err(UnknownWorld::Part { name: world.as_str(), part: T::NAME, known });
        }
        let world = Self::among(&having, name, size_factor)?;
        Ok(world.told().expect("it is among those that have it"))
    }

    fn among(worlds: &[WorldName], name: Option<&str>, size_factor: f64) -> Result<Self, UnknownWorld> {
        if !(SMALLEST..=LARGEST).contains(&size_factor) {
            return Err(UnknownWorld::Size { size_factor });
        }
        let found = worlds.iter().copied().find(|world| name.is_none_or(|name| world.as_str() == name));
        let name = found.ok_or_else(|| UnknownWorld::Name {
            name: name.unwrap_or_default().to_owned(),
            known: WorldName::listed(worlds),
        })?;
        Ok(Self { name, size_factor })
    }

    /// What it is called in settings.
    pub fn name(self) -> &'static str {
        self.name.as_str()
    }

    /// How many times as large as usual it is.
    pub fn size_factor(self) -> f64 {
        self.size_factor
    }

    /// What it tells in tables and conversations.
    pub fn story(self) -> Option<Arc<Story>> {
        self.told().map(Told::get)
    }

    /// Its desk: spreadsheets, documents, mail and appointments of one account.
    pub fn desk(self) -> Option<Arc<Desk>> {
        self.told().map(Told::get)
    }

    /// Its company.
    pub fn company(self) -> Option<Arc<Company>> {
        self.told().map(Told::get)
    }

    /// Its company's office.
    pub fn office(self) -> Option<Arc<Office>> {
        self.told().map(Told::get)
    }

    /// Its shop.
    pub fn shop(self) -> Option<Arc<Shop>> {
        self.told().map(Told::get)
    }

    /// Its laboratory.
    pub fn lab(self) -> Option<Arc<Lab>> {
        self.told().map(Told::get)
    }

    /// Its clinic.
    pub fn clinic(self) -> Option<Arc<Clinic>> {
        self.told().map(Told::get)
    }

    /// Its hospital.
    pub fn hospital(self) -> Option<Arc<Hospital>> {
        self.told().map(Told::get)
    }

    /// Its cohorts.
    pub fn cohort(self) -> Option<Arc<Cohort>> {
        self.told().map(Told::get)
    }

    /// Its literature.
    pub fn library(self) -> Option<Arc<Library>> {
        self.told().map(Told::get)
    }

    fn told<T: Part>(self) -> Option<Told<T>> {
        T::maker(self.name).map(|make| Told { world: self, make })
    }
}

impl<T: Part> Told<T> {
    /// The part. It is made once for its world and size.
    pub fn get(self) -> Arc<T> {
        type Place = Arc<OnceLock<Arc<dyn Any + Send + Sync>>>;
        type Key = (TypeId, WorldName, u64);
        static MADE: Mutex<Option<HashMap<Key, Place>>> = Mutex::new(None);
        let Self { world, make } = self;
        let key = (TypeId::of::<T>(), world.name, world.size_factor.to_bits());
        // Parts are made of others: the list must not be held meanwhile.
        let place = {
            let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(made.get_or_insert_default().entry(key).or_default())
        };
        let part = Arc::clone(place.get_or_init(|| Arc::new(make(world))));
        part.downcast().expect("the key tells the type")
    }

    /// The world that has it.
    pub fn world(self) -> World {
        self.world
    }
}

impl<T> Clone for Told<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Told<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_world_names_the_known_ones() {
        assert_eq!(World::named(None, 1.).unwrap().name(), "customer_intelligence");
        let error = World::named(Some("moon"), 1.).unwrap_err().to_string();
        assert!(error.starts_with("there is no demo world moon (known: customer_intelligence, project_man"), "{error}");
        let error = World::telling::<Lab>(Some("retail"), 1.).map(|_| ()).unwrap_err().to_string();
        assert_eq!(error, "retail has no laboratory (known: biotech_research)");
        assert_eq!(World::telling::<Clinic>(None, 1.).unwrap().world().name(), "biotech_research");
    }

    #[test]
    fn sizes_have_bounds() {
        for wrong in [0., -1., 100.1, f64::NAN, f64::INFINITY] {
            let error = World::named(None, wrong).unwrap_err();
            assert_eq!(error.setting(), "size_factor");
            assert!(error.to_string().contains("at least 0.01 and at most 100"), "{error}");
        }
        assert_eq!(World::named(Some("retail"), 100.).unwrap().size_factor(), 100.);
    }

    #[test]
    fn a_part_is_made_once_for_its_size() {
        let clinic = |size| World::named(Some("healthcare"), size).unwrap().clinic().unwrap();
        assert!(Arc::ptr_eq(&clinic(1.), &clinic(1.)));
        assert!(!Arc::ptr_eq(&clinic(1.), &clinic(2.)));
    }
}
