//! Reward, removal and metrics against each other.

use halle_sim::Batch as _;
use halle_tasks::polish::{
    ACTION_COUNT, Block, INFO, Keep, METRICS, PolishConfig, observations, run_episodes,
};

use crate::fixture::{batch, begun, ended, held_out, info, restless, row, task_with, zero};

#[test]
fn removal_map_is_what_the_numbers_tell_of() {
    let task = held_out();
    let keep = Keep {
        recorded: 4,
        maps: 4,
    };
    let run = run_episodes(
        &task,
        &mut batch(&task, 8),
        keep,
        |_, a| a.fill(0.0),
        |_| true,
    )
    .unwrap();
    let target = task.model().workpiece.target_removal;
    for episode in &run.episodes[..4] {
        let last = run
            .steps
            .iter()
            .rfind(|step| step.env == episode.env)
            .unwrap();
        let told =
            |name: &str| f64::from(last.info[INFO.iter().position(|(n, _)| *n == name).unwrap()]);
        let map = episode.map.as_ref().unwrap();
        assert_eq!(map.len(), task.grid().len());
        let ratios: Vec<f64> = map.iter().map(|h| f64::from(*h) / target).collect();
        let mean = |f: &dyn Fn(f64) -> f64| {
            ratios.iter().map(|x| f(*x)).sum::<f64>() / ratios.len() as f64
        };
        // Sums of 280 numbers of order one in single precision: 280 x 2^-24 at most.
        for (name, exact) in [
            ("removal_mean", mean(&|x| x)),
            ("removal_mean_square", mean(&|x| x * x)),
            ("removal_error", mean(&|x| (x - 1.0).abs())),
        ] {
            assert!(
                (told(name) - exact).abs() < 2.0e-5,
                "{name}: {} {exact}",
                told(name)
            );
        }
        // A cell within rounding of the edge of its band may fall on either side.
        let at_edge = ratios
            .iter()
            .filter(|x| ((**x - 1.0).abs() - 0.2).abs() < 1.0e-6)
            .count();
        let slack = at_edge as f64 / ratios.len() as f64 + 1.0e-5;
        let share = |f: &dyn Fn(f64) -> bool| mean(&|x| f64::from(u8::from(f(x))));
        let coverage = share(&|x| (x - 1.0).abs() <= 0.2);
        let over = share(&|x| x > 1.2);
        assert!((told("coverage") - coverage).abs() < slack, "{coverage}");
        assert!((told("over_polished") - over).abs() < slack, "{over}");
        assert!((episode.metrics.coverage - 100.0 * coverage).abs() < 100.0 * slack);
        assert!(mean(&|x| x) > 0.5, "something was removed");
    }
    assert!(
        run.episodes[4..]
            .iter()
            .all(|episode| episode.map.is_none()),
        "none but asked for"
    );
}

#[test]
fn removal_only_grows() {
    let task = held_out();
    let mut batch = begun(&task, 4);
    let [rows, start] = [batch.layout().state, task.map_start()];
    let cells = |state: &[f32], env: usize| state[env * rows + start..(env + 1) * rows].to_vec();
    batch.step(&zero(4)).unwrap();
    let mut before = batch.save().unwrap();
    for step in 0..200 {
        batch.step(&restless(0, 4, step)).unwrap();
        let now = batch.save().unwrap();
        for env in 0..4 {
            assert_eq!(ended(&batch, env), [false; 2]);
            let pairs = cells(&before, env).into_iter().zip(cells(&now, env));
            assert!(pairs.into_iter().all(|(a, b)| b >= a && b.is_finite()));
        }
        before = now;
    }
}

/// Sum of squares of the change of an action.
fn change(now: &[f32], before: &[f32]) -> f64 {
    now.iter()
        .zip(before)
        .map(|(a, b)| f64::from(a - b).powi(2))
        .sum()
}

/// What a control step costs, out of its info row and its actions.
fn cost(config: &PolishConfig, set_point: f64, told: [f32; 2], change: f64) -> f64 {
    let [force, engaged] = told.map(f64::from);
    let miss = (force - set_point) / (0.1 * set_point);
    let weights = &config.reward;
    weights.force * (miss * miss).min(9.0) * engaged
        + weights.smoothness * change
        + weights.time / config.control_rate
}

/// Steps restlessly and gives each env's sum of rewards plus costs.
fn gains(config: impl Fn(&mut PolishConfig), steps: usize) -> (Vec<f64>, Vec<[[f64; 3]; 2]>) {
    let task = std::sync::Arc::new(task_with(config).held_out());
    let count = 6;
    let mut batch = begun(&task, count);
    let set_point = task.model().tool.force_set_point;
    // What is foreseen stands before the patch, which is the last thing before the map.
    let foreseen = |batch: &dyn halle_sim::Batch| -> Vec<[f64; 3]> {
        let state = batch.save().unwrap();
        let end = task.map_start() - 9;
        (0..count)
            .map(|env| [3, 2, 1].map(|k| f64::from(state[env * batch.layout().state + end - k])))
            .collect()
    };
    let start = foreseen(&batch);
    let mut sums = vec![0.0; count];
    let mut before = zero(count);
    let mut engaged = vec![0.0_f32; count];
    for step in 0..steps {
        // Calm enough to stay in contact.
        let actions: Vec<f32> = restless(0, count, step).iter().map(|a| 0.5 * a).collect();
        batch.step(&actions).unwrap();
        for env in 0..count {
            let steps = info(&batch, env, "contact_steps");
            let told = [info(&batch, env, "force"), steps - engaged[env]];
            engaged[env] = steps;
            let own = env * ACTION_COUNT..(env + 1) * ACTION_COUNT;
            let change = change(&actions[own.clone()], &before[own]);
            assert_eq!(ended(&batch, env), [false; 2], "within the episode");
            sums[env] += f64::from(row(&batch, Block::Reward, env)[0])
                + cost(task.config(), set_point, told, change);
        }
        before = actions;
    }
    assert!(
        engaged.iter().all(|n| *n > 0.5 * steps as f32),
        "in contact: {engaged:?}"
    );
    let pairs = start
        .into_iter()
        .zip(foreseen(&batch))
        .map(|(a, b)| [a, b])
        .collect();
    (sums, pairs)
}

