//! Expected counts to whole counts of an exact total.

use refcast_core::random::Random;

use super::streams;

/// Rounds expected counts so that they add up to `total`: each is rounded down or up, up where the
/// fraction is largest (Hamilton's method), ties by position. Expected counts that are whole stay.
///
/// The expected counts must add up to `total` within the number of genes.
pub fn apportion(expected: &[f64], total: u64) -> Vec<u64> {
    let mut counts: Vec<u64> = expected
        .iter()
        .map(|value| (value + 1e-7).floor().max(0.0) as u64)
        .collect();
    let mut missing = total as i64 - counts.iter().sum::<u64>() as i64;
    if missing == 0 {
        return counts;
    }
    let mut order: Vec<usize> = (0..counts.len())
        .filter(|&gene| expected[gene] > 0.0)
        .collect();
    if order.is_empty() {
        return counts;
    }
    // A read for each, while there are as many missing.
    while missing >= order.len() as i64 {
        for &gene in &order {
            counts[gene] += 1;
        }
        missing -= order.len() as i64;
    }
    let fractions: Vec<f64> = expected
        .iter()
        .zip(&counts)
        .map(|(expected, count)| expected - *count as f64)
        .collect();
    let by_fraction = |a: &usize, b: &usize| fractions[*b].total_cmp(&fractions[*a]).then(a.cmp(b));
    if missing > 0 {
        // Which they are matters, not their order.
        order.select_nth_unstable_by(missing as usize - 1, by_fraction);
        for &gene in &order[..missing as usize] {
            counts[gene] += 1;
        }
        return counts;
    }
    order.sort_unstable_by(by_fraction);
    for &gene in order.iter().rev() {
        if missing < 0 && counts[gene] > 0 {
            counts[gene] -= 1;
            missing += 1;
        }
    }
    counts
}

/// What expected counts are rounded with: the draws of the query, or where nothing may depend on
/// its seed draws that depend on the sample alone.
pub fn rounding(random: Random, deterministic: bool) -> Random {
    if deterministic {
        Random::new(0)
    } else {
        random
    }
}

/// Rounds expected counts at random so that they add up to `total`: each is rounded down or up, up
/// with the probability of its fraction, so that the mean over many samples is what was expected
/// (systematic sampling, the genes in random order; Madow 1949, doi:10.1214/aoms/1177729988).
/// Expected counts that are whole stay.
///
/// The expected counts must add up to `total`.
pub fn round_at_random(expected: &[f64], total: u64, random: Random, sample: u64) -> Vec<u64> {
    let mut counts: Vec<u64> = Vec::with_capacity(expected.len());
    let mut fractions: Vec<(usize, f64)> = Vec::new();
    for (gene, value) in expected.iter().enumerate() {
        let whole = (value + 1e-7).floor().max(0.0);
        counts.push(whole as u64);
        if value - whole > 1e-7 {
            fractions.push((gene, value - whole));
        }
    }
    let missing = total.saturating_sub(counts.iter().sum());
    if missing == 0 || fractions.is_empty() {
        return counts;
    }
    let mut draws = random.at(streams::BALANCE, sample, 0);
    for last in (1..fractions.len()).rev() {
        let other = (draws.uniform() * (last + 1) as f64) as usize;
        fractions.swap(last, other.min(last));
    }
    // Of so many evenly spaced points, the first at random, one lies in a gene's part of the sum
    // with the probability of its fraction.
    let sum: f64 = fractions.iter().map(|(_, fraction)| fraction).sum();
    let step = sum / missing as f64;
    let (mut point, mut reached) = (draws.uniform() * step, 0.0);
    let mut left = missing;
    for &(gene, fraction) in &fractions {
        reached += fraction;
        while left > 0 && point < reached {
            counts[gene] += 1;
            point += step;
            left -= 1;
        }
    }
    // What rounding leaves of the sum.
    counts[fractions[fractions.len() - 1].0] += left;
    counts
}

/// Draws reads with the given expected counts and an exact `total`: independent Poisson counts,
/// then single reads are taken away or added at random, which makes them multinomial.
pub fn draw_reads(expected: &[f64], total: u64, random: Random, sample: u64) -> Vec<u64> {
    let mut counts: Vec<u64> = expected
        .iter()
        .enumerate()
        .map(|(gene, &mean)| {
            if mean > 0.0 {
                random.at(streams::READS, sample, gene as u32).poisson(mean)
            } else {
                0
            }
        })
        .collect();
    let drawn: u64 = counts.iter().sum();
    let mut draws = random.at(streams::BALANCE, sample, 0);
    if drawn > total {
        take_reads(&mut counts, drawn - total, || draws.uniform());
    } else {
        let mut reached: Vec<f64> = Vec::with_capacity(expected.len());
        let mut sum = 0.0;
        for &mean in expected {
            sum += mean.max(0.0);
            reached.push(sum);
        }
        for _ in 0..total - drawn {
            let at = draws.uniform() * sum;
            let gene = reached.partition_point(|&reached| reached <= at);
            if let Some(count) = counts.get_mut(gene) {
                *count += 1;
            }
        }
    }
    counts
}

