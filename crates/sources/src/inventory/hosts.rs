//! Machines of an outside inventory. No two inventories name their columns alike, so the policy maps them; what it does
//! not map is found under the member's own name or not at all.

use crate::codec::csv;
use crate::{
    Answer, Ask, Asks, Expect, Fixture, Operation, Page, Protocol, Reach, Reject, Request, Rows, Sink, Tally, When,
};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, OutsideHost};
use patchseal_core::tags::Tags;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "inventory.Hosts",
    permissions: &[],
    docs: "https://github.com/patchseal/patchseal/blob/main/docs/recordings.md",
    reach: Reach::Organisation,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(_: &Ask) -> Request {
    Request { service: "inventory", protocol: Protocol::File, body: Vec::new() }
}

fn page(_: &Answer<'_>) -> Page {
    Page::Last
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

/// Which column holds what. A member that is `None` is read from a column of exactly its own name, where there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Inventory's own id; a table has to have it or `name`.
    pub id: Option<String>,
    /// Host name.
    pub name: Option<String>,
    /// Cloud id: `i-…`, `mi-…`, or an ARM id.
    pub cloud_id: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Operating system.
    pub os: Option<String>,
    /// Whether the machine is in use.
    pub in_use: Option<InUse>,
    /// Owner.
    pub owner: Option<String>,
    /// Environment.
    pub environment: Option<String>,
    /// Service.
    pub service: Option<String>,
    /// Data class.
    pub data_class: Option<String>,
    /// Names under which the last four are handed on.
    pub tag_names: TagNames,
}

/// A column and the values in it that mean "in use", in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUse {
    /// Column.
    pub column: String,
    /// Values; any other value is a machine that is retired.
    pub values: Vec<String>,
}

/// The policy's names of tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagNames {
    /// Owner.
    pub owner: String,
    /// Environment.
    pub environment: String,
    /// Service.
    pub service: String,
    /// Data class.
    pub data_class: String,
}

impl Default for TagNames {
    fn default() -> TagNames {
        TagNames {
            owner: "owner".to_owned(),
            environment: "environment".to_owned(),
            service: "service".to_owned(),
            data_class: "data_class".to_owned(),
        }
    }
}

/// Values of a column named `in_use` that the policy does not explain: only these mean "not in use".
const NOT_IN_USE: [&str; 3] = ["false", "no", "0"];

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    rows_with(answer, &Mapping::default(), sink)
}

