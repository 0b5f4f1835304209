//! The API through its public door, over HTTP and WebSocket.

mod errors;
mod live;
mod meanwhile;
mod paging;
mod reach;
mod removal;
mod rights;
mod schema;
mod selection;
mod statements;
mod upstream;
mod work;
