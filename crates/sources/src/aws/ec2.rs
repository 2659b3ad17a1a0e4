//! EC2: machines, regions, images, launch templates. On the wire it speaks AWS Query and answers in XML, which is read
//! as the JSON that the command line makes of it.

mod describe_images;
mod describe_instances;
mod describe_launch_template_versions;
mod describe_regions;

use crate::codec::xml::{self, Kind};
use crate::{Answer, Ask, Operation, Page, Protocol, Reject, Request};
use serde::de::DeserializeOwned;

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[
    &describe_images::OPERATION,
    &describe_instances::OPERATION,
    &describe_launch_template_versions::OPERATION,
    &describe_regions::OPERATION,
];

/// A Query request: this action, these members, and `NextToken` where the question continues.
fn request(ask: &Ask, action: &str, members: &[(&str, &str)]) -> Request {
    let mut all = vec![("Action", action), ("Version", "2016-11-15")];
    all.extend_from_slice(members);
    if let Some(token) = &ask.token {
        all.push(("NextToken", token));
    }
    Request { service: "ec2", protocol: Protocol::AwsQuery, body: super::form(&all) }
}

fn read<T: DeserializeOwned>(answer: &Answer<'_>) -> Result<T, Reject> {
    xml::read(answer, names)
}

fn page(answer: &Answer<'_>, operation: &'static str) -> Page {
    xml::page_by_next_token(answer, operation, names)
}

/// Names on the wire that the command line prints otherwise, and elements that can be empty.
fn names(wire: &str) -> Option<Kind> {
    Some(match wire {
        "reservationSet" => Kind::List("Reservations"),
        "instancesSet" => Kind::List("Instances"),
        "networkInterfaceSet" => Kind::List("NetworkInterfaces"),
        "privateIpAddressesSet" => Kind::List("PrivateIpAddresses"),
        "ipv6AddressesSet" => Kind::List("Ipv6Addresses"),
        "ipv6PrefixSet" => Kind::List("Ipv6Prefixes"),
        "association" => Kind::Object("Association"),
        "tagSet" => Kind::List("Tags"),
        "regionInfo" => Kind::List("Regions"),
        "imagesSet" => Kind::List("Images"),
        "launchTemplateVersionSet" => Kind::List("LaunchTemplateVersions"),
        "instanceState" => Kind::Object("State"),
        "launchTemplateData" => Kind::Object("LaunchTemplateData"),
        "imageState" => Kind::Text("State"),
        "ipAddress" => Kind::Text("PublicIpAddress"),
        "imageOwnerId" => Kind::Text("OwnerId"),
        _ => return None,
    })
}
