//! Faults, caused for real: servers killed, frozen and restarted, disks full; and no row lost or doubled.

mod busy_shop;
mod changed_settings;
mod dropped;
mod dying;
mod frozen;
mod full_disk;
mod gate;
mod killed;
mod ledger;
mod moments;
mod recast;
mod restarted;
mod sittings;
