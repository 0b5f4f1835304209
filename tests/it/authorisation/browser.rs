//! A browser that consents: it follows the vendor's redirects with its cookies until it is sent to another site.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use url::Url;

use crate::harness::PATIENCE;

/// Redirects that are followed.
const MOST: usize = 12;

/// A cookie's name, path and value.
type Cookie = (String, String, String);

/// Where the vendor's page sends the browser in the end.
pub async fn consent(page: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    let client = client.redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut url = Url::parse(page).unwrap();
    let home = url.origin();
    let mut cookies: Vec<Cookie> = Vec::new();
    for _ in 0..MOST {
        let sent: Vec<String> = cookies
            .iter()
            .filter(|(_, path, _)| url.path().starts_with(path.as_str()))
            .map(|(name, _, value)| format!("{name}={value}"))
            .collect();
        let answer = client.get(url.clone()).header(COOKIE, sent.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            keep(&mut cookies, cookie.to_str().unwrap());
        }
        let Some(next) = answer.headers().get(LOCATION).map(|next| next.to_str().unwrap().to_owned()) else {
            panic!("{url} does not lead on: {}", answer.text().await.unwrap());
        };
        let next = url.join(&next).unwrap();
        if next.origin() != home {
            return next.into();
        }
        url = next;
    }
    panic!("{page} leads in a circle");
}

fn keep(cookies: &mut Vec<Cookie>, text: &str) {
    let mut parts = text.split("; ");
    let (name, value) = parts.next().unwrap().split_once('=').unwrap();
    let path = parts.find_map(|part| part.strip_prefix("path=")).unwrap_or("/");
    cookies.retain(|(other, other_path, _)| (other.as_str(), other_path.as_str()) != (name, path));
    if !value.is_empty() {
        cookies.push((name.to_owned(), path.to_owned(), value.to_owned()));
    }
}
