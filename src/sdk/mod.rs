//! All that a connector author imports.
