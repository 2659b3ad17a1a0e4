//! The project's lifecycle table is well formed, and differs from endoflife.date only where a note
//! says why.

// A test may stop at the first thing that is not as it should be, and say so.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::fs;
use std::path::Path;

use jiff::civil::Date;
use patchseal_core::lifecycle::product_and_cycle;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    schema: String,
    checked: String,
    products: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    product: String,
    cycle: String,
    names: Vec<String>,
    end_of_standard_support: String,
    end_of_extended_support: Option<String>,
    extended_needs: Option<String>,
    source: String,
    source_kind: String,
    note: Option<String>,
}

fn table() -> Table {
    serde_json::from_str(include_str!("../data/lifecycle.json")).unwrap()
}

fn date(text: &str) -> Date {
    let date: Date = text.parse().unwrap();
    assert_eq!(date.to_string(), text, "a date is written as YYYY-MM-DD");
    date
}

#[test]
fn table_is_well_formed() {
    let table = table();
    assert_eq!(table.schema, "patchseal.lifecycle/v1");
    date(&table.checked);
    let keys: Vec<_> = table.products.iter().map(|row| (&row.product, &row.cycle)).collect();
    assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "sorted by product and cycle, once each");
    for row in &table.products {
        let name = format!("{} {}", row.product, row.cycle);
        let standard = date(&row.end_of_standard_support);
        if let Some(extended) = &row.end_of_extended_support {
            assert!(date(extended) > standard, "{name}: extended support ends later");
        }
        assert_eq!(
            row.end_of_extended_support.is_some(),
            row.extended_needs.is_some(),
            "{name}: an extension names what it needs"
        );
        assert!(row.source.starts_with("https://"), "{name}");
        let from_third_party = row.source.starts_with("https://endoflife.date/");
        match row.source_kind.as_str() {
            "vendor" => assert!(!from_third_party, "{name}"),
            "endoflife.date" => assert!(from_third_party, "{name}"),
            other => panic!("{name}: source_kind {other}"),
        }
        assert!(!row.names.is_empty(), "{name}");
    }
}

/// The first name of a row is one that platforms print, so matching and table cannot drift apart.
#[test]
fn names_lead_back_to_their_row() {
    for row in table().products {
        let found = product_and_cycle(&row.names[0], "");
        let expected = Some((row.product.as_str(), row.cycle.as_str()));
        assert_eq!(found.as_ref().map(|(p, c)| (*p, c.as_str())), expected, "{}", row.names[0]);
    }
}

#[derive(Deserialize)]
struct Reference {
    rel: Vec<Release>,
}

#[derive(Deserialize)]
struct Release {
    c: String,
    #[serde(default)]
    e: serde_json::Value,
    #[serde(default)]
    x: serde_json::Value,
}

#[test]
fn differences_from_endoflife_date_have_a_note() {
    // Beside the workspace, where the machines that check this table keep the reference.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/lifecycle/endoflife.json");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return;
    };
    let reference: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    let mut unexplained = Vec::new();
    for row in table().products {
        let Some(product) = reference.get(&row.product) else {
            eprintln!("{}: not in the reference", row.product);
            continue;
        };
        let product = Reference::deserialize(product).unwrap();
        let cycle = reference_cycle(&row);
        let Some(release) = product.rel.iter().find(|release| release.c == cycle) else {
            unexplained.push(format!("{} {}: no cycle {cycle}", row.product, row.cycle));
            continue;
        };
        let ends = [
            ("standard", Some(row.end_of_standard_support.as_str()), &release.e),
            ("extended", row.end_of_extended_support.as_deref(), &release.x),
        ];
        for (which, ours, theirs) in ends {
            if ours != theirs.as_str() {
                let line = format!("{} {} {which}: {ours:?}, {theirs}", row.product, row.cycle);
                eprintln!("{line} ({})", row.note.as_deref().unwrap_or("no note"));
                if row.note.is_none() {
                    unexplained.push(line);
                }
            }
        }
    }
    assert!(unexplained.is_empty(), "{unexplained:#?}");
}

fn reference_cycle(row: &Row) -> &str {
    match (row.product.as_str(), row.cycle.as_str()) {
        ("amazon-linux", "1") => "2018.03",
        ("windows-server", "2008") => "2008-sp2",
        ("windows-server", "2008-r2") => "2008-r2-sp1",
        (_, cycle) => cycle,
    }
}
