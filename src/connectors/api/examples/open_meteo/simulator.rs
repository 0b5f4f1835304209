//! A weather archive that makes the weather up, the same for a place and a day whenever it is asked.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::trouble::{Refusal, Trouble};

/// The most days of one answer here; the API's own limit is of weights that it does not tell.
const MOST_DAYS: i64 = 366;

/// A simulated archive.
#[derive(Clone, Debug, Default)]
pub struct OpenMeteoSimulator {
    trouble: Trouble,
}

#[derive(Deserialize)]
struct Asked {
    latitude: f64,
    longitude: f64,
    start_date: NaiveDate,
    end_date: NaiveDate,
    #[serde(default)]
    daily: String,
}

impl OpenMeteoSimulator {
    /// An archive that refuses requests now and then.
    pub fn with(trouble: Trouble) -> Self {
        Self { trouble }
    }

    /// The service, to be put where the API's origin is.
    pub fn router(&self) -> Router {
        Router::new().route("/v1/archive", get(archive)).with_state(self.clone())
    }
}

async fn archive(
    State(simulator): State<OpenMeteoSimulator>,
    asked: Result<Query<Asked>, impl IntoResponse>,
) -> Response {
    match simulator.trouble.next() {
        Some(Refusal::TooMany) => {
            let reason = "Minutely API request limit exceeded. Please try again in one minute.";
            return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "1")], refused(reason)).into_response();
        }
        Some(Refusal::Broken) => return StatusCode::BAD_GATEWAY.into_response(),
        None => {}
    }
    let Ok(Query(asked)) = asked else {
        return (StatusCode::BAD_REQUEST, refused("Value of type 'Double' required for key 'latitude'."))
            .into_response();
    };
    match asked.answer() {
        Ok(answer) => axum::Json(answer).into_response(),
        Err(reason) => (StatusCode::BAD_REQUEST, refused(&reason)).into_response(),
    }
}

fn refused(reason: &str) -> axum::Json<Value> {
    axum::Json(json!({ "error": true, "reason": reason }))
}

impl Asked {
    fn answer(&self) -> Result<Value, String> {
        if !(-90.0..=90.0).contains(&self.latitude) || !(-180.0..=180.0).contains(&self.longitude) {
            return Err("Latitude must be in range of -90 to 90°, longitude of -180 to 180°.".to_owned());
        }
        if self.start_date > self.end_date || (self.end_date - self.start_date).num_days() >= MOST_DAYS {
            return Err("Parameter 'start_date' is out of allowed range.".to_owned());
        }
        let days: Vec<NaiveDate> = self.start_date.iter_days().take_while(|day| *day <= self.end_date).collect();
        let mut daily = Map::from_iter([("time".to_owned(), json!(days))]);
        let mut units = Map::from_iter([("time".to_owned(), json!("iso8601"))]);
        for name in self.daily.split(',').filter(|name| !name.is_empty()) {
            let unit = unit(name)
                .ok_or_else(|| format!("Cannot initialize ForecastVariableDaily from invalid String value {name}."))?;
            units.insert(name.to_owned(), json!(unit));
            daily.insert(name.to_owned(), days.iter().map(|day| self.value(name, *day)).collect());
        }
        Ok(json!({
            "latitude": tenth(self.latitude),
            "longitude": tenth(self.longitude),
            "generationtime_ms": 0.25,
            "utc_offset_seconds": 0,
            "timezone": "GMT",
            "timezone_abbreviation": "GMT",
            "elevation": (self.latitude.abs() * 7.0).round(),
            "daily_units": units,
            "daily": daily,
        }))
    }

    /// Seasons by latitude, and something that looks like chance.
    fn value(&self, name: &str, day: NaiveDate) -> Value {
        let season = (f64::from(day.ordinal()) / 365.0 * std::f64::consts::TAU).cos() * -self.latitude.signum();
        let chance =
            ((f64::from(day.num_days_from_ce()) * 12.9898 + self.longitude * 78.233).sin() * 43_758.547).fract().abs();
        let noon = 28.0 - self.latitude.abs() * 0.4 + season * self.latitude.abs() * 0.25 + chance * 6.0;
        tenth(match name {
            "temperature_2m_max" => noon,
            "temperature_2m_min" => noon - 7.0 - chance * 3.0,
            "precipitation_sum" => (chance - 0.6).max(0.0) * 25.0,
            _ => 8.0 + chance * 30.0,
        })
    }
}

fn unit(name: &str) -> Option<&'static str> {
    Some(match name {
        "temperature_2m_max" | "temperature_2m_min" => "°C",
        "precipitation_sum" => "mm",
        "wind_speed_10m_max" => "km/h",
        _ => return None,
    })
}

fn tenth(value: f64) -> Value {
    json!((value * 10.0).round() / 10.0)
}
