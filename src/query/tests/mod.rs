//! Flows through the whole engine, over tables in memory.

mod arithmetic;
mod column_names;
mod exports;
mod gate;
mod lake;
mod limits;
mod literals;
mod names;
mod rows;
mod same_names;
mod shop;
mod time_zones;
