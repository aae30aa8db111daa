//! Interferon beta in seven kinds of blood cells, each left out in turn: mean profiles, clouds, and
//! regenerated controls. Prints tables; see `refcast_bench::cells` for the definitions.
//!
//!     cargo run --release -p refcast-bench --example kang -- [RECIPE] [CORPUS]

use std::path::PathBuf;

use refcast_bench::cells::{
    BASELINES, Cloud, KINDS, Protocol, Score, Truth, baseline, energy_distance, generate, is_held,
    mmd, variance_r2,
};
use refcast_model::Model;
use refcast_train::{CellCorpus, Labels, Recipe, fit_cells};

const SET: &str = "kang2018_pbmc_ifnb";
/// Genes whose variances are compared.
const VARIANCES: usize = 50;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| PathBuf::from(arguments.next().unwrap_or(default.to_owned()));
    let recipe = Recipe::read(&next("recipes/gem-1-sc.toml"))?;
    let corpus = next("../shared/corpus");
    let labels = Labels::read(&corpus)?;
    let whole = CellCorpus::read(&recipe, &corpus)?;
    let set = whole.sets.iter().find(|set| set.recipe.name == SET);
    let protocol = Protocol::new(set.ok_or("the recipe does not use the set")?);
    let levels = |cells: Vec<usize>| -> Vec<Vec<f32>> {
        cells
            .into_iter()
            .map(|cell| protocol.levels(cell))
            .collect()
    };
    let arms: Vec<[Vec<Vec<f32>>; 2]> = KINDS
        .iter()
        .map(|(kind, _)| [false, true].map(|treated| levels(protocol.cells(kind, treated))))
        .collect();
    let truths: Vec<Truth> = arms
        .iter()
        .map(|[control, treated]| Truth::new(control, treated))
        .collect();

    println!("| left out | {} | model |", BASELINES.join(" | "));
    println!("|---|{}---|", "---|".repeat(BASELINES.len()));
    let mut clouds = Vec::new();
    let mut sums = vec![[0.0; 3]; BASELINES.len() + 1];
    for (at, (kind, _)) in KINDS.iter().enumerate() {
        let truth = &truths[at];
        let others: Vec<(&[f64], &[f64])> = (0..KINDS.len())
            .filter(|other| *other != at)
            .map(|other| {
                (
                    truths[other].control.as_slice(),
                    truths[other].treated.as_slice(),
                )
            })
            .collect();
        let mut row: Vec<Score> = BASELINES
            .iter()
            .map(|name| truth.score(&baseline(name, &truth.control, &others)))
            .collect();
        let held = whole.filtered(|name, row| name != SET || !is_held(row, kind));
        let model = Model::from_parts(fit_cells(&held, &recipe, &labels, recipe.seed, &|_| ())?);
        let made = generate(&model, &protocol, &protocol.cells(kind, false), true)?;
        let again = generate(&model, &protocol, &protocol.cells(kind, false), false)?;
        let (mean, _) = refcast_bench::cells::moments(&made.expected);
        row.push(truth.score(&mean));
        let shown: Vec<String> = row
            .iter()
            .zip(&mut sums)
            .map(|(score, sum)| {
                for (sum, value) in sum.iter_mut().zip([score.all, score.top, score.change]) {
                    *sum += value / KINDS.len() as f64;
                }
                format!("{:.3}/{:.3}/{:.3}", score.all, score.top, score.change)
            })
            .collect();
        println!("| {kind} | {} |", shown.join(" | "));

        let [control, treated] = &arms[at];
        let shift = baseline("weighted", &truth.control, &others);
        let shifted: Vec<Vec<f32>> = control
            .iter()
            .map(|cell| {
                let moved = cell.iter().zip(&shift).zip(&truth.control);
                moved
                    .map(|((own, to), from)| (f64::from(*own) + to - from).max(0.0) as f32)
                    .collect()
            })
            .collect();
        let real = Cloud::of(treated);
        let of = |cells: &[Vec<f32>]| {
            let cloud = Cloud::of(cells);
            let variance = variance_r2(cells, treated, &truth.top[..VARIANCES]);
            (
                energy_distance(&cloud, &real),
                1000.0 * mmd(&real, &cloud),
                variance,
            )
        };
        let (drawn, shifted) = (of(&made.drawn), of(&shifted));
        let zeros = |cells: &[Vec<f32>]| {
            let silent: usize = cells
                .iter()
                .map(|cell| cell.iter().filter(|x| **x == 0.0).count())
                .sum();
            silent as f64 / (cells.len() * protocol.scored()) as f64
        };
        let regenerated = energy_distance(&Cloud::of(&again.drawn), &Cloud::of(control));
        clouds.push(format!(
            "| {kind} | {:.3} / {:.3} | {:.2} / {:.2} | {:.2} / {:.2} | {regenerated:.3} | {:.3} / {:.3} |",
            drawn.0, shifted.0, drawn.1, shifted.1, drawn.2, shifted.2,
            zeros(&again.drawn), zeros(control),
        ));
    }
    let means: Vec<String> = sums
        .iter()
        .map(|[a, b, c]| format!("{a:.3}/{b:.3}/{c:.3}"))
        .collect();
    println!("| mean | {} |\n", means.join(" | "));
    println!(
        "| left out | energy distance: drawn / shifted | MMD² × 1000 | variance R², top {VARIANCES} | controls drawn anew: energy distance | zeros: drawn / real |"
    );
    println!("|---|---|---|---|---|---|");
    for row in clouds {
        println!("{row}");
    }
    Ok(())
}
