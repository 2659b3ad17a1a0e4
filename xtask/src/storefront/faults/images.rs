//! Images and templates that bring old software back.

use super::Fault;
use crate::storefront::PLATFORM;
use serde_json::json;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "old-image",
        cloud: "aws",
        about: "an instance from an image of last year",
        findings: &[("image-outdated", "sf-web-pe-6", "fail")],
        apply: |e| {
            e.place(PLATFORM, "eu-west-1")?.images.push(json!({"ImageId": "ami-0200000000000002", "Name": "sf-golden-2025-06", "CreationDate": "2025-06-05T00:00:00.000Z", "State": "available", "OwnerId": PLATFORM}));
            if let Some(one) = &mut e.host("sf-web-pe-6")?.instance {
                one["ImageId"] = "ami-0200000000000002".into();
            }
            Ok(())
        },
    },
    Fault {
        id: "vanished-image",
        cloud: "aws",
        about: "an instance whose image was deregistered",
        findings: &[("image-deregistered", "sf-cart-pe-7", "fail"), ("image-outdated", "sf-cart-pe-7", "unknown")],
        apply: |e| {
            if let Some(one) = &mut e.host("sf-cart-pe-7")?.instance {
                one["ImageId"] = "ami-0200000000000009".into();
            }
            Ok(())
        },
    },
    Fault {
        id: "pinned-template",
        cloud: "aws",
        about: "a group that launches a fixed template version, and a newer one exists",
        findings: &[("launch-template-version-pinned", "sf-asg-web", "fail")],
        apply: |e| {
            let place = e.place(PLATFORM, "us-east-1")?;
            let image = place.images[0]["ImageId"].clone();
            place.groups.push(json!({"AutoScalingGroupName": "sf-asg-web", "AutoScalingGroupARN": format!("arn:aws:autoscaling:us-east-1:{PLATFORM}:autoScalingGroup:0aaaaaaa-0000-4000-8000-000000000000:autoScalingGroupName/sf-asg-web"),
                "LaunchTemplate": {"LaunchTemplateId": "lt-0300000000000001", "LaunchTemplateName": "sf-web", "Version": "1"}, "Instances": [], "Tags": []}));
            let version = |number: u32, default: bool| {
                json!({"LaunchTemplateId": "lt-0300000000000001", "LaunchTemplateName": "sf-web", "VersionNumber": number, "DefaultVersion": default,
                "CreateTime": "2026-11-06T00:00:00.000Z", "LaunchTemplateData": {"ImageId": image}})
            };
            place.templates.insert("lt-0300000000000001".into(), vec![version(2, true), version(1, false)]);
            Ok(())
        },
    },
    Fault {
        id: "old-image-vm",
        cloud: "azure",
        about: "a virtual machine from an image of last year",
        findings: &[("image-outdated", "sf-az-19", "fail")],
        apply: |e| {
            e.resource("sf-az-19")?["properties"]["storageProfile"]["imageReference"]["exactVersion"] =
                "24.04.202506050".into();
            Ok(())
        },
    },
];
