//! Sample exports, in the shapes that ServiceNow's Table API and Jira's search document; and what is none.

use crate::{Expect, Fixture};

pub(super) const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"result": [
  {"number": {"display_value": "CHG0030192", "value": "CHG0030192"}, "type": {"display_value": "Emergency", "value": "emergency"},
   "short_description": {"display_value": "Patch CVE-2026-1234 on web", "value": "Patch CVE-2026-1234 on web"},
   "requested_by": {"display_value": "platform-engineer", "value": "46d44a5dc0a8010e0000c8d3f1a6e3b1", "link": "https://shop.service-now.com/api/now/table/sys_user/46d4"},
   "approval": {"display_value": "Approved", "value": "approved"}, "approval_set": {"display_value": "22/11/2026 10:00:00", "value": "2026-11-22 09:00:00"},
   "work_start": {"display_value": "22/11/2026 11:00:00", "value": "2026-11-22 10:00:00"}, "close_code": {"display_value": "Successful", "value": "successful"},
   "state": {"display_value": "Closed", "value": "3"}, "cmdb_ci": {"display_value": "web-1", "value": "b0c1", "link": "https://shop.service-now.com/api/now/table/cmdb_ci/b0c1"}},
  {"number": "CHG0030193", "type": "normal", "short_description": "Monthly patches", "requested_by": "", "approval": "not requested", "work_start": "", "state": "-5"}]}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture { name: "empty", body: r#"{"result": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "issues",
        body: r#"{"startAt": 0, "maxResults": 2, "total": 3, "names": {"customfield_10005": "Change type", "customfield_10010": "Approvals", "customfield_10020": "Actual start", "customfield_10030": "Affected hardware"},
 "issues": [
  {"id": "10001", "key": "OPS-7", "fields": {"summary": "KB5031364 on tills", "labels": ["patching"], "status": {"name": "Completed"}, "resolution": {"name": "Done"},
   "reporter": {"accountId": "557058:a1", "displayName": "store-engineer"}, "assignee": null, "customfield_10005": {"value": "Standard"}, "customfield_10030": "till-1, till-2",
   "customfield_10010": [{"id": "1", "finalDecision": "approved", "completedDate": {"iso8601": "2026-11-20T09:00:00+0000"},
      "approvers": [{"approver": {"displayName": "change-manager"}, "approverDecision": "approved"}, {"approver": {"displayName": "store-lead"}, "approverDecision": "pending"}]}],
   "customfield_10020": "2026-11-21T02:00:00.000+0000", "resolutiondate": "2026-11-21T04:00:00.000+0000"}},
  {"id": "10002", "key": "OPS-8", "fields": {"summary": "New screen", "labels": [], "status": {"name": "Planning"}, "customfield_10020": null}}]}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture {
        name: "a list as a spreadsheet saves it",
        body: "\u{feff}number;type;short_description;work_start;approval;approval_set;cmdb_ci\r\nCHG1;Normal;\"Patches; two\r\nlines\";2026-11-20 02:00:00;Approved;2026-11-19 10:00:00;web-1\r\n;;;;;;\r\nCHG2;Normal;Patches;soon;Approved;2027-01-01 00:00:00;web-2\r\nCHG1;Normal;Other;;;;\r\nCHG3;a;b;c;d;e;f;moved\r\n",
        expect: Expect::Read { rows: 5, facts: 3, more: false },
    },
    Fixture {
        name: "issues in a table",
        body: "Summary,Issue key,Issue id,Status,Labels,Labels,Reporter,Custom field (Change type),Custom field (Actual start),Resolved\nPatch tills,OPS-9,10009,Done,store,patching,store-engineer,Emergency,20/Nov/26 2:03 AM,20/Nov/26 4:00 AM\n",
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture { name: "a table without an id", body: "ticket,title\nA-1,Patch\n", expect: Expect::Refused },
    Fixture { name: "nothing", body: "", expect: Expect::Refused },
    Fixture {
        name: "an error document",
        body: r#"{"error": {"message": "User Not Authenticated"}, "status": "failure"}"#,
        expect: Expect::Refused,
    },
];
