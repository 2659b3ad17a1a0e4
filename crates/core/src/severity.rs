//! How bad a missing fix is, in one scale for the words of every vendor.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// Severity of a fix. `Critical` is the greatest; `Unspecified` sorts last because nobody rated it,
/// not because it is harmless (see [`Severity::for_clock`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The source gave no rating, or a word that is not known here.
    Unspecified,
    /// Low, negligible, informational.
    Low,
    /// Medium, moderate.
    Medium,
    /// High, important.
    High,
    /// Critical.
    Critical,
}

impl Severity {
    /// Every severity, the greatest first.
    pub const ALL: [Severity; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Unspecified];

    /// The severity that a vendor's word means; [`Severity::Unspecified`] for words that mean none.
    pub fn from_vendor(word: &str) -> Severity {
        word.parse().unwrap_or(Severity::Unspecified)
    }

    /// The word used in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Unspecified => "unspecified",
        }
    }

    /// The severity whose deadline applies. A judgement of this project: what nobody rated is
    /// treated as high, because a missing rating must not lengthen a deadline.
    pub const fn for_clock(self) -> Severity {
        match self {
            Self::Unspecified => Self::High,
            rated => rated,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Reads a vendor's word, whatever its case; it never fails, since an unknown word is itself an
/// answer: `Unspecified`.
///
/// `Important` is Microsoft's, Red Hat's, SUSE's and Amazon's second grade and so `High`; `Moderate`
/// is their third. `Negligible` is Ubuntu's and Debian's lowest, `Informational` Amazon Inspector's.
/// `None` is `Unspecified`: errata use it for "not rated". Debian's package *priorities*
/// (`required`, `important`, `standard`, …), which Systems Manager baselines filter by, are not
/// severities and must not be passed here.
impl FromStr for Severity {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(match word.trim().to_ascii_lowercase().as_str() {
            "critical" => Self::Critical,
            "high" | "important" => Self::High,
            "medium" | "moderate" => Self::Medium,
            "low" | "minor" | "negligible" | "informational" => Self::Low,
            _ => Self::Unspecified,
        })
    }
}

crate::carry::carried_words! {
    Severity { Unspecified, Low, Medium, High, Critical }
}

#[cfg(test)]
mod tests {
    use super::Severity::{self, Critical, High, Low, Medium, Unspecified};

    #[test]
    fn vendor_words() {
        let cases = [
            ("Critical", Critical),
            ("CRITICAL", Critical),
            ("Important", High),
            ("high", High),
            ("Moderate", Medium),
            (" Medium ", Medium),
            ("Low", Low),
            ("Negligible", Low),
            ("INFORMATIONAL", Low),
            ("Unspecified", Unspecified),
            ("UNTRIAGED", Unspecified),
            ("None", Unspecified),
            ("", Unspecified),
            ("very bad", Unspecified),
        ];
        for (word, expected) in cases {
            assert_eq!(word.parse(), Ok(expected), "{word:?}");
        }
    }

    #[test]
    fn critical_is_greatest() {
        assert!(Severity::ALL.windows(2).all(|pair| pair[0] > pair[1]));
    }

    #[test]
    fn unrated_runs_on_the_high_clock() {
        assert_eq!(Unspecified.for_clock(), High);
        assert_eq!(Low.for_clock(), Low);
    }

    #[test]
    fn words_read_back() {
        for severity in Severity::ALL {
            assert_eq!(severity.as_str().parse(), Ok(severity));
        }
    }
}
