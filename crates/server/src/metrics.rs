use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use metrics::{Key, Label, Level, Metadata, Recorder as _, SharedString};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

/// Upper bounds of the latency histogram, in seconds.
const BUCKETS: [f64; 16] =
    [0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
/// Observations after which collected samples are folded into their histograms, so that memory stays bounded where
/// nobody scrapes.
const FOLD_EVERY: u64 = 8192;
const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

/// The counters and histograms of one server. It has its own recorder instead of the process-wide one, so that several
/// servers in one process (tests) do not mix.
pub(crate) struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    observed: AtomicU64,
}

impl Metrics {
    /// Empty metrics, described.
    pub(crate) fn new() -> Self {
        // The buckets are a constant, not empty, so the builder takes them.
        let builder = PrometheusBuilder::new();
        let builder = builder.set_buckets(&BUCKETS).unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        for (name, text) in [
            ("mercato_requests_total", "Requests answered, by route, shop and status."),
            ("mercato_degraded_total", "Answers made without a part of the pipeline that failed, by shop and part."),
            ("mercato_events_accepted_total", "Events accepted, by shop."),
            ("mercato_events_duplicate_total", "Events whose id was known already, by shop."),
        ] {
            recorder.describe_counter(name.into(), None, SharedString::const_str(text));
        }
        for (name, text) in [
            ("mercato_queue_depth", "Requests waiting for their turn, by queue."),
            ("mercato_appends_in_flight", "Appends on their way to the disk."),
            ("mercato_items", "Items in the catalogue, by shop."),
            ("mercato_events", "Events in the log, by shop."),
            ("mercato_actors", "Actors with state, by shop."),
            ("mercato_embeddings_pending", "Vectors not computed yet, by shop."),
            ("mercato_index_lag", "Item changes not yet searchable by words, by shop."),
            ("mercato_lexicon_lag", "Item changes that queries are not read with yet, by shop."),
            ("mercato_disk_bytes", "Bytes on disk, by shop."),
            (
                "mercato_recommender_version",
                "Version of the trained recommender in force, by shop and kind; 0 where none is.",
            ),
            ("mercato_recommender_age_seconds", "Time since the newest recommender was trained, by shop and kind."),
            ("mercato_ranker_version", "Version of the trained ranker in force, by shop and kind; 0 where none is."),
            ("mercato_ranker_age_seconds", "Time since the newest ranker was trained, by shop and kind."),
            ("mercato_training_running", "1 while a recommender or ranker is trained, by shop."),
            ("mercato_searches", "Searches since the start, by shop."),
            ("mercato_searches_empty", "Searches since the start that found nothing, by shop."),
        ] {
            recorder.describe_gauge(name.into(), None, SharedString::const_str(text));
        }
        let text = SharedString::const_str("Time to answer a request, by route and shop.");
        recorder.describe_histogram("mercato_request_seconds".into(), None, text);
        Self { recorder, handle, observed: AtomicU64::new(0) }
    }

    /// Adds to a counter.
    pub(crate) fn count(&self, name: &'static str, labels: Vec<Label>, by: u64) {
        self.recorder.register_counter(&Key::from_parts(name, labels), &METADATA).increment(by);
    }

    /// Sets a gauge.
    pub(crate) fn set(&self, name: &'static str, labels: Vec<Label>, value: f64) {
        self.recorder.register_gauge(&Key::from_parts(name, labels), &METADATA).set(value);
    }

    /// Notes an answered request. `route` is the pattern, not the path, and `shop` one that exists or `-`: strangers
    /// must not be able to make new time series.
    pub(crate) fn answered(&self, route: &str, shop: &str, status: u16, took: Duration) {
        let where_ = vec![label("route", route), label("shop", shop)];
        let key = Key::from_parts("mercato_request_seconds", where_.clone());
        self.recorder.register_histogram(&key, &METADATA).record(took.as_secs_f64());
        let mut labels = where_;
        labels.push(Label::new("status", status.to_string()));
        self.count("mercato_requests_total", labels, 1);
        if self.observed.fetch_add(1, Ordering::Relaxed) % FOLD_EVERY == FOLD_EVERY - 1 {
            self.handle.run_upkeep();
        }
    }

    /// Everything, in the text format of Prometheus.
    pub(crate) fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

/// A label of a time series.
pub(crate) fn label(name: &'static str, value: &str) -> Label {
    Label::new(name, value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_become_a_histogram() {
        let metrics = Metrics::new();
        for micros in [700, 900, 40_000] {
            metrics.answered("/v1/{shop}/search", "gifts", 200, Duration::from_micros(micros));
        }
        let text = metrics.render();
        for line in [
            r#"mercato_requests_total{route="/v1/{shop}/search",shop="gifts",status="200"} 3"#,
            r#"mercato_request_seconds_bucket{route="/v1/{shop}/search",shop="gifts",le="0.001"} 2"#,
            r#"mercato_request_seconds_count{route="/v1/{shop}/search",shop="gifts"} 3"#,
        ] {
            assert!(text.contains(line), "{line} not in\n{text}");
        }
    }
}
