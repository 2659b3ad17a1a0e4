//! Which images a lineage is made from, now and at the next launch.

use super::Context;
use crate::asset::Lineage;
use crate::exchange::{Evidence, Evidences};
use crate::op;
use crate::reading::{Gap, Reading, Reason};
use crate::rule::Verdict;

/// An image, and who launches it.
#[derive(Clone, Debug)]
pub struct Launch {
    /// `ami-…`, an ARM image id, or `publisher/offer/sku/version`.
    pub image: String,
    /// Exact version of a marketplace image that is named as `latest`.
    pub version: Option<String>,
    /// Who launches it, in words.
    pub by: String,
    /// By a template or group at its next launch, rather than by a host that was once made from it.
    pub next: bool,
    /// Where that is said.
    pub evidence: Evidences,
}

impl Launch {
    /// Who, and what it does with the image: `template shop version 1 launches`, `web-1 was made from`.
    pub fn subject(&self) -> String {
        format!("{} {}", self.by, if self.next { "launches" } else { "was made from" })
    }
}

/// Images of a lineage, as far as the answers tell.
#[derive(Clone, Debug, Default)]
pub struct LaunchImages {
    /// Images known.
    pub images: Vec<Launch>,
    /// Templates that resolve their image when they launch (`resolve:ssm:…`).
    pub resolved: Vec<Launch>,
    /// Why there may be others, or other ones.
    pub doubt: Vec<Verdict>,
}

impl LaunchImages {
    /// What a template or configuration launches next: an image, one that is resolved only then, or none that it says.
    fn launch(&mut self, by: String, image: Option<&str>, evidence: Evidences) {
        let image = image.unwrap_or_default().to_owned();
        if image.is_empty() {
            self.doubt.push(Verdict::unknown(Reason::NotStated, format!("{by} names no image"), evidence));
            return;
        }
        let launch = Launch { image, version: None, by, next: true, evidence };
        if launch.image.starts_with("resolve:") { self.resolved.push(launch) } else { self.images.push(launch) }
    }
}

