use crate::sample::{Sample, written};
use patchseal_render::markdown;

#[test]
fn the_whole_document() {
    let sample = Sample::new();
    insta::assert_snapshot!(written(markdown::write, &sample.report()));
}