/// Reads an inventory by a mapping. The exchange's account is the name of the inventory.
pub fn rows_with(answer: &Answer<'_>, mapping: &Mapping, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let text = csv::text(answer)?;
    let mut reader = csv::reader(text, csv::delimiter(text));
    let header = reader.headers().map_err(|error| csv::reject(&error, 0))?.clone();
    let column = |mapped: Option<&String>, member: &str| match mapped {
        None => Ok(header.iter().position(|name| name.trim() == member)),
        Some(column) => match header.iter().position(|name| name.trim() == column.trim()) {
            Some(at) => Ok(Some(at)),
            None => Err(csv::refuse(
                Some(1),
                format!("the policy maps `{member}` to column `{column}`, and the columns are {}", csv::list(&header)),
            )),
        },
    };
    let id = column(mapping.id.as_ref(), "id")?;
    let name = column(mapping.name.as_ref(), "name")?;
    if id.is_none() && name.is_none() {
        let columns = csv::list(&header);
        let message = format!("no column `id` or `name`: map them in the policy; the columns are {columns}");
        return Err(csv::refuse(Some(1), message));
    }
    let cloud_id = column(mapping.cloud_id.as_ref(), "cloud_id")?;
    let address = column(mapping.address.as_ref(), "address")?;
    let os = column(mapping.os.as_ref(), "os")?;
    let in_use = column(mapping.in_use.as_ref().map(|in_use| &in_use.column), "in_use")?;
    let names = &mapping.tag_names;
    let tags = [
        (&names.owner, column(mapping.owner.as_ref(), "owner")?),
        (&names.environment, column(mapping.environment.as_ref(), "environment")?),
        (&names.service, column(mapping.service.as_ref(), "service")?),
        (&names.data_class, column(mapping.data_class.as_ref(), "data_class")?),
    ];

    let mut rows = Rows::into_sink(sink);
    for (number, record) in reader.records().enumerate() {
        let record = record.map_err(|error| csv::reject(&error, 0))?;
        // Spreadsheets leave empty cells at the end of a row out; cells beyond the header mean that columns moved.
        if record.iter().skip(header.len()).any(|cell| !cell.trim().is_empty()) {
            rows.without("row with more cells than the header: which is which cannot be told");
            continue;
        }
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).map(str::trim).unwrap_or_default();
        let some = |at| Some(cell(at)).filter(|text| !text.is_empty());
        let Some(key) = some(id).or(some(name)) else {
            rows.without("row without an id and a name");
            continue;
        };
        let word = cell(in_use);
        let host = OutsideHost {
            inventory: answer.exchange.scope.account.clone(),
            id: key.into(),
            name: cell(name).into(),
            cloud_id: some(cloud_id).map(|id| id.to_ascii_lowercase().into()),
            address: some(address).map(Into::into),
            os: cell(os).into(),
            in_use: match &mapping.in_use {
                Some(InUse { values, .. }) => values.iter().any(|value| value.trim().eq_ignore_ascii_case(word)),
                None => !NOT_IN_USE.iter().any(|value| value.eq_ignore_ascii_case(word)),
            },
            tags: Tags::new(tags.iter().filter_map(|(tag, at)| Some((tag.as_str().into(), some(*at)?.into())))),
        };
        rows.fact(Pointer::Row(&"", number as u32), Fact::Outside(host));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: "id,name,cloud_id,address,os,in_use,owner,environment\nCI1,web-1,i-0ABC,10.0.0.1,Amazon Linux 2023,true,shop,production\nCI2,old-1,,,\"Windows\nServer 2012\",No,,\n",
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture { name: "empty", body: "id,name\n", expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "as a spreadsheet saves it",
        body: "\u{feff}name;os;owner\r\nweb-1;\"Debian; 12\";shop\r\nweb-2\r\n;;\r\nweb-3;Debian;shop;moved\r\n",
        expect: Expect::Read { rows: 4, facts: 2, more: false },
    },
    Fixture { name: "nothing to go by", body: "hostname,os\nweb-1,Debian\n", expect: Expect::Refused },
    Fixture { name: "no table", body: "", expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{exchange, facts_of};
    use patchseal_core::exchange::Pointer;

    #[derive(Default)]
    struct Keep(Vec<OutsideHost>);

    impl Sink for Keep {
        fn fact(&mut self, _: Pointer, fact: Fact<'_>) {
            let Fact::Outside(host) = fact else { panic!("not an outside host: {fact:?}") };
            self.0.push(host);
        }
    }

    fn read(body: &str, mapping: &Mapping) -> Result<Vec<OutsideHost>, Reject> {
        let exchange = exchange(&OPERATION, None);
        let mut keep = Keep::default();
        rows_with(&Answer { exchange: &exchange, body: body.as_bytes() }, mapping, &mut keep)?;
        Ok(keep.0)
    }

    #[test]
    fn columns_of_their_own_names_need_no_mapping() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Outside(host) = &facts[0] else { panic!("not an outside host: {facts:?}") };
        assert_eq!((host.cloud_id.as_deref(), host.in_use), (Some("i-0abc"), true));
        assert_eq!(host.tags.get("environment"), Some("production"));
        let Fact::Outside(host) = &facts[1] else { panic!("not an outside host: {facts:?}") };
        assert_eq!((&*host.os, host.in_use, host.cloud_id.as_deref()), ("Windows\nServer 2012", false, None));
        assert!(host.tags.is_empty());
    }

    #[test]
    fn short_rows_are_machines_too() {
        let facts = facts_of(&OPERATION, "as a spreadsheet saves it", None);
        let Fact::Outside(host) = &facts[0] else { panic!("not an outside host: {facts:?}") };
        assert_eq!((&*host.id, &*host.os, host.in_use), ("web-1", "Debian; 12", true));
        assert!(matches!(&facts[1], Fact::Outside(host) if &*host.name == "web-2" && host.in_use));
    }

    #[test]
    fn the_policy_maps_columns() {
        let mapping = Mapping {
            name: Some("Host Name".into()),
            in_use: Some(InUse { column: "Status".into(), values: vec!["Live".into(), "Standby".into()] }),
            owner: Some("Team".into()),
            tag_names: TagNames { owner: "cost-owner".into(), ..TagNames::default() },
            ..Mapping::default()
        };
        let table = "Host Name\tStatus\tTeam\nweb-1\tlive\tshop\nweb-2\tRetired\tshop\n";
        let hosts = read(table, &mapping).unwrap();
        assert_eq!(hosts.iter().map(|host| host.in_use).collect::<Vec<_>>(), [true, false]);
        assert_eq!(hosts[0].tags.get("cost-owner"), Some("shop"));

        let reject = read("Host Name,State\nweb-1,live\n", &mapping).unwrap_err();
        assert_eq!(
            reject.message,
            "the policy maps `in_use` to column `Status`, and the columns are `Host Name`, `State`"
        );
    }

    #[test]
    fn another_encoding_is_named() {
        let exchange = exchange(&OPERATION, None);
        let answer = Answer { exchange: &exchange, body: b"name\nweb\nM\xfcnchen\n" };
        let reject = rows_with(&answer, &Mapping::default(), &mut Keep::default()).unwrap_err();
        assert_eq!(reject.position, Some((3, 1)));
    }
}
