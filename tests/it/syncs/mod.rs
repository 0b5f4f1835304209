//! What a sync makes of its source's rows: modes, boundaries, changed columns, rejected rows, schedules, many at once.

mod append;
mod cancel;
mod days;
mod deletes;
mod drift;
mod drift_incremental;
mod drift_nested;
mod drift_values;
mod estimates;
mod files;
mod late;
mod many;
mod merge;
mod missing;
mod odd_names;
mod progress;
mod recast;
mod recast_midway;
mod reset;
mod schedules;
mod schedules_shared;
mod statistics;
pub mod table;
mod told;
mod upkeep;
mod wide;
mod without_cursor;
