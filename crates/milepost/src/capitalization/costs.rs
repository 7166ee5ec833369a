//! Rates and exchange rates: read when an export is made, and never kept. Their digest is.

use std::path::Path;

use chrono::NaiveDate;
use csv::StringRecord;
use milepost_analytics::capitalization::{
    ActualCost, CostMode, Currency, ExchangeRate, RateScope, StandardRate,
};
use milepost_analytics::effort::{EmploymentType, Month, Rational, TooLarge};
use sha2::{Digest, Sha256};

use crate::exit::Failure;

/// No file of rates that people keep is larger.
const LARGEST_BYTES: u64 = 64 << 20;

/// What a file says, and the file's digest.
#[derive(Debug)]
pub(crate) struct Read<T> {
    pub(crate) value: T,
    /// SHA-256 of the bytes.
    pub(crate) sha256: String,
}

/// Reads costs: `person_id,month,amount,currency[,employment_type]` are actual costs of months, and
/// `person_id,role,valid_from,valid_to,rate,currency` rates of an hour, for one person, a role, or
/// everybody.
///
/// # Errors
/// Where the file can't be read or says what it can't. No amount is in the sentence.
pub(crate) fn rates(path: &Path) -> Result<Read<CostMode>, Failure> {
    let table = Table::read(path)?;
    let value = if table.has("amount") {
        table.needs(&["person_id", "month", "amount", "currency"])?;
        CostMode::Actual(table.each(actual)?)
    } else if table.has("rate") {
        table.needs(&["valid_from", "rate", "currency"])?;
        CostMode::StandardRate(table.each(standard)?)
    } else {
        return Err(Failure::Usage(format!(
            "{}: there is neither a column `amount` (a month's cost) nor `rate` (an hour's); `milepost export capitalization --help` shows both",
            path.display()
        )));
    };
    Ok(Read { value, sha256: table.sha256 })
}

/// Reads exchange rates: `month,from,to,rate,source,published_on`.
///
/// # Errors
/// As [`rates`].
pub(crate) fn exchange_rates(path: &Path) -> Result<Read<Vec<ExchangeRate>>, Failure> {
    let table = Table::read(path)?;
    table.needs(&["month", "from", "to", "rate", "source", "published_on"])?;
    Ok(Read { value: table.each(exchange)?, sha256: table.sha256 })
}

fn actual(row: &Row<'_>) -> Result<ActualCost, String> {
    let currency = row.currency("currency")?;
    Ok(ActualCost {
        person_id: row.needed("person_id")?.to_owned(),
        month: row.month("month")?,
        employment_type: match row.text("employment_type") {
            None => None,
            Some("employee") => Some(EmploymentType::Employee),
            Some("contractor") => Some(EmploymentType::Contractor),
            Some(_) => return Err("`employment_type` is `employee` or `contractor`".to_owned()),
        },
        amount: minor_units(&row.decimal("amount")?, currency)?,
        currency,
    })
}

/// An amount in the smallest units of its currency, such as cents.
pub(crate) fn minor_units(amount: &Rational, currency: Currency) -> Result<i128, String> {
    let scale = Rational::whole(10_i64.pow(currency.digits()));
    let units = amount * &scale;
    let rounded = units.rounded().map_err(|TooLarge| "an amount is too large".to_owned())?;
    if Rational::whole(rounded) == units {
        Ok(rounded)
    } else {
        Err(format!("an amount has more than the {} digits of {currency}", currency.digits()))
    }
}

fn standard(row: &Row<'_>) -> Result<StandardRate, String> {
    let scope = match (row.text("person_id"), row.text("role")) {
        (Some(_), Some(_)) => {
            return Err("a rate is for a `person_id` or a `role`, not both".to_owned());
        }
        (Some(person), None) => RateScope::Person(person.to_owned()),
        (None, Some(role)) => RateScope::Role(role.to_owned()),
        (None, None) => RateScope::Everyone,
    };
    Ok(StandardRate {
        scope,
        valid_from: row.day("valid_from")?,
        valid_to: row.text("valid_to").map(|_| row.day("valid_to")).transpose()?,
        rate: row.decimal("rate")?,
        currency: row.currency("currency")?,
    })
}

fn exchange(row: &Row<'_>) -> Result<ExchangeRate, String> {
    Ok(ExchangeRate {
        month: row.month("month")?,
        from: row.currency("from")?,
        to: row.currency("to")?,
        rate: row.decimal("rate")?,
        source: row.needed("source")?.to_owned(),
        published_on: row.day("published_on")?,
    })
}

/// A CSV file with a header.
struct Table {
    place: String,
    head: StringRecord,
    rows: Vec<StringRecord>,
    sha256: String,
}

struct Row<'a> {
    head: &'a StringRecord,
    row: &'a StringRecord,
}

impl Table {
    fn read(path: &Path) -> Result<Table, Failure> {
        let place = path.display().to_string();
        let fail = |why: String| Failure::Usage(format!("failed to read {place}: {why}"));
        let size = std::fs::metadata(path).map_err(|error| fail(error.to_string()))?.len();
        if size > LARGEST_BYTES {
            return Err(fail(format!("it has {size} bytes, more than such a file can")));
        }
        let bytes = std::fs::read(path).map_err(|error| fail(error.to_string()))?;
        let sha256 = super::hex(&Sha256::digest(&bytes));
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
        let head = reader.headers().map_err(|error| fail(error.to_string()))?.clone();
        let rows = reader.records().collect::<Result<Vec<_>, _>>();
        // The message of the reader names the line and never what is in it.
        let rows = rows.map_err(|error| fail(error.to_string()))?;
        Ok(Table { place, head, rows, sha256 })
    }

    fn has(&self, column: &str) -> bool {
        self.head.iter().any(|name| name == column)
    }

    fn needs(&self, columns: &[&str]) -> Result<(), Failure> {
        match columns.iter().find(|column| !self.has(column)) {
            Some(column) => Err(Failure::Usage(format!(
                "{}: there is no column `{column}`; needed are {}",
                self.place,
                columns.join(", ")
            ))),
            None => Ok(()),
        }
    }

    fn each<T>(&self, read: impl Fn(&Row<'_>) -> Result<T, String>) -> Result<Vec<T>, Failure> {
        let one = |(at, row)| {
            read(&Row { head: &self.head, row })
                .map_err(|why| Failure::Usage(format!("{}:{}: {why}", self.place, at + 2)))
        };
        self.rows.iter().enumerate().map(one).collect()
    }
}

impl<'a> Row<'a> {
    fn text(&self, column: &str) -> Option<&'a str> {
        let at = self.head.iter().position(|name| name == column)?;
        self.row.get(at).filter(|text| !text.is_empty())
    }

    fn needed(&self, column: &str) -> Result<&'a str, String> {
        self.text(column).ok_or_else(|| format!("`{column}` is empty"))
    }

    fn decimal(&self, column: &str) -> Result<Rational, String> {
        Rational::from_decimal(self.needed(column)?)
            .filter(|value| !value.is_negative())
            .ok_or_else(|| format!("`{column}` is no number such as 15000.00, from 0 on"))
    }

    fn currency(&self, column: &str) -> Result<Currency, String> {
        let code = self.needed(column)?;
        Currency::new(code).ok_or_else(|| format!("`{code}` is no currency of ISO 4217"))
    }

    fn month(&self, column: &str) -> Result<Month, String> {
        self.needed(column)?.parse()
    }

    fn day(&self, column: &str) -> Result<NaiveDate, String> {
        let text = self.needed(column)?;
        text.parse().map_err(|_| format!("`{text}` is no day such as 2026-06-30"))
    }
}
