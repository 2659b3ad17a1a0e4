use crate::sample::{Sample, busy, world, written};
use patchseal_core::engine::Keep;
use patchseal_core::example::World;
use patchseal_render::{Report, html};

#[test]
fn the_whole_file() {
    let sample = Sample::new();
    let text = written(html::write, &sample.report());
    // The style sheet is a file of its own; the snapshot is about the words.
    let (head, rest) = text.split_once("<style>").unwrap();
    let (_, tail) = rest.split_once("</style>").unwrap();
    insta::assert_snapshot!(format!("{head}{tail}").replace("><", ">\n<"));
}

#[test]
fn nothing_is_loaded_run_or_concluded() {
    for sample in [Sample::new(), Sample::of(World::new(), Keep::All), Sample::of(busy(), Keep::Findings)] {
        let text = written(html::write, &sample.report());
        for never in ["<script", "javascript:", "src=", "<link", "@import", "url(", "compliant with"] {
            assert!(!text.contains(never), "{never}");
        }
        assert!(text.find("What is not known").unwrap() < text.find("Failures by severity").unwrap());
    }
}

#[test]
fn a_name_is_text() {
    let sample = Sample::of(world().host("<img onerror=x>"), Keep::Findings);
    let text = written(html::write, &sample.report());
    assert!(!text.contains("<img"));
    assert!(text.contains("&lt;img onerror=x&gt;"));
}

#[test]
fn long_lists_end_honestly() {
    let sample = Sample::of(busy(), Keep::Findings);
    let text = written(html::write, &sample.report());
    assert!(text.contains("… and 60 more: the JSON result and the CSV registers list them all."), "260 hosts");
}

#[test]
fn what_was_allowed_to_be_missing_is_said_before_anything_else() {
    let sample = Sample::new();
    let report = Report { allow_incomplete: true, ..sample.report() };
    let text = written(html::write, &report);
    assert!(text.find("Incomplete results were allowed").unwrap() < text.find("<main>").unwrap());
}

/// To look at: `PATCHSEAL_LOOK=FOLDER cargo nextest run -p patchseal-render look`.
#[test]
fn look() {
    let Ok(folder) = std::env::var("PATCHSEAL_LOOK") else { return };
    let folder = std::path::Path::new(&folder);
    for (name, world) in [("small", world()), ("busy", busy()), ("empty", World::new())] {
        let sample = Sample::of(world, Keep::Findings);
        let text = written(html::write, &sample.report());
        std::fs::write(folder.join(format!("{name}.html")), text).unwrap();
    }
}
