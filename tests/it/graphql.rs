//! The API through its public door, over HTTP and WebSocket.

mod errors;
mod live;
mod paging;
mod schema;
mod statements;
mod work;
