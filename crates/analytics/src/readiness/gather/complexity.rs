//! Factor 3: what runs, and where.

use datafusion::prelude::SessionContext;

use super::ask::{instant, named, one, plural};
use super::growth::Growth;
use super::{CONTRIBUTORS, Found};
use crate::AnalyticsError;
use crate::readiness::{Basis, Factor, Moment, Numbers, Rules};

pub(super) async fn find(
    session: &SessionContext,
    moment: &Moment,
    rules: &Rules,
    growth: &Growth,
) -> Result<Found, AnalyticsError> {
    let mut found = Found::new(Factor::InfrastructureComplexity);
    let seen = one(session, &seen(moment)).await?;
    let services = seen.count("services")?;
    if services == 0 {
        return Ok(found.without(
            "no_services",
            "services in production: `milepost ingest git`, `backstage` or `files services.csv`",
        ));
    }
    let known = |count: i64| count as f64 >= rules.inventory_coverage * services as f64;
    let clouds = seen.number("clouds")?.filter(|clouds| {
        *clouds >= rules.clouds_green as f64 || known(seen.count("with_clouds").unwrap_or(0))
    });
    let regulated = seen.count("regulated")?;
    let is_regulated = (regulated > 0 || known(seen.count("with_tags")?)).then_some(regulated > 0);
    let environments = seen.number("environments")?;
    let numbers = Numbers::Complexity {
        services: services as f64,
        clouds,
        environments,
        is_regulated,
        growth: growth.of_services(2),
    };
    tell(&mut found, (services, clouds, environments, is_regulated), growth);
    found.sample_size = Some(services);
    let signs = [Some(0), clouds.map(|_| 0), environments.map(|_| 0), is_regulated.map(|_| 0)];
    found.coverage_ratio = Some(signs.iter().flatten().count() as f64 / 4.0);
    if numbers.colour(rules).is_none() {
        found.reason = Some("inventory_incomplete");
        return Ok(found);
    }
    found.basis = Basis::Measured;
    // Where signs are unknown the value is what is known to be there.
    found.value = numbers.signs(rules).map(|(there, _)| there);
    found.numbers = Some(numbers);
    found.contributors = busiest(session, moment).await?;
    Ok(found)
}

fn tell(
    found: &mut Found,
    (services, clouds, environments, is_regulated): (i64, Option<f64>, Option<f64>, Option<bool>),
    growth: &Growth,
) {
    found.details.push(plural(services, "service"));
    match clouds {
        Some(clouds) => found.details.push(plural(clouds as i64, "cloud")),
        None => found.missing.push(
            "which clouds services run on: `clouds` of `services` (an annotation in the catalogue, or a file)"
                .to_owned(),
        ),
    }
    match environments {
        Some(environments) => {
            found.details.push(format!("environments of the median service: {environments}"));
        }
        None => found.missing.push(
            "which environments there are: recorded deployments with `environment` of all of them"
                .to_owned(),
        ),
    }
    match is_regulated {
        Some(true) => found.details.push("under a compliance regime".to_owned()),
        Some(false) => found.details.push("under no compliance regime".to_owned()),
        None => found.missing.push(
            "which services are under a regime: `compliance_tags` of `services`, an empty list for none"
                .to_owned(),
        ),
    }
    if let Some(growth) = growth.of_services(2) {
        found.details.push(format!("{:+.0} % services in two quarters", growth * 100.0));
    }
}

/// Services in production at the quarter's end.
pub(super) const ACTIVE: &str = "select distinct service_id from windowed.services
     where subject_kind = 'organization' and exclusion_reason is null";

/// Environments that a service was deployed to in half a year. A tag tells of no environment, so
/// only recorded deployments count.
fn environments(moment: &Moment) -> String {
    let at = instant(moment.at);
    format!(
        "select service_id, count(distinct environment) as environments
         from classified_deployments
         where basis = 'recorded' and outcome = 'succeeded' and environment is not null
           and finished_at <= {at} and finished_at > {at} - interval '180 days'
         group by service_id"
    )
}

fn seen(moment: &Moment) -> String {
    format!(
        "with active as ({ACTIVE}),
         known as (
           select a.service_id, s.clouds, s.compliance_tags, e.environments
           from active a
           left join services s on s.service_id = a.service_id and s.deleted_at is null
           left join ({}) e on e.service_id = a.service_id
         ),
         clouds as (
           select count(distinct lower(cloud)) as clouds
           from (select unnest(clouds) as cloud from known where clouds is not null)
         ),
         counted as (
           select count(service_id) as services, count(clouds) as with_clouds,
                  count(compliance_tags) as with_tags,
                  count(case when array_length(compliance_tags) > 0 then 1 end) as regulated,
                  percentile_cont(0.5) within group (order by cast(environments as double)) as environments
           from known
         )
         select c.services, c.with_clouds, c.with_tags, c.regulated, c.environments, d.clouds
         from counted c cross join clouds d",
        environments(moment)
    )
}

/// Teams with the most services.
async fn busiest(session: &SessionContext, moment: &Moment) -> Result<Vec<String>, AnalyticsError> {
    let at = instant(moment.at);
    let sql = format!(
        "select o.team_id as name, cast(count(distinct a.service_id) as double) as value
         from ({ACTIVE}) a
         join owners o on o.service_id = a.service_id
           and o.valid_from <= {at} and (o.valid_to is null or o.valid_to > {at})
         group by o.team_id order by value desc, name limit {CONTRIBUTORS}"
    );
    let rows = named(session, &sql).await?;
    let told = |(name, count): (String, Option<f64>)| {
        format!("{name} ({})", plural(count.unwrap_or_default() as i64, "service"))
    };
    Ok(rows.into_iter().map(told).collect())
}
