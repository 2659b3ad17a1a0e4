//! Documents of the Common Security Advisory Framework 2.0, as far as fixes are read out of them: the parts that vendors
//! share. What a product id means is the vendor's own.

use crate::codec::json::Time;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A document.
#[derive(Deserialize)]
pub(super) struct Csaf<'a> {
    #[serde(borrow)]
    pub(super) document: Head<'a>,
    #[serde(borrow, default)]
    pub(super) product_tree: Tree<'a>,
    #[serde(borrow)]
    pub(super) vulnerabilities: Vec<Weakness<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Head<'a> {
    #[serde(borrow)]
    pub(super) csaf_version: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) tracking: Tracking<'a>,
}

#[derive(Deserialize)]
pub(super) struct Tracking<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(default)]
    pub(super) initial_release_date: Time,
    #[serde(default)]
    pub(super) current_release_date: Time,
}

#[derive(Default, Deserialize)]
pub(super) struct Tree<'a> {
    #[serde(borrow, default)]
    branches: Vec<Branch<'a>>,
    #[serde(borrow, default)]
    full_product_names: Vec<Product<'a>>,
    #[serde(borrow, default)]
    pub(super) relationships: Vec<Relationship<'a>>,
}

#[derive(Deserialize)]
struct Branch<'a> {
    #[serde(borrow)]
    product: Option<Product<'a>>,
    #[serde(borrow, default)]
    branches: Vec<Branch<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Product<'a> {
    #[serde(borrow)]
    product_id: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    product_identification_helper: Option<Helper<'a>>,
}

#[derive(Deserialize)]
struct Helper<'a> {
    #[serde(borrow)]
    cpe: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
pub(super) struct Relationship<'a> {
    #[serde(borrow)]
    full_product_name: Product<'a>,
    #[serde(borrow)]
    pub(super) product_reference: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) relates_to_product_reference: Cow<'a, str>,
}

impl Relationship<'_> {
    pub(super) fn id(&self) -> &str {
        &self.full_product_name.product_id
    }
}

#[derive(Deserialize)]
pub(super) struct Weakness<'a> {
    #[serde(borrow)]
    pub(super) cve: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) product_status: Status<'a>,
    #[serde(borrow, default)]
    pub(super) remediations: Vec<Remediation<'a>>,
}

#[derive(Default, Deserialize)]
pub(super) struct Status<'a> {
    #[serde(borrow, default)]
    pub(super) fixed: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
pub(super) struct Remediation<'a> {
    #[serde(borrow)]
    pub(super) category: Cow<'a, str>,
    #[serde(default)]
    pub(super) date: Time,
    #[serde(borrow, default)]
    pub(super) details: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) url: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) product_ids: Vec<Cow<'a, str>>,
}

impl Tree<'_> {
    /// Name and CPE of every product, by id.
    pub(super) fn names(&self) -> BTreeMap<&str, (&str, &str)> {
        let mut names = BTreeMap::new();
        fn walk<'t>(branches: &'t [Branch<'_>], names: &mut BTreeMap<&'t str, (&'t str, &'t str)>) {
            for branch in branches {
                names.extend(branch.product.as_ref().map(entry));
                walk(&branch.branches, names);
            }
        }
        walk(&self.branches, &mut names);
        names.extend(self.full_product_names.iter().map(entry));
        names
    }
}

fn entry<'t>(product: &'t Product<'_>) -> (&'t str, (&'t str, &'t str)) {
    let cpe = product.product_identification_helper.as_ref().and_then(|helper| helper.cpe.as_deref());
    (&product.product_id, (&product.name, cpe.unwrap_or_default()))
}
