//! Generalised advantage estimation (Schulman and others, 2016).

/// Rows of one rollout, `(horizon, env_count)`, step by step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Returns<'a> {
    pub(crate) reward: &'a [f32],
    /// Estimate of the return from each observation.
    pub(crate) value: &'a [f32],
    /// What an env can still earn after its episode was cut off: zero where the episode was
    /// terminated, the estimate from its last observation where it was truncated. Read only
    /// where `ended` is set.
    pub(crate) end_value: &'a [f32],
    /// Whether the episode ended with the step.
    pub(crate) ended: &'a [bool],
    /// Shape `(env_count)`: estimate from the observation after the last step.
    pub(crate) last_value: &'a [f32],
    pub(crate) gamma: f32,
    pub(crate) lambda: f32,
}

/// Writes advantages and value targets, `(horizon, env_count)`, for the given envs.
///
/// Rewards are multiplied by `reward_scale`. The chain over steps is cut wherever an episode ends,
/// by either cause; the two differ in what is expected after.
pub(crate) fn estimate(
    rows: &Returns<'_>,
    reward_scale: f32,
    advantage: &mut [f32],
    target: &mut [f32],
) {
    let env_count = rows.last_value.len();
    let mut next_advantage = vec![0.0; env_count];
    let mut next_value = rows.last_value.to_vec();
    for start in (0..rows.reward.len()).step_by(env_count).rev() {
        for env in 0..env_count {
            let i = start + env;
            let (after, chain) = if rows.ended[i] {
                (rows.end_value[i], 0.0)
            } else {
                (next_value[env], 1.0)
            };
            let surprise = rows.reward[i] * reward_scale + rows.gamma * after - rows.value[i];
            let sum = surprise + rows.gamma * rows.lambda * chain * next_advantage[env];
            advantage[i] = sum;
            target[i] = sum + rows.value[i];
            next_advantage[env] = sum;
            next_value[env] = rows.value[i];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advantages_equal_those_worked_out_by_hand() {
        // Four steps of three envs; gamma = 0.5, lambda = 0.5, rewards 1, 2, 3, 4, values 1, last
        // value 8. Env 0 runs on, env 1 is terminated in step 1, env 2 truncated in step 1 with 6
        // expected after.
        let reward: Vec<f32> = (0..12).map(|i| (i / 3 + 1) as f32).collect();
        let mut ended = [false; 12];
        ended[4] = true;
        ended[5] = true;
        let mut end_value = [f32::NAN; 12];
        end_value[4] = 0.0;
        end_value[5] = 6.0;
        let rows = Returns {
            reward: &reward,
            value: &[1.0; 12],
            end_value: &end_value,
            ended: &ended,
            last_value: &[8.0; 3],
            gamma: 0.5,
            lambda: 0.5,
        };
        let mut advantage = [0.0; 12];
        let mut target = [0.0; 12];
        estimate(&rows, 1.0, &mut advantage, &mut target);
        let column = |env: usize| [0, 1, 2, 3].map(|t| advantage[t * 3 + env]);
        // Surprises of env 0: 0.5, 1.5, 2.5, 7; each plus a quarter of the next sum.
        assert_eq!(column(0), [1.140_625, 2.5625, 4.25, 7.0]);
        // Env 1, step 1: 2 + 0 - 1 = 1 and nothing from beyond; step 0: 0.5 + 0.25.
        assert_eq!(column(1), [0.75, 1.0, 4.25, 7.0]);
        // Env 2, step 1: 2 + 0.5 * 6 - 1 = 4 and nothing from beyond; step 0: 0.5 + 1.
        assert_eq!(column(2), [1.5, 4.0, 4.25, 7.0]);
        assert!(target.iter().zip(&advantage).all(|(t, a)| *t == a + 1.0));
    }
}
