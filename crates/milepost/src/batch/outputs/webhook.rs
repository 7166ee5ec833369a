//! A channel that takes messages in Slack's form. Its address is the secret: whoever has it may
//! write there, so it is in no sentence, whatever fails.

use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use secrecy::ExposeSecret;

use super::{PATIENCE, Parcel, message};
use crate::config::WebhookConfig;
use crate::network::{deepest, is_here};
use crate::secret;

/// Sends a message that leads to the report.
pub(super) async fn deliver(webhook: &WebhookConfig, parcel: &Parcel<'_>) -> Result<(), String> {
    let secret = secret::of_env(&webhook.url_env).map_err(|failure| failure.to_string())?;
    let url = address(secret.expose_secret()).map_err(|why| {
        format!("the address in the environment variable {} {why}", webhook.url_env)
    })?;
    let body = serde_json::json!({ "text": message::text(parcel) }).to_string();
    // Another server must not get the message, nor the address in a header.
    let client = Client::builder()
        .redirect(Policy::none())
        .timeout(PATIENCE)
        .user_agent("milepost")
        .build()
        .map_err(|error| format!("failed to prepare the message: {}", deepest(&error)))?;
    let request = client.post(url).header("content-type", "application/json").body(body);
    let response = request.send().await.map_err(|error| match error.is_timeout() {
        true => format!("its server did not answer within {} s", PATIENCE.as_secs()),
        false => format!("its server can't be reached: {}", deepest(&error.without_url())),
    })?;
    match response.status() {
        status if status.is_success() => Ok(()),
        status => Err(format!("its server answered {}", status.as_u16())),
    }
}

fn address(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "is none")?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_here(&url) => Ok(url),
        _ => Err("does not begin with https, so that others could read it on its way"),
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_is_sent_over_networks_encrypted_only() {
        assert!(address("https://hooks.example/T/B/x").is_ok());
        assert!(address("http://127.0.0.1:9/x").is_ok());
        assert!(address("http://hooks.example/T/B/x").is_err());
        assert_eq!(address("T/B/x"), Err("is none"));
    }
}
