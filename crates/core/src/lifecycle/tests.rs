use super::*;

#[test]
fn platforms() {
    // (name, version, product and cycle)
    let cases: &[(&str, &str, Option<(&str, &str)>)] = &[
        ("Amazon Linux", "2", Some(("amazon-linux", "2"))),
        ("Amazon Linux", "2023", Some(("amazon-linux", "2023"))),
        ("Amazon Linux 2023", "2023", Some(("amazon-linux", "2023"))),
        ("Amazon Linux", "2023.6.20241010", Some(("amazon-linux", "2023"))),
        ("Amazon Linux AMI", "2016.09", Some(("amazon-linux", "1"))),
        ("Amazon Linux AMI", "2018.03", Some(("amazon-linux", "1"))),
        ("Amazon Linux 2", "2023", None),
        ("Ubuntu", "22.04", Some(("ubuntu", "22.04"))),
        ("ubuntu", "18.04", Some(("ubuntu", "18.04"))),
        ("Ubuntu 22.04.3 LTS", "", Some(("ubuntu", "22.04"))),
        ("Ubuntu 22.04.3 LTS", "22.04", Some(("ubuntu", "22.04"))),
        // Arc prints the kernel as osVersion: not a version of Ubuntu, so no answer.
        ("Ubuntu 22.04.3 LTS", "5.15.0-91-generic", None),
        ("Ubuntu", "22", None),
        ("Ubuntu", "22.041", None),
        ("Ubuntu", "jammy", None),
        ("Ubuntu", "", None),
        ("Red Hat Enterprise Linux", "8.9", Some(("rhel", "8"))),
        ("Red Hat Enterprise Linux Server", "7.9", Some(("rhel", "7"))),
        ("Red Hat Enterprise Linux", "10.0", Some(("rhel", "10"))),
        ("redhat", "8.6", Some(("rhel", "8"))),
        ("CentOS Linux", "7", Some(("centos", "7"))),
        ("CentOS Linux", "8", Some(("centos", "8"))),
        ("CentOS Stream", "9", Some(("centos-stream", "9"))),
        ("centos", "7.9.2009", Some(("centos", "7"))),
        ("centos", "8.5.2111", Some(("centos", "8"))),
        ("centos", "8", None),
        ("Rocky Linux", "9.3", Some(("rocky-linux", "9"))),
        ("AlmaLinux", "8.10", Some(("almalinux", "8"))),
        ("Oracle Linux Server", "8.9", Some(("oracle-linux", "8"))),
        ("SLES", "15.5", Some(("sles", "15.5"))),
        ("SLES", "15", Some(("sles", "15.0"))),
        ("SLES", "12.5", Some(("sles", "12.5"))),
        ("SUSE Linux Enterprise Server 15 SP4", "15.4", Some(("sles", "15.4"))),
        ("SUSE Linux Enterprise Server 15", "15.4", Some(("sles", "15.4"))),
        ("SUSE Linux Enterprise Server 15 SP4", "15.5", None),
        ("suse", "15.5", None),
        ("openSUSE Leap", "15.5", None),
        ("Debian GNU/Linux", "12", Some(("debian", "12"))),
        ("debian", "11.7", Some(("debian", "11"))),
        ("Microsoft Azure Linux", "3.0", Some(("azure-linux", "3"))),
        ("Common Base Linux Mariner", "2.0.20240425", Some(("azure-linux", "2"))),
        ("Microsoft Windows Server 2019 Datacenter", "10.0.17763", Some(("windows-server", "2019"))),
        ("Windows Server 2016 Datacenter", "Microsoft Windows NT 10.0.14393.0", Some(("windows-server", "2016"))),
        ("Windows Server 2019 Standard", "10.0.17763.5329", Some(("windows-server", "2019"))),
        ("Microsoft Windows Server 2012 R2 Standard", "6.3.9600", Some(("windows-server", "2012-r2"))),
        ("Microsoft® Windows Server® 2008 Standard", "6.0.6003", Some(("windows-server", "2008"))),
        ("Microsoft Windows Server Datacenter", "10.0.17763", None),
        ("Microsoft Windows 11 Enterprise", "10.0.22631", None),
        ("Bottlerocket", "1.20.0", None),
        ("macOS", "14.5", None),
        ("N/A", "N/A", None),
        ("", "", None),
        ("Ubuntuish", "22.04", None),
    ];
    for &(name, version, expected) in cases {
        let found = product_and_cycle(name, version);
        let found = found.as_ref().map(|(product, cycle)| (*product, cycle.as_str()));
        assert_eq!(found, expected, "{name:?} {version:?}");
    }
}

