#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patchseal_fuzz::exception(bytes));
