//! Names whose values are secrets or personal data, in any spelling: `userData`, `user_data`, `User-Data`.

/// Names as they are without case, `_`, `-`, `.` and spaces, sorted.
const EXACT: &[&str] = &[
    "accesstoken",
    "accountkey",
    "adminpassword",
    "apikey",
    "authorization",
    "connectionstring",
    "connectionstrings",
    "customdata",
    "emailaddress",
    "idtoken",
    "lastmodifiedusername",
    "mail",
    "passphrase",
    "passwd",
    "phonenumber",
    "privatekey",
    "protectedsettings",
    "pwd",
    "refreshtoken",
    "sastoken",
    "secretaccesskey",
    "secretbinary",
    "secretkey",
    "secretstring",
    "sessiontoken",
    "sharedaccesskey",
    "standarderrorcontent",
    "standardoutputcontent",
    "userdata",
];

/// Endings, such as of `masterUserPassword` and `aws_secret_access_key`.
const ENDINGS: &[&str] = &["email", "password", "secret", "secretaccesskey", "sessiontoken"];

/// A name without case and separators, cut to its end: no name that matters is longer.
pub(super) struct Plain {
    bytes: [u8; 32],
    length: usize,
}

impl Plain {
    pub(super) fn of(name: &[u8]) -> Plain {
        let mut plain = Plain { bytes: [0; 32], length: 0 };
        let letters = name.iter().rev().filter(|byte| !matches!(byte, b'_' | b'-' | b'.' | b' '));
        for byte in letters.take(32) {
            plain.length += 1;
            plain.bytes[32 - plain.length] = byte.to_ascii_lowercase();
        }
        plain
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[32 - self.length..]
    }
}

/// Whether values of that name are never sealed.
pub(super) fn is_secret(name: &[u8]) -> bool {
    let plain = Plain::of(name);
    let plain = plain.bytes();
    EXACT.binary_search_by(|exact| exact.as_bytes().cmp(plain)).is_ok()
        || ENDINGS.iter().any(|ending| plain.ends_with(ending.as_bytes()))
}

/// Words that show that a body may hold something, each without its first letter, which comes in both cases. They count
/// when the name ends there.
pub(super) const TAILS: &[&str] = &[
    "serData",
    "serdata",
    "ser_data",
    "ser-data",
    "ustomData",
    "ustomdata",
    "ustom_data",
    "assword",
    "ASSWORD",
    "asswd",
    "assphrase",
    "pwd",
    "Pwd",
    "PWD",
    "ecret",
    "ECRET",
    "ccessKey",
    "ccess_key",
    "CCESS_KEY",
    "ccountKey",
    "ccount_key",
    "ecretKey",
    "ecret_key",
    "ecretString",
    "ecretBinary",
    "Token",
    "token",
    "TOKEN",
    "rotectedSettings",
    "Content",
    "rivateKey",
    "rivate_key",
    "onnectionString",
    "onnectionStrings",
    "onnection_string",
    "piKey",
    "pi_key",
    "PI_KEY",
    "pi-key",
    "uthorization",
    "mail",
    "MAIL",
    "mailAddress",
    "honeNumber",
    "odifiedUserName",
    "mail_address",
    "ariables",
    "nvironment",
    "env",
    "ppSettings",
    "arameters",
    "utput",
    "reatedBy",
    "odifiedBy",
    "user",
];

/// Words that show that a text may hold a secret, wherever they stand.
pub(super) const MARKS: &[&str] = &["sig=", "eyJ", "AKIA", "ASIA", "earer ", "EARER ", "PRIVATE KEY-", "[stdout]"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_spelling() {
        assert!(EXACT.windows(2).all(|pair| pair[0] < pair[1]));
        for name in
            ["UserData", "user_data", "customData", "masterUserPassword", "AWS_SECRET_ACCESS_KEY", "E-Mail", "Email"]
        {
            assert!(is_secret(name.as_bytes()), "{name}");
        }
        for name in ["PasswordLastUsed", "disablePasswordAuthentication", "Environment", "NextToken", "secretArn", ""] {
            assert!(!is_secret(name.as_bytes()), "{name}");
        }
    }
}
