//! Requests: how a manifest builds them, and how they are sent until there is a verdict on the answer.

mod backoff;
mod budget;
mod cache;
mod headers;
mod matcher;
mod option;
mod requester;
mod send;
mod transport;
mod verdict;

pub(super) use budget::ApiBudget;
pub(super) use cache::AnswerCache;
pub(super) use headers::headers_for_templates;
pub(super) use matcher::Matcher;
pub(super) use option::{Parts, RequestOption, form_encoded};
pub(super) use requester::Requester;
pub(super) use send::Sender;
pub(super) use transport::{Answer, Body, NoAnswer, Notice, Request, Silence, Transport};
pub(super) use verdict::ErrorHandler;
