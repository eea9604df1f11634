//! Learning improves, and the same seed gives the same bits whatever the number of threads.

use std::time::Instant;

use halle_learn::{
    Activation, EnvError, LearnError, Learner, OnnxMetadata, PpoConfig, RewardScale, StepRows,
    VecEnv,
};

use crate::point_mass::PointMass;

#[test]
fn a_policy_learns_to_bring_a_mass_to_a_point() {
    let start = Instant::now();
    let mut env = PointMass::new(256);
    let config = PpoConfig {
        actor_hidden: vec![32, 32],
        critic_hidden: vec![32, 32],
        ..PpoConfig::default()
    };
    let mut learner = Learner::new(config, 4, 2, 256, 1).unwrap();
    let mut first = None;
    let mut last = None;
    for _ in 0..60 {
        let stats = learner.iterate(&mut env).unwrap();
        first.get_or_insert_with(|| stats.clone());
        last = Some(stats);
    }
    let (first, last) = (first.unwrap(), last.unwrap());
    let seconds = start.elapsed().as_secs_f64();
    assert!(last.explained_variance > 0.7, "{last:?}");
    // The mean action alone, without exploration, from fresh starts. The way is about 1.0 m at
    // first and full push covers it in under 1 s of the 4 s, at half of it on average: no policy
    // is much better than -0.15, and one that does nothing has -1.0.
    let mut fresh = PointMass::new(300);
    let policy = learner.policy();
    let mut rows = StepRows::new(300, 4);
    let mut actions = vec![0.0; 600];
    let mut observation = vec![0.0; 1200];
    let mut sum = 0.0;
    fresh.observe(&mut observation).unwrap();
    for _ in 0..80 {
        policy.act(&observation, &mut actions);
        fresh.step(&actions, &mut rows).unwrap();
        observation.copy_from_slice(&rows.observation);
        sum += rows.reward.iter().map(|&r| f64::from(r)).sum::<f64>();
    }
    let mean = sum / f64::from(300 * 80);
    assert!(first.mean_reward < -0.9, "{first:?}");
    assert!(
        mean > -0.2,
        "mean reward {mean}, first {first:?}, last {last:?}"
    );
    assert!(seconds < 10.0, "took {seconds} s");
}

/// Bytes that hold every weight of the policy after some iterations on `threads` threads.
fn trained(threads: usize, config: &PpoConfig, env_count: usize) -> (Vec<u8>, Vec<f32>) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(|| {
        let mut env = PointMass::new(env_count);
        let mut learner = Learner::new(config.clone(), 4, 2, env_count, 9).unwrap();
        let mut losses = Vec::new();
        for _ in 0..4 {
            let stats = learner.iterate(&mut env).unwrap();
            losses.extend([
                stats.value_loss as f32,
                stats.learning_rate,
                stats.kl as f32,
            ]);
        }
        losses.extend(learner.std());
        let metadata = OnnxMetadata {
            observation: vec![Default::default(); 4],
            action: vec![Default::default(); 2],
            ..OnnxMetadata::default()
        };
        (learner.policy().to_onnx(&metadata).unwrap(), losses)
    })
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    for config in [
        PpoConfig::default(),
        PpoConfig {
            horizon: 7,
            minibatches: 3,
            activation: Activation::Tanh,
            reward_scale: RewardScale::ReturnDeviation,
            actor_hidden: vec![40],
            critic_hidden: vec![24, 8],
            ..PpoConfig::default()
        },
    ] {
        // 301 envs: neither blocks of rows nor chunks of samples come out even.
        let one = trained(1, &config, 301);
        for threads in [2, 4] {
            assert!(
                one == trained(threads, &config, 301),
                "{threads} threads differ from one"
            );
        }
    }
}

#[test]
fn other_seeds_give_other_weights() {
    let weights = |seed| {
        Learner::new(PpoConfig::default(), 4, 2, 8, seed)
            .unwrap()
            .policy()
    };
    assert!(weights(1) != weights(2));
    assert!(weights(1) == weights(1));
}

/// Gives one number that is not finite, at env 5.
struct Broken(PointMass, bool);

impl VecEnv for Broken {
    fn env_count(&self) -> usize {
        self.0.env_count()
    }
    fn observation_dim(&self) -> usize {
        4
    }
    fn action_dim(&self) -> usize {
        2
    }
    fn observe(&mut self, observation: &mut [f32]) -> Result<(), EnvError> {
        self.0.observe(observation)
    }
    fn step(&mut self, actions: &[f32], rows: &mut StepRows) -> Result<(), EnvError> {
        self.0.step(actions, rows)?;
        if self.1 {
            rows.observation[5 * 4] = f32::INFINITY;
        } else {
            rows.reward[5] = f32::NAN;
        }
        Ok(())
    }
    fn save(&self) -> Vec<u8> {
        self.0.save()
    }
    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError> {
        self.0.restore(state)
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused_by_name() {
    for (in_observation, expected) in [(true, "observation"), (false, "reward")] {
        let mut learner = Learner::new(PpoConfig::default(), 4, 2, 8, 1).unwrap();
        let error = learner
            .iterate(&mut Broken(PointMass::new(8), in_observation))
            .unwrap_err();
        let LearnError::NonFinite {
            what,
            env,
            iteration: 0,
            ..
        } = error
        else {
            panic!("{error}");
        };
        assert_eq!((what, env), (expected, 5));
    }
}

#[test]
fn settings_and_dimensions_out_of_range_are_refused() {
    let refused = |config| Learner::new(config, 4, 2, 8, 1).unwrap_err().to_string();
    let config = PpoConfig {
        gamma: 1.5,
        ..PpoConfig::default()
    };
    assert_eq!(refused(config), "setting `gamma` must be within [0, 1]");
    let config = PpoConfig {
        actor_hidden: vec![0],
        ..PpoConfig::default()
    };
    assert_eq!(
        refused(config),
        "setting `actor_hidden` must be widths of 1 to 4096"
    );
    let mut learner = Learner::new(PpoConfig::default(), 5, 2, 8, 1).unwrap();
    let error = learner.iterate(&mut PointMass::new(8)).unwrap_err();
    assert_eq!(error.to_string(), "expected observation dim 5, found 4");
    assert!(Learner::new(PpoConfig::default(), 4, 2, 0, 1).is_err());
}
