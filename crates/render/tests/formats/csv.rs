use crate::sample::{Sample, written};
use patchseal_render::{Report, csv};
use proptest::prelude::*;

type Register = fn(&Report<'_>, &mut dyn std::io::Write) -> std::io::Result<()>;

const REGISTERS: [(&str, Register); 9] = [
    ("findings", csv::findings),
    ("assets", csv::assets),
    ("exposures", csv::exposures),
    ("claims", csv::claims),
    ("metrics", csv::metrics),
    ("runs", csv::runs),
    ("rules", csv::rules),
    ("scopes", csv::scopes),
    ("reconciliation", csv::reconciliation),
];

#[test]
fn whole_registers() {
    let sample = Sample::new();
    for (name, register) in REGISTERS {
        insta::assert_snapshot!(name, written(register, &sample.report()).replace('\r', ""));
    }
}

#[test]
fn lines_end_as_the_standard_says_and_no_cell_is_a_formula() {
    let sample = Sample::new();
    for (name, register) in REGISTERS {
        let text = written(register, &sample.report());
        assert_eq!(text.matches("\r\n").count(), text.matches('\n').count(), "{name}");
        let mut rows = ::csv::Reader::from_reader(text.as_bytes());
        for cell in rows.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{name}: {cell}");
        }
    }
    assert!(written(csv::assets, &sample.report()).contains("'=HYPERLINK"), "the formula is there, as text");
}

proptest! {
    #[test]
    fn a_safe_cell_says_the_same_and_runs_nothing(cell in "[ \\t\\r\\n]{0,2}[=+@\\-a-z1\"']{0,8}") {
        let safe = csv::safe(&cell);
        prop_assert!(!safe.starts_with(['\t', '\r', '\n']));
        prop_assert!(!safe.trim_start().starts_with(['=', '+', '-', '@']));
        prop_assert!(safe == cell || safe.strip_prefix('\'') == Some(&*cell));
    }
}
