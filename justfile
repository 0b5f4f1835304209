# A convenience: nothing needs `just`.

# All that CI checks, the pages in a browser too; installs and starts what a bare Debian lacks
ci:
    .ci/run

# What CI checks but for the pages in a browser, with the servers that are here
check: check-web
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
    cargo test --workspace --locked

# The web pages: packages, lint, types, unit tests, weight of the first load
check-web:
    cd web && npm ci --no-audit --no-fund --silent && npm run --silent lint && npm run --silent typecheck && npm test --silent && npm run --silent test:first-load

# The web pages in a browser, as a person would use them; all journeys, or those that are named
browser *journeys:
    cargo build --locked
    cd web && DATAWEAVER_TEST_BINARY="${CARGO_TARGET_DIR:-../target}/debug/dataweaver" npm run --silent test:browser -- {{journeys}}

# The sample shop, synced and queried, then the API on http://127.0.0.1:8080
demo:
    cargo run -- demo

# Print the GraphQL schema into schema.graphql
schema:
    UPDATE_SCHEMA=1 cargo test --test it schema

# Rewrite what docs/ says of settings: those of the process, and those of each connector type
docs:
    UPDATE_DOCS=1 cargo test --lib reference

# Hundreds of kills, instead of the twenty of the test suite, and ten minutes of chaos and of a live page, instead of twenty
# seconds
soak kills="300" seconds="600":
    DATAWEAVER_TEST_KILLS={{kills}} cargo test --locked --test it faults -- --nocapture
    DATAWEAVER_TEST_CHAOS_SECONDS={{seconds}} cargo test --locked --test it chaos -- --nocapture --include-ignored --test-threads 1
    cargo test --locked --test it scenarios::set_up -- --nocapture --ignored
    cd web && DATAWEAVER_TEST_LOAD_SECONDS={{seconds}} DATAWEAVER_TEST_BINARY="${CARGO_TARGET_DIR:-../target}/debug/dataweaver" npm run --silent test:browser -- load

# Every question of every scenario in all its wordings, compared with what is true in the demo worlds
ask scenario="":
    cargo test --locked --test it asking::scenarios::{{scenario}} -- --nocapture --ignored --test-threads 1

# From sources into lake tables, beside a bare read of the same rows; the machine should be quiet
bench *arguments:
    cargo build --release --locked
    python3 benches/extract.py {{arguments}}

# SQL over lake tables, beside DuckDB over the same files, by a Python that has it; the machine should be quiet
bench-sql *arguments:
    cargo build --release --locked
    python3 benches/sql.py {{arguments}}

# The same facts to thousands of subscribers, beside a bare WebSocket broadcast; needs PostgreSQL and a quiet machine
bench-fanout *arguments:
    cargo bench --locked --bench fanout -- {{arguments}}

# GraphQL requests, beside a hand-written SQL statement; needs PostgreSQL and a quiet machine
bench-requests *arguments:
    cargo bench --locked --bench requests -- {{arguments}}

# A REST API by a manifest, beside loops that download and parse the same pages; the machine should be quiet
bench-rest *arguments:
    cargo bench --locked --bench rest -- {{arguments}}

# The pictures of the README and the user guide, taken anew; all of them, or those that are named
screenshots *names:
    cargo build --release --locked
    cd web && DATAWEAVER_TEST_BINARY="${CARGO_TARGET_DIR:-../target}/release/dataweaver" node tests/screenshots.mjs {{names}}

# What Lighthouse says of the overview; the machine should be quiet
lighthouse:
    cargo build --release --locked
    cd web && DATAWEAVER_TEST_BINARY="${CARGO_TARGET_DIR:-../target}/release/dataweaver" node tests/lighthouse.mjs
