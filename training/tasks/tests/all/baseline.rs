//! The scripted controller alone.

use halle_sim::Batch as _;
use halle_tasks::polish::{Block, Episodes, Keep, PolishTask, run_episodes};

use crate::fixture::{batch, begun, held_out, info, row, seen, zero};

const ENVS: usize = 64;

fn episodes(task: &std::sync::Arc<PolishTask>, keep: Keep) -> Episodes {
    let mut batch = batch(task, ENVS);
    run_episodes(task, &mut batch, keep, |_, a| a.fill(0.0), |_| true).unwrap()
}

#[test]
fn baseline_completes_held_out_pieces() {
    let task = held_out();
    let run = episodes(&task, Keep::default());
    assert_eq!(run.episodes.len(), ENVS);
    // The slope that the controller does not know: 0.02 rad of misplacement, and of the shape 2 x 0.06 x 0.12 along
    // x and 0.06 x 0.075 along the mixed term. The integral action follows
    // it with an error of slope x feed / gain = 0.039 x 0.1 / 1.6e-3 = 2.4 N at most; noise is small
    // beside it, and the approach counts from 90 % of the set point on.
    let gain = task.config().controller.integral_gain;
    let slope = 0.02 + 2.0 * 0.06 * 0.12 + 0.06 * 0.075;
    let worst_steady = slope * task.config().controller.feed / gain;
    let shortest = task.raster().length() / task.config().controller.feed;
    let (mut worst, mut sum) = (0.0_f64, 0.0);
    for episode in &run.episodes {
        let m = &episode.metrics;
        assert!(m.completed, "env {}: {m:?}", episode.env);
        assert_eq!(m.fault, 0, "env {}", episode.env);
        assert!(m.force_rmse < worst_steady, "env {}: {m:?}", episode.env);
        assert!(m.cycle_time > shortest, "no faster than the feed: {m:?}");
        assert!(
            m.cycle_time < shortest + 1.5,
            "approach and corners take little: {m:?}"
        );
        assert!(m.values().iter().all(|x| x.is_finite()), "{m:?}");
        worst = worst.max(m.force_rmse);
        sum += m.force_rmse;
    }
    println!(
        "force error: mean {:.2} N, worst {worst:.2} N of {worst_steady:.2}",
        sum / 64.0
    );
    // Slopes are drawn evenly and change along the path: well below half of the worst.
    assert!(sum / (ENVS as f64) < 0.5 * worst_steady, "{sum}");
}

#[test]
fn zero_action_stays_on_the_raster() {
    let task = held_out();
    let mut batch = begun(&task, 4);
    let names = ["lateral", "tilt_x", "tilt_y", "last_feed", "last_tilt_y"];
    let places = names.map(|name| seen(&batch, name));
    let length = task.raster().length();
    let step_share = task.config().controller.feed / task.config().control_rate / length;
    let mut before = [0.0_f32; 4];
    for _ in 0..200 {
        batch.step(&zero(4)).unwrap();
        for env in 0..4 {
            let observation = row(&batch, Block::FinalObservation, env);
            for (name, place) in names.iter().zip(places) {
                assert_eq!(
                    observation[place].to_bits(),
                    0,
                    "{name} is zero, to the bit"
                );
            }
            let progress = info(&batch, env, "progress");
            let at = task.raster().at(f64::from(progress) * length);
            // Half a unit in the last place of a path of 1.8 m, in single precision.
            for (name, exact) in [("x", at.x), ("y", at.y)] {
                let told = f64::from(info(&batch, env, name));
                assert!((told - exact).abs() < 2.0e-7, "{name}: {told} {exact}");
            }
            let gone = f64::from(progress - before[env]);
            assert!(gone >= 0.0, "the path never goes back");
            assert!(
                gone < step_share * (1.0 + 1.0e-3),
                "no faster than the feed: {gone}"
            );
            before[env] = progress;
        }
    }
    assert!(
        before.iter().all(|progress| *progress > 0.1),
        "the pads are on their way"
    );
}

#[test]
fn warm_up_and_run_agree() {
    // `run_episodes` steps like anybody else: rewards and lengths are those of the batch itself.
    let task = held_out();
    let run = episodes(
        &task,
        Keep {
            recorded: 3,
            maps: 0,
        },
    );
    let mut batch = begun(&task, ENVS);
    let mut returns = [0.0_f64; 3];
    let mut open = [true; 3];
    let mut steps = run.steps.iter();
    while open.contains(&true) {
        let before: Vec<Vec<f32>> = (0..3)
            .map(|env| row(&batch, Block::Observation, env).to_vec())
            .collect();
        batch.step(&zero(ENVS)).unwrap();
        for env in 0..3 {
            if !open[env] {
                continue;
            }
            let step = steps.next().unwrap();
            assert_eq!(step.env, env, "in order of time, then env");
            assert_eq!(step.observation, before[env], "what was seen before");
            assert_eq!(step.reward, row(&batch, Block::Reward, env)[0]);
            assert_eq!(
                step.info[..],
                row(&batch, Block::Info, env)[..step.info.len()]
            );
            returns[env] += f64::from(step.reward);
            open[env] = !(step.terminated || step.truncated);
        }
    }
    assert!(steps.next().is_none(), "nothing is recorded after the end");
    for (episode, sum) in run.episodes.iter().zip(returns) {
        assert_eq!(episode.total_reward, sum);
    }
}
