//! The estate that every snapshot shows: some hosts in two clouds, late fixes, a denied list, and an earlier run.

use patchseal_core::engine::{Evaluation, Keep, evaluate};
use patchseal_core::estate::Estate;
use patchseal_core::example::{HIGH, World};
use patchseal_core::fact::{PatchPresence, Ping};
use patchseal_core::op;
use patchseal_core::rules::rule;
use patchseal_core::severity::Severity;
use patchseal_render::{Answers, LogState, Report};

pub(crate) struct Sample {
    pub(crate) world: World,
    estate: Estate,
    evaluation: Evaluation,
    shown: Vec<usize>,
}

/// Two recorded answers for every exchange, by whether its number is even: one on lines, one on a single line.
struct Recorded;

impl Answers for Recorded {
    fn body(&self, _: u64, exchange: u32) -> Option<Vec<u8>> {
        let row = |at: usize| {
            format!(
                "{{\"Title\": \"kernel-6.1.79-99.167.amzn2023.x86_64\", \"KBId\": \"row{at}\", \
                 \"Classification\": \"Security\", \"Severity\": \"Critical\", \"State\": \"Missing\", \
                 \"InstalledTime\": 0, \"CVEIds\": \"CVE-2026-0001\"}}"
            )
        };
        let rows: Vec<_> = (0..40).map(row).collect();
        let dense = format!("{{\"rows\": [{}]}}", rows.join(", "));
        let lines = dense.replace("{\"Title\"", "{\n  \"Title\"").replace(", \"", ",\n  \"").replace("\"}", "\"\n}");
        Some(if exchange.is_multiple_of(2) { lines } else { dense }.into_bytes())
    }
}

pub(crate) fn world() -> World {
    let kernel = "kernel-6.1.79-99.167.amzn2023.x86_64";
    let mut world = World::new();
    world = world
        .host("orders-db-1")
        .tag("service", "orders")
        .tag("owner", "team-orders")
        .tag("env", "production")
        .agent(Ping::Online)
        .scanned(60 * 24)
        .patch(kernel, PatchPresence::Missing, Severity::Critical)
        .patch("curl-8.5.0-1.amzn2023.x86_64", PatchPresence::PendingReboot, HIGH);
    world = world
        .host("orders-db-2")
        .tag("service", "orders")
        .tag("owner", "team-orders")
        .tag("env", "production")
        .agent(Ping::Online)
        .scanned(60 * 24)
        .patch(kernel, PatchPresence::Missing, Severity::Medium)
        .after(60 * 24)
        .edit(|fact| !matches!(fact, patchseal_core::fact::Fact::PatchState(_)));
    world = world.host("orders-db-1b").tag("service", "orders").tag("env", "production").agent(Ping::Online);
    for at in 0..12 {
        world = world.host(&format!("batch-{at:02}")).tag("service", "batch").tag("env", "test");
    }
    world = world.host("web-1").tag("service", "shop").agent(Ping::Online).scanned(2).patch(
        "openssl-libs-1:3.0.8-1.amzn2023.0.11.x86_64",
        PatchPresence::Missing,
        HIGH,
    );
    world = world.vm("pos-sql").tag("owner", "=HYPERLINK(\"http://x\")").arc("till-7").scanned(2);
    world.outside("4711", "till-8", None).denied(op::AZURE_INSTALLATIONS).unasked(op::COMMANDS)
}

impl Sample {
    pub(crate) fn of(world: World, keep: Keep) -> Sample {
        let estate = world.estate();
        // Two rules, so that a new one does not change every snapshot.
        let rules = [rule("asset-unmanaged").unwrap(), rule("patch-overdue").unwrap()];
        let evaluation = evaluate(&rules, &world.policy, &estate, keep);
        let shown = (0..evaluation.findings.len()).collect();
        Sample { world, estate, evaluation, shown }
    }

    /// The same answers, sealed in another order.
    pub(crate) fn resealed(mut self) -> Sample {
        let all = self.estate.exchanges.len() as u64;
        for (at, exchange) in self.estate.exchanges.iter_mut().enumerate() {
            (exchange.leaf, exchange.index) = (all - at as u64, 3);
        }
        self
    }

    pub(crate) fn new() -> Sample {
        Sample::of(world(), Keep::Findings)
    }

    pub(crate) fn report(&self) -> Report<'_> {
        Report {
            version: "0.1.0",
            edition: "e0000000",
            as_of: self.estate.as_of,
            as_of_because: "newest observation",
            known_at: 48,
            log: LogState {
                origin: "example.com/patchseal",
                size: 48,
                root: "9d1f000000000000000000000000000000000000000000000000000000000e2",
                assurance: "L0",
            },
            policy: &self.world.policy,
            estate: &self.estate,
            evaluation: &self.evaluation,
            answers: &Recorded,
            shown: &self.shown,
            allow_incomplete: false,
        }
    }
}

/// What a format writes.
pub(crate) fn written(
    write: impl Fn(&Report<'_>, &mut dyn std::io::Write) -> std::io::Result<()>,
    report: &Report<'_>,
) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A larger estate: 260 unmanaged hosts of one service, and fixes of every severity at every age.
pub(crate) fn busy() -> World {
    let mut world = world().policy(|policy| {
        policy.ignored_regions.insert("ap-east-1".into(), "never used; service control policy denies it".into());
        policy.source = "patchseal.toml".into();
        policy.lines.insert("sla.critical".into(), 18);
        policy.freezes.push(patchseal_core::policy::Freeze {
            name: "Black Friday".into(),
            from: "2026-11-26T00:00:00Z".parse().unwrap(),
            to: "2026-12-01T00:00:00Z".parse().unwrap(),
            services: Vec::new(),
            line: 40,
        });
    });
    for at in 0..260 {
        world = world.host(&format!("kiosk-{at:03}")).tag("service", "kiosks").tag("owner", "team-stores");
    }
    let severities = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical, Severity::Unspecified];
    for at in 0..120_usize {
        let hours = 24 * (1 + (at as i64 * 37) % 97);
        world = world
            .host(&format!("app-{at:03}"))
            .tag("service", ["checkout", "search", "stock"][at % 3])
            .tag("owner", ["team-checkout", "team-search", "team-stock"][at % 3])
            .agent(Ping::Online)
            .scanned(3)
            .vulnerable(&format!("CVE-2026-{:04}", 1000 + at % 9), "openssl-libs", severities[at % 5], hours);
    }
    world
}
