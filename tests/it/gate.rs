//! A gate in a view of PostgreSQL: whoever reads a certain row waits there, so that what is to happen in the middle does.

/// Shuts the gate, for as long as the connection lives or until it [opens](OPEN) it.
pub const SHUT: &str = "SELECT pg_advisory_lock(8)";

/// Opens the gate; to be said over the connection that has shut it.
pub const OPEN: &str = "SELECT pg_advisory_unlock(8)";

/// Cuts the connections of those who wait there.
pub const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'advisory'";

/// Makes the function `gate`, at which whoever asks it for this row waits while the gate is shut, then what `statements`
/// make of it, and shuts it.
pub fn shut_at(row: u32, statements: &str) -> String {
    format!(
        "CREATE FUNCTION gate(n int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
           IF n = {row} THEN PERFORM pg_advisory_lock_shared(8), pg_advisory_unlock_shared(8); END IF;
           RETURN true; END $$;
         {statements};
         {SHUT}"
    )
}
