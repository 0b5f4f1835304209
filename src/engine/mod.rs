//! The sync engine: plan, run, batches, checkpoints, retries, schedule, leases.
