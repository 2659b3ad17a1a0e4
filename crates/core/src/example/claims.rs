//! Records of patch runs in an example's world.

use super::{World, since};
use crate::fact::*;

impl World {
    /// A Run Command that installs was sent to the host named last so many hours ago, and ended with this status.
    #[must_use]
    pub fn commanded(self, hours_ago: i64, status: &str) -> World {
        let (id, requested) = (format!("command-{hours_ago}"), since(&self, hours_ago));
        let host = self.host.clone();
        self.fact(Fact::Command(Command {
            id: id.clone(),
            document: "AWS-RunPatchBaseline".into(),
            action: Some(PatchAction::Install),
            status: status.to_owned(),
            requested,
            target_count: 1,
            error_count: 0,
        }))
        .fact(Fact::Invocation(Invocation {
            command: id,
            host,
            document: "AWS-RunPatchBaseline".into(),
            status: status.to_owned(),
            requested,
        }))
    }

    /// Azure installed on the host named last so many hours ago, with success and nothing left, but for a change.
    #[must_use]
    pub fn installed(self, hours_ago: i64, change: impl FnOnce(&mut Installation)) -> World {
        let started = since(&self, hours_ago);
        let mut run = Installation {
            host: self.host.clone(),
            id: format!("run-{hours_ago}"),
            status: "Succeeded".into(),
            started,
            ended: started,
            reboot_status: "NotNeeded".into(),
            window_exceeded: false,
            installed: 3,
            failed: 0,
            pending: 0,
            excluded: 0,
            not_selected: 0,
            maintenance_run: String::new(),
            error: String::new(),
        };
        change(&mut run);
        self.fact(Fact::Installation(run))
    }

    /// The last patch operation of the host named last was another one, so many hours ago.
    #[must_use]
    pub fn rescanned(self, hours_ago: i64) -> World {
        self.rescanned_with(hours_ago, |_| {})
    }

    /// The same with a change.
    #[must_use]
    pub fn rescanned_with(self, hours_ago: i64, change: impl Fn(&mut PatchState)) -> World {
        let (host, ended) = (self.host.clone(), since(&self, hours_ago));
        self.edit(|fact| {
            if let Fact::PatchState(state) = fact
                && *state.host == *host
            {
                (state.started, state.ended) = (ended, ended);
                change(state);
            }
            true
        })
    }

    /// A fix that the host named last lacked is in place now.
    #[must_use]
    pub fn fixed(self, title: &str) -> World {
        self.edit(|fact| {
            if let Fact::Patch(patch) = fact
                && patch.title == title
            {
                patch.presence = PatchPresence::Installed;
            }
            true
        })
    }
}
