//! What records are called by, each put into the one form in which it is compared.

mod company;
mod domain;
mod email;
mod id;
mod nicknames;
mod person;
mod phone;

pub(super) use company::{Company, is_company, is_legal_form};
pub(super) use domain::{domain, name_in};
pub(super) use email::{Address, addresses};
pub(super) use id::{Id, is_cue};
pub(super) use nicknames::formal;
pub(super) use person::Person;
pub(super) use phone::{Phone, phones};

/// The hash of texts that follow each other, in a space of its own for each kind of key (FNV-1a).
pub(super) fn hash_of(space: u8, parts: &[&[u8]]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    add(space);
    for part in parts {
        part.iter().copied().for_each(&mut add);
    }
    hash
}
