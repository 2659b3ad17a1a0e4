//! Launch configurations: what groups launch from that never moved to templates. They cannot change, so that the image
//! is that of the day they were made. Their user data can hold secrets and is not read.

use super::names;
use crate::codec::json::Time;
use crate::codec::xml;
use crate::{
    Answer, Ask, Asks, Expect, Fixture, Operation, Page, Protocol, Reach, Reject, Request, Rows, Sink, Tally, When,
};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, LaunchConfiguration};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "autoscaling.DescribeLaunchConfigurations",
    permissions: &["autoscaling:DescribeLaunchConfigurations"],
    docs: "https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeLaunchConfigurations.html",
    reach: Reach::Region,
    when: When::Answer,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let mut members =
        vec![("Action", "DescribeLaunchConfigurations"), ("Version", "2011-01-01"), ("MaxRecords", "100")];
    if let Some(token) = &ask.token {
        members.push(("NextToken", token));
    }
    Request { service: "autoscaling", protocol: Protocol::AwsQuery, body: crate::aws::form(&members) }
}

fn page(answer: &Answer<'_>) -> Page {
    xml::page_by_next_token(answer, OPERATION.id, names)
}

/// The images are worth knowing before anything launches from them.
fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = xml::read::<Body>(answer, names) else { return };
    for image in body.launch_configurations.into_iter().map(|row| row.image_id) {
        if image.starts_with("ami-") {
            asks.together(patchseal_core::op::IMAGES, answer.exchange.scope.clone(), image);
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    launch_configurations: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    launch_configuration_name: String,
    #[serde(default, rename = "LaunchConfigurationARN")]
    arn: String,
    #[serde(default)]
    image_id: String,
    #[serde(default)]
    created_time: Time,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = xml::read(answer, names)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.launch_configurations.into_iter().enumerate() {
        rows.fact(
            Pointer::Row(&"/LaunchConfigurations", number as u32),
            Fact::LaunchConfiguration(LaunchConfiguration {
                name: row.launch_configuration_name,
                id: row.arn,
                image: crate::aws::said(Some(row.image_id)),
                created: row.created_time.0,
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"LaunchConfigurations": [
  {"LaunchConfigurationName": "old-2019", "LaunchConfigurationARN": "arn:aws:autoscaling:eu-west-1:111122223333:launchConfiguration:0a:launchConfigurationName/old-2019",
   "ImageId": "ami-0a1", "KeyName": "", "SecurityGroups": ["sg-0a1"], "ClassicLinkVPCSecurityGroups": [], "UserData": "c2VjcmV0",
   "InstanceType": "t2.micro", "KernelId": "", "RamdiskId": "", "BlockDeviceMappings": [], "InstanceMonitoring": {"Enabled": true},
   "CreatedTime": "2019-08-16T21:08:07.388000+00:00", "EbsOptimized": false},
  {"LaunchConfigurationName": "imageless", "ImageId": "", "InstanceType": "t2.micro"}
], "NextToken": "page-2"}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"LaunchConfigurations": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"<DescribeLaunchConfigurationsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
  <DescribeLaunchConfigurationsResult><LaunchConfigurations>
    <member><LaunchConfigurationName>old-2019</LaunchConfigurationName><ImageId>ami-0a1</ImageId><CreatedTime>2019-08-16T21:08:07.388Z</CreatedTime>
      <SecurityGroups><member>sg-0a1</member></SecurityGroups><BlockDeviceMappings/><UserData/></member>
  </LaunchConfigurations></DescribeLaunchConfigurationsResult>
  <ResponseMetadata><RequestId>0a</RequestId></ResponseMetadata>
</DescribeLaunchConfigurationsResponse>"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "wire error",
        body: "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code></Error><RequestId>0a</RequestId></ErrorResponse>",
        expect: Expect::Refused,
    },
    Fixture {
        name: "error document",
        body: r#"{"Error": {"Type": "Sender", "Code": "AccessDenied", "Message": "not authorized to perform: autoscaling:DescribeLaunchConfigurations"}}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{asks_of, facts_of, time};

    #[test]
    fn the_wire_says_what_the_command_line_says() {
        for fixture in ["answered", "wire"] {
            let facts = facts_of(&OPERATION, fixture, None);
            let Fact::LaunchConfiguration(old) = &facts[0] else { panic!("{facts:?}") };
            assert_eq!((old.name.as_str(), old.image.as_deref()), ("old-2019", Some("ami-0a1")));
            assert_eq!(old.created, Some(time("2019-08-16T21:08:07.388Z")));
        }
    }

    #[test]
    fn images_are_asked_about() {
        let asks = asks_of(&OPERATION, "answered", None);
        assert_eq!(
            (asks.len(), asks[0].operation, &asks[0].ids),
            (1, "ec2.DescribeImages", &vec!["ami-0a1".to_owned()])
        );
    }
}
