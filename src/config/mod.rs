//! Settings: one typed section a file; defaults < file < environment < flags.
