//! A scrape, read by a parser of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::Service;

/// Samples by series, as text.
pub struct Scraped(BTreeMap<String, f64>);

impl Scraped {
    /// What a service shows now.
    pub fn of(service: &Service) -> Self {
        let reply = service.get("/metrics");
        assert_eq!(reply.status, 200, "{}", reply.body);
        Self::parse(&reply.body)
    }

    /// Reads the text format: a series, a blank, a value. No series comes twice.
    pub fn parse(text: &str) -> Self {
        let mut samples = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
            let value = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
            assert!(samples.insert(series.to_owned(), value).is_none(), "twice: {series}");
        }
        Self(samples)
    }

    /// The sample of a series.
    pub fn value(&self, series: &str) -> Option<f64> {
        self.0.get(series).copied()
    }

    /// The sum over all series of a family.
    pub fn sum(&self, family: &str) -> f64 {
        self.of_family(family).map(|(_, value)| value).sum()
    }

    /// The partitions that are owned, as their labels.
    pub fn owned(&self) -> BTreeSet<String> {
        let owned = self.of_family("contactpulse_partition_owner").filter(|(_, value)| *value == 1.0);
        owned.map(|(series, _)| series.to_owned()).collect()
    }

    /// Families that are there.
    pub fn families(&self) -> BTreeSet<&str> {
        self.0.keys().map(|series| family_of(series)).collect()
    }

    /// Every series.
    pub fn series(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Every counter, histograms' buckets among them, is at least what it was.
    pub fn assert_no_counter_fell_since(&self, earlier: &Self) {
        let counts = ["_total", "_bucket", "_count", "_sum"];
        let counters = earlier.0.iter().filter(|(series, _)| counts.iter().any(|end| family_of(series).ends_with(end)));
        for (series, before) in counters {
            let now = self.0.get(series).unwrap_or_else(|| panic!("{series} is gone"));
            assert!(now >= before, "{series} fell from {before} to {now}");
        }
    }

    fn of_family<'a>(&'a self, family: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        let samples = self.0.iter().map(|(series, value)| (series.as_str(), *value));
        samples.filter(move |(series, _)| family_of(series) == family)
    }
}

fn family_of(series: &str) -> &str {
    series.split('{').next().unwrap_or(series)
}