#[test]
fn images() {
    // (publisher, offer, sku, product and cycle)
    let cases: &[(&str, &str, &str, Option<(&str, &str)>)] = &[
        ("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2", Some(("ubuntu", "22.04"))),
        ("canonical", "0001-com-ubuntu-pro-focal", "pro-20_04-lts", Some(("ubuntu", "20.04"))),
        ("Canonical", "ubuntu-24_04-lts", "server", Some(("ubuntu", "24.04"))),
        ("Canonical", "UbuntuServer", "18.04-LTS", Some(("ubuntu", "18.04"))),
        ("Canonical", "UbuntuServer", "16.04.0-LTS", Some(("ubuntu", "16.04"))),
        ("Canonical", "UbuntuServer", "19_10-daily", Some(("ubuntu", "19.10"))),
        ("Canonical", "ubuntu-24_04-lts", "22_04-lts", None),
        ("Canonical", "ubuntu-server", "server", None),
        ("MicrosoftWindowsServer", "WindowsServer", "2019-Datacenter", Some(("windows-server", "2019"))),
        (
            "MicrosoftWindowsServer",
            "WindowsServer",
            "2012-R2-Datacenter-smalldisk",
            Some(("windows-server", "2012-r2")),
        ),
        ("MicrosoftWindowsServer", "WindowsServer", "2022-datacenter-azure-edition", Some(("windows-server", "2022"))),
        ("MicrosoftWindowsServer", "WindowsServer", "datacenter-core-1809-smalldisk", None),
        ("MicrosoftSQLServer", "sql2022-ws2022", "standard-gen2", Some(("windows-server", "2022"))),
        ("MicrosoftSQLServer", "SQL2016SP3-WS2012R2", "Enterprise", Some(("windows-server", "2012-r2"))),
        ("MicrosoftSQLServer", "sql2022-ubuntupro2004", "standard_pro", None),
        ("RedHat", "RHEL", "8_6", Some(("rhel", "8"))),
        ("RedHat", "RHEL", "7.9", Some(("rhel", "7"))),
        ("RedHat", "RHEL", "7-RAW", Some(("rhel", "7"))),
        ("RedHat", "RHEL", "86-gen2", Some(("rhel", "8"))),
        ("RedHat", "RHEL", "810-gen2", Some(("rhel", "8"))),
        ("RedHat", "RHEL", "100-gen2", Some(("rhel", "10"))),
        ("RedHat", "RHEL", "10-lvm-gen2", Some(("rhel", "10"))),
        ("RedHat", "rhel-byos", "rhel-lvm94-gen2", Some(("rhel", "9"))),
        ("RedHat", "RHEL", "raw", None),
        ("OpenLogic", "CentOS", "7_9-gen2", Some(("centos", "7"))),
        ("OpenLogic", "CentOS", "7.2", Some(("centos", "7"))),
        ("SUSE", "sles-15-sp5-basic", "gen2", Some(("sles", "15.5"))),
        ("SUSE", "sles-sap-12-sp5", "gen1", Some(("sles", "12.5"))),
        ("SUSE", "SLES", "12-SP4", Some(("sles", "12.4"))),
        ("SUSE", "SLES", "15", Some(("sles", "15.0"))),
        ("SUSE", "opensuse-leap-15-5", "gen2", None),
        ("Oracle", "Oracle-Linux", "ol89-lvm-gen2", Some(("oracle-linux", "8"))),
        ("Oracle", "Oracle-Linux", "79-gen2", Some(("oracle-linux", "7"))),
        ("resf", "rockylinux-x86_64", "9-lvm", Some(("rocky-linux", "9"))),
        ("almalinux", "almalinux-x86_64", "8-gen2", Some(("almalinux", "8"))),
        ("Debian", "debian-12", "12-gen2", Some(("debian", "12"))),
        ("credativ", "Debian", "9", Some(("debian", "9"))),
        ("MicrosoftCBLMariner", "cbl-mariner", "cbl-mariner-2-gen2", Some(("azure-linux", "2"))),
        ("MicrosoftCBLMariner", "azure-linux-3", "azure-linux-3", Some(("azure-linux", "3"))),
        ("contoso", "golden", "22_04", None),
        ("", "", "", None),
    ];
    for &(publisher, offer, sku, expected) in cases {
        let found = from_image(publisher, offer, sku);
        let found = found.as_ref().map(|(product, cycle)| (*product, cycle.as_str()));
        assert_eq!(found, expected, "{publisher} {offer} {sku}");
    }
}

#[test]
fn longer_names_come_before_what_they_start_with() {
    for (at, (name, ..)) in NAMES.iter().enumerate() {
        assert!(NAMES[..at].iter().all(|(earlier, ..)| !name.starts_with(earlier)), "{name}");
    }
}

#[test]
fn foreign_text_never_panics() {
    for text in ["é", "15é", "22.é4", "ol", "rhel-", "sles-", "sles-15-sp", "2012-", "-", "1é"] {
        for name in ["ubuntu", "sles", "rhel", "windows server", "amazon linux", text] {
            let _ = product_and_cycle(name, text);
            let _ = product_and_cycle(&format!("{name} {text}"), "");
        }
        for publisher in ["canonical", "suse", "redhat", "oracle", "microsoftsqlserver"] {
            let _ = from_image(publisher, text, text);
            let _ = from_image(publisher, "sles", text);
            let _ = from_image(publisher, "rhel", text);
        }
    }
}

#[test]
fn rows_are_found() {
    let row = LifecycleRow {
        product: "ubuntu".to_owned(),
        cycle: "22.04".to_owned(),
        end_of_standard_support: jiff::civil::date(2027, 4, 1),
        end_of_extended_support: None,
        extended_needs: None,
        source: String::new(),
    };
    let rows = [row];
    assert!(find(&rows, "ubuntu", "22.04").is_some());
    assert!(find(&rows, "ubuntu", "24.04").is_none());
}
