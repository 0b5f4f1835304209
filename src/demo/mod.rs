//! Demo worlds: seeded, coherent, made-up data.
//!
//! The same seed makes the same world, to the last row, so that what a demo answers can be written down.

mod bank;
pub mod clinic;
pub mod cohort;
mod company;
mod desk;
mod dice;
mod grammar;
pub mod hospital;
mod intelligence;
pub mod lab;
mod ledger;
pub mod literature;
mod office;
mod plant;
mod projects;
mod retail;
mod shop;
mod story;
mod truth;
mod world;

pub use company::{Channel, Company, CompanySize, Link, Message, Person, Reaction, SharedFile};
pub use desk::{
    Appointment, Block, Cells, Colleague, Desk, DeskSheet, Letter, Look, Merged, Paper, PaperTab, WorkValue, Workbook,
};
pub use office::{Book, Cell, ListColumn, ListItem, ListKind, ListValue, Mail, Meeting, Office, OfficeList, Sheet};
pub use shop::{CatalogueItem, DaySales, RecentOrder, Shop, ShopCounts, ShopError};
pub use story::{Story, StoryChannel, StoryMessage, StoryPerson, StoryTable, StoryValue};
pub use truth::{Fact, Truth};
pub use world::{Part, Told, UnknownWorld, World, WorldName};
