//! Which world has what, and how that is made.

use std::sync::Arc;

use super::super::clinic::Clinic;
use super::super::cohort::Cohort;
use super::super::hospital::Hospital;
use super::super::lab::{Lab, LabSize};
use super::super::literature::Library;
use super::super::retail::Retailer;
use super::super::{
    Company, CompanySize, Desk, Office, Shop, Story, Truth, bank, intelligence, ledger, plant, projects,
};
use super::{Told, World, WorldName};

/// What simulators tell of.
pub trait Part: Send + Sync + Sized + 'static {
    /// What it is called in messages.
    const NAME: &'static str;

    /// How it is made; none of a world that does not have it.
    fn maker(world: WorldName) -> Option<fn(World) -> Self>;
}

/// Rows of the desk's longest sheet.
const COUNTED: usize = 1_200;

impl Part for Story {
    const NAME: &'static str = "story";

    fn maker(world: WorldName) -> Option<fn(World) -> Self> {
        match world {
            WorldName::CustomerIntelligence => Some(|world| intelligence::story(world.size_factor)),
            WorldName::ProjectManagement => Some(|world| projects::story(world.size_factor)),
            WorldName::Healthcare => Some(|world| hospital(world).story(world.size_factor)),
            WorldName::FinancialConsolidation => Some(|world| ledger::story(world.size_factor)),
            WorldName::Manufacturing => Some(|world| plant::story(world.size_factor)),
            WorldName::Retail => Some(|world| retailer(world).story()),
            WorldName::FinancialServices => Some(|world| bank::story(world.size_factor)),
            WorldName::BiotechResearch => None,
        }
    }
}

impl Part for Shop {
    const NAME: &'static str = "shop";

    fn maker(world: WorldName) -> Option<fn(World) -> Self> {
        has_shop(world).then_some(|world| {
            let usual = Self::default();
            Self { customers: times(usual.customers, world), orders: times(usual.orders, world), ..usual }
        })
    }
}

impl Part for Desk {
    const NAME: &'static str = "desk";

    fn maker(world: WorldName) -> Option<fn(World) -> Self> {
        match world {
            _ if has_shop(world) => Some(|world| {
                let desk = Self::of(&shop(world), times(COUNTED, world));
                match world.story() {
                    Some(story) => desk.with_story(&story),
                    None => desk,
                }
            }),
            _ => Story::maker(world).map(|_| -> fn(World) -> Self { |world| story(world).desk() }),
        }
    }
}

impl Part for Company {
    const NAME: &'static str = "company";

    fn maker(world: WorldName) -> Option<fn(World) -> Self> {
        match world {
            _ if has_shop(world) => Some(|world| {
                let company = Self::make(&company_size(world));
                match world.story() {
                    Some(story) => company.with_story(&story),
                    None => company,
                }
            }),
            _ => Story::maker(world).map(|_| -> fn(World) -> Self { |world| story(world).company() }),
        }
    }
}

impl Part for Office {
    const NAME: &'static str = "office";

    fn maker(world: WorldName) -> Option<fn(World) -> Self> {
        has_shop(world).then_some(|world| {
            let size = company_size(world);
            // Those whom only the story knows keep nothing in the office.
            let company = Company::make(&size);
            let office = Self::make(&company, &size);
            match world.name {
                WorldName::Retail => retailer(world).office(&company, office),
                _ => office,
            }
        })
    }
}

impl Part for Lab {
    const NAME: &'static str = "laboratory";

    fn maker(world: WorldName) -> Option<fn(World) -> Self> {
        let has_lab = world == WorldName::BiotechResearch;
        has_lab.then_some(|world| Self::make(&LabSize::times(world.size_factor)))
    }
}

impl Part for Clinic {
    const NAME: &'static str = "clinic";

    fn maker(world: WorldName) -> Option<fn(World) -> Self> {
        matches!(world, WorldName::BiotechResearch | WorldName::Healthcare).then_some(|world| {
            let usual = Self::default();
            Self { patients: times(usual.patients, world), trials: times(usual.trials, world), ..usual }
        })
    }
}

impl Part for Hospital {
    const NAME: &'static str = "hospital";

    fn maker(world: WorldName) -> Option<fn(World) -> Self> {
        (world == WorldName::Healthcare).then_some(|world| Self::make(world.size_factor))
    }
}

impl Part for Retailer {
    const NAME: &'static str = "retailer";

    fn maker(world: WorldName) -> Option<fn(World) -> Self> {
        (world == WorldName::Retail).then_some(|world| Self::of(&shop(world)))
    }
}

impl Part for Cohort {
    const NAME: &'static str = "cohorts";

    fn maker(world: WorldName) -> Option<fn(World) -> Self> {
        let has_cohorts = world == WorldName::BiotechResearch;
        has_cohorts.then_some(|world| Self { size: world.size_factor, ..Self::default() })
    }
}

impl Part for Library {
    const NAME: &'static str = "literature";

    fn maker(world: WorldName) -> Option<fn(World) -> Self> {
        let has_library = world == WorldName::BiotechResearch;
        has_library.then_some(|world| {
            let usual = Self::default();
            Self { articles: times(usual.articles, world), ..usual }
        })
    }
}

impl World {
    /// What is planted in it. No simulator tells it.
    pub fn truth(self) -> Truth {
        match self.name {
            // Truths of worlds without a story go here.
            WorldName::BiotechResearch => self.lab().map(|lab| lab.facts()).unwrap_or_default(),
            _ => self.story().map(|story| story.truth.clone()).unwrap_or_default(),
        }
    }
}

/// The sample shop and the company behind it.
fn has_shop(world: WorldName) -> bool {
    matches!(world, WorldName::CustomerIntelligence | WorldName::Retail)
}

fn shop(world: World) -> Arc<Shop> {
    world.shop().expect("only asked of worlds that have a shop")
}

fn hospital(world: World) -> Arc<Hospital> {
    world.hospital().expect("only asked of worlds that have a hospital")
}

fn retailer(world: World) -> Arc<Retailer> {
    world.told().map(Told::get).expect("only asked of worlds that have a retailer")
}

fn story(world: World) -> Arc<Story> {
    world.story().expect("only asked of worlds that have a story")
}

fn company_size(world: World) -> CompanySize {
    let usual = CompanySize::default();
    CompanySize { shop: shop(world).as_ref().clone(), talkativeness: usual.talkativeness * world.size_factor, ..usual }
}

fn times(usual: usize, world: World) -> usize {
    (usual as f64 * world.size_factor).round().max(1.) as usize
}
