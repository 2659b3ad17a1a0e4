# What CI runs; `just` alone lists the recipes.
default:
    @just --list

# Everything that has to hold before a change lands.
ci: fmt clippy fuzz-check test docs deny

fmt:
    cargo fmt --all --check

clippy:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# The fuzz targets compile; without libFuzzer itself, which takes a C++ compiler and a nightly Rust.
fuzz-check:
    cargo check --manifest-path fuzz/Cargo.toml --no-default-features --target-dir target --locked

# Fuzzes one target of fuzz/ for some seconds: `just fuzz operations 60`.
fuzz target seconds="60":
    PATCHSEAL_FUZZ_SEEDS=1 cargo test --manifest-path fuzz/Cargo.toml --no-default-features --target-dir target --lib seeds
    cargo +nightly fuzz run --fuzz-dir fuzz {{target}} -- -max_total_time={{seconds}}

test:
    cargo test --workspace --locked

# Generated documentation is up to date.
docs:
    cargo xtask docs --check

deny:
    cargo deny check bans licenses sources