/// Takes single reads away, each of those left with equal chance.
fn take_reads(counts: &mut [u64], surplus: u64, mut uniform: impl FnMut() -> f64) {
    // A Fenwick tree: the gene that holds the n-th read, and one read less of it, in log steps.
    let n = counts.len();
    let mut tree = vec![0u64; n + 1];
    for (gene, &count) in counts.iter().enumerate() {
        let mut node = gene + 1;
        while node <= n {
            tree[node] += count;
            node += node & node.wrapping_neg();
        }
    }
    let mut left: u64 = counts.iter().sum();
    let top = (n + 1).next_power_of_two() / 2;
    for _ in 0..surplus.min(left) {
        let mut rank = ((uniform() * left as f64) as u64).min(left - 1);
        let (mut gene, mut step) = (0, top);
        while step > 0 {
            let next = gene + step;
            if next <= n && tree[next] <= rank {
                gene = next;
                rank -= tree[next];
            }
            step /= 2;
        }
        counts[gene] -= 1;
        let mut node = gene + 1;
        while node <= n {
            tree[node] -= 1;
            node += node & node.wrapping_neg();
        }
        left -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_counts_stay_and_fractions_go_to_the_largest() {
        assert_eq!(apportion(&[3.0, 0.0, 7.0], 10), [3, 0, 7]);
        assert_eq!(apportion(&[1.2, 1.7, 1.1], 4), [1, 2, 1]);
        assert_eq!(apportion(&[0.4, 0.3, 0.3], 1), [1, 0, 0]);
        assert_eq!(apportion(&[2.999_999_99, 1.000_000_01], 4), [3, 1]);
    }

    #[test]
    fn counts_rounded_at_random_add_up_and_are_what_was_expected_on_the_mean() {
        // Hamilton's method would make the third and fourth 0 in every sample.
        let expected = [3.0, 0.75, 0.1, 0.15, 1.5, 0.5, 2.0];
        let n = 20_000;
        let mut sums = [0_u64; 7];
        for sample in 0..n {
            let counts = round_at_random(&expected, 8, Random::new(5), sample);
            assert_eq!(counts.iter().sum::<u64>(), 8);
            for ((sum, count), expected) in sums.iter_mut().zip(counts).zip(expected) {
                assert!((count as f64 - expected).abs() < 1.0);
                *sum += count;
            }
        }
        for (sum, expected) in sums.into_iter().zip(expected) {
            let (mean, fraction) = (sum as f64 / n as f64, expected - expected.floor());
            // Four standard errors of a count that is up or down.
            let within = 4.0 * (fraction * (1.0 - fraction) / n as f64).sqrt();
            assert!((mean - expected).abs() <= within, "{mean} {expected}");
        }
    }

    #[test]
    fn rounding_at_random_leaves_whole_counts_and_takes_up_what_sums_lose() {
        let round = |expected: &[f64], total| round_at_random(expected, total, Random::new(1), 3);
        assert_eq!(round(&[3.0, 0.0, 5.0], 8), [3, 0, 5]);
        assert_eq!(round(&[], 0), Vec::<u64>::new());
        let thirds = round(&[1.0 / 3.0; 9], 3);
        assert_eq!(thirds.iter().sum::<u64>(), 3);
        assert!(thirds.iter().all(|count| *count <= 1));
    }

    #[test]
    fn drawn_reads_add_up_and_spread_as_a_multinomial() {
        let expected = [10.0, 50.0, 0.0, 140.0];
        let (mut sum, mut square) = ([0.0; 4], [0.0; 4]);
        let n = 4000;
        for sample in 0..n {
            let counts = draw_reads(&expected, 200, Random::new(5), sample);
            assert_eq!(counts.iter().sum::<u64>(), 200);
            for gene in 0..4 {
                sum[gene] += counts[gene] as f64;
                square[gene] += (counts[gene] * counts[gene]) as f64;
            }
        }
        for gene in [0, 1, 3] {
            let mean = sum[gene] / n as f64;
            let variance = square[gene] / n as f64 - mean * mean;
            let p = expected[gene] / 200.0;
            let theory = 200.0 * p * (1.0 - p);
            assert!(
                (mean - expected[gene]).abs() < 4.0 * (theory / n as f64).sqrt(),
                "{mean}"
            );
            assert!(
                (variance / theory - 1.0).abs() < 0.12,
                "{variance} {theory}"
            );
        }
        assert!(sum[2].abs() < 1e-12);
    }
}
