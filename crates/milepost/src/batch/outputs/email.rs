//! A mail: the report as text, and its page attached.

use std::time::SystemTime;

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Message, SmtpTransport, Transport};
use secrecy::ExposeSecret;

use super::{PATIENCE, Parcel};
use crate::config::{EmailConfig, Security};
use crate::network::deepest;
use crate::reports::Written;
use crate::secret;

/// Sends the mail.
pub(super) async fn deliver(email: &EmailConfig, parcel: &Parcel<'_>) -> Result<(), String> {
    let mail = mail(email, parcel)?;
    let server = server(email)?;
    // It waits for the server, which must not hold up the runtime.
    let sent = tokio::task::spawn_blocking(move || server.send(&mail)).await;
    match sent {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(told(&error)),
        Err(_) => Err("the mail could not be sent: its thread ended".to_owned()),
    }
}

fn mail(email: &EmailConfig, parcel: &Parcel<'_>) -> Result<Message, String> {
    let fail = |error: &dyn std::error::Error| format!("failed to write the mail: {error}");
    let mailbox = |address: &str| address.parse::<Mailbox>().map_err(|error| fail(&error));
    let text = |format: Written| {
        format.text(&parcel.report.name, parcel.page).map_err(|failure| failure.to_string())
    };
    let page = Attachment::new(parcel.file(Written::Html))
        .body(text(Written::Html)?, ContentType::TEXT_HTML);
    let body =
        MultiPart::mixed().singlepart(SinglePart::plain(text(Written::Markdown)?)).singlepart(page);
    let from = mailbox(&email.from)?;
    let id = id(parcel, from.email.domain());
    let mut message = Message::builder()
        .from(from)
        .subject(format!("{}: {}", parcel.page.title, parcel.page.subtitle))
        .date(SystemTime::from(parcel.globals.as_of))
        .message_id(Some(id));
    for to in &email.to {
        message = message.to(mailbox(to)?);
    }
    message.multipart(body).map_err(|error| fail(&error))
}

/// A mail that comes again, because nobody noted down that it was sent, is the same mail to whoever
/// gets it.
fn id(parcel: &Parcel<'_>, domain: &str) -> String {
    let cadence: String =
        parcel.report.cadence.chars().filter(char::is_ascii_alphanumeric).collect();
    let (name, due_at) = (parcel.report.name.name(), parcel.due_at.timestamp());
    format!("<{name}.{cadence}.{due_at}@{domain}>")
}

fn server(email: &EmailConfig) -> Result<SmtpTransport, String> {
    let fail = |error| format!("failed to prepare the mail: {}", deepest(&error));
    let mut server = match email.security {
        Security::Tls => SmtpTransport::relay(&email.host).map_err(fail)?,
        Security::Starttls => SmtpTransport::starttls_relay(&email.host).map_err(fail)?,
        Security::None => SmtpTransport::builder_dangerous(&email.host),
    };
    if let Some(port) = email.port {
        server = server.port(port);
    }
    if let (Some(name), Some(password)) = (&email.username, &email.password_env) {
        let password = secret::of_env(password).map_err(|failure| failure.to_string())?;
        let password = password.expose_secret().to_owned();
        server = server.credentials(Credentials::new(name.clone(), password));
    }
    Ok(server.timeout(Some(PATIENCE)).build())
}

/// What went wrong, without what the server said: it may say a password back.
fn told(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("the mail server refused it with code {code}"),
        None if error.is_timeout() => {
            format!("the mail server did not answer within {} s", PATIENCE.as_secs())
        }
        None if error.is_response() => "the mail server speaks no SMTP".to_owned(),
        None => format!("the mail server can't be reached: {}", deepest(error)),
    }
}
