//! Trial.
use std::sync::Arc;
use halle_learn::*;
use halle_sim::*;
use halle_tasks::polish::*;

fn eval(task: &PolishTask, policy: Option<&Policy>) -> Vec<f64> {
    let held = Arc::new(task.held_out());
    let mut batch = CpuBatch::new(held.clone(), EnvKeys::new(1, KeyDomain::HeldOut, 0, 256), LaneKind::best(), 0).unwrap();
    let run = run_episodes(&held, &mut batch, Keep::default(), |o, a| match policy { Some(p) => p.act(o, a), None => a.fill(0.0) }, |_| true).unwrap();
    let n = run.episodes.len() as f64;
    let mut mean = vec![0.0; METRICS.len()];
    for e in &run.episodes { for (m, v) in mean.iter_mut().zip(e.metrics.values()) { *m += v / n; } }
    mean.push(run.episodes.iter().map(|e| e.total_reward).sum::<f64>() / n);
    mean
}

fn config() -> PolishConfig {
    std::env::var("TASK").ok().map(|t| serde_json::from_str(&t).unwrap()).unwrap_or_default()
}

#[test]
fn tune() {
    let model = Arc::new(crate::arm::cell());
    let base = config();
    for (feed, gain, spacing, over, edge) in [(0.1, 1.6e-3, 0.028, 0.02, 0.005), (0.095, 1.6e-3, 0.028, 0.02, 0.005), (0.1, 2.4e-3, 0.028, 0.02, 0.005), (0.1, 1.6e-3, 0.028, 0.02, 0.0), (0.1, 1.6e-3, 0.028, 0.025, 0.01), (0.1, 1.6e-3, 0.028, 0.025, 0.005), (0.1, 1.6e-3, 0.025, 0.025, 0.005)] { { {
        let mut c = base.clone();
        c.controller.feed = feed; c.controller.integral_gain = gain; c.controller.line_spacing = spacing; c.controller.overshoot = over; c.controller.edge_offset = edge;
        let task = PolishTask::new(model.clone(), c).unwrap();
        let m = eval(&task, None);
        println!("gain {gain} feed {feed} {spacing} {over} {edge}: {m:.2?}");
    }}}
}

#[test]
fn learn() {
    let model = Arc::new(crate::arm::cell());
    let task = Arc::new(PolishTask::new(model.clone(), config()).unwrap());
    println!("baseline {:.2?}", eval(&task, None));
    let ppo: PpoConfig = std::env::var("PPO").ok().map(|t| serde_json::from_str(&t).unwrap()).unwrap_or_default();
    let n: usize = std::env::var("ENVS").ok().map(|t| t.parse().unwrap()).unwrap_or(4096);
    let secs: f64 = std::env::var("SECS").ok().map(|t| t.parse().unwrap()).unwrap_or(60.0);
    let batch = CpuBatch::new(task.clone(), EnvKeys::new(1, KeyDomain::Training, 0, n), LaneKind::best(), 0).unwrap();
    let mut envs = PolishEnvs::new(Box::new(batch)).unwrap();
    let w = std::time::Instant::now(); envs.warm_up(task.horizon_steps()).unwrap(); println!("base warm {:?}", w.elapsed());
    let mut learner = Learner::new(ppo, envs.observation_dim(), envs.action_dim(), n, 1).unwrap();
    let t = std::time::Instant::now();
    let mut next = 0.0;
    let mut steps = 0;
    while t.elapsed().as_secs_f64() < secs {
        let s = learner.iterate(&mut envs).unwrap();
        steps += s.samples;
        if t.elapsed().as_secs_f64() > next {
            next += secs / 12.0;
            println!("it {} steps {steps} t {:.0} r {:.4} ret {:?} kl {:.4} lr {:.1e} std {:.2} ev {:.2} env {:.2} pol {:.2} learn {:.2} eval {:.2?}", s.iteration, t.elapsed().as_secs_f64(), s.mean_reward, s.mean_episode_return, s.kl, s.learning_rate, s.mean_std, s.explained_variance, s.env_seconds, s.policy_seconds, s.learn_seconds, eval(&task, Some(&learner.policy())));
        }
    }
    println!("final {:.2?}", eval(&task, Some(&learner.policy())));
}
