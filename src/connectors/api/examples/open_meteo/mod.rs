//! Open-Meteo's archive of the weather: <https://open-meteo.com/en/docs/historical-weather-api>.

mod simulator;

pub use simulator::OpenMeteoSimulator;

/// The manifest.
pub const MANIFEST: &str = include_str!("manifest.yaml");
