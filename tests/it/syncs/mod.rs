//! What a sync makes of its source's rows: modes, boundaries, changed columns, rejected rows, schedules, many at once.

mod append;
mod cancel;
mod drift;
mod drift_incremental;
mod estimates;
mod files;
mod many;
mod merge;
mod progress;
mod schedules;
mod statistics;
mod table;
mod upkeep;
