//! The part of an address behind the `?`, read as a [`Filter`].
//!
//! **Why strict.** `?windows=5m` without a complaint would show every window, and the script that wrote it would sum them.

use super::{Filter, ReportError};

impl Filter {
    /// Reads the parameters of `/api/v1/report`. `queue` and `window` may be repeated and may hold a list with commas; an
    /// empty value asks for nothing. A queue whose own name has a comma cannot be asked for alone. Agents' figures are over all
    /// queues, so a report of some queues has none.
    ///
    /// # Errors
    /// [`ReportError::BadParameter`] on a parameter that does not exist, a value of `agents` other than `on` and `off`, or `on`
    /// beside a `queue`.
    pub(super) fn read(parameters: Vec<(String, String)>) -> Result<Self, ReportError> {
        let mut filter = Self::default();
        let mut agents = None;
        for (name, value) in parameters {
            match name.as_str() {
                "queue" => add_names(&mut filter.queues, &value),
                "window" => add_names(&mut filter.windows, &value),
                "agents" => agents = Some(on_or_off(&value)?),
                _ => return Err(unknown(&name)),
            }
        }
        let is_whole = filter.queues.is_empty();
        if agents == Some(true) && !is_whole {
            return Err(ReportError::BadParameter(AGENTS_OF_A_QUEUE.to_owned()));
        }
        filter.without_agents = !agents.unwrap_or(is_whole);
        Ok(filter)
    }
}

const AGENTS_OF_A_QUEUE: &str = "agents' figures are over all queues: ask for them without queue";

fn add_names(names: &mut Vec<String>, list: &str) {
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
}

fn on_or_off(value: &str) -> Result<bool, ReportError> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(ReportError::BadParameter(format!("agents is \"on\" or \"off\", not {value:?}"))),
    }
}

fn unknown(name: &str) -> ReportError {
    ReportError::BadParameter(format!("there is no parameter {name:?}; the parameters are queue, window and agents"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parameters: &[(&str, &str)]) -> Result<Filter, ReportError> {
        Filter::read(parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn repeats_and_lists_say_the_same_and_a_name_counts_once() {
        let listed = read(&[("queue", "sales, tech"), ("window", "5m,today")]).unwrap();
        let repeated =
            [("queue", "sales"), ("window", "5m"), ("queue", "tech"), ("queue", "sales"), ("window", "today")];
        assert_eq!(read(&repeated).unwrap(), listed);
        assert_eq!(listed.queues, ["sales", "tech"]);
        assert_eq!(listed.windows, ["5m", "today"]);
    }

    #[test]
    fn an_empty_value_asks_for_everything() {
        assert_eq!(read(&[("queue", ""), ("window", ",")]).unwrap(), Filter::default());
    }

    #[test]
    fn agents_are_there_unless_switched_off_or_a_queue_is_asked_for() {
        assert!(!read(&[]).unwrap().without_agents);
        assert!(!read(&[("agents", "on")]).unwrap().without_agents);
        assert!(read(&[("agents", "off")]).unwrap().without_agents);
        assert!(read(&[("queue", "sales")]).unwrap().without_agents, "agents' figures are over all queues");
        let both = read(&[("agents", "on"), ("queue", "sales")]).unwrap_err();
        assert_eq!(both.to_string(), "agents' figures are over all queues: ask for them without queue");
        assert_eq!(read(&[("agents", "no")]).unwrap_err().to_string(), "agents is \"on\" or \"off\", not \"no\"");
    }

    #[test]
    fn a_mistyped_parameter_is_an_error_that_names_the_right_ones() {
        let error = read(&[("windows", "5m")]).unwrap_err();
        assert_eq!(error.reason(), "bad_parameter");
        assert_eq!(error.to_string(), "there is no parameter \"windows\"; the parameters are queue, window and agents");
    }
}
