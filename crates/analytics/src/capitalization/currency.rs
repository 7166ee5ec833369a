//! Currencies and their digits, by ISO 4217.

use std::fmt;

use serde::{Serialize, Serializer};

/// Currencies in use, with the digits of their minor unit. Funds, units of account, metals and test
/// codes are left out: nobody is paid in them.
const CURRENCIES: [(u32, &str); 3] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD \
         CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP \
         GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD \
         LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB \
         PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC \
         SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW \
         ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
];

/// A currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: &'static str,
    digits: u32,
}

impl Currency {
    /// The currency of a code such as `USD`; `None` for codes that are none.
    pub fn new(code: &str) -> Option<Currency> {
        CURRENCIES.iter().find_map(|(digits, codes)| {
            let code = codes.split_ascii_whitespace().find(|known| *known == code)?;
            Some(Currency { code, digits: *digits })
        })
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        self.code
    }

    /// Digits of its minor unit: 2 where there are cents.
    pub fn digits(self) -> u32 {
        self.digits
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_have_the_digits_of_iso_4217() {
        let digits = |code| Currency::new(code).map(Currency::digits);
        assert_eq!(digits("USD"), Some(2));
        assert_eq!(digits("JPY"), Some(0));
        assert_eq!(digits("KWD"), Some(3));
        for code in ["usd", "XXX", "XAU", "", "US", "USD EUR"] {
            assert_eq!(digits(code), None, "{code}");
        }
    }
}
