//! Factor 5: services in production beside every sanctioned path.

use datafusion::prelude::SessionContext;

use super::ask::{instant, named, names, one, plural};
use super::{CONTRIBUTORS, Found, LINKS};
use crate::AnalyticsError;
use crate::readiness::{Basis, Factor, Moment, Numbers, Rules};
use crate::statistics::Share;

/// Services in production: 1 in `is_off` for those that are on no golden path, not on the way to
/// one, and not exempt; `is_asked` where any path asks for anything; `is_listed` where the
/// catalogue has them.
const SERVICES: &str = "select distinct w.service_id,
        case when w.path_status = 'off_road' then 1 else 0 end as is_off,
        case when w.path_status is not null then 1 else 0 end as is_asked,
        case when s.service_id is not null then 1 else 0 end as is_listed
 from windowed.services w
 left join services s on s.service_id = w.service_id and s.deleted_at is null
 where w.subject_kind = 'organization' and w.exclusion_reason is null";

pub(super) async fn find(
    session: &SessionContext,
    moment: &Moment,
    rules: &Rules,
) -> Result<Found, AnalyticsError> {
    let mut found = Found::new(Factor::ShadowIt);
    let sql = format!(
        "select count(service_id) as services, sum(is_off) as off, sum(is_asked) as asked,
                sum(is_listed) as listed from ({SERVICES})"
    );
    let counted = one(session, &sql).await?;
    let services = counted.count("services")?;
    if services == 0 {
        return Ok(found.without(
            "no_services",
            "services in production: `milepost ingest git`, `backstage` or `files services.csv`",
        ));
    }
    if counted.count("asked")? == 0 {
        return Ok(found.without(
            "no_golden_path",
            "what the sanctioned path is: [[capability]] with golden_paths in milepost.toml (docs/golden-paths.md)",
        ));
    }
    let coverage = counted.count("listed")? as f64 / services as f64;
    found.coverage_ratio = Some(coverage);
    found.sample_size = Some(services);
    if coverage < rules.inventory_coverage {
        return Ok(found.without(
            "inventory_incomplete",
            "services that run but that the catalogue does not list: `milepost ingest backstage` or `files services.csv`",
        ));
    }
    let off = counted.count("off")?;
    found.of_share(Share::new(off as u64, services as u64));
    let teams = teams(session, moment).await?;
    found.basis = Basis::Measured;
    found.numbers =
        found.value.map(|share| Numbers::Shadow { share, teams: Some(teams.len() as f64) });
    found.details.push(format!(
        "{off} of {}, of {}",
        plural(services, "service"),
        plural(teams.len() as i64, "team")
    ));
    found.contributors = teams
        .into_iter()
        .take(CONTRIBUTORS)
        .map(|(name, count)| {
            format!("{name} ({})", plural(count.unwrap_or_default() as i64, "service"))
        })
        .collect();
    found.links = names(session, &links(moment)).await?;
    Ok(found)
}

/// Teams that own one, those with the most first.
async fn teams(
    session: &SessionContext,
    moment: &Moment,
) -> Result<Vec<(String, Option<f64>)>, AnalyticsError> {
    let at = instant(moment.at);
    let sql = format!(
        "select o.team_id as name, cast(count(distinct f.service_id) as double) as value
         from ({SERVICES}) f
         join owners o on o.service_id = f.service_id
           and o.valid_from <= {at} and (o.valid_to is null or o.valid_to > {at})
         where f.is_off = 1
         group by o.team_id order by value desc, name"
    );
    named(session, &sql).await
}

/// Latest deployments of such services.
fn links(moment: &Moment) -> String {
    let (start, at) = (instant(moment.start), instant(moment.at));
    format!(
        "select d.source_url as name from classified_deployments d
         join ({SERVICES}) f on f.service_id = d.service_id and f.is_off = 1
         where d.is_counted and d.source_url is not null and d.finished_at >= {start} and d.finished_at <= {at}
         order by d.finished_at desc, d.source_url limit {LINKS}"
    )
}
