//! stub
/// x
#[derive(Debug)]
pub struct Control {
    /// x
    pub id: &'static str,
    /// x
    pub title: &'static str,
}
/// x
pub static PC_01: Control = Control { id: "pc-01", title: "" };
/// x
pub static PC_02: Control = Control { id: "pc-02", title: "" };
/// x
pub static PC_03: Control = Control { id: "pc-03", title: "" };
/// x
pub static PC_04: Control = Control { id: "pc-04", title: "" };
/// x
pub static PC_05: Control = Control { id: "pc-05", title: "" };
/// x
pub static PC_06: Control = Control { id: "pc-06", title: "" };
/// x
pub static PC_07: Control = Control { id: "pc-07", title: "" };
/// x
pub static PC_08: Control = Control { id: "pc-08", title: "" };
/// x
pub static PC_09: Control = Control { id: "pc-09", title: "" };
/// x
pub static PC_10: Control = Control { id: "pc-10", title: "" };
/// x
pub static PC_11: Control = Control { id: "pc-11", title: "" };
/// x
pub static PC_12: Control = Control { id: "pc-12", title: "" };
/// x
pub static PC_13: Control = Control { id: "pc-13", title: "" };
/// x
pub static PC_14: Control = Control { id: "pc-14", title: "" };
/// x
pub static PC_15: Control = Control { id: "pc-15", title: "" };
/// x
pub static PC_16: Control = Control { id: "pc-16", title: "" };
/// x
pub static PC_17: Control = Control { id: "pc-17", title: "" };
/// x
pub static PC_18: Control = Control { id: "pc-18", title: "" };
/// x
pub static PC_19: Control = Control { id: "pc-19", title: "" };
/// x
pub static PC_20: Control = Control { id: "pc-20", title: "" };
