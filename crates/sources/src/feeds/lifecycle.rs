//! End-of-life dates, in the project's own table: each row names the page that says so.

use crate::codec::json::{self, Time};
use crate::{Answer, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Rows, Sink, Tally, When};
use jiff::civil::Date;
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Feed};
use patchseal_core::lifecycle::LifecycleRow;
use serde::Deserialize;
use std::borrow::Cow;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "feeds.lifecycle",
    permissions: &[],
    docs: "https://github.com/patchseal/patchseal/blob/main/crates/sources/data/lifecycle.json",
    reach: Reach::Organisation,
    when: When::Extra,
    instead: &[],
    request: super::request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

const SCHEMA: &str = "patchseal.lifecycle/v1";

fn page(answer: &Answer<'_>) -> Page {
    json::only_page(answer)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    schema: Cow<'a, str>,
    #[serde(borrow)]
    checked: Cow<'a, str>,
    #[serde(borrow)]
    products: Vec<Row<'a>>,
}

#[derive(Deserialize)]
struct Row<'a> {
    product: String,
    cycle: String,
    #[serde(borrow)]
    end_of_standard_support: Cow<'a, str>,
    end_of_extended_support: Option<String>,
    extended_needs: Option<String>,
    source: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body<'_> = json::read(answer)?;
    let refuse = |message| Reject { position: None, cut_short: false, message };
    if body.schema != SCHEMA {
        return Err(refuse(format!("expected schema `{SCHEMA}`, found `{}`", body.schema)));
    }
    let mut rows = Rows::into_sink(sink);
    let Some(Time(dated)) = json::text_time(&body.checked) else {
        return Err(refuse(format!("at /checked: expected a date, found `{}`", body.checked)));
    };
    let feed = Feed {
        name: "lifecycle".to_owned(),
        version: body.checked.into_owned(),
        dated,
        records: Some(body.products.len() as u64),
    };
    rows.more(Pointer::Whole, Fact::Feed(feed));
    for (number, row) in body.products.into_iter().enumerate() {
        let day = |member: &str, text: &str| -> Result<Date, Reject> {
            text.parse().map_err(|_| {
                refuse(format!("at /products/{number}/{member}: expected a date such as 2026-06-30, found `{text}`"))
            })
        };
        let extended = row.end_of_extended_support.as_deref();
        let row = LifecycleRow {
            end_of_standard_support: day("end_of_standard_support", &row.end_of_standard_support)?,
            end_of_extended_support: extended.map(|text| day("end_of_extended_support", text)).transpose()?,
            product: row.product,
            cycle: row.cycle,
            extended_needs: row.extended_needs,
            source: row.source,
        };
        rows.fact(Pointer::Row(&"/products", number as u32), Fact::Lifecycle(row));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"schema": "patchseal.lifecycle/v1", "checked": "2026-11-24", "products": [
  {"product": "ubuntu", "cycle": "20.04", "names": ["Ubuntu 20.04"], "end_of_standard_support": "2025-05-31", "end_of_extended_support": "2030-04-30",
   "extended_needs": "Ubuntu Pro", "source": "https://ubuntu.com/about/release-cycle", "source_kind": "vendor"},
  {"product": "amazon-linux", "cycle": "2", "names": ["Amazon Linux 2"], "end_of_standard_support": "2026-06-30", "end_of_extended_support": null,
   "extended_needs": null, "source": "https://aws.amazon.com/amazon-linux-2/faqs/", "source_kind": "vendor", "note": "moved twice"}]}"#,
        expect: Expect::Read { rows: 2, facts: 3, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"schema": "patchseal.lifecycle/v1", "checked": "2026-11-24", "products": []}"#,
        expect: Expect::Read { rows: 0, facts: 1, more: false },
    },
    Fixture {
        name: "no date",
        body: r#"{"schema": "patchseal.lifecycle/v1", "checked": "2026-11-24", "products": [
  {"product": "ubuntu", "cycle": "20.04", "end_of_standard_support": "May 2025", "source": "https://ubuntu.com"}]}"#,
        expect: Expect::Refused,
    },
    Fixture {
        name: "another schema",
        body: r#"{"schema": "patchseal.lifecycle/v2", "checked": "2026-11-24", "products": []}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, read};

    #[test]
    fn extended_support_is_apart() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Lifecycle(ubuntu) = &facts[1] else { panic!("not a lifecycle: {facts:?}") };
        assert_eq!(ubuntu.end_of_standard_support.to_string(), "2025-05-31");
        assert_eq!(ubuntu.extended_needs.as_deref(), Some("Ubuntu Pro"));
        assert!(matches!(&facts[2], Fact::Lifecycle(LifecycleRow { end_of_extended_support: None, .. })));
    }

    #[test]
    fn a_bad_date_is_named() {
        let reject = read(&OPERATION, None, OPERATION.fixtures[2].body.as_bytes()).unwrap_err();
        assert!(reject.message.starts_with("at /products/0/end_of_standard_support: "), "{}", reject.message);
    }
}
