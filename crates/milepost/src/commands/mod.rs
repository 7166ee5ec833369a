//! One file a command.

mod adoption;
mod allocation;
mod assess;
mod check;
mod compare;
mod config;
mod demo;
mod doctor;
mod explain;
mod export;
pub(crate) mod ingest;
mod init;
mod lake;
pub(crate) mod metric;
pub(crate) mod metrics;
mod people;
mod period;
mod quickstart;
mod report;
mod run;
mod serve;
mod services;
mod sql;
pub(crate) mod status;
mod test;

use clap::Subcommand;
pub(crate) use ingest::IngestSource;

use crate::exit::{Exit, Failure};
use crate::globals::Globals;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Quickstart(quickstart::QuickstartArgs),
    Demo(demo::DemoArgs),
    Init(init::InitArgs),
    Config(config::ConfigArgs),
    Ingest(Box<ingest::IngestArgs>),
    Sql(sql::SqlArgs),
    Metrics(metrics::MetricsArgs),
    Metric(metric::MetricArgs),
    Adoption(adoption::AdoptionArgs),
    Allocation(allocation::AllocationArgs),
    Explain(explain::ExplainArgs),
    Export(export::ExportArgs),
    Period(period::PeriodArgs),
    Compare(compare::CompareArgs),
    Report(report::ReportArgs),
    Run(run::RunArgs),
    Assess(assess::AssessArgs),
    Check(check::CheckArgs),
    Doctor(doctor::DoctorArgs),
    Lake(lake::LakeArgs),
    People(people::PeopleArgs),
    Serve(serve::ServeArgs),
    Services(services::ServicesArgs),
    Status(status::StatusArgs),
    Test(test::TestArgs),
}

impl Command {
    /// False for a command that must answer the same wherever it is started.
    pub(crate) fn reads_configuration(&self) -> bool {
        !matches!(self, Command::Quickstart(_) | Command::Demo(_) | Command::Init(_))
    }

    /// True for a command that ends in its own way when somebody interrupts it.
    pub(crate) fn ends_itself(&self) -> bool {
        match self {
            Command::Serve(_) => true,
            Command::Sql(args) => args.is_shell(),
            _ => false,
        }
    }

    pub(crate) async fn run(self, globals: &Globals) -> Result<Exit, Failure> {
        match self {
            Command::Quickstart(args) => quickstart::run(args, globals).await,
            Command::Demo(args) => demo::run(args, globals).await,
            Command::Init(args) => init::run(args, globals),
            Command::Config(args) => config::run(args, globals).await,
            Command::Ingest(args) => ingest::run(*args, globals).await,
            Command::Sql(args) => sql::run(args, globals).await,
            Command::Metrics(args) => metrics::run(args, globals),
            Command::Metric(args) => metric::run(args, globals).await,
            Command::Adoption(args) => adoption::run(args, globals).await,
            Command::Allocation(args) => allocation::run(args, globals).await,
            Command::Explain(args) => explain::run(args, globals).await,
            Command::Export(args) => export::run(args, globals).await,
            Command::Period(args) => period::run(args, globals).await,
            Command::Report(args) => report::run(args, globals).await,
            Command::Run(args) => run::run(args, globals).await,
            Command::Compare(args) => compare::run(args, globals).await,
            Command::Assess(args) => assess::run(args, globals).await,
            Command::Check(args) => check::run(args, globals).await,
            Command::Doctor(args) => doctor::run(args, globals).await,
            Command::Lake(args) => lake::run(args, globals).await,
            Command::People(args) => people::run(args, globals).await,
            Command::Serve(args) => serve::run(args, globals).await,
            Command::Services(args) => services::run(args, globals).await,
            Command::Status(args) => status::run(args, globals).await,
            Command::Test(args) => test::run(args, globals).await,
        }
    }
}