#[test]
fn costs_are_what_the_weights_say() {
    let (sums, _) = gains(
        |config| {
            config.reward.error = 0.0;
            config.reward.coverage = 0.0;
            config.reward.over = 0.0;
        },
        300,
    );
    // 300 rewards of 0.1 or less, each rounded to 2^-24 of itself.
    for sum in sums {
        assert!(sum.abs() < 1.0e-5, "reward is nothing but cost: {sum:e}");
    }
}

#[test]
fn gains_telescope() {
    let (sums, foreseen) = gains(|_| {}, 300);
    let weights = PolishConfig::default().reward;
    for (sum, [start, end]) in sums.iter().zip(foreseen) {
        let exact = weights.error * (start[0] - end[0])
            + weights.coverage * (end[1] - start[1])
            + weights.over * (start[2] - end[2]);
        // 300 differences of numbers below one, rounded to 2^-24 each and weighted with 50; half of the worst case.
        assert!((sum - exact).abs() < 4.5e-4, "{sum} {exact}");
        assert!(exact.abs() > 0.01, "something was gained or lost: {exact}");
    }
}

#[test]
fn foreseen_becomes_what_is() {
    // At the end of the raster nothing is left to come but what the last chord still covers.
    let task = held_out();
    let mut batch = begun(&task, 8);
    let mut open = [true; 8];
    let end = task.map_start() - 9;
    let mut before = batch.save().unwrap();
    while open.contains(&true) {
        batch.step(&zero(8)).unwrap();
        for env in (0..8).filter(|env| open[*env]).collect::<Vec<_>>() {
            if ended(&batch, env) == [false; 2] {
                continue;
            }
            open[env] = false;
            let at = env * batch.layout().state + end;
            for (k, name) in [(3, "removal_error"), (2, "coverage"), (1, "over_polished")] {
                let (foreseen, is) = (before[at - k], info(&batch, env, name));
                println!("env {env}, {name}: foreseen {foreseen}, is {is}");
                assert!(
                    (foreseen - is).abs() < 0.03,
                    "env {env}, {name}: {foreseen} {is}"
                );
            }
        }
        before = batch.save().unwrap();
    }
}

#[test]
fn metrics_follow_from_the_info_row() {
    let task = held_out();
    let keep = Keep {
        recorded: 6,
        maps: 0,
    };
    let run = run_episodes(
        &task,
        &mut batch(&task, 6),
        keep,
        |_, a| a.fill(0.0),
        |_| true,
    )
    .unwrap();
    let set_point = task.model().tool.force_set_point;
    let at = |name: &str| INFO.iter().position(|(n, _)| *n == name).unwrap();
    let [force, contact] = [at("force"), at("contact_steps")];
    for episode in &run.episodes {
        // Force error and time in band again, from the trace of forces.
        let mut engaged = Vec::new();
        let mut steps = 0.0;
        for step in run.steps.iter().filter(|step| step.env == episode.env) {
            if step.info[contact] > steps {
                engaged.push(f64::from(step.info[force]) - set_point);
            }
            steps = step.info[contact];
        }
        let n = engaged.len() as f64;
        let rmse = (engaged.iter().map(|e| e * e).sum::<f64>() / n).sqrt();
        let band = engaged
            .iter()
            .filter(|e| e.abs() <= 0.1 * set_point)
            .count() as f64
            / n;
        let m = &episode.metrics;
        // Sums of 800 numbers in single precision.
        assert!(
            (m.force_rmse / rmse - 1.0).abs() < 1.0e-4,
            "{} {rmse}",
            m.force_rmse
        );
        assert!(
            (m.time_in_band - 100.0 * band).abs() < 100.0 * 1.5 / n,
            "{}",
            m.time_in_band
        );
        let quick = 1.0 - m.cycle_time / task.config().horizon;
        let score = 0.7 * m.coverage + 0.2 * m.time_in_band + 10.0 * quick - 0.5 * m.over_polished;
        assert!((m.score - score).abs() < 1.0e-9, "{} {score}", m.score);
        assert!(m.drive_work > 0.0 && m.removal_spread > 0.0, "{m:?}");
    }
}

#[test]
fn names_fit_the_widths() {
    let task = held_out();
    let mut batch = begun(&task, 1);
    batch.step(&zero(1)).unwrap();
    let names = observations(task.start().len());
    let widths = &batch.layout().blocks;
    assert_eq!(names.len(), widths[Block::Observation as usize]);
    assert_eq!(names.len(), widths[Block::FinalObservation as usize]);
    let mut unique: Vec<&str> = names.iter().map(|quantity| quantity.name).collect();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), names.len(), "names are unique");
    for joints in 1..=8 {
        assert_eq!(observations(joints).len(), names.len() - 6 + joints);
    }
    let info = INFO.len() + halle_tasks::polish::PARAMETERS.len();
    assert_eq!(widths[Block::Info as usize], info);
    assert_eq!(batch.layout().action, halle_tasks::polish::ACTIONS.len());
    assert_eq!(METRICS.len(), 10);
    assert_eq!(batch.layout().state, task.map_start() + task.grid().len());
}
