//! Which words name a unit: currencies of ISO 4217, in letters of either size, and what an operator declares.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// Every code in use, apart from those of metals, funds and tests.
const CURRENCIES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN \
                          BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP \
                          GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR \
                          KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK \
                          MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR \
                          SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS \
                          UAH UGX USD UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";
/// Codes that nobody pays in.
const OTHERS: &str = "BOV CHE CHW COU MXV USN UYI XAD XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX";
const NONE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";
const FOUR: &str = "CLF UYW";

fn among(list: &str, code: &str) -> bool {
    list.split_ascii_whitespace().any(|c| c == code)
}

/// Decimal places of a currency; `None` where the code is no currency.
pub fn minor_units(code: &str) -> Option<u32> {
    if !among(CURRENCIES, code) {
        None
    } else if among(NONE, code) {
        Some(0)
    } else if among(THREE, code) {
        Some(3)
    } else if among(FOUR, code) {
        Some(4)
    } else {
        Some(2)
    }
}

/// The code of ISO 4217 that a word is, whatever the size of its letters.
fn iso_code(word: &str) -> Option<Cow<'_, str>> {
    if word.len() != 3 {
        return None;
    }
    let code = match word.bytes().all(|b| b.is_ascii_uppercase()) {
        true => Cow::Borrowed(word),
        false => Cow::Owned(word.to_ascii_uppercase()),
    };
    (among(CURRENCIES, &code) || among(OTHERS, &code)).then_some(code)
}

/// The words that name units, beside the codes of ISO 4217.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitNames {
    /// Absent: any word does.
    declared: Option<BTreeSet<String>>,
}

impl UnitNames {
    /// Those that an operator declares.
    pub fn new(declared: impl IntoIterator<Item = String>) -> UnitNames {
        UnitNames { declared: Some(declared.into_iter().collect()) }
    }

    /// The unit that a word names: a currency by its code, another as it was declared. `None`: no unit.
    pub fn named<'w>(&self, word: &'w str) -> Option<Cow<'w, str>> {
        let is_declared = self.declared.as_ref().is_some_and(|names| names.contains(word));
        if is_declared {
            return Some(Cow::Borrowed(word));
        }
        iso_code(word).or_else(|| self.declared.is_none().then_some(Cow::Borrowed(word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_a_currency_in_letters_of_either_size_or_declared() {
        let names = UnitNames::new(["credit".to_owned(), "Token".to_owned()]);
        let named = |word| names.named(word).map(Cow::into_owned);
        for (word, unit) in
            [("EUR", "EUR"), ("eur", "EUR"), ("Jpy", "JPY"), ("xau", "XAU"), ("credit", "credit"), ("Token", "Token")]
        {
            assert_eq!(named(word).as_deref(), Some(unit), "{word}");
        }
        for word in ["", "EURO", "Credit", "token", "E R", "€", "ABC", "eür"] {
            assert_eq!(named(word), None, "{word}");
        }
    }

    #[test]
    fn where_nothing_is_declared_any_word_does() {
        let names = UnitNames::default();
        assert_eq!(names.named("points").as_deref(), Some("points"));
        assert_eq!(names.named("usd").as_deref(), Some("USD"));
    }
}
