//! Asking, through the public door: what each scenario can be asked, what it must refuse, conversations, and language models.

mod command_line;
mod conversations;
mod hostile;
mod judgement;
mod language_model;
mod model_server;
mod not_yet;
mod provenance;
mod questions;
mod scenarios;
mod scene;
mod secrecy;