impl<'a> Context<'a> {
    /// The version of a template that a group means by `$Latest`, `$Default` or a number.
    pub fn template_version(
        &self,
        lineage: &Lineage,
        template: &str,
        version: &str,
    ) -> Reading<&'a super::TemplateVersion> {
        let all = match self.template_versions(&lineage.scope, template) {
            Reading::Known(all, _) => all,
            Reading::Absent(seen) => return Reading::Absent(seen),
            Reading::Unread(gap) => return Reading::Unread(gap),
        };
        let meant = match version {
            "$Latest" => all.iter().max_by_key(|placed| placed.fact.version),
            "$Default" | "" => all.iter().find(|placed| placed.fact.default),
            number => all.iter().find(|placed| placed.fact.version.to_string() == number),
        };
        match (meant, self.versions_listed(lineage, template)) {
            (Some(placed), Ok(_)) => Reading::Known(&placed.fact, placed.evidence.clone()),
            // The latest of an incomplete list may not be the latest.
            (Some(placed), Err(_)) if version != "$Latest" => Reading::Known(&placed.fact, placed.evidence.clone()),
            (_, Err(gap)) => Reading::Unread(gap),
            (None, Ok(seen)) => Reading::Absent(seen),
        }
    }

    /// Whether every version of a template was listed, by its id or its name.
    pub fn versions_listed(&self, lineage: &Lineage, template: &str) -> Result<Evidence, Gap> {
        let answered = |subject: &str| self.estate.coverage.answered(op::TEMPLATES, &lineage.scope, Some(subject));
        let known = self.template_versions(&lineage.scope, template).known();
        let id = known.and_then(|(all, _)| all.first().map(|placed| placed.fact.id.clone()));
        answered(template).or_else(|gap| id.map_or(Err(gap.clone()), |id| answered(&id).map_err(|_| gap)))
    }

    /// Images that a group's template launches; for a host on its own, the image it was made from. Members of a group
    /// count where its template resolves the image only at launch, or `members` asks for them.
    pub fn launch_images(&self, lineage: &Lineage, members: bool) -> LaunchImages {
        let mut found = LaunchImages::default();
        match (self.group(lineage), &lineage.group) {
            (Some(placed), _) => {
                let group = &placed.fact;
                if let Some(image) = &group.image {
                    found.images.push(Launch {
                        image: image.clone(),
                        version: None,
                        by: format!("scale set {}", group.name),
                        next: true,
                        evidence: placed.evidence.clone().into(),
                    });
                }
                for image in &group.override_images {
                    found.images.push(Launch {
                        image: image.clone(),
                        version: None,
                        by: format!("override of {}", group.name),
                        next: true,
                        evidence: placed.evidence.clone().into(),
                    });
                }
                for (template, version) in &group.templates {
                    self.launched_by(lineage, template, version, &placed.evidence, &mut found);
                }
                if let Some(name) = &group.launch_configuration {
                    self.configured_by(lineage, name, &placed.evidence, &mut found);
                }
                let named = group.image.is_some() || group.launch_configuration.is_some();
                if !named && group.templates.is_empty() && group.override_images.is_empty() {
                    let message = format!("no answer says which image {} launches", lineage.name);
                    found.doubt.push(Verdict::unknown(Reason::NotStated, message, placed.evidence.clone()));
                }
            }
            (None, Some(_)) => {
                let listing = if lineage.kind == "scale-set" { op::AZURE_RESOURCES } else { op::GROUPS };
                found.doubt.push(match self.answered(listing, &lineage.scope) {
                    Err(gap) => gap.into(),
                    Ok(seen) => {
                        let message = format!("group {} is not on the list of groups", lineage.name);
                        Verdict::unknown(Reason::NotStated, message, seen)
                    }
                });
            }
            (None, None) => {}
        }
        if members || lineage.group.is_none() || !found.resolved.is_empty() {
            self.made_from(lineage, &mut found);
        }
        found
    }

    fn launched_by(
        &self,
        lineage: &Lineage,
        template: &str,
        version: &str,
        group: &Evidence,
        found: &mut LaunchImages,
    ) {
        match self.template_version(lineage, template, version) {
            Reading::Known(fact, seen) => {
                let by = format!("template {} version {}", fact.name, fact.version);
                found.launch(by, fact.image.as_deref(), Evidences::of(group.clone()).and(seen));
            }
            Reading::Absent(seen) => {
                let message = format!("template {template} has no version {version}");
                found.doubt.push(Verdict::unknown(Reason::NotStated, message, seen));
            }
            Reading::Unread(gap) => found.doubt.push(gap.into()),
        }
    }

    /// The image of a group's launch configuration. It has no versions: the one there is, is what launches.
    fn configured_by(&self, lineage: &Lineage, name: &str, group: &Evidence, found: &mut LaunchImages) {
        let key = (lineage.scope.clone(), name.to_owned());
        let known = self.estate.facts.launch_configurations.get(&key).map(|p| (&p.fact, p.evidence.clone()));
        match self.reading(known, op::LAUNCH_CONFIGURATIONS, &lineage.scope) {
            Reading::Known(fact, seen) => {
                let by = format!("launch configuration {name}");
                found.launch(by, fact.image.as_deref(), Evidences::of(group.clone()).and(seen));
            }
            Reading::Absent(seen) => {
                let message = format!("launch configuration {name} is not on the list of them");
                found.doubt.push(Verdict::unknown(Reason::NotStated, message, seen));
            }
            Reading::Unread(gap) => found.doubt.push(gap.into()),
        }
    }

    fn made_from(&self, lineage: &Lineage, found: &mut LaunchImages) {
        for asset in self.members(lineage).filter(|asset| asset.runs_a_host_os()) {
            match &asset.image {
                Some(image) if found.images.iter().any(|known| *known.image == **image) => {}
                Some(image) => found.images.push(Launch {
                    image: image.to_string(),
                    version: asset.image_version.as_deref().map(str::to_owned),
                    by: asset.name.to_string(),
                    next: false,
                    evidence: asset.evidence.clone().into(),
                }),
                None => {
                    let message = format!("no answer says which image {} was made from", asset.name);
                    found.doubt.push(Verdict::unknown(Reason::NotStated, message, asset.evidence.clone()));
                }
            }
        }
    }
}
