//! Demo worlds: seeded, coherent, made-up data.
//!
//! The same seed makes the same world, to the last row, so that what a demo answers can be written down.

pub mod clinic;
pub mod cohort;
mod company;
mod desk;
pub mod lab;
pub mod literature;
mod office;
mod shop;
mod world;

pub use company::{Channel, Company, CompanySize, Link, Message, Person, Reaction, SharedFile};
pub use desk::{
    Appointment, Block, Cells, Colleague, Desk, DeskSheet, Letter, Look, Merged, Paper, PaperTab, UnknownDesk,
    WorkValue, Workbook,
};
pub use office::{Book, Cell, ListColumn, ListItem, ListKind, ListValue, Mail, Meeting, Office, OfficeList, Sheet};
pub use shop::{CatalogueItem, RecentOrder, Shop, ShopCounts, ShopError};
pub use world::{UnknownWorld, World};
