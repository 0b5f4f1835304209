//! Demo worlds: seeded, coherent, made-up data.
