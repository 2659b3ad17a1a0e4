# What CI runs; `just` alone lists the recipes.
default:
    @just --list

# Everything that has to hold before a change lands.
ci: fmt clippy test docs deny

fmt:
    cargo fmt --all --check

clippy:
    cargo clippy --workspace --all-targets --locked -- -D warnings

test:
    cargo test --workspace --locked

# Generated documentation is up to date.
docs:
    cargo xtask docs --check

deny:
    cargo deny check bans licenses sources
