//! Stripe's API: <https://docs.stripe.com/api>.

mod account;
mod simulator;

pub use simulator::StripeSimulator;

/// The manifest.
pub const MANIFEST: &str = include_str!("manifest.yaml");
